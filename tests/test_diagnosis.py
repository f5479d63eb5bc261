"""`diagnose` finds what is wrong, says it in a sentence with a notebook, and leaves right networks
and the given one alone. What it is tried on at length is in benchmarks/diagnosed.py."""

import re
from pathlib import Path

import pandas as pd
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from benchmarks.diagnosed import batch_for, cases, planted, row_of, summary
from benchmarks.planted import BATCHES, FAULTS
from course_utils import diagnose
from course_utils.diagnosis import NOTEBOOKS, Diagnosis
from course_utils.lessons import more_races_of_memory as races
from course_utils.probing import memory
from course_utils.probing.probe import Probe, Texts

ROOT = Path(__file__).resolve().parents[1]


def batch(seed=0):
    g = torch.Generator().manual_seed(seed)
    lengths = torch.tensor([9, 4, 7, 6, 3, 8] * 4)
    x = torch.randint(2, 50, (24, 9), generator=g)
    x = x.masked_fill(torch.arange(9) >= lengths[:, None], 0)
    return x, lengths, torch.arange(24)[torch.randperm(24, generator=g)] % 3


class Right(nn.Module):
    """The network that the tests change: dense, the last real word, dropout."""

    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(50, 6, padding_idx=0)
        self.lstm = nn.LSTM(6, 5, batch_first=True)
        self.dropout = nn.Dropout(0.5)
        self.out = nn.Linear(5, 3)

    def forward(self, x, lengths):
        output, _ = self.lstm(self.emb(x))
        return self.out(self.dropout(output[torch.arange(len(x)), lengths - 1]))


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("where", ["cpu", "cuda"])
def test_a_network_on_a_gpu_may_have_its_batches_on_either_side(where):
    found = diagnose(Right().cuda(), [tensor.to(where) for tensor in batch()])
    assert found.findings == [] and set(found.unchecked) == {"optimizer"}


# --- Right networks and public ones ---------------------------------------------------------------


def test_there_are_twenty_public_networks():
    assert len(BATCHES) == 20 and {model for model, *_ in FAULTS} == set(BATCHES)


@pytest.mark.training
def test_right_networks_of_the_course_and_public_ones_are_clean():
    torch.manual_seed(0)
    rows = [row_of(*case) for case in cases(0) if case[2] == "none"]
    assert len(rows) == 36
    assert [row["model"] for row in rows if row["false alarms"]] == []


def one_fault_of_each_name():
    """The first planted fault of every name: all of them are the benchmark's business."""
    return list(
        {fault: (model, fault, old, new) for model, fault, old, new in FAULTS[::-1]}.values()
    )


@pytest.mark.parametrize("model, fault, old, new", one_fault_of_each_name())
def test_a_planted_fault_is_found(model, fault, old, new):
    found = diagnose(planted(model, old, new)(), batch_for(BATCHES[model], 0))
    assert fault in found.names


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_five_hundred_steps_are_no_lack_of_memory(kind, seed):
    """What float32 and one step of a difference call memoryless (0 of 20 passed)."""
    torch.manual_seed(seed)
    x, _ = races.adding(2, 500, torch.Generator().manual_seed(seed))
    network = races.Recurrent(kind, 2, 8, 1)
    probe = Probe(network, Texts(x, None), lambda output: output[:, -1], True, 0)
    assert memory.no_memory(probe) is None and memory.detached(probe) is None


def test_a_receptive_field_that_is_too_short_is_told_in_words():
    network = races.TCN(2, 8, 1, levels=3)
    x, y = races.adding(8, 100, torch.Generator().manual_seed(0))
    (finding,) = diagnose(network, (x, y), answer=lambda output: output[:, -1]).findings
    assert finding.name == "memory"
    assert f"sees the last {races.receptive_field(3)} only" in finding.sentence


class Truncated(nn.Module):
    """Detaches its state every ten words."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(2, 5, batch_first=True)
        self.out = nn.Linear(5, 3)

    def forward(self, x):
        h = None
        for chunk in x.split(10, dim=1):
            _, h = self.rnn(chunk, h if h is None else h.detach())
        return self.out(h[0])


def test_a_state_that_is_detached_far_back_is_found():
    (finding,) = diagnose(Truncated(), (torch.randn(5, 40, 2), None)).findings
    assert finding.name == "detached" and "reaches back 10 words" in finding.sentence


class Largest(Right):
    """The largest value of each feature over the words."""

    def forward(self, x, lengths):
        padding = torch.arange(x.shape[1]) >= lengths[:, None]
        largest = self.emb(x).masked_fill(padding[..., None], -torch.inf).amax(dim=1)
        return self.out(largest[:, :5])


def test_a_word_that_stands_twice_is_no_corner_to_complain_of():
    """Two equal candidates for a maximum: its slope is another to each side."""
    x, lengths, y = batch()
    x[:, 1] = x[:, 0]
    assert "detached" not in diagnose(Largest(), (x, lengths, y)).names


class OverTexts(nn.Module):
    """A loop by hand that walks over the texts of the batch."""

    def __init__(self):
        super().__init__()
        self.cell = nn.RNNCell(4, 4)
        self.out = nn.Linear(4, 3)

    def forward(self, x):
        h = x.new_zeros(x.shape[1], 4)
        states = []
        for text in x:
            h = self.cell(text, h)
            states.append(h[-1])
        return self.out(torch.stack(states))


def test_a_loop_over_texts_is_found_without_a_layer_to_look_at():
    assert "time axis" in diagnose(OverTexts(), (torch.randn(6, 9, 4), None)).names


def test_denormals_are_found_where_they_are_computed_with():
    network = races.Recurrent("LSTM", 2, 16, 1)
    x, y = races.adding(8, 500, torch.Generator().manual_seed(0))
    torch.set_flush_denormal(False)
    try:
        found = diagnose(network, (x, y), answer=lambda output: output[:, -1])
    finally:
        torch.set_flush_denormal(True)
    assert found.names == ["denormals"]
    assert "set_flush_denormal(True)" in found.findings[0].sentence


# --- Answers that are no numbers ------------------------------------------------------------------


class Attention(nn.Module):
    """A GRU and attention, masked with minus infinity, over columns of padding and of words."""

    def __init__(self, axis=1):
        super().__init__()
        self.axis = axis
        self.emb = nn.Embedding(50, 6, padding_idx=0)
        self.gru = nn.GRU(6, 5, batch_first=True)
        self.score = nn.Linear(5, 1)
        self.out = nn.Linear(5, 3)

    def forward(self, x, lengths):
        output, _ = self.gru(self.emb(x))
        padding = torch.arange(x.shape[1]) >= lengths[:, None]
        scores = self.score(output)[..., 0].masked_fill(padding, -torch.inf)
        return self.out((scores.softmax(self.axis)[..., None] * output).sum(dim=1))


def test_attention_over_the_texts_is_nan_alone_and_with_more_padding():
    """nan is larger than nothing: the museum's own exhibit was "nothing found in 11 checks"."""
    assert diagnose(Attention(), batch()).names == []
    found = diagnose(Attention(axis=0), batch())
    assert found.names == ["nan answers", "company", "padding"]
    sentence = found.findings[0].sentence
    assert "are nan for a text alone and with more columns of padding: zero" in sentence


