"""Exercises of notebook 09, Contextual embeddings.
The best that a vector without context can do, what a backward model learns from, means of spans."""

import torch

from course_utils.exercises import exercise
from course_utils.exercises.draws import normal, sizes


def _states_and_spans(g):
    cases = [
        (normal(g, 9, 2), [(0, 2), (3, 7), (8, 9)]),
        (normal(g, 4, 3), [(0, 4)]),
        (normal(g, 5, 2), [(0, 1), (2, 5)]),
    ]
    for _ in range(3):
        n, H = sizes(g, 2)
        spans = []
        end = -1
        for length in sizes(g, n):
            start = end + 1  # a blank lies between two words
            end = start + length
            spans.append((start, end))
        cases.append((normal(g, end, H), spans))
    return cases


@exercise(
    "context-ceiling",
    task="""
        `pairs` is a list of (word, tag). Which share of them can the best function of the word
        alone get right?
        """,
    hints=(
        (
            "Group the tags by word. A function of the word can give each word only one tag; "
            "the commonest one is right most often. Add these counts up and divide by the "
            "number of pairs."
        ),
    ),
    minutes=8,
    difficulty=2,
    importance=2,
    trains="",
    cases=[
        ([("Berlin", "origin"), ("Berlin", "place"), ("Wien", "place")],),
        ([("Graz", "O")],),
        ([("a", "x"), ("a", "y"), ("a", "y"), ("b", "x"), ("b", "z"), ("c", "z")],),
    ],
)
def static_ceiling(pairs):
    tags: dict[str, list] = {}
    for word, tag in pairs:
        tags.setdefault(word, []).append(tag)
    return sum(max(map(found.count, found)) for found in tags.values()) / len(pairs)


@exercise(
    "context-back",
    task="""
        `words` is a sentence with its marks, such as `["<s>", "ab", "Graz", "</s>"]`. List what
        the language model that reads **back** learns from it: pairs of (what it has read so far,
        in its order; the word to guess). The first pair is `(["</s>"], "Graz")`.
        """,
    hints=(
        (
            "It reads from the right: turn the sentence round first. Then it is the task of any"
            " language model: everything so far, and the next one."
        ),
    ),
    minutes=5,
    difficulty=2,
    importance=2,
    trains="",
    cases=[
        (["<s>", "ab", "Graz", "</s>"],),
        (["<s>", "</s>"],),
        (["<s>", "von", "Berlin", "nach", "Wien", "</s>"],),
    ],
)
def back_pairs(words):
    turned = words[::-1]
    return [(turned[:t], turned[t]) for t in range(1, len(turned))]


@exercise(
    "context-mean",
    task="""
        Another vector from characters: the **mean** of the states of a word's characters. `h` (T,
        H) holds a state for each character, `spans` a list of (start, end).
        """,
    hints=(
        (
            "A span is a slice: h[start:end] holds the states of the word's characters. Take "
            "the mean over them, not over the units, and stack the words."
        ),
    ),
    minutes=5,
    difficulty=2,
    importance=2,
    trains="",
    cases=_states_and_spans,
)
def mean_of_characters(h, spans):
    return torch.stack([h[start:end].mean(0) for start, end in spans])


@exercise(
    "context-f1",
    task="""
        The measure of this notebook by hand: the F1 of all roles together, from two lists of
        tags. `O` on both sides counts for nothing; where there is no role at all, return 0.
        """,
    hints=(
        (
            "Count over all tokens of all roles together. Found: guessed a role, and it is the "
            "right one. Precision is found / guessed roles, recall found / true roles; F1 is "
            "twice their product by their sum, which is 2 found / (guessed + true)."
        ),
    ),
    minutes=15,
    difficulty=3,
    importance=2,
    trains="",
    cases=[
        (["O", "origin", "O", "destination"], ["O", "origin", "O", "place"]),
        (["origin", "O"], ["O", "O"]),
        (["place", "place", "O", "origin"], ["place", "place", "origin", "origin"]),
        (["O", "O"], ["O", "O"]),
    ],
)
def micro_f1(truth, guesses):
    found = sum(t == g != "O" for t, g in zip(truth, guesses, strict=True))
    roles = sum(t != "O" for t in truth) + sum(g != "O" for g in guesses)
    return 2 * found / roles if roles else 0.0
