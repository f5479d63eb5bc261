"""Reads texts of a learner's own, with labels or without, or says all that is wrong with them.
A file that was read wrongly is more expensive than one that was not read at all."""

import codecs
import os
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from course_utils.console import say
from course_utils.own_checks import check_labels, check_texts
from course_utils.own_faults import BadTexts, Columns, Faults, Rows
from course_utils.own_files import from_folder, from_plain, read_file
from course_utils.own_json import at_path, from_json, known_paths
from course_utils.own_tables import clean, from_table, matches

__all__ = ["BadTexts", "read_texts"]

TABLES = (".csv", ".tsv", ".txt")
HEADER = " If there is no header, put one above, or say the columns' numbers, 0 for the first."
JSON = (".jsonl", ".ndjson", ".json")


# --- Files -------------------------------------------------------------------------------------


def _check_encoding(encoding: str) -> str:
    """`encoding`, 'utf-8' under all of its names."""
    try:
        "a".encode(encoding)
        name = codecs.lookup(encoding).name
    except (LookupError, UnicodeError) as error:
        raise BadTexts(
            f"Python knows no encoding {encoding!r} for texts; it knows 'cp1252' or 'utf-16'."
        ) from error
    return "utf-8" if name in ("utf-8", "utf-8-sig", "ascii") else encoding


def _check_path(path: Path) -> None:
    if any(ord(sign) < 32 for sign in str(path)):
        raise BadTexts(
            f"The path {str(path)!r} holds a sign that is none: Python took a \\ in it for the "
            'beginning of one (\\t, \\n). Write r"C:\\texts\\new.csv", or / in place of \\.'
        )


