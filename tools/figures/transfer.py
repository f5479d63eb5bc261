"""ULMFiT in three stages, with the learning rate of each layer and over time (Howard, Ruder 2018).
What is handed on from stage to stage is drawn as a dashed line at the height of its layer."""

from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .drawing import (
    ALARM,
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
    line,
    shade,
    write,
)

XS = (112, 340, 574)
BODY = {"embedding": 152, "LSTM 1": 216, "LSTM 2": 280}
WITH_DECODER = {**BODY, "decoder": 354}
WITH_CLASSIFIER = {**BODY, "concat pooling": 344, "classifier": 404}
COLOURS = {"embedding": INPUT, "LSTM 1": HIDDEN, "LSTM 2": HIDDEN, "concat pooling": CELL}


@figure(
    "ULMFiT in three stages, each a stack of embedding, two LSTM layers and a head, whose body is "
    "handed on to the next. First a language model reads 39 million words; then it is fitted to "
    "the newspaper, with a learning rate divided by 2.6 from layer to layer below, but for the "
    "embedding, which is the decoder; then the decoder gives way to concat pooling and a "
    "classifier, and the layers are unfrozen one by one from the top. Below, the learning rate of "
    "each stage over time."
)
def ulmfit_stages() -> Figure:
    sheet, ax = canvas(700, 500)
    _title(ax, XS[0], "1  language model", "39 million words")
    _stack(ax, XS[0], WITH_DECODER, "next piece")
    _title(ax, XS[1], "2  fine-tuning", "the newspaper, no labels")
    _stack(ax, XS[1], WITH_DECODER, "next piece")
    _rates(ax, XS[1], WITH_DECODER["decoder"], ["η", "η/2.6²", "η/2.6", "η"])
    _handed_on(ax, XS[0] + 64, XS[1] - 64, WITH_DECODER)
    _title(ax, XS[2], "3  classifier", "a few labels")
    _stack(ax, XS[2], WITH_CLASSIFIER, "desk")
    _rates(ax, XS[2], WITH_CLASSIFIER["classifier"], ["η/2.6³", "η/2.6²", "η/2.6", "η"])
    _handed_on(ax, XS[1] + 120, XS[2] - 92, BODY)
    for n, y in enumerate((404, *reversed(BODY.values())), start=1):
        circle(ax, 496, y, str(n), ALARM, r=11, fill=0, size=11, lw=1.6)
    write(ax, 496, 432, "unfrozen", shade(ALARM), 11)
    triangle = [(0.0, 0.0), (0.1, 1.0), (1.0, 0.0)]
    _schedule(ax, XS[0], [[(0.0, 0.0), (0.03, 1.0), (0.8, 1.0), (1.0, 0.0)]])
    _schedule(ax, XS[1], [triangle])
    _schedule(ax, XS[2], [[(0.0, 1.0), (1.0, 0.0)], *[triangle] * 3])
    return sheet


def _title(ax: Axes, x: float, title: str, texts: str) -> None:
    write(ax, x, 478, title, size=14, weight="bold")
    write(ax, x, 108, texts, GREY, 12)


def _stack(ax: Axes, x: float, heights: dict[str, int], predicted: str) -> None:
    """The layers of one stage from bottom to top, and what it predicts."""
    ys = list(heights.values())
    arrow(ax, (x, 118), (x, ys[0] - 19), colour=INPUT)
    for below, above in pairwise(ys):
        arrow(ax, (x, below + 19), (x, above - 19))
    arrow(ax, (x, ys[-1] + 19), (x, ys[-1] + 38), colour=OUTPUT)
    write(ax, x, ys[-1] + 49, predicted, size=12)
    for name, y in heights.items():
        wide = 152 if name == "concat pooling" else 116
        box(ax, x, y, name, COLOURS.get(name, OUTPUT), w=wide)


def _rates(ax: Axes, x: float, head: float, rates: list[str]) -> None:
    """The learning rate beside each layer."""
    for y, rate in zip([*BODY.values(), head], rates, strict=True):
        write(ax, x + 64, y, rate, shade(ALARM), 12, ha="left")


def _handed_on(ax: Axes, start: float, end: float, heights: dict[str, int]) -> None:
    for y in heights.values():
        arrow(ax, (start, y), (end, y), colour=GREY, lw=1.2, ls=(0, (4, 3)))


def _schedule(ax: Axes, x: float, cycles: list[list[Point]]) -> None:
    """The learning rate over time, one cycle after the other."""
    line(ax, [x - 75, x + 75], [34, 34], GREY, lw=1)
    width = 150 / len(cycles)
    for k, cycle in enumerate(cycles):
        xs = [x - 75 + (k + time) * width for time, _ in cycle]
        ys = [35 + 44 * rate for _, rate in cycle]
        line(ax, xs, ys, ALARM, lw=2)
    write(ax, x, 18, "learning rate over time", GREY, 11)
