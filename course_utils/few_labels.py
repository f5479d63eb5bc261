"""The tables of few labels, as notebook 10 reads them: results/lowshot-NAME.csv and
results/reading-NAME.csv have a row for each system, number of labels and draw of labels; their
column `right` holds an x for each test article that was right, a full stop for each that was not.
"""

from collections.abc import Collection, Mapping
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.lessons.n10 import interval

COUNTING = "tf-idf + LinearSVC"
SHOWN = {
    "tf-idf + vectors": ("both", "C6"),
    "vectors": ("vectors", "C5"),
    COUNTING: ("counting", "C2"),
    "ULMFiT": ("ULMFiT", "C0"),
    "LSTM on vectors": ("LSTM on vectors", "C3"),
    "random pieces, mean alone": ("random embeddings", "0.45"),
    "ULMFiT, nothing read": ("ULMFiT, unread", "C1"),
}
PUBLISHED = {  # systems of results/lowshot-published.csv
    "linear SVM, tf-idf": ("counting", "C2"),
    "pretrained embedding + net": ("other embeddings", "C4"),
}
SIZES: tuple[int | str, ...] = (45, 90, "all")
CORPORA = {"mininews": ("#7B5EA7", -0.17), "gnad-small": ("#7A4B1E", 0.17)}  # colour, place
FAR = 6  # a line between places farther apart than by this factor is dotted
DRAWS = 10  # with fewer an interval is too narrow to rest on
PALE = 0.45  # how dark an interval is that holds zero
LONG = 2.4  # a short name ends farther right than it begins by this factor
BESIDE = 1.4  # a name stands farther right than its dot by this factor
ROOM = 0.4  # a name takes less than this share of a panel's width
APART = 1.05  # dots of two systems at one place stand apart by this factor: no spread hides another

Lead = tuple[float, float, float, int]  # mean, ends of its 95 % interval, number of draws


def marks(right: pd.Series) -> np.ndarray:
    """The column `right` of D rows as booleans (D, N): which of N answers were right."""
    return np.array([list(draw) for draw in right]) == "x"


def shared(
    rows: pd.DataFrame, a: str, b: str, by: str = "labels"
) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """For each value of column `by`: which answers of a and of b were right, both (D, N), in the
    D draws that both have."""
    both = rows[rows.model == a].merge(rows[rows.model == b], on=[by, "draw"])
    found = {}
    for value in sorted(set(both[by])):
        pairs = both[both[by] == value]
        found[value] = marks(pairs.right_x), marks(pairs.right_y)
    return found


def lead(a: np.ndarray, b: np.ndarray, everything: bool = False) -> Lead:
    """By how much a is ahead of b, both (D, N). everything: no labels were drawn, all were given;
    rows that then agree among themselves are no small sample of anything."""
    mean, low, high = interval(a, b)
    alike = len(a) > 1 and all((right == right[0]).all() for right in (a, b))
    return mean, low, high, DRAWS if everything and alike else len(a)


def ahead(rows: pd.DataFrame, a: str, b: str) -> dict[int | str, Lead]:
    """By how much a is ahead of b with 45, 90 and "all" labels, in the draws that both have."""
    found: dict[int | str, Lead] = {}
    pairs = shared(rows, a, b)
    for size in SIZES:
        labels = rows.labels.max() if size == "all" else size
        if labels in pairs:
            found[size] = lead(*pairs[labels], everything=size == "all")
    return found


def worth(rows: pd.DataFrame, system: str, labels: int = 45, n: int = 500) -> np.ndarray:
    """(3,) with how many labels counting is as good as `system` with `labels`, and the ends of the
    95 % interval of a bootstrap over draws and articles. Between the sizes that were measured,
    accuracy is taken to be linear in the logarithm of the number of labels."""
    own = marks(rows[(rows.model == system) & (rows.labels == labels)].right)
    same = rows[(rows.model == COUNTING) & (rows.draw < len(own))]
    sizes = np.unique(same.labels)
    counted = [marks(same[same.labels == size].right) for size in sizes]
    rng = np.random.default_rng(0)
    found = []
    for k in range(n + 1):  # the first time with all draws and articles as they are
        d, i = (rng.integers(N, size=N) if k else np.arange(N) for N in own.shape)
        curve = [right[d % len(right)][:, i].mean() for right in counted]
        rising = np.maximum.accumulate(curve)
        found.append(np.interp(own[d][:, i].mean(), rising, np.log(sizes)))
    return np.exp([found[0], *np.quantile(found[1:], [0.025, 0.975])])


