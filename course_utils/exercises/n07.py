"""Exercises of notebook 07, Language models.
Perplexity and its unit, windows of streams, a cache, and a Kneser-Ney bigram by hand."""

from math import exp

import torch

from course_utils.exercises import exercise
from course_utils.exercises.draws import normal, sizes, whole


@exercise(
    "language-perplexity",
    task="""
        A model gave these probabilities to the words of a text (a list of numbers). What is its
        perplexity?
        """,
    hints=(
        "How surprised is the model by each word, and how surprised is it on average?",
        "A probability p is a surprise of -log p. Take their mean, and the exponential of that.",
        "torch.tensor(probabilities).log() gives all logarithms; mean, minus sign, exp.",
    ),
    minutes=5,
    difficulty=1,
    importance=3,
    trains="what a perplexity is",
    cases=[
        ([0.25, 0.25, 0.25],),
        ([0.5, 0.1],),
        ([0.05, 0.02, 0.30, 0.60, 0.45, 0.10],),
        ([1.0],),
    ],
)
def perplexity_of(probabilities):
    return torch.tensor(probabilities).log().mean().neg().exp().item()


def _numbers_and_sizes(g):
    cases = [(list(range(20)), 2, 3), (list(range(7)), 1, 2), (list(range(23)), 2, 4)]
    cases.append((list(range(6)), 1, 3))  # the last word is no target of a second window
    for _ in range(4):
        B, T = sizes(g, 2, low=1, high=4)
        (windows,) = sizes(g, 1, low=1, high=3)
        (rest,) = sizes(g, 1, low=0, high=B)
        length = B * (windows * T + 1) + rest
        cases.append((whole(g, 0, 99, length).tolist(), B, T))
    return cases


@exercise(
    "language-windows",
    task="""
        *Streams by hand.* Cut the numbers `ids` (a list) into `B` streams and return the windows of
        `T` columns as a list of pairs `(x, y)`, tensors of the same shape. A last window that is
        shorter is left out.
        """,
    hints=(
        "How long is each stream, and how many columns must a window hold for x and y together?",
        (
            "Cut off what does not fill B rows and view the rest as (B, N). A window that starts "
            "at column s needs T + 1 columns, s to s + T: x all but the last, y all but the first."
        ),
        "rows = torch.tensor(ids[: B * N]).view(B, N); the starts are range(0, N - T, T).",
    ),
    minutes=8,
    difficulty=2,
    importance=3,
    trains="batches of a stream, and targets one word later",
    cases=_numbers_and_sizes,
)
def full_windows(ids, B, T):
    N = len(ids) // B
    rows = torch.tensor(ids[: B * N]).view(B, N)
    starts = range(0, N - T, T)
    return [(rows[:, s : s + T], rows[:, s + 1 : s + T + 1]) for s in starts]


@exercise(
    "language-by-word",
    task="""
        A model of pieces needs `nats` per piece, and its texts have `ratio` pieces per word. What
        is its perplexity per word?
        """,
    hints=(
        "How many nats does a whole word cost?",
        "Nats add up: a word costs ratio times as many as a piece. Take the exponential last.",
        "exp(nats * ratio), with exp from math.",
    ),
    minutes=3,
    difficulty=1,
    importance=2,
    trains="comparing models that read different pieces",
    cases=[(4.0, 1.5), (5.0, 1.0), (2.5, 2.2)],
)
def by_word(nats, ratio):
    return exp(nats * ratio)


def _shares_and_texts(g):
    cases = [
        (torch.tensor([0.5, 0.3, 0.2]), [], 0.1),
        (torch.tensor([0.5, 0.3, 0.2]), [0, 1, 0, 0], 0.2),  # the last word was not read
        (torch.tensor([0.5, 0.3, 0.2]), [2, 2, 0, 2], 0.2),
    ]
    for _ in range(3):
        (V,) = sizes(g, 1, low=3, high=6)
        cases.append((normal(g, V).softmax(0), [0, *whole(g, 0, V - 1, 7).tolist()], 0.3))
    return cases


@exercise(
    "language-cache",
    task="""
        *A word that was just used comes again.* `p` (V,) holds a model's probabilities of the next
        word, `before` the article so far (a list of numbers). Return the mixture of both: the
        weight `share` for the words of `before`, each in proportion to how often it stands there,
        and the rest for `p`. Where nothing has been read yet, return `p`.
        """,
    hints=(
        "What does the mixture sum to, and what must the two weights sum to?",
        "Count the words of before and divide by their number: that is a distribution, too.",
        (
            "counted = torch.bincount(torch.tensor(before), minlength=len(p)) / len(before); "
            "then (1 - share) * p + share * counted, and p alone for an empty list."
        ),
    ),
    minutes=8,
    difficulty=2,
    importance=2,
    trains="mixing two models so that the sum stays 1",
    cases=_shares_and_texts,
)
def with_cache(p, before, share):
    if not before:
        return p
    counted = torch.bincount(torch.tensor(before), minlength=len(p)) / len(before)
    return (1 - share) * p + share * counted


def _pairs_and_words(g):
    text = "der BER ist neu und der Zug ist neu und der BER ist fertig"
    words = text.split()
    pairs = list(zip(words, words[1:], strict=False))
    cases = [(pairs, "ist", "neu", 0.75), (pairs, "der", "fertig", 0.5), (pairs, "BER", "ist", 0.9)]
    for _ in range(3):
        numbers = whole(g, 0, 5, 30).tolist()
        drawn = list(zip(numbers, numbers[1:], strict=False))
        cases.append((drawn, numbers[0], numbers[4], 0.6))
    return cases


@exercise(
    "language-kneser-ney",
    task=r"""
        The Kneser-Ney bigram by hand. `pairs` is a list of all pairs of neighbours of a text, as
        tuples. Return $p(w \mid v)$ with discount `D`; the shorter model is the share of $w$ among
        the *different* pairs: how many different words come before $w$, divided by the number of
        different pairs. Every `v` that is asked for has been read.
        """,
    hints=(
        "Which four numbers does the formula need, and which of them count a pair only once?",
        (
            "Count the pair (v, w), all pairs that begin with v, and the different words after v. "
            "What the discount takes, D for each of these, is spent as the shorter model says."
        ),
        (
            "different = set(pairs); the shorter model is sum(second == w for _, second in "
            "different) / len(different). Then (max(c - D, 0) + D * kinds * shorter) / after."
        ),
    ),
    minutes=15,
    difficulty=3,
    importance=2,
    trains="discounting: what is taken from the counts, and who spends it",
    cases=_pairs_and_words,
)
def kneser_ney(pairs, v, w, D):
    different = set(pairs)
    shorter = sum(second == w for _, second in different) / len(different)
    after = sum(first == v for first, _ in pairs)
    kinds = sum(first == v for first, _ in different)
    return (max(pairs.count((v, w)) - D, 0) + D * kinds * shorter) / after
