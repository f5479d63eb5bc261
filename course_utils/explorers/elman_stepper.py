"""Walks a sentence through a tiny Elman network, one word at a time, with the real numbers in the equation.
An index like t-1 stays abstract until one can step back and forth and see which number it stands for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from html import escape

import ipywidgets as widgets
import numpy as np
from IPython.display import display
from numpy.typing import ArrayLike

# Blue and orange stay apart for colour-blind readers; both are pale enough to carry dark text.
_NEGATIVE, _POSITIVE = (103, 169, 207), (241, 163, 64)
# Own background and text colours, so that the tables read in light and dark themes.
_PAGE = "background:#fff;color:#1a1a1a;padding:6px 10px;overflow-x:auto"
_TABLE = (
    "background:#fff;color:#1a1a1a;border-collapse:separate;border-spacing:0;"
    "font:13px monospace;text-align:right;margin:4px 0"
)
_ROW = '<tr style="background:#fff">'
# JupyterLab shows the live widget and the static strip in one output area: there the widget replaces the strip.
# The selector names JupyterLab's own panel, so an exported page, where the buttons are dead, keeps the strip.
_HIDE_STRIP = (
    "<style>.jp-NotebookPanel .jp-OutputArea-child:has(.elman-live) ~ .jp-OutputArea-child:has(.elman-strip)"
    "{display:none}</style>"
)


@dataclass(eq=False)
class ElmanStepper:
    """A position `t` in a sentence, and every number of h_t = tanh(W_h x_t + U_h h_{t-1} + b_h) at it (Elman, 1990).

    T words, D numbers a word, H hidden units. Arrays may be NumPy arrays, lists or torch tensors.

    words: T words. x: (T, D), one row a word. W_h: (H, D). U_h: (H, H). b_h: (H,).
    t: words read so far, 0 (none, the start) to T (all).
    Raises ValueError for an empty sentence, for arrays that do not fit together and for a `t` outside 0..T.
    """

    words: list[str]
    x: np.ndarray
    W_h: np.ndarray
    U_h: np.ndarray
    b_h: np.ndarray
    t: int = 0
    _states: np.ndarray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.words, str) or not len(self.words):
            raise ValueError(
                f"words must be a list with at least one word, not {self.words!r}; try sentence.split()"
            )
        self.words = [str(word) for word in self.words]
        self.x, self.W_h, self.U_h, self.b_h = map(_array, (self.x, self.W_h, self.U_h, self.b_h))
        if self.W_h.ndim != 2 or not self.W_h.size:
            raise ValueError(
                f"W_h has shape {self.W_h.shape}, expected (H, D): hidden units by numbers a word"
            )
        n_hidden, n_inputs = self.W_h.shape
        expected = {
            "x": (len(self.words), n_inputs),
            "U_h": (n_hidden, n_hidden),
            "b_h": (n_hidden,),
        }
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise ValueError(
                    f"{name} has shape {getattr(self, name).shape}, expected {shape}: "
                    f"there are {len(self.words)} words, and W_h is (H, D) = {self.W_h.shape}"
                )
        states = [np.zeros(n_hidden)]
        for x_t in self.x:
            states.append(np.tanh(self.W_h @ x_t + self.U_h @ states[-1] + self.b_h))
        self._states = np.stack(states)
        self.go(self.t)

    @property
    def h(self) -> np.ndarray:
        """The hidden states so far, (t + 1, H): row t is h_t, row 0 the zeros before the first word."""
        return self._states[: self.t + 1].copy()

    def go(self, t: int) -> None:
        """Stand after `t` words. Raises ValueError outside 0..T."""
        if not 0 <= t <= len(self.words):
            raise ValueError(
                f"step {t} does not exist: the sentence has steps 0 to {len(self.words)}"
            )
        self.t = t

    def forward(self) -> None:
        """Read one word more; after the last word, stay."""
        self.go(min(self.t + 1, len(self.words)))

    def back(self) -> None:
        """Read one word less; before the first word, stay."""
        self.go(max(self.t - 1, 0))

    def reset(self) -> None:
        """Stand before the first word."""
        self.go(0)

    def sentence(self) -> str:
        """HTML: the sentence, the present word marked."""
        words = [escape(word) for word in self.words]
        if self.t:
            words[self.t - 1] = (
                f'<mark style="background:#ffe08a;color:#1a1a1a;padding:1px 3px"><b>{words[self.t - 1]}</b></mark>'
            )
        place = f"t = {self.t}" if self.t else "t = 0 (no word read yet)"
        return f'<div style="font-size:15px;color:#1a1a1a;margin-top:8px">{place}: {" ".join(words)}</div>'

    def equation(self) -> str:
        """HTML: the equation of the present step, each symbol above its numbers (two decimals)."""
        t, h_t = self.t, self._states[self.t]
        if not t:
            return _equation_table([(_sub("h", 0), h_t)], label=self.as_text())
        parts = [
            (_sub("h", t), h_t), "= tanh(",
            (_sub("W", "h"), self.W_h), "", (_sub("x", t), self.x[t - 1]), "+",
            (_sub("U", "h"), self.U_h), "", (_sub("h", t - 1), self._states[t - 1]), "+",
            (_sub("b", "h"), self.b_h), ") = tanh(", ("", self._sum()), ")",
        ]  # fmt: skip
        return _equation_table(parts, label=self.as_text())

    def strip(self) -> str:
        """HTML: the hidden states so far, one column a word and one coloured row a unit; words to come stay empty."""
        head = "".join(
            f'<th style="padding:2px 6px;text-align:center">{_sub("h", t)}<br>{escape(word)}</th>'
            for t, word in enumerate(["(start)", *self.words])
        )
        rows = "".join(
            f'{_ROW}<th style="padding:2px 6px">unit {unit + 1}</th>'
            + "".join(
                _cell(states[unit] if t <= self.t else None)
                for t, states in enumerate(self._states)
            )
            + "</tr>"
            for unit in range(len(self.b_h))
        )
        return (
            f'<table style="{_TABLE}">{_ROW}<th>hidden state</th>{head}</tr>{rows}</table>'
            '<div style="font-size:12px;color:#1a1a1a">orange: above 0, blue: below 0, white: 0</div>'
        )

    def as_text(self) -> str:
        """The present step in plain text, with the same numbers: the text alternative of the pictures."""
        t = self.t
        words = [f"[{word}]" if i == t else word for i, word in enumerate(self.words, start=1)]
        place = f"step {t} of {len(words)}: {' '.join(words)}"
        if not t:
            return f"{place}\nh_0 = {_text(self._states[0])}, no word read yet"
        return (
            f"{place}\n"
            f"h_{t} = tanh(W_h x_{t} + U_h h_{t - 1} + b_h)\n"
            f"    = tanh({_text(self.W_h)} {_text(self.x[t - 1])} + {_text(self.U_h)} {_text(self._states[t - 1])}"
            f" + {_text(self.b_h)})\n"
            f"    = tanh({_text(self._sum())})\n"
            f"    = {_text(self._states[t])}"
        )

    def _sum(self) -> np.ndarray:
        return self.W_h @ self.x[self.t - 1] + self.U_h @ self._states[self.t - 1] + self.b_h


def elman_stepper(
    words: list[str], x: ArrayLike, W_h: ArrayLike, U_h: ArrayLike, b_h: ArrayLike
) -> None:
    """Display an Elman network that reads `words` step by step: a live widget, and all its steps as tables.

    Shapes and errors as in `ElmanStepper`. With a kernel the reader gets buttons and a slider; a page without one
    (GitHub, nbviewer, the HTML export) shows the tables, and what shows plain text only gets every step as text.
    """
    stepper = ElmanStepper(words, x, W_h, U_h, b_h)
    frames = [replace(stepper, t=t) for t in range(1, len(stepper.words) + 1)]
    box = _widget(stepper)
    live = {
        "application/vnd.jupyter.widget-view+json": {
            "version_major": 2,
            "version_minor": 0,
            "model_id": box.model_id,
        },
        # A fixed text: a widget's own differs between versions of ipywidgets.
        "text/plain": f"Elman stepper, {len(frames)} steps; run the cell for buttons and a slider.",
    }
    static = {
        "text/html": _static_html(frames),
        "text/plain": "\n\n".join(frame.as_text() for frame in frames),
    }
    display(live, raw=True)
    display(static, raw=True)


def _widget(stepper: ElmanStepper) -> widgets.VBox:
    """Buttons and a slider over `stepper`, and its picture. Only the slider redraws, so both stay in step."""
    slider = widgets.IntSlider(value=stepper.t, min=0, max=len(stepper.words), description="step t")
    view = widgets.HTML()

    def draw(_=None) -> None:
        stepper.go(slider.value)
        view.value = (
            f'<div style="{_PAGE}">{stepper.sentence()}{stepper.equation()}{stepper.strip()}</div>'
        )

    def button(name: str, tooltip: str, move: Callable[[], None]) -> widgets.Button:
        made = widgets.Button(
            description=name, tooltip=tooltip, layout=widgets.Layout(width="auto")
        )

        def clicked(_) -> None:
            move()
            slider.value = stepper.t

        made.on_click(clicked)
        return made

    slider.observe(draw, names="value")
    draw()
    controls = widgets.HBox(
        [
            button("reset", "before the first word", stepper.reset),
            button("back", "one word less", stepper.back),
            button("forward", "one word more", stepper.forward),
            slider,
        ]
    )
    hide_strip = widgets.HTML(_HIDE_STRIP, layout=widgets.Layout(display="none"))
    return widgets.VBox([controls, view, hide_strip]).add_class("elman-live")


def _static_html(frames: list[ElmanStepper]) -> str:
    steps = "".join(frame.sentence() + frame.equation() for frame in frames)
    return (
        f'<div class="elman-strip" style="{_PAGE}"><details open><summary>all {len(frames)} steps</summary>'
        f"{frames[-1].strip()}{steps}</details></div>"
    )


def _array(values: ArrayLike) -> np.ndarray:
    """`values` as float64; a torch tensor leaves its graph and its device first."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
    return np.asarray(values, dtype=np.float64)


