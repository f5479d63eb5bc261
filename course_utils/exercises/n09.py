"""Exercises of notebook 09, Contextual embeddings.
What a vector without context can reach, what a backward model learns from, means and edges, F1."""

import torch

from course_utils.exercises import exercise
from course_utils.exercises.draws import normal, sizes


@exercise(
    "context-ceiling",
    task="""
        `pairs` is a list of (word, tag). Which share of them can the best function of the word
        alone get right?
        """,
    hints=(
        "How many different tags can a function of the word give to one word?",
        "Only one, and the word's commonest tag is right most often. Count how often that is.",
        (
            "Group the tags by word in a dict of lists; add up max(map(tags.count, tags)) over "
            "the words and divide by len(pairs)."
        ),
    ),
    minutes=8,
    difficulty=2,
    importance=3,
    trains="knowing what a method can't reach before trying it",
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
        `words` is a sentence with its marks, such as `["<s>", "ab", "Graz", "</s>"]`. List what the
        language model that reads **back** learns from it: pairs of (what it has read so far, in its
        order; the word to guess). The first pair is `(["</s>"], "Graz")`.
        """,
    hints=(
        "In which order does this model meet the words?",
        "It reads from the right. Turn the sentence round: then it is any language model's task.",
        "turned = words[::-1]; the pairs are (turned[:t], turned[t]) for t from 1 on.",
    ),
    minutes=5,
    difficulty=1,
    importance=2,
    trains="what each half of a bidirectional model has read",
    cases=[
        (["<s>", "ab", "Graz", "</s>"],),
        (["<s>", "</s>"],),
        (["<s>", "von", "Berlin", "nach", "Wien", "</s>"],),
    ],
)
def back_pairs(words):
    turned = words[::-1]
    return [(turned[:t], turned[t]) for t in range(1, len(turned))]


def _spans(g, lengths):
    spans = []
    end = -1
    for length in lengths:
        start = end + 1  # a blank lies between two words
        end = start + length
        spans.append((start, end))
    return spans


def _states_and_spans(g):
    cases = [
        (normal(g, 9, 2), [(0, 2), (3, 7), (8, 9)]),
        (normal(g, 4, 3), [(0, 4)]),
        (normal(g, 5, 2), [(0, 1), (2, 5)]),
    ]
    for _ in range(3):
        n, H = sizes(g, 2)
        spans = _spans(g, sizes(g, n))
        cases.append((normal(g, spans[-1][1], H), spans))
    return cases


@exercise(
    "context-mean",
    task="""
        Another vector from characters: the **mean** of the states of a word's characters. `h`
        (T, H) holds a state for each character, `spans` a list of (start, end). Return (words, H).
        """,
    hints=(
        "Which rows of h belong to a word?",
        "A span is a slice: h[start:end]. Take the mean over the characters, not over the units.",
        "torch.stack of h[start:end].mean(0) for each span.",
    ),
    minutes=5,
    difficulty=1,
    importance=1,
    trains="slices of states and the right axis",
    cases=_states_and_spans,
    gradients=True,
)
def mean_of_characters(h, spans):
    return torch.stack([h[start:end].mean(0) for start, end in spans])


def _two_halves(g):
    rows = torch.arange(6.0)[:, None]  # each state is the number of its row
    cases = [(rows, rows + 10, [(0, 2), (3, 4)])]
    for lengths in ([3], [2, 4, 1], [1, 1]):
        spans = _spans(g, lengths)
        (H,) = sizes(g, 1, low=2)
        T = spans[-1][1]
        cases.append((normal(g, T + 2, H), normal(g, T + 2, H), spans))
    return cases


@exercise(
    "context-far-side",
    task="""
        `ahead` and `back` (T + 2, H) are the states over `<s>`, the T characters of a text and
        `</s>`, so that the character i stands in row i + 1. `spans` is the notebook's list of
        (start, end), in characters. Return for each word its **far side** (words, 2H): the state
        that reads ahead when it has read all *before* the word, and beside it the state that reads
        back when it has read all *after* it.
        """,
    hints=(
        "In which row does the character before a word stand, and in which the one behind it?",
        (
            "The character start - 1 stands in row start, the character end in row end + 1. "
            "At the text's ends these rows are those of the marks."
        ),
        (
            "starts, ends = zip(*spans); cat ahead[list(starts)] and back[[end + 1 for end in "
            "ends]] on dimension 1."
        ),
    ),
    minutes=8,
    difficulty=2,
    importance=2,
    trains="indices of states, and what each has read",
    cases=_two_halves,
    gradients=True,
)
def far_side(ahead, back, spans):
    starts, ends = zip(*spans, strict=True)
    return torch.cat([ahead[list(starts)], back[[end + 1 for end in ends]]], dim=1)


@exercise(
    "context-f1",
    task="""
        The measure of this notebook by hand: the F1 of all roles together, from two lists of tags.
        `O` on both sides counts for nothing; where there is no role at all, return 0.
        """,
    hints=(
        "Which tokens count as found, which as guessed, and which as true?",
        (
            "Found: guessed a role, and it is the right one. Precision is found / guessed roles, "
            "recall found / true roles; F1 is twice their product by their sum."
        ),
        "That is 2 * found / (guessed + true); found counts t == g != 'O' over both lists.",
    ),
    minutes=15,
    difficulty=2,
    importance=2,
    trains="what an F1 counts and what it leaves out",
    cases=[
        (["O", "origin", "O", "destination"], ["O", "origin", "O", "place"]),
        (["origin", "O"], ["O", "O"]),
        (["place", "place", "O", "origin"], ["place", "place", "origin", "origin"]),
        (["O", "O"], ["O", "O"]),
        (["place", "O", "origin", "place"], ["place", "O", "O", "O"]),
    ],
)
def micro_f1(truth, guesses):
    found = sum(t == g != "O" for t, g in zip(truth, guesses, strict=True))
    roles = sum(t != "O" for t in truth) + sum(g != "O" for g in guesses)
    return 2 * found / roles if roles else 0.0
