"""Asks a network that classifies sequences for its answers, on batches that differ in one thing.
It asks a copy on the CPU, in float64 where the network allows it: a small effect is no rounding."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

ROWS = 7  # texts that are asked about: enough to mix them up, few enough to be quick
WORDS = 1_000  # of each text
AS_GIVEN = 1_000  # texts at most that are read in the order in which they come

Answer = Callable[[Any], Tensor]


class Unchecked(Exception):
    """Why a question can't be put to this network or this batch."""


@dataclass
class Texts:
    """A batch: x (B, T) or (B, T, D), lengths (B,) or None."""

    x: Tensor
    lengths: Tensor | None

    def rows(self, index: Tensor | list[int]) -> "Texts":
        lengths = None if self.lengths is None else self.lengths[index]
        return Texts(self.x[index], lengths)

    def columns(self, n: int) -> "Texts":
        """The first n words of texts that have as many."""
        long = (self.n_words() >= n).nonzero()[:, 0]
        chosen = self.rows(long)
        lengths = None if chosen.lengths is None else torch.full_like(chosen.lengths, n)
        return Texts(chosen.x[:, :n], lengths)

    def n_words(self) -> Tensor:
        if self.lengths is None:
            return torch.full((len(self.x),), self.x.shape[1])
        return self.lengths.cpu().long()


