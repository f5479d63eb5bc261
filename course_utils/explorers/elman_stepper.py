"""Walks a sentence through a tiny Elman network, word by word, with the numbers in the equation.
An index like t-1 stays abstract until one can step and see which number it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import ipywidgets as widgets
import numpy as np
from numpy.typing import ArrayLike

from course_utils.explorers.page import (
    MARK,
    Explorer,
    display_explorer,
    frame,
    plain,
    shown,
)
from course_utils.explorers.panel import Panel, whole
from course_utils.explorers.tables import (
    ROW,
    TABLE,
    Part,
    as_array,
    as_text,
    coloured_cell,
    equation_table,
    subscript,
)


@dataclass(eq=False, init=False)
class ElmanStepper(Explorer):
    """A position `t` in a sentence, and every number of the Elman network's equation at it.

    h_t = tanh(W_x x_t + W_h h_{t-1} + b) (Elman, 1990), with T words, D numbers a word, H hidden
    units. Arrays may be NumPy arrays, lists or torch tensors.

    words: T words. x: (T, D), one row a word. W_x: (H, D). W_h: (H, H). b: (H,).
    t: words read so far, 0 (none, the start) to T (all).
    Raises ValueError for an empty sentence, for arrays that do not fit together and for a `t`
    outside 0..T.
    """

    name = "Elman stepper"
    words: list[str]
    x: np.ndarray
    W_x: np.ndarray
    W_h: np.ndarray
    b: np.ndarray
    t: int
    _states: np.ndarray = field(init=False, repr=False)

    def __init__(
        self,
        words: Sequence[str],
        x: ArrayLike,
        W_x: ArrayLike,
        W_h: ArrayLike,
        b: ArrayLike,
        t: int = 0,
    ) -> None:
        if isinstance(words, str) or not len(words):
            raise ValueError(
                f"words must be a list with at least one word, not {words!r}; try sentence.split()"
            )
        self.words = [str(word) for word in words]
        self.x = as_array(x)
        self.W_x = as_array(W_x)
        self.W_h = as_array(W_h)
        self.b = as_array(b)
        self._check_shapes()
        states = [np.zeros(len(self.b))]
        for x_t in self.x:
            states.append(np.tanh(self.W_x @ x_t + self.W_h @ states[-1] + self.b))
        self._states = np.stack(states)
        self.go(t)

    def _check_shapes(self) -> None:
        if self.W_x.ndim != 2 or not self.W_x.size:
            raise ValueError(
                f"W_x has shape {self.W_x.shape}, expected (H, D): hidden units by numbers a word"
            )
        n_hidden, n_inputs = self.W_x.shape
        expected = {
            "x": (len(self.words), n_inputs),
            "W_h": (n_hidden, n_hidden),
            "b": (n_hidden,),
        }
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise ValueError(
                    f"{name} has shape {getattr(self, name).shape}, expected {shape}: "
                    f"there are {len(self.words)} words, and W_x is (H, D) = {self.W_x.shape}"
                )

    @property
    def h(self) -> np.ndarray:
        """The hidden states so far, (t + 1, H): row t is h_t, row 0 the zeros at the start."""
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
        words = [shown(word) for word in self.words]
        if self.t:
            words[self.t - 1] = f'<mark style="{MARK}"><b>{words[self.t - 1]}</b></mark>'
        place = f"t = {self.t}" if self.t else "t = 0 (no word read yet)"
        style = "font-size:15px;color:#1a1a1a;margin-top:8px"
        return f'<div style="{style}">{place}: {" ".join(words)}</div>'

    def equation(self) -> str:
        """HTML: the equation of the present step, each symbol above its numbers (two decimals)."""
        t = self.t
        h_t = self._states[t]
        if not t:
            return equation_table([(subscript("h", 0), h_t)], label=self.as_text())
        parts: list[Part] = [
            (subscript("h", t), h_t),
            "= tanh(",
            (subscript("W", "x"), self.W_x),
            "",
            (subscript("x", t), self.x[t - 1]),
            "+",
            (subscript("W", "h"), self.W_h),
            "",
            (subscript("h", t - 1), self._states[t - 1]),
            "+",
            ("<i>b</i>", self.b),
            ")",
        ]
        result: list[Part] = ["= tanh(", ("", self._sum()), ")"]
        return equation_table(parts, result, label=self.as_text())

    def strip(self) -> str:
        """HTML: the hidden states so far, one column a word and one coloured row a unit; words to
        come stay empty."""
        head = "".join(
            f'<th style="padding:2px 6px;text-align:center">{subscript("h", t)}'
            f"<br>{shown(word)}</th>"
            for t, word in enumerate(["(start)", *self.words])
        )
        rows = "".join(self._unit_row(unit) for unit in range(len(self.b)))
        legend = "orange: above 0, blue: below 0, white: 0"
        return (
            f'<table style="{TABLE}">{ROW}<th>hidden state</th>{head}</tr>{rows}</table>'
            f'<div style="font-size:12px;color:#1a1a1a">{legend}</div>'
        )

    def _unit_row(self, unit: int) -> str:
        cells = [
            coloured_cell(states[unit] if t <= self.t else None)
            for t, states in enumerate(self._states)
        ]
        return f'{ROW}<th style="padding:2px 6px">unit {unit + 1}</th>{"".join(cells)}</tr>'

    def html(self) -> str:
        """The sentence, the equation and the states so far."""
        return self.sentence() + self.equation() + self.strip()

    def status(self) -> str:
        """The step, its word and its state."""
        word = f"after “{plain(self.words[self.t - 1])}”" if self.t else "before the first word"
        state = as_text(self._states[self.t])
        return f"Step {self.t} of {len(self.words)}, {word}: h_{self.t} = {state}."

    def as_text(self) -> str:
        """The present step in plain text, with the same numbers: the pictures' text alternative."""
        t = self.t
        words = [plain(word) for word in self.words]
        words = [f"[{word}]" if i == t else word for i, word in enumerate(words, start=1)]
        place = f"step {t} of {len(words)}: {' '.join(words)}"
        if not t:
            return f"{place}\nh_0 = {as_text(self._states[0])}, no word read yet"
        inputs = f"{as_text(self.W_x)} {as_text(self.x[t - 1])}"
        past = f"{as_text(self.W_h)} {as_text(self._states[t - 1])}"
        return (
            f"{place}\n"
            f"h_{t} = tanh(W_x x_{t} + W_h h_{t - 1} + b)\n"
            f"    = tanh({inputs} + {past} + {as_text(self.b)})\n"
            f"    = tanh({as_text(self._sum())})\n"
            f"    = {as_text(self._states[t])}"
        )

    def _sum(self) -> np.ndarray:
        return self.W_x @ self.x[self.t - 1] + self.W_h @ self._states[self.t - 1] + self.b


def elman_stepper(
    words: list[str], x: ArrayLike, W_x: ArrayLike, W_h: ArrayLike, b: ArrayLike
) -> None:
    """Display an Elman network that reads `words`: a live widget, and all its steps as tables.

    Shapes and errors as in `ElmanStepper`. With a kernel the reader gets buttons and a number; a
    page without one (GitHub, nbviewer, the HTML export) shows the tables, and what shows plain text
    only gets every step as text.
    """
    stepper = ElmanStepper(words, x, W_x, W_h, b)
    steps = [replace(stepper, t=t) for t in range(1, len(stepper.words) + 1)]
    display_explorer(stepper.name, _widget(stepper), [frame(step) for step in steps])


def _widget(stepper: ElmanStepper) -> widgets.VBox:
    """Buttons and a number field over `stepper`, and its picture."""
    panel = Panel(stepper)
    step = panel.bind(whole("step t", stepper.t, 0, len(stepper.words)), stepper.go)

    def follow() -> None:
        step.value = stepper.t

    controls = [
        panel.button("reset", "before the first word", stepper.reset),
        panel.button("back", "one word less", stepper.back),
        panel.button("forward", "one word more", stepper.forward),
        step,
    ]
    return panel.box([controls], follow)
