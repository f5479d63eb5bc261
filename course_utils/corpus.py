"""One loader for both corpora: the embedded mininews and the real 10kGNAD, or any folder in its format.
A corpus that is silently cut or misquoted spoils every number after it, so each row is checked and a fault names its line."""

import csv
import gzip
import os
from importlib.resources import files
from pathlib import Path

import pandas as pd

from course_utils.fetch import data_folder

MINI = Path(str(files("course_utils"))) / "data" / "mininews"
FORMAT = "Expected: no header, two columns category;text, delimiter ';', quote character ' (doubled inside a field), UTF-8, one article a line."


class CorpusError(ValueError):
    """A corpus that cannot be read, with file, line and the way out."""


def _find(folder: Path, name: str) -> Path:
    if not folder.exists():
        raise CorpusError(f"{folder} does not exist. Give load_gnad 'mini', 'full' or a folder that holds train.csv and test.csv.")
    if not folder.is_dir():
        raise CorpusError(f"{folder} is a file. Give the folder that holds train.csv and test.csv.")
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise CorpusError(f"{folder / name} is missing: a corpus folder holds train.csv and test.csv. `make data` fetches the real one.")


def _text(path: Path) -> str:
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError) as error:
        raise CorpusError(f"{path} cannot be read: {error}. Check its rights, or fetch it again.") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise CorpusError(f"{path}, line {line}: not UTF-8 (byte {raw[error.start]:#04x}). Save the file with encoding UTF-8.") from error


def _check(row: list[str], where: str) -> None:
    """Faults of one row; every message names the way out."""
    if len(row) != 2:
        hint = f" The line reads {row[0][:40]!r}…" if len(row) == 1 else ""
        raise CorpusError(f"{where}: {len(row)} column{'s' * (len(row) != 1)} instead of 2.{hint} {FORMAT}")
    category, text = row
    if not category.strip():
        raise CorpusError(f"{where}: the category is empty. Give it one of the corpus's categories or delete the line.")
    if not text.strip():
        raise CorpusError(f"{where}: the text is empty. Delete the line or give it a text.")
    if "\n" in text or "\r" in text:
        raise CorpusError(f"{where}: a text runs over several lines: a quote character ' is not closed. {FORMAT}")
    inner = text.strip()[1:-1]
    double = text.strip()[0] == text.strip()[-1] == '"' and '"' not in inner.replace('""', "") and ('""' in inner or ";" in inner)
    if category[0] in "'\"" or double:
        raise CorpusError(f"{where}: the field begins with a quote character that was not taken as one. Is it quoted with \"? {FORMAT}")
    if (category.strip().lower(), text.strip().lower()) in {("category", "text"), ("label", "text")}:
        raise CorpusError(f"{where}: a header line. Delete it: the first line is the first article.")


def _read(path: Path) -> pd.DataFrame:
    csv.field_size_limit(2**31 - 1)  # the longest article has more than the default's 131,072 characters in some corpora
    lines = _text(path).splitlines(keepends=True) if path.stat().st_size else []
    reader, rows, line = csv.reader(lines, delimiter=";", quotechar="'", strict=True), [], 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            raise CorpusError(f"{path}, line {line}: {error}: a quote character ' is not closed or not doubled. {FORMAT}") from error
        _check(row, f"{path}, line {line}")
        rows.append(row)
        line = reader.line_num + 1
    if not rows:
        raise CorpusError(f"{path} is empty. {FORMAT}")
    return pd.DataFrame(rows, columns=["category", "text"])


def choose_source(source: str | os.PathLike | None = None) -> str | Path:
    """'mini', 'full' or a folder: the argument, else the environment variable COURSE_DATA, else the downloaded corpus
    if there is one, else 'mini'."""
    source = source or os.environ.get("COURSE_DATA")
    if source is None or source == "":
        full = data_folder() / "10kGNAD"
        return "full" if all((full / name).is_file() for name in ("train.csv", "test.csv")) else "mini"
    return str(source) if str(source) in ("mini", "full") else Path(source)


def load_gnad(source: str | os.PathLike | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training and test articles as two DataFrames with the columns `category` and `text`.

    `source`: 'mini' (embedded), 'full' (after `make data`) or a folder with train.csv and test.csv; without it see
    `choose_source`. Prints one line that says which. Raises `CorpusError` with file, line and way out.
    Format: 10kGNAD (Block 2019, after Schabus, Skowron & Trapp 2017).
    """
    source = choose_source(source)
    if source == "mini":
        folder, name = MINI, "mininews (embedded, invented articles)"
    elif source == "full":
        folder, name = data_folder() / "10kGNAD", "10kGNAD"
    else:
        folder, name = source, f"folder {source.name}"
    train, test = (_read(_find(folder, f)) for f in ("train.csv", "test.csv"))
    known = set(train.category)
    for i, category in enumerate(test.category, 1):
        if category not in known:
            raise CorpusError(f"{_find(folder, 'test.csv')}, line {i}: category {category!r} does not occur in train.csv, "
                              f"which has {', '.join(sorted(known))}. Correct it or add training articles.")
    print(f"Corpus: {name}: {len(train):,} training and {len(test):,} test articles in {len(known)} categories.")
    return train, test
