"""Tokens a second in training, six ways through the same articles; generation beside its ceiling.
All in one run on one machine: ratios hold elsewhere, times do not.

    python -m benchmarks.bench                      # COURSE_DATA=FOLDER before it: other articles
    python -m benchmarks.bench --parts ladder --every-batch   # (d) over every article too
    python -m benchmarks.bench --cell '{"measure": "race", "model": "LSTM 64"}'   # one, as JSON

writes results/bench-NAME.csv (a row a model, way and treatment of denormal numbers), and
bench-NAME-growth.csv (against the longest length and the number of articles), -extras.csv (what
else helps), -generation.csv and -exact.csv (largest differences from packing) beside it.

A training step is all of it: batch, forward, loss on the last states, backward, clipping, AdamW:
(a) one document at a time, a step of the optimiser every 64; (b) the reference loop: 256 documents
padded to the longest of the corpus, packed; (c) shuffled batches of 32, packed; (d) length
buckets, packed; (e) length buckets through PaddedLSTM; (f) the ceiling: `nn.LSTM` forward and
backward alone, on full batches of equal length, the median of the corpus, with all its states in
the loss. Each is measured twice: with denormal numbers flushed, as the course trains, and kept,
which is how PyTorch comes.

(a), (e) and (f), whose ratios are near one, take turns, batch by batch, in one process; the slow
ways have a process each. Peak memory is what a process of one way alone adds to what it held
before its first step.
"""

import argparse
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import torch

from benchmarks.machine import DEVICE, corpus_name, device_name, digest
from benchmarks.races import apart, run_cell
from benchmarks.tables import keep
from benchmarks.ways import MODELS, WAYS
from course_utils import load_gnad
from course_utils.machine import lstm_takes_bfloat16

NEAR = "aef"  # ways whose ratios are near one
FAR = "bcd"
KEYS = {
    "ladder": ["model", "way", "precision", "denormals"],
    "growth": ["max length", "copies", "way"],
    "extras": ["what"],
    "generation": ["beam", "way"],
    "exact": ["articles"],
}


def bf16_works() -> bool:
    """Whether LSTMs run in bfloat16 here."""
    if DEVICE == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return lstm_takes_bfloat16()


def measured(
    model: str, precision: str, denormals: str, ways: str, every: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Tokens a second and MB of each way."""
    if precision == "bf16":
        ways = "ef"
    near = "".join(way for way in ways if way in NEAR)
    share = 1 if model == "LSTM 64" else 2
    common: dict[str, Any] = {"model": model, "denormals": denormals}
    speed = apart("race", precision=precision, ways=near, share=share, **common)
    held = {}
    for way in near:
        cell = apart("memory", way=way, precision=precision, **common)
        held[way] = cell["peak memory, MB"]
    for way in ways:
        if way in FAR:
            result = apart("slow", way=way, every=every, **common)
            speed[way] = result["tokens a second"]
            held[way] = result["peak memory, MB"]
    return speed, held


def ladder(every: int, models: list[str], ways: str) -> pd.DataFrame:
    """Every model and way, with ratios to the others under the same treatment of denormals."""
    rows = []
    for model in models:
        for denormals in ("flush", "keep"):
            speeds = {}
            for precision in ["no", "bf16"] if bf16_works() else ["no"]:
                speed, held = measured(model, precision, denormals, ways, every)
                speeds[precision] = speed
                for way in sorted(speed):
                    row: dict[str, Any] = {"model": model, "way": way, "what": WAYS[way]}
                    row |= {"precision": precision, "denormals": denormals}
                    row["tokens a second"] = round(speed[way])
                    for other in "abdf":
                        if other in ways:
                            ratio = speed[way] / speeds["no"][other]
                            row[f"times ({other})"] = round(ratio, 2)
                    rows.append({**row, "peak memory, MB": round(held[way])})
    return pd.DataFrame(rows)


def growth(every: int) -> pd.DataFrame:
    """Tokens a second of LSTM 64 against the cut of articles, and against their number."""
    rows = []
    for length in (100, 300, 1000, 3000):
        fast = apart("race", model="LSTM 64", ways="e", max_length=length)["e"]
        packed = apart("slow", way="d", model="LSTM 64", every=every, max_length=length)
        for way, speed in (("d", packed["tokens a second"]), ("e", fast)):
            rows.append({"max length": length, "copies": 1, "way": way, "tokens a second": speed})
    for n in (1, 4, 16):
        speed = apart("race", model="LSTM 64", ways="e", copies=n, share=n)["e"]
        rows.append({"max length": np.nan, "copies": n, "way": "e", "tokens a second": speed})
    return pd.DataFrame(rows).round({"tokens a second": 0})


def extras(every: int, rounds: int = 3) -> pd.DataFrame:
    """What brings (e), LSTM 64, further, or does not: medians of rounds in which all take turns."""
    races: dict[str, dict[str, Any]] = {
        "as it is: flushed, large pages, fused AdamW": {},
        "denormal numbers kept": {"denormals": "keep"},
        "pages of 4 kB": {"large_pages": False},
        "AdamW not fused": {"fused": False},
    }
    if bf16_works():
        races["bf16"] = {"precision": "bf16"}
    workers = {"batches from a DataLoader": 0, "batches from a DataLoader, 2 worker processes": 2}
    speeds: dict[str, list[float]] = {name: [] for name in [*races, *workers]}
    for _ in range(rounds):
        for name, keywords in races.items():
            speeds[name].append(apart("race", model="LSTM 64", ways="e", **keywords)["e"])
        for name, n in workers.items():
            speeds[name].append(apart("loaded", workers=n)["e"])
    medians = {name: float(np.median(values)) for name, values in speeds.items()}
    as_it_is = next(iter(medians.values()))
    rows = []
    for name, value in medians.items():
        ratio = round(value / as_it_is, 2)
        rows.append({"what": name, "tokens a second": round(value), "times as it is": ratio})
    return pd.DataFrame(rows)


def exact() -> pd.DataFrame:
    """One line: the largest differences over every article of the corpus."""
    cell = apart("exactness")
    return pd.DataFrame([{k: v if v == int(v) else float(f"{v:.1e}") for k, v in cell.items()}])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", nargs="?", help="name of the files; by default the corpus's")
    parser.add_argument("--cell", help="one measurement alone, described in JSON")
    parser.add_argument("--every-batch", action="store_true", help="(d) on all batches, not a 6th")
    parser.add_argument("--models", nargs="*", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--ways", default="".join(WAYS), help="ways of the ladder; e, f among them")
    parser.add_argument("--parts", nargs="*", default=list(KEYS), choices=list(KEYS))
    args = parser.parse_args()
    if args.cell:
        try:
            print(json.dumps(run_cell(args.cell)))
        except ValueError as error:
            parser.error(str(error))
        return
    from benchmarks.writing import generation

    every = 1 if args.every_batch else 6
    parts: dict[str, Callable[[], pd.DataFrame]] = {
        "ladder": lambda: ladder(every, args.models, args.ways),
        "growth": lambda: growth(every),
        "extras": lambda: extras(every),
        "generation": generation,
        "exact": exact,
    }
    data = digest(text for part in load_gnad() for text in part.text)
    for part in args.parts:
        table = parts[part]().assign(device=device_name())
        name = f"bench-{args.name or corpus_name()}{'' if part == 'ladder' else '-' + part}"
        print(keep(table, name, KEYS[part], data).to_string(index=False), flush=True)


if __name__ == "__main__":
    main()
