"""A date is typed, a model writes it in figures, and one sees where it looked for each of them.
Attention is a row of weights a character: a map, which says where to look for the fault, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import ipywidgets as widgets
import numpy as np
import torch
from torch import Tensor

from course_utils.batching import pad_batch
from course_utils.beam import beam_core
from course_utils.dates import pieces
from course_utils.explorers.page import (
    INK,
    MARK,
    Explorer,
    display_explorer,
    first_words,
    frame,
    note,
    plain,
    shown,
    table,
    tidy,
)
from course_utils.explorers.panel import Panel, typed, whole
from course_utils.explorers.tables import ROW, TABLE, tint

MOST_PIECES = 40


class Reading(NamedTuple):
    """What became of a text: its pieces, the output, the weights and the beams."""

    pieces: list[str]
    cut: str  # a sentence if there were more pieces
    output: str
    weights: np.ndarray | None  # (written, read); None for a model without attention
    p: list[float]  # of each character written
    beams: list[tuple[str, float]]


class AttentionMap(Explorer):
    """A trained encoder-decoder on a typed text, and on the one typed before.

    model: with `encoder.vocabulary` of pieces of dates, `read(x, lengths) -> (memory, s)` and
    `step(y, s, memory) -> (logits, s, weights)`, the weights (B, T) or None. signs: the output's
    characters; the number after the last begins an output. n: characters written. Source of the
    weights: Bahdanau et al. 2015.
    """

    name = "Attention map"

    def __init__(
        self,
        model: Any,
        text: str,
        signs: str = "0123456789-T:",
        n: int = 16,
    ):
        self.model = model.eval()
        self.signs = signs
        self.n = n
        self.width = 4
        self.i = 1
        self.before: Reading | None = None
        self.now = self._reading(text)
        self.text = text

    # Moves

    def read(self, text: str) -> None:
        """Another text; the last one stays for comparison. `ValueError` without a word in it."""
        reading = self._reading(text)
        self.before = self.now
        self.now = reading
        self.text = text

    def look_at(self, i: int) -> None:
        """Look at character `i` of the output, from 1."""
        if not 1 <= i <= self.n:
            raise ValueError(f"character {i} does not exist: the output has 1 to {self.n}")
        self.i = i

    def search(self, width: int) -> None:
        """Another number of beams."""
        self.width = width
        self.now = self._reading(self.text)

    # Numbers

    @torch.no_grad()
    def _reading(self, text: str) -> Reading:
        first_words(text, 1)  # its sentence, if there is no word
        found = pieces(tidy(text))
        read = found[:MOST_PIECES]
        over = len(found) > MOST_PIECES
        cut = f"Only the first {MOST_PIECES} of {len(found):,} pieces are read." * over
        if not read:
            raise ValueError("There is nothing to read here. Type a date: 3. Mai 2019, 8.15 Uhr")
        device = next(self.model.parameters()).device
        x, lengths = pad_batch([self.model.encoder.vocabulary.encode(read)])
        memory, s = self.model.read(x.to(device), lengths.to(device))
        output, weights, p = self._greedy(memory, s)
        return Reading(read, cut, output, weights, p, self._beams(memory, s))

    def _greedy(self, memory: Any, s: Tensor) -> tuple[str, np.ndarray | None, list[float]]:
        """The likeliest character at each step, the weights and the probabilities."""
        y = torch.full((1,), len(self.signs), device=s.device)
        written = []
        weights = []
        p = []
        for _ in range(self.n):
            z, s, alpha = self.model.step(y, s, memory)
            y = z.argmax(1)
            written.append(self.signs[int(y)])
            p.append(float(z.double().softmax(1)[0, y]))
            weights.append(alpha)
        attention = None if weights[0] is None else torch.cat(weights).double().cpu().numpy()
        return "".join(written), attention, p

    def _beams(self, memory: Any, s: Tensor) -> list[tuple[str, float]]:
        """The best outputs of beam search and their log-probabilities."""
        alone = isinstance(memory, Tensor)  # one vector, without attention
        parts = [memory] if alone else memory

        def step(y: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
            rows = [part.expand(len(y), *part.shape[1:]) for part in parts]
            z, after, _ = self.model.step(y, state, rows[0] if alone else tuple(rows))
            return z.double().log_softmax(1), after

        start = torch.full((1,), len(self.signs), device=s.device)
        top_k = min(self.width, len(self.signs))
        found, log_p = beam_core(step, s, start, self.n, self.width, top_k, batch_dim=0)
        texts = ["".join(self.signs[i] for i in row) for row in found.tolist()]
        return list(zip(texts, log_p.tolist(), strict=True))

    def looked_at(self) -> list[tuple[str, float]]:
        """The pieces that the present character looked at most, with their weights."""
        if self.now.weights is None:
            return []
        row = self.now.weights[self.i - 1]
        order = np.argsort(-row, kind="stable")[:3]
        return [(self.now.pieces[j], float(row[j])) for j in order]

    # What the reader sees

    def html(self) -> str:
        before = self._map(self.before, "before") if self.before else ""
        changed = self._changes()
        now = self._output() + note(self.now.cut) + self._map(self.now, "now")
        return now + self._beam_table() + changed + before

    def _output(self) -> str:
        signs = [shown(sign) for sign in self.now.output]
        signs[self.i - 1] = f'<mark style="{MARK}">{signs[self.i - 1]}</mark>'
        text = "".join(signs)
        return f'<p style="font:18px monospace;margin:4px 0">{text}</p>' + note(self._looked())

    def _looked(self) -> str:
        found = self.looked_at()
        p = f"probability {self.now.p[self.i - 1]:.1%}"
        if not found:
            return f"character {self.i}, {p}; this model has no attention"
        places = ", ".join(f"{shown(piece)} {weight:.2f}" for piece, weight in found)
        return f"character {self.i}, {p}, looked at {places}"

    def _map(self, reading: Reading, name: str) -> str:
        if reading.weights is None:
            return ""
        head = "".join(
            f'<th scope="col" style="padding:1px 3px">{shown(p, 12)}</th>' for p in reading.pieces
        )
        body = ""
        for i, (sign, row) in enumerate(zip(reading.output, reading.weights, strict=True), start=1):
            edge = f"border-left:3px solid {INK if i == self.i else '#fff'}"
            cells = "".join(self._cell(weight) for weight in row)
            heading = f'<th scope="row" style="padding:0 6px;{edge}">{shown(sign)}</th>'
            body += f"{ROW}{heading}{cells}</tr>"
        caption = f"{name}: weights in hundredths, a row for each character written"
        return (
            f'<div tabindex="0" role="region" aria-label="attention {name}" '
            'style="overflow-x:auto">'
            f'<table style="{TABLE};font-size:11px"><caption style="text-align:left">{caption}'
            f"</caption>{ROW}<td></td>{head}</tr>{body}</table></div>"
        )

    @staticmethod
    def _cell(weight: float) -> str:
        number = f"{100 * weight:.0f}"
        colour = tint(float(number) / 100)
        text = "" if number == "0" else number
        return f'<td style="background:{colour};padding:0 3px;min-width:18px">{text}</td>'

    def _beam_table(self) -> str:
        rows = [[shown(text), f"{log_p:.2f}"] for text, log_p in self.now.beams]
        return table(["output", "log p"], rows, f"beam of {self.width}")

    def _changes(self) -> str:
        if not self.before:
            return ""
        pairs = zip(self.before.output, self.now.output, strict=True)
        signs = "".join(
            shown(b) if a == b else f'<mark style="{MARK}">{shown(b)}</mark>' for a, b in pairs
        )
        return f'<p style="margin:4px 0">before {shown(self.before.output)}, now {signs}</p>'

    def status(self) -> str:
        weights = self.looked_at()
        looked = ", ".join(f"“{plain(piece)}” {weight:.2f}" for piece, weight in weights)
        best, log_p = self.now.beams[0]
        where = f", looked at {looked}" if looked else ""
        cut = f" {self.now.cut}" if self.now.cut else ""
        return (
            f"Written: {self.now.output}. Character {self.i} is {self.now.output[self.i - 1]}, "
            f"{self.now.p[self.i - 1]:.1%}{where}. Best beam: {best}, log p {log_p:.2f}.{cut}"
        )

    def as_text(self) -> str:
        lines = [" ".join(map(plain, self.now.pieces)), self.status()]
        lines += [f"beam: {text} {log_p:.2f}" for text, log_p in self.now.beams]
        return "\n".join(lines)


def attention_map(model: Any, texts: Sequence[str]) -> None:
    """Display what an encoder-decoder makes of dates: a live widget on the first of `texts`, and a
    frame for each. `model` as in notebook 08, with attention or without."""
    frames = [frame(AttentionMap(model, text)) for text in texts]
    explorer = AttentionMap(model, texts[0])
    display_explorer(explorer.name, _widget(explorer), frames)


def _widget(explorer: AttentionMap) -> widgets.VBox:
    panel = Panel(explorer)
    text = panel.bind(typed("date", explorer.text), explorer.read)
    sign = panel.bind(whole("character", explorer.i, 1, explorer.n), explorer.look_at)
    width = panel.bind(whole("beams", explorer.width, 1, 10), explorer.search)
    return panel.box([[text], [sign, width]])
