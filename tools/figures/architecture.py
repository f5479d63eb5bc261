"""The parts of the repository in the order in which they may use each other, from left to right.
docs/architecture.md explains it; a test holds the imports to the same order."""

from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .drawing import (
    ALARM,
    CELL,
    GREY,
    HIDDEN,
    INK,
    INPUT,
    MONO,
    OUTPUT,
    arrow,
    box,
    canvas,
    figure,
    line,
    panel,
    shade,
    tint,
    write,
)

# Where a part stands, its name, its colour, and two lines on what it holds.
PARTS = (
    (72, "course_utils", INPUT, "helpers,", "embedded data"),
    (211, "lessons", INPUT, "what notebooks", "have built"),
    (350, "benchmarks", HIDDEN, "one run,", "one comparison"),
    (489, "results", CELL, "tables with", "their origin"),
    (628, "notebooks", OUTPUT, "prose, code,", "outputs"),
)
PART_ROW = 318
# Inside course_utils: the way of a text.
MODULES = ("corpus", "vectors", "batching", "lstm", "training", "generation")
MODULE_ROW = 158


@figure(
    "Five boxes from left to right, joined by arrows: course_utils, lessons, benchmarks, results, "
    "notebooks; a dashed arrow leads from notebooks back to lessons: make export. Below, the way "
    "of a text inside course_utils: corpus, vectors, batching, lstm, training, generation. At the "
    "bottom tools, which write derived files, and tests, which check everything."
)
def architecture() -> Figure:
    sheet, ax = canvas(700, 420)
    _parts(ax)
    _export(ax)
    _inside(ax)
    _around(ax)
    return sheet


def _parts(ax: Axes) -> None:
    for (left, *_), (right, *_) in pairwise(PARTS):
        arrow(ax, (left + 57, PART_ROW), (right - 58, PART_ROW))
    for x, name, colour, first, second in PARTS:
        box(ax, x, PART_ROW, "", colour, w=112, h=42)
        write(ax, x, PART_ROW, name, size=10.5, family=MONO)
        write(ax, x, PART_ROW - 36, first, GREY, 11)
        write(ax, x, PART_ROW - 53, second, GREY, 11)


def _export(ax: Axes) -> None:
    """The notebook is the source of its lesson: the one way back."""
    notebooks = PARTS[4][0]
    lessons = PARTS[1][0]
    top = PART_ROW + 52
    points = [(notebooks, PART_ROW + 22), (notebooks, top), (lessons, top)]
    arrow(ax, *points, (lessons, PART_ROW + 22), colour=ALARM, lw=1.4, ls=(0, (4, 3)))
    middle = (lessons + notebooks) / 2
    write(ax, middle, top + 16, "make export: cells tagged export", shade(ALARM), 12)
    write(ax, 14, top + 16, "used from left to right", GREY, 12, ha="left")


def _inside(ax: Axes) -> None:
    """course_utils under the magnifying glass."""
    panel(ax, 16, 112, 668, 100, 10, fc=tint(INPUT, 0.07), ec=INPUT, lw=1.2)
    line(ax, [PARTS[0][0], PARTS[0][0]], [PART_ROW - 66, 212], INPUT, lw=1.2, ls=":")
    title = "inside course_utils: the way of a text, from file to report or new text"
    write(ax, 30, 194, title, GREY, 12, ha="left")
    xs = [72 + 111 * k for k in range(len(MODULES))]
    for left, right in pairwise(xs):
        arrow(ax, (left + 46, MODULE_ROW), (right - 47, MODULE_ROW))
    for x, name in zip(xs, MODULES, strict=True):
        box(ax, x, MODULE_ROW, "", INPUT, w=90, h=34)
        write(ax, x, MODULE_ROW, name, size=10, family=MONO)
    beside = "read_texts joins at corpus, load_language_model at training; prove checks each"
    write(ax, 30, 127, beside, GREY, 11, ha="left")


def _around(ax: Axes) -> None:
    for x, name, what in (
        (183, "tools", "write derived files: img, lessons, contents"),
        (517, "tests", "hold all of this to what it promises"),
    ):
        box(ax, x, 68, "", GREY, w=112, h=34, fill=0.12)
        write(ax, x, 68, name, INK, 11.5, family=MONO)
        write(ax, x, 34, what, GREY, 11.5)
