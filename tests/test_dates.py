"""The generator of German dates must write correct German and mean what it says. The spellings
below were written by hand."""

import random
from datetime import datetime

import pytest

from course_utils import dates

BY_HAND = [
    ("2019-03-03T08:15", "am dritten März zweitausendneunzehn um Viertel nach acht"),
    ("2019-03-03T08:15", "3.3.2019, 8.15 Uhr"),
    ("2019-03-03T08:30", "halb neun am 03. März 19"),
    ("2019-03-03T08:45", "am Sonntag, dem dritten März 2019 um drei viertel neun"),
    ("2019-03-03T08:15", "Sonntag, der dritte März zweitausendneunzehn, viertel neun"),
    ("2019-03-03T20:30", "um halb neun abends am 3. März 2019"),
    ("1999-01-01T00:45", "Viertel vor eins nachts, erster Jänner neunzehnhundertneunundneunzig"),
    ("2000-02-29T12:00", "am 29. Febr. zweitausend um zwölf Uhr"),
    ("1969-12-31T23:59", "Mittwoch, 31. Dezember 69, dreiundzwanzig Uhr neunundfünfzig"),
    ("2068-07-07T01:05", "am siebten Juli 68 um ein Uhr fünf"),
    ("2001-08-08T21:01", "achter August zweitausendeins, einundzwanzig Uhr eins"),
    ("2016-10-16T13:25", "fünf vor halb zwei mittags am sechzehnten Okt. 16"),
    (
        "2017-11-30T17:35",
        "fünf nach halb sechs nachmittags, dreißigster November zweitausendsiebzehn",
    ),
    ("2024-02-21T00:05", "00.05 Uhr am 21.02.24"),
    ("2031-05-01T05:00", "um Punkt fünf morgens am Donnerstag, dem 01.5.2031"),
    ("1977-06-20T11:50", "am zwanzigsten Juni neunzehnhundertsiebenundsiebzig um zehn vor zwölf"),
    ("2012-04-11T10:40", "Mittwoch, elfter April zweitausendzwölf, zwanzig vor elf vormittags"),
    ("2005-09-12T23:20", "am 12. Sept. 2005 um zwanzig nach elf nachts"),
    ("1985-12-24T07:05", "am Dienstag, dem 24. Dez. 85 um 7 Uhr 5"),
    ("2010-03-09T15:00", "um 15 Uhr am 09. März zweitausendzehn"),
]


def in_minutes(t, time):
    """Whether the clock can be read at all: quarters, and full five minutes."""
    if time == "viertel neun":
        return t.minute in (15, 45)
    return t.minute % 5 == 0 or not time.startswith("Viertel")


def all_texts(t):
    """The moment in every spelling that fits it."""
    fitting = [s for s in dates.SPELLINGS if dates.fits(t, s) and in_minutes(t, s[3])]
    return [dates.spell(t, spelling) for spelling in fitting]


@pytest.mark.parametrize("iso, text", BY_HAND, ids=[text for _, text in BY_HAND])
def test_spellings_written_by_hand(iso, text):
    assert all_texts(datetime.fromisoformat(iso)).count(text) == 1


def test_every_moment_round_trips_and_every_text_means_one_moment():
    rng = random.Random(0)
    meant = {}
    for spelling in dates.SPELLINGS:
        t = dates.draw(spelling, rng)
        iso = f"{t:%Y-%m-%dT%H:%M}"
        text = dates.spell(t, spelling)
        assert len(iso) == 16
        assert datetime.fromisoformat(iso) == t
        assert "  " not in text and text == text.strip() and "{" not in text
        assert meant.setdefault(text, (t, spelling)) == (t, spelling), text


def test_two_digits_say_which_year_is_meant():
    """By Python's rule for %y: 69 to 99 are 1969 to 1999."""
    rng = random.Random(0)
    for spelling in dates.SPELLINGS[::7]:
        t = dates.draw(spelling, rng)
        assert 1969 <= t.year <= 2068
        assert datetime.strptime(f"{t:%y}", "%y").year == t.year


def test_no_text_has_two_spellings():
    rng = random.Random(1)
    for _ in range(12):
        texts = all_texts(dates.draw(rng.choice(dates.SPELLINGS), rng))
        assert len(set(texts)) == len(texts) > 100


NUMBERS = {
    0: "null",
    1: "eins",
    6: "sechs",
    7: "sieben",
    12: "zwölf",
    16: "sechzehn",
    17: "siebzehn",
    20: "zwanzig",
    21: "einundzwanzig",
    30: "dreißig",
    37: "siebenunddreißig",
    66: "sechsundsechzig",
    71: "einundsiebzig",
    99: "neunundneunzig",
}
ORDINALS = {
    1: "erst",
    2: "zweit",
    3: "dritt",
    7: "siebt",
    8: "acht",
    11: "elft",
    16: "sechzehnt",
    19: "neunzehnt",
    20: "zwanzigst",
    28: "achtundzwanzigst",
    31: "einunddreißigst",
}


def test_numbers_and_ordinals():
    assert {n: dates.number(n) for n in NUMBERS} == NUMBERS
    assert {n: dates.ordinal(n) for n in ORDINALS} == ORDINALS
    assert len({dates.number(n) for n in range(100)}) == 100


def test_the_clock_says_each_moment_of_half_a_day_once():
    times = [datetime(2019, 3, 3, hour, minute) for hour in range(24) for minute in range(0, 60, 5)]
    bare = [dates.clock(t) for t in times]
    assert len(set(bare)) == len(bare) // 2
    assert bare[:144] == bare[144:]
    with_part = {(dates.clock(t), dates.part_of_day(t)) for t in times}
    assert len(with_part) == len(times)  # the part of the day tells the halves apart


def test_numbers_are_cut_at_their_joints():
    cut = dates.pieces("am neunundzwanzigsten März 85, drei viertel neun")
    assert " ".join(cut) == "am neun und zwanzig sten März 8 5 , drei vier tel neun"


def test_examples_are_the_same_for_the_same_seed():
    def draw(seed):
        return dates.examples(dates.SPELLINGS[:40], 2, random.Random(seed))

    assert draw(1).equals(draw(1))
    assert not draw(1).equals(draw(2))
    rows = draw(1)
    assert len(rows) == 80
    for row in rows.itertuples():
        assert dates.spell(datetime.fromisoformat(row.iso), row.spelling) == row.text
