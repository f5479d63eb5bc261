"""Notebook 10's systems over the articles of a corpus, from one label a desk to all of them.

    python -m benchmarks.transfer                  # results/lowshot-NAME.csv, as far as it lacks
    python -m benchmarks.transfer --seconds 300    # begins no further row after that
    python -m benchmarks.transfer --only ULMFiT --per-desk 5    # one system at 45 labels
    python -m benchmarks.transfer --inside --only ULMFiT --per-desk 5 10 --set STAGE_3_RATE=0.002
                          # to tune: among training articles alone, into _build/transfer/

COURSE_DATA names the corpus, as everywhere. A draw takes the same number of labels from each desk,
the same articles for all systems; with all labels the draws differ in their seeds alone. All read
whole articles. What a language model may read is every training article but a tenth, which is held
out for perplexities; test articles serve for one thing, the accuracy at the end. Rows of systems
that hang on the shipped language model or vectors name the file's digest: with another file the
same command measures them again. Language models after stage 2, their states and every system's
scores are kept in _build/transfer/. The systems are in benchmarks.transfer_models.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from fastai.text.all import default_device
from sklearn.model_selection import train_test_split
from torch import Tensor

from benchmarks import tables, transfer_models
from benchmarks.machine import DEVICE, device_name
from benchmarks.transfer_corpus import PER_DESK, Corpus, Entry
from benchmarks.transfer_models import MODELS
from course_utils.lessons import n10

default_device(DEVICE == "cuda")  # fastai alone would take Apple's GPU, too
KEYS = ["model", "labels", "draw"]


def draw(train: pd.DataFrame, per_desk: int | None, seed: int) -> pd.DataFrame:
    """`per_desk` articles of each category, or all."""
    if per_desk is None:
        return train
    return train.groupby("category").sample(per_desk, random_state=seed)


def marks(right: np.ndarray) -> str:
    """An x for each right answer and a full stop for each wrong one, in the articles' order."""
    return "".join("x" if is_right else "." for is_right in right)


def measured(corpus: Corpus, name: str, entry: Entry, per_desk: int | None, seed: int) -> dict:
    """Labels, draw, accuracy on the test articles, which of them, and seconds of one system."""
    labelled = draw(corpus.train, per_desk, seed)
    start = time.perf_counter()
    scores = corpus.scores(name, entry, labelled, seed, anew=True)
    right = (scores.argmax(1) == corpus.labels(corpus.test)).numpy()
    return {
        "labels": len(labelled),
        "draw": seed,
        "accuracy": round(float(right.mean()), 4),
        "seconds": round(time.perf_counter() - start, 1),
        "right": marks(right),
        "files": corpus.files(entry.needs),
        "device": device_name(),
    }


def lacking(corpus: Corpus, entries: dict[str, Entry], path: Path) -> list[tuple]:
    """(name, labels a desk, draw) of each row that `path` does not have, or of other files."""
    done: set[tuple] = set()
    if path.is_file():
        old = pd.read_csv(path, keep_default_na=False)
        done = set(old[[*KEYS, "files"]].itertuples(index=False, name=None))
    found = []
    for per_desk in PER_DESK:
        for name, entry in entries.items():
            labels = len(draw(corpus.train, per_desk, 0))
            for seed in entry.seeds(per_desk):
                if (name, labels, seed, corpus.files(entry.needs)) not in done:
                    found.append((name, per_desk, seed))
    return found


def table(
    corpus: Corpus, entries: dict[str, Entry], seconds: float, folder: Path | None = None
) -> None:
    """Measure what results/lowshot-NAME.csv lacks, the fewest labels first."""
    name = f"lowshot-{corpus.name}"
    path = (folder or tables.RESULTS) / f"{name}.csv"
    start = time.perf_counter()
    for model, per_desk, seed in lacking(corpus, entries, path):
        if time.perf_counter() - start > seconds:
            print("the time is up; the same command goes on")
            return
        row = {"model": model, **measured(corpus, model, entries[model], per_desk, seed)}
        print({key: value for key, value in row.items() if key != "right"}, flush=True)
        tables.keep([row], name, KEYS, corpus.digest, folder)


