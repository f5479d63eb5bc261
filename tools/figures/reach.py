"""How far back a network sees: a gradient that shrinks with every step, and a receptive field.
The recurrent network and the dilated convolution answer the same question in two ways."""

from math import nan

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .drawing import (
    ALARM,
    CELL,
    GREY,
    HIDDEN,
    INK,
    INPUT,
    OUTPUT,
    PADDING,
    SENTENCE,
    arrow,
    box,
    canvas,
    circle,
    curve,
    figure,
    line,
    rectangle,
    shade,
    write,
)

KEPT = 0.6
STATE_ROW = 262
INPUT_ROW = 186
BAR_ROW = 52
COLUMNS = [110 + 96 * k for k in range(len(SENTENCE))]

# The network: circles of five rows over sixteen steps, the inputs first. Each of the two blocks
# has two convolutions of the same dilation, and a way past both.
STEPS = 16
WIDTH = 3
DILATIONS = (1, 1, 2, 2)
BLOCKS = ((0, 2), (2, 4))  # from which row to which
STEP_AT = [40 + 30 * t for t in range(STEPS)]
ROWS = (82, 144, 206, 268, 330)
PAST = 660  # where the ways past the blocks are drawn


@figure(
    "Six states in a row, a loss behind the last one. Arrows lead backwards from state to state, "
    "each marked with the factor J, and get thinner; bars below show what is left of the gradient "
    "if each factor keeps 60%: 1.00, 0.60, 0.36, 0.22, 0.13, 0.08."
)
def unrolled_gradient() -> Figure:
    sheet, ax = canvas(700, 384)
    for t in range(1, len(SENTENCE) + 1):
        _gradient_step(ax, t)
    _loss(ax, COLUMNS[-1])
    line(ax, [COLUMNS[0] - 40, COLUMNS[-1] + 40], [BAR_ROW, BAR_ROW], GREY, lw=1.2)
    factor = "one factor for every step back:  $J_t = \\mathrm{diag}(1 - h_t^2)\\, W_h$"
    write(ax, 350, 364, factor, size=13)
    left = f"steps back, and what is left of the gradient if each factor keeps {KEPT:.0%} of it"
    write(ax, 350, 14, left, GREY, 11.5)
    return sheet


def _gradient_step(ax: Axes, t: int) -> None:
    """State t with its word, the way to the next state and back, and the bar of what arrives."""
    x = COLUMNS[t - 1]
    steps_back = len(SENTENCE) - t
    share = KEPT**steps_back
    arrow(ax, (x, INPUT_ROW + 17), (x, STATE_ROW - 23), colour=INPUT)
    circle(ax, x, STATE_ROW, f"$h_{t}$", HIDDEN, r=22)
    box(ax, x, INPUT_ROW, SENTENCE[t - 1], INPUT, w=82, h=32, size=12)
    if steps_back:
        following = COLUMNS[t]
        arrow(ax, (x + 22, STATE_ROW), (following - 23, STATE_ROW), colour=HIDDEN)
        back = [
            (following - 14, STATE_ROW + 22),
            (following - 26, STATE_ROW + 58),
            (x + 26, STATE_ROW + 58),
            (x + 14, STATE_ROW + 23),
        ]
        curve(ax, *back, colour=ALARM, lw=0.8 + 4.2 * share)
        factor = f"$\\times\\,J_{t + 1}^\\top$"
        write(ax, (x + following) / 2, STATE_ROW + 66, factor, shade(ALARM), 13)
    rectangle(ax, x - 15, BAR_ROW, 30, 84 * share, fc=ALARM, ec=ALARM)
    write(ax, x, BAR_ROW + 84 * share + 11, f"{share:.2f}", size=11)
    write(ax, x, BAR_ROW - 15, str(steps_back), size=12)


def _loss(ax: Axes, last: float) -> None:
    box(ax, last + 72, STATE_ROW, "loss", OUTPUT, w=50, h=34, size=12)
    arrow(ax, (last + 22, STATE_ROW), (last + 46, STATE_ROW), colour=OUTPUT)
    back = [
        (last + 68, STATE_ROW + 18),
        (last + 62, STATE_ROW + 52),
        (last + 24, STATE_ROW + 52),
        (last + 13, STATE_ROW + 24),
    ]
    curve(ax, *back, colour=ALARM, lw=5)


