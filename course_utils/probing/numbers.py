"""The question before all others: whether the answers are numbers, and stay numbers.
nan is neither equal to anything nor larger, so comparisons alone would pass it by."""

from torch import Tensor

from course_utils.probing.company import is_padded, wider
from course_utils.probing.learning import gradients_of, listed
from course_utils.probing.probe import Probe, Texts, Unchecked


def nan(probe: Probe) -> str | None:
    """Whether answers are nan on the batch as it is given, alone, or with more padding; or, where
    all of them are numbers, whether a gradient is nan."""
    texts = probe.texts
    on_all = probe.given is not None and bool(probe.given.isnan().any())
    probe.nan = _gives_nan(probe, texts)
    where = []
    if on_all or probe.nan:
        where.append("on the batch that was given" if on_all else "on a part of the batch")
    if not probe.nan:
        if any(_gives_nan(probe, texts.rows([row])) for row in range(len(texts.x))):
            where.append("for a text alone")
        if is_padded(texts, probe.pad) and _gives_nan(probe, wider(texts, probe.pad)):
            where.append("with more columns of padding")
    if not where:
        return _nan_gradients(probe)
    *others, last = where
    places = f"{', '.join(others)} and {last}" if others else last
    return (
        f"The answers are nan {places}: zero is divided by zero there, a number overflows, or a "
        "softmax gets nothing but minus infinity."
    )


def _gives_nan(probe: Probe, texts: Texts) -> bool:
    """Whether an answer is nan. A network that refuses the texts gives none."""
    try:
        return bool(probe.ask(texts, network=probe.fresh()).isnan().any())
    except (Unchecked, RuntimeError, ValueError, IndexError):
        return False


def _nan_gradients(probe: Probe) -> str | None:
    """Whether a parameter's gradient is nan in training, where the answers are numbers."""
    try:
        gradients = gradients_of(probe)
    except (Unchecked, RuntimeError, ValueError, IndexError):
        return None
    lost = [name for name, gradient in gradients.items() if _is_nan(gradient)]
    if not lost:
        return None
    return (
        f"The answers are numbers, but the gradient of {listed(lost)} is nan: a root of zero has "
        "none, nor has a division by zero on the side that `torch.where` leaves out."
    )


def _is_nan(gradient: Tensor | None) -> bool:
    return gradient is not None and bool(gradient.isnan().any())
