"""Small SVG charts that need no library in the page and carry their own background.
Each has a title for screen readers; the numbers also stand in the text beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from course_utils.explorers.page import GREEN, GREY, INK, LINE, ORANGE, PINK, SERIES

WIDTH = 560
HEIGHT = 180
LEFT = 56
BOTTOM = 34
PALE = "#d9ecf7"
BESIDE_ORANGE = (GREEN, PINK, INK, GREY)


def svg(body: str, label: str, width: int = WIDTH, height: int = HEIGHT) -> str:
    """An SVG picture; `label` says what is to be seen."""
    return (
        f'<svg role="img" aria-label="{escape(label)}" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" style="background:#fff;max-width:100%;height:auto;'
        f'display:block" font-family="sans-serif" font-size="11" fill="{INK}">{body}</svg>'
    )


def text(x: float, y: float, words: str, anchor: str = "start", colour: str = INK) -> str:
    """Words at a point, over a white edge that keeps them apart from what lies below; `words` are
    escaped here."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" stroke="#fff" '
        f'stroke-width="3" paint-order="stroke">{escape(words)}</text>'
    )


def line(x1: float, y1: float, x2: float, y2: float, colour: str = LINE, width: float = 1) -> str:
    """A straight line."""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width}"/>'
    )


def squares(
    dark: np.ndarray, left: float, top: float, width: float, height: float, frame: str | None
) -> str:
    """A table of small rectangles, dark where `dark` (rows, columns) is true, in a frame of this
    colour or in none."""
    body = ""
    for fill, chosen in ((INK, dark), (PALE, ~dark)):  # one path a colour: a notebook keeps them
        shapes = [
            f"M{left + column * width:.0f} {top + row * height:.1f}"
            f"h{width - 1:.0f}v{height - 1:.1f}h-{width - 1:.0f}z"
            for row, column in np.argwhere(chosen)
        ]
        body += f'<path d="{"".join(shapes)}" fill="{fill}"/>'
    if frame:
        rows, columns = dark.shape
        place = f'x="{left - 3:.1f}" y="{top - 3:.1f}"'
        size = f'width="{width * columns + 5:.1f}" height="{height * rows + 5:.1f}"'
        body += f'<rect {place} {size} fill="none" stroke="{frame}" stroke-width="2"/>'
    return body


Label = tuple[float, float, str]  # x, y and the anchor of a text
_PLACES = (  # right, left, below and above, then the corners
    *((8, 4, "start"), (-8, 4, "end"), (0, 17, "middle"), (0, -8, "middle")),
    *((8, 14, "start"), (8, -6, "start"), (-8, 14, "end"), (-8, -6, "end")),
)


def labels(spots: Mapping[str, Sequence[float]], width: float) -> dict[str, Label]:
    """For each named point the place of its name, on one of eight sides: where it
    covers the fewest other names and points, and stays between 0 and `width`."""
    taken = [(x - 4, y - 4, x + 4, y + 4) for x, y in spots.values()]
    found: dict[str, Label] = {}
    for name, (x, y) in spots.items():
        costs = []
        for dx, dy, anchor in _PLACES:
            box = _box(x + dx, y + dy, name, anchor)
            outside = box[0] < 0 or box[2] > width or box[1] < 0
            costs.append(sum(_touch(box, other) for other in taken) + 9 * outside)
        dx, dy, anchor = _PLACES[costs.index(min(costs))]
        found[name] = (x + dx, y + dy, anchor)
        taken.append(_box(x + dx, y + dy, name, anchor))
    return found


def _box(x: float, y: float, name: str, anchor: str) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a text of 11 pixels."""
    length = 6.3 * len(name)
    left = x - {"start": 0, "middle": length / 2, "end": length}[anchor]
    return left, y - 9, left + length, y + 2


def _touch(a: Sequence[float], b: Sequence[float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def dots(places: Sequence[tuple[float, float]], colour: str) -> str:
    """Many small points of one colour, as one path."""
    shapes = "".join(f"M{x - 2:.0f} {y - 2:.0f}h4v4h-4z" for x, y in places)
    return f'<path d="{shapes}" fill="{colour}"/>'


def curves(
    series: Mapping[str, Sequence[float]],
    label: str,
    y_range: tuple[float, float] | None = None,
    marked: int | None = None,
    x_name: str = "word",
    chosen: str | None = None,
) -> str:
    """Lines over positions 1, 2, …, each named at its end; `marked` is a position to point at.

    chosen: the series that is orange; the others have colours that neither orange nor blue is near.
    """
    values = [value for numbers in series.values() for value in numbers]
    low, high = y_range or (min(values), max(values))
    span = (high - low) or 1.0
    count = max(map(len, series.values()))
    right = WIDTH - 130
    top = 12
    floor = HEIGHT - BOTTOM

    def x(i: int) -> float:
        return LEFT + (right - LEFT) * (i / max(1, count - 1))

    def y(value: float) -> float:
        return floor - (floor - top) * ((value - low) / span)

    body = line(LEFT, floor, right, floor) + line(LEFT, top, LEFT, floor)
    for tick in (low, low + span / 2, high):
        body += text(LEFT - 5, y(tick) + 4, f"{tick:.3g}", "end", GREY)
    body += text(LEFT, HEIGHT - 8, f"{x_name} 1", "start", GREY)
    body += text(right, HEIGHT - 8, f"{x_name} {count}", "end", GREY)
    if marked:
        body += line(x(marked - 1), top, x(marked - 1), floor, GREY)
    ends = _apart([y(numbers[-1]) for numbers in series.values()], 13, floor)
    others = iter((SERIES if chosen is None else BESIDE_ORANGE) * 2)
    for (name, numbers), end in zip(series.items(), ends, strict=True):
        colour = ORANGE if name == chosen else next(others)
        points = " ".join(f"{x(i):.1f},{y(value):.1f}" for i, value in enumerate(numbers))
        body += f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        body += line(x(len(numbers) - 1), y(numbers[-1]), right + 6, end, colour)
        body += text(right + 8, end + 4, name)
    return svg(body, label)


def _apart(heights: list[float], gap: float, floor: float) -> list[float]:
    """The heights moved so that labels at them do not touch, in the same order."""
    order = sorted(range(len(heights)), key=heights.__getitem__)
    placed = list(heights)
    for before, after in zip(order, order[1:], strict=False):
        placed[after] = max(placed[after], placed[before] + gap)
    over = max(placed, default=0) - floor - 4
    if over > 0:
        placed = [height - over for height in placed]
    return placed