def reached_by_last_output() -> list[set[int]]:
    """Which steps of each row, the input first, lead to the last output."""
    rows = [{STEPS - 1}]
    for dilation in reversed(DILATIONS):
        rows.insert(0, {t - i * dilation for t in rows[0] for i in range(WIDTH)})
    return rows


@figure(
    "Sixteen inputs and two blocks of a causal convolutional network, each of two convolutions "
    "with three weights: dilation 1 in the first block, 2 in the second. The lines that lead to "
    "the last output are drawn strong: they start from thirteen inputs and none comes from a later "
    "step. Beside each block an arrow leads past both of its convolutions: the residual connection."
)
def tcn() -> Figure:
    sheet, ax = canvas(700, 420)
    reached = reached_by_last_output()
    for level, dilation in enumerate(DILATIONS, start=1):
        _weights(ax, level, dilation, reached[level])
    _units(ax, reached)
    _receptive_field(ax, first=STEP_AT[min(reached[0])], last=STEP_AT[-1])
    for number, (low, high) in enumerate(BLOCKS, start=1):
        _block(ax, number, low, high)
    write(ax, PAST, ROWS[0] - 24, "residual", shade(CELL), 12)
    return sheet


def _weights(ax: Axes, level: int, dilation: int, reached: set[int]) -> None:
    """A row's lines from the row below: one path of thin ones, one of strong ones."""
    for on, look in ((False, {"lw": 0.8}), (True, {"lw": 2, "zorder": 2})):
        xs: list[float] = []
        ys: list[float] = []
        for t in range(STEPS):
            for source in range(t, t - WIDTH * dilation, -dilation):
                if source >= 0 and (t in reached) == on:
                    xs += [STEP_AT[source], STEP_AT[t], nan]
                    ys += [ROWS[level - 1] + 10, ROWS[level] - 10, nan]
        line(ax, xs, ys, HIDDEN if on else PADDING, **look)


def _units(ax: Axes, reached: list[set[int]]) -> None:
    for y, colour, on in zip(ROWS, (INPUT, *[HIDDEN] * 3, OUTPUT), reached, strict=True):
        for t, x in enumerate(STEP_AT):
            if t in on:
                circle(ax, x, y, "", colour, r=9, fill=0.6)
            else:
                circle(ax, x, y, "", PADDING, r=9, fill=0.4)


def _receptive_field(ax: Axes, first: float, last: float) -> None:
    write(ax, STEP_AT[0] - 14, 358, "the output at step t", size=12, ha="left")
    points = [(STEP_AT[0] + 160, 358), (last - 40, 358), (last, 358), (last, ROWS[-1] + 11)]
    arrow(ax, *points, colour=GREY, lw=1.2)
    line(ax, [first, first, last, last], [64, 56, 56, 64], INK, lw=1.3)
    field = 1 + (WIDTH - 1) * sum(DILATIONS)
    terms = " + ".join(map(str, DILATIONS))
    sentence = f"receptive field: 1 + {WIDTH - 1} · ({terms}) = {field} steps, none after t"
    write(ax, (first + last) / 2, 38, sentence, size=12)
    title = "causal and dilated: three of the row below go into each circle, none from the right"
    write(ax, 350, 398, title, size=12)


def _block(ax: Axes, number: int, low: int, high: int) -> None:
    """The dilation of a block's convolutions, and the way that leads past both of them."""
    middle = (ROWS[low] + ROWS[high]) / 2
    write(ax, 508, middle + 9, f"block {number}", size=12, ha="left")
    write(ax, 508, middle - 9, f"dilation {DILATIONS[low]}, twice", size=12, ha="left")
    side = STEP_AT[-1] + 12
    bottom = ROWS[low] + 5
    top = ROWS[high] - 5
    arrow(ax, (side, bottom), (PAST, bottom), (PAST, top), (side, top), colour=CELL, lw=2)
    write(ax, side + 14, top - 12, "+", shade(CELL), 14)
