"""The five dropouts of AWD-LSTM on one sentence, each with the mask that it draws.
Locked against fresh is a difference between rows of a picture: one draw for all words, or one each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import ipywidgets as widgets
import numpy as np
import torch
from fastai.text.models.awdlstm import EmbeddingDropout, RNNDropout
from torch import Tensor, nn
from torch.nn import functional as F

from course_utils.explorers.charts import squares, svg, text
from course_utils.explorers.page import (
    BLUE,
    RED,
    Explorer,
    display_explorer,
    first_words,
    frame,
    note,
    plain,
    shown,
)
from course_utils.explorers.panel import Panel, choice, real, switch, typed, whole
from course_utils.explorers.tables import CROSSED, ROW, TABLE, coloured_cell

MOST_WORDS = 12
SIZE = 8  # numbers a word and hidden units: small enough to see each
KINDS = ("embedding", "input", "weight", "hidden", "output")
RATES = {"embedding": 0.1, "input": 0.5, "weight": 0.4, "hidden": 0.4, "output": 0.3}
MEANING = {
    "embedding": "whole words of the vocabulary: a dropped word is gone wherever it stands",
    "input": "numbers of the word vectors, before the first LSTM",
    "weight": "recurrent weights of the first LSTM; rows are units of its four gates",
    "hidden": "numbers between the first and the second LSTM",
    "output": "numbers after the second LSTM",
}
PLACES = {"embedding": 0, "input": 1, "hidden": 2, "output": 3}
LEFT = 52
WIDTH = 118


class Run(NamedTuple):
    """The sentence on its way through the network, each (T, SIZE)."""

    embedded: np.ndarray
    first: np.ndarray
    second: np.ndarray


class DropoutBoard(Explorer):
    """A sentence in a small network of two LSTMs, and one of five dropouts at a time.

    rates: the share that each drops. locked: one mask for the whole sentence, as in AWD-LSTM
    (Merity et al. 2018; Gal & Ghahramani 2016), or a fresh one for every word. seed: of the masks;
    the network's weights are the same with every seed.
    """

    name = "Dropout board"

    def __init__(
        self, sentence: str, rates: Mapping[str, float] | None = None, locked: bool = True
    ):
        self.rates = {**RATES, **(rates or {})}
        unknown = set(self.rates) - set(KINDS)
        if unknown:
            raise ValueError(f"there is no dropout {sorted(unknown)}; there are {', '.join(KINDS)}")
        self.kind = "input"
        self.locked = locked
        self.seed = 0
        self.t = 2  # at the first word locked and fresh weights are alike
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self._embedding = nn.Embedding(MOST_WORDS, SIZE)
            self._layers = [nn.LSTM(SIZE, SIZE), nn.LSTM(SIZE, SIZE)]
        self.read(sentence)

    # Moves

    def read(self, sentence: str) -> None:
        """Another sentence; `ValueError` without a word in it."""
        self.words, self.cut = first_words(sentence, MOST_WORDS)
        distinct = list(dict.fromkeys(self.words))
        self._ids = torch.tensor([distinct.index(word) for word in self.words])
        self.t = min(self.t, len(self.words))

    def choose(self, kind: str, locked: bool, seed: int) -> None:
        """Another dropout, locked or fresh, and another draw."""
        if kind not in KINDS:
            raise ValueError(f"there is no dropout {kind!r}; there are {', '.join(KINDS)}")
        self.kind = kind
        self.locked = locked
        self.seed = seed

    def set_rate(self, rate: float) -> None:
        """Another rate for the present dropout."""
        if not 0 <= rate < 1:
            raise ValueError(f"a rate lies from 0 to below 1, not {rate}")
        self.rates[self.kind] = rate

    def look_at(self, t: int) -> None:
        """Look at the weights as word `t` meets them, from 1."""
        if not 1 <= t <= len(self.words):
            raise ValueError(f"word {t} does not exist: there are 1 to {len(self.words)}")
        self.t = t

    # Numbers

    def mask(self, kind: str, locked: bool | None = None) -> np.ndarray:
        """What the numbers are multiplied by, 0 or 1 / (1 - rate): (T, SIZE) for words, for the
        weights (T, 4 SIZE, SIZE). locked: None takes the present choice."""
        rate = self.rates[kind]
        locked = self.locked if locked is None else locked
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.manual_seed(self.seed * len(KINDS) + KINDS.index(kind))
            mask = self._draw(kind, rate, locked)
        return mask.double().numpy()

    def _draw(self, kind: str, rate: float, locked: bool) -> Tensor:
        length = len(self.words)
        ones = torch.ones(length, SIZE)
        if kind == "weight":
            shape = (1 if locked else length, 4 * SIZE, SIZE)
            return F.dropout(torch.ones(shape), rate).expand(length, -1, -1)
        if kind == "embedding":
            if locked:
                table = nn.Embedding.from_pretrained(torch.ones(MOST_WORDS, SIZE))
                return EmbeddingDropout(table, rate)(self._ids)
            return F.dropout(torch.ones(length, 1), rate).expand(-1, SIZE)
        return RNNDropout(rate)(ones[None])[0] if locked else F.dropout(ones, rate)

    def run(self, kind: str | None) -> Run:
        """The network with the mask of one dropout, or with none."""
        masks = {kind: self.mask(kind)} if kind else {}
        with torch.no_grad():
            x = self._embedding(self._ids).double().numpy()
        x = x * masks.get("embedding", 1.0) * masks.get("input", 1.0)
        first = self._lstm(0, x, masks.get("weight")) * masks.get("hidden", 1.0)
        second = self._lstm(1, first, None) * masks.get("output", 1.0)
        return Run(x, first, second)

    def _lstm(self, layer: int, x: np.ndarray, masks: np.ndarray | None) -> np.ndarray:
        W_x, W_h, b, b_ = self._weights(layer)
        h = c = np.zeros(SIZE)
        states = []
        for t, x_t in enumerate(x):
            W_t = W_h if masks is None else W_h * masks[t]
            i, f, g, o = np.split(W_x @ x_t + b + W_t @ h + b_, 4)
            i, f, o = (1 / (1 + np.exp(-gate)) for gate in (i, f, o))
            c = f * c + i * np.tanh(g)
            h = o * np.tanh(c)
            states.append(h)
        return np.stack(states)

    def _weights(self, layer: int) -> list[np.ndarray]:
        return [p.detach().double().numpy() for p in self._layers[layer].parameters()]

    def change(self, kind: str) -> float:
        """How far the mask moves the network's last output, relative to its length."""
        whole = self.run(None).second[-1]
        return float(np.linalg.norm(self.run(kind).second[-1] - whole) / np.linalg.norm(whole))

    def dropped(self, kind: str) -> float:
        """The share of the mask that is 0."""
        return float((self.mask(kind) == 0).mean())

    def distinct(self, kind: str) -> int:
        """How many different masks the words of the sentence meet."""
        mask = self.mask(kind)
        return len(np.unique(mask.reshape(len(mask), -1), axis=0))

    # What the reader sees

    def html(self) -> str:
        return self._five() + self._figures() + self._values() + note(self.cut)

    def _five(self) -> str:
        cell = min(9.0, 90 / len(self.words))
        height = cell * len(self.words) + 14
        body = ""
        for place, kind in enumerate(KINDS):
            left = LEFT + place * WIDTH
            body += text(left, 12, f"{kind} {self.rates[kind]:.2f}")
            for row, locked in enumerate((True, False)):
                top = 20 + row * height
                mask = self.mask(kind, locked)
                if kind == "weight":  # at this word: as many rows as there are words
                    mask = mask[self.t - 1, :: 4 * SIZE // len(self.words)][: len(self.words)]
                now = kind == self.kind and locked == self.locked
                body += squares(mask == 0, left, top, 12, cell, RED if now else None)
        for row, name in enumerate(("locked", "fresh")):
            body += text(4, 30 + row * height, name)
        how = self._how()
        label = (
            "masks of the five dropouts, one row a word (of the weights, some units), locked above "
            f"and fresh below; in this draw, {how}, "
            + ", ".join(f"{kind}: {self.dropped(kind):.0%} dropped" for kind in KINDS)
        )
        picture = svg(body, label, LEFT + 5 * WIDTH, round(20 + 2 * height))
        return picture + note(label + ". Black is dropped; the one looked at has a frame.")

    def _how(self) -> str:
        return "locked" if self.locked else "fresh"

    def figures(self) -> dict[str, str]:
        """The numbers of the present dropout."""
        kind = self.kind
        return {
            "rate": f"{self.rates[kind]:.2f}",
            "dropped in this draw": f"{self.dropped(kind):.1%}",
            "what stays is multiplied by": f"{1 / (1 - self.rates[kind]):.2f}",
            "different masks in the sentence": f"{self.distinct(kind)}",
            "last output moved by": f"{self.change(kind):.1%}",
        }

    def _figures(self) -> str:
        parts = " · ".join(f"{name} <b>{value}</b>" for name, value in self.figures().items())
        how = self._how()
        head = f'<b style="color:{BLUE}">{self.kind}, {how}</b>: {MEANING[self.kind]}'
        return f'<p style="margin:4px 0">{head}</p><p style="margin:4px 0">{parts}</p>'

    def values(self) -> np.ndarray:
        """The present dropout's numbers after its mask: a row a word, or for the weights the first
        units of the forget gate at word `t`."""
        if self.kind == "weight":
            W_h = self._weights(0)[1] * self.mask("weight")[self.t - 1]
            return W_h[SIZE : 2 * SIZE]
        run = self.run(self.kind)
        return run[max(0, PLACES[self.kind] - 1)]

    def kept(self) -> np.ndarray:
        """Which of `values` the mask keeps."""
        mask = self.mask(self.kind)
        return (mask[self.t - 1, SIZE : 2 * SIZE] if self.kind == "weight" else mask) > 0

    def _values(self) -> str:
        values = self.values()
        if self.kind == "weight":
            names = [f"unit {i + 1}" for i in range(SIZE)]
            title = f"W_h of the forget gate as word {self.t} meets it"
        else:
            names = [shown(word, 14) for word in self.words]
            title = "the words' numbers after the mask"
        body = ""
        for name, row, kept in zip(names, values, self.kept(), strict=True):
            pairs = zip(row, kept, strict=True)
            cells = "".join(coloured_cell(value) if there else CROSSED for value, there in pairs)
            body += f'{ROW}<th scope="row" style="padding:2px 6px">{name}</th>{cells}</tr>'
        caption = f'<caption style="text-align:left">{title}; black with × is dropped</caption>'
        return f'<table style="{TABLE}">{caption}{body}</table>'

    def status(self) -> str:
        how = self._how()
        values = ", ".join(f"{name} {value}" for name, value in self.figures().items())
        return f"{self.kind.capitalize()} dropout, {how}: {values}."

    def as_text(self) -> str:
        pairs = zip(self.values(), self.kept(), strict=True)
        rows = [
            " ".join(f"{v:.2f}" if k else "×" for v, k in zip(row + 0.0, kept, strict=True))
            for row, kept in pairs
        ]
        return "\n".join([" ".join(map(plain, self.words)), self.status(), *rows])


def dropout_board(sentence: str, rates: Mapping[str, float] | None = None) -> None:
    """Display the board: a live widget, and a frame for each dropout, locked, and one fresh."""
    board = DropoutBoard(sentence, rates)
    frames = []
    for kind, locked in [*((kind, True) for kind in KINDS), ("hidden", False)]:
        board.choose(kind, locked, 0)
        frames.append(frame(board))
    board.choose("input", True, 0)
    display_explorer(board.name, _widget(board), frames)


def _widget(board: DropoutBoard) -> widgets.VBox:
    panel = Panel(board)
    sentence = panel.bind(typed("sentence", " ".join(board.words)), board.read)
    kind = choice("dropout", KINDS, board.kind)
    locked = switch("locked: one mask for all words", board.locked)
    seed = whole("draw", board.seed, 0, 99)
    for control in (kind, locked, seed):
        panel.bind(control, lambda _: board.choose(kind.value, locked.value, seed.value))
    rate = panel.bind(real("rate", board.rates[board.kind], 0, 0.9, 0.1), board.set_rate)
    word = panel.bind(whole("word t", board.t, 1, len(board.words)), board.look_at)

    def follow() -> None:
        rate.value = board.rates[board.kind]
        word.max = len(board.words)
        word.value = board.t

    return panel.box([[sentence], [kind, locked], [rate, seed, word]], follow)
