"""Exercises of notebook 03, One document at a time.
What an LSTM costs in parameters, what a loop costs in time, and what a cell keeps."""

from course_utils.exercises import exercise


@exercise(
    "lstm-parameters",
    hint=(
        "Four gates, each with a matrix for x (H by D), a matrix for h (H by H) "
        "and two bias vectors of length H."
    ),
    minutes=3,
    cases=[(300, 64), (100, 64), (3, 2)],
)
def lstm_parameters(D, H):
    return 4 * (H * D + H * H + 2 * H)


@exercise(
    "lstm-eta",
    hint="Seconds a step, times the steps that are left. Divide with / and not with //.",
    minutes=3,
    cases=[(9.0, 10, 144), (7.87, 1, 144), (100.0, 144, 144)],
)
def eta(seconds, done, total):
    return seconds / done * (total - done)


@exercise(
    "lstm-forgetting",
    hint=(
        "Each step multiplies the cell by the forget gate. "
        "What does f = 1 mean for a gradient that travels t steps back?"
    ),
    minutes=3,
    cases=[(2.0, 1.0, 100), (1.0, 0.9, 10), (-3.0, 0.5, 4)],
)
def cell_after(c_0, f, t):
    return c_0 * f**t
