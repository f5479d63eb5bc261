"""Looks a network over for the faults that recurrent networks for text have most often.
Each finding is one sentence, and names the notebook that explains it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn

from course_utils.batching import as_integers
from course_utils.probing import company, learning, memory, numbers
from course_utils.probing.probe import Answer, Probe, Texts, Unchecked

LABELS = 2_000  # read from a loader, to see in which order the classes come

NOTEBOOKS = {
    "nan answers": "03_one_document_at_a_time",
    "chance": "05_batched_lstm_training",
    "kept state": "07_language_models",
    "padding": "04_padding_and_packing",
    "company": "04_padding_and_packing",
    "lengths": "04_padding_and_packing",
    "time axis": "01_elman_network",
    "memory": "01_elman_network",
    "detached": "06_memory_and_gates",
    "optimizer": "03_one_document_at_a_time",
    "frozen": "02_word_vectors",
    "order": "03_one_document_at_a_time",
    "denormals": "06_memory_and_gates",
}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: its name, a sentence, and the notebook that explains it."""

    name: str
    sentence: str
    notebook: str

    def __str__(self) -> str:
        return f"{self.sentence} → notebook {self.notebook}"


@dataclass
class Diagnosis:
    """What was found, and what could not be asked, by name with the reason."""

    findings: list[Finding] = field(default_factory=list)
    unchecked: dict[str, str] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        return [finding.name for finding in self.findings]

    def __repr__(self) -> str:
        n_asked = len(NOTEBOOKS.keys() - self.unchecked.keys() - {"nan answers"})  # a dozen at most
        lines = [f"✗ {finding}" for finding in self.findings]
        lines = lines or [f"✓ nothing found in {n_asked} checks"]
        lines += [f"○ {name}: not checked, {why}" for name, why in self.unchecked.items()]
        return "\n".join(lines)


def diagnose(
    model: nn.Module,
    batch: Any,
    optimizer: Any = None,
    *,
    frozen: Sequence[str] = (),
    answer: Answer | None = None,
    batch_first: bool = True,
    pad: int = 0,
) -> Diagnosis:
    """What is wrong with a network that classifies sequences, as far as a few questions show.

    model: called as model(x) or model(x, lengths); returns a row of scores a text, (B, K) or (B,),
        or a tuple that begins with it.
    batch: (x, y) or (x, lengths, y), as training gets it, or a loader or list of such batches:
        then the order of the classes is read from up to 2,000 labels. x (B, T) holds indices,
        x (B, T, D) vectors; y (B,) may be None.
    optimizer: what trains the model; None, and that question isn't asked.
    frozen: beginnings of the names of parameters that don't learn on purpose, like ["emb"].
    answer: takes what the model returns and gives the scores, for models that return more.
    batch_first: False for models that take x as (T, B). pad: the index of padding.

    The model is left as it was, and no question takes training; on a CPU it takes seconds. A clean
    result is no proof. `ValueError` if the model can't be run on the batch as it is given.

    Method: first, whether the answers are numbers. Then what must not matter is changed (padding,
    company, order, chance), what must matter, too (lengths, first word), and both answers and
    gradients are compared, in float64."""
    texts, labels = _first_and_labels(batch)
    probe = Probe(model, texts, answer, batch_first, pad)
    questions: dict[str, Callable[[], str | None]] = {
        "nan answers": lambda: numbers.nan(probe),
        "chance": lambda: company.chance(probe),
        "kept state": lambda: company.kept_state(probe),
        "time axis": lambda: company.time_axis(probe),
        "company": lambda: company.company(probe),
        "padding": lambda: company.padding(probe),
        "lengths": lambda: company.ignored_lengths(probe),
        "memory": lambda: memory.no_memory(probe),
        "detached": lambda: memory.detached(probe),
        "denormals": lambda: memory.denormals(probe),
        "optimizer": lambda: learning.missing(model, optimizer),
        "frozen": lambda: learning.standing_still(probe, frozen),
        "order": lambda: learning.order(labels),
    }
    result = Diagnosis()
    for name, ask in questions.items():
        try:
            sentence = ask()
        except Unchecked as reason:
            result.unchecked[name] = str(reason)
        except (RuntimeError, ValueError, IndexError) as error:  # it refuses a changed batch
            first_line = str(error).strip().splitlines()[0]
            result.unchecked[name] = f"the model stops: {first_line}"
        else:
            if sentence:
                result.findings.append(Finding(name, sentence, NOTEBOOKS[name]))
    return result


def _first_and_labels(batch: Any) -> tuple[Texts, Tensor | None]:
    """The texts of a batch, or of the first of several, and all labels in their order."""
    if isinstance(batch, Tensor):
        return Texts(batch.cpu(), None), None
    if isinstance(batch, tuple | list) and batch and isinstance(batch[0], Tensor):
        texts, y = _taken_apart(batch)
        return texts, y
    first: Texts | None = None
    labels: list[Tensor] = []
    for one in _until_enough(batch):
        texts, y = _taken_apart(one)
        first = first or texts
        labels += [] if y is None else [y]
    if first is None:
        raise ValueError("there is no batch to look at")
    return first, torch.cat(labels) if labels else None


def _until_enough(batches: Iterable[Sequence]) -> Iterable[Sequence]:
    n_read = 0
    for one in islice(batches, LABELS):
        yield one
        n_read += len(one[-1]) if one[-1] is not None else 1
        if n_read >= LABELS:
            return


def _taken_apart(batch: Sequence) -> tuple[Texts, Tensor | None]:
    if not 1 <= len(batch) <= 3 or not isinstance(batch[0], Tensor) or batch[0].ndim not in (2, 3):
        raise ValueError(
            "a batch must be (x, y) or (x, lengths, y), with x a tensor (texts, words) of indices "
            "or (texts, words, size) of vectors"
        )
    x, *lengths, y = batch if len(batch) > 1 else (batch[0], None)
    labels = None if y is None else torch.as_tensor(y).detach().cpu()
    if not lengths:
        return Texts(x.detach().cpu(), None), labels
    n = lengths[0] if isinstance(lengths[0], Tensor) else as_integers(lengths[0], "the lengths")
    return Texts(x.detach().cpu(), n.cpu()), labels