def apart(heights: list[float], step: float) -> list[float]:
    """Falling heights, moved as little as it takes until none is nearer than `step` to the next."""
    found = np.array(heights)
    for _ in range(200):
        short = np.clip(step - (found[:-1] - found[1:]), 0, None)
        found[:-1] += short / 2
        found[1:] -= short / 2
    return found.tolist()


def room(y: float, x: float, others: list[pd.Series]) -> float:
    """How far a name at height y that begins at x is from the other curves, each an accuracy by
    place, straight between places on a logarithmic axis."""
    spots = np.log([x, LONG**0.5 * x, LONG * x])  # the name from its beginning to its end
    lines = [np.interp(spots, np.log(c.index), c, np.nan, np.nan) for c in others]
    passing = np.array(lines)[~np.isnan(lines)]
    return np.abs(passing - y).min(initial=1.0)


def beside_ends(curve: pd.Series, others: list[pd.Series]) -> tuple[float, float, bool]:
    """Place and height of the name of a curve that ends before others do, where these leave most
    room: to the right of its last dot, or, True, to the left of its first."""
    right = BESIDE * curve.index[-1]
    left = curve.index[0] / BESIDE
    last, first = curve.iloc[[-1, 0]]
    spots = [(right, last + step, False) for step in (0.03, -0.03, -0.05)]
    spots += [(left, first + step, True) for step in (0.0, -0.05, -0.1)]
    return max(spots, key=lambda spot: room(spot[1], spot[0] / LONG ** spot[2], others))


def draw_curves(
    ax: Axes,
    rows: pd.DataFrame,
    x: str,
    shown: Mapping[str, tuple[str, str]],
    step: float | None = 0.05,
    hollow: bool = False,
) -> None:
    """Mean accuracy against column `x`, a dot with its spread for each measured place; dotted lines
    lead over wide gaps.

    shown: name and colour of each system. step: least distance of two names beside the axes, in
    units of accuracy; None draws no names. hollow: the dots are white inside."""
    curves = {}
    for k, (system, (name, colour)) in enumerate(shown.items()):
        points = rows[rows.model == system].groupby(x).accuracy.agg(["mean", "std"])
        places = points.index * APART ** (k - (len(shown) - 1) / 2)
        for (x_0, y_0), (x_1, y_1) in pairwise(zip(places, points["mean"], strict=True)):
            style = "-" if x_1 < FAR * x_0 else ":"
            ax.plot([x_0, x_1], [y_0, y_1], style, color=colour, alpha=0.5)
        std = points["std"].fillna(0)
        ax.errorbar(
            places, points["mean"], std, fmt="o", color=colour, mfc="white" if hollow else colour
        )
        curves[name] = points["mean"].set_axis(places)
    if step is not None:
        name_curves(ax, curves, dict(shown.values()), step)
    ax.set(xscale="log", xlabel=x)
    ax.minorticks_off()


def name_curves(
    ax: Axes, curves: Mapping[str, pd.Series], colours: Mapping[str, str], step: float
) -> None:
    """The names of curves, each an accuracy by place: beside the axes, at least `step` apart; of
    those that end before others do where there is room. A line leads from a dot to its name."""
    ends = sorted(curves, key=lambda name: curves[name].iloc[-1], reverse=True)
    heights = apart([curves[name].iloc[-1] for name in ends], step)
    last = max(curve.index[-1] for curve in curves.values())
    for name, y in zip(ends, heights, strict=True):
        curve = curves[name]
        spot = (BESIDE * last, y, False)
        if curve.index[-1] < last / BESIDE:
            spot = beside_ends(curve, [other for key, other in curves.items() if key != name])
        x, y, before = spot
        end, side = (0, "right") if before else (-1, "left")
        dot = curve.index[end], curve.iloc[end]
        line = {"arrowstyle": "-", "color": colours[name], "lw": 2, "shrinkB": 0}
        line["relpos"] = (int(before), 0.5)  # to the middle of the name's nearer side
        ax.annotate(name, dot, (x, y), color="0.15", va="center", ha=side, arrowprops=line)


