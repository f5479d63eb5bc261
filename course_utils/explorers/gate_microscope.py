"""Looks into an LSTM while it reads: gates, cell and state of every word, and one unit's sum.
Whether a memory keeps something is a matter of numbers near 0 and 1, so the numbers are shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from typing import Any

import ipywidgets as widgets
import numpy as np
import torch
from torch import Tensor, nn

from course_utils.explorers.charts import curves, line, svg, text
from course_utils.explorers.gates import bent, by_torch, replay, spectral_radius
from course_utils.explorers.page import (
    BLUE,
    INK,
    MARK,
    RED,
    Explorer,
    display_explorer,
    first_words,
    frames_after,
    note,
    plain,
    shown,
)
from course_utils.explorers.panel import Panel, real, row_of_buttons, typed, whole
from course_utils.explorers.tables import ROW, TABLE, as_array, coloured_cell

MOST_WORDS = 40
EXACT = 1e-12  # below it a difference is rounding, and another one on every machine
FRAMES = 6
LARGEST = 8  # units with the largest cells, that can be clicked
ROWS = {
    "i": "input gate i",
    "f": "forget gate f",
    "g": "candidate g",
    "o": "output gate o",
    "c": "cell c",
    "h": "state h",
}
FLOORS = (-3.0, -6.0, -12.0)  # of the gradient's axis, log10; what is smaller is drawn at the last


class GateMicroscope(Explorer):
    """The forward direction of an LSTM's first layer over a sentence, replayed word by word.

    embed: the vectors (T, D) that the LSTM gets for T words.
    lstm: an `nn.LSTM` or `PaddedLSTM`; more layers and the backward direction are not looked at.
    forget_bias: added to the bias of every forget gate. factor: what the four recurrent matrices,
    and with them their spectral radii, are multiplied by.
    Source of the cell: Hochreiter & Schmidhuber 1997; Gers et al. 2000.
    """

    name = "Gate microscope"

    def __init__(
        self,
        embed: Callable[[list[str]], Tensor],
        lstm: nn.LSTM,
        sentence: str,
        t: int = 1,
        unit: int = 1,
        forget_bias: float = 0.0,
        factor: float = 1.0,
    ):
        names = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]
        self._trained = [as_array(getattr(lstm, name)) for name in names]
        self.hidden_size = lstm.hidden_size
        self.own_radii = [spectral_radius(block) for block in np.split(self._trained[1], 4)]
        self._embed = embed
        self.forget_bias = forget_bias
        self.factor = factor
        self.t = t
        self.unit = unit
        self.read(sentence)
        self.go(t)
        self.look_at(unit)

    def read(self, sentence: str) -> None:
        """Another sentence; `ValueError` without a word in it."""
        self.words, self.cut = first_words(sentence, MOST_WORDS)
        self._x = as_array(self._embed(self.words))
        _, self.as_trained = by_torch(self._trained, self._x)
        self.t = min(self.t, len(self.words))
        self._replay()

    def go(self, t: int) -> None:
        """Look at word `t`, from 1."""
        if not 1 <= t <= len(self.words):
            raise ValueError(f"word {t} does not exist: the sentence has words 1 to {self.length}")
        self.t = t

    def look_at(self, unit: int) -> None:
        """Look at a unit, from 1."""
        if not 1 <= unit <= self.hidden_size:
            raise ValueError(f"unit {unit} does not exist: there are units 1 to {self.hidden_size}")
        self.unit = unit

    def bend(self, forget_bias: float, factor: float) -> None:
        """Add to the forget gates' bias and multiply the recurrent matrices, from as trained."""
        self.forget_bias = forget_bias
        self.factor = factor
        self._replay()

    def largest(self) -> list[int]:
        """The units, from 1, whose cells are largest at this word, whichever sign they have."""
        order = np.argsort(-np.abs(self.rows["c"][self.t - 1]), kind="stable")
        return [int(k) + 1 for k in order[:LARGEST]]

    @property
    def length(self) -> int:
        return len(self.words)

    def weights(self) -> list[np.ndarray]:
        """W_x (4H, D), W_h (4H, H) and both biases (4H,), bent as asked."""
        return bent(self._trained, self.forget_bias, self.factor)

    def _replay(self) -> None:
        weights = self.weights()
        self.rows = replay(weights, self._x)
        states, self.gradient = by_torch(weights, self._x)
        self.difference = float(np.abs(states - self.rows["h"]).max())

    # What the reader sees

    def html(self) -> str:
        return self._units() + self._table() + self.arithmetic() + self._curve() + note(self.cut)

    def _units(self) -> str:
        """The cells of all units at this word as bars, the present unit in red."""
        cells = self.rows["c"][self.t - 1]
        width = min(14.0, 540 / self.hidden_size)
        scale = 24 / max(1.0, float(np.abs(cells).max()))
        body = line(4, 30, 4 + width * self.hidden_size, 30)
        for k, c in enumerate(cells):
            height = abs(c) * scale
            place = f'x="{4 + k * width:.1f}" y="{30 - max(0.0, c * scale):.1f}"'
            fill = RED if k == self.unit - 1 else BLUE
            body += f'<rect {place} width="{width - 1:.1f}" height="{height:.1f}" fill="{fill}"/>'
        body += text(max(22, 4 + (self.unit - 0.5) * width), 66, f"unit {self.unit}", "middle", INK)
        largest = ", ".join(f"{k} ({cells[k - 1]:.2f})" for k in self.largest()[:3])
        label = (
            f"cells of all {self.hidden_size} units after “{plain(self.words[self.t - 1])}”; "
            f"the largest: {largest}"
        )
        return svg(body, label, 560, 70) + note(escape(label))

    def _table(self) -> str:
        k = self.unit - 1
        head = ""
        for t, word in enumerate(self.words, start=1):
            name = (
                f'<mark style="{MARK}">{shown(word, 14)}</mark>' if t == self.t else shown(word, 14)
            )
            head += f'<th scope="col" style="padding:2px 6px;text-align:center">{name}</th>'
        body = ""
        for name, label in ROWS.items():
            cells = "".join(coloured_cell(value) for value in self.rows[name][:, k])
            body += f'{ROW}<th scope="row" style="padding:2px 6px">{label}</th>{cells}</tr>'
        caption = f"unit {self.unit} of {self.hidden_size}, word by word"
        return (
            f'<div tabindex="0" role="region" aria-label="gates" style="overflow-x:auto">'
            f'<table style="{TABLE}"><caption style="text-align:left">{caption}</caption>'
            f"{ROW}<td></td>{head}</tr>{body}</table></div>"
        )

    def _numbers(self) -> dict[str, float]:
        """The present numbers of the present unit, and its cell one word before."""
        k = self.unit - 1
        now = {name: float(values[self.t - 1, k]) for name, values in self.rows.items()}
        before = float(self.rows["c"][self.t - 2, k]) if self.t > 1 else 0.0
        return {**now, "c_before": before}

    def sums(self) -> tuple[str, str]:
        """The two equations of the unit at this word, with their numbers."""
        n = self._numbers()
        t = self.t
        return (
            f"c_{t} = f·c_{t - 1} + i·g = {n['f']:.3f}·{n['c_before']:.3f} + "
            f"{n['i']:.3f}·{n['g']:.3f} = {n['c']:.3f}",
            f"h_{t} = o·tanh(c_{t}) = {n['o']:.3f}·tanh({n['c']:.3f}) = {n['h']:.3f}",
        )

    def arithmetic(self) -> str:
        """HTML: the unit's sum at this word, and how far the replay is from PyTorch's LSTM."""
        lines = "<br>".join(self.sums())
        exact = self.difference < EXACT
        far = f"below {EXACT:.0e}" if exact else f"{self.difference:.0e}"
        proof = f"largest difference from nn.LSTM, all units and words: {far}"
        return f'<p style="font:14px monospace;margin:6px 0">{lines}</p>{note(proof)}'

    def _curve(self) -> str:
        trained, now = (
            np.log10(np.maximum(numbers, 10 ** FLOORS[-1])).tolist()
            for numbers in (self.as_trained, self.gradient)
        )
        label = (
            "how much the last state feels each word: log10 of the gradient's norm, "
            f"{_log10(self.gradient[0])} at the first word, {_log10(self.gradient[-1])} at the last"
        )
        series = {"now": now}
        if now != trained:
            series["as trained"] = trained
            ends = (_log10(self.as_trained[place]) for place in (0, -1))
            label += f"; as trained {' and '.join(ends)}"
        least = min(now + trained)
        low = next((floor for floor in FLOORS if floor < least), FLOORS[-1])
        if least <= FLOORS[-1]:
            label += f"; the curve ends at {FLOORS[-1]:.0f}"
        drawn = curves(series, label, (low, max(2.0, *now)), self.t)
        radii = ", ".join(f"{self.factor * own:.2f}" for own in self.own_radii)
        return drawn + note(label) + note(f"spectral radii of W_h for i, f, g and o: {radii}")

    def status(self) -> str:
        n = self._numbers()
        changes = f"Forget bias {self.forget_bias:+.1f}, radius × {self.factor:.1f}. "
        how = changes if (self.forget_bias, self.factor) != (0.0, 1.0) else ""
        return (
            f"{how}Word {self.t} of {self.length}, “{plain(self.words[self.t - 1])}”, "
            f"unit {self.unit}: "
            f"forget {n['f']:.2f}, input {n['i']:.2f}, cell {n['c']:.2f}, state {n['h']:.2f}; "
            f"the gradient reaches the first word with {self.gradient[0]:.1e}."
        )

    def as_text(self) -> str:
        k = self.unit - 1
        lines = [self.status(), "words: " + " ".join(map(plain, self.words))]
        for name, label in ROWS.items():
            lines.append(f"{label}: " + " ".join(f"{v:.2f}" for v in self.rows[name][:, k] + 0.0))
        return "\n".join([*lines, *self.sums()])


