"""Tables of numbers as HTML that reads in light and dark themes and that no page strips.
An explorer shows the numbers of an equation; how a number, a matrix, a cell looks stands here."""

from html import escape

import numpy as np
from numpy.typing import ArrayLike

# Blue and orange stay apart for colour-blind readers; both are pale enough to carry dark text.
_NEGATIVE = (103, 169, 207)
_POSITIVE = (241, 163, 64)
# Own background and text colours, so that the tables read in light and dark themes.
PAGE = "background:#fff;color:#1a1a1a;padding:6px 10px;overflow-x:auto"
TABLE = (
    "background:#fff;color:#1a1a1a;border-collapse:separate;border-spacing:0;"
    "font:13px monospace;text-align:right;white-space:nowrap;margin:4px 0"
)
ROW = '<tr style="background:#fff">'
CROSSED = (  # a number that is not there: one that is may be rounded to 0.00
    '<td style="background:#1a1a1a;color:#fff;border:1px solid #ccc;padding:2px 6px;'
    'text-align:center">×</td>'
)

Part = str | tuple[str, np.ndarray]  # an operator, or a symbol and its numbers


def as_array(values: ArrayLike) -> np.ndarray:
    """`values` as float64; a torch tensor leaves its graph and its device first."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
    return np.asarray(values, dtype=np.float64)


def as_text(values: np.ndarray) -> str:
    """A vector or a matrix in plain text: [[1.00 0.00] [0.50 0.25]] with commas between rows."""
    if values.ndim == 2:
        return f"[{', '.join(map(as_text, values))}]"
    return f"[{' '.join(map(_number, values))}]"


def subscript(symbol: str, index: str | int) -> str:
    """HTML: a symbol with its index below."""
    return f"<i>{symbol}</i><sub>{index}</sub>"


def tint(value: float) -> str:
    """The colour of a number: orange above 0, blue below, white at 0, full from ±1 on."""
    share = min(1.0, abs(value))
    end = _POSITIVE if value > 0 else _NEGATIVE
    return "#" + "".join(f"{round(255 - share * (255 - channel)):02x}" for channel in end)


def coloured_cell(value: float | None) -> str:
    """HTML: one number on its colour, full from ±1 on; None is an empty cell, equally wide."""
    border = "border:1px solid #ccc;padding:2px 6px"
    if value is None:
        return f'<td style="{border}">{"&nbsp;" * 5}</td>'
    colour = tint(float(_number(value)))  # of the rounded number: one on every machine
    return f'<td style="background:{colour};{border}">{_padded(value)}</td>'


def equation_table(*lines: list[Part], label: str) -> str:
    """HTML: a row of symbols above rows of numbers; `label` is what a screen reader says.

    `lines` stand side by side, or one below the other where the page is narrow."""
    tables = "".join(_equation_line(parts) for parts in lines)
    return f'<div role="math" aria-label="{escape(label)}">{tables}</div>'


def _equation_line(parts: list[Part]) -> str:
    """The table of one piece that is not broken."""
    n_rows = max(len(part[1]) for part in parts if not isinstance(part, str))
    head = ""
    rows = [""] * n_rows
    for part in parts:
        if isinstance(part, str):
            head += _head(part, "padding:1px 5px")
            rows[0] += f'<td rowspan="{n_rows}" style="padding:1px 5px">{part}</td>'
            continue
        symbol, numbers = part
        matrix = numbers.reshape(len(numbers), -1)
        width = matrix.shape[1] + 2  # with the two brackets
        head += _head(symbol, "padding:1px 5px;text-align:center", f'colspan="{width}" ')
        for i in range(n_rows):
            rows[i] += _matrix_row(matrix, i) if i < len(matrix) else f'<td colspan="{width}"></td>'
    body = "".join(f"{ROW}{row}</tr>" for row in [head, *rows])
    style = f"{TABLE};display:inline-table;vertical-align:top"
    return f'<table role="presentation" style="{style}">{body}</table>'


def _head(words: str, style: str, span: str = "") -> str:
    """The head of a column; one without words is no heading to a screen reader."""
    kind = "th" if words else "td"
    return f'<{kind} {span}style="{style}">{words}</{kind}>'


def _matrix_row(matrix: np.ndarray, i: int) -> str:
    """Row `i`; the first one opens and closes the brackets, which reach over all rows."""
    cells = [f'<td style="padding:1px 5px">{_padded(number)}</td>' for number in matrix[i]]
    if i == 0:
        cells = [_bracket("right", len(matrix)), *cells, _bracket("left", len(matrix))]
    return "".join(cells)


def _bracket(open_side: str, n_rows: int) -> str:
    """A square bracket over `n_rows` rows: a narrow cell with a border on all sides but one."""
    style = f"padding:0 2px;border:2px solid;border-{open_side}:0"
    return f'<td rowspan="{n_rows}" style="{style}"></td>'


def _number(value: float) -> str:
    return f"{round(float(value), 2) + 0.0:.2f}"  # + 0.0 turns -0.0 into 0.0


def _padded(value: float) -> str:
    """As wide without a minus sign as with one, so that nothing jumps from step to step."""
    return f"{_number(value):>5}".replace(" ", "&nbsp;")
