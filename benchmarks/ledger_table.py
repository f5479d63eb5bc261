"""The ledger as a table: mean ± sd over the seeds, and the race of each 2019 model with ours.
`reference loop` is epochs up to the best one times seconds an epoch of the original loop."""

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd

from benchmarks import tables
from benchmarks.ledger_models import REFERENCES


def seconds_until(history: list[dict], accuracy: float) -> float:
    """Seconds until the validation accuracy was at least `accuracy`; NaN if it never was."""
    times = (h["seconds"] for h in history if h["valid_accuracy"] >= accuracy)
    return next(times, np.nan)


def loop_speed(corpus: str, model: str) -> float | None:
    """Tokens a second of the 2019 loop, way (b), with denormals as PyTorch keeps them; or None."""
    path = tables.RESULTS / f"bench-{corpus}.csv"
    if not path.is_file():
        return None
    bench = pd.read_csv(path)
    chosen = (bench.model == model) & (bench.way == "b") & (bench.precision == "no")
    if "denormals" in bench:
        chosen &= bench.denormals == "keep"
    speeds = bench.loc[chosen, "tokens a second"]
    return None if speeds.empty else float(speeds.iloc[0])


def race(entries: pd.DataFrame, corpus: str, row: str) -> dict:
    """Time of a reference model's own loop to its best validation accuracy, and ours to it."""
    alone = entries[(entries.corpus == corpus) & (entries.processes == 1)]
    theirs = alone[alone.row == row]
    ours = alone[alone.row == "ours-vectors"]
    speed = loop_speed(corpus, REFERENCES[row].bench)
    if theirs.empty or ours.empty or speed is None:
        return {}
    best = [np.argmax([h["valid_accuracy"] for h in history]) + 1 for history in theirs.history]
    target = theirs.valid_accuracy.mean()
    reference = np.mean(best) * theirs.tokens.mean() / speed
    mine = np.mean([seconds_until(history, target) for history in ours.history])
    reached = bool(np.isfinite(mine))
    return {
        "its accuracy": round(target, 3),
        "reference loop, s": round(reference),
        "ours, s": round(mine, 1) if reached else "not reached",
        "times": round(reference / mine, 1) if reached else None,
    }


def spread(values: pd.Series, digits: int = 3) -> str:
    mean = f"{values.mean():.{digits}f}"
    return f"{mean} ± {values.std():.{digits}f}" if len(values) > 1 else mean


def line(group: pd.DataFrame, entries: pd.DataFrame) -> dict:
    """The seeds of one row on one corpus and number of processes."""
    first = group.iloc[0]
    return {
        "corpus": first.corpus,
        "row": first.row,
        "processes": first.processes,
        "seeds": len(group),
        "accuracy": spread(group.accuracy),
        "macro F1": spread(group.macro_f1),
        "epochs": spread(group.epochs, 0) if group.epochs.max() else "",
        "seconds": spread(group.seconds, 1),
        "parameters": first.parameters,
        **(race(entries, first.corpus, first.row) if first.row in REFERENCES else {}),
        "device": ", ".join(sorted(set(group.device))),
    }


def table(rows: Sequence[str]) -> pd.DataFrame:
    """A line a corpus, row and number of processes; what has not been run says so."""
    entries = pd.DataFrame(json.loads((tables.RESULTS / "ledger.json").read_text(encoding="utf-8")))
    lines = []
    for corpus in dict.fromkeys([*entries.corpus, "10kGNAD"]):
        for row in rows:
            if (row == "bilm-tagger") != (corpus == tables.REQUESTS):
                continue
            runs = entries[(entries.corpus == corpus) & (entries.row == row)]
            if runs.empty:
                lines.append({"corpus": corpus, "row": row, "seeds": 0, "accuracy": "not run"})
            lines += [line(group, entries) for _, group in runs.groupby("processes")]
    return pd.DataFrame(lines).astype({"parameters": "Int64", "processes": "Int64"})
