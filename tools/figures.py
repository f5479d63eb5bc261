"""Draws every figure in img/ from code, so that each label and number in them can be checked and changed.
`python tools/figures.py` draws all of them, `python tools/figures.py NAME` draws one."""

import argparse
import io
import random
from itertools import accumulate, pairwise
from math import cos, pi
from pathlib import Path

from matplotlib import style
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Rectangle
from matplotlib.path import Path as Outline

ROOT = Path(__file__).resolve().parents[1]
STYLE = ROOT / "course_utils" / "course.mplstyle"

# One meaning, one colour (Okabe and Ito 2008), in every figure.
INK, GREY, PAPER = "#222222", "#6B6B6B", "#FCFBF8"
INPUT, HIDDEN, OUTPUT, CELL, ALARM = "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00"
PADDING = "#D9D9D9"

SENTENCE = "Die neue BER wird bald geöffnet".split()
DESKS = "Etat Inland International Kultur Panorama Sport Web Wirtschaft Wissenschaft".split()
STOPS = [
    "start",
    "Elman",
    "word\nvectors",
    "one at\na time",
    "packing",
    "training",
    "gates",
    "attention",
    "two\nBerlins",
    "transfer",
    "generation",
    "play-\nground",
]
LENGTHS = [9, 6, 5, 3, 1]
NEWS_LENGTHS = [3, 4, 5, 6, 7, 8, 9, 11, 13, 16, 20, 28]

ALT = {
    "unrolled_rnn": "Left, a recurrent network as a loop: x_t feeds h_t through W_h, h_t feeds itself through U_h and y_t through "
    "W_y. Right, the same loop unrolled over the six words of „Die neue BER wird bald geöffnet“, with the "
    "same W_h, U_h and W_y on the arrows of every step.",
    "elman_cell": "One Elman cell: W_h times the input x_t (D numbers) and U_h times the previous state (H numbers) are added "
    "to the bias b_h and pass through tanh to become h_t (H numbers), which goes on to the next step and, through "
    "W_y plus b_y, to the output y_t (K numbers).",
    "lstm_cell": "One LSTM cell: the cell state rides on a belt from c_(t-1) to c_t, multiplied by the forget gate f, then "
    "increased by input gate i times candidate g; the output gate o lets tanh of c_t out as h_t. Three gates are "
    "sigmoids, g is a tanh, in PyTorch's order i, f, g, o.",
    "padding_packing": "Five documents of 9, 6, 5, 3 and 1 words, first as a 5 by 9 grid in which 21 of 45 cells are grey padding, "
    "then as a staircase without padding whose columns hold 5, 4, 4, 3, 3, 2, 1, 1, 1 words; below, the 24 words "
    "in one row, column after column, as packing stores them.",
    "length_buckets": "The same twelve documents in three batches of four, drawn as bars filled up with grey padding: in shuffled "
    "order 49% of all positions are padding, in batches of similar length 28%.",
    "bidirectional_trap": "A forward and a backward chain over four words and two padding positions; small squares show which words "
    "each state has read. At position len-1 the forward half has read all four words but the backward half only "
    "the last one; the backward half has read everything at position 0.",
    "awd_lstm_dropouts": "AWD-LSTM from bottom to top: words, embedding, three LSTM layers, a decoder tied to the embedding. Labels "
    "show where embed_p, input_p, weight_p, hidden_p and output_p act; an inset shows a locked mask that stays "
    "the same over time beside an ordinary mask that changes at every step.",
    "unrolled_gradient": "Six states in a row, a loss behind the last one. Arrows lead backwards from state to state, each marked with the "
    "factor J, and get thinner; bars below show what is left of the gradient if each factor keeps 60%: 1.00, 0.60, "
    "0.36, 0.22, 0.13, 0.08.",
    "tcn": "Sixteen inputs and three layers of causal convolutions of three weights with dilations 1, 2 and 4. The lines "
    "that lead to the last output are drawn strong: they start from fifteen inputs and none comes from a later "
    "step. Beside the layers an arrow leads past each of them: the residual connection.",
    "two_berlins": "Three requests with the word Berlin in the middle, as origin, as destination and as a place. Beside each, the "
    "static vector of the word: the same five squares three times. Then the vector of the word in its sentence: "
    "three different ones.",
    "bilm": "A bidirectional language model over „In Berlin fährt er ab“: two layers of states read from left to right and "
    "guess the next word, two others read from right to left and guess the word before; no arrow leads from one "
    "half to the other. A frame round the column of Berlin collects its embedding and its four states.",
    "encoder_decoder": "An encoder reads „am 3. März 2019 um halb neun“ word by word, in both directions; its last states are joined to one "
    "vector c. A decoder starts from it and writes 2, 0, 1, 9 and so on, one character a step; each step gets c and the "
    "character before.",
    "attention": "Bahdanau attention while a decoder writes the 3 of 08:30: the state s_(i-1) scores the encoder's states h_1 to h_7; "
    "the weights, largest on „halb“ (0.72) and „neun“ (0.21), blend them into c_i, which goes into s_i. The state "
    "at the padding gets no weight.",
    "ulmfit_stages": "ULMFiT in three stages, each a stack of embedding, two LSTM layers and a head, whose body is handed on to the "
    "next. First a language model reads an archive; then it is fitted to the newspaper, with a learning rate "
    "divided by 2.6 from layer to layer; then its decoder gives way to concat pooling and a classifier, and the "
    "layers are unfrozen one by one from the top. Below, the learning rate of each stage over time.",
    "playground": "The way of a text: a .csv, .tsv or .jsonl file or a folder is read and checked, where bad input ends in one message with "
    "file, line and way out; it becomes words and numbers. With labels, a classifier turns them into a prediction with "
    "coloured words and into an export of safetensors and JSON; without labels, a language model turns them into new text.",
    "cover": "The sentence „Die neue BER wird bald geöffnet“ runs word by word through a recurrent network whose last "
    "state fans out to nine news desks and lands at Wirtschaft; below, the twelve stops of the course as a "
    "railway line.",
}


def canvas(width=700, height=350):
    """A figure whose coordinates are pixels at 100 dpi, the origin bottom left."""
    figure = Figure(figsize=(width / 100, height / 100), layout="none")
    ax = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height))
    ax.axis("off")
    return figure, ax


def tint(colour, share=0.3):
    """The colour, thinned with white to the given share."""
    channels = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - share * (255 - c)):02X}" for c in channels)


def shade(colour):
    """The colour, dark enough for text on the light background."""
    return "#" + "".join(f"{round(0.72 * int(colour[i : i + 2], 16)):02X}" for i in (1, 3, 5))


