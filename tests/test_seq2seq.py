"""What notebook 07 builds: the generator of German dates, which must write correct German and mean what it says, and attention with its mask.
The definitions are taken out of the notebook; the spellings below were written by hand."""

import random
from datetime import datetime

import pandas as pd
import pytest
import torch

from benchmarks import dates as benchmark
from benchmarks.taken import take

GENERATOR = (
    "ONES TENS number ordinal clock part_of_day MONTHS SHORT CENTURY DAY MONTH YEAR TIME ORDER WEEKDAYS SPELLINGS spell fits draw"
).split()


@pytest.fixture(scope="module")
def dates():
    return take("07", *GENERATOR)


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


@pytest.mark.parametrize("iso, text", BY_HAND, ids=[text for _, text in BY_HAND])
def test_spellings_written_by_hand(dates, iso, text):
    t = datetime.fromisoformat(iso)
    possible = [
        s
        for s in dates["SPELLINGS"]
        if dates["fits"](t, s)
        and (s[3] != "viertel neun" or t.minute in (15, 45))
        and (not s[3].startswith("Viertel") or t.minute % 5 == 0)
    ]
    assert [dates["spell"](t, s) for s in possible].count(text) == 1


def test_every_moment_round_trips_and_every_text_means_one_moment(dates):
    rng, meant = random.Random(0), {}
    for spelling in dates["SPELLINGS"]:
        t = dates["draw"](spelling, rng)
        iso, text = f"{t:%Y-%m-%dT%H:%M}", dates["spell"](t, spelling)
        assert len(iso) == 16 and datetime.fromisoformat(iso) == t and 1969 <= t.year <= 2068
        assert "  " not in text and text == text.strip() and "{" not in text
        assert meant.setdefault(text, (t, spelling)) == (t, spelling), text
        assert (
            int(f"{t:%y}") == t.year % 100 and datetime.strptime(f"{t:%y}", "%y").year == t.year
        )  # Python's rule for two digits


def test_no_text_has_two_spellings(dates):
    rng = random.Random(1)
    for t in (dates["draw"](rng.choice(dates["SPELLINGS"]), rng) for _ in range(12)):
        possible = [
            s
            for s in dates["SPELLINGS"]
            if dates["fits"](t, s)
            and (s[3] != "viertel neun" or t.minute in (15, 45))
            and (not s[3].startswith("Viertel") or t.minute % 5 == 0)
        ]
        texts = [dates["spell"](t, s) for s in possible]
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


def test_numbers_and_ordinals(dates):
    assert {n: dates["number"](n) for n in NUMBERS} == NUMBERS
    assert {n: dates["ordinal"](n) for n in ORDINALS} == ORDINALS
    assert len({dates["number"](n) for n in range(100)}) == 100


def test_the_clock_says_each_moment_of_half_a_day_once_and_the_part_of_day_tells_the_halves_apart(
    dates,
):
    times = [datetime(2019, 3, 3, hour, minute) for hour in range(24) for minute in range(0, 60, 5)]
    bare = [dates["clock"](t) for t in times]
    assert len(set(bare)) == len(bare) // 2 and bare[:144] == bare[144:]
    assert len({(dates["clock"](t), dates["part_of_day"](t)) for t in times}) == len(times)


@pytest.fixture(scope="module")
def attention():
    return take("07", "attention", "real_positions", "attention_in_loops")


def test_attention_looks_at_real_positions_only(attention):
    g = torch.Generator().manual_seed(0)
    s, h, W, U, v = (
        torch.randn(*shape, generator=g) for shape in [(3, 4), (3, 6, 5), (7, 4), (7, 5), (7,)]
    )
    lengths = torch.tensor([6, 1, 3])
    real = attention["real_positions"](h, lengths)
    assert real.sum(1).tolist() == [6, 1, 3] and real[:, 0].all()
    c, alpha = attention["attention"](s, h, h @ U.T, real, W, v)
    assert torch.equal(alpha > 0, real)
    torch.testing.assert_close(alpha.sum(1), torch.ones(3))
    torch.testing.assert_close(c[1], h[1, 0])  # a text of one position has nowhere else to look

    spoilt = h.masked_fill(~real[..., None], 1e4)  # what stands at padding has no influence
    again = attention["attention"](s, spoilt, spoilt @ U.T, real, W, v)
    torch.testing.assert_close(again, (c, alpha))
    torch.testing.assert_close(attention["attention_in_loops"](s, h, lengths, W, U, v), (c, alpha))


def test_neighbours_in_the_batch_do_not_matter(attention):
    g = torch.Generator().manual_seed(1)
    s, h, W, U, v = (
        torch.randn(*shape, generator=g) for shape in [(2, 4), (2, 9, 5), (7, 4), (7, 5), (7,)]
    )
    lengths = torch.tensor([4, 9])
    together = attention["attention"](s, h, h @ U.T, attention["real_positions"](h, lengths), W, v)
    alone = attention["attention"](
        s[:1], h[:1, :4], h[:1, :4] @ U.T, attention["real_positions"](h[:1, :4], lengths[:1]), W, v
    )
    torch.testing.assert_close(together[0][:1], alone[0])
    torch.testing.assert_close(together[1][:1, :4], alone[1])


def test_a_position_of_padding_gets_no_gradient(attention):
    g = torch.Generator().manual_seed(2)
    s, h, W, U, v = (
        torch.randn(*shape, generator=g, requires_grad=True)
        for shape in [(2, 4), (2, 5, 5), (7, 4), (7, 5), (7,)]
    )
    real = attention["real_positions"](h, torch.tensor([2, 5]))
    attention["attention"](s, h, h @ U.T, real, W, v)[0].sum().backward()
    assert not h.grad[0, 2:].any() and h.grad[0, :2].any() and h.grad.isfinite().all()


def test_the_harder_question_of_the_benchmark_shows_no_pair_in_training():
    _, train, test = benchmark.prepared(0, "a pair never seen")
    assert not any(map(benchmark.in_words_twice, train.spelling)) and all(
        map(benchmark.in_words_twice, test.spelling)
    )
    parts = [
        {(k, part) for s in rows.spelling for k, part in enumerate(s)} for rows in (train, test)
    ]
    assert parts[1] <= parts[0]  # each part alone was seen


def test_moments_are_joined_with_their_answers():
    rows = pd.DataFrame({"text": list("abcde"), "iso": list("ABCDE")})
    assert benchmark.joined(rows, 2).to_dict("list") == {
        "text": ["a; b", "c; d"],
        "iso": ["AB", "CD"],
    }
