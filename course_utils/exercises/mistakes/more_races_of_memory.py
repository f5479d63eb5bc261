"""Typical wrong answers to the exercise of Races of memory.
Each with the sentence that names the misconception."""

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