def test_the_batch_is_asked_about_as_it_is_given_with_all_its_padding():
    x, lengths, y = batch()
    wide = torch.cat([x, torch.zeros_like(x)], dim=1)
    assert diagnose(Attention(), (wide, lengths, y)).names == []
    found = diagnose(Attention(axis=0), (wide, lengths, y))
    assert "are nan on the batch that was given, for a text alone and with" in str(found)


class Standardised(Right):
    """Takes mean and spread from the other texts: a text alone is divided by zero."""

    def forward(self, x, lengths):
        z = super().forward(x, lengths)
        return (z - z.mean(0)) / z.std(0, correction=0)


def test_a_text_that_is_nan_alone_has_another_answer_in_company():
    found = diagnose(Standardised(), batch())
    assert found.names == ["nan answers", "company"]
    assert "are nan for a text alone: zero" in found.findings[0].sentence


class Never(Right):
    """Zero divided by zero, always."""

    def forward(self, x, lengths):
        return super().forward(x, lengths) * 0 / 0


def test_where_all_answers_are_nan_nothing_else_is_said_of_them():
    found = diagnose(Never(), batch())
    assert found.names == ["nan answers"]
    assert "are nan on the batch that was given: zero" in found.findings[0].sentence
    compared = {"chance", "kept state", "company", "padding", "lengths", "memory", "detached"}
    assert compared <= found.unchecked.keys()
    assert found.unchecked["padding"] == "the answers are nan: mend that first"


class Distance(Right):
    """How far the first state is from the others: the root of zero has no slope at itself."""

    def forward(self, x, lengths):
        output, _ = self.lstm(self.emb(x))
        apart = (output - output[:, :1]).square().sum(2).sqrt()
        far = torch.arange(x.shape[1]) < lengths[:, None]
        return self.out(output[:, 0]) + (apart * far).amax(1)[:, None]


def test_a_gradient_that_is_nan_is_found_where_the_answers_are_numbers():
    found = diagnose(Distance(), batch())
    assert found.names == ["nan answers"]
    sentence = found.findings[0].sentence
    assert "The answers are numbers, but the gradient of emb.weight" in sentence
    assert "out.weight" not in sentence


class Overflows(Right):
    """The softmax as it is typed, for a network that is very sure: nan in float32 only."""

    def forward(self, x, lengths):
        p = (100 + super().forward(x, lengths)).exp()
        return p / p.sum(dim=1, keepdim=True)


def test_what_is_nan_in_float32_only_is_found_in_its_own_precision():
    assert Overflows()(*batch()[:2]).isnan().all()
    assert diagnose(Overflows(), batch()).names == ["nan answers"]


class MaskedClass(Right):
    """One class is ruled out: its score is minus infinity for all texts."""

    last = False

    def forward(self, x, lengths):
        output, _ = self.lstm(self.emb(x))
        there = x.shape[1] - 1 if self.last else lengths - 1
        scores = self.out(output[torch.arange(len(x)), there])
        return scores.masked_fill(torch.tensor([False, False, True]), -torch.inf)


def test_equal_infinities_are_equal_and_hide_nothing():
    assert diagnose(MaskedClass(), batch()).names == []
    wrong = MaskedClass()
    wrong.last = True
    assert diagnose(wrong, batch()).names == ["padding", "lengths"]


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


def test_hits_and_false_alarms_are_added_up():
    rows = [
        {"group": "a", "fault": "none", "hit": None, "false alarms": 2},
        {"group": "a", "fault": "memory", "hit": True, "false alarms": None},
        {"group": "a", "fault": "order", "hit": False, "false alarms": None},
    ]
    assert summary(pd.DataFrame(rows)).loc["a"].tolist() == [1, 2, 2, 1]


def test_the_kept_table_reads_back_as_it_was_written():
    """A name like "nan" alone would come back as nothing."""
    kept = pd.read_csv(ROOT / "results" / "diagnosed.csv")
    planted_ones = kept[kept.fault != "none"]
    assert {f"{fault}: {old.strip()} → {new.strip()}" for _, fault, old, new in FAULTS} <= set(
        planted_ones.fault
    )
    for row in planted_ones.fillna("").itertuples():
        assert (row.fault.partition(":")[0] in row.found.split(" · ")) == row.hit