def _is_plain(text: str, columns: Columns) -> bool:
    """Whether a .txt is a book: its first line doesn't name the text's column."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    names = {clean(str(name)) for name in columns.text}
    cells = {clean(part.strip("\"'")) for mark in ",;\t|" for part in first.split(mark)}
    return not columns.by_number and names.isdisjoint(cells)


def _rows_of(path: Path, columns: Columns, encoding: str, faults: Faults) -> Rows:
    """What is in a file or folder; the suffix chooses the reader."""
    path.stat()  # is there nothing at all? say so first
    suffix = path.suffix.lower()
    if path.is_dir():
        return from_folder(path, encoding, bool(columns.label), faults)
    if suffix not in TABLES + JSON:
        faults.add(
            f"is no folder and ends in none of {', '.join(TABLES + JSON)}. Save it as one of them."
        )
        faults.stop()
    text = read_file(path, encoding, faults)
    if suffix in JSON:
        return from_json(text, faults)
    if suffix == ".txt" and not columns.label and _is_plain(text, columns):
        return from_plain(text)
    return from_table(text, columns, faults)


# --- Columns -----------------------------------------------------------------------------------


def _likely(known: Sequence[str], names: Sequence[str | int]) -> str:
    """The one of the `known` names that is probably meant by `names`, or …"""
    last = {path.rsplit(".", 1)[-1].casefold(): path for path in known}
    wanted = [str(name).rsplit(".", 1)[-1].casefold() for name in names]
    close = [hit for name in wanted for hit in get_close_matches(name, last, 1, 0.8)]
    return last[close[0]] if close else "…"


def _add_missing(
    known: Sequence[str], missing: list[str], columns: Columns, end: str, faults: Faults
) -> None:
    call = f"text={_likely(known, (*columns.text, 'text'))!r}"
    if columns.label:
        call += f", label={_likely(known, (*columns.label, 'label'))!r}"
    faults.add(
        f"has no column {' and no column '.join(missing)}, only "
        f"{', '.join(repr(name[:30]) for name in known)}. Say which ones: read_texts(path, {call})"
        f"{'; without labels: label=False' if columns.label else ''}.{end}"
    )


def _or(names: Sequence[str | int]) -> str:
    return " or ".join(repr(name) for name in names)


def _cells(
    table: Rows, wanted: Sequence[Sequence[str | int]], columns: Columns, faults: Faults
) -> Any:
    """The wanted columns of a table with a header."""
    header = list(table.header or [])
    found = [matches(header, names) for names in wanted]
    if len(header) < len(wanted):
        faults.add(
            "has one column only. A label and a text are needed, divided by , ; | or a tab; "
            "without labels: read_texts(path, label=False)."
        )
        faults.stop()
    missing = [_or(names) for names, places in zip(wanted, found, strict=True) if not places]
    if missing:
        _add_missing([str(name) for name in header], missing, columns, HEADER, faults)
    for places in found:
        if len(places) > 1:
            faults.add(f"has the column {header[places[0]]!r} {len(places)} times. Rename one.")
    if missing or any(len(places) > 1 for places in found):
        faults.stop()
    return [[row[places[0]] for row in table.rows] for places in found]


def _values(
    table: Rows, wanted: Sequence[Sequence[str | int]], columns: Columns, faults: Faults
) -> Any:
    """The wanted values of JSON objects, None where an object has none."""
    found = []
    missing = []
    for names in wanted:
        tried = ([at_path(row, str(name)) for row in table.rows] for name in names)
        values = next((v for v in tried if any(value is not None for value in v)), None)
        found.append(values)
        if values is None:
            missing.append(_or(names))
    if missing:
        _add_missing(known_paths(table.rows), missing, columns, "", faults)
        faults.stop()
    return found


def _columns_of(table: Rows, columns: Columns, faults: Faults) -> pd.DataFrame:
    """Text and, if wanted, category, as they stand, under the places that they come from."""
    if not table.rows:
        if not faults.found:
            only = ", only a header" if table.header else ""
            faults.add(f"holds no text{only}. Add a line for each.")
        faults.stop()
    wanted = [columns.text, columns.label] if columns.label else [columns.text]
    pick = _values if table.header is None else _cells
    found = dict(zip(["text", "category"], pick(table, wanted, columns, faults), strict=False))
    return pd.DataFrame(found, index=pd.Index(table.places, dtype=object), dtype=object)


# --- All of it ---------------------------------------------------------------------------------


def _columns(text: str | int | None, label: str | int | Literal[False] | None) -> Columns:
    labels: tuple[str | int, ...] = ("label", "category")
    if label is False:
        labels = ()
    elif label is not None:
        labels = (label,)
    return Columns(("text",) if text is None else (text,), labels)


def _report(name: str, whole: pd.DataFrame, texts: pd.DataFrame, notes: list[str]) -> None:
    classes = f" in {texts.category.nunique()} classes" if "category" in texts else ""
    doubled = len(whole) - len(texts)
    say(f"{name}: {len(texts):,} texts{classes}; doubled and dropped: {doubled}.")
    for note in notes:
        say(f"  {note}")


def read_texts(
    path: str | os.PathLike[str],
    text: str | int | None = None,
    label: str | int | Literal[False] | None = None,
    encoding: str = "utf-8",
) -> pd.DataFrame:
    """A DataFrame with the columns `category` and `text`, all of it fit for training.

    `path`: a table (.csv, .tsv, .txt; delimiter and quoting are found out), JSON lines or an array
    (.jsonl, .ndjson, .json), or a folder with one sub-folder of .txt files for each class.
    `text`, `label`: the columns' names, in any case; in JSON also dotted paths ('meta.label'); in a
    table without a header numbers, 0 for the first column. By default 'text' and 'label' or
    'category'. `label=False` reads texts alone (only the column `text` comes back), also from a
    folder of any depth, or from a book: of a .txt without header, the paragraphs.
    `encoding`: of what is not UTF-8.

    Texts and labels are put into NFC, labels stripped, doubled texts dropped. Prints one line, and
    one for each thing that was left out. Raises `BadTexts`, which names all faults, each with file,
    line and way out. Quoting: RFC 4180 (Shafranovich 2005)."""
    encoding = _check_encoding(encoding)
    columns = _columns(text, label)
    path = Path(path).expanduser()
    _check_path(path)
    path = path.resolve()
    faults = Faults(path.name)
    try:
        rows = _rows_of(path, columns, encoding, faults)
    except OSError as error:
        raise BadTexts(
            f"{Path(error.filename or path).name}: {error.strerror}. Check name and rights; a "
            "relative path starts in the folder of this notebook."
        ) from error
    table = _columns_of(rows, columns, faults)
    whole = pd.DataFrame({"text": check_texts(table.text, faults)})
    if columns.label:
        table = table.assign(text=whole.text)
        whole.insert(0, "category", check_labels(table, rows.lost, faults))
    faults.stop()
    whole = whole.astype(str)
    texts = whole.drop_duplicates(ignore_index=True)
    _report(path.name, whole, texts, rows.notes)
    return texts