def write(ax, x, y, text, colour=INK, size=12, **kw):
    """Text around (x, y)."""
    hangs = text.startswith("$") or "rotation" in kw  # subscripts reach below the baseline
    ax.text(
        x,
        y,
        text,
        color=colour,
        fontsize=size,
        **{"ha": "center", "va": "center" if hangs else "center_baseline", **kw},
    )


def box(ax, x, y, text, colour, w=44, h=36, corner=6, fill=0.3, size=13, ink=INK, **kw):
    """A rounded box around (x, y)."""
    ax.add_patch(
        FancyBboxPatch(
            (x - w / 2, y - h / 2),
            w,
            h,
            boxstyle=f"round,pad=0,rounding_size={corner}",
            fc=tint(colour, fill),
            ec=colour,
            **{"lw": 1.8, "zorder": 3, **kw},
        )
    )
    write(ax, x, y, text, ink, size)


def circle(ax, x, y, text, colour, r=21, fill=0.3, size=13, **kw):
    ax.add_patch(
        Circle((x, y), r, fc=tint(colour, fill), ec=colour, **{"lw": 1.8, "zorder": 3, **kw})
    )
    write(ax, x, y, text, INK, size)


def line(ax, xs, ys, colour=INK, **kw):
    ax.plot(xs, ys, color=colour, **{"lw": 1.7, "zorder": 1, **kw})


def arrow(ax, *points, colour=INK, head="-|>", corner=10, **kw):
    """A line through the points with rounded corners and a head at its end."""
    vertices, codes = [points[0]], [Outline.MOVETO]
    for before, at, after in zip(points, points[1:], points[2:]):
        for end in (before, after):
            span = abs(end[0] - at[0]) + abs(end[1] - at[1])  # the corners are right angles
            near = tuple(a + (e - a) * corner / span for a, e in zip(at, end))
            vertices += [near] if end is before else [at, near]
            codes += [Outline.LINETO] if end is before else [Outline.CURVE3] * 2
    path = Outline([*vertices, points[-1]], [*codes, Outline.LINETO])
    ax.add_patch(
        FancyArrowPatch(
            path=path,
            arrowstyle=head,
            mutation_scale=13,
            **{"color": colour, "lw": 1.7, "joinstyle": "miter", **kw},
        )
    )


def curve(ax, *points, colour=INK, head="-|>", **kw):
    """A Bézier curve through four control points with a head at its end."""
    path = Outline(points, [Outline.MOVETO] + [Outline.CURVE4] * 3)
    ax.add_patch(
        FancyArrowPatch(
            path=path,
            arrowstyle=head,
            mutation_scale=13,
            fc="none" if head == "-" else colour,
            ec=colour,
            **{"lw": 1.7, "joinstyle": "miter", **kw},
        )
    )


def unrolled_rnn():
    figure, ax = canvas(700, 340)
    y_x, y_h, y_y = 92, 178, 264

    def column(x, t):
        arrow(ax, (x, y_x + 19), (x, y_h - 22), colour=INPUT)
        arrow(ax, (x, y_h + 22), (x, y_y - 19), colour=OUTPUT)
        write(ax, x + 5, (y_x + y_h) / 2 - 2, "$W_h$", shade(INPUT), 13, ha="left")
        write(ax, x + 5, (y_h + y_y) / 2 - 2, "$W_y$", shade(OUTPUT), 13, ha="left")
        box(ax, x, y_x, f"$x_{t}$", INPUT)
        circle(ax, x, y_h, f"$h_{t}$", HIDDEN)
        box(ax, x, y_y, f"$y_{t}$", OUTPUT)

    column(62, "t")
    curve(ax, (80, 188), (134, 214), (134, 142), (81, 168), colour=HIDDEN)
    write(ax, 124, y_h, "$U_h$", shade(HIDDEN), 13, ha="left")
    write(ax, 170, y_h, "=", GREY, 22)

    xs = [285 + 74 * k for k in range(len(SENTENCE))]
    for t, (x, word) in enumerate(zip(xs, SENTENCE), start=1):
        arrow(ax, (x - 52, y_h), (x - 22, y_h), colour=HIDDEN)
        write(ax, x - 38, y_h + 17, "$U_h$", shade(HIDDEN), 13)
        column(x, t)
        write(ax, x, y_x - 33, word, size=12)
    circle(ax, xs[0] - 74, y_h, "$h_0$", HIDDEN, fill=0, ls="--")

    write(ax, 62, 314, "folded", GREY)
    write(ax, 470, 314, "unrolled over six words", GREY)
    write(ax, 470, 22, "the same $W_h$, $U_h$ and $W_y$ at every step", size=13)
    return figure


def elman_cell():
    figure, ax = canvas(700, 420)
    ax.add_patch(
        FancyBboxPatch(
            (150, 78),
            410,
            285,
            boxstyle="round,pad=0,rounding_size=18",
            fc="white",
            ec="#BBBBBB",
            lw=1.2,
        )
    )
    y = 190

    def shape(x, y, text, **kw):
        write(ax, x, y, text, GREY, 12, style="italic", **kw)

    def weight(x, y, symbol, size, colour):
        box(ax, x, y, "", colour, w=66, h=46, fill=0.12)
        write(ax, x, y + 9, symbol, shade(colour), 14)
        shape(x, y - 10, size)

    arrow(ax, (83, y), (187, y), colour=HIDDEN)
    arrow(ax, (252, y), (319, y), colour=HIDDEN)
    arrow(ax, (335, 60), (335, 92), colour=INPUT)
    arrow(ax, (335, 140), (335, y - 17), colour=INPUT)
    arrow(ax, (335, 243), (335, y + 17))
    arrow(ax, (351, y), (386, y))
    arrow(ax, (447, y), (613, y), colour=HIDDEN)
    arrow(ax, (500, y), (500, 234), colour=OUTPUT)
    arrow(ax, (500, 282), (500, 306), colour=OUTPUT)
    arrow(ax, (441, 323), (482, 323))
    arrow(ax, (517, 323), (613, 323), colour=OUTPUT)
    ax.add_patch(Circle((500, y), 5, fc=HIDDEN))

    circle(ax, 62, y, "$h_{t{-}1}$", HIDDEN)
    circle(ax, 634, y, "$h_t$", HIDDEN)
    box(ax, 335, 41, "$x_t$", INPUT)
    box(ax, 636, 323, "$y_t$", OUTPUT)
    weight(220, y, "$U_h$", "H × H", HIDDEN)
    weight(335, 116, "$W_h$", "H × D", INPUT)
    weight(500, 258, "$W_y$", "K × H", OUTPUT)
    circle(ax, 335, y, "+", INK, r=15, fill=0, size=15)
    circle(ax, 500, 323, "+", INK, r=15, fill=0, size=15)
    box(ax, 417, y, "tanh", HIDDEN, w=58)
    write(ax, 335, 256, "$b_h$", size=14)
    write(ax, 425, 323, "$b_y$", size=14)

    shape(118, y + 14, "H")
    shape(286, y + 14, "H")
    shape(370, y + 14, "H")
    shape(585, y + 14, "H")
    shape(353, 70, "D")
    shape(353, 155, "H")
    shape(356, 258, "H", ha="left")
    shape(518, 216, "H")
    shape(518, 290, "K")
    shape(460, 337, "K")
    shape(585, 337, "K")

    write(ax, 62, 232, "previous step", GREY, 11)
    write(ax, 634, 232, "next step", GREY, 11)
    write(ax, 150, 394, "$h_t = \\tanh(W_h x_t + U_h h_{t{-}1} + b_h)$", size=14, ha="left")
    write(ax, 560, 394, "$y_t = W_y h_t + b_y$", size=14, ha="right")
    write(ax, 28, 64, "D  size of a word vector", GREY, 11, ha="left")
    write(ax, 28, 43, "H  size of the state", GREY, 11, ha="left")
    write(ax, 28, 22, "K  number of classes", GREY, 11, ha="left")
    return figure


