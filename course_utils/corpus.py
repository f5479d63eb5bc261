"""One loader for the embedded mininews, the real 10kGNAD, or any folder in their format. It says
which one is in use, and in one sentence what the course needs where a folder has too little."""

import os
import sys
from importlib.resources import files
from pathlib import Path

import pandas as pd

from course_utils.console import say
from course_utils.corpus_file import (
    FORMAT,
    CorpusError,
    Fault,
    corpus_error,
    find_file,
    read_articles,
    same_label,
)
from course_utils.paths import absolute, base_folder, data_folder, from_environment
from course_utils.tokens import tokenize

__all__ = ["FORMAT", "MINI", "CorpusError", "choose_source", "corpus_folder", "load_gnad"]

MINI = Path(str(files("course_utils"))) / "data" / "mininews"
PARTS = ("train.csv", "test.csv")

# What the notebooks need: they set one article in seven aside class by class, take five labelled
# articles a class, test every class, hold thirty articles out for a language model, follow
# gradients through 16 articles of 100 words, and draw a thousand articles with all classes in them.
MIN_CATEGORIES = 2
MIN_TRAIN = 10  # articles a category
MIN_ALL = 60  # training articles in all
MIN_SHARE = 0.01  # of the training articles, for a category
MIN_TEST = 1  # articles a category
LONG = 100  # words
MIN_LONG = 16  # training articles


def choose_source(source: str | os.PathLike | None = None) -> str | Path:
    """'mini', 'full' or a folder: the argument, else the environment variable COURSE_DATA, else the
    downloaded corpus if there is one, else 'mini'. The folder is absolute: COURSE_DATA starts from
    the repository's root, the argument from the current folder."""
    named = from_environment("COURSE_DATA")
    if source:
        return str(source) if str(source) in ("mini", "full") else absolute(source)
    if named:
        return named if named in ("mini", "full") else absolute(named, base_folder())
    full = data_folder() / "10kGNAD"
    # os.path, not Path: a folder that may not be looked into counts as not there
    found = [
        any(os.path.isfile(full / f"{name}{ending}") for ending in ("", ".gz")) for name in PARTS
    ]
    return "full" if all(found) else "mini"


def corpus_folder(source: str | Path) -> Path:
    """The folder of what `choose_source` chose."""
    if source == "mini":
        return MINI
    return data_folder() / "10kGNAD" if source == "full" else Path(source)


def load_gnad(source: str | os.PathLike | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training and test articles as two DataFrames with the columns `category` and `text`.

    `source`: 'mini' (embedded), 'full' (after `make data`) or a folder with train.csv and test.csv;
    without it see `choose_source`. Prints one line that says which. Raises `CorpusError` with file,
    line and way out, all faults at once. A corpus too small for the notebooks is an error where the
    course chose it (no `source`), and a line on stderr where `source` names it. Text comes in
    Unicode's normal form C. Format: 10kGNAD (Block 2019, after Schabus, Skowron & Trapp 2017)."""
    chosen = choose_source(source)
    folder = corpus_folder(chosen)
    train, test = _read_corpus(folder)
    unmet = _unmet_needs(folder, train, test)
    if unmet and not source:
        raise CorpusError(unmet)
    name = {"mini": "mininews (embedded, invented articles)", "full": f"10kGNAD ({folder})"}.get(
        str(chosen), f"folder {folder}"
    )
    say(
        f"Corpus: {name}: {len(train):,} training and {len(test):,} test articles "
        f"in {train.category.nunique()} categories."
    )
    if unmet:
        print(unmet, file=sys.stderr)
    if chosen == "mini" and not source:
        _say_where_was_looked()
    return train, test


def _read_corpus(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both files of a folder, checked each and against each other."""
    train_path, test_path = (find_file(folder, name) for name in PARTS)
    train, faults = read_articles(train_path)
    test, test_faults = read_articles(test_path)
    if not faults and not test_faults:
        test_faults = _unknown_categories(test_path, train, test)
    faults += test_faults
    if faults:
        raise corpus_error(faults)
    return train, test


def _unknown_categories(path: Path, train: pd.DataFrame, test: pd.DataFrame) -> list[Fault]:
    """A fault for each test article of a category that nothing was learned about."""
    known = sorted(set(train.category))
    spelling = {same_label(category): category for category in known}
    faults = []
    for line, category in enumerate(test.category, 1):
        if category not in known:
            what = (
                f"category {category!r} does not occur in train.csv, which has {', '.join(known)}"
            )
            meant = spelling.get(same_label(category))
            way_out = f"Spell it {meant!r}" if meant else "Correct it"
            faults.append(Fault(path, line, what, f"{way_out} or add training articles."))
    return faults


def _unmet_needs(folder: Path, train: pd.DataFrame, test: pd.DataFrame) -> str:
    """One sentence on what the notebooks need and what of it is missing; '' if nothing is."""
    trained = train.category.value_counts()
    tested = test.category.value_counts()
    categories = sorted(trained.index)
    missing = []
    if len(categories) < MIN_CATEGORIES:
        missing.append(f"{categories[0]!r} is the only category")
    for category in categories:
        if trained[category] < MIN_TRAIN:
            missing.append(f"{category!r} has {trained[category]} in training")
        elif trained[category] < MIN_SHARE * len(train):
            missing.append(f"{category!r} has {trained[category]} in training, of {len(train):,}")
        if tested.get(category, 0) < MIN_TEST:
            missing.append(f"{category!r} has none in test")
    if len(train) < MIN_ALL:
        missing.append(f"there are {len(train)} training articles in all")
    if not missing:  # the only need that takes time to see
        long = _number_of_long(train)
        if long < MIN_LONG:
            missing.append(f"only {long} have {LONG} words")
    if not missing:
        return ""
    return (
        f"{folder} is too small for the course's notebooks, which need at least {MIN_CATEGORIES} "
        f"categories, {MIN_TRAIN} training and {MIN_TEST} test article in each, {MIN_ALL} training "
        f"articles in all, a hundredth of them in each category, and {MIN_LONG} of {LONG} words or "
        f"more: {'; '.join(missing)}. "
        "Add articles, or take a category out of both files."
    )


def _number_of_long(train: pd.DataFrame) -> int:
    """How many training articles have `LONG` words; counts no further than needed."""
    found = 0
    for text in train.text:
        found += len(tokenize(text)) >= LONG
        if found == MIN_LONG:
            break
    return found


def _say_where_was_looked() -> None:
    """A reader who named or filled a folder, and gets mininews all the same, is told which folder
    that was."""
    folder = data_folder() / "10kGNAD"
    expected = from_environment("COURSE_CACHE") or os.path.exists(folder)
    if expected and not from_environment("COURSE_DATA"):
        print(f"No whole 10kGNAD in {folder}: `make data` fetches it.", file=sys.stderr)
