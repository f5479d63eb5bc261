"""The ledger as a table: mean ± standard deviation over the seeds, a line for each corpus and row.
What no run has filled yet says so."""

import json
from collections.abc import Sequence

import pandas as pd

from benchmarks import tables

NO_SEED = {"svm"}  # whatever its seed, the same numbers


def spread(values: pd.Series, digits: int = 3) -> str:
    mean = f"{values.mean():.{digits}f}"
    return f"{mean} ± {values.std():.{digits}f}" if len(values) > 1 else mean


def line(group: pd.DataFrame) -> dict:
    """The seeds of one row on one corpus and number of processes."""
    first = group.iloc[0]
    scores = group[:1] if first.row in NO_SEED else group
    return {
        "corpus": first.corpus,
        "row": first.row,
        "processes": first.processes,
        "seeds": len(group),
        "accuracy": spread(scores.accuracy),
        "macro F1": spread(scores.macro_f1),
        "epochs": spread(group.epochs, 0) if group.epochs.max() else "",
        "seconds": spread(group.seconds, 1),
        "parameters": first.parameters,
        "device": ", ".join(sorted(set(group.device))),
    }


def table(rows: Sequence[str]) -> pd.DataFrame:
    """A line for each corpus, row and number of processes; what has not been run says so."""
    entries = pd.DataFrame(json.loads((tables.RESULTS / "ledger.json").read_text(encoding="utf-8")))
    lines = []
    for corpus in dict.fromkeys([*entries.corpus, "10kGNAD"]):
        for row in rows:
            if (row == "bilm-tagger") != (corpus == tables.REQUESTS):
                continue
            runs = entries[(entries.corpus == corpus) & (entries.row == row)]
            if runs.empty:
                lines.append({"corpus": corpus, "row": row, "seeds": 0, "accuracy": "not run"})
            lines += [line(group) for _, group in runs.groupby("processes")]
    return pd.DataFrame(lines).astype({"parameters": "Int64", "processes": "Int64"})
