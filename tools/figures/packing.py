"""What padding wastes: the staircase that packing keeps, and batches of documents of like length.
The counts are computed here and compared with torch and with course_utils in the tests."""

import random
from itertools import accumulate

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .drawing import (
    CELL,
    GREY,
    HIDDEN,
    INK,
    INPUT,
    MONO,
    OUTPUT,
    PADDING,
    PAPER,
    arrow,
    canvas,
    figure,
    line,
    rectangle,
    tint,
    write,
)

LENGTHS = [9, 6, 5, 3, 1]
NEWS_LENGTHS = [3, 4, 5, 6, 7, 8, 9, 11, 13, 16, 20, 28]

# padding_packing: side of a cell, left edges of grid, staircase and strip, upper and lower edges.
SIDE = 27
GRID = 62
STAIRS = 424
STRIP = 32
TOP = 322
BOTTOM = TOP - len(LENGTHS) * SIDE
STRIP_ROW = 72
DOCUMENTS = "ABCDE"
COLOURS = [INPUT, HIDDEN, OUTPUT, CELL, "#F0E442"]


def count_per_step(lengths: list[int]) -> list[int]:
    """How many documents have a word at each time step: what packing calls `batch_sizes`."""
    return [sum(length > t for length in lengths) for t in range(max(lengths))]


def packed_order(lengths: list[int]) -> list[tuple[int, int]]:
    """(document, time step) of each packed word: column after column."""
    return [(row, t) for t, count in enumerate(count_per_step(lengths)) for row in range(count)]


@figure(
    "Five documents of 9, 6, 5, 3 and 1 words, first as a 5 by 9 grid in which 21 of 45 cells are "
    "grey padding, then as a staircase without padding whose columns hold 5, 4, 4, 3, 3, 2, 1, 1, "
    "1 words; below, the 24 words in one row, column after column, as packing stores them."
)
def padding_packing() -> Figure:
    sheet, ax = canvas(700, 396)
    _grid_and_stairs(ax)
    _strip(ax)
    _packing_titles(ax)
    return sheet


def _word(ax: Axes, x: float, y: float, row: int, t: int) -> None:
    rectangle(ax, x, y, SIDE, SIDE, fc=tint(COLOURS[row], 0.5), ec=PAPER, lw=1.5)
    write(ax, x + SIDE / 2, y + SIDE / 2, f"{DOCUMENTS[row]}{t + 1}", size=9.5)


def _grid_and_stairs(ax: Axes) -> None:
    for row, length in enumerate(LENGTHS):
        y = TOP - (row + 1) * SIDE
        write(ax, GRID - 8, y + SIDE / 2, f"{DOCUMENTS[row]}: {length}", size=12, ha="right")
        for t in range(length):
            _word(ax, GRID + t * SIDE, y, row, t)
            _word(ax, STAIRS + t * SIDE, y, row, t)
        for t in range(length, max(LENGTHS)):
            rectangle(ax, GRID + t * SIDE, y, SIDE, SIDE, fc=PADDING, ec=PAPER, lw=1.5)
    for t, size in enumerate(count_per_step(LENGTHS)):
        write(ax, STAIRS + (t + 0.5) * SIDE, BOTTOM - 16, str(size), size=13, weight="bold")
    write(ax, STAIRS - 8, BOTTOM - 16, "batch_sizes", size=11, ha="right", family=MONO)


def _strip(ax: Axes) -> None:
    """The packed words in one row, with a bracket under each time step."""
    sizes = count_per_step(LENGTHS)
    ends = list(accumulate(sizes))
    for k, (row, t) in enumerate(packed_order(LENGTHS)):
        _word(ax, STRIP + k * SIDE, STRIP_ROW, row, t)
    for end, size in zip(ends, sizes, strict=True):
        first = STRIP + (end - size) * SIDE + 3
        last = STRIP + end * SIDE - 3
        edge = STRIP_ROW - 5
        foot = STRIP_ROW - 11
        line(ax, [first, first, last, last], [edge, foot, foot, edge], GREY, lw=1.2)
        write(ax, (first + last) / 2, STRIP_ROW - 24, str(size), size=13, weight="bold")


def _packing_titles(ax: Axes) -> None:
    half = len(count_per_step(LENGTHS)) * SIDE / 2
    words = sum(LENGTHS)
    cells = len(LENGTHS) * max(LENGTHS)
    padded = f"padded: {len(LENGTHS)} × {max(LENGTHS)} = {cells} cells"
    write(ax, GRID + half, 368, padded, size=13)
    write(ax, GRID + half, 342, f"{cells - words} of them padding", GREY, 11.5)
    write(ax, STAIRS + half, 368, f"packed: {words} cells", size=13)
    write(ax, STAIRS + half, 342, "a staircase, read column by column", GREY, 11.5)
    y = TOP - 2 * SIDE
    arrow(ax, (GRID + 2 * half + 22, y), (STAIRS - 22, y), colour=GREY, lw=2.2)
    write(ax, STRIP, STRIP_ROW + SIDE + 18, "data", size=11, ha="left", family=MONO)
    write(ax, 350, 20, "one group per time step, one number per group", GREY, 11.5)


def batches_of(lengths: list[int], size: int = 4) -> list[list[int]]:
    """The lengths cut into batches of `size` documents."""
    return [lengths[start : start + size] for start in range(0, len(lengths), size)]


def padded_share(batches: list[list[int]]) -> float:
    """Share of padding among all positions when each batch is padded to its longest document."""
    positions = sum(len(batch) * max(batch) for batch in batches)
    return 1 - sum(map(sum, batches)) / positions


@figure(
    "The same twelve documents in three batches of four, drawn as bars filled up with grey "
    "padding: in shuffled order 49% of all positions are padding, in batches of similar length 28%."
)
def length_buckets() -> Figure:
    sheet, ax = canvas(700, 390)
    shuffled = random.Random(3).sample(NEWS_LENGTHS, len(NEWS_LENGTHS))
    _batches(ax, 52, "shuffled", shuffled)
    _batches(ax, 406, "length buckets", sorted(NEWS_LENGTHS))
    caption = "twelve documents, their lengths in words; each frame is a batch, grey is padding"
    write(ax, 350, 18, caption, GREY, 11)
    return sheet


def _batches(ax: Axes, left: float, title: str, order: list[int]) -> None:
    """Three batches as bars, one below the other, with the share of padding under them."""
    wide = 9.5
    tall = 18
    top = 340
    batches = batches_of(order)
    for batch in batches:
        for row, length in enumerate(batch):
            y = top - (row + 1) * tall
            rectangle(ax, left, y, max(batch) * wide, tall, fc=PADDING, ec=PAPER, lw=1.2)
            rectangle(ax, left, y, length * wide, tall, fc=tint(INPUT, 0.55), ec=PAPER, lw=1.2)
            write(ax, left - 10, y + tall / 2, str(length), size=10.5, ha="right")
        bottom = top - len(batch) * tall
        frame = {"fill": False, "ec": INK, "lw": 1.3, "zorder": 3}
        rectangle(ax, left - 3, bottom - 3, max(batch) * wide + 6, top - bottom + 6, **frame)
        top = bottom - 20
    for word in range(1, max(order)):
        line(ax, [left + word * wide] * 2, [top + 20, 340], PAPER, lw=0.8)
    middle = left + max(order) * wide / 2
    write(ax, middle, 368, title, size=14)
    write(ax, middle, 52, f"{padded_share(batches):.0%} padding", size=16, weight="bold")
