"""What all figures share: a canvas, colours with one meaning each, and the few shapes in use.
Boxes are given by their centre, panels and rectangles by their lower left corner, all in pixels."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Rectangle
from matplotlib.path import Path as Outline

ROOT = Path(__file__).resolve().parents[2]
STYLE = ROOT / "course_utils" / "course.mplstyle"

# Okabe and Ito (2008): told apart by colour-blind readers, the same meaning in every figure.
INK = "#222222"
GREY = "#6B6B6B"
PAPER = "#FCFBF8"
PADDING = "#D9D9D9"
INPUT = "#0072B2"
HIDDEN = "#E69F00"
OUTPUT = "#009E73"
CELL = "#CC79A7"
ALARM = "#D55E00"

MONO = "DejaVu Sans Mono"
SENTENCE = ["Der", "neue", "BER", "wird", "bald", "eröffnet"]

Point = tuple[float, float]
FIGURES: dict[str, Callable[[], Figure]] = {}  # filled by the decorator below
ALT: dict[str, str] = {}  # what is to be seen, for those who don't see it


def figure(alt: str) -> Callable[[Callable[[], Figure]], Callable[[], Figure]]:
    """Register a function as the figure of its name, with its text alternative."""

    def register(function: Callable[[], Figure]) -> Callable[[], Figure]:
        FIGURES[function.__name__] = function
        ALT[function.__name__] = alt
        return function

    return register


def draw(name: str, folder: Path) -> Path:
    """Draw one figure as folder/NAME.svg; the same bytes on every run of the same matplotlib."""
    metadata = {"Date": None, "Description": ALT[name]}
    with style.context(STYLE, after_reset=True):
        file = io.BytesIO()  # a path would be opened in text mode, with other line ends on Windows
        FIGURES[name]().savefig(file, format="svg", metadata=metadata)
    path = folder / f"{name}.svg"
    path.write_bytes(file.getvalue())
    return path


def canvas(width: int = 700, height: int = 350) -> tuple[Figure, Axes]:
    """A figure whose coordinates are pixels at 100 dpi, the origin bottom left."""
    sheet = Figure(figsize=(width / 100, height / 100))
    sheet.set_layout_engine("none")
    ax = sheet.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height))
    ax.axis("off")
    return sheet, ax


def _channels(colour: str) -> list[int]:
    return [int(colour[start : start + 2], 16) for start in (1, 3, 5)]


def tint(colour: str, share: float = 0.3) -> str:
    """The colour, thinned with white to the given share."""
    return "#" + "".join(f"{round(255 - share * (255 - c)):02X}" for c in _channels(colour))


def shade(colour: str) -> str:
    """The colour, dark enough for text on the light background."""
    return "#" + "".join(f"{round(0.72 * c):02X}" for c in _channels(colour))


def write(
    ax: Axes, x: float, y: float, text: str, colour: str = INK, size: float = 12, **kw: Any
) -> None:
    """Text around (x, y)."""
    hangs = text.startswith("$") or "rotation" in kw  # subscripts reach below the baseline
    alignment = {"ha": "center", "va": "center" if hangs else "center_baseline"}
    ax.text(x, y, text, color=colour, fontsize=size, **{**alignment, **kw})


def rectangle(ax: Axes, x: float, y: float, w: float, h: float, **kw: Any) -> None:
    """A rectangle with its lower left corner at (x, y); colours as matplotlib's `fc` and `ec`."""
    ax.add_patch(Rectangle((x, y), w, h, **kw))


def panel(ax: Axes, x: float, y: float, w: float, h: float, corner: float, **kw: Any) -> None:
    """A rectangle with rounded corners and its lower left corner at (x, y)."""
    boxstyle = f"round,pad=0,rounding_size={corner}"
    ax.add_patch(FancyBboxPatch((x, y), w, h, boxstyle=boxstyle, **kw))


def box(
    ax: Axes,
    x: float,
    y: float,
    text: str,
    colour: str,
    w: float = 44,
    h: float = 36,
    corner: float = 6,
    fill: float = 0.3,
    size: float = 13,
    ink: str = INK,
    **kw: Any,
) -> None:
    """A rounded box around (x, y) with a text in it."""
    look = {"fc": tint(colour, fill), "ec": colour, "lw": 1.8, "zorder": 3, **kw}
    panel(ax, x - w / 2, y - h / 2, w, h, corner, **look)
    write(ax, x, y, text, ink, size)


def circle(
    ax: Axes,
    x: float,
    y: float,
    text: str,
    colour: str,
    r: float = 21,
    fill: float = 0.3,
    size: float = 13,
    **kw: Any,
) -> None:
    """A circle around (x, y) with a text in it."""
    look: dict[str, Any] = {"fc": tint(colour, fill), "ec": colour, "lw": 1.8, "zorder": 3, **kw}
    ax.add_patch(Circle((x, y), r, **look))
    write(ax, x, y, text, INK, size)


def line(ax: Axes, xs: Sequence[float], ys: Sequence[float], colour: str = INK, **kw: Any) -> None:
    """A line through the points (xs[k], ys[k]), below the boxes."""
    ax.plot(xs, ys, color=colour, **{"lw": 1.7, "zorder": 1, **kw})


def arrow(
    ax: Axes, *points: Point, colour: str = INK, head: str = "-|>", corner: float = 10, **kw: Any
) -> None:
    """A line through the points with rounded corners and a head at its end."""
    vertices = [points[0]]
    codes = [Outline.MOVETO]
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        vertices += [_towards(at, before, corner), at, _towards(at, after, corner)]
        codes += [Outline.LINETO, Outline.CURVE3, Outline.CURVE3]
    path = Outline([*vertices, points[-1]], [*codes, Outline.LINETO])
    look: dict[str, Any] = {"color": colour, "lw": 1.7, "joinstyle": "miter", **kw}
    ax.add_patch(FancyArrowPatch(path=path, arrowstyle=head, mutation_scale=13, **look))


def _towards(at: Point, end: Point, distance: float) -> Point:
    """The point so far from `at` on the way to `end`, which lies above, below or beside it."""
    span = abs(end[0] - at[0]) + abs(end[1] - at[1])
    x = at[0] + (end[0] - at[0]) * distance / span
    y = at[1] + (end[1] - at[1]) * distance / span
    return x, y


def curve(ax: Axes, *points: Point, colour: str = INK, head: str = "-|>", **kw: Any) -> None:
    """A Bézier curve through four control points with a head at its end."""
    path = Outline(points, [Outline.MOVETO] + [Outline.CURVE4] * 3)
    inside = "none" if head == "-" else colour
    look: dict[str, Any] = {"fc": inside, "ec": colour, "lw": 1.7, "joinstyle": "miter", **kw}
    ax.add_patch(FancyArrowPatch(path=path, arrowstyle=head, mutation_scale=13, **look))
