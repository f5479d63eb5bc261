"""Draws every figure in img/ from code, so that each label and number in them can be checked and changed.
`python tools/figures.py` draws all of them, `python tools/figures.py NAME` draws one."""
import argparse
import io
import random
from itertools import accumulate, pairwise
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
STOPS = ["start", "Elman", "word\nvectors", "one at\na time", "packing", "training", "gates",
         "attention", "two\nBerlins", "transfer", "generation", "play-\nground"]
LENGTHS = [9, 6, 5, 3, 1]
NEWS_LENGTHS = [3, 4, 5, 6, 7, 8, 9, 11, 13, 16, 20, 28]

ALT = {
    "unrolled_rnn":
        "Left, a recurrent network as a loop: x_t feeds h_t through W_h, h_t feeds itself through U_h and y_t through "
        "W_y. Right, the same loop unrolled over the six words of „Die neue BER wird bald geöffnet“, with the "
        "same W_h, U_h and W_y on the arrows of every step.",
    "elman_cell":
        "One Elman cell: W_h times the input x_t (D numbers) and U_h times the previous state (H numbers) are added "
        "to the bias b_h and pass through tanh to become h_t (H numbers), which goes on to the next step and, through "
        "W_y plus b_y, to the output y_t (K numbers).",
    "lstm_cell":
        "One LSTM cell: the cell state rides on a belt from c_(t-1) to c_t, multiplied by the forget gate f, then "
        "increased by input gate i times candidate g; the output gate o lets tanh of c_t out as h_t. Three gates are "
        "sigmoids, g is a tanh, in PyTorch's order i, f, g, o.",
    "padding_packing":
        "Five documents of 9, 6, 5, 3 and 1 words, first as a 5 by 9 grid in which 21 of 45 cells are grey padding, "
        "then as a staircase without padding whose columns hold 5, 4, 4, 3, 3, 2, 1, 1, 1 words; below, the 24 words "
        "in one row, column after column, as packing stores them.",
    "length_buckets":
        "The same twelve documents in three batches of four, drawn as bars filled up with grey padding: in shuffled "
        "order 49% of all positions are padding, in batches of similar length 28%.",
    "bidirectional_trap":
        "A forward and a backward chain over four words and two padding positions; small squares show which words "
        "each state has read. At position len-1 the forward half has read all four words but the backward half only "
        "the last one; the backward half has read everything at position 0.",
    "awd_lstm_dropouts":
        "AWD-LSTM from bottom to top: words, embedding, three LSTM layers, a decoder tied to the embedding. Labels "
        "show where embed_p, input_p, weight_p, hidden_p and output_p act; an inset shows a locked mask that stays "
        "the same over time beside an ordinary mask that changes at every step.",
    "cover":
        "The sentence „Die neue BER wird bald geöffnet“ runs word by word through a recurrent network whose last "
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
    channels = (int(colour[i:i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - share * (255 - c)):02X}" for c in channels)


def shade(colour):
    """The colour, dark enough for text on the light background."""
    return "#" + "".join(f"{round(0.72 * int(colour[i:i + 2], 16)):02X}" for i in (1, 3, 5))


def write(ax, x, y, text, colour=INK, size=12, **kw):
    """Text around (x, y)."""
    hangs = text.startswith("$") or "rotation" in kw  # subscripts reach below the baseline
    ax.text(x, y, text, color=colour, fontsize=size,
            **{"ha": "center", "va": "center" if hangs else "center_baseline", **kw})


def box(ax, x, y, text, colour, w=44, h=36, corner=6, fill=0.3, size=13, ink=INK, **kw):
    """A rounded box around (x, y)."""
    ax.add_patch(FancyBboxPatch((x - w / 2, y - h / 2), w, h, boxstyle=f"round,pad=0,rounding_size={corner}",
                                fc=tint(colour, fill), ec=colour, **{"lw": 1.8, "zorder": 3, **kw}))
    write(ax, x, y, text, ink, size)


def circle(ax, x, y, text, colour, r=21, fill=0.3, size=13, **kw):
    ax.add_patch(Circle((x, y), r, fc=tint(colour, fill), ec=colour, **{"lw": 1.8, "zorder": 3, **kw}))
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
    ax.add_patch(FancyArrowPatch(path=path, arrowstyle=head, mutation_scale=13,
                                 **{"color": colour, "lw": 1.7, "joinstyle": "miter", **kw}))


def curve(ax, *points, colour=INK, head="-|>", **kw):
    """A Bézier curve through four control points with a head at its end."""
    path = Outline(points, [Outline.MOVETO] + [Outline.CURVE4] * 3)
    ax.add_patch(FancyArrowPatch(path=path, arrowstyle=head, mutation_scale=13, fc="none" if head == "-" else colour,
                                 ec=colour, **{"lw": 1.7, "joinstyle": "miter", **kw}))


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
    ax.add_patch(FancyBboxPatch((150, 78), 410, 285, boxstyle="round,pad=0,rounding_size=18",
                                fc="white", ec="#BBBBBB", lw=1.2))
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

    ax.add_patch(FancyBboxPatch((34, belt - 19), 632, 38, boxstyle="round,pad=0,rounding_size=19",
                                fc=tint(CELL, 0.25), ec=CELL, lw=1.8))
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
    ax.add_patch(FancyBboxPatch((154, gates - 29), 368, 58, boxstyle="round,pad=0,rounding_size=6",
                                fc=tint(HIDDEN, 0.2), ec=HIDDEN, lw=1.8))
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
    write(ax, left + middle, 368, f"padded: {len(LENGTHS)} × {max(LENGTHS)} = {cells} cells", size=13)
    write(ax, left + middle, 342, f"{cells - words} of them padding", GREY, 11.5)
    write(ax, right + middle, 368, f"packed: {words} cells", size=13)
    write(ax, right + middle, 342, "a staircase, read column by column", GREY, 11.5)
    arrow(ax, (left + 2 * middle + 22, top - 2 * side), (right - 22, top - 2 * side), colour=GREY, lw=2.2)
    write(ax, left_strip, strip + side + 18, "data", size=11, ha="left", family="DejaVu Sans Mono")
    write(ax, 350, 20, "one group per time step, one number per group", GREY, 11.5)
    return figure


def batches_of(lengths, size=4):
    return [lengths[start:start + size] for start in range(0, len(lengths), size)]


def padded_share(batches):
    """Share of padding among all positions when each batch is padded to its longest document."""
    positions = sum(len(batch) * max(batch) for batch in batches)
    return 1 - sum(map(sum, batches)) / positions


def length_buckets():
    figure, ax = canvas(700, 390)
    shuffled = random.Random(3).sample(NEWS_LENGTHS, len(NEWS_LENGTHS))
    wide, tall = 9.5, 18
    for left, title, order in ((52, "shuffled", shuffled), (406, "length buckets", sorted(NEWS_LENGTHS))):
        batches, top = batches_of(order), 340
        for batch in batches:
            for row, length in enumerate(batch):
                y = top - (row + 1) * tall
                ax.add_patch(Rectangle((left, y), max(batch) * wide, tall, fc=PADDING, ec=PAPER, lw=1.2))
                ax.add_patch(Rectangle((left, y), length * wide, tall, fc=tint(INPUT, 0.55), ec=PAPER, lw=1.2))
                write(ax, left - 10, y + tall / 2, str(length), size=10.5, ha="right")
            bottom = top - len(batch) * tall
            ax.add_patch(Rectangle((left - 3, bottom - 3), max(batch) * wide + 6, top - bottom + 6,
                                   fill=False, ec=INK, lw=1.3, zorder=3))
            top = bottom - 20
        for word in range(1, max(order)):
            line(ax, [left + word * wide] * 2, [top + 20, 340], PAPER, lw=0.8)
        middle = left + max(order) * wide / 2
        write(ax, middle, 368, title, size=14)
        write(ax, middle, 52, f"{padded_share(batches):.0%} padding", size=16, weight="bold")
    write(ax, 350, 18, "twelve documents, their lengths in words; each frame is a batch, grey is padding", GREY, 11)
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
            ax.add_patch(Rectangle((x - 29 + 15 * k, y - 6), 13, 13, fc=INPUT if k in read else "white",
                                   ec=INPUT, lw=1.1, zorder=4))

    for colour, x, low, high in ((ALARM, xs[length - 1], 74, 312), (OUTPUT, xs[0], 74, 146)):
        ax.add_patch(FancyBboxPatch((x - 49, low), 98, high - low, boxstyle="round,pad=0,rounding_size=10",
                                    fc=tint(colour, 0.1), ec=colour, lw=2, ls=(0, (4, 2))))
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
    ys = {"words": 30, "embedding": 84, "LSTM 1": 180, "LSTM 2": 276, "LSTM 3": 372, "decoder": 467, "next word": 515}

    def pill(px, y, name):
        box(ax, px, y, "", ALARM, w=82, h=24, corner=12, fill=1, lw=0)
        write(ax, px, y, name, "white", 11, family="DejaVu Sans Mono")

    def says(y, *lines):
        for k, words in enumerate(lines):
            write(ax, text, y + 9 - 18 * k, words, size=11.5, ha="left")

    names = list(ys)
    for below, above in pairwise(names):
        arrow(ax, (x, ys[below] + (11 if below == "words" else 20)),
              (x, ys[above] - (11 if above == "next word" else 20)))
    write(ax, x, ys["words"], "words", size=12)
    write(ax, x, ys["next word"], "next word", size=12)
    box(ax, x, ys["embedding"], "embedding", INPUT, w=118)
    box(ax, x, ys["decoder"], "decoder", OUTPUT, w=118)
    arrow(ax, (x - 60, ys["embedding"]), (42, ys["embedding"]), (42, ys["decoder"]), (x - 60, ys["decoder"]),
          colour=GREY, head="<|-|>", lw=1.4)
    write(ax, 22, 271, "tied: one matrix for both", GREY, 11.5, rotation=90)
    for name in names[2:5]:
        box(ax, x, ys[name], name, HIDDEN, w=84, h=38)
        curve(ax, (x + 43, ys[name] + 11), (x + 104, ys[name] + 26), (x + 104, ys[name] - 26),
              (x + 44, ys[name] - 11), colour=HIDDEN)
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
    for top, title, rows in ((470, "locked", [once] * 7),
                             (262, "ordinary", [[draw.random() < 0.4 for _ in range(7)] for _ in range(7)])):
        write(ax, 607, top + 18, title + " mask", size=13)
        for t, row in enumerate(rows):
            for k, dropped in enumerate(row):
                ax.add_patch(Rectangle((546 + 18 * k, top - 18 * (t + 1)), 18, 18, ec=PAPER, lw=1.5,
                                       fc=ALARM if dropped else tint(HIDDEN, 0.45)))
        write(ax, 609, top - 142, "units", GREY, 11)
        arrow(ax, (536, top - 4), (536, top - 126), colour=GREY, lw=1.2)
        write(ax, 524, top - 65, "time", GREY, 11, rotation=90)
    ax.add_patch(Rectangle((574, 64), 15, 15, fc=ALARM))
    write(ax, 597, 72, "dropped", GREY, 11, ha="left")
    return figure


def cover():
    figure, ax = canvas(1200, 420)
    xs, words_y, chain = [104 + 116 * k for k in range(len(SENTENCE))], 140, 225
    desks = {desk: 392 - 35 * k for k, desk in enumerate(DESKS)}

    for desk, y in desks.items():
        hit = desk == "Wirtschaft"
        look = {"colour": OUTPUT, "lw": 4, "zorder": 2} if hit else {"colour": tint(OUTPUT, 0.45), "head": "-"}
        curve(ax, (xs[-1] + 30, chain), (840, chain), (860, y), (984 if hit else 990, y), **look)
        box(ax, 1078, y, desk, OUTPUT, w=176, h=28, corner=8, size=14, lw=1.2,
            fill=1 if hit else 0.18, ink="white" if hit else INK)
    arrow(ax, (26, chain), (xs[0] - 31, chain), colour=HIDDEN, lw=2.4)
    for k, (x, word) in enumerate(zip(xs, SENTENCE)):
        if k:
            arrow(ax, (xs[k - 1] + 31, chain), (x - 31, chain), colour=HIDDEN, lw=2.4)
        arrow(ax, (x, words_y + 20), (x, chain - 31), colour=INPUT, lw=2.2)
        box(ax, x, words_y, word, INPUT, w=104, h=38, size=15)
        circle(ax, x, chain, f"$h_{k + 1}$", HIDDEN, r=29, fill=0.15 + 0.15 * k, size=18, lw=2.2)
    write(ax, 55, 360, "Recurrent networks for text", size=28, ha="left", weight="bold")
    write(ax, 55, 316, "from the Elman equations to a measured German news classifier", GREY, 15, ha="left")

    stops = [62 + 98 * k for k in range(len(STOPS))]
    line(ax, [stops[0], stops[-1]], [72, 72], CELL, lw=5)
    for k, (x, stop) in enumerate(zip(stops, STOPS)):
        circle(ax, x, 72, f"{k:02d}", CELL, r=15, fill=0, size=11, lw=2.4)
        for row, part in enumerate(stop.split("\n")):
            write(ax, x, 38 - 18 * row, part, size=12)
    return figure


FIGURES = {function.__name__: function for function in (
    unrolled_rnn, elman_cell, lstm_cell, padding_packing, length_buckets, bidirectional_trap, awd_lstm_dropouts, cover)}


def draw(name: str, folder: Path) -> Path:
    """Draw one figure as folder/NAME.svg; the same bytes on every run of the same matplotlib."""
    with style.context(STYLE, after_reset=True):
        file = io.BytesIO()  # a path would be opened in text mode, with other line ends on Windows
        FIGURES[name]().savefig(file, format="svg", metadata={"Date": None, "Description": ALT[name]})
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
