"""The question before all others: whether the answers are numbers, and stay numbers.
nan is neither equal to anything nor larger, so comparisons alone would pass it by."""

from course_utils.probing.company import is_padded, wider
from course_utils.probing.probe import Probe, Texts, Unchecked


def nan(probe: Probe) -> str | None:
    """Whether answers are nan on the batch as it is given, alone, or with more padding."""
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
        return None
    *others, last = where
    listed = f"{', '.join(others)} and {last}" if others else last
    return (
        f"The answers are nan {listed}: zero is divided by zero there, a number overflows, or a "
        "softmax gets nothing but minus infinity."
    )


def _gives_nan(probe: Probe, texts: Texts) -> bool:
    """Whether an answer is nan. A network that refuses the texts gives none."""
    try:
        return bool(probe.ask(texts, network=probe.fresh()).isnan().any())
    except (Unchecked, RuntimeError, ValueError, IndexError):
        return False
