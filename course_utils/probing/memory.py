"""Questions about time: which words reach the answer, and which the gradient reaches back to.
Both are asked in float64: there, what vanishes fades step by step, and what is cut off stops."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from course_utils.probing.probe import Probe, Texts, Unchecked, apart, copied

SHORT = 6  # words: so few that nothing can vanish
SHIFT = 0.01  # of word vectors, so that no two are equal


@dataclass
class Reached:
    """For every position, over all texts: the gradient of the answers, largest and element-wise."""

    largest: Tensor  # (T,)
    elements: Tensor  # (T, B · D), magnitudes
    slope: float  # of a fixed sum of the answers, along a fixed direction


class _Hold:
    """Stands between the word vectors and the rest: a leaf to differentiate by, or a push."""

    def __init__(self, probe: Probe, texts: Texts):
        self.leaf: Tensor | None = None
        self.push: tuple[slice, float] | None = None  # positions, size
        self.shift = 0.0  # of all vectors, before a push
        self.time = 1 if probe.batch_first else 0
        self.given = texts.x if probe.batch_first else texts.x.transpose(0, 1)

    def __call__(self, module: nn.Module, given: tuple, result: Tensor) -> Tensor | None:
        if not given or given[0].shape != self.given.shape or not torch.equal(given[0], self.given):
            return None  # positions, or something else with an embedding
        return self.held(result)

    def held(self, vectors: Tensor) -> Tensor:
        vectors = vectors.detach().clone()
        if self.shift:
            vectors += self.shift * fixed_noise(vectors, 2)
        if self.push:
            positions, size = self.push
            pushed = vectors.movedim(self.time, 0)  # a view: what is added stays in the vectors
            pushed[positions] += size * fixed_noise(pushed, 1)[positions]
        self.leaf = vectors.requires_grad_()
        return self.leaf


def fixed_noise(like: Tensor, seed: int) -> Tensor:
    """The same numbers wherever it is called: also where the default is another precision."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(like.shape, generator=generator, dtype=torch.float64).to(like)


def _run(probe: Probe, texts: Texts, hold: _Hold) -> Tensor:
    network = copied(probe.copy).eval()
    if texts.x.is_floating_point():
        hold.time = 1
        return probe.run(network, Texts(hold.held(texts.x.to(probe.dtype)), texts.lengths))
    for module in network.modules():
        if isinstance(module, nn.Embedding):
            module.register_forward_hook(hold)
    return probe.run(network, texts)


def reached(probe: Probe, texts: Texts, shift: float = 0.0) -> Reached | None:
    """How far back the gradient of all answers comes; None where no layer of vectors is found."""
    hold = _Hold(probe, texts)
    hold.shift = shift
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        answers = _run(probe, texts, hold)
        if hold.leaf is None:
            return None
        gradient = None
        if answers.requires_grad:
            total = (answers * fixed_noise(answers, 0)).sum()
            (gradient,) = torch.autograd.grad(total, hold.leaf, allow_unused=True)
    if gradient is None:
        gradient = torch.zeros_like(hold.leaf)
    gradient = gradient.movedim(hold.time, 0)
    elements = gradient.abs().flatten(1).cpu()
    slope = float((gradient * fixed_noise(gradient, 1)).sum())
    return Reached(elements.amax(dim=1), elements, slope)


def measured_slope(probe: Probe, texts: Texts, step: float) -> float:
    """The slope that the answers have when the words are really pushed in both directions."""
    sums = []
    for size in (step, -step):
        hold = _Hold(probe, texts)
        hold.shift = SHIFT
        hold.push = slice(None), size
        with torch.no_grad():
            answers = _run(probe, texts, hold)
        sums.append(float((answers * fixed_noise(answers, 0)).sum()))
    return (sums[0] - sums[1]) / (2 * step)


def moved_by(probe: Probe, texts: Texts, position: int, size: float = 1.0) -> float:
    """How far the answers move when the word at one position is another."""
    still = _Hold(probe, texts)
    with torch.no_grad():
        before = _run(probe, texts, still)
        if still.leaf is not None:
            pushed = _Hold(probe, texts)
            pushed.push = slice(position, position + 1), size
            return float(apart(_run(probe, texts, pushed), before).max())
        x = texts.x.clone()
        others = texts.x.flatten().roll(1)[: len(x)]
        known = texts.x[texts.x != probe.pad]
        x[:, position] = torch.where(x[:, position] == others, known.max(), others)
        after = probe.run(probe.fresh().eval(), Texts(x, texts.lengths))
        return float(apart(after, before).max())


def _short_texts(probe: Probe) -> Texts:
    probe.must_be_steady()
    texts = probe.texts
    if texts.lengths is None and not texts.x.is_floating_point():
        full = (texts.x != probe.pad).all(dim=1).nonzero()[:, 0]
        texts = texts.rows(full) if len(full) else texts
    n = min(SHORT, int(texts.n_words().max()))
    if n < 2:
        raise Unchecked("no text has two words")
    try:
        probe.ask(texts.columns(n))
    except (RuntimeError, ValueError, IndexError):
        return texts.columns(int(texts.n_words().max()))  # of one width only: as they are
    return texts.columns(n)


