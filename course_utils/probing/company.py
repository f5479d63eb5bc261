"""Questions about what may not matter to an answer: padding, the rest of the batch, chance.
And one about what must: the lengths."""

import torch
from torch import Tensor, nn

from course_utils.probing.probe import Probe, Texts, Unchecked, apart, copied


def chance(probe: Probe) -> str | None:
    """Whether two equal calls in evaluation mode differ by their random numbers."""
    probe.must_be_numbers()
    a = probe.ask(seed=0, network=probe.fresh())
    b = probe.ask(seed=1, network=probe.fresh())
    probe.noisy = probe.differ(a, b)
    if not probe.noisy:
        return None
    return (
        "Asked twice about the same texts in evaluation mode, the model answers differently: "
        "something is still drawn at random, most often dropout."
    )


def kept_state(probe: Probe) -> str | None:
    """Whether a call leaves something behind that changes the next one."""
    probe.must_be_numbers()
    network = probe.fresh()
    first = probe.ask(network=network)
    try:
        second = probe.ask(network=network)
    except RuntimeError as error:
        probe.always_fresh = True
        return f"A second call fails, after a first that worked: {_short(error)}."
    probe.always_fresh = probe.differ(first, second)
    if not probe.always_fresh:
        return None
    return (
        "The second of two equal calls gets another answer: the model keeps a state from batch "
        "to batch, so an answer depends on the texts that came before."
    )


def wider(texts: Texts, pad: int, columns: int = 5) -> Texts:
    """The same texts with more padding, on the side where padding stands."""
    x = texts.x
    padding = x.new_full((len(x), columns, *x.shape[2:]), 0 if x.is_floating_point() else pad)
    left = texts.lengths is None and bool((x[:, 0] == pad).any())
    return Texts(torch.cat([padding, x] if left else [x, padding], dim=1), texts.lengths)


def is_padded(texts: Texts, pad: int) -> bool:
    """Whether the texts have their lengths, or padding at an end: then they can have more."""
    if texts.lengths is not None:
        return True
    return not texts.x.is_floating_point() and bool((texts.x[:, [0, -1]] == pad).any())


def padding(probe: Probe) -> str | None:
    """Whether more padding changes an answer."""
    probe.must_be_steady()
    texts = probe.texts
    if not is_padded(texts, probe.pad):
        raise Unchecked("no lengths are given, and no text ends in padding")
    answers = probe.ask()
    try:
        padded = probe.ask(wider(texts, probe.pad))
        changed = probe.differ(padded, answers)
    except (RuntimeError, ValueError, IndexError):  # it wants batches as wide as their longest text
        changed = _differs_trimmed(probe, answers)
    if not changed:
        return None
    return "More columns of padding change the answers, though the texts are the same."


def _differs_trimmed(probe: Probe, answers: Tensor) -> bool:
    """Whether the shortest text, alone and as wide as it is long, gets another answer."""
    n = probe.texts.n_words()
    shortest = int(n.argmin())
    if probe.texts.lengths is None or n[shortest] == probe.texts.x.shape[1]:
        raise Unchecked("the model takes batches of one width only")
    return probe.differ(_alone(probe, shortest, trimmed=True), answers[shortest : shortest + 1])


def _alone(probe: Probe, row: int, trimmed: bool = False) -> Tensor:
    one = probe.texts.rows([row])
    if trimmed:
        one = Texts(one.x[:, : int(one.n_words()[0])], one.lengths)
    return probe.ask(one)


def company(probe: Probe) -> str | None:
    """Whether the other texts of the batch, or their order, change an answer."""
    probe.must_be_steady()
    n_texts = len(probe.texts.x)
    if n_texts < 2:
        raise Unchecked("the batch has one text")
    answers = probe.ask()
    try:
        rows = [_alone(probe, row) for row in range(n_texts)]
    except (RuntimeError, ValueError, IndexError):
        try:
            rows = [_alone(probe, row, trimmed=True) for row in range(n_texts)]
        except (RuntimeError, ValueError, IndexError) as error:
            return f"The model refuses a text alone: {_short(error)}."
    if probe.differ(torch.cat(rows), answers) or _order_matters(probe, answers):
        return "A text gets another answer when other texts stand beside it in the batch."
    return None


def _order_matters(probe: Probe, answers: Tensor) -> bool:
    order = torch.arange(len(answers)).roll(1)
    order[:2] = order[:2].flip(0)  # no rotation: that a wrong way back could undo
    try:
        shuffled = probe.ask(probe.texts.rows(order))
    except (RuntimeError, ValueError):  # it wants its batches sorted by length: its right
        return False
    return probe.differ(shuffled, answers[order])


def ignored_lengths(probe: Probe) -> str | None:
    """Whether the lengths could as well be others."""
    probe.must_be_steady()
    texts = probe.texts
    if texts.lengths is None:
        raise Unchecked("no lengths are given")
    shorter = (texts.lengths // 2).clamp(min=1)
    shorter[0] = texts.lengths[0]  # the longest keeps the width of the batch
    if len(shorter) < 2 or torch.equal(shorter, texts.lengths):
        raise Unchecked("the texts are too few or too short to be shortened")
    if not torch.equal(probe.ask(Texts(texts.x, shorter))[1:], probe.ask()[1:]):
        return None
    return "The lengths are ignored: halved, they give the same answers to the last digit."


def time_axis(probe: Probe) -> str | None:
    """Whether a recurrent layer walks from text to text instead of from word to word."""
    n_texts, n_words = probe.texts.x.shape[:2]
    if n_texts < 3 or n_texts == n_words:
        raise Unchecked("it takes three texts, and not as many words")
    if _layers_see_swapped_axes(probe, n_texts, n_words):
        return (
            "A recurrent layer takes the texts for time: it gets (batch, time) where it expects "
            "(time, batch), or the other way round. See `batch_first`."
        )
    if not probe.noisy and not probe.nan and _influence_runs_down(probe):
        return (
            "A text is influenced by those above it in the batch, and never by those below: a "
            "loop walks over the texts instead of the words."
        )
    return None


def _layers_see_swapped_axes(probe: Probe, n_texts: int, n_words: int) -> bool:
    network = copied(probe.copy)
    swapped: list[bool] = []

    def look(module: nn.Module, given: tuple) -> None:
        if given and isinstance(given[0], Tensor) and given[0].ndim == 3:
            texts_first = tuple(given[0].shape[:2]) == (n_texts, n_words)
            words_first = tuple(given[0].shape[:2]) == (n_words, n_texts)
            swapped.append(words_first if module.batch_first else texts_first)

    for module in network.modules():
        if isinstance(module, nn.RNNBase):
            module.register_forward_pre_hook(look)
    probe.ask(network=network)
    return any(swapped)


def _influence_runs_down(probe: Probe) -> bool:
    answers = probe.ask()
    n = len(answers)
    moved = torch.zeros(n, n, dtype=torch.bool)
    for row in range(n):
        x = probe.texts.x.clone()
        other = (row + 1) % n
        x[row] = x[row].roll(1, 0) if torch.equal(x[row], x[other]) else x[other]
        difference = apart(probe.ask(Texts(x, probe.texts.lengths)), answers).amax(dim=1)
        moved[:, row] = (difference > probe.tolerance).cpu()
    below = torch.ones(n, n, dtype=torch.bool).tril(-1)
    return bool(moved[below].all() and not moved[below.T].any())


def _short(error: Exception) -> str:
    """The first line of an error, without its full stop."""
    return str(error).strip().splitlines()[0].rstrip(".")
