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
        (
            "Count levels upwards from 1 until 1 + 2 (k - 1) (2 ** levels - 1) reaches the "
            "number of steps."
        ),
    ),
    minutes=5,
    difficulty=2,
    importance=2,
    trains="",
    cases=[(100, 3), (5, 3), (6, 3), (600, 7), (1, 2)],
)
def levels_needed(steps, k):
    levels = 1
    while 1 + 2 * (k - 1) * (2**levels - 1) < steps:
        levels += 1
    return levels