def few(texts: Texts) -> Texts:
    """At most `ROWS` texts of different lengths, the longest first, and not as many as words."""
    n = texts.n_words().clamp(max=WORDS)
    order = n.argsort(descending=True, stable=True)
    step = max(1, len(order) // ROWS)
    chosen = texts.rows(order[::step][:ROWS])
    width = int(chosen.n_words().clamp(max=WORDS).max())
    if len(chosen.x) == width and width > 2:
        chosen = chosen.rows(list(range(width - 1)))
    lengths = None if chosen.lengths is None else chosen.lengths.clamp(max=width)
    return Texts(chosen.x[:, :width], lengths)


def longest_first(texts: Texts) -> Texts:
    return texts.rows(texts.n_words().argsort(descending=True, stable=True))


class Probe:
    """A network's copy, and a few texts to ask it about."""

    def __init__(
        self, model: nn.Module, texts: Texts, answer: Answer | None, batch_first: bool, pad: int
    ):
        self.answer = answer or scores_in
        self.batch_first = batch_first
        self.pad = pad
        self.original = model
        self.always_fresh = False  # for networks that keep a state from call to call
        self.noisy = False
        self.nan = False  # whether the answers that are to be compared are no numbers
        self.given = self._as_given(texts)
        self.texts = few(texts)
        try:
            self.copy = self._in_double()
        except ValueError:
            if len(self.texts.x) == len(texts.x):
                raise
            self.texts = longest_first(texts)  # it may take batches of one size only
            self.copy = self._in_double()

    def _in_double(self) -> nn.Module:
        """A copy in float64, or as it is if its code insists on float32."""
        return self._first_asked(self.texts, torch.float64, None)[0]

    def _as_given(self, texts: Texts) -> Tensor | None:
        """The answers to the batch as training gets it, or to its first texts if it is huge.

        `ValueError` if there are none; None for a huge one that is taken as a whole or not at all.
        """
        first = texts.rows(torch.arange(len(texts.x))[:AS_GIVEN])
        try:
            return self._first_asked(first, None, torch.float64)[1]
        except ValueError as error:
            try:
                self._first_asked(longest_first(first), None, torch.float64)
            except ValueError:
                if len(first.x) == len(texts.x):
                    raise error from error.__cause__
                return None
            sorted_it_runs = "sorted by length, the longest text first, it can be run"
            raise ValueError(f"{str(error).rstrip('.')}; {sorted_it_runs}") from error

    def _first_asked(
        self, texts: Texts, *precisions: torch.dtype | None
    ) -> tuple[nn.Module, Tensor]:
        """A copy in the first of the precisions that it runs in, None for its own; its answers."""
        problems: dict[torch.dtype | None, Exception] = {}
        for precision in precisions:
            network = copied(self.original, precision).cpu()
            network = network.double() if precision else network
            try:
                return network, self.ask(texts, network=network)
            except Exception as problem:  # whatever it is: it may be the precision's
                problems[precision] = problem
        own = problems[None]
        reason = "" if isinstance(own, Unchecked) else "the model can't be run on this batch: "
        raise ValueError(f"{reason}{own}") from own

    @property
    def dtype(self) -> torch.dtype:
        floats = [p.dtype for p in self.copy.parameters() if p.is_floating_point()]
        return floats[0] if floats else torch.get_default_dtype()

    @property
    def tolerance(self) -> float:
        """Differences up to here are rounding."""
        return 1e-9 if self.dtype == torch.float64 else 1e-4

    def fresh(self) -> nn.Module:
        return copied(self.copy)

    def ask(
        self, texts: Texts | None = None, *, seed: int = 0, network: nn.Module | None = None
    ) -> Tensor:
        """Answers (B, K) in evaluation mode."""
        network = network or (self.fresh() if self.always_fresh else self.copy)
        with torch.no_grad():
            return self.run(network.eval(), texts or self.texts, seed)

    def run(self, network: nn.Module, texts: Texts, seed: int = 0) -> Tensor:
        """Answers (B, K) in the network's present mode, with gradients where they are on."""
        dtype = next((p.dtype for p in network.parameters() if p.is_floating_point()), None)
        x = texts.x.to(dtype) if dtype and texts.x.is_floating_point() else texts.x
        given = x if self.batch_first else x.transpose(0, 1)
        arguments = [given] if texts.lengths is None else [given, texts.lengths]
        with _seeded(seed), _default_dtype(dtype):
            scores = self.answer(network(*arguments))
        if not isinstance(scores, Tensor) or scores.ndim > 2 or len(scores) != len(texts.x):
            shape = tuple(getattr(scores, "shape", ()))
            raise Unchecked(
                f"the model returns {shape or type(scores).__name__} for {len(texts.x)} texts and "
                "not a row of scores a text; say where they are: answer=lambda out: out[:, -1]"
            )
        return scores.reshape(len(scores), -1)

    def differ(self, a: Tensor, b: Tensor) -> bool:
        size = b.masked_fill(~b.isfinite(), 0).abs().max()
        return bool(apart(a, b).max() > self.tolerance * (1 + size))

    def must_be_numbers(self) -> None:
        """`Unchecked` if the answers are nan, which equals nothing, itself neither."""
        if self.nan:
            raise Unchecked("the answers are nan: mend that first")

    def must_be_steady(self) -> None:
        """`Unchecked` if answers can't be compared: they are nan, or change by chance."""
        self.must_be_numbers()
        if self.noisy:
            raise Unchecked("the answers change by chance: mend that first")


def apart(a: Tensor, b: Tensor) -> Tensor:
    """How far numbers are apart: nothing if they are the same infinity, inf if one is nan."""
    distance = (a - b).abs().double().masked_fill(a == b, 0)
    return distance.masked_fill(distance.isnan(), torch.inf)


def scores_in(result: Any) -> Tensor:
    """The scores in what a network returns: a tensor, or the first of several."""
    if isinstance(result, tuple | list):
        return result[0]
    return getattr(result, "logits", result)


def copied(model: nn.Module, dtype: torch.dtype | None = None) -> nn.Module:
    """A copy, also of a network that keeps a state with its gradient; the state in `dtype`."""
    memo: dict[int, Any] = {}
    for module in model.modules():
        for value in vars(module).values():
            for tensor in _tensors(value):
                kept = tensor.detach().cpu().clone()
                memo[id(tensor)] = kept.to(dtype) if dtype and kept.is_floating_point() else kept
    return copy.deepcopy(model, memo)


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor) and not isinstance(value, nn.Parameter):
        yield value
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _tensors(part)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


@contextmanager
def _default_dtype(dtype: torch.dtype | None) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype or before)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
