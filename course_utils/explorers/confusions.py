"""The matrix of confusions as a table: how many articles of each class a model took for which.
One cell of it is looked at; the others show by their colour where mistakes gather."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from course_utils.explorers.page import GREY, INK, shown, table
from course_utils.explorers.tables import tint


def matrix_table(
    counts: np.ndarray, classes: Sequence[str], chosen: tuple[int, int], model: str
) -> str:
    """HTML of `counts` (true, said), the cell `chosen` in a frame."""
    rows = []
    for i, name in enumerate(classes):
        numbers = enumerate(counts[i].tolist())
        cells = [_cell(n, i != j, (i, j) == chosen) for j, n in numbers]
        rows.append([shown(name), *cells])
    accuracy = np.trace(counts) / counts.sum()
    caption = f"{model}: a row a true desk, a column an answer; accuracy {accuracy:.1%}"
    turned = "writing-mode:vertical-rl;transform:rotate(180deg)"
    head = [f'<span style="{turned}">{shown(name)}</span>' for name in classes]
    return table(["", *head], rows, caption)


def _cell(n: int, off_diagonal: bool, chosen: bool) -> str:
    if chosen:
        return f'<span style="outline:2px solid {INK};padding:0 3px"><b>{n}</b></span>'
    wrong = off_diagonal and n
    colour = f"background:{tint(min(1.0, n / 8))}" if wrong else f"color:{GREY}"
    return f'<span style="{colour};padding:0 3px">{n}</span>' if wrong or not n else str(n)