def lstm_cell():
    figure, ax = canvas(700, 430)
    belt, gates, squash, product = 325, 112, 180, 245
    xs = dict(zip("ifgo", (200, 292, 384, 476)))
    out = 588

    ax.add_patch(
        FancyBboxPatch(
            (34, belt - 19),
            632,
            38,
            boxstyle="round,pad=0,rounding_size=19",
            fc=tint(CELL, 0.25),
            ec=CELL,
            lw=1.8,
        )
    )
    for x in (130, 170, 210, 250, 338, 438, 488, 538):
        line(ax, [x - 4, x + 4, x - 4], [belt - 8, belt, belt + 8], CELL, lw=2, zorder=4)
    write(ax, 76, belt, "$c_{t{-}1}$", size=15)
    write(ax, 634, belt, "$c_t$", size=15)

    # On its way to g, the line of i passes under the line of f: f is drawn later, with a gap around it.
    arrow(ax, (xs["i"], squash + 15), (xs["i"], product), (xs["g"] - 15, product))
    line(ax, [xs["f"]] * 2, [product - 8, product + 8], PAPER, lw=9)
    arrow(ax, (xs["f"], squash + 15), (xs["f"], belt - 15))
    arrow(ax, (xs["g"], squash + 19), (xs["g"], product - 15))
    arrow(ax, (xs["g"], product + 15), (xs["g"], belt - 15), colour=CELL)
    arrow(ax, (xs["o"] + 16, squash), (out - 15, squash))
    arrow(ax, (out, belt - 19), (out, 270), colour=CELL)
    arrow(ax, (out, 238), (out, squash + 15), colour=CELL)
    arrow(ax, (out + 15, squash), (631, squash), colour=HIDDEN)
    arrow(ax, (71, gates), (151, gates), colour=HIDDEN)
    arrow(ax, (71, 48), (126, 48), (126, gates - 14), (151, gates - 14), colour=INPUT)

    names = {"i": "input gate", "f": "forget gate", "g": "candidate", "o": "output gate"}
    ax.add_patch(
        FancyBboxPatch(
            (154, gates - 29),
            368,
            58,
            boxstyle="round,pad=0,rounding_size=6",
            fc=tint(HIDDEN, 0.2),
            ec=HIDDEN,
            lw=1.8,
        )
    )
    for gate, x in xs.items():
        if gate != "o":
            line(ax, [x + 46] * 2, [gates - 29, gates + 29], HIDDEN, lw=1.2, zorder=4)
        write(ax, x, gates + 11, f"${gate}$", size=17)
        write(ax, x, gates - 14, names[gate], size=10.5)
        line(ax, [x, x], [gates + 30, squash - 15])
        if gate == "g":
            box(ax, x, squash, "tanh", HIDDEN, w=50, h=30, corner=15, fill=0, size=12)
        else:
            circle(ax, x, squash, "$\\sigma$", HIDDEN, r=16, fill=0, size=15)
    write(ax, 338, 60, "$W_h x_t + U_h h_{t{-}1} + b_h$:  4H numbers, cut into four", size=12)

    write(ax, 112, gates + 15, "$U_h$", shade(HIDDEN), 13)
    write(ax, 94, 63, "$W_h$", shade(INPUT), 13)
    box(ax, 50, 48, "$x_t$", INPUT, w=40)
    circle(ax, 50, gates, "$h_{t{-}1}$", HIDDEN)
    circle(ax, 652, squash, "$h_t$", HIDDEN)
    circle(ax, xs["f"], belt, "×", INK, r=14, fill=0, size=14)
    circle(ax, xs["g"], belt, "+", INK, r=14, fill=0, size=14)
    circle(ax, xs["g"], product, "×", INK, r=14, fill=0, size=14)
    circle(ax, out, squash, "×", INK, r=14, fill=0, size=14)
    box(ax, out, 254, "tanh", CELL, w=50, h=30, corner=15, fill=0, size=12)

    write(ax, 200, 393, "$c_t = f \\odot c_{t{-}1} + i \\odot g$", size=16)
    write(ax, 500, 393, "$h_t = o \\odot \\tanh(c_t)$", size=16)
    write(ax, 338, 22, "PyTorch keeps the four in this order:  $i, f, g, o$", GREY, 11.5)
    return figure


def count_per_step(lengths):
    """How many documents have a word at each time step: what packing calls `batch_sizes`."""
    return [sum(length > t for length in lengths) for t in range(max(lengths))]


def packed_order(lengths):
    """(document, time step) of each packed word: column after column."""
    return [(row, t) for t, count in enumerate(count_per_step(lengths)) for row in range(count)]


