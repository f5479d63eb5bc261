"""One LSTM cell: the belt of the cell state above, the four parts of one matrix product below.
The gates stand in PyTorch's order i, f, g, o, so that the rows of its weights can be found."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .drawing import (
    CELL,
    GREY,
    HIDDEN,
    INK,
    INPUT,
    PAPER,
    arrow,
    box,
    canvas,
    circle,
    figure,
    line,
    panel,
    shade,
    tint,
    write,
)

# Heights of the cell state, of i times g, of the squashing functions and of the gates.
BELT = 325
PRODUCT = 245
SQUASH = 180
GATES = 112
# Where the gates and the state's way out stand.
GATE_AT = {"i": 200, "f": 292, "g": 384, "o": 476}
OUT = 588
NAMES = {"i": "input gate", "f": "forget gate", "g": "candidate", "o": "output gate"}


@figure(
    "One LSTM cell: the cell state rides on a belt from c_(t-1) to c_t, multiplied by the forget "
    "gate f, then increased by input gate i times candidate g; the output gate o lets tanh of c_t "
    "out as h_t. Three gates are sigmoids, g is a tanh, in PyTorch's order i, f, g, o."
)
def lstm_cell() -> Figure:
    sheet, ax = canvas(700, 430)
    _belt(ax)
    _arrows(ax)
    _gates(ax)
    _nodes(ax)
    write(ax, 200, 393, "$c_t = f \\odot c_{t{-}1} + i \\odot g$", size=16)
    write(ax, 500, 393, "$h_t = o \\odot \\tanh(c_t)$", size=16)
    write(ax, 338, 22, "PyTorch keeps the four in this order:  $i, f, g, o$", GREY, 11.5)
    return sheet


def _belt(ax: Axes) -> None:
    panel(ax, 34, BELT - 19, 632, 38, 19, fc=tint(CELL, 0.25), ec=CELL, lw=1.8)
    for x in (130, 170, 210, 250, 338, 438, 488, 538):
        line(ax, [x - 4, x + 4, x - 4], [BELT - 8, BELT, BELT + 8], CELL, lw=2, zorder=4)
    write(ax, 76, BELT, "$c_{t{-}1}$", size=15)
    write(ax, 634, BELT, "$c_t$", size=15)


def _arrows(ax: Axes) -> None:
    at = GATE_AT
    # On its way to g, the line of i passes under the line of f: f is drawn later, with a gap.
    arrow(ax, (at["i"], SQUASH + 15), (at["i"], PRODUCT), (at["g"] - 15, PRODUCT))
    line(ax, [at["f"]] * 2, [PRODUCT - 8, PRODUCT + 8], PAPER, lw=9)
    arrow(ax, (at["f"], SQUASH + 15), (at["f"], BELT - 15))
    arrow(ax, (at["g"], SQUASH + 19), (at["g"], PRODUCT - 15))
    arrow(ax, (at["g"], PRODUCT + 15), (at["g"], BELT - 15), colour=CELL)
    arrow(ax, (at["o"] + 16, SQUASH), (OUT - 15, SQUASH))
    arrow(ax, (OUT, BELT - 19), (OUT, 270), colour=CELL)
    arrow(ax, (OUT, 238), (OUT, SQUASH + 15), colour=CELL)
    arrow(ax, (OUT + 15, SQUASH), (631, SQUASH), colour=HIDDEN)
    arrow(ax, (71, GATES), (151, GATES), colour=HIDDEN)
    arrow(ax, (71, 48), (126, 48), (126, GATES - 14), (151, GATES - 14), colour=INPUT)


def _gates(ax: Axes) -> None:
    panel(ax, 154, GATES - 29, 368, 58, 6, fc=tint(HIDDEN, 0.2), ec=HIDDEN, lw=1.8)
    for gate, x in GATE_AT.items():
        if gate != "o":
            line(ax, [x + 46] * 2, [GATES - 29, GATES + 29], HIDDEN, lw=1.2, zorder=4)
        write(ax, x, GATES + 11, f"${gate}$", size=17)
        write(ax, x, GATES - 14, NAMES[gate], size=10.5)
        line(ax, [x, x], [GATES + 30, SQUASH - 15])
        if gate == "g":
            box(ax, x, SQUASH, "tanh", HIDDEN, w=50, h=30, corner=15, fill=0, size=12)
        else:
            circle(ax, x, SQUASH, "$\\sigma$", HIDDEN, r=16, fill=0, size=15)
    product = "$W_x x_t + W_h h_{t{-}1} + b$:  4H numbers, cut into four"
    write(ax, 338, 60, product, size=12)
    write(ax, 112, GATES + 15, "$W_h$", shade(HIDDEN), 13)
    write(ax, 94, 63, "$W_x$", shade(INPUT), 13)


def _nodes(ax: Axes) -> None:
    box(ax, 50, 48, "$x_t$", INPUT, w=40)
    circle(ax, 50, GATES, "$h_{t{-}1}$", HIDDEN)
    circle(ax, 652, SQUASH, "$h_t$", HIDDEN)
    circle(ax, GATE_AT["f"], BELT, "×", INK, r=14, fill=0, size=14)
    circle(ax, GATE_AT["g"], BELT, "+", INK, r=14, fill=0, size=14)
    circle(ax, GATE_AT["g"], PRODUCT, "×", INK, r=14, fill=0, size=14)
    circle(ax, OUT, SQUASH, "×", INK, r=14, fill=0, size=14)
    box(ax, OUT, 254, "tanh", CELL, w=50, h=30, corner=15, fill=0, size=12)
