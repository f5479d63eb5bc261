"""One word, several vectors: the two Berlins, and the bidirectional model that tells them apart.
The vectors of the first figure are invented; the notebook computes real ones."""

from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .drawing import (
    CELL,
    GREY,
    HIDDEN,
    INK,
    INPUT,
    OUTPUT,
    arrow,
    box,
    canvas,
    circle,
    figure,
    panel,
    rectangle,
    shade,
    tint,
    write,
)

STATIC = [0.9, 0.2, 0.6, 0.1, 0.75]
# Height, role, colour, words before and after, vector in the sentence.
REQUESTS = (
    (238, "origin", INPUT, "Flug von", "nach Wien", [0.1, 0.9, 0.3, 0.7, 0.2]),
    (158, "destination", OUTPUT, "Zug nach", "ab Wien", [0.8, 0.15, 0.1, 0.5, 0.95]),
    (78, "place", HIDDEN, "Hotel in", "am Bahnhof", [0.3, 0.5, 0.9, 0.05, 0.4]),
)


@figure(
    "Three requests with the word Berlin in the middle, as origin, as destination and as a place. "
    "Beside each, the static vector of the word: the same five squares three times. Then the "
    "vector of the word in its sentence: three different ones."
)
def two_berlins() -> Figure:
    sheet, ax = canvas(700, 330)
    for y, role, colour, before, after, in_context in REQUESTS:
        write(ax, 98, y, before, size=13, ha="right")
        box(ax, 142, y, "Berlin", colour, w=76, h=34, size=13)
        write(ax, 187, y, after, size=13, ha="left")
        write(ax, 142, y - 28, role, shade(colour), 11.5)
        _vector(ax, 400, y, STATIC, GREY)
        _vector(ax, 600, y, in_context, colour)
    write(ax, 142, 294, "three requests", size=13)
    write(ax, 400, 294, "the word's vector", size=13)
    write(ax, 600, 294, "… in its sentence", size=13)
    write(ax, 400, 24, "the same three times", GREY, 11.5)
    write(ax, 600, 24, "another each time", GREY, 11.5)
    return sheet


def _vector(ax: Axes, x: float, y: float, values: list[float], colour: str) -> None:
    """A square for each number, the darker the larger."""
    for k, value in enumerate(values):
        left = x + 20 * (k - len(values) / 2)
        rectangle(ax, left, y - 10, 20, 20, fc=tint(colour, value), ec=INK, lw=1)


WORDS = ["In", "Berlin", "fährt", "er", "ab"]
XS = [180 + 112 * k for k in range(len(WORDS))]
MIDDLE = 266
LAYERS = (62, 136)
GUESSES = 209


@figure(
    "A bidirectional language model over „In Berlin fährt er ab“: two layers of states "
    "read from "
    "left to right and guess the next word, two others read from right to left and guess the word "
    "before; no arrow leads from one half to the other. A frame round the column of Berlin "
    "collects its embedding and its four states."
)
def bilm() -> Figure:
    sheet, ax = canvas(700, 532)
    frame = {"fc": tint(CELL, 0.12), "ec": CELL, "lw": 2, "ls": (0, (4, 2))}
    panel(ax, XS[1] - 46, MIDDLE - 170, 92, 340, 10, **frame)
    _language_model(ax, 1, [*WORDS[1:], "‹end›"])
    _language_model(ax, -1, ["‹start›", *WORDS[:-1]])
    for x, word in zip(XS, WORDS, strict=True):
        box(ax, x, MIDDLE, word, INPUT, w=76, h=36)
    write(ax, 12, MIDDLE + 108, "ahead: guesses", size=11.5, ha="left")
    write(ax, 12, MIDDLE + 89, "the next word", size=11.5, ha="left")
    write(ax, 12, MIDDLE - 90, "back: guesses", size=11.5, ha="left")
    write(ax, 12, MIDDLE - 109, "the word before", size=11.5, ha="left")
    write(ax, 12, MIDDLE, "embedding $h_0$", size=11.5, ha="left")
    caption = "no arrow leads from one half to the other; the frame holds the vectors of Berlin"
    write(ax, 350, 20, caption, GREY, 11.5)
    return sheet


def _language_model(ax: Axes, up: int, guesses: list[str]) -> None:
    """One half: upwards and to the right (up = 1), or downwards and to the left (up = -1)."""
    first, second = LAYERS
    links = (
        (19, first - 22, INPUT),
        (first + 22, second - 22, HIDDEN),
        (second + 22, GUESSES - 16, OUTPUT),
    )
    for x, guess in zip(XS, guesses, strict=True):
        y = MIDDLE + up * GUESSES
        box(ax, x, y, guess, OUTPUT, w=76, h=30, size=12, ls="--", fill=0.15)
        for near, far, colour in links:
            arrow(ax, (x, MIDDLE + up * near), (x, MIDDLE + up * far), colour=colour)
    for layer, height in enumerate(LAYERS, start=1):
        y = MIDDLE + up * height
        for x in XS:
            circle(ax, x, y, f"$h_{layer}$", HIDDEN)
        for a, b in pairwise(XS):
            start, end = (a + 22, b - 22) if up > 0 else (b - 22, a + 22)
            arrow(ax, (start, y), (end, y), colour=HIDDEN)