def padding_packing():
    figure, ax = canvas(700, 396)
    side, left, right, top, strip = 27, 62, 424, 322, 72
    colours = [INPUT, HIDDEN, OUTPUT, CELL, "#F0E442"]
    sizes, order = count_per_step(LENGTHS), packed_order(LENGTHS)
    words, cells = sum(LENGTHS), len(LENGTHS) * max(LENGTHS)

    def cell(x, y, row, t):
        ax.add_patch(Rectangle((x, y), side, side, fc=tint(colours[row], 0.5), ec=PAPER, lw=1.5))
        write(ax, x + side / 2, y + side / 2, f"{'ABCDE'[row]}{t + 1}", size=9.5)

    for row, length in enumerate(LENGTHS):
        y = top - (row + 1) * side
        write(ax, left - 8, y + side / 2, f"{'ABCDE'[row]}: {length}", size=12, ha="right")
        for t in range(length):
            cell(left + t * side, y, row, t)
            cell(right + t * side, y, row, t)
        for t in range(length, max(LENGTHS)):
            ax.add_patch(Rectangle((left + t * side, y), side, side, fc=PADDING, ec=PAPER, lw=1.5))

    bottom = top - len(LENGTHS) * side
    for t, size in enumerate(sizes):
        write(ax, right + (t + 0.5) * side, bottom - 16, str(size), size=13, weight="bold")
    write(ax, right - 8, bottom - 16, "batch_sizes", size=11, ha="right", family="DejaVu Sans Mono")

    ends = list(accumulate(sizes))
    left_strip = left - 30
    for k, (row, t) in enumerate(order):
        cell(left_strip + k * side, strip, row, t)
    for start, end, size in zip([0, *ends], ends, sizes):
        x0, x1 = left_strip + start * side + 3, left_strip + end * side - 3
        line(ax, [x0, x0, x1, x1], [strip - 5, strip - 11, strip - 11, strip - 5], GREY, lw=1.2)
        write(ax, (x0 + x1) / 2, strip - 24, str(size), size=13, weight="bold")

    middle = len(sizes) * side / 2
    write(
        ax, left + middle, 368, f"padded: {len(LENGTHS)} × {max(LENGTHS)} = {cells} cells", size=13
    )
    write(ax, left + middle, 342, f"{cells - words} of them padding", GREY, 11.5)
    write(ax, right + middle, 368, f"packed: {words} cells", size=13)
    write(ax, right + middle, 342, "a staircase, read column by column", GREY, 11.5)
    arrow(
        ax,
        (left + 2 * middle + 22, top - 2 * side),
        (right - 22, top - 2 * side),
        colour=GREY,
        lw=2.2,
    )
    write(ax, left_strip, strip + side + 18, "data", size=11, ha="left", family="DejaVu Sans Mono")
    write(ax, 350, 20, "one group per time step, one number per group", GREY, 11.5)
    return figure


def batches_of(lengths, size=4):
    return [lengths[start : start + size] for start in range(0, len(lengths), size)]


def padded_share(batches):
    """Share of padding among all positions when each batch is padded to its longest document."""
    positions = sum(len(batch) * max(batch) for batch in batches)
    return 1 - sum(map(sum, batches)) / positions


def length_buckets():
    figure, ax = canvas(700, 390)
    shuffled = random.Random(3).sample(NEWS_LENGTHS, len(NEWS_LENGTHS))
    wide, tall = 9.5, 18
    for left, title, order in (
        (52, "shuffled", shuffled),
        (406, "length buckets", sorted(NEWS_LENGTHS)),
    ):
        batches, top = batches_of(order), 340
        for batch in batches:
            for row, length in enumerate(batch):
                y = top - (row + 1) * tall
                ax.add_patch(
                    Rectangle((left, y), max(batch) * wide, tall, fc=PADDING, ec=PAPER, lw=1.2)
                )
                ax.add_patch(
                    Rectangle(
                        (left, y), length * wide, tall, fc=tint(INPUT, 0.55), ec=PAPER, lw=1.2
                    )
                )
                write(ax, left - 10, y + tall / 2, str(length), size=10.5, ha="right")
            bottom = top - len(batch) * tall
            ax.add_patch(
                Rectangle(
                    (left - 3, bottom - 3),
                    max(batch) * wide + 6,
                    top - bottom + 6,
                    fill=False,
                    ec=INK,
                    lw=1.3,
                    zorder=3,
                )
            )
            top = bottom - 20
        for word in range(1, max(order)):
            line(ax, [left + word * wide] * 2, [top + 20, 340], PAPER, lw=0.8)
        middle = left + max(order) * wide / 2
        write(ax, middle, 368, title, size=14)
        write(ax, middle, 52, f"{padded_share(batches):.0%} padding", size=16, weight="bold")
    write(
        ax,
        350,
        18,
        "twelve documents, their lengths in words; each frame is a batch, grey is padding",
        GREY,
        11,
    )
    return figure


def bidirectional_trap():
    figure, ax = canvas(700, 408)
    words = ["Die", "BER", "wird", "geöffnet", "‹pad›", "‹pad›"]
    length = 4
    xs = [150 + 100 * k for k in range(len(words))]
    forward, middle, backward = 276, 193, 110

    def state(x, y, read):
        """A state with one small square for each word, filled where the state has read the word."""
        box(ax, x, y, "", HIDDEN, w=78, h=44, corner=14, fill=0.25)
        for k in range(length):
            ax.add_patch(
                Rectangle(
                    (x - 29 + 15 * k, y - 6),
                    13,
                    13,
                    fc=INPUT if k in read else "white",
                    ec=INPUT,
                    lw=1.1,
                    zorder=4,
                )
            )

    for colour, x, low, high in ((ALARM, xs[length - 1], 74, 312), (OUTPUT, xs[0], 74, 146)):
        ax.add_patch(
            FancyBboxPatch(
                (x - 49, low),
                98,
                high - low,
                boxstyle="round,pad=0,rounding_size=10",
                fc=tint(colour, 0.1),
                ec=colour,
                lw=2,
                ls=(0, (4, 2)),
            )
        )
    for t, (x, word) in enumerate(zip(xs, words)):
        if t < length:
            box(ax, x, middle, word, INPUT, w=82, h=32, size=12)
            arrow(ax, (x, middle + 17), (x, forward - 24), colour=INPUT)
            arrow(ax, (x, middle - 17), (x, backward + 24), colour=INPUT)
            state(x, forward, range(t + 1))
            state(x, backward, range(t, length))
        else:
            box(ax, x, middle, word, PADDING, w=76, h=32, size=12, fill=0.6, ink=GREY)
            for y in (forward, backward):
                box(ax, x, y, "0", PADDING, w=76, h=44, corner=14, fill=0.6, ink=GREY)
    for a, b in pairwise(xs[:length]):
        arrow(ax, (a + 40, forward), (b - 39, forward), colour=HIDDEN)
        arrow(ax, (b - 40, backward), (a + 39, backward), colour=HIDDEN)

    for y, name, part in ((forward, "forward", "[…, :H]"), (backward, "backward", "[…, H:]")):
        write(ax, 10, y + 10, name, size=12, ha="left")
        write(ax, 10, y - 11, part, GREY, 10.5, ha="left", family="DejaVu Sans Mono")
    mono = {"family": "DejaVu Sans Mono"}
    write(ax, xs[3], 378, "output[:, len-1]", shade(ALARM), 12.5, **mono)
    write(ax, xs[3], 346, "✓ forward half has read all four", shade(OUTPUT), 12)
    write(ax, xs[3], 48, "✗ backward half has read", shade(ALARM), 12)
    write(ax, xs[3], 26, "only the last word", shade(ALARM), 12)
    write(ax, xs[0], 48, "✓ has read all four", shade(OUTPUT), 12)
    write(ax, xs[0], 24, "output[:, 0, H:]", shade(OUTPUT), 12.5, **mono)
    ax.add_patch(Rectangle((24, 371), 13, 13, fc=INPUT, ec=INPUT))
    write(ax, 44, 377, "word this state has read", GREY, 11, ha="left")
    return figure


