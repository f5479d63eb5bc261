"""One loader for both corpora: the embedded mininews and the real 10kGNAD, or any folder in its format.
A corpus that is silently cut or misquoted spoils every number after it, so each row is checked and a fault names its line."""

import csv
import gzip
import io
import os
import re
import zlib
from importlib.resources import files
from pathlib import Path

import pandas as pd

from course_utils.fetch import data_folder

MINI = Path(str(files("course_utils"))) / "data" / "mininews"
FORMAT = "Expected: no header, two columns category;text, delimiter ';', quote character ' (doubled inside a field), UTF-8, one article a line."
DOUBLE_QUOTED = re.compile(r'"[^"]*(?:""[^"]*)+"')  # "Er sagte ""ja"" dazu"


class CorpusError(ValueError):
    """A corpus that cannot be read, with file, line and the way out."""


def _find(folder: Path, name: str) -> Path:
    if not folder.is_dir():
        raise CorpusError(
            f"{folder} {'is a file' if folder.exists() else 'does not exist'}. Give 'mini', 'full' (after `make data`) "
            "or a folder that holds train.csv and test.csv."
        )
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise CorpusError(
        f"{folder / name} is missing: a corpus folder holds train.csv and test.csv. `make data` fetches the real one."
    )


def _text(path: Path) -> str:
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise CorpusError(
            f"{path} cannot be read: {error}. Check its rights, or fetch it again."
        ) from error
    try:
        text, fault = (
            raw.decode("utf-8"),
            raw.find(b"\0"),
        )  # UTF-16 without umlauts is UTF-8 full of zeros
    except UnicodeDecodeError as error:
        fault = error.start
    if fault >= 0:
        line = raw[:fault].count(b"\n") + 1
        raise CorpusError(
            f"{path}, line {line}: not UTF-8 (byte {raw[fault]:#04x}). Save the file with encoding UTF-8."
        )
    return text.removeprefix("\ufeff")


def _check(row: list[str], where: str) -> None:
    """Faults of one row; every message names the way out."""
    if any("\n" in field or "\r" in field for field in row):
        raise CorpusError(
            f"{where}: a field runs over several lines: a quote character ' is not closed. {FORMAT}"
        )
    if len(row) != 2:
        reads = f"It reads {';'.join(row)[:40]!r}…" if row else "It is empty: delete it."
        raise CorpusError(
            f"{where}: {len(row)} column{'s' * (len(row) != 1)} instead of 2. {reads} {FORMAT}"
        )
    category, text = row
    if not category.strip() or not text.strip():
        raise CorpusError(
            f"{where}: the {'text' if category.strip() else 'category'} is empty. Fill it in or delete the line."
        )
    if category[0] in "'\"":
        raise CorpusError(
            f"{where}: the category begins with a quote character that was not taken as one. {FORMAT}"
        )
    if (category.strip().lower(), text.strip().lower()) in {
        ("category", "text"),
        ("label", "text"),
    }:
        raise CorpusError(
            f"{where}: a header line. Delete it: the first line is the first article."
        )


def _read(path: Path) -> pd.DataFrame:
    csv.field_size_limit(
        2**31 - 1
    )  # the longest article has more than the default's 131,072 characters in some corpora
    rows: list[list[str]] = []
    try:  # newline: a text may hold what str.splitlines takes for the end of a line
        for row in csv.reader(
            io.StringIO(_text(path), newline="\n"), delimiter=";", quotechar="'", strict=True
        ):
            _check(row, f"{path}, line {len(rows) + 1}")
            rows.append(row)
    except csv.Error as error:
        raise CorpusError(
            f"{path}, line {len(rows) + 1}: close every quote character ' and end every line with \\n ({error}). {FORMAT}"
        ) from error
    if not rows:
        raise CorpusError(f"{path} is empty. {FORMAT}")
    quoting = [line for line, (_, text) in enumerate(rows, 1) if '"' in text]
    if quoting and all(
        DOUBLE_QUOTED.fullmatch(rows[line - 1][1]) for line in quoting
    ):  # in some texts alone: as written
        raise CorpusError(
            f'{path}, line {quoting[0]}: the text is quoted with ", which would stay in it. {FORMAT}'
        )
    return pd.DataFrame(rows, columns=["category", "text"])


def choose_source(source: str | os.PathLike | None = None) -> str | Path:
    """'mini', 'full' or a folder: the argument, else the environment variable COURSE_DATA, else the downloaded corpus
    if there is one, else 'mini'."""
    source = source or os.environ.get("COURSE_DATA")
    if not source:
        full = data_folder() / "10kGNAD"
        return (
            "full" if all((full / name).is_file() for name in ("train.csv", "test.csv")) else "mini"
        )
    return str(source) if str(source) in ("mini", "full") else Path(source)


def load_gnad(source: str | os.PathLike | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training and test articles as two DataFrames with the columns `category` and `text`.

    `source`: 'mini' (embedded), 'full' (after `make data`) or a folder with train.csv and test.csv; without it see `choose_source`. Prints
    one line that says which. Raises `CorpusError` with file, line and way out. Format: 10kGNAD (Block 2019, after Schabus, Skowron & Trapp
    2017)."""
    source = choose_source(source)
    known = {
        "mini": (MINI, "mininews (embedded, invented articles)"),
        "full": (data_folder() / "10kGNAD", "10kGNAD"),
    }
    folder, name = known[source] if source in known else (source, f"folder {source.resolve().name}")
    train, test = (_read(_find(folder, f)) for f in ("train.csv", "test.csv"))
    categories = sorted(set(train.category))
    for line, category in enumerate(test.category, 1):
        if category not in categories:
            raise CorpusError(
                f"{_find(folder, 'test.csv')}, line {line}: category {category!r} does not occur in train.csv, "
                f"which has {', '.join(categories)}. Correct it or add training articles."
            )
    print(
        f"Corpus: {name}: {len(train):,} training and {len(test):,} test articles in {len(categories)} categories."
    )
    return train, test
