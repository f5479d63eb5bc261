"""German dates and times in thousands of spellings, for the lesson on sequence to sequence.
A generator knows the right answer, and which spellings a network has never been shown."""

import random
import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import product

import pandas as pd


def _words(text: str) -> list[str]:
    return text.split()


ONES = _words(
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn "
    "vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn"
)
TENS = _words("zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig")


def number(n: int) -> str:
    """0 to 99 in words; the last digit comes first: einundzwanzig."""
    if n < 20:
        return ONES[n]
    ten, one = divmod(n, 10)
    if one == 0:
        return TENS[ten - 2]
    return ("ein" if one == 1 else ONES[one]) + "und" + TENS[ten - 2]


def ordinal(n: int) -> str:
    """1 to 31 as an ordinal without its ending: dritt, einundzwanzigst."""
    irregular = {1: "erst", 3: "dritt", 7: "siebt", 8: "acht"}
    return irregular.get(n, number(n) + ("t" if n < 20 else "st"))


# --- The clock ------------------------------------------------------------------------------------

PARTS_OF_DAY = {
    22: "nachts",
    18: "abends",
    14: "nachmittags",
    12: "mittags",
    10: "vormittags",
    5: "morgens",
    0: "nachts",
}


def clock(t: datetime) -> str:
    """What the face of a clock shows, for full five minutes: halb neun is 8.30 or 20.30."""
    hour = number((t.hour - 1) % 12 + 1)
    coming = number(t.hour % 12 + 1)
    return {
        0: f"Punkt {hour}",
        5: f"fünf nach {hour}",
        10: f"zehn nach {hour}",
        15: f"Viertel nach {hour}",
        20: f"zwanzig nach {hour}",
        25: f"fünf vor halb {coming}",
        30: f"halb {coming}",
        35: f"fünf nach halb {coming}",
        40: f"zwanzig vor {coming}",
        45: f"Viertel vor {coming}",
        50: f"zehn vor {coming}",
        55: f"fünf vor {coming}",
    }[t.minute]


def part_of_day(t: datetime) -> str:
    """The word that tells which half of the day a clock means."""
    return next(name for start, name in PARTS_OF_DAY.items() if t.hour >= start)


def time_in_words(t: datetime) -> str:
    """acht Uhr fünfzehn; um acht Uhr has no minutes, um ein Uhr no s."""
    hour = "ein" if t.hour == 1 else number(t.hour)
    return f"{hour} Uhr {number(t.minute) if t.minute else ''}".strip()


def quarter(t: datetime) -> str:
    """As the East and the South say: viertel neun is 8.15, drei viertel neun 8.45."""
    return {15: "viertel ", 45: "drei viertel "}[t.minute] + number(t.hour % 12 + 1)


# --- Five tables: each entry is named by what it makes of 3 March or January 2019, 8.15 -----------

Writer = Callable[[datetime], str]
MONTHS = _words(
    "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
)
SHORT = {
    1: "Jan.",
    2: "Febr.",
    4: "Apr.",
    8: "Aug.",
    9: "Sept.",
    10: "Okt.",
    11: "Nov.",
    12: "Dez.",
}
CENTURY = {19: "neunzehnhundert", 20: "zweitausend"}
WEEKDAYS = _words("Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag")


