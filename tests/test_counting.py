"""Holds the n-grams and streams of notebook 07 against sums, enumeration and long texts.
Smoothing that does not sum to one makes every perplexity beside it worthless."""

import math
from collections import Counter

import pytest
import torch

from course_utils.lessons.n07 import (
    LanguageModel,
    NGrams,
    copied,
    followers,
    longest_read,
    ngrams,
    per_known_word,
    streams,
    train_language_model,
    windows,
    write,
)

TEXTS = [[1, 2, 3, 2, 4, 3, 2], [1, 3, 2, 3, 4], [1, 4, 2, 2, 3]]


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_probabilities_sum_to_one_after_any_history(order):
    model = NGrams(TEXTS, order, V=6)
    for before in ([1] * order, [1, 2, 3, 2], [4, 4, 4, 4], [5, 0, 5, 0]):
        history = before[-(order - 1) :] if order > 1 else []
        total = sum(model.p(history, word) for word in range(6))
        assert total == pytest.approx(1, abs=1e-12)
        assert min(model.p(history, word) for word in range(6)) > 0


def test_shorter_models_count_different_words_before():
    model = NGrams(TEXTS, 2, V=6)
    grams, c, _, _ = model.levels[0]
    pairs = {pair for text in TEXTS for pair in ngrams([1, *text[1:]], 2)}
    assert grams == Counter((word,) for _, word in pairs)
    assert c[()] == len(pairs)


def test_kneser_ney_bigram_by_hand():
    model = NGrams(TEXTS, 2, V=6)
    (_, _, kinds, low), (_, _, _, high) = model.levels
    pairs = [pair for text in TEXTS for pair in ngrams(text, 2)]
    different = set(pairs)
    ends = sum(word == 3 for _, word in different)
    shorter = (max(ends - low, 0) + low * kinds[()] / 6) / len(different)
    after = [word for before, word in pairs if before == 2]
    expected = (max(after.count(3) - high, 0) + high * len(set(after)) * shorter) / len(after)
    assert model.p([2], 3) == pytest.approx(expected)


def test_plain_counts_are_occurrences_at_every_length():
    model = NGrams(TEXTS, 3, V=6, plain=True)
    longest = Counter(gram for text in TEXTS for gram in model.of(text))
    for n, (grams, c, N, _) in enumerate(model.levels, start=1):
        assert grams.total() == longest.total() == sum(c.values())
        assert sum(N.values()) == len(grams)
        for gram, times in grams.items():
            assert times == sum(k for long, k in longest.items() if long[-n:] == gram)
    assert sum(model.p([2, 3], word) for word in range(6)) == pytest.approx(1, abs=1e-12)


def test_surprises_are_those_of_each_word_but_the_mark():
    model = NGrams(TEXTS, 3, V=6)
    text = [1, 2, 5, 4]
    values = model.surprises(text)
    assert len(values) == 3
    assert values[0] == pytest.approx(-math.log(model.p([1, 1], 2)))
    assert values[2] == pytest.approx(-math.log(model.p([2, 5], 4)))


def test_unknown_words_do_not_count():
    assert per_known_word(lambda text: [math.log(2), 99.0, math.log(8)], [[1, 5, 0, 4]]) == (
        pytest.approx(4)
    )


def test_how_long_a_sequence_had_been_read():
    model = NGrams(TEXTS, 3, V=6)
    assert longest_read(model, (3, 2, 4)) == 3
    assert longest_read(model, (5, 2, 3)) == 2
    assert longest_read(model, (2, 5, 3)) == 1
    assert longest_read(model, (3, 2, 5)) == 0


@pytest.mark.parametrize(("text", "share"), [([1, 2, 3, 9], 0.5), ([7, 8], 0.0), ([1], 0.0)])
def test_copied_share(text, share):
    assert copied(text, [[0, 1, 2, 3], [3, 9]], n=3) == share


def test_windows_tile_the_streams():
    rows = streams([list(range(10)), list(range(10, 23))], B=2)
    assert rows.tolist() == [list(range(11)), list(range(11, 22))]
    parts = list(windows(rows, T=4))
    assert torch.cat([x for x, _ in parts], dim=1).tolist() == rows[:, :-1].tolist()
    assert torch.cat([y for _, y in parts], dim=1).tolist() == rows[:, 1:].tolist()
    assert all(x.shape == y.shape for x, y in parts)


def test_raw_counts_write_only_what_was_read():
    texts = [["a", "b", "c", "d"], ["b", "c", "e"]]
    written = write(followers(texts, 3), 3, length=200)
    text = " ".join(written)
    assert "xxbos" not in written
    assert set(text.replace("b c d", "b c e").split("b c e")) <= {"", " ", " a ", "a ", " a"}


def test_a_carried_state_reads_as_one_long_text():
    torch.manual_seed(0)
    model = LanguageModel(9, E=4).eval()
    x = torch.randint(9, (2, 12))
    whole, _ = model(x)
    first, state = model(x[:, :5])
    second, _ = model(x[:, 5:], state)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole)


def test_training_learns_a_circle():
    torch.manual_seed(0)
    rows = streams([list(range(2, 7)) * 40], B=4)
    model = LanguageModel(7, E=16, dropout=0.0)
    losses = train_language_model(model, rows, epochs=30, T=10, lr=0.05)
    assert losses[-1] < 0.3 < losses[0]
