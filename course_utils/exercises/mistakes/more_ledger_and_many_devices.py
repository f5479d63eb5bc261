"""Typical wrong answers to the exercises of The ledger and many devices.
Each with the sentence that names the misconception."""

from math import ceil

from course_utils.exercises.mistakes import mistake


def _needed(only_a, only_b, z=1.96, power=2):
    d = only_a - only_b
    return ceil((only_a + only_b - d**2) * (z / abs(d)) ** power)


@mistake(
    "devices-needed",
    "That is the formula for articles of their own. It knows the two accuracies; here only the "
    "articles count on which the systems differ.",
)
def _(only_a, only_b):
    m = (only_a + only_b) / 2
    return ceil(2 * m * (1 - m) * (1.96 / (only_a - only_b)) ** 2)


@mistake(
    "devices-needed",
    "only_a + only_b is the mean of the squares; the variance is that less d ** 2.",
)
def _(only_a, only_b):
    return ceil((only_a + only_b) * (1.96 / (only_a - only_b)) ** 2)


@mistake("devices-needed", "1.96 belongs to 95 %, and it is squared, too, when you solve for n.")
def _(only_a, only_b):
    return _needed(only_a, only_b, z=1.0)


@mistake("devices-needed", "Half the difference takes four times as many articles: square it.")
def _(only_a, only_b):
    return _needed(only_a, only_b, power=1)


@mistake("devices-needed", "A part of an article can't be asked: round up to the whole number.")
def _(only_a, only_b):
    d = only_a - only_b
    return int((only_a + only_b - d**2) * (1.96 / d) ** 2)


@mistake(
    "devices-factors",
    "These are the shares of the articles. The gradients are averaged, so they are divided by the "
    "number of processes, too; undo that.",
)
def _(sizes):
    return [n / sum(sizes) for n in sizes]


@mistake(
    "devices-factors",
    "The wrong way round: whoever holds many articles has to count more, since each of them is a "
    "small part of its mean.",
)
def _(sizes):
    return [sum(sizes) / (len(sizes) * n) for n in sizes]


@mistake(
    "devices-factors",
    "That is the plain average: an article of a small share counts more than one of a large share.",
)
def _(sizes):
    return [1.0 for _ in sizes]


@mistake("devices-factors", "The number of processes is not always two: it is len(sizes).")
def _(sizes):
    return [2 * n / sum(sizes) for n in sizes]