def _log10(number: float) -> str:
    """The logarithm of a norm, however small it is."""
    return f"{np.log10(number):.2f}" if number > 0 else "below -300"


def gate_microscope(
    model: Any, vocabulary: Any, sentence: str, bends: Sequence[tuple[float, float]] = ()
) -> None:
    """Display the gates of a classifier with `emb` and `lstm` on `sentence`: a live widget, and as
    frames for pages without a kernel some words, or the first one as it is and with each of `bends`
    (added forget bias, factor of the radii)."""
    explorer = of_classifier(model, vocabulary, sentence)
    stages = np.linspace(1, explorer.length, min(FRAMES, explorer.length)).round().astype(int)
    moves = [partial(explorer.go, t) for t in stages.tolist()]
    if bends:
        moves = [partial(explorer.bend, *bend) for bend in [(0.0, 1.0), *bends]]
    frames = frames_after(explorer, moves)
    explorer.bend(0.0, 1.0)
    explorer.go(1)
    display_explorer(explorer.name, _widget(explorer), frames)


def of_classifier(model: Any, vocabulary: Any, sentence: str) -> GateMicroscope:
    """The microscope over `model.emb` and `model.lstm`."""

    def embed(words: Sequence[str]) -> Tensor:
        indices = torch.tensor(vocabulary.encode(list(words)), device=model.emb.weight.device)
        return model.emb(indices).detach()

    return GateMicroscope(embed, model.lstm, sentence)


