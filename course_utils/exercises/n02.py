"""Exercises of notebook 02, Word vectors.
Counting what is unknown, finding the nearest word, the gradient of a lookup, a better tokenizer."""

import re

import torch

from course_utils.exercises import exercise
from course_utils.exercises.draws import normal, sizes, whole


def _vectors_and_rows(g):
    cases = [
        (torch.tensor([[1.0, 0.0], [9.0, 1.0], [1.0, 1.0], [-1.0, 0.0]]), 0),
        (torch.tensor([[1.0, 0.0], [9.0, 9.0], [0.5, 0.1]]), 0),
    ]
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
    task="Which share of the running `tokens` is unknown, given the set `known`?",
    hints=(
        "A word that occurs three times: how often does it count?",
        "Go through the tokens, not through the set of different tokens.",
        "`sum(token not in known for token in tokens)` counts them; divide by their number.",
    ),
    minutes=3,
    difficulty=1,
    importance=2,
    trains="tokens and types",
    cases=[
        (["der", "neue", "BER", "der"], {"der"}),
        (["a", "a", "b", "c"], {"a", "b"}),
        (["x"], {"x"}),
        (["a", "x", "x", "y"], {"a"}),
    ],
)
def unknown_share(tokens, known):
    return sum(token not in known for token in tokens) / len(tokens)


@exercise(
    "vectors-nearest",
    task="""
        Without gensim: the row number of the vector in `M` with the highest cosine similarity to
        row `i`, other than `i` itself.
        """,
    hints=(
        "What has to be done to vectors of different lengths before their products are cosines?",
        "Divide every row by its length; one matrix product then has all similarities to row `i`.",
        "`unit = M / M.norm(dim=1, keepdim=True)`, then `unit @ unit[i]`; give place `i` a value "
        "below -1 before you take the argmax.",
    ),
    minutes=8,
    difficulty=2,
    importance=3,
    trains="cosine similarity as a matrix product",
    cases=_vectors_and_rows,
)
def nearest(M, i):
    """M (V, E), i a row number; returns a row number."""
    unit = M / M.norm(dim=1, keepdim=True)
    similarity = unit @ unit[i]
    similarity[i] = -2
    return similarity.argmax()


@exercise(
    "vectors-gradient",
    task="""
        The gradient of `embedding(indices).sum()` with respect to the matrix (V, E), written
        without autograd. Which rows are zero, and what stands in the others?
        """,
    hints=(
        "If one entry of a row that was picked grows by 1, by how much does the sum grow?",
        "Each picked row gets ones. A row that is picked twice stands in the sum twice.",
        "Start from `torch.zeros(V, E)` and add 1 to row `i` for every `i` of `indices`, in a "
        "loop: `result[indices] += 1` adds once only.",
    ),
    minutes=5,
    difficulty=2,
    importance=2,
    trains="what an embedding learns from a batch",
    cases=_indices,
)
def gradient(indices, V, E):
    """indices: a list of row numbers; returns (V, E)."""
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
        (Are fewer words unknown then? Guess, then measure it with the cell above. And what becomes
        of `km/h`?)
        """,
    hints=(
        "Which part of the regular expression reads `40`, and why does it stop there?",
        "Two changes: the part for words joins at - ' ’ only, no longer at /; and a number may "
        "go on with a hyphen or none, a letter, and the rest of a word. The longer one comes "
        "first.",
        "Behind the number: `(?:-?[^\\W\\d_]\\w*(?:[-'’]\\w+)*)?`; `[^\\W\\d_]` is a letter.",
    ),
    minutes=15,
    difficulty=3,
    importance=2,
    trains="reading and writing regular expressions",
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
