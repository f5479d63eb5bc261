"""Finds what a copy editor would find first: typography, wrong weekdays, sentences used twice.
Names come from WORLD.md and the lists of names; every finding names its article and the words."""

import csv
import datetime
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

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
RELATIVE = re.compile(r"(?i)vater|mutter|sohn|tochter|bruder|schwester|frau von|mann von|ehe")
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


class Person(NamedTuple):
    """A line of WORLD.md's tables or of a list names/hNN.csv."""

    name: str
    role: str
    source: str  # the file's name


def persons(world: Path, lists: list[Path]) -> list[Person]:
    """All invented persons, from the tables of WORLD.md and from names/*.csv (name;born;role)."""
    rows = re.findall(
        r"^\| ([^|]+) \| (?:1[89]|20)\d\d \| ([^|]*)\|", world.read_text(encoding="utf-8"), re.M
    )
    found = [Person(name.strip(), role, world.name) for name, role in rows]
    for path in lists:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file, delimiter=";"):
                if row and " " in row[0].strip():
                    found.append(Person(row[0].strip(), row[-1], path.name))
    return found


def namesakes(people: list[Person]) -> Iterator[str]:
    """Names that two persons have, and surnames of persons who are not said to be relatives.

    A family stands in one list, or a role says who is whose daughter."""
    by_name = Counter(person.name for person in people)
    yield from (f"two persons are called {name}" for name, n in by_name.items() if n > 1)
    families = defaultdict(list)
    for person in people:
        families[person.name.split()[-1]].append(person)
    for family in families.values():
        sources = {person.source for person in family}
        if len(sources) > 1 and not any(RELATIVE.search(person.role) for person in family):
            names = ", ".join(sorted(person.name for person in family))
            yield f"several persons of one surname, and no word of kinship: {names}"


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
    return found + list(namesakes(known))
