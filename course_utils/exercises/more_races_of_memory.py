"""Exercises of the optional notebook Races of memory.
How deep a convolutional network must be to see far enough; what boxes won by one side prove."""

from course_utils.exercises import exercise


@exercise(
    "memory-levels",
    task="""
        How many levels does a TCN with `k` weights need at least so that its last output sees
        `steps` steps?
        """,
    hints=(
        "How many steps does one level see, how many do two, and what does a level add?",
        "Levels double the dilation: n of them see 1 + 2 (k - 1) (2^n - 1) steps.",
        "Begin with levels = 1 and add one while 1 + 2 * (k - 1) * (2**levels - 1) < steps.",
    ),
    minutes=5,
    difficulty=1,
    importance=2,
    trains="counting what a convolution can see",
    cases=[(100, 3), (5, 3), (6, 3), (600, 7), (1, 2)],
)
def levels_needed(steps, k):
    levels = 1
    while 1 + 2 * (k - 1) * (2**levels - 1) < steps:
        levels += 1
    return levels


@exercise(
    "memory-boxes",
    task="""
        `solved_a` and `solved_b` say for each box how many of its seeds two networks solved.
        Return the number of boxes in which a solved more, the number in which b did, and $p$,
        without `paired`: were each of these boxes decided by a coin, how likely would be a
        result as one-sided as this, or more, for either side? Boxes with a draw don't count;
        with draws only, $p$ is 1. Then ask your function: how many boxes must one network win,
        and lose none, before $p$ is below 0.05 / 6?
        """,
    hints=(
        "A coin that falls 5 times: how often does it show heads at most once, of 32 ways?",
        "comb(n, i) of 2**n ways give i boxes of n to one side. Sum over i up to the smaller "
        "number of boxes, then think of the other side.",
        "tail = sum(comb(n, i) for i in range(smaller + 1)) / 2**n, with comb from math; p is "
        "2 * tail, but at most 1.",
    ),
    minutes=8,
    difficulty=2,
    importance=3,
    trains="saying what a number of tasks can carry",
    cases=[
        ([3, 3, 3, 3, 3, 1, 3, 3, 3], [3, 3, 1, 3, 0, 0, 3, 3, 0]),
        ([3, 0, 0, 3, 2, 1, 3, 2, 2], [3, 3, 1, 3, 0, 0, 3, 3, 0]),
        ([0, 1, 2, 0, 1, 0, 3], [3, 3, 3, 2, 2, 2, 0]),
        ([5, 5, 5, 5, 5, 5, 5, 5], [4, 0, 4, 4, 3, 4, 4, 4]),
        ([2, 2, 1], [2, 2, 1]),
        ([1], [0]),
    ],
)
def boxes_won(solved_a, solved_b):
    from math import comb

    a = sum(mine > other for mine, other in zip(solved_a, solved_b, strict=True))
    b = sum(other > mine for mine, other in zip(solved_a, solved_b, strict=True))
    tail = sum(comb(a + b, i) for i in range(min(a, b) + 1)) / 2 ** (a + b)
    return a, b, min(1.0, 2 * tail)
