"""Exercises of notebook 02, Word vectors.
Counting what is unknown, finding the nearest word, the gradient of a lookup, a better tokenizer."""

import re

import torch

from course_utils.exercises import exercise
from course_utils.exercises.draws import normal, sizes, whole


def _vectors_and_rows(g):
    cases = [(torch.tensor([[1.0, 0.0], [9.0, 1.0], [1.0, 1.0], [-1.0, 0.0]]), 0)]
    for _ in range(5):
        V, E = sizes(g, 2, low=2, high=9)
        cases.append((normal(g, V, E), int(whole(g, 0, V - 1))))
    return cases


def _indices(g):
    cases = [([3, 0, 3, 4], 5, 3), ([1], 2, 2), ([0, 0, 0], 1, 4)]
    for _ in range(3):
        n, V, E = sizes(g, 3)
        cases.append((whole(g, 0, V - 1, n).tolist(), V, E))
    return cases


@exercise(
    "vectors-unknown-share",
    task="""
        Which share of the running `tokens` is unknown, given the set `known`?
        """,
    hints=(
        (
            "Go through the tokens, not through the set of different tokens: a word that occurs"
            " three times counts three times."
        ),
    ),
    minutes=3,
    difficulty=1,
    importance=2,
    trains="",
    cases=[
        (["der", "neue", "BER", "der"], {"der"}),
        (["a", "a", "b", "c"], {"a", "b"}),
        (["x"], {"x"}),
    ],
)
def unknown_share(tokens, known):
    return sum(token not in known for token in tokens) / len(tokens)


@exercise(
    "vectors-nearest",
    task="""
        Without gensim: the row number of the vector in `M` $(V, E)$ with the highest cosine
        similarity to row `i`, other than `i` itself.
        """,
    hints=(
        (
            "Divide every row by its length; the cosine similarities with row i are then one "
            "matrix product. Keep i itself from winning."
        ),
    ),
    minutes=8,
    difficulty=2,
    importance=2,
    trains="",
    cases=_vectors_and_rows,
)
def nearest(M, i):
    unit = M / M.norm(dim=1, keepdim=True)
    similarity = unit @ unit[i]
    similarity[i] = -2
    return similarity.argmax()


@exercise(
    "vectors-gradient",
    task="""
        The gradient of `embedding(indices).sum()` with respect to the matrix $(V, E)$, written
        without autograd. Which rows are zero, and what stands in the others?
        """,
    hints=(
        (
            "Every time a row is picked, each of its E numbers adds 1 to the sum. Rows that are"
            " picked twice count twice."
        ),
    ),
    minutes=5,
    difficulty=2,
    importance=2,
    trains="",
    cases=_indices,
)
def gradient(indices, V, E):
    result = torch.zeros(V, E)
    for i in indices:
        result[i] += 1
    return result


@exercise(
    "vectors-tokenizer",
    task="""
        A tokenizer without the two faults: `40-jährige`, `3D-Drucker` and `2:0-Sieg` stay whole,
        `SPÖ/ÖVP` becomes three tokens, and everything else stays as it is: `18.45`, `glaubt's`,
        `12.400`.
        (Are fewer words unknown then? Guess, then measure it with the cell above. And what
        becomes of `km/h`?)
        """,
    hints=(
        (
            "Two changes to the regular expression: the part for words joins at - ' ’ only, no "
            "longer at /; and a number may go on with a hyphen or none, a letter ([^\\W\\d_]), "
            "and the rest of a word. The longer alternative must come first."
        ),
    ),
    minutes=15,
    difficulty=3,
    importance=2,
    trains="",
    cases=[
        ("Die 40-jährige Chefin",),
        ("im 3D-Drucker, nach dem 2:0-Sieg der 1970er-Jahre",),
        ("SPÖ/ÖVP und SPÖ/ÖVP-Runde",),
        ("um 18.45 Uhr: 12.400 Euro (3,7 Prozent)",),
        ('"Wer glaubt\'s?", sagte der E-Mail-Schreiber',),
        ("2018-19",),
    ],
)
def tokenize_better(text):
    number = r"\d+(?:[.,:]\d+)*(?:-?[^\W\d_]\w*(?:[-'’]\w+)*)?"
    word = r"\w+(?:[-'’]\w+)*"
    return re.findall(rf"{number}|{word}|[^\w\s]", text)
