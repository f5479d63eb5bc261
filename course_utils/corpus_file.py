"""Reads one file of articles in 10kGNAD's format and lists everything that is wrong with it.
A corpus that is silently cut or misquoted spoils every number after it, so each row is checked."""

import csv
import gzip
import io
import re
import unicodedata
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from course_utils.tokens import TOKEN, normalise, normalise_label

FORMAT = (
    "Expected: no header, two columns category;text, delimiter ';', quote character ' "
    "(doubled inside a field), UTF-8, one article a line."
)
DOUBLE_QUOTED = re.compile(r'"[^"]*(?:""[^"]*)+"')  # "Er sagte ""ja"" dazu"
HEADERS = {("category", "text"), ("label", "text")}
SHOWN = 20  # faults after the first that a message lists before it only counts


class CorpusError(ValueError):
    """A corpus that cannot be read, with file, line and the way out."""


class Fault(NamedTuple):
    """What is wrong in one line of a file; `what` has no full stop, `way_out` is whole
    sentences."""

    path: Path
    line: int
    what: str
    way_out: str


def corpus_error(faults: list[Fault]) -> CorpusError:
    """One message for all faults: the first in full, the others by file, line and cause."""
    first, *others = faults
    message = f"{first.path}, line {first.line}: {first.what}. {first.way_out}"
    if others:
        listed = [f"{f.path.name} line {f.line} ({f.what})" for f in others[:SHOWN]]
        more = f", and {len(others) - SHOWN:,} more" if len(others) > SHOWN else ""
        message += f" Further faults: {', '.join(listed)}{more}."
    return CorpusError(message)


def find_file(folder: Path, name: str) -> Path:
    """`name` in `folder`, or its gzipped form."""
    try:
        return _found(folder, name)
    except OSError as error:
        raise CorpusError(
            f"{folder} cannot be read: {error.strerror}. Check its rights."
        ) from error


def _found(folder: Path, name: str) -> Path:
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        raise CorpusError(
            f"{folder} {what}. Give 'mini', 'full' (after `make data`) "
            "or a folder that holds train.csv and test.csv."
        )
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    path = folder / name
    what = "is missing"
    if path.is_dir():
        what = "is a folder, not a file"
    elif path.is_symlink():
        what = "is missing: a link to what is not there"
    holds = ", ".join(sorted(entry.name for entry in folder.iterdir())[:5])
    raise CorpusError(
        f"{path} {what}: a corpus folder holds train.csv and test.csv, this one holds "
        f"{holds or 'nothing'}. `make data` fetches the real one."
    )


def read_articles(path: Path) -> tuple[pd.DataFrame, list[Fault]]:
    """The articles of a file as a DataFrame with the columns `category` and `text`, and its faults.

    Text is normalised (`tokens.normalise`), labels lose what nobody sees. The row number plus 1 is
    the line if there are no faults. Raises `CorpusError` where not even lines can be told apart."""
    raw = _bytes(path)
    faults = _encoding_faults(path, raw)
    if faults:
        return _table({}), faults
    rows: dict[int, tuple[str, str]] = {}
    for line, row, error in _csv_rows(raw.decode("utf-8").removeprefix("\ufeff")):
        fault = error or _row_fault(row)
        if fault:
            faults.append(Fault(path, line, *fault))
        else:
            rows[line] = (normalise_label(row[0]), normalise(row[1]))
    if not rows and not faults:
        raise CorpusError(f"{path} is empty. {FORMAT}")
    faults += _double_quotes(path, rows) + _spellings(path, rows)
    return _table(rows), sorted(faults, key=lambda fault: fault.line)


def _table(rows: dict[int, tuple[str, str]]) -> pd.DataFrame:
    return pd.DataFrame(list(rows.values()), columns=["category", "text"])


