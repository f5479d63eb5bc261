"""From German dates to figures: encoder and decoder, through one vector and then with attention.
In the second figure each weight is the thickness of a line."""

from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .drawing import (
    CELL,
    GREY,
    HIDDEN,
    INPUT,
    OUTPUT,
    PADDING,
    arrow,
    box,
    canvas,
    circle,
    figure,
    line,
    shade,
    write,
)

ASKED = ["am", "3.", "März", "2019", "um", "halb", "neun"]
WEIGHTS = [0.01, 0.02, 0.01, 0.01, 0.02, 0.72, 0.21]

# encoder_decoder: heights of words, states and written characters; where the vector c stands.
WORDS = 84
STATES = 166
WRITTEN = 248
VECTOR = 425


@figure(
    "An encoder reads „am 3. März 2019 um halb neun“ word by word, in both directions; "
    "its last "
    "states are joined to one vector c. A decoder starts from it and writes 2, 0, 1, 9 and so on, "
    "one character a step; each step gets c and the character before."
)
def encoder_decoder() -> Figure:
    sheet, ax = canvas(700, 330)
    _encoder(ax)
    _decoder(ax, "2019")
    write(ax, 686, STATES, "…", GREY, 16)
    write(ax, 196, 300, "encoder: reads, in both directions", GREY, 13)
    write(ax, 577, 300, "decoder: writes", GREY, 13)
    write(ax, 176, 32, "one vector for all seven words", shade(CELL), 12)
    points = [(312, 32), (VECTOR, 32), (VECTOR, STATES - 25)]
    arrow(ax, *points, colour=CELL, lw=1.1, ls="--")
    write(ax, 568, 32, "in: $c$ and the last character", shade(INPUT), 12)
    return sheet


def _encoder(ax: Axes) -> None:
    xs = [38 + 53 * k for k in range(len(ASKED))]
    for x, word in zip(xs, ASKED, strict=True):
        arrow(ax, (x, WORDS + 17), (x, STATES - 20), colour=INPUT)
        box(ax, x, WORDS, word, INPUT, w=49, h=32, size=11.5)
        circle(ax, x, STATES, "", HIDDEN, r=18)
    for a, b in pairwise(xs):
        line(ax, [a + 18, b - 18], [STATES] * 2, HIDDEN, lw=2.4)
    for j, x in enumerate(xs, start=1):
        write(ax, x, STATES, f"$h_{j}$", size=12)
    arrow(ax, (xs[-1] + 18, STATES), (VECTOR - 20, STATES), colour=CELL, lw=2.4)
    backward = [(xs[0], STATES + 18), (xs[0], 212), (VECTOR, 212), (VECTOR, STATES + 25)]
    arrow(ax, *backward, colour=CELL, lw=2.4)
    box(ax, VECTOR, STATES, "$c$", CELL, w=36, h=46, size=16)


def _decoder(ax: Axes, text: str) -> None:
    start = VECTOR + 19
    for k, character in enumerate(text):
        x = 494 + 52 * k
        arrow(ax, (start, STATES), (x - 18, STATES), colour=HIDDEN)
        arrow(ax, (x, WORDS + 17), (x, STATES - 19), colour=INPUT)
        arrow(ax, (x, STATES + 19), (x, WRITTEN - 17), colour=OUTPUT)
        box(ax, x, WORDS, text[k - 1] if k else "start", INPUT, w=44, h=32, size=11.5)
        circle(ax, x, STATES, f"$s_{k + 1}$", HIDDEN, r=18, size=12)
        box(ax, x, WRITTEN, character, OUTPUT, w=40, h=32)
        if k + 1 < len(text):  # what is written goes into the next step
            fed_back = [(x + 10, WRITTEN - 17), (x + 38, WORDS + 18)]
            arrow(ax, *fed_back, colour=GREY, lw=1.1, ls="--")
        start = x + 18


# attention: heights of states, weights, blend and decoder; where the blend stands.
READ = 34
ENCODED = 96
WEIGHED = 152
BLEND = 238
TOP = 318
MIDDLE = 330


@figure(
    "Bahdanau attention while a decoder writes the 3 of 08:30: the state s_(i-1) scores the "
    "encoder's states h_1 to h_7; the weights, largest on „halb“ (0.72) and „neun“ (0.21), "
    "blend "
    "them into c_i, which goes into s_i. The state at the padding gets no weight."
)
def attention() -> Figure:
    sheet, ax = canvas(700, 420)
    xs = [58 + 80 * k for k in range(len(ASKED) + 1)]
    for j, (word, weight) in enumerate(zip(ASKED, WEIGHTS, strict=True), start=1):
        _weighed_word(ax, xs[j - 1], j, word, weight)
    box(ax, xs[-1], READ, "‹pad›", PADDING, w=62, h=32, size=12, ink=GREY)
    box(ax, xs[-1], ENCODED, "0", PADDING, w=40, h=36, ink=GREY, fill=0.6)
    write(ax, xs[-1], WEIGHED, "no weight", GREY, 11)
    _attending_decoder(ax)
    score = "$e_{ij} = v^{\\top}\\tanh(W_q s_{i{-}1} + W_k h_j)$"
    write(ax, 440, 296, score, size=13, ha="left")
    softmax = "$\\alpha_i = \\mathrm{softmax}(e_i)$, words only"
    write(ax, 440, 263, softmax, size=13, ha="left")
    blend = "$c_i = \\alpha_{i1} h_1 + \\alpha_{i2} h_2 + \\ldots$"
    write(ax, 440, 230, blend, size=13, ha="left")
    return sheet


def _weighed_word(ax: Axes, x: float, j: int, word: str, weight: float) -> None:
    """A word, its state, and the line of its weight to the blend, as thick as the weight."""
    thick = 0.8 + 7 * weight
    box(ax, x, READ, word, INPUT, w=62, h=32, size=12)
    arrow(ax, (x, READ + 17), (x, ENCODED - 21), colour=INPUT)
    circle(ax, x, ENCODED, f"$h_{j}$", HIDDEN, r=20)
    line(ax, [x, x], [ENCODED + 21, WEIGHED - 16], CELL, lw=thick)
    line(ax, [x, MIDDLE], [WEIGHED + 17, BLEND], CELL, lw=thick, solid_capstyle="butt")
    write(ax, x, WEIGHED, f"{weight:.2f}", shade(CELL), 12)


def _attending_decoder(ax: Axes) -> None:
    box(ax, MIDDLE, BLEND, "$c_i$", CELL, w=44, h=34, size=15)
    arrow(ax, (MIDDLE, BLEND + 18), (MIDDLE, TOP - 23), colour=CELL, lw=2.4)
    arrow(ax, (79, TOP), (MIDDLE - 22, TOP), colour=HIDDEN)
    circle(ax, 58, TOP, "$s_{i{-}1}$", HIDDEN)
    circle(ax, MIDDLE, TOP, "$s_i$", HIDDEN)
    arrow(ax, (MIDDLE + 22, TOP), (MIDDLE + 84, TOP), colour=HIDDEN)
    write(ax, MIDDLE + 100, TOP, "…", GREY, 16)
    arrow(ax, (MIDDLE, TOP + 22), (MIDDLE, 366), colour=OUTPUT)
    box(ax, MIDDLE, 386, "3", OUTPUT, w=40, h=34)
    write(ax, MIDDLE - 34, 386, "08:", size=14, ha="right")
    arrow(ax, (58, TOP - 22), (58, 196), (120, 196), colour=GREY, lw=1.1, ls="--")
    write(ax, 66, 222, "asks every $h_j$", GREY, 12, ha="left")