def awd_lstm_dropouts():
    figure, ax = canvas(700, 532)
    x, side, text = 134, 262, 316
    ys = {
        "words": 30,
        "embedding": 84,
        "LSTM 1": 180,
        "LSTM 2": 276,
        "LSTM 3": 372,
        "decoder": 467,
        "next word": 515,
    }

    def pill(px, y, name):
        box(ax, px, y, "", ALARM, w=82, h=24, corner=12, fill=1, lw=0)
        write(ax, px, y, name, "white", 11, family="DejaVu Sans Mono")

    def says(y, *lines):
        for k, words in enumerate(lines):
            write(ax, text, y + 9 - 18 * k, words, size=11.5, ha="left")

    names = list(ys)
    for below, above in pairwise(names):
        arrow(
            ax,
            (x, ys[below] + (11 if below == "words" else 20)),
            (x, ys[above] - (11 if above == "next word" else 20)),
        )
    write(ax, x, ys["words"], "words", size=12)
    write(ax, x, ys["next word"], "next word", size=12)
    box(ax, x, ys["embedding"], "embedding", INPUT, w=118)
    box(ax, x, ys["decoder"], "decoder", OUTPUT, w=118)
    arrow(
        ax,
        (x - 60, ys["embedding"]),
        (42, ys["embedding"]),
        (42, ys["decoder"]),
        (x - 60, ys["decoder"]),
        colour=GREY,
        head="<|-|>",
        lw=1.4,
    )
    write(ax, 22, 271, "tied: one matrix for both", GREY, 11.5, rotation=90)
    for name in names[2:5]:
        box(ax, x, ys[name], name, HIDDEN, w=84, h=38)
        curve(
            ax,
            (x + 43, ys[name] + 11),
            (x + 104, ys[name] + 26),
            (x + 104, ys[name] - 26),
            (x + 44, ys[name] - 11),
            colour=HIDDEN,
        )
        pill(side, ys[name], "weight_p")
    line(ax, [x + 59, side], [ys["embedding"]] * 2, ALARM)
    pill(side, ys["embedding"], "embed_p")
    for name, y in (("input_p", 132), ("hidden_p", 228), ("hidden_p", 324), ("output_p", 414)):
        pill(x, y, name)
    for y in (132, 324, 414):
        line(ax, [x, text - 10], [y, y], ALARM, lw=1.1, ls=":")

    says(ys["embedding"], "whole words,", "wherever they occur")
    says(132, "units of the input,", "locked over time")
    says(ys["LSTM 2"], "weights of the recurrent", "matrix: DropConnect")
    says(324, "units between layers,", "locked over time")
    says(414, "units of the last layer,", "locked over time")

    draw = random.Random(9)
    once = [draw.random() < 0.4 for _ in range(7)]
    for top, title, rows in (
        (470, "locked", [once] * 7),
        (262, "ordinary", [[draw.random() < 0.4 for _ in range(7)] for _ in range(7)]),
    ):
        write(ax, 607, top + 18, title + " mask", size=13)
        for t, row in enumerate(rows):
            for k, dropped in enumerate(row):
                ax.add_patch(
                    Rectangle(
                        (546 + 18 * k, top - 18 * (t + 1)),
                        18,
                        18,
                        ec=PAPER,
                        lw=1.5,
                        fc=ALARM if dropped else tint(HIDDEN, 0.45),
                    )
                )
        write(ax, 609, top - 142, "units", GREY, 11)
        arrow(ax, (536, top - 4), (536, top - 126), colour=GREY, lw=1.2)
        write(ax, 524, top - 65, "time", GREY, 11, rotation=90)
    ax.add_patch(Rectangle((574, 64), 15, 15, fc=ALARM))
    write(ax, 597, 72, "dropped", GREY, 11, ha="left")
    return figure


def unrolled_gradient():
    figure, ax = canvas(700, 384)
    words, factor = SENTENCE, 0.6
    xs, y_h, y_x, base = [110 + 96 * k for k in range(len(words))], 262, 186, 52
    shares = [factor**k for k in range(len(words))]

    for t, (x, word) in enumerate(zip(xs, words), start=1):
        share = shares[len(words) - t]
        arrow(ax, (x, y_x + 17), (x, y_h - 23), colour=INPUT)
        circle(ax, x, y_h, f"$h_{t}$", HIDDEN, r=22)
        box(ax, x, y_x, word, INPUT, w=82, h=32, size=12)
        if t < len(words):
            arrow(ax, (x + 22, y_h), (xs[t] - 23, y_h), colour=HIDDEN)
            curve(
                ax,
                (xs[t] - 14, y_h + 22),
                (xs[t] - 26, y_h + 58),
                (x + 26, y_h + 58),
                (x + 14, y_h + 23),
                colour=ALARM,
                lw=0.8 + 4.2 * share,
            )
            write(ax, (x + xs[t]) / 2, y_h + 66, f"$\\times\\,J_{t + 1}^\\top$", shade(ALARM), 13)
        ax.add_patch(Rectangle((x - 15, base), 30, 84 * share, fc=ALARM, ec=ALARM))
        write(ax, x, base + 84 * share + 11, f"{share:.2f}", size=11)
        write(ax, x, base - 15, str(len(words) - t), size=12)
    box(ax, xs[-1] + 72, y_h, "loss", OUTPUT, w=50, h=34, size=12)
    arrow(ax, (xs[-1] + 22, y_h), (xs[-1] + 46, y_h), colour=OUTPUT)
    curve(
        ax,
        (xs[-1] + 68, y_h + 18),
        (xs[-1] + 62, y_h + 52),
        (xs[-1] + 24, y_h + 52),
        (xs[-1] + 13, y_h + 24),
        colour=ALARM,
        lw=5,
    )
    line(ax, [xs[0] - 40, xs[-1] + 40], [base, base], GREY, lw=1.2)
    write(
        ax,
        350,
        364,
        "one factor for every step back:  $J_t = \\mathrm{diag}(1 - h_t^2)\\, U_h$",
        size=13,
    )
    write(
        ax,
        350,
        14,
        f"steps back, and what is left of the gradient if each factor keeps {factor:.0%} of it",
        GREY,
        11.5,
    )
    return figure


