"""A table that nobody described, as rows: its delimiter, its header, and what misfits it.
pandas makes something of any file; a table to learn from is read as it was meant, or not at all."""

import csv
import io
import re
import unicodedata
from collections.abc import Sequence
from itertools import islice
from typing import Any

from course_utils.own_faults import Columns, Faults, Rows
from course_utils.own_quotes import NOWHERE, Layout, Readings, Row, as_lines, fitted, undoubted

DELIMITERS = ",;\t|"
PROBED = 100  # lines that a delimiter is tried on


def clean(name: str) -> str:
    """A column's name as it is compared: composed, without case and blanks around it."""
    return unicodedata.normalize("NFC", name).strip().strip("\ufeff").casefold()


# --- Delimiter ---------------------------------------------------------------------------------


def _header_at(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _delimiter(lines: list[str], names: set[str]) -> str:
    """The mark under which the first line holds most of the wanted `names`; if none does, the mark
    that stands most regularly in the lines; then the one that gives most columns."""
    probe = [line for line in islice(lines, PROBED) if line.strip()]
    if not probe:
        return NOWHERE

    def merit(mark: str) -> tuple[int, float, int]:
        header = _header_at(probe[0], mark)
        found = len(names & {clean(name) for name in header})
        same = sum(line.count(mark) == probe[0].count(mark) for line in probe)
        return found, same / len(probe), len(header)

    marks = [mark for mark in DELIMITERS if len(_header_at(probe[0], mark)) > 1]
    return max(marks, key=merit, default=NOWHERE)


def _layout(lines: list[str], names: set[str]) -> Layout:
    """Delimiter and quote character; whether the latter is in use is decided later."""
    first = 0
    spoken = re.fullmatch(r'"?sep=(.)"?;*,*\s*', lines[0], re.I) if lines else None
    if spoken:  # Excel's own first line
        first = 1
    while first < len(lines) and not lines[first].strip():
        first += 1
    delimiter = spoken[1] if spoken else _delimiter(lines[first:], names)
    opened = {
        mark: sum(line.startswith(mark) or delimiter + mark in line for line in lines)
        for mark in "'\""
    }
    single = opened["'"] > len(lines) / 2 and opened["'"] > opened['"']
    header = lines[first] if first < len(lines) else ""
    blank = f"{delimiter} " in header
    return Layout(delimiter, "'" if single else '"', first, blank)


# --- The table ---------------------------------------------------------------------------------


def matches(header: Sequence[Any], names: Sequence[str | int]) -> list[int]:
    """The positions of the first of `names` that `header` holds: exactly so, else in any case."""
    for name in names:
        exact = [i for i, known in enumerate(header) if known == name]
        if exact or isinstance(name, int):
            return exact
        alike = [i for i, known in enumerate(header) if clean(str(known)) == clean(name)]
        if alike:
            return alike
    return []


def _of_right_width(
    rows: list[Row], header: Sequence[Any], delimiter: str, broken: list[int], faults: Faults
) -> list[Row]:
    """The rows that have as many columns as the header; the others are faults, except where they
    follow upon a quotation that went wrong."""
    good = []
    consequences = {number + 1 for number in broken}
    for row in rows:
        row.fields = fitted(row.fields, header)
        if len(row.fields) == len(header):
            good.append(row)
        elif row.begin in consequences:
            consequences.add(row.end)
        else:
            n = len(row.fields)
            counted = "1 column" if n == 1 else f"{n} columns"
            advice = f"Put quotes around a text that holds {delimiter!r}, or mend the line."
            if n < len(header):
                advice = f"Is a {delimiter!r} missing, or was the line cut short?"
            faults.add(
                f"{counted}, the header has {len(header)}. {advice}",
                row.begin + 1,
            )
    return good


def _spilled(table: Rows, text: int) -> list[str]:
    """A note if all columns right of the text are without a name and something stands in them."""
    header = list(map(str, table.header or []))
    if not header[text + 1 :] or any(header[text + 1 :]):
        return []
    rows = zip(table.places, table.rows, strict=True)
    filled = [place for place, row in rows if "".join(row[text + 1 :]).strip()]
    if not filled:
        return []
    return [
        f"not read: what stands in columns without a name, in {len(filled):,} lines, first in line "
        f"{filled[0]}; was a text cut in two there?"
    ]


def _rows(
    lines: list[str], layout: Layout, columns: Columns, faults: Faults
) -> tuple[list[Row], list[int]]:
    """The rows, header included, of the reading that is right, and the lines where it fails; what
    stays in doubt is a fault."""
    opens = re.compile(f"(?:^|{re.escape(layout.delimiter)}) ?{layout.quote}")
    if not any(opens.search(line) for line in lines):
        return as_lines(lines, layout), []
    readings = Readings(lines, layout)
    if readings.quotes_nothing():
        return readings.plain, []
    header = [name.strip() for name in readings.header]
    numbers = list(range(len(header)))
    label = matches(numbers if columns.by_number else header, columns.label)
    return undoubted(readings, label[0] if label else None, faults), readings.broken


def from_table(text: str, columns: Columns, faults: Faults) -> Rows:
    """A table as rows of text; its header, or the columns' numbers if `columns` are numbers."""
    lines = list(io.StringIO(text, newline=""))
    names = {clean(str(name)) for name in columns.text + columns.label}
    layout = _layout(lines, set() if columns.by_number else names)
    if layout.first >= len(lines):
        faults.add("has nothing in it. A label and a text are needed, divided by , ; | or a tab.")
        faults.stop()
    rows, broken = _rows(lines, layout, columns, faults)
    if not rows:
        faults.stop()
    if columns.by_number:
        header: list[Any] = list(range(len(rows[0].fields)))
    else:
        header = [unicodedata.normalize("NFC", name).strip() for name in rows.pop(0).fields]
    good = _of_right_width(rows, header, layout.delimiter, broken, faults)
    table = Rows([row.fields for row in good], [row.begin + 1 for row in good], header)
    if faults.found:
        kept = {number for row in good for number in range(row.begin, row.end)}
        table.lost = [lines[i] for i in range(layout.first, len(lines)) if i not in kept]
    text_column = matches(header, columns.text)
    if len(text_column) == 1:
        table.notes = _spilled(table, text_column[0])
    return table
