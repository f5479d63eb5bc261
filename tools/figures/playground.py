"""The way of a learner's own text: read, checked, turned into numbers, classified or continued.
Where it can go wrong, the figure says what the reader will be told."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .drawing import (
    ALARM,
    GREY,
    HIDDEN,
    INPUT,
    MONO,
    OUTPUT,
    arrow,
    box,
    canvas,
    figure,
    line,
    write,
)

MIDDLE = 196
HIGH = 268
LOW = 106


@figure(
    "The way of a text: a .csv, .tsv, .json or .jsonl file or a folder of .txt files is read and "
    "checked, where bad input ends in a list of all faults, each with file, line and way out. With "
    "labels, it becomes words and numbers, and a classifier turns them into a prediction with "
    "coloured words and into an export of two files; without labels, a language model reads the "
    "checked text itself, goes on with new text and says which text surprises it."
)
def playground() -> Figure:
    sheet, ax = canvas(700, 372)
    _reading(ax)
    arrow(ax, (381, MIDDLE), (395, MIDDLE), (395, HIGH), (411, HIGH))
    _model(ax, HIGH, "classifier", "with labels")
    arrow(ax, (263, MIDDLE - 20), (273, MIDDLE - 20), (273, LOW), (411, LOW))
    _model(ax, LOW, "language model", "without labels")
    _result(ax, HIGH, 330, "prediction", "coloured words")
    _result(ax, HIGH, 232, "export", "two files")
    _result(ax, LOW, 144, "new text", "best of 16 drafts")
    _result(ax, LOW, 58, "surprise", "text by text")
    write(ax, 482, HIGH - 36, "against word counts", GREY, 11)
    return sheet


def _reading(ax: Axes) -> None:
    kinds = (".csv  .tsv", ".json .jsonl", "folder/*.txt")
    for k, name in enumerate(kinds):
        y = MIDDLE + 62 - 62 * k
        box(ax, 68, y, "", INPUT, w=116, h=38)
        write(ax, 68, y, name, size=9.5, family=MONO)
        line(ax, [126, 136, 136], [y, y, MIDDLE], INPUT)
    arrow(ax, (136, MIDDLE), (149, MIDDLE), colour=INPUT)
    box(ax, 206, MIDDLE, "", HIDDEN, w=112, h=62)
    write(ax, 206, MIDDLE + 11, "read", size=12)
    write(ax, 206, MIDDLE - 11, "and check", size=12)
    arrow(ax, (206, MIDDLE - 32), (206, 80), colour=ALARM)
    box(ax, 206, 54, "", ALARM, w=172, h=48, fill=0.12)
    write(ax, 206, 63, "all faults:", size=11)
    write(ax, 206, 45, "file, line, way out", size=11)
    arrow(ax, (263, MIDDLE), (283, MIDDLE))
    box(ax, 332, MIDDLE, "", INPUT, w=96, h=62)
    write(ax, 332, MIDDLE + 11, "words,", size=12)
    write(ax, 332, MIDDLE - 11, "numbers", size=12)


def _model(ax: Axes, y: float, name: str, label: str) -> None:
    box(ax, 482, y, name, HIDDEN, w=140, h=44, corner=14, size=10.5)
    write(ax, 482, y + 35, label, GREY, 11)


def _result(ax: Axes, start: float, end: float, what: str, note: str) -> None:
    if start == end:
        points = [(553.0, end), (581.0, end)]
    else:
        points = [(553.0, start), (566.0, start), (566.0, end), (581.0, end)]
    arrow(ax, *points, colour=OUTPUT)
    box(ax, 636, end, what, OUTPUT, w=108, h=38, size=12)
    write(ax, 636, end - 31, note, GREY, 10)
