"""Numbers, days and times of a story, drawn and written as German newspapers write them.
The README in this folder names every form."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

DAYS = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"]
MONTHS = ["Jänner", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September"]
MONTHS += ["Oktober", "November", "Dezember"]
WORDS = ["null", "ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn"]
WORDS += ["elf", "zwölf"]


@dataclass
class Number:
    value: float
    text: str

    def form(self, form: str) -> str:
        if form == "w" and self.value == int(self.value) and 2 <= self.value <= 12:
            return WORDS[int(self.value)]
        return self.text

    forms = ("", "w")


def count(value: float) -> str:
    return f"{int(value):,}".replace(",", ".")


def number(roles: dict, text: str) -> float:
    """What a limit stands for: the value of an earlier role, or the number itself."""
    return roles[text].value if text in roles else float(text.replace(",", "."))


def draw_number(rng: Random, roles: dict, rest: list[str]) -> Number:
    low = int(number(roles, rest[0]))
    high = int(number(roles, rest[1]))
    step = int(rest[2]) if len(rest) > 2 else 1
    value = rng.randrange(low, max(low, high) + 1, step)
    return Number(value, count(value))


def draw_decimal(rng: Random, roles: dict, rest: list[str]) -> Number:
    value = round(rng.uniform(number(roles, rest[0]), number(roles, rest[1])), 1)
    return Number(value, f"{value:.1f}".replace(".", ","))


def draw_year(rng: Random, roles: dict, rest: list[str]) -> Number:
    value = rng.randint(int(rest[0]), int(rest[1]))
    return Number(value, str(value))


def draw_weekday(rng: Random, roles: dict, rest: list[str]) -> Number:
    follows = rest[:1] == ["nach"]
    day = (DAYS.index(roles[rest[1]].text) + 1) % 7 if follows else rng.randrange(7)
    return Number(day, DAYS[day])


def draw_date(rng: Random, roles: dict, rest: list[str]) -> Number:
    follows = rest[:1] == ["nach"]
    day = int(roles[rest[1]].value) + rng.randint(9, 60) if follows else rng.randrange(336)
    return Number(day, f"{day % 28 + 1}. {MONTHS[day // 28 % 12]}")


def draw_time(rng: Random, roles: dict, rest: list[str]) -> Number:
    hour = rng.randint(int(rest[0]), int(rest[1]))
    minute = rng.choice((0, 15, 30, 45, rng.randrange(60)))
    return Number(hour, f"{hour}.{minute:02d}" if minute else str(hour))


NUMBERS: dict[str, Callable[[Random, dict, list[str]], Number]] = {
    "zahl": draw_number,
    "dezimal": draw_decimal,
    "jahr": draw_year,
    "tag": draw_weekday,
    "datum": draw_date,
    "uhr": draw_time,
}


def total(roles: dict, first: str, sign: str, second: str) -> Number:
    """The sum or difference of two earlier roles or numbers, written as they are."""
    value = number(roles, first) + (1 if sign == "+" else -1) * number(roles, second)
    if first in roles and roles[first].value > 1000 and "." not in roles[first].text:  # a year
        return Number(value, str(int(value)))
    whole = all(
        float(number(roles, part)).is_integer()
        and "," not in str(getattr(roles.get(part), "text", part))
        for part in (first, second)
    )
    return Number(value, count(value) if whole else f"{value:.1f}".replace(".", ","))
