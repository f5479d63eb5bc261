"""AWD-LSTM from bottom to top, with the five places where its dropouts act (Merity et al. 2018).
An inset sets a locked mask beside an ordinary one, because the difference is one of time."""

import random
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
    PAPER,
    arrow,
    box,
    canvas,
    curve,
    figure,
    line,
    rectangle,
    tint,
    write,
)

STACK = 134
WEIGHTS = 262
TEXT = 316
HEIGHTS = {
    "words": 30,
    "embedding": 84,
    "LSTM 1": 180,
    "LSTM 2": 276,
    "LSTM 3": 372,
    "decoder": 467,
    "next word": 515,
}


@figure(
    "AWD-LSTM from bottom to top: words, embedding, three LSTM layers, a decoder tied to the "
    "embedding. Labels show where embed_p, input_p, weight_p, hidden_p and output_p act; an inset "
    "shows a locked mask that stays the same over time beside an ordinary mask that changes at "
    "every step."
)
def awd_lstm_dropouts() -> Figure:
    sheet, ax = canvas(700, 532)
    _stack(ax)
    _dropouts(ax)
    generator = random.Random(9)
    once = _mask(generator)
    _mask_over_time(ax, 470, "locked", [once] * 7)
    _mask_over_time(ax, 262, "ordinary", [_mask(generator) for _ in range(7)])
    rectangle(ax, 574, 64, 15, 15, fc=ALARM)
    write(ax, 597, 72, "dropped", GREY, 11, ha="left")
    return sheet


def _stack(ax: Axes) -> None:
    for below, above in pairwise(HEIGHTS):
        start = HEIGHTS[below] + (11 if below == "words" else 20)
        end = HEIGHTS[above] - (11 if above == "next word" else 20)
        arrow(ax, (STACK, start), (STACK, end))
    write(ax, STACK, HEIGHTS["words"], "words", size=12)
    write(ax, STACK, HEIGHTS["next word"], "next word", size=12)
    low = HEIGHTS["embedding"]
    high = HEIGHTS["decoder"]
    box(ax, STACK, low, "embedding", INPUT, w=118)
    box(ax, STACK, high, "decoder", OUTPUT, w=118)
    tie = [(STACK - 60, low), (42, low), (42, high), (STACK - 60, high)]
    arrow(ax, *tie, colour=GREY, head="<|-|>", lw=1.4)
    write(ax, 22, 271, "tied: one matrix for both", GREY, 11.5, rotation=90)
    for name in ("LSTM 1", "LSTM 2", "LSTM 3"):
        y = HEIGHTS[name]
        box(ax, STACK, y, name, HIDDEN, w=84, h=38)
        loop = [
            (STACK + 43, y + 11),
            (STACK + 104, y + 26),
            (STACK + 104, y - 26),
            (STACK + 44, y - 11),
        ]
        curve(ax, *loop, colour=HIDDEN)
        _pill(ax, WEIGHTS, y, "weight_p")


def _pill(ax: Axes, x: float, y: float, name: str) -> None:
    box(ax, x, y, "", ALARM, w=82, h=24, corner=12, fill=1, lw=0)
    write(ax, x, y, name, "white", 11, family=MONO)


def _explain(ax: Axes, y: float, first: str, second: str) -> None:
    write(ax, TEXT, y + 9, first, size=11.5, ha="left")
    write(ax, TEXT, y - 9, second, size=11.5, ha="left")


def _dropouts(ax: Axes) -> None:
    line(ax, [STACK + 59, WEIGHTS], [HEIGHTS["embedding"]] * 2, ALARM)
    _pill(ax, WEIGHTS, HEIGHTS["embedding"], "embed_p")
    for name, y in (("input_p", 132), ("hidden_p", 228), ("hidden_p", 324), ("output_p", 414)):
        _pill(ax, STACK, y, name)
    for y in (132, 324, 414):
        line(ax, [STACK, TEXT - 10], [y, y], ALARM, lw=1.1, ls=":")
    _explain(ax, HEIGHTS["embedding"], "whole words,", "wherever they occur")
    _explain(ax, 132, "units of the input,", "locked over time")
    _explain(ax, HEIGHTS["LSTM 2"], "weights of the recurrent", "matrix: DropConnect")
    _explain(ax, 324, "units between layers,", "locked over time")
    _explain(ax, 414, "units of the last layer,", "locked over time")


def _mask(generator: random.Random) -> list[bool]:
    return [generator.random() < 0.4 for _ in range(7)]


def _mask_over_time(ax: Axes, top: float, title: str, rows: list[list[bool]]) -> None:
    """Seven steps of a mask, time running down."""
    write(ax, 607, top + 18, title + " mask", size=13)
    for t, row in enumerate(rows):
        for k, dropped in enumerate(row):
            colour = ALARM if dropped else tint(HIDDEN, 0.45)
            rectangle(ax, 546 + 18 * k, top - 18 * (t + 1), 18, 18, ec=PAPER, lw=1.5, fc=colour)
    write(ax, 609, top - 142, "units", GREY, 11)
    arrow(ax, (536, top - 4), (536, top - 126), colour=GREY, lw=1.2)
    write(ax, 524, top - 65, "time", GREY, 11, rotation=90)