def tcn():
    figure, ax = canvas(700, 384)
    n, k, dilations = 16, 3, (1, 2, 4)
    xs, ys = [40 + 32 * t for t in range(n)], (76, 150, 224, 298)
    reached = {len(dilations): {n - 1}}
    for level in range(len(dilations), 0, -1):
        reached[level - 1] = {
            t - i * dilations[level - 1] for t in reached[level] for i in range(k)
        }
    field = 1 + (k - 1) * sum(dilations)

    for level, dilation in enumerate(dilations, start=1):
        for t in range(n):
            for i in range(k):
                if (s := t - i * dilation) >= 0:
                    on = t in reached[level]
                    line(
                        ax,
                        [xs[s], xs[t]],
                        [ys[level - 1] + 10, ys[level] - 10],
                        HIDDEN if on else PADDING,
                        lw=2 if on else 0.8,
                        zorder=2 if on else 1,
                    )
        write(ax, 550, (ys[level - 1] + ys[level]) / 2, f"dilation {dilation}", size=12, ha="left")
    for level, y in enumerate(ys):
        colour = (INPUT, HIDDEN, HIDDEN, OUTPUT)[level]
        for t, x in enumerate(xs):
            circle(
                ax,
                x,
                y,
                "",
                colour if t in reached[level] else PADDING,
                r=9,
                fill=0.6 if t in reached[level] else 0.4,
            )
    write(ax, xs[0] - 14, 326, "the output at step t", size=12, ha="left")
    arrow(
        ax,
        (xs[0] + 170, 326),
        (xs[-1] - 40, 326),
        (xs[-1], 326),
        (xs[-1], ys[-1] + 11),
        colour=GREY,
        lw=1.2,
    )
    line(ax, [xs[n - field], xs[n - field], xs[-1], xs[-1]], [58, 50, 50, 58], INK, lw=1.3)
    write(
        ax,
        (xs[n - field] + xs[-1]) / 2,
        33,
        f"receptive field: 1 + 2 · (1 + 2 + 4) = {field} steps, none after t",
        size=12,
    )
    write(
        ax,
        350,
        362,
        "causal and dilated: three of the row below go into each circle, none from the right",
        size=12,
    )
    for low, high in pairwise(ys):
        arrow(ax, (640, low), (672, low), (672, high), (641, high), colour=CELL, lw=2)
    for y in ys:
        circle(
            ax,
            629,
            y,
            "+" if y > ys[0] else "",
            CELL if y > ys[0] else INPUT,
            r=10,
            fill=0,
            size=12,
        )
    write(ax, 640, 326, "residual", shade(CELL), 12)
    return figure


def two_berlins():
    figure, ax = canvas(700, 330)
    roles = (("origin", INPUT), ("destination", OUTPUT), ("place", HIDDEN))
    requests = (("Flug von", "nach Wien"), ("Zug nach", "ab Wien"), ("Hotel in", "am Bahnhof"))
    static = [0.9, 0.2, 0.6, 0.1, 0.75]
    context = ([0.1, 0.9, 0.3, 0.7, 0.2], [0.8, 0.15, 0.1, 0.5, 0.95], [0.3, 0.5, 0.9, 0.05, 0.4])

    def vector(x, y, values, colour):
        for k, value in enumerate(values):
            ax.add_patch(
                Rectangle(
                    (x + 20 * (k - len(values) / 2), y - 10),
                    20,
                    20,
                    fc=tint(colour, value),
                    ec=INK,
                    lw=1,
                )
            )

    for y, (role, colour), (before, after), values in zip((238, 158, 78), roles, requests, context):
        write(ax, 98, y, before, size=13, ha="right")
        box(ax, 142, y, "Berlin", colour, w=76, h=34, size=13)
        write(ax, 187, y, after, size=13, ha="left")
        write(ax, 142, y - 28, role, shade(colour), 11.5)
        vector(400, y, static, GREY)
        vector(600, y, values, colour)
    for x, title in (
        (142, "three requests"),
        (400, "the word's vector"),
        (600, "… in its sentence"),
    ):
        write(ax, x, 294, title, size=13)
    write(ax, 400, 24, "the same three times", GREY, 11.5)
    write(ax, 600, 24, "another each time", GREY, 11.5)
    return figure


def bilm():
    figure, ax = canvas(700, 532)
    words = ["In", "Berlin", "fährt", "er", "ab"]
    xs, mid, rows = [180 + 112 * k for k in range(len(words))], 266, (62, 136, 209)
    ax.add_patch(
        FancyBboxPatch(
            (xs[1] - 46, mid - 170),
            92,
            340,
            boxstyle="round,pad=0,rounding_size=10",
            fc=tint(CELL, 0.12),
            ec=CELL,
            lw=2,
            ls=(0, (4, 2)),
        )
    )
    for up, guesses in ((1, [*words[1:], "‹end›"]), (-1, ["‹start›", *words[:-1]])):
        for x, guess in zip(xs, guesses):
            box(ax, x, mid + up * rows[2], guess, OUTPUT, w=76, h=30, size=12, ls="--", fill=0.15)
            for near, far, colour in (
                (19, rows[0] - 22, INPUT),
                (rows[0] + 22, rows[1] - 22, HIDDEN),
                (rows[1] + 22, rows[2] - 16, OUTPUT),
            ):
                arrow(ax, (x, mid + up * near), (x, mid + up * far), colour=colour)
        for layer, y in enumerate(rows[:2], 1):
            for x in xs:
                circle(ax, x, mid + up * y, f"$h_{layer}$", HIDDEN)
            for a, b in pairwise(xs):
                ends = (a + 22, b - 22) if up > 0 else (b - 22, a + 22)
                arrow(ax, *((x, mid + up * y) for x in ends), colour=HIDDEN)
    for x, word in zip(xs, words):
        box(ax, x, mid, word, INPUT, w=76, h=36)
    for y, lines in (
        (mid + 99, ("ahead: guesses", "the next word")),
        (mid - 99, ("back: guesses", "the word before")),
    ):
        write(ax, 12, y + 9, lines[0], size=11.5, ha="left")
        write(ax, 12, y - 10, lines[1], size=11.5, ha="left")
    write(ax, 12, mid, "embedding $h_0$", size=11.5, ha="left")
    write(
        ax,
        350,
        20,
        "no arrow leads from one half to the other; the frame holds the vectors of Berlin",
        GREY,
        11.5,
    )
    return figure


ASKED = "am 3. März 2019 um halb neun".split()
WEIGHTS = [0.01, 0.02, 0.01, 0.01, 0.02, 0.72, 0.21]


