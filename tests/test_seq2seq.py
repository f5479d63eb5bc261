"""What notebook 08 builds: a generator of German dates that must write correct German and mean what
it says, and attention with its mask. The spellings below were written by hand."""

import random
from datetime import datetime

import pandas as pd
import pytest
import torch

from benchmarks import dates as benchmark
from course_utils import Vocabulary
from course_utils.lessons import n08

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
    fitting = [s for s in n08.SPELLINGS if n08.fits(t, s) and in_minutes(t, s[3])]
    return [n08.spell(t, spelling) for spelling in fitting]


@pytest.mark.parametrize("iso, text", BY_HAND, ids=[text for _, text in BY_HAND])
def test_spellings_written_by_hand(iso, text):
    assert all_texts(datetime.fromisoformat(iso)).count(text) == 1


def test_every_moment_round_trips_and_every_text_means_one_moment():
    rng = random.Random(0)
    meant = {}
    for spelling in n08.SPELLINGS:
        t = n08.draw(spelling, rng)
        iso = f"{t:%Y-%m-%dT%H:%M}"
        text = n08.spell(t, spelling)
        assert len(iso) == 16
        assert datetime.fromisoformat(iso) == t
        assert "  " not in text and text == text.strip() and "{" not in text
        assert meant.setdefault(text, (t, spelling)) == (t, spelling), text


def test_two_digits_say_which_year_is_meant():
    """By Python's rule for %y: 69 to 99 are 1969 to 1999."""
    rng = random.Random(0)
    for spelling in n08.SPELLINGS[::7]:
        t = n08.draw(spelling, rng)
        assert 1969 <= t.year <= 2068
        assert datetime.strptime(f"{t:%y}", "%y").year == t.year


def test_no_text_has_two_spellings():
    rng = random.Random(1)
    for _ in range(12):
        texts = all_texts(n08.draw(rng.choice(n08.SPELLINGS), rng))
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
    assert {n: n08.number(n) for n in NUMBERS} == NUMBERS
    assert {n: n08.ordinal(n) for n in ORDINALS} == ORDINALS
    assert len({n08.number(n) for n in range(100)}) == 100


def test_the_clock_says_each_moment_of_half_a_day_once():
    times = [datetime(2019, 3, 3, hour, minute) for hour in range(24) for minute in range(0, 60, 5)]
    bare = [n08.clock(t) for t in times]
    assert len(set(bare)) == len(bare) // 2
    assert bare[:144] == bare[144:]
    with_part = {(n08.clock(t), n08.part_of_day(t)) for t in times}
    assert len(with_part) == len(times)  # the part of the day tells the halves apart


def test_attention_looks_at_real_positions_only():
    g = torch.Generator().manual_seed(0)
    s, h, W, U, v = (
        torch.randn(*shape, generator=g) for shape in [(3, 4), (3, 6, 5), (7, 4), (7, 5), (7,)]
    )
    lengths = torch.tensor([6, 1, 3])
    real = n08.real_positions(h, lengths)
    assert real.sum(1).tolist() == [6, 1, 3]
    assert real[:, 0].all()
    c, alpha = n08.attention(s, h, h @ U.T, real, W, v)
    assert torch.equal(alpha > 0, real)
    torch.testing.assert_close(alpha.sum(1), torch.ones(3))
    torch.testing.assert_close(c[1], h[1, 0])  # a text of one position has nowhere else to look

    spoilt = h.masked_fill(~real[..., None], 1e4)  # what stands at padding has no influence
    again = n08.attention(s, spoilt, spoilt @ U.T, real, W, v)
    torch.testing.assert_close(again, (c, alpha))
    torch.testing.assert_close(n08.attention_in_loops(s, h, lengths, W, U, v), (c, alpha))


def test_neighbours_in_the_batch_do_not_matter():
    g = torch.Generator().manual_seed(1)
    s, h, W, U, v = (
        torch.randn(*shape, generator=g) for shape in [(2, 4), (2, 9, 5), (7, 4), (7, 5), (7,)]
    )
    lengths = torch.tensor([4, 9])
    together = n08.attention(s, h, h @ U.T, n08.real_positions(h, lengths), W, v)
    alone = n08.attention(
        s[:1], h[:1, :4], h[:1, :4] @ U.T, n08.real_positions(h[:1, :4], lengths[:1]), W, v
    )
    torch.testing.assert_close(together[0][:1], alone[0])
    torch.testing.assert_close(together[1][:1, :4], alone[1])


def test_a_position_of_padding_gets_no_gradient():
    g = torch.Generator().manual_seed(2)
    s, h, W, U, v = (
        torch.randn(*shape, generator=g, requires_grad=True)
        for shape in [(2, 4), (2, 5, 5), (7, 4), (7, 5), (7,)]
    )
    real = n08.real_positions(h, torch.tensor([2, 5]))
    n08.attention(s, h, h @ U.T, real, W, v)[0].sum().backward()
    assert not h.grad[0, 2:].any()
    assert h.grad[0, :2].any()
    assert h.grad.isfinite().all()


@pytest.mark.parametrize("network", ["EncoderDecoder", "WithAttention"])
def test_the_networks_keep_their_vocabulary_and_answer_in_16_characters(network):
    torch.manual_seed(0)
    vocabulary = Vocabulary(["am", "3", ".", "März"])
    model = getattr(n08, network)(vocabulary, size=8).eval()
    answers, _ = n08.greedy(model, ["am 3. März", "nie"])
    assert [len(answer) for answer in answers] == [16, 16]
    rows = [("am 3. März", "2019-03-03T08:15"), ("nie", "1999-01-01T00:45")]
    x, lengths, y, _ = n08.collate(rows, vocabulary)
    assert model(x, lengths, y).shape == (2, len(n08.OUT), 16)
    assert lengths.tolist() == [4, 1]


def places_and_parts(rows):
    return {part for spelling in rows.spelling for part in enumerate(spelling)}


def test_the_harder_question_of_the_benchmark_shows_no_pair_in_training():
    train, test = benchmark.examples(0, "a pair never seen")
    assert not any(map(benchmark.in_words_twice, train.spelling))
    assert all(map(benchmark.in_words_twice, test.spelling))
    assert places_and_parts(test) <= places_and_parts(train)  # each part alone was seen


def test_moments_are_joined_with_their_answers():
    rows = pd.DataFrame({"text": list("abcde"), "iso": list("ABCDE")})
    assert benchmark.joined(rows, 2).to_dict("list") == {
        "text": ["a; b", "c; d"],
        "iso": ["AB", "CD"],
    }