def _bytes(path: Path) -> bytes:
    """The content of a file, unpacked if it is packed with gzip, whatever its name says."""
    try:
        raw = path.read_bytes()
        if path.suffix == ".gz" or raw.startswith(b"\x1f\x8b"):
            raw = gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise CorpusError(
            f"{path} cannot be read: {error}. Check its rights, or fetch it again."
        ) from error
    if raw.startswith(b"PK\x03\x04"):
        raise CorpusError(f"{path} is a zip archive or an Excel file. Save it as CSV. {FORMAT}")
    return raw


def _encoding_faults(path: Path, raw: bytes) -> list[Fault]:
    """A fault for each line that is not UTF-8; UTF-16 without umlauts is UTF-8 full of zeros."""
    faults = []
    for number, line in enumerate(raw.split(b"\n"), 1):
        position = line.find(b"\0")
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            position = error.start
        if position >= 0:
            what = f"not UTF-8 (byte {line[position]:#04x})"
            faults.append(Fault(path, number, what, "Save the file with encoding UTF-8."))
    return faults


def _csv_rows(text: str) -> Iterator[tuple[int, list[str], tuple[str, str] | None]]:
    """Number of its first line, fields and, at the last row that can be told apart, what makes it
    the last."""
    # The longest article of some corpora has more than the default's 131,072 characters.
    csv.field_size_limit(2**31 - 1)
    # newline: a text may hold what str.splitlines takes for the end of a line.
    lines = io.StringIO(text, newline="\n")
    reader = csv.reader(lines, delimiter=";", quotechar="'", strict=True)
    while True:
        start = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield start, [], (_unreadable(error), FORMAT)
            return
        if any("\n" in field or "\r" in field for field in row):
            what = "a field runs over several lines: a quote character ' is not closed"
            yield start, row, (what, FORMAT)
            return
        yield start, row, None


def _unreadable(error: csv.Error) -> str:
    return f"close every quote character ' and end every line with \\n ({error})"


def _row_fault(row: list[str]) -> tuple[str, str] | None:
    """What is wrong with a row, and the way out."""
    if not row:
        return "0 columns instead of 2", f"It is empty: delete it. {FORMAT}"
    if len(row) != 2:
        columns = "1 column" if len(row) == 1 else f"{len(row)} columns"
        return f"{columns} instead of 2", f"It reads {';'.join(row)[:40]!r}…. {FORMAT}"
    category = normalise_label(row[0])
    if not category:
        return "the category is empty", "Fill it in or delete the line."
    if not TOKEN.search(normalise(row[1])):
        return "the text is empty", "Fill it in or delete the line."
    if category[0] in "'\"":
        return "the category begins with a quote character that was not taken as one", FORMAT
    if (category.lower(), row[1].strip().lower()) in HEADERS:
        return "a header line", "Delete it: the first line is the first article."
    return None


def _double_quotes(path: Path, rows: dict[int, tuple[str, str]]) -> list[Fault]:
    """A fault if every text with a " in it is quoted with them; in some texts alone they stay as
    written."""
    lines = [line for line, (_, text) in rows.items() if '"' in text]
    if not lines or not all(DOUBLE_QUOTED.fullmatch(rows[line][1]) for line in lines):
        return []
    return [Fault(path, lines[0], 'the text is quoted with ", which would stay in it', FORMAT)]


def same_label(label: str) -> str:
    """A key that is equal for labels that differ only in case or in compatible characters."""
    return unicodedata.normalize("NFKC", label).casefold()


def _spellings(path: Path, rows: dict[int, tuple[str, str]]) -> list[Fault]:
    """A fault for each label that was spelled otherwise before: a class of its own by mistake."""
    first: dict[str, tuple[str, int]] = {}
    faults = []
    for line, (category, _) in rows.items():
        spelling, before = first.setdefault(same_label(category), (category, line))
        if category != spelling:
            what = f"category {category!r} is {spelling!r} in line {before}"
            faults.append(Fault(path, line, what, "Spell both alike: they would be two classes."))
    return faults
