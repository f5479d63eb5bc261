"""`diagnose` finds what is wrong, says it in a sentence with a notebook, and leaves right networks
and the given one alone. What it is tried on at length is in benchmarks/diagnosed.py."""

import re
from pathlib import Path

import pytest
import torch
from diagnosis_helpers import Right, batch, seeded  # noqa: F401 (a fixture)
from torch import nn
from torch.nn import functional as F

from course_utils import diagnose
from course_utils.diagnosis import NOTEBOOKS, Diagnosis

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("where", ["cpu", "cuda"])
def test_a_network_on_a_gpu_may_have_its_batches_on_either_side(where):
    found = diagnose(Right().cuda(), [tensor.to(where) for tensor in batch()])
    assert found.findings == [] and set(found.unchecked) == {"optimizer"}


# --- The network that was given -------------------------------------------------------------------


def test_the_network_and_the_random_numbers_are_left_as_they_were():
    model = Right().train()
    model.out.weight.grad = torch.ones(3, 5)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    state = torch.get_rng_state()
    diagnose(model, batch(), torch.optim.Adam(model.parameters()))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_default_dtype() == torch.float32
    assert model.training and torch.equal(model.out.weight.grad, torch.ones(3, 5))
    assert model.emb.weight.grad is None
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


class KeepsState(Right):
    def forward(self, x, lengths):
        output, self.state = self.lstm(self.emb(x), getattr(self, "state", None))
        return self.out(output[torch.arange(len(x)), lengths - 1])


def test_a_kept_state_with_its_gradient_is_found_and_not_touched():
    model = KeepsState()
    model(*batch()[:2])
    kept = model.state
    found = diagnose(model, batch())
    assert found.names == ["kept state", "company"]
    assert "refuses a text alone" in str(found)
    assert model.state is kept


class Float32(Right):
    """A network whose code insists on float32."""

    def forward(self, x, lengths):
        e = self.emb(x) + torch.zeros(6, dtype=torch.float32)
        output, _ = self.lstm(e.float())
        return self.out(output[torch.arange(len(x)), lengths - 1])


def test_a_network_that_insists_on_float32_is_asked_in_float32():
    assert diagnose(Float32(), batch()).names == []


# --- The batch, the optimizer, the words ----------------------------------------------------------


def test_a_loader_shows_its_order_and_one_batch_the_rest():
    x, lengths, y = batch()
    loader = [(x, lengths, torch.full((24,), k)) for k in range(3)]
    assert diagnose(Right(), loader).names == ["order"]
    assert diagnose(Right(), [(x, lengths, y)] * 3).names == []


def test_frozen_on_purpose_is_no_finding():
    model = Right()
    model.emb.weight.requires_grad_(False)
    assert diagnose(model, batch()).names == ["frozen"]
    assert diagnose(model, batch(), frozen=["emb"]).names == []


def test_an_optimizer_for_part_of_the_network():
    model = Right()
    result = diagnose(model, batch(), torch.optim.Adam(model.lstm.parameters()))
    assert result.names == ["optimizer"]
    assert "emb.weight, out.weight, out.bias" in result.findings[0].sentence
    assert diagnose(model, batch(), list(model.parameters())).names == []


def test_time_first_networks():
    class TimeFirst(nn.Module):
        def __init__(self):
            super().__init__()
            self.emb = nn.Embedding(50, 6)
            self.rnn = nn.GRU(6, 5)
            self.out = nn.Linear(5, 3)

        def forward(self, x):
            return self.out(self.rnn(self.emb(x))[0][-1])

    x = torch.randint(1, 50, (6, 9))
    assert diagnose(TimeFirst(), (x, None), batch_first=False).names == []


def test_a_network_that_returns_more_than_a_row_a_text_is_told_what_to_do():
    class States(Right):
        def forward(self, x, lengths):
            return self.lstm(self.emb(x))[0]

    with pytest.raises(ValueError, match=r"\(24, 9, 5\) for 24 texts .* answer=lambda out"):
        diagnose(States(), batch())
    assert "memory" not in diagnose(States(), batch(), answer=lambda out: out[:, -1]).names


def test_a_batch_that_does_not_fit_is_one_sentence():
    with pytest.raises(ValueError, match="the model can't be run on this batch: "):
        diagnose(Right(), (torch.randn(4, 5, 6), torch.ones(4).long(), None))
    with pytest.raises(ValueError, match=r"a batch must be \(x, y\) or \(x, lengths, y\)"):
        diagnose(Right(), (torch.tensor(3), None))
    with pytest.raises(ValueError, match="there is no batch"):
        diagnose(Right(), [])


class Sorted(Right):
    """Packs as PyTorch does unless it is told otherwise: texts must come sorted."""

    def forward(self, x, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(self.emb(x), lengths, batch_first=True)
        return self.out(self.lstm(packed)[1][0][-1])


def test_a_network_that_wants_sorted_texts_is_not_given_them_unasked():
    """The texts were sorted before the first question: "nothing found", and training stops."""
    x, lengths, y = batch()
    by_length = lengths.argsort(descending=True)
    assert diagnose(Sorted(), (x[by_length], lengths[by_length], y)).names == []
    message = "can't be run on this batch: `lengths` array must be sorted .*; sorted by length, "
    with pytest.raises(ValueError, match=message + "the longest text first, it can be run"):
        diagnose(Sorted(), (x, lengths, y))


class OneSize(Right):
    """Has a first state for 24 texts, and takes no other number of them."""

    def __init__(self):
        super().__init__()
        self.h0 = nn.Parameter(torch.randn(1, 24, 5))

    def forward(self, x, lengths):
        output, _ = self.lstm(self.emb(x), (self.h0, torch.zeros_like(self.h0)))
        return self.out(output[torch.arange(len(x)), lengths - 1])


def test_of_a_huge_batch_the_first_texts_are_read_as_they_come(monkeypatch):
    monkeypatch.setattr("course_utils.probing.probe.AS_GIVEN", 10)
    assert diagnose(Right(), batch()).names == []
    assert diagnose(OneSize(), batch()).names == ["company"]  # all or none: so all are taken
    with pytest.raises(ValueError, match="sorted by length, the longest text first"):
        diagnose(Sorted(), batch())


def test_every_finding_names_a_notebook_that_there_is():
    for notebook in NOTEBOOKS.values():
        assert (ROOT / "notebooks" / f"{notebook}.ipynb").is_file()


def test_findings_read_as_sentences():
    class Wrong(Right):
        def forward(self, x, lengths):
            output, _ = self.lstm(self.emb(x))
            return self.out(F.dropout(output[:, -1]))

    result = diagnose(Wrong(), batch())
    assert isinstance(result, Diagnosis)
    line, *others = repr(result).splitlines()
    assert re.fullmatch(r"✗ [A-Z].+\. → notebook 05_batched_lstm_training", line)
    assert "○ padding: not checked, the answers change by chance: mend that first" in others
    right = repr(diagnose(Right(), batch()))
    assert right.splitlines()[0] == "✓ nothing found in 11 checks"