def with_all_labels(corpus: Corpus, name: str, seed: int) -> tuple[Tensor, float]:
    """Scores (N, K) of one system with all labels, and the seconds it took.

    It is measured if the table has no row of it, or its scores are not kept: so the table and
    whoever asks here (the ledger) speak of the same network."""
    entry = replace(MODELS[name], per_desk=(None,))
    path = tables.RESULTS / f"lowshot-{corpus.name}.csv"
    lacks = (name, None, seed) in lacking(corpus, {name: entry}, path)
    if lacks or not corpus.scores_at(name, entry, corpus.train, seed).is_file():
        row = {"model": name, **measured(corpus, name, entry, None, seed)}
        tables.keep([row], path.stem, KEYS, corpus.digest)
    rows = pd.read_csv(path)
    own = rows[(rows.model == name) & (rows.labels == len(corpus.train)) & (rows.draw == seed)]
    return corpus.scores(name, entry, corpus.train, seed), float(own.seconds.iloc[0])


def inside(corpus: Corpus) -> Corpus:
    """A corpus made of the training articles alone, a third of which play the test."""
    train, test = train_test_split(
        corpus.train, test_size=1 / 3, stratify=corpus.train.category, random_state=0
    )
    train = train.reset_index(drop=True)
    return Corpus(train, test.reset_index(drop=True), f"{corpus.name}-inside")


def chosen(only: Sequence[str] | None, per_desk: Sequence[int] | None) -> dict[str, Entry]:
    """The systems of the table, or those named; `per_desk` 0 means all labels.

    `ValueError` names those that there are."""
    unknown = sorted(set(only or ()) - set(MODELS))
    if unknown:
        raise ValueError(f"no such system: {', '.join(unknown)}; there are {', '.join(MODELS)}")
    names = only or list(MODELS)
    wanted = None if per_desk is None else {number or None for number in per_desk}
    found = {}
    for name in names:
        entry = MODELS[name]
        sizes = tuple(n for n in entry.per_desk if wanted is None or n in wanted)
        found[name] = replace(entry, per_desk=sizes)
    return found


def with_settings(entries: dict[str, Entry], settings: Sequence[str]) -> dict[str, Entry]:
    """Give the lesson's constants other values, and the systems names that say so.

    settings: such as "SHARE=0.5". `ValueError` for what is no constant of lessons.n10 or
    of its systems, and for systems of several networks, whose scores are kept under the names of
    their parts."""
    if settings and any("together" in name for name in entries):
        raise ValueError("name single systems with --only: several together take kept scores")
    for setting in settings:
        name, _, value = setting.partition("=")
        module = n10 if hasattr(n10, name) else transfer_models
        if not name.isupper() or not hasattr(module, name):
            raise ValueError(f"{name!r} is no constant of notebook 10: SHARE=0.5, for instance")
        setattr(module, name, float(value))
    return {" ".join([name, *settings]): entry for name, entry in entries.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", help="names of systems")
    parser.add_argument("--per-desk", nargs="+", type=int, help="labels a desk; 0: all")
    parser.add_argument("--inside", action="store_true", help="no test article is looked at")
    parser.add_argument(
        "--set", nargs="+", default=[], help="constants of notebook 10, for --inside"
    )
    parser.add_argument("--seconds", type=float, default=float("inf"))
    args = parser.parse_args()
    if args.set and not args.inside:
        parser.error("--set is for --inside: the table has the notebook's own settings")
    try:
        entries = with_settings(chosen(args.only, args.per_desk), args.set)
    except ValueError as error:
        parser.error(str(error))
    corpus = Corpus.load()
    folder = None
    if args.inside:
        corpus = inside(corpus)
        folder = tables.ROOT / "_build" / "transfer"
        folder.mkdir(parents=True, exist_ok=True)
    table(corpus, entries, args.seconds, folder)


if __name__ == "__main__":
    main()
