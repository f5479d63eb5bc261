"""Exercises of the optional notebook Races of memory.
How deep a convolutional network must be to see far enough."""

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