def year_in_words(t: datetime) -> str:
    """zweitausendneunzehn."""
    return CENTURY[t.year // 100] + (number(t.year % 100) if t.year % 100 else "")


DAY: dict[str, Writer] = {
    "3.": lambda t: f"{t.day}.",
    "03.": lambda t: f"{t:%d}.",
    "dritten": lambda t: ordinal(t.day),
}
MONTH: dict[str, Writer] = {
    "Januar": lambda t: MONTHS[t.month - 1],
    "Jan.": lambda t: SHORT[t.month],
    "Jänner": lambda t: "Jänner",
    "1.": lambda t: f"{t.month}.",
    "01.": lambda t: f"{t:%m}.",
}
YEAR: dict[str, Writer] = {
    "2019": lambda t: f"{t.year}",
    "19": lambda t: f"{t:%y}",
    "zweitausendneunzehn": year_in_words,
}
TIME: dict[str, Writer] = {
    "8.15 Uhr": lambda t: f"{t.hour}.{t:%M} Uhr",
    "08.15 Uhr": lambda t: f"{t:%H.%M} Uhr",
    "8:15 Uhr": lambda t: f"{t.hour}:{t:%M} Uhr",
    "08:15 Uhr": lambda t: f"{t:%H:%M} Uhr",
    "8:15": lambda t: f"{t.hour}:{t:%M}",
    "08:15": lambda t: f"{t:%H:%M}",
    "8 Uhr 15": lambda t: f"{t.hour} Uhr {t.minute or ''}".strip(),
    "acht Uhr fünfzehn": time_in_words,
    "Viertel nach acht": clock,
    "Viertel nach acht morgens": lambda t: f"{clock(t)} {part_of_day(t)}",
    "viertel neun": quarter,
}
ORDER = {  # with the ending that it demands of an ordinal
    "{date}, {time}": "er",
    "am {date} um {time}": "en",
    "{time} am {date}": "en",
    "um {time} am {date}": "en",
    "{time}, {date}": "er",
    "{weekday}, {date}, {time}": "er",
    "{weekday}, der {date}, {time}": "e",
    "am {weekday}, dem {date} um {time}": "en",
    "um {time} am {weekday}, dem {date}": "en",
}

# --- Spellings ------------------------------------------------------------------------------------

Spelling = tuple[str, ...]  # one name from each of DAY, MONTH, YEAR, TIME, ORDER


def _in_use(spelling: Spelling) -> bool:
    """A month in figures asks for figures beside it: nobody writes dritter 3. 19."""
    day, month, year, _, _ = spelling
    figures = day != "dritten" and year != "zweitausendneunzehn"
    return month in ("Januar", "Jan.", "Jänner") or figures


SPELLINGS: list[Spelling] = [s for s in product(DAY, MONTH, YEAR, TIME, ORDER) if _in_use(s)]


def spell(t: datetime, spelling: Spelling) -> str:
    """The moment `t` in German, spelled so."""
    day, month, year, time, order = spelling
    day_and_ending = DAY[day](t) + (ORDER[order] if day == "dritten" else "")
    between = "" if month in ("1.", "01.") else " "
    date = between.join([day_and_ending, MONTH[month](t), YEAR[year](t)])
    return order.format(date=date, time=TIME[time](t), weekday=WEEKDAYS[t.weekday()])


def fits(t: datetime, spelling: Spelling) -> bool:
    """Whether `t` can be spelled so and in no other way: a leading zero must show, Jänner needs a
    January, and without a part of the day the clock stands between 1.00 and 12.59."""
    day, month, _, time, _ = spelling
    clashes = [
        day == "03." and t.day > 9,
        month == "01." and t.month > 9,
        time.startswith("08") and t.hour > 9,
        month == "Jänner" and t.month > 1,
        month == "Jan." and t.month not in SHORT,
        time in ("Viertel nach acht", "viertel neun") and not 1 <= t.hour <= 12,
    ]
    return not any(clashes)


def _minutes_of(time: str) -> Iterable[int]:
    if time.startswith("Viertel"):
        return range(0, 60, 5)
    return (15, 45) if time == "viertel neun" else range(60)


HOURS = (
    36_525 * 24
)  # of 1969 to 2068: in them two digits say which year is meant, as in Python's %y


def draw(spelling: Spelling, rng: random.Random) -> datetime:
    """A moment of these hundred years that fits the spelling."""
    minutes = list(_minutes_of(spelling[3]))
    while True:
        later = timedelta(hours=rng.randrange(HOURS), minutes=rng.choice(minutes))
        t = datetime(1969, 1, 1) + later
        if fits(t, spelling):
            return t


def examples(spellings: Iterable[Spelling], n: int, rng: random.Random) -> pd.DataFrame:
    """`n` moments for each spelling: a row of text, iso (2019-03-03T08:15), spelling."""
    rows = []
    for spelling in spellings:
        for _ in range(n):
            t = draw(spelling, rng)
            rows.append((spell(t, spelling), f"{t:%Y-%m-%dT%H:%M}", spelling))
    return pd.DataFrame(rows, columns=["text", "iso", "spelling"])


# --- What a network reads -------------------------------------------------------------------------

_JOINTS = sorted([*ONES, *TENS, "ein", "und", "hundert", "tausend"], key=len, reverse=True)
_PIECE = re.compile(rf"\d|{'|'.join(_JOINTS)}|\w+|[^\w\s]")


def pieces(text: str) -> list[str]:
    """Figures one by one, words of numbers cut at their joints, everything else as it stands."""
    return _PIECE.findall(text)
