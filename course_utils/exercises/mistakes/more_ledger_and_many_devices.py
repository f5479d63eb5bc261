"""Typical wrong answers to the exercise of The ledger and many devices.
Each with the sentence that names the misconception."""

from course_utils.exercises.mistakes import mistake


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