def encoder_decoder():
    figure, ax = canvas(700, 330)
    words, states, written = 84, 166, 248
    xs = [38 + 53 * k for k in range(len(ASKED))]
    for x, word in zip(xs, ASKED):
        arrow(ax, (x, words + 17), (x, states - 20), colour=INPUT)
        box(ax, x, words, word, INPUT, w=49, h=32, size=11.5)
        circle(ax, x, states, "", HIDDEN, r=18)
    for a, b in pairwise(xs):
        line(ax, [a + 18, b - 18], [states] * 2, HIDDEN, lw=2.4)
    for j, x in enumerate(xs, start=1):
        write(ax, x, states, f"$h_{j}$", size=12)
    c = 425
    arrow(ax, (xs[-1] + 18, states), (c - 20, states), colour=CELL, lw=2.4)
    arrow(ax, (xs[0], states + 18), (xs[0], 212), (c, 212), (c, states + 25), colour=CELL, lw=2.4)
    box(ax, c, states, "$c$", CELL, w=36, h=46, size=16)

    steps = [496 + 54 * k for k in range(4)]
    for k, (x, y) in enumerate(zip(steps, "2019")):
        arrow(
            ax, ((c + 19) if k == 0 else steps[k - 1] + 18, states), (x - 18, states), colour=HIDDEN
        )
        arrow(ax, (x, words + 17), (x, states - 19), colour=INPUT)
        arrow(ax, (x, states + 19), (x, written - 17), colour=OUTPUT)
        box(ax, x, words, "2019"[k - 1] if k else "start", INPUT, w=44, h=32, size=12)
        circle(ax, x, states, f"$s_{k + 1}$", HIDDEN, r=18, size=12)
        box(ax, x, written, y, OUTPUT, w=40, h=32)
        if k < 3:
            arrow(
                ax,
                (x + 10, written - 17),
                (steps[k + 1] - 14, words + 18),
                colour=GREY,
                lw=1.1,
                ls="--",
            )
    write(ax, 687, states, "…", GREY, 16)
    write(ax, 196, 300, "encoder: reads, in both directions", GREY, 13)
    write(ax, 577, 300, "decoder: writes", GREY, 13)
    write(ax, 176, 32, "one vector for all seven words", shade(CELL), 12)
    arrow(ax, (312, 32), (c, 32), (c, states - 25), colour=CELL, lw=1.1, ls="--")
    write(ax, 568, 32, "in: $c$ and the last character", shade(INPUT), 12)
    return figure


def attention():
    figure, ax = canvas(700, 420)
    words, states, weights, blend, top = 34, 96, 152, 238, 318
    xs, middle = [58 + 80 * k for k in range(len(ASKED) + 1)], 330
    for j, (x, word, weight) in enumerate(zip(xs, [*ASKED, "‹pad›"], [*WEIGHTS, 0]), start=1):
        padding = j > len(ASKED)
        box(
            ax,
            x,
            words,
            word,
            PADDING if padding else INPUT,
            w=62,
            h=32,
            size=12,
            ink=GREY if padding else INK,
        )
        if padding:
            box(ax, x, states, "0", PADDING, w=40, h=36, ink=GREY, fill=0.6)
            write(ax, x, weights, "no weight", GREY, 11)
            continue
        arrow(ax, (x, words + 17), (x, states - 21), colour=INPUT)
        circle(ax, x, states, f"$h_{j}$", HIDDEN, r=20)
        line(ax, [x, x], [states + 21, weights - 16], CELL, lw=0.8 + 7 * weight)
        line(
            ax, [x, middle], [weights + 17, blend], CELL, lw=0.8 + 7 * weight, solid_capstyle="butt"
        )
        write(ax, x, weights, f"{weight:.2f}", shade(CELL), 12)
    box(ax, middle, blend, "$c_i$", CELL, w=44, h=34, size=15)
    arrow(ax, (middle, blend + 18), (middle, top - 23), colour=CELL, lw=2.4)
    arrow(ax, (79, top), (middle - 22, top), colour=HIDDEN)
    circle(ax, 58, top, "$s_{i{-}1}$", HIDDEN)
    circle(ax, middle, top, "$s_i$", HIDDEN)
    arrow(ax, (middle + 22, top), (middle + 84, top), colour=HIDDEN)
    write(ax, middle + 100, top, "…", GREY, 16)
    arrow(ax, (middle, top + 22), (middle, 366), colour=OUTPUT)
    box(ax, middle, 386, "3", OUTPUT, w=40, h=34)
    write(ax, middle - 34, 386, "08:", size=14, ha="right")
    arrow(ax, (58, top - 22), (58, 196), (120, 196), colour=GREY, lw=1.1, ls="--")
    write(ax, 66, 222, "asks every $h_j$", GREY, 12, ha="left")
    for y, formula in (
        (296, "$e_{ij} = v^{\\top}\\tanh(W s_{i{-}1} + U h_j)$"),
        (263, "$\\alpha_i = \\mathrm{softmax}(e_i)$, words only"),
        (230, "$c_i = \\alpha_{i1} h_1 + \\alpha_{i2} h_2 + \\ldots$"),
    ):
        write(ax, 440, y, formula, size=13, ha="left")
    return figure


def ulmfit_stages():
    figure, ax = canvas(700, 500)
    ys = {"embedding": 152, "LSTM 1": 216, "LSTM 2": 280}
    xs = (112, 340, 574)
    rates = ((), ("", "/2.6²", "/2.6", ""), ("/2.6³", "/2.6²", "/2.6", ""))
    for k, (x, title, texts) in enumerate(
        zip(
            xs,
            ("language model", "fine-tuning", "classifier"),
            ("the archive, no labels", "the newspaper, no labels", "a few labels"),
        )
    ):
        tops = {**ys, "decoder": 354} if k < 2 else {**ys, "concat pooling": 344, "classifier": 404}
        end = max(tops.values())
        write(ax, x, 478, f"{k + 1}  {title}", size=14, weight="bold")
        write(ax, x, 108, texts, GREY, 12)
        arrow(ax, (x, 118), (x, ys["embedding"] - 19), colour=INPUT)
        for below, above in pairwise(tops.values()):
            arrow(ax, (x, below + 19), (x, above - 19))
        arrow(ax, (x, end + 19), (x, end + 38), colour=OUTPUT)
        write(ax, x, end + 49, "desk" if k == 2 else "next word", size=12)
        for name, y in tops.items():
            colour = {"e": INPUT, "L": HIDDEN}.get(
                name[0], CELL if name == "concat pooling" else OUTPUT
            )
            box(ax, x, y, name, colour, w=142 if name == "concat pooling" else 108)
        for y, rate in zip([*ys.values(), end], rates[k]):
            write(ax, x + 61, y, "η" + rate, shade(ALARM), 12, ha="left")
        for y in ([*ys.values(), 354], ys.values())[k - 1] if k else ():
            arrow(
                ax,
                (xs[k - 1] + (60 if k == 1 else 114), y),
                (x - (60 if k == 1 else 92), y),
                colour=GREY,
                lw=1.2,
                ls=(0, (4, 3)),
            )
    for n, y in enumerate((404, *reversed(ys.values())), 1):
        circle(ax, 496, y, str(n), ALARM, r=11, fill=0, size=11, lw=1.6)
    write(ax, 496, 432, "unfrozen", shade(ALARM), 11)
    rise, fall = ([(1 - cos(pi * k / 20)) / 2 for k in range(21)][::step] for step in (1, -1))
    for x, shapes in (
        (
            xs[0],
            [
                [
                    *zip([k / 80 for k in range(21)], rise),
                    *zip([0.25 + 0.75 * k / 20 for k in range(21)], fall),
                ]
            ],
        ),
        (xs[1], [[(0, 0), (0.1, 1), (1, 0)]]),
        (xs[2], [[(0, 0), (0.1, 1), (1, 0)]] * 4),
    ):
        line(ax, [x - 75, x + 75], [34, 34], GREY, lw=1)
        for k, shape in enumerate(shapes):
            width = 150 / len(shapes)
            line(
                ax,
                [x - 75 + (k + u) * width for u, _ in shape],
                [35 + 44 * eta for _, eta in shape],
                ALARM,
                lw=2,
            )
        write(ax, x, 18, "learning rate over time", GREY, 11)
    return figure


