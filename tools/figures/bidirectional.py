"""The bidirectional trap: at the last word the backward half has read that word and nothing else.
Small squares in each state show what it has read, so that the mistake can be seen."""

from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .drawing import (
    ALARM,
    GREY,
    HIDDEN,
    INPUT,
    MONO,
    OUTPUT,
    PADDING,
    arrow,
    box,
    canvas,
    figure,
    panel,
    rectangle,
    shade,
    tint,
    write,
)

WORDS = ["Der", "BER", "wird", "eröffnet", "‹pad›", "‹pad›"]
LENGTH = 4
XS = [150 + 100 * k for k in range(len(WORDS))]
FORWARD = 276
MIDDLE = 193
BACKWARD = 110


@figure(
    "A forward and a backward chain over four words and two padding positions; small squares show "
    "which words each state has read. At position len-1 the forward half has read all four words "
    "but the backward half only the last one; the backward half has read everything at position 0."
)
def bidirectional_trap() -> Figure:
    sheet, ax = canvas(700, 408)
    _frame(ax, ALARM, XS[LENGTH - 1], 74, 312)
    _frame(ax, OUTPUT, XS[0], 74, 146)
    _columns(ax)
    for a, b in pairwise(XS[:LENGTH]):
        arrow(ax, (a + 40, FORWARD), (b - 39, FORWARD), colour=HIDDEN)
        arrow(ax, (b - 40, BACKWARD), (a + 39, BACKWARD), colour=HIDDEN)
    for y, name, part in ((FORWARD, "forward", "[…, :H]"), (BACKWARD, "backward", "[…, H:]")):
        write(ax, 10, y + 10, name, size=12, ha="left")
        write(ax, 10, y - 11, part, GREY, 10.5, ha="left", family=MONO)
    _labels(ax)
    return sheet


def _frame(ax: Axes, colour: str, x: float, low: float, high: float) -> None:
    """A dashed frame round the states that an index takes out."""
    look = {"fc": tint(colour, 0.1), "ec": colour, "lw": 2, "ls": (0, (4, 2))}
    panel(ax, x - 49, low, 98, high - low, 10, **look)


def _state(ax: Axes, x: float, y: float, read: range) -> None:
    """A state with one small square for each word, filled where the state has read the word."""
    box(ax, x, y, "", HIDDEN, w=78, h=44, corner=14, fill=0.25)
    for k in range(LENGTH):
        colour = INPUT if k in read else "white"
        rectangle(ax, x - 29 + 15 * k, y - 6, 13, 13, fc=colour, ec=INPUT, lw=1.1, zorder=4)


def _columns(ax: Axes) -> None:
    for t, (x, word) in enumerate(zip(XS, WORDS, strict=True)):
        if t < LENGTH:
            box(ax, x, MIDDLE, word, INPUT, w=82, h=32, size=12)
            arrow(ax, (x, MIDDLE + 17), (x, FORWARD - 24), colour=INPUT)
            arrow(ax, (x, MIDDLE - 17), (x, BACKWARD + 24), colour=INPUT)
            _state(ax, x, FORWARD, range(t + 1))
            _state(ax, x, BACKWARD, range(t, LENGTH))
        else:
            box(ax, x, MIDDLE, word, PADDING, w=76, h=32, size=12, fill=0.6, ink=GREY)
            for y in (FORWARD, BACKWARD):
                box(ax, x, y, "0", PADDING, w=76, h=44, corner=14, fill=0.6, ink=GREY)


def _labels(ax: Axes) -> None:
    write(ax, XS[3], 378, "output[:, len-1]", shade(ALARM), 12.5, family=MONO)
    write(ax, XS[3], 346, "✓ forward half has read all four", shade(OUTPUT), 12)
    write(ax, XS[3], 48, "✗ backward half has read", shade(ALARM), 12)
    write(ax, XS[3], 26, "only the last word", shade(ALARM), 12)
    write(ax, XS[0], 48, "✓ has read all four", shade(OUTPUT), 12)
    write(ax, XS[0], 24, "output[:, 0, H:]", shade(OUTPUT), 12.5, family=MONO)
    rectangle(ax, 24, 371, 13, 13, fc=INPUT, ec=INPUT)
    write(ax, 44, 377, "word this state has read", GREY, 11, ha="left")
