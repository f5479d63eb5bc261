"""Typical wrong answers to the exercises of Races of memory.
Each with the sentence that names the misconception."""

from math import comb

from course_utils.exercises.mistakes import mistake


def _least(sees, steps, least=1):
    levels = least
    while sees(levels) < steps:
        levels += 1
    return levels


@mistake(
    "memory-levels", "A level has two convolutions, so it adds twice (k - 1) times its dilation."
)
def _(steps, k):
    return _least(lambda n: 1 + (k - 1) * (2**n - 1), steps)


@mistake("memory-levels", "You forgot that the dilation doubles from level to level.")
def _(steps, k):
    return _least(lambda n: 1 + 2 * (k - 1) * n, steps)


@mistake(
    "memory-levels", "One level too many where it just fits: the last step itself is seen, too."
)
def _(steps, k):
    return _least(lambda n: 2 * (k - 1) * (2**n - 1), steps)


@mistake("memory-levels", "A network has one level at least, also for a single step.")
def _(steps, k):
    return _least(lambda n: 1 + 2 * (k - 1) * (2**n - 1), steps, least=0)


def _boxes(solved_a, solved_b):
    more = [a - b for a, b in zip(solved_a, solved_b, strict=True)]
    return sum(n > 0 for n in more), sum(n < 0 for n in more)


def _tail(n, smaller):
    return sum(comb(n, i) for i in range(smaller + 1)) / 2**n


def _both_ways(a, b):
    return min(1.0, 2 * _tail(a + b, min(a, b)))


@mistake("memory-boxes", "This is one side only: b might have won as clearly. p counts both sides.")
def _(solved_a, solved_b):
    a, b = _boxes(solved_a, solved_b)
    return a, b, _tail(a + b, min(a, b))


@mistake("memory-boxes", "Twice the tail may be more than 1, and a probability may not.")
def _(solved_a, solved_b):
    a, b = _boxes(solved_a, solved_b)
    return a, b, 2 * _tail(a + b, min(a, b))


@mistake("memory-boxes", "A draw says nothing for either side: it isn't one of the coin's falls.")
def _(solved_a, solved_b):
    a, b = _boxes(solved_a, solved_b)
    return a, b, min(1.0, 2 * _tail(len(solved_a), min(a, b)))


@mistake(
    "memory-boxes",
    "This is the chance of exactly this result; p also counts those that are more one-sided.",
)
def _(solved_a, solved_b):
    a, b = _boxes(solved_a, solved_b)
    return a, b, min(1.0, 2 * comb(a + b, a) / 2 ** (a + b))


@mistake(
    "memory-boxes",
    "You counted seeds. Those of one box are alike: a box is won or lost as a whole.",
)
def _(solved_a, solved_b):
    a = sum(max(0, a - b) for a, b in zip(solved_a, solved_b, strict=True))
    b = sum(max(0, b - a) for a, b in zip(solved_a, solved_b, strict=True))
    return a, b, _both_ways(a, b)


@mistake("memory-boxes", "A box counts for who solved more of it, not only where the other had 0.")
def _(solved_a, solved_b):
    a = sum(a > 0 and b == 0 for a, b in zip(solved_a, solved_b, strict=True))
    b = sum(b > 0 and a == 0 for a, b in zip(solved_a, solved_b, strict=True))
    return a, b, _both_ways(a, b)
