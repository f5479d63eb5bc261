"""The state of the writing desk: a text that grows piece by piece, and can be taken back.
It draws as `sample` draws and ranks as `beam_search` ranks, with every number kept for the eye."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from course_utils.beam import _select, check_range
from course_utils.explorers.page import tidy
from course_utils.generation import _bent, _check_learner, _likeliest, _reading
from course_utils.pieces import join_pieces
from course_utils.tokens import tokenize

MOST_LETTERS = 400
MOST_PIECES = 200
Reader = Callable[[int, Any], tuple[Tensor, Any]]  # a token and a state: what comes next
RUN = 3  # words of an n-gram that counts as a repetition


class Choice(NamedTuple):
    """A piece that could come next: its probability in the model, and as it is drawn."""

    piece: str
    token: int
    p: float
    drawn: float


class _Place(NamedTuple):
    """After a piece: what the model says next, its state, and the dice as they lie."""

    token: int
    log_probs: Tensor  # (V,)
    state: Any
    dice: Tensor


@dataclass
class Node:
    """A candidate of the beam search: its parent among all nodes, -1 for the text so far."""

    parent: int
    depth: int
    token: int
    piece: str
    log_p: float
    kept: bool = False  # got into the beam at its depth
    survives: bool = False  # leads to a text of the last beam
    row: int = -1  # of the model's state, while it grows


class Writing:
    """A text that a language model continues; `learn` as in `sample`. `ValueError` as there."""

    def __init__(self, learn: Any, prompt: str, seed: int = 0):
        _check_learner(learn)
        self.learn = learn
        self.vocab = learn.dls.vocab
        self.seed = seed
        self.temperature = 1.0
        self.top_k = 50
        self.top_p = 1.0
        self.begin(prompt)

    def begin(self, prompt: str) -> None:
        """Another beginning; it is cut after so many letters that a page shows it."""
        whole = tidy(prompt).strip()
        self.prompt = whole[:MOST_LETTERS].replace("\x00", "")
        over = len(whole) > MOST_LETTERS
        self.cut = f"Only the first {MOST_LETTERS} of {len(whole):,} letters are read." * over
        dice = self._fresh_dice()
        with torch.no_grad(), _reading(self.learn, self.prompt, True) as (step, state, token, ends):
            log_probs, state = step(token, state)
            self.ends = frozenset(ends)
            self._path = [_Place(int(token), log_probs[0].cpu(), state, dice)]

    def _fresh_dice(self) -> Tensor:
        return torch.Generator().manual_seed(self.seed).get_state()

    def set(self, temperature: float, top_k: int, top_p: float) -> None:
        """What is cut off and how sharp the rest is; as in `sample`."""
        check_range(temperature, top_p, top_k=top_k)
        self.temperature = temperature
        self.top_k = top_k
        self.top_p = top_p

    def reseed(self, seed: int) -> None:
        """Other dice for what is drawn from now on; what was written stays."""
        self.seed = seed
        dice = self._fresh_dice()
        self._path = [place._replace(dice=dice) for place in self._path]

    # Writing

    @property
    def written(self) -> list[int]:
        """The tokens after the beginning."""
        return [place.token for place in self._path[1:]]

    @property
    def ended(self) -> bool:
        """Whether the model ended its text, or the page is full."""
        return self.full or bool(self.ends & set(self.written))

    @property
    def full(self) -> bool:
        """Whether as much was written as a page shows."""
        return len(self.written) >= MOST_PIECES

    def continuation(self) -> str:
        """What was written after the beginning."""
        return join_pieces(self.vocab[i] for i in self.written if i not in self.ends)

    def text(self) -> str:
        """Beginning and continuation."""
        return (self.prompt + self.continuation()).lstrip()

    def _bent(self) -> tuple[Tensor, Tensor]:
        """What may be drawn next: tokens and their weights, whose sum is not one."""
        return _bent(self._path[-1].log_probs, self.temperature, self.top_k, self.top_p)

    def step(self, n: int = 1) -> None:
        """`n` pieces more, drawn as `sample` draws them; after the end, none."""
        with self._model() as read:
            for _ in range(n):
                if self.ended:
                    return
                generator = torch.Generator()
                generator.set_state(self._path[-1].dice)
                weights, tokens = self._bent()
                drawn = tokens[weights.multinomial(1, generator=generator)]
                self._append(read, int(drawn), generator.get_state())

    def take(self, token: int) -> None:
        """One piece more, of the reader's choice; after the end, none."""
        if not 0 <= token < len(self.vocab):
            raise ValueError(f"there is no piece {token}: the model has {len(self.vocab)}")
        if not self.ended:
            with self._model() as read:
                self._append(read, token, self._path[-1].dice)

    @contextmanager
    def _model(self) -> Iterator[Reader]:
        """The model, ready to read: to make it so takes as long as a piece."""
        with torch.no_grad(), _reading(self.learn, "", True) as (step, _, start, _):
            yield lambda token, state: step(torch.full_like(start, token), state)

    def _append(self, read: Reader, token: int, dice: Tensor) -> None:
        log_probs, state = read(token, self._path[-1].state)
        # a copy: the model writes its next answer over this one
        self._path.append(_Place(token, log_probs[0].cpu().clone(), state, dice))

    def undo(self) -> None:
        """Take the last piece back; the dice too."""
        if len(self._path) > 1:
            self._path.pop()

    # Numbers

    def choices(self, n: int) -> list[Choice]:
        """The `n` likeliest next pieces."""
        log_probs = self._path[-1].log_probs.double()
        weights, tokens = self._bent()
        shares = (weights / weights.sum()).tolist()
        drawn = dict(zip(tokens.tolist(), shares, strict=True))
        _, order = _likeliest(log_probs, n)
        p = log_probs.exp()
        return [
            Choice(self.vocab[i], i, float(p[i]), drawn.get(i, 0.0))
            for i in order.tolist()
            if p[i] > 0
        ]

    def open_pieces(self) -> int:
        """How many pieces may be drawn next, after top-k and top-p."""
        return int((self._bent()[0] > 0).sum())

    def repeated(self) -> tuple[int, int]:
        """Of the runs of three words that end in the continuation: how many were there before, and
        how many there are."""
        words = tokenize(self.text())
        new = len(tokenize(self.continuation()))
        runs = [tuple(words[i - RUN : i]) for i in range(RUN, len(words) + 1)]
        first = max(0, len(runs) - new)
        again = sum(run in runs[:i] for i, run in enumerate(runs) if i >= first)
        return again, len(runs) - first

    def tree(self, width: int, depth: int, branches: int) -> list[Node]:
        """Beam search from here, as in `beam_core`: every candidate that was looked at. `branches`
        is its top_k; a beam that ended stays as it is."""
        check_range(beam_sz=width, n_steps=depth, top_k=branches)
        nodes: list[Node] = []
        start = Node(-1, 0, -1, "", 0.0, row=0)
        log_probs = self._path[-1].log_probs[None]
        state = self._path[-1].state
        beam: list[tuple[int, Node]] = [(-1, start)]
        with torch.no_grad(), _reading(self.learn, "", True) as (step, _, first, _):
            for level in range(1, depth + 1):
                beam = self._grow(beam, log_probs, nodes, level, width, branches)
                live = [node for _, node in beam if node.token not in self.ends]
                if not live or level == depth:
                    break
                state = _select(state, np.array([node.row for node in live]), 1)
                for row, node in enumerate(live):
                    node.row = row
                log_probs, state = step(first.new_tensor([node.token for node in live]), state)
        for number, _ in beam:
            while number >= 0:
                nodes[number].survives = True
                number = nodes[number].parent
        return nodes

    def _grow(
        self,
        beam: Sequence[tuple[int, Node]],
        log_probs: Tensor,
        nodes: list[Node],
        level: int,
        width: int,
        branches: int,
    ) -> list[tuple[int, Node]]:
        """The next beam; of equal scores the better parent, then the lower token, comes first."""
        done = [(number, node) for number, node in beam if node.token in self.ends]
        pool = []
        for place, (parent, node) in enumerate(pair for pair in beam if pair not in done):
            values, tokens = _likeliest(log_probs[place].cpu(), branches)
            for value, token in zip(values.double().tolist(), tokens.tolist(), strict=True):
                if np.isfinite(value):
                    piece = self.vocab[token]
                    child = Node(parent, level, token, piece, node.log_p + value, row=place)
                    nodes.append(child)
                    pool.append((len(nodes) - 1, child))
        pool += done
        pool.sort(key=lambda pair: -pair[1].log_p)
        for _, node in pool[:width]:
            node.kept = True
        return pool[:width]


class Copies:
    """Finds what a continuation has copied, word for word, from the texts a model has read."""

    def __init__(self, texts: Sequence[str]):
        self._all = " ".join([" ", *(" ".join(tokenize(text)) for text in texts), " "])
        self._last: tuple[list[str], list[str]] = ([], [])

    def longest(self, words: Sequence[str]) -> list[str]:
        """The longest run of `words` that stands in the texts; the first of equal ones."""
        # text, numbers and sentence of one picture ask for the same words
        if list(words) != self._last[0]:
            self._last = (list(words), self._search(words))
        return self._last[1]

    def _search(self, words: Sequence[str]) -> list[str]:
        best: tuple[int, int] = (0, 0)
        start = 0
        for end in range(1, len(words) + 1):
            while start < end and f" {' '.join(words[start:end])} " not in self._all:
                start += 1
            if end - start > best[1] - best[0]:
                best = (start, end)
        return list(words[best[0] : best[1]])
