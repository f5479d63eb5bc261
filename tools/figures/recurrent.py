"""The Elman network, folded and unrolled, and one of its cells with the size of everything in it.
These are the first two pictures that a reader meets; their symbols are those of the equations."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from .drawing import (
    GREY,
    HIDDEN,
    INK,
    INPUT,
    OUTPUT,
    SENTENCE,
    arrow,
    box,
    canvas,
    circle,
    curve,
    figure,
    panel,
    shade,
    write,
)

INPUT_ROW = 92
STATE_ROW = 178
OUTPUT_ROW = 264


def _step(ax: Axes, x: float, t: str) -> None:
    """Input, state and output of one time step, from bottom to top."""
    arrow(ax, (x, INPUT_ROW + 19), (x, STATE_ROW - 22), colour=INPUT)
    arrow(ax, (x, STATE_ROW + 22), (x, OUTPUT_ROW - 19), colour=OUTPUT)
    write(ax, x + 5, (INPUT_ROW + STATE_ROW) / 2 - 2, "$W_x$", shade(INPUT), 13, ha="left")
    write(ax, x + 5, (STATE_ROW + OUTPUT_ROW) / 2 - 2, "$W_z$", shade(OUTPUT), 13, ha="left")
    box(ax, x, INPUT_ROW, f"$x_{t}$", INPUT)
    circle(ax, x, STATE_ROW, f"$h_{t}$", HIDDEN)
    box(ax, x, OUTPUT_ROW, f"$z_{t}$", OUTPUT)


@figure(
    "Left, a recurrent network as a loop: x_t feeds h_t through W_x, h_t feeds itself through W_h "
    "and z_t through W_z. Right, the same loop unrolled over the six words of „Der neue BER wird "
    "bald eröffnet“, with the same W_x, W_h and W_z on the arrows of every step."
)
def unrolled_rnn() -> Figure:
    sheet, ax = canvas(700, 340)
    _step(ax, 62, "t")
    curve(ax, (80, 188), (134, 214), (134, 142), (81, 168), colour=HIDDEN)
    write(ax, 124, STATE_ROW, "$W_h$", shade(HIDDEN), 13, ha="left")
    write(ax, 170, STATE_ROW, "=", GREY, 22)

    xs = [285 + 74 * k for k in range(len(SENTENCE))]
    for t, word in enumerate(SENTENCE, start=1):
        x = xs[t - 1]
        arrow(ax, (x - 52, STATE_ROW), (x - 22, STATE_ROW), colour=HIDDEN)
        write(ax, x - 38, STATE_ROW + 17, "$W_h$", shade(HIDDEN), 13)
        _step(ax, x, str(t))
        write(ax, x, INPUT_ROW - 33, word, size=12)
    circle(ax, xs[0] - 74, STATE_ROW, "$h_0$", HIDDEN, fill=0, ls="--")

    write(ax, 62, 314, "folded", GREY)
    write(ax, 470, 314, "unrolled over six words", GREY)
    write(ax, 470, 22, "the same $W_x$, $W_h$ and $W_z$ at every step", size=13)
    return sheet


def _weight(ax: Axes, x: float, y: float, symbol: str, size: str, colour: str) -> None:
    box(ax, x, y, "", colour, w=66, h=46, fill=0.12)
    write(ax, x, y + 9, symbol, shade(colour), 14)
    _shape(ax, x, y - 10, size)


def _shape(ax: Axes, x: float, y: float, text: str, ha: str = "center") -> None:
    write(ax, x, y, text, GREY, 12, style="italic", ha=ha)


@figure(
    "One Elman cell: W_x times the input x_t (D numbers) and W_h times the previous state (H "
    "numbers) are added to the bias b and pass through tanh to become h_t (H numbers), which "
    "goes on to the next step and, through W_z plus b_z, to the output z_t (K numbers)."
)
def elman_cell() -> Figure:
    sheet, ax = canvas(700, 420)
    panel(ax, 150, 78, 410, 285, 18, fc="white", ec="#BBBBBB", lw=1.2)
    _elman_arrows(ax, 190)
    _elman_nodes(ax, 190)
    _elman_sizes(ax, 190)
    write(ax, 62, 232, "previous step", GREY, 11)
    write(ax, 634, 232, "next step", GREY, 11)
    write(ax, 150, 394, "$h_t = \\tanh(W_x x_t + W_h h_{t{-}1} + b)$", size=14, ha="left")
    write(ax, 560, 394, "$z_t = W_z h_t + b_z$", size=14, ha="right")
    write(ax, 28, 64, "D  size of a word vector", GREY, 11, ha="left")
    write(ax, 28, 43, "H  size of the state", GREY, 11, ha="left")
    write(ax, 28, 22, "K  number of classes", GREY, 11, ha="left")
    return sheet


def _elman_arrows(ax: Axes, y: float) -> None:
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


def _elman_nodes(ax: Axes, y: float) -> None:
    circle(ax, 62, y, "$h_{t{-}1}$", HIDDEN)
    circle(ax, 634, y, "$h_t$", HIDDEN)
    box(ax, 335, 41, "$x_t$", INPUT)
    box(ax, 636, 323, "$z_t$", OUTPUT)
    _weight(ax, 220, y, "$W_h$", "H × H", HIDDEN)
    _weight(ax, 335, 116, "$W_x$", "H × D", INPUT)
    _weight(ax, 500, 258, "$W_z$", "K × H", OUTPUT)
    circle(ax, 335, y, "+", INK, r=15, fill=0, size=15)
    circle(ax, 500, 323, "+", INK, r=15, fill=0, size=15)
    box(ax, 417, y, "tanh", HIDDEN, w=58)
    write(ax, 335, 256, "$b$", size=14)
    write(ax, 425, 323, "$b_z$", size=14)


def _elman_sizes(ax: Axes, y: float) -> None:
    """How many numbers travel along each arrow."""
    _shape(ax, 118, y + 14, "H")
    _shape(ax, 286, y + 14, "H")
    _shape(ax, 370, y + 14, "H")
    _shape(ax, 585, y + 14, "H")
    _shape(ax, 353, 70, "D")
    _shape(ax, 353, 155, "H")
    _shape(ax, 356, 258, "H", ha="left")
    _shape(ax, 518, 216, "H")
    _shape(ax, 518, 290, "K")
    _shape(ax, 460, 337, "K")
    _shape(ax, 585, 337, "K")