def _cut(probe: Probe) -> tuple[Texts, int] | None:
    """The longest texts, and the first position that their gradient reaches, if it is cut there.

    A gradient that vanishes becomes too small for float64 by and by; one that is cut is large at
    one position and exactly zero at all before it. What a maximum leaves out lies scattered.
    """
    texts = probe.texts.columns(int(probe.texts.n_words().max()))
    found = reached(probe, texts)
    if found is None or not found.largest.any():
        return None
    nonzero = found.largest > 0
    first = int(nonzero.int().argmax())
    dense = nonzero[first:].double().mean() >= 0.95
    sharp = found.largest[first] > torch.finfo(found.largest.dtype).tiny ** 0.5
    return (texts, first) if first >= 3 and dense and sharp else None


def no_memory(probe: Probe) -> str | None:
    """Whether the first word can't matter, however short the text."""
    texts = _short_texts(probe)
    n = texts.x.shape[1]
    moved = [moved_by(probe, texts, t) for t in range(n)]
    if moved[0] == 0 and max(moved) > 0:
        deaf = sum(m == 0 for m in moved)
        return (
            f"The first of {n} words can't change the answer"
            + (f", nor can {deaf - 1} others" if deaf > 1 else "")
            + ": it doesn't reach it."
        )
    cut = _cut(probe)
    if cut and moved_by(probe, cut[0], cut[1] - 1) == 0:
        n = cut[0].x.shape[1]
        return (
            f"Of {n} words the first {cut[1]} can't change the answer: the model sees the last "
            f"{n - cut[1]} only."
        )
    return None


def detached(probe: Probe) -> str | None:
    """Whether a word changes the answer, and its gradient is cut off."""
    texts = _short_texts(probe)
    found = reached(probe, texts)
    if found is None:
        raise Unchecked("no layer of word vectors was found to take gradients at")
    if not found.largest.any() and _vectors_are_frozen(probe):
        raise Unchecked("the word vectors are frozen and are read without gradients")
    silent = [t for t, g in enumerate(found.largest.tolist()) if g == 0]
    cut_off = [t + 1 for t in silent if moved_by(probe, texts, t) > probe.tolerance]
    if cut_off:
        listed = ", ".join(map(str, cut_off))
        return (
            f"Of {len(found.largest)} words, number {listed} change the answer and get no "
            "gradient: the state is detached on the way."
        )
    if _is_partial(probe, texts):
        return (
            "The gradient isn't that of the answers: they move in another measure than it says, so "
            "a part of the way is detached."
        )
    cut = _cut(probe)
    if cut and moved_by(probe, cut[0], cut[1] - 1, size=100.0) > 0:
        return (
            f"The gradient reaches back {cut[0].x.shape[1] - cut[1]} words and stops there, while "
            "the answer depends on words before: the state is detached on the way."
        )
    return None


def _is_partial(probe: Probe, texts: Texts) -> bool:
    """Whether the slope isn't the measured one, where two measurements agree about that.

    A word that stands twice in a text gives a maximum two equal candidates, and a corner without
    a slope: so the vectors are shifted first, each a little and another way."""
    found = reached(probe, texts, SHIFT)
    if probe.dtype != torch.float64 or found is None:
        return False
    slope = found.slope
    coarse = measured_slope(probe, texts, 1e-4)
    fine = measured_slope(probe, texts, 1e-5)
    doubt = abs(coarse - fine)
    agree = doubt <= 1e-5 * abs(fine)
    return agree and abs(slope - fine) > 10 * doubt + 1e-6 * abs(fine) + 1e-10


def _vectors_are_frozen(probe: Probe) -> bool:
    layers = [m for m in probe.original.modules() if isinstance(m, nn.Embedding)]
    return bool(layers) and not any(layer.weight.requires_grad for layer in layers)


def denormals(probe: Probe) -> str | None:
    """Whether gradients fade into float32's denormal numbers, and these are computed with."""
    probe.must_be_numbers()
    if float(torch.tensor([2e-38]) / 4) == 0:
        return None  # they are flushed to zero
    found = reached(probe, probe.texts.columns(int(probe.texts.n_words().max())))
    if found is None:
        raise Unchecked("no layer of word vectors was found to take gradients at")
    tiny = torch.finfo(torch.float32).tiny
    share = ((found.elements > 1e-45) & (found.elements < tiny)).double().mean().item()
    if share < 0.02:
        return None
    return (
        f"{share:.0%} of the gradients through time are denormal numbers, which many processors "
        "compute ten times slower: call `torch.set_flush_denormal(True)` before anything else."
    )