def draw_lead(ax: Axes, place: float, lead: Lead, colour: str, hollow: bool = False) -> None:
    """One lead with its interval: pale if it holds zero, a diamond if its draws are few.

    hollow: the mark of an interval that holds zero is not pale, but white inside."""
    mean, low, high, draws = lead
    alpha = PALE if low <= 0 <= high else 1.0
    ax.plot([low, high], [place, place], lw=3, color=colour, alpha=alpha, solid_capstyle="butt")
    (mark,) = ax.plot(mean, place, "o" if draws >= DRAWS else "D", color=colour, alpha=alpha)
    if hollow and low <= 0 <= high:
        mark.set(alpha=1.0, markerfacecolor="white", markeredgewidth=1.5)


def spot_with_room(ax: Axes) -> tuple[int, bool]:
    """A row that `draw_lead` filled, and whether names go to its left: the first row, if there is
    room left of its lines; else, to its right, the row whose lines end farthest left."""
    ends: dict[int, list[float]] = {}
    for line in ax.lines:
        row = round(np.asarray(line.get_ydata(), float).mean())
        ends.setdefault(row, []).extend(np.asarray(line.get_xdata(), float))
    low, high = ax.get_xlim()
    if min(ends.get(0, [low])) - low > ROOM * (high - low):
        return 0, True
    return min(ends, key=lambda row: max(ends[row]), default=0), False


def draw_leads(
    tables: Mapping[str, pd.DataFrame],
    questions: Mapping[str, tuple[str, str]],
    hollow: bool = False,
    rules: Collection[int] = (),
) -> Figure:
    """A row for each question (a, b): how far a is ahead of b on each corpus of `tables`, a panel
    each for 45, 90 and all labels. hollow: as in `draw_lead`. rules: above these rows stands a line
    that divides the questions into groups."""
    size = (11, 1.3 + 0.5 * len(questions))
    figure, axes = plt.subplots(1, 3, figsize=size, sharex=True, sharey=True)
    for row, (a, b) in enumerate(questions.values()):
        for corpus, rows in tables.items():
            colour, shift = CORPORA[corpus]
            for column, lead in ahead(rows, a, b).items():
                draw_lead(axes[SIZES.index(column)], row + shift, lead, colour, hollow)
    axes[0].margins(x=0.1)  # room between the numbers of neighbours
    free, left = spot_with_room(axes[0])  # for the names of the corpora
    for ax, column in zip(axes, SIZES, strict=True):
        ax.axvline(0, color="0.3", lw=1, zorder=0)
        for row in rules:
            ax.axhline(row - 0.5, color="0.6", lw=1, zorder=0)
        ax.set(title=f"{column} labels")
        ax.grid(False, axis="y")
        for row in range(0, len(questions), 2):
            ax.axhspan(row - 0.5, row + 0.5, color="0.5", alpha=0.08, lw=0, zorder=0)
    low, high = axes[1].get_xlim()
    axes[1].set_xlabel("← second ahead    first ahead →", x=-low / (high - low))
    axes[0].set(yticks=range(len(questions)), yticklabels=questions)
    axes[0].set_ylim(len(questions) - 0.5, -0.5)
    for corpus, (colour, shift) in CORPORA.items():
        side = {"x": 0.02, "ha": "left"} if left else {"x": 0.98, "ha": "right"}
        where = {"y": free + shift, "va": "center", "transform": axes[0].get_yaxis_transform()}
        axes[0].text(s=corpus, color=colour, size=11, **side, **where)
    return figure
