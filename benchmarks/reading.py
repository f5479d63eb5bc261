"""What reading is worth: accuracy against the number of words that vectors or a language model
have read, with 45, 90 and all labels.

    python -m benchmarks.reading FOLDER               # results/reading-NAME.csv, what it lacks
    python -m benchmarks.reading FOLDER --seconds 600 # begins nothing further after that
    python -m benchmarks.reading FOLDER --words 1 3   # sizes in millions of words
    python -m benchmarks.reading FOLDER --words 20 --only vectors   # minutes, not hours

FOLDER holds the German texts, as `python -m tools.german fetch FOLDER` writes them. For each size
`python -m tools.german sizes` cuts them to so many words and lets vectors and a language model read
them (kept in _build/reading; hours for the larger ones); the last size is what ships. Systems and
draws are those of benchmarks.transfer, whose rows serve for what ships where they are there; with
all labels, where draws differ in their seeds alone, there is one.
`read` counts words as often as they were read: vectors three times, language models twice.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import pandas as pd
from safetensors import safe_open

from benchmarks import tables
from benchmarks.transfer import draw, measured
from benchmarks.transfer_corpus import FILES, Corpus, Entry, German
from benchmarks.transfer_models import MODELS

OUT = tables.ROOT / "_build" / "reading"
MILLIONS = (1.0, 3.0, 10.0)
WORDS = 38_900_000  # of the texts that what ships has read
PIECES = 57_900_000  # the same texts in pieces
STEP = 6_144  # pieces in a step of the language model
EPOCHS = 3  # of the vectors
PER_DESK = (5, 10, None)
LEVEL = "tf-idf + LinearSVC"  # has read nothing, and is measured with all
MEANS = ("vectors without rarity", "frozen, mean alone, without stage 2")  # like for like
READERS = ("vectors", "LSTM on vectors", *MEANS, "frozen, without stage 2", "ULMFiT")
SYSTEMS = (LEVEL, *READERS)
PARTS = {"vectors": "vectors", "language model": "lm"}  # as tools.german names them
KEYS = ["model", "words", "labels", "draw"]


def shipped_read(german: German) -> int:
    """Words that the shipped language model has read, by the steps that its file names."""
    with safe_open(str(german.folder / FILES["language model"]), framework="pt") as file:
        notes = file.metadata()
    steps = int(notes.get("steps") or notes["step"])  # an older file says "step"
    return round(steps * STEP / PIECES * WORDS)


class Size:
    """What has read so many million words (None: all that ships), and a corpus to try it on."""

    def __init__(self, millions: float | None):
        self.german = German()
        self.words = WORDS
        self.passes = {"vectors": float(EPOCHS)}
        if millions is None:
            self.passes["language model"] = shipped_read(self.german) / WORDS
            return
        place = OUT / str(round(millions * 1e6))
        self.german = German(place / "german")
        note = json.loads((place / "read.json").read_text(encoding="utf-8"))
        self.words = note["words"]
        self.passes["language model"] = float(note["passes"])

    def wanted(
        self, corpus: Corpus, systems: Sequence[str] | None = None
    ) -> Iterator[tuple[Entry, int | None, dict]]:
        """Each line of the table for this size: system, labels a desk, and what is known of it
        before it is measured. What tf-idf has read is nothing."""
        for model, per_desk in product(systems or SYSTEMS, PER_DESK):
            entry = MODELS[model]
            draws = entry.draws if per_desk else 1
            passes = max((self.passes[part] for part in entry.needs), default=0.0)
            for seed in range(draws):
                known = {
                    "model": model,
                    "words": self.words if entry.needs else 0,
                    "read": round(passes * self.words),
                    "labels": len(draw(corpus.train, per_desk, seed)),
                    "draw": seed,
                    "files": corpus.files(entry.needs),
                }
                yield entry, per_desk, known


def read_texts(folder: Path, millions: float, systems: Sequence[str] = SYSTEMS) -> None:
    """Let vectors and a language model read, as the systems need; returns at once if they have."""
    needs = {part for name in systems for part in MODELS[name].needs}
    parts = [short for part, short in PARTS.items() if part in needs]
    command = [sys.executable, "-m", "tools.german", "sizes", str(folder.resolve())]
    command += ["--into", str(OUT), "--words", str(millions), "--parts", *parts]
    OUT.mkdir(parents=True, exist_ok=True)
    subprocess.run(command, cwd=tables.ROOT, check=True)


def matching(path: Path, known: dict, columns: Sequence[str]) -> list[dict]:
    """The rows of the table at `path` that agree with `known` in all `columns`."""
    if not path.is_file():
        return []
    rows = pd.read_csv(path, keep_default_na=False).to_dict("records")
    return [row for row in rows if all(row[column] == known[column] for column in columns)]


def measure(
    size: Size, until: float, folder: Path | None = None, systems: Sequence[str] | None = None
) -> bool:
    """Write the rows of one size that the table lacks; False if the time was up before.

    What the low-shot table has of the same files is taken over."""
    folder = folder or tables.RESULTS
    corpus = Corpus.load(size.german)
    table = f"reading-{corpus.name}"
    lowshot = folder / f"lowshot-{corpus.name}.csv"
    for entry, per_desk, known in size.wanted(corpus, systems):
        if matching(folder / f"{table}.csv", known, [*KEYS, "files"]):
            continue
        if time.perf_counter() > until:
            return False
        found = matching(lowshot, known, ["model", "labels", "draw", "files"])
        if found:
            row = found[0]
        else:
            row = measured(corpus, known["model"], entry, per_desk, known["draw"])
        tables.keep([{**known, **row}], table, KEYS, corpus.digest, folder)
        print({**known, "accuracy": row["accuracy"], "seconds": row["seconds"]}, flush=True)
    return True


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="the German texts")
    parser.add_argument("--words", type=float, nargs="+", default=MILLIONS, help="in millions")
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--only", nargs="+", choices=READERS, default=READERS)
    args = parser.parse_args()
    until = time.perf_counter() + args.seconds
    systems = (LEVEL, *args.only)
    for millions in [None, *sorted(args.words)]:
        if time.perf_counter() > until:
            print("the time is up; the same command goes on")
            return
        if millions is not None:
            read_texts(args.folder, millions, systems)
        if not measure(Size(millions), until, systems=systems):
            print("the time is up; the same command goes on")
            return


if __name__ == "__main__":
    main()
