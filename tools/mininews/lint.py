"""Finds what a copy editor would find first: typography, wrong weekdays, sentences used twice.
Names come from WORLD.md and the lists of names; every finding names its article and the words."""

import csv
import datetime
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tools.mininews.measure import sentences
from tools.mininews.paper import HERE, newspaper

YEAR = 2031
MONTHS = ["Jänner", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
          "Oktober", "November", "Dezember"]  # fmt: skip
DAYS = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"]
DATED = re.compile(
    rf"\b({'|'.join(DAYS)})(?:en|s)?(?:abend|nachmittag|vormittag|früh|nacht)?,? "
    r"(?:dem |den |der |\()?"
    rf"(\d{{1,2}})\. ({'|'.join(MONTHS)})\b(?! (?:19|20(?!31))\d\d)"
)
TYPOGRAPHY = {
    "curly or angular quotation marks (write \")": re.compile(r"[„“”«»]"),
    "two blanks": re.compile(r"\S  +\S"),
    "a blank before a mark": re.compile(r"\w [,;:!?](?:\s|$)|\w \.(?:\s|$)"),
    "a mark without a blank after it": re.compile(
        r"[a-zäöüß],[A-Za-zÄÖÜäöüß]|[a-zäöüß]{2}\.[A-ZÄÖÜ]"
    ),
    "a hyphen where a dash belongs": re.compile(r" - "),
    "a long dash": re.compile("—"),
    "markup": re.compile(r"[*_#<>\[\]{}|]|https?:"),
    "Januar or Feber (write Jänner, Februar)": re.compile(r"\b(?:Januar|Feber)\b"),
    "a doubled word": re.compile(r"\b(?!die\b|der\b|das\b|sie\b|den\b)([a-zäöüß]{3,}) \1\b"),
}  # fmt: skip


def typography(text: str) -> Iterator[str]:
    for name, pattern in TYPOGRAPHY.items():
        for match in pattern.finditer(text):
            yield f"{name}: …{text[max(0, match.start() - 25) : match.end() + 25]}…"
    if text.count('"') % 2:
        yield 'an odd number of "'
    if text.count("(") != text.count(")"):
        yield "brackets that do not pair"
    if text[-1:] not in '.!?")':
        yield f"an end without a mark: …{text[-30:]}"


def weekdays(text: str) -> Iterator[str]:
    for day, number, month in DATED.findall(text):
        try:
            date = datetime.date(YEAR, MONTHS.index(month) + 1, int(number))
        except ValueError:
            yield f"no such date: {number}. {month}"
            continue
        if DAYS[date.weekday()] != day:
            yield f"{day}, {number}. {month}, is a {DAYS[date.weekday()]}"


def doubled(texts: dict[str, str]) -> Iterator[str]:
    """Sentences of five words and more, and openings of four words, that stand in two articles."""
    seen: dict[str, str] = {}
    openings: dict[str, str] = {}
    for name, text in texts.items():
        for sentence in sentences(text):
            if len(sentence.split()) >= 5:
                if sentence in seen and seen[sentence] != name:
                    yield f"{name} and {seen[sentence]}: {sentence}"
                seen.setdefault(sentence, name)
        opening = " ".join(text.split()[:4])
        if opening in openings:
            yield f"{name} and {openings[opening]} begin alike: {opening}"
        openings.setdefault(opening, name)


def persons(world: Path, lists: list[Path]) -> dict[str, set[str]]:
    """Full names by surname, from the tables of WORLD.md and from names/*.csv (name;born;role)."""
    found = defaultdict(set)
    for name in re.findall(
        r"^\| ([^|]+) \| (?:1[89]|20)\d\d \|", world.read_text(encoding="utf-8"), re.M
    ):
        found[name.split()[-1]].add(name.strip())
    for path in lists:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file, delimiter=";"):
                if row and " " in row[0].strip():
                    found[row[0].split()[-1]].add(row[0].strip())
    return found


def findings(folder: Path = HERE) -> list[str]:
    """Everything found in the newspaper at `folder`, each with its file."""
    texts = {f"{a.desk}/{a.id}": a.text for a in newspaper(folder)}
    found = [
        f"{name}: {fault}"
        for name, text in texts.items()
        for fault in [*typography(text), *weekdays(text)]
    ]
    found += doubled(texts)
    known = persons(folder / "WORLD.md", sorted((folder / "names").glob("*.csv")))
    return found + [
        f"several persons of one name: {', '.join(sorted(names))}"
        for names in known.values()
        if len(names) > 1
    ]
