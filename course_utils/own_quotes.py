"""Whether a table quotes: read in both ways, and compared.
Taken for a quotation, a mere sign makes one text of two, with a label in its middle."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from course_utils.own_faults import Faults

NOWHERE = "\x1f"  # divides a table of one column: a mark that no text holds

csv.field_size_limit(2**31 - 1)  # else a text may have 131,072 characters


@dataclass
class Row:
    """One row of a table, which stands in the lines `begin` to `end` - 1, counted from 0."""

    begin: int
    end: int
    fields: list[str]


@dataclass
class Layout:
    """How a table is written; `quote` is None where nothing is quoted."""

    delimiter: str
    quote: str | None
    first: int = 0  # the line that the table begins in
    blank: bool = False  # a blank follows each delimiter and belongs to it

    def reader(self, lines: Iterator[str] | Sequence[str]) -> Any:
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            skipinitialspace=self.blank,
            strict=True,
        )

    def fields(self, line: str) -> list[str]:
        """A line divided at every delimiter, whatever is quoted."""
        fields = line.rstrip("\r\n").split(self.delimiter)
        return [field.removeprefix(" ") for field in fields] if self.blank else fields


def fitted(fields: list[str], header: Sequence[Any]) -> list[str]:
    """A row without the empty columns that spreadsheets append, or with those without a name that
    they leave out."""
    fields = list(fields)
    while len(fields) > len(header) and not fields[-1].strip():
        fields.pop()
    if len(fields) < len(header) and not any(str(name).strip() for name in header[len(fields) :]):
        fields += [""] * (len(header) - len(fields))
    return fields


# --- Two readings ------------------------------------------------------------------------------


def _blank(fields: list[str]) -> bool:
    return not any(field.strip() for field in fields)


def as_lines(lines: list[str], layout: Layout) -> list[Row]:
    """The table of a file that quotes nothing: each line is a row."""
    rows = [Row(i, i + 1, layout.fields(lines[i])) for i in range(layout.first, len(lines))]
    return [row for row in rows if not _blank(row.fields)]


def as_quoted(lines: list[str], layout: Layout) -> tuple[list[Row], list[int]]:
    """The table of a file that quotes, and the lines in which a quotation begins and does not end
    where its column ends; after such a line it is tried anew."""
    rows: list[Row] = []
    broken: list[int] = []
    begin = layout.first
    while begin < len(lines):
        start = begin
        reader = layout.reader(lines[i] for i in range(start, len(lines)))
        try:
            for fields in reader:
                end = start + reader.line_num
                if not _blank(fields):
                    rows.append(Row(begin, end, fields))
                begin = end
        except csv.Error:
            broken.append(begin)
            begin += 1
    return rows, broken


# --- Which of them -----------------------------------------------------------------------------


def _always_quoted(rows: list[Row], lines: list[str], layout: Layout) -> set[int]:
    """The columns that are quoted in every row: whoever writes so, quotes."""
    quote = str(layout.quote)
    if len(rows) < 2:  # once is no habit
        return set()
    always = set(range(min((len(row.fields) for row in rows), default=0)))
    for row in rows:
        fields = layout.fields(lines[row.begin])
        always = {i for i in always if i < len(fields) and fields[i].startswith(quote)}
    return always


def _quoted_for_a_reason(rows: list[Row], quote: str) -> bool:
    """Whether quotes stand where a program would set them, in rows that are one line each: a quote
    inside is doubled, or they stand around the texts with a comma, around all of these and no
    others."""
    whole = re.compile(f"{quote}((?:[^{quote}]|{quote}{quote})*){quote}")
    fields = [field for row in rows for field in row.fields if field]
    matches = [match for match in map(whole.fullmatch, fields) if match]
    if any(quote in match[1] for match in matches):
        return True
    bare = [field for field in fields if not whole.fullmatch(field)]
    if not matches or any(quote in field for field in bare):
        return False
    return any(
        all(mark in match[1] for match in matches) and not any(mark in field for field in bare)
        for mark in ",;"
    )


@dataclass
class _Quotation:
    """What decides whether a quotation over several lines is one text or swallowed some rows."""

    lines: dict[int, Row]  # each line read as a row
    n_columns: int
    label: int | None
    labels: set[str]
    numbers: set[int]  # the columns that hold numbers only
    always: set[int]  # the columns that are quoted in every row
    quote: str

    def swallowed(self, row: Row) -> bool:
        """Whether each line of a row could be a row by itself: as many columns, a label that the
        file knows, numbers where numbers stand, quotes where quotes always stand."""
        return all(self._is_row(number) for number in range(row.begin, row.end))

    def _is_row(self, number: int) -> bool:
        if number not in self.lines or len(self.lines[number].fields) != self.n_columns:
            return False
        raw = self.lines[number].fields
        bare = [field.strip().strip(self.quote).strip() for field in raw]
        return (
            (self.label is None or bare[self.label] in self.labels)
            and all(bare[i].isdigit() for i in self.numbers)
            and all(raw[i].startswith(self.quote) for i in self.always)
        )


DOUBT = (
    "do these lines hold one text in quotes, or are they rows of their own? If they are rows, take "
    "out the quote character that opens; if they are one text, quote every column of the file."
)


class Readings:
    """A table read twice: as if each line were a row, and as if quote characters quoted."""

    def __init__(self, lines: list[str], layout: Layout) -> None:
        self.lines = lines
        self.layout = layout
        self.plain = as_lines(lines, layout)
        self.quoted, self.broken = as_quoted(lines, layout)
        whole = self.quoted and self.quoted[0].begin == self.plain[0].begin
        self.header = (self.quoted if whole else self.plain)[0].fields
        for row in self.plain + self.quoted:
            row.fields = fitted(row.fields, self.header)
        self.faults_plain = self._misfits(self.plain)
        self.faults_quoted = self._misfits(self.quoted) + len(self.broken)
        self.always = _always_quoted(self.quoted[1:], lines, layout)
        reason = not self.faults_plain and _quoted_for_a_reason(self.plain, str(layout.quote))
        self.habit = bool(self.always) or reason

    def _misfits(self, rows: list[Row]) -> int:
        return sum(len(row.fields) != len(self.header) for row in rows)

    def quotes_nothing(self) -> bool:
        """Tables with tabs need not quote, and often don't; all others do by convention."""
        if self.layout.delimiter not in ("\t", NOWHERE) or self.habit:
            return False
        if self.layout.delimiter == NOWHERE:  # each line is a row: there is nothing to compare
            return bool(self.broken)
        if not self.faults_plain and not self.faults_quoted and len(self.plain) > len(self.quoted):
            return self._by_hand()  # both readings go through, and one has more rows
        return self.faults_plain <= self.faults_quoted

    def _fields(self) -> list[str]:
        """The columns, as they stand, of the rows that are one line in either reading."""
        single = {row.begin for row in self.quoted if row.end - row.begin == 1}
        rows = [row.fields for row in self.plain if row.begin in single]
        return [field for row in rows if len(row) == len(self.header) for field in row]

    def _loose(self) -> bool:
        """Whether a quote character stands inside a column without quotes: programs quote that."""
        quote = str(self.layout.quote)
        return any(quote in field and not field.startswith(quote) for field in self._fields())

    def _by_hand(self) -> bool:
        """Whether quote characters stand where no program sets them: around what needs none."""
        quote = str(self.layout.quote)
        needless = re.compile(f"{quote}[^{quote},;]*{quote}")
        return self._loose() or any(needless.fullmatch(field) for field in self._fields())

    def _repeated(self, label: int) -> set[str]:
        """The labels that come twice if each line is a row, where no line speaks against that."""
        if self.faults_plain:
            return set()
        counts = Counter(row.fields[label].strip() for row in self.plain)
        return {name for name, count in counts.items() if count > 1}

    def doubtful(self, label: int | None) -> list[Row]:
        """The rows that go on over several lines and may be several rows."""
        several = [row for row in self.quoted if row.end - row.begin > 1]
        n_columns = len(self.header)
        if not several or (n_columns == 1 and self.habit):
            return []
        if self.layout.delimiter == "\t" and not self.always and self._loose():
            return several
        body = [row for row in self.quoted[1:] if len(row.fields) == n_columns]
        labels = set()
        if label is not None:
            labels = {row.fields[label].strip() for row in body} | self._repeated(label)
        columns = range(n_columns)
        test = _Quotation(
            lines={row.begin: row for row in self.plain},
            n_columns=n_columns,
            label=label,
            labels=labels,
            numbers={i for i in columns if all(row.fields[i].strip().isdigit() for row in body)},
            always=self.always,
            quote=str(self.layout.quote),
        )
        return [row for row in several if test.swallowed(row)]


def undoubted(readings: Readings, label: int | None, faults: Faults) -> list[Row]:
    """The rows that quoting gives, but for those in doubt; what is wrong with them is added."""
    quote = readings.layout.quote
    for number in readings.broken:
        faults.add(
            f"a quote character {quote} opens and does not close where its column ends. Close it; "
            f"inside a text it is doubled: {2 * str(quote)}.",
            number + 1,
        )
    doubtful = readings.doubtful(label)
    for row in doubtful:
        faults.add(DOUBT, *range(row.begin + 1, row.end + 1))
    doubted = {row.begin for row in doubtful}
    return [row for row in readings.quoted if row.begin not in doubted]
