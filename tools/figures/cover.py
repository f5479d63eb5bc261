"""The cover: a sentence runs through a recurrent network and arrives at a desk; below, the course.
The stops come from course.toml, so that the cover cannot forget a notebook."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..contents import cover_stops
from .drawing import (
    CELL,
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
    line,
    tint,
    write,
)

DESKS = [
    "Etat",
    "Inland",
    "International",
    "Kultur",
    "Panorama",
    "Sport",
    "Web",
    "Wirtschaft",
    "Wissenschaft",
]
CHAIN = 225
WORDS = 140
RAILS = 72
XS = [104 + 116 * k for k in range(len(SENTENCE))]


@figure(
    "The sentence „Der neue BER wird bald eröffnet“ runs word by word "
    "through a recurrent network whose last state fans out to nine news desks and lands at "
    "Wirtschaft; below, the fourteen stops of the course as a railway line."
)
def cover() -> Figure:
    sheet, ax = canvas(1200, 420)
    for k, desk in enumerate(DESKS):
        _desk(ax, 392 - 35 * k, desk)
    _network(ax)
    write(ax, 55, 360, "Recurrent networks for text", size=28, ha="left", weight="bold")
    promise = "from the Elman equations to a measured German news classifier"
    write(ax, 55, 316, promise, GREY, 15, ha="left")
    _railway(ax, cover_stops())
    return sheet


def _desk(ax: Axes, y: float, desk: str) -> None:
    """A desk with the curve that leads to it, strong where the article arrives."""
    start = (XS[-1] + 30, CHAIN)
    size = {"w": 176, "h": 28, "corner": 8, "size": 14, "lw": 1.2}
    if desk == "Wirtschaft":
        curve(ax, start, (840, CHAIN), (860, y), (984, y), colour=OUTPUT, lw=4, zorder=2)
        box(ax, 1078, y, desk, OUTPUT, fill=1, ink="white", **size)
    else:
        pale = tint(OUTPUT, 0.45)
        curve(ax, start, (840, CHAIN), (860, y), (990, y), colour=pale, head="-")
        box(ax, 1078, y, desk, OUTPUT, fill=0.18, ink=INK, **size)


def _network(ax: Axes) -> None:
    arrow(ax, (26, CHAIN), (XS[0] - 31, CHAIN), colour=HIDDEN, lw=2.4)
    for k, (x, word) in enumerate(zip(XS, SENTENCE, strict=True)):
        if k:
            arrow(ax, (XS[k - 1] + 31, CHAIN), (x - 31, CHAIN), colour=HIDDEN, lw=2.4)
        arrow(ax, (x, WORDS + 20), (x, CHAIN - 31), colour=INPUT, lw=2.2)
        box(ax, x, WORDS, word, INPUT, w=104, h=38, size=15)
        fill = 0.15 + 0.15 * k
        circle(ax, x, CHAIN, f"$h_{k + 1}$", HIDDEN, r=29, fill=fill, size=18, lw=2.2)


def _railway(ax: Axes, stops: list[str]) -> None:
    """The course as a line with a numbered stop for each notebook."""
    apart = 1078 / (len(stops) - 1)
    xs = [62 + apart * k for k in range(len(stops))]
    line(ax, [xs[0], xs[-1]], [RAILS, RAILS], CELL, lw=5)
    for k, (x, stop) in enumerate(zip(xs, stops, strict=True)):
        circle(ax, x, RAILS, f"{k:02d}", CELL, r=15, fill=0, size=11, lw=2.4)
        for row, part in enumerate(stop.split("\n")):
            write(ax, x, 38 - 18 * row, part, size=11)
