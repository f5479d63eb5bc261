"""Notebook 05's three networks: what each pools, and the end that all share."""

from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .drawing import (
    CELL,
    GREY,
    HIDDEN,
    INPUT,
    OUTPUT,
    Point,
    arrow,
    box,
    canvas,
    circle,
    figure,
    panel,
    tint,
    write,
)

XS = (46, 106, 166, 226)
WORDS = ("Neue", "Halle", "für", "Villach")
VECTORS = 90
STATES = 232
# Height, what is kept, whose it is and how many numbers.
POOLED = (
    (306, "last states", "LSTM: 2H numbers"),
    (STATES, "largest, mean", "LSTM: 4H numbers"),
    (132, "largest, mean", "control: 2D numbers"),
    (58, "weighted mean $m$", "path past it: D numbers"),
)
LEFT = 330  # edges of the pooled boxes
RIGHT = 482
EDGE = 258  # right edge of the panels of vectors and states
END = 560  # left edge of the shared end


@figure(
    "Three networks on one text. Below, a vector for each word; above, the states of an LSTM that "
    "reads them in both directions. From the states come the last of each direction, 2H numbers, "
    "and the largest and mean, 4H: the LSTM. From the vectors come the largest and mean, 2D "
    "numbers: the control; and a weighted mean, D numbers: the path past the LSTM. All end in "
    "batch norm, dropout and a linear layer with one logit for each of K desks."
)
def news_networks() -> Figure:
    sheet, ax = canvas(700, 350)
    for y, colour in ((VECTORS, INPUT), (STATES, HIDDEN)):
        panel(ax, 14, y - 29, EDGE - 14, 58, 12, fc=tint(colour, 0.1), ec=colour, lw=1.2)
    for t, (x, word) in enumerate(zip(XS, WORDS, strict=True), start=1):
        write(ax, x, 42, word, size=12)
        box(ax, x, VECTORS, f"$x_{t}$", INPUT)
        arrow(ax, (x, VECTORS + 19), (x, STATES - 22), colour=INPUT)
        circle(ax, x, STATES, f"$h_{t}$", HIDDEN)
    for a, b in pairwise(XS):
        arrow(ax, (a + 20, STATES + 8), (b - 20, STATES + 8), colour=HIDDEN)
        arrow(ax, (b - 20, STATES - 8), (a + 20, STATES - 8), colour=HIDDEN)
    write(ax, sum(XS) / len(XS), STATES + 44, "LSTM, both directions", GREY, 11.5)
    for k, (y, kept, whose) in enumerate(POOLED):
        start, colour = (STATES, HIDDEN) if k < 2 else (VECTORS, INPUT)
        _bend(ax, (EDGE + 1, start), 292, (LEFT - 1, y), colour)
        box(ax, (LEFT + RIGHT) / 2, y, kept, CELL, w=RIGHT - LEFT, h=38, size=11.5)
        write(ax, (LEFT + RIGHT) / 2, y - 29, whose, GREY, 11)
        _bend(ax, (RIGHT + 1, y), 520, (END - 1, 177), OUTPUT)
    box(ax, END + 62, 177, "", OUTPUT, w=124, h=110)
    for row, part in enumerate(("batch norm", "dropout", "linear layer")):
        write(ax, END + 62, 207 - 30 * row, part, size=12)
    arrow(ax, (END + 62, 233), (END + 62, 260), colour=OUTPUT)
    write(ax, END + 62, 272, "K logits", size=12)
    return sheet


def _bend(ax: Axes, start: Point, at: float, end: Point, colour: str) -> None:
    """To the right, up or down at `at`, and to the right again."""
    turns = [(at, start[1]), (at, end[1])] if start[1] != end[1] else []
    arrow(ax, start, *turns, end, colour=colour)
