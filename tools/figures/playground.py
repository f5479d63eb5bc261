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
    "checked, where bad input ends in one message with file, line and way out; it becomes words "
    "and numbers. With labels, a classifier turns them into a prediction with coloured words and "
    "into an export of safetensors and JSON; without labels, a language model turns them into new "
    "text and says which text surprises it."
)
def playground() -> Figure:
    sheet, ax = canvas(700, 372)
    _reading(ax)
    _model(ax, HIGH, "classifier", "with labels")
    _model(ax, LOW, "language model", "without labels")
    _result(ax, HIGH, 330, "prediction", "coloured words")
    _result(ax, HIGH, 232, "export", "safetensors + JSON")
    _result(ax, LOW, 144, "new text", "best of 16 drafts")
    _result(ax, LOW, 58, "surprise", "text by text")
    write(ax, 458, HIGH - 36, "against word counts", GREY, 11)
    return sheet


def _reading(ax: Axes) -> None:
    kinds = (".csv  .tsv", ".json .jsonl", "folder/*.txt")
    for k, name in enumerate(kinds):
        y = MIDDLE + 62 - 62 * k
        box(ax, 64, y, "", INPUT, w=100, h=38)
        write(ax, 64, y, name, size=9.5, family=MONO)
        line(ax, [114, 124, 124], [y, y, MIDDLE], INPUT)
    arrow(ax, (124, MIDDLE), (135, MIDDLE), colour=INPUT)
    box(ax, 184, MIDDLE, "", HIDDEN, w=96, h=62)
    write(ax, 184, MIDDLE + 11, "read", size=12)
    write(ax, 184, MIDDLE - 11, "and check", size=12)
    arrow(ax, (184, MIDDLE - 32), (184, 78), colour=ALARM)
    box(ax, 184, 54, "", ALARM, w=160, h=44, fill=0.12)
    write(ax, 184, 62, "one clear message:", size=11)
    write(ax, 184, 45, "file, line, way out", size=11)
    arrow(ax, (233, MIDDLE), (260, MIDDLE))
    box(ax, 306, MIDDLE, "", INPUT, w=90, h=62)
    write(ax, 306, MIDDLE + 11, "words,", size=12)
    write(ax, 306, MIDDLE - 11, "numbers", size=12)


def _model(ax: Axes, y: float, name: str, label: str) -> None:
    arrow(ax, (352, MIDDLE), (372, MIDDLE), (372, y), (389, y))
    box(ax, 458, y, name, HIDDEN, w=136, h=44, corner=14, size=11)
    write(ax, 458, y + 35, label, GREY, 11)


def _result(ax: Axes, start: float, end: float, what: str, note: str) -> None:
    if start == end:
        points = [(527.0, end), (562.0, end)]
    else:
        points = [(527.0, start), (544.0, start), (544.0, end), (562.0, end)]
    arrow(ax, *points, colour=OUTPUT)
    box(ax, 622, end, what, OUTPUT, w=116, h=38)
    write(ax, 622, end - 31, note, GREY, 10.5)