def _widget(explorer: GateMicroscope) -> widgets.VBox:
    panel = Panel(explorer)
    sentence = panel.bind(typed("sentence", " ".join(explorer.words)), explorer.read)
    word = panel.bind(whole("word t", explorer.t, 1, explorer.length), explorer.go)
    unit = panel.bind(whole("unit", explorer.unit, 1, explorer.hidden_size), explorer.look_at)
    largest = panel.bind(
        row_of_buttons("largest", explorer.largest(), None),
        lambda unit: explorer.look_at(unit or explorer.unit),
    )
    forget = panel.bind(
        real("forget bias +", explorer.forget_bias, -6, 6, 0.5),
        lambda value: explorer.bend(value, explorer.factor),
    )
    factor = panel.bind(
        real("× radius of W_h", explorer.factor, 0, 8, 0.5),
        lambda value: explorer.bend(explorer.forget_bias, value),
    )

    def follow() -> None:
        word.max = explorer.length
        word.value = explorer.t
        unit.value = explorer.unit
        largest.options = explorer.largest()
        largest.value = explorer.unit if explorer.unit in explorer.largest() else None
        forget.value = explorer.forget_bias
        factor.value = explorer.factor

    reset = panel.button(
        "as trained", "bias and radii as trained", partial(explorer.bend, 0.0, 1.0)
    )
    return panel.box([[sentence], [word, unit, largest], [forget, factor, reset]], follow)