def playground():
    figure, ax = canvas(700, 372)
    y, high, low = 196, 268, 106
    mono = {"family": "DejaVu Sans Mono"}

    for k, name in enumerate((".csv", ".tsv", ".jsonl", "folder")):
        at = y + 69 - 46 * k
        box(ax, 54, at, "", INPUT, w=78, h=34)
        write(ax, 54, at, name, size=12, **mono)
        line(ax, [94, 116, 116], [at, at, y], INPUT)
    arrow(ax, (116, y), (135, y), colour=INPUT)
    box(ax, 184, y, "", HIDDEN, w=96, h=62)
    write(ax, 184, y + 11, "read", size=12)
    write(ax, 184, y - 11, "and check", size=12)
    arrow(ax, (184, y - 32), (184, 78), colour=ALARM)
    box(ax, 184, 54, "", ALARM, w=160, h=44, fill=0.12)
    write(ax, 184, 62, "one clear message:", size=11)
    write(ax, 184, 45, "file, line, way out", size=11)
    arrow(ax, (233, y), (260, y))
    box(ax, 306, y, "", INPUT, w=90, h=62)
    write(ax, 306, y + 11, "words,", size=12)
    write(ax, 306, y - 11, "numbers", size=12)

    for at, name, label in (
        (high, "classifier", "with labels"),
        (low, "language model", "without labels"),
    ):
        arrow(ax, (352, y), (372, y), (372, at), (389, at))
        box(ax, 458, at, name, HIDDEN, w=136, h=44, corner=14, size=11.5)
        write(ax, 458, at + 35, label, GREY, 11)
    for start, at, what, note in (
        (high, 330, "prediction", "with coloured words"),
        (high, 232, "export", "safetensors + JSON"),
        (low, low, "new text", "with three knobs"),
    ):
        points = (
            ((527, start), (544, start), (544, at), (562, at))
            if start != at
            else ((527, at), (562, at))
        )
        arrow(ax, *points, colour=OUTPUT)
        box(ax, 622, at, what, OUTPUT, w=116, h=38)
        write(ax, 622, at - 31, note, GREY, 10.5)
    write(ax, 458, high - 36, "tf-idf beside it", GREY, 11)
    return figure


def cover():
    figure, ax = canvas(1200, 420)
    xs, words_y, chain = [104 + 116 * k for k in range(len(SENTENCE))], 140, 225
    desks = {desk: 392 - 35 * k for k, desk in enumerate(DESKS)}

    for desk, y in desks.items():
        hit = desk == "Wirtschaft"
        look = (
            {"colour": OUTPUT, "lw": 4, "zorder": 2}
            if hit
            else {"colour": tint(OUTPUT, 0.45), "head": "-"}
        )
        curve(ax, (xs[-1] + 30, chain), (840, chain), (860, y), (984 if hit else 990, y), **look)
        box(
            ax,
            1078,
            y,
            desk,
            OUTPUT,
            w=176,
            h=28,
            corner=8,
            size=14,
            lw=1.2,
            fill=1 if hit else 0.18,
            ink="white" if hit else INK,
        )
    arrow(ax, (26, chain), (xs[0] - 31, chain), colour=HIDDEN, lw=2.4)
    for k, (x, word) in enumerate(zip(xs, SENTENCE)):
        if k:
            arrow(ax, (xs[k - 1] + 31, chain), (x - 31, chain), colour=HIDDEN, lw=2.4)
        arrow(ax, (x, words_y + 20), (x, chain - 31), colour=INPUT, lw=2.2)
        box(ax, x, words_y, word, INPUT, w=104, h=38, size=15)
        circle(ax, x, chain, f"$h_{k + 1}$", HIDDEN, r=29, fill=0.15 + 0.15 * k, size=18, lw=2.2)
    write(ax, 55, 360, "Recurrent networks for text", size=28, ha="left", weight="bold")
    write(
        ax,
        55,
        316,
        "from the Elman equations to a measured German news classifier",
        GREY,
        15,
        ha="left",
    )

    stops = [62 + 98 * k for k in range(len(STOPS))]
    line(ax, [stops[0], stops[-1]], [72, 72], CELL, lw=5)
    for k, (x, stop) in enumerate(zip(stops, STOPS)):
        circle(ax, x, 72, f"{k:02d}", CELL, r=15, fill=0, size=11, lw=2.4)
        for row, part in enumerate(stop.split("\n")):
            write(ax, x, 38 - 18 * row, part, size=12)
    return figure


FIGURES = {
    function.__name__: function
    for function in (
        unrolled_rnn,
        elman_cell,
        lstm_cell,
        padding_packing,
        length_buckets,
        bidirectional_trap,
        awd_lstm_dropouts,
        unrolled_gradient,
        tcn,
        two_berlins,
        bilm,
        encoder_decoder,
        attention,
        ulmfit_stages,
        playground,
        cover,
    )
}


def draw(name: str, folder: Path) -> Path:
    """Draw one figure as folder/NAME.svg; the same bytes on every run of the same matplotlib."""
    with style.context(STYLE, after_reset=True):
        file = io.BytesIO()  # a path would be opened in text mode, with other line ends on Windows
        FIGURES[name]().savefig(
            file, format="svg", metadata={"Date": None, "Description": ALT[name]}
        )
    path = folder / f"{name}.svg"
    path.write_bytes(file.getvalue())
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Draw the course's figures into img/.")
    parser.add_argument("name", nargs="?", choices=FIGURES, help="one figure; without it, all")
    chosen = parser.parse_args().name
    for name in [chosen] if chosen else FIGURES:
        path = draw(name, ROOT / "img")
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1000:.0f} kB")