def _number(value: float) -> str:
    return f"{round(float(value), 2) + 0.0:.2f}"  # + 0.0 turns -0.0 into 0.0


def _padded(value: float) -> str:
    """As wide without a minus sign as with one, so that nothing jumps from step to step."""
    return f"{_number(value):>5}".replace(" ", "&nbsp;")


def _text(values: np.ndarray) -> str:
    if values.ndim == 2:
        return f"[{', '.join(map(_text, values))}]"
    return f"[{' '.join(map(_number, values))}]"


def _sub(symbol: str, index: str | int) -> str:
    return f"<i>{symbol}</i><sub>{index}</sub>"


def _cell(value: float | None) -> str:
    """One cell of the strip; None is a step to come."""
    if value is None:
        return f'<td style="border:1px solid #ccc;padding:2px 6px">{"&nbsp;" * 5}</td>'  # as wide as a number
    share = abs(float(_number(value)))  # from the rounded number: the same colour on every machine
    end = _POSITIVE if value > 0 else _NEGATIVE
    colour = "".join(f"{round(255 - share * (255 - channel)):02x}" for channel in end)
    return f'<td style="background:#{colour};border:1px solid #ccc;padding:2px 6px">{_padded(value)}</td>'


def _equation_table(parts: list, label: str) -> str:
    """A row of symbols above rows of numbers. A part is an operator (str) or a pair (symbol, array)."""
    parts = [
        part if isinstance(part, str) else (part[0], part[1].reshape(len(part[1]), -1))
        for part in parts
    ]
    n_rows = max(len(part[1]) for part in parts if not isinstance(part, str))
    head, rows = "", [""] * n_rows
    for part in parts:
        if isinstance(part, str):
            head += f'<th style="padding:1px 5px">{part}</th>'
            rows[0] += f'<td rowspan="{n_rows}" style="padding:1px 5px">{part}</td>'
            continue
        symbol, matrix = part
        n, columns = matrix.shape
        head += (
            f'<th colspan="{columns + 2}" style="padding:1px 5px;text-align:center">{symbol}</th>'
        )
        for i, numbers in enumerate(matrix):
            rows[i] += _bracket("right", n) if i == 0 else ""
            rows[i] += "".join(
                f'<td style="padding:1px 5px">{_padded(number)}</td>' for number in numbers
            )
            rows[i] += _bracket("left", n) if i == 0 else ""
        for i in range(n, n_rows):
            rows[i] += f'<td colspan="{columns + 2}"></td>'
    body = "".join(f"{_ROW}{row}</tr>" for row in [head, *rows])
    return f'<table role="math" aria-label="{escape(label)}" style="{_TABLE}">{body}</table>'


def _bracket(open_side: str, n_rows: int) -> str:
    """A square bracket over `n_rows` table rows: a narrow cell with a border on all sides but one."""
    return (
        f'<td rowspan="{n_rows}" style="padding:0 2px;border:2px solid;border-{open_side}:0"></td>'
    )
