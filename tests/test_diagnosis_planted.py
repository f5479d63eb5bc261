"""`diagnose` on right networks and public ones, with and without a planted fault: right ones are
clean, and each fault is found."""

from pathlib import Path

import pandas as pd
import pytest
import torch
from diagnosis_helpers import Right, batch, seeded  # noqa: F401 (a fixture)
from torch import nn

from benchmarks.diagnosed import batch_for, cases, planted, row_of, summary
from benchmarks.planted import BATCHES, FAULTS
from course_utils import diagnose
from course_utils.lessons import more_races_of_memory as races
from course_utils.probing import memory
from course_utils.probing.probe import Probe, Texts

ROOT = Path(__file__).resolve().parents[1]


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
