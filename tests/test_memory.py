"""What notebook 06 and its races build, against torch; the measurement of results/memory*.csv.
The definitions are those that the reader sees: the lessons are made of the notebooks."""

import inspect
from typing import Any

import pandas as pd
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from benchmarks import memory, memory_news
from benchmarks.tables import RESULTS
from course_utils.lessons import more_races_of_memory, n06
from tools.figures import reach


def weights(module):
    return [getattr(module, name) for name in n06.NAMES]


def gradients(output, module):
    return torch.autograd.grad(output.square().sum(), weights(module))


def test_lstm_cell_is_that_of_torch():
    torch.manual_seed(0)
    module = nn.LSTM(3, 5, batch_first=True)
    x = torch.randn(4, 6, 3)
    h = torch.randn(4, 5)
    c = torch.randn(4, 5)
    theirs, _ = module(x, (h[None], c[None]))
    mine, *_ = n06.lstm_by_hand(x, h, c, *weights(module))
    torch.testing.assert_close(mine, theirs)
    expected = gradients(theirs, module)
    torch.testing.assert_close(gradients(mine, module), expected, rtol=1e-4, atol=1e-4)


def test_gru_cell_is_that_of_torch():
    torch.manual_seed(0)
    module = nn.GRU(3, 5, batch_first=True)
    x = torch.randn(4, 6, 3)
    h = torch.randn(4, 5)
    theirs, _ = module(x, h[None])
    mine = n06.gru_by_hand(x, h, *weights(module))
    torch.testing.assert_close(mine, theirs)
    expected = gradients(theirs, module)
    torch.testing.assert_close(gradients(mine, module), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("k, dilation, T", [(3, 1, 9), (2, 4, 9), (5, 3, 4)])
def test_convolution_is_that_of_torch(k, dilation, T):
    torch.manual_seed(0)
    x = torch.randn(2, 3, T)
    W = torch.randn(4, 3, k)
    b = torch.randn(4)
    expected = F.conv1d(F.pad(x, (dilation * (k - 1), 0)), W, b, dilation=dilation)
    torch.testing.assert_close(more_races_of_memory.causal_conv(x, W, b, dilation), expected)


@pytest.mark.parametrize("levels, k", [(1, 2), (3, 3), (4, 5)])
def test_tcn_sees_its_receptive_field_and_nothing_later(levels, k):
    torch.manual_seed(0)
    t = 150
    network = more_races_of_memory.TCN(1, 4, 2, levels, k=k)
    for p in network.parameters():
        nn.init.uniform_(p, 0.01, 0.1)  # no path is hidden by a ReLU
    x = torch.ones(1, 200, 1, requires_grad=True)
    (gradient,) = torch.autograd.grad(network(x)[0, t].sum(), x)
    seen = gradient[0, :, 0].nonzero().flatten().tolist()
    assert seen == list(range(t + 1 - more_races_of_memory.receptive_field(levels, k), t + 1))


def test_the_figure_of_the_network_agrees_with_it():
    """Two blocks of two convolutions with three weights: what the last output sees."""
    levels = len(reach.BLOCKS)
    seen = reach.reached_by_last_output()[0]
    assert len(seen) == more_races_of_memory.receptive_field(levels, reach.WIDTH)
    network = more_races_of_memory.TCN(1, 2, 1, levels, reach.WIDTH)
    blocks: Any = network.blocks
    drawn = [c.dilation[0] for block in blocks for c in (block.first, block.second)]
    assert drawn == list(reach.DILATIONS)
    for low, high in reach.BLOCKS:  # the residual connection leads past both
        assert high - low == 2


@pytest.mark.parametrize("kind, b_f", [("LSTM", 1.0), ("LSTM 5", 5.0)])
def test_forget_bias_of_a_racing_network(kind, b_f):
    network: Any = memory.network(kind, 2, 1, 100, 5_000)
    hidden = network.layer.hidden_size
    forget = network.layer.bias_ih_l0[hidden : 2 * hidden]
    assert (forget - b_f).abs().max() <= 1 / hidden**0.5
    assert network.layer.bias_ih_l0[:hidden].abs().max() <= 1 / hidden**0.5


def test_the_control_sees_one_word_at_a_time():
    network = memory.network("words", 3, 2, 100, 5_000)
    x = torch.randn(1, 9, 3, requires_grad=True)
    (gradient,) = torch.autograd.grad(network(x)[0, 4].sum(), x)
    assert gradient[0].any(dim=1).nonzero().flatten().tolist() == [4]


def test_answers_of_adding():
    x, y = more_races_of_memory.adding(50, 11, torch.Generator().manual_seed(0))
    numbers, marks = x.unbind(2)
    assert (marks.sum(1) == 2).all()
    torch.testing.assert_close((numbers * marks).sum(1), y[:, 0])


def test_answers_of_copy():
    x, y = more_races_of_memory.copy(50, 7, torch.Generator().manual_seed(0))
    assert x.shape == (50, 13, 6)
    assert torch.equal(x[:, :3].argmax(2), y)
    assert (x[:, 3:].argmax(2) >= 4).all()
    assert (x[:, :, 5].sum(1) == 1).all()


def test_answers_of_order():
    x, y = more_races_of_memory.order(50, 30, torch.Generator().manual_seed(0))
    relevant = [row[row < 2].tolist() for row in x.argmax(2)]
    assert y.tolist() == [[2 * first + second] for first, second in relevant]
    assert set(y.flatten().tolist()) == {0, 1, 2, 3}


@pytest.mark.parametrize("kind", memory.RATES)
@pytest.mark.parametrize("budget", [3_000, 5_000])
def test_widest_network_within_the_budget(kind, budget):
    network = memory.network(kind, 2, 1, 100, budget)
    n = sum(p.numel() for p in network.parameters())
    assert 0.85 * budget < n <= budget


@pytest.mark.parametrize("steps", [1, 5, 6, 13, 100, 617])
def test_levels_reach_the_whole_sequence_and_no_further_than_needed(steps):
    levels = memory.levels_for(steps)
    assert more_races_of_memory.receptive_field(levels) >= steps
    assert levels == 1 or more_races_of_memory.receptive_field(levels - 1) < steps


def test_training_stops_when_the_task_is_solved(monkeypatch):
    easy = memory.TASKS["adding"]._replace(solved=1e9)
    monkeypatch.setitem(memory.TASKS, "adding", easy)
    row = memory.train("adding", 6, "TCN", 0, 0.01, steps=200)
    assert row["solved"]
    assert row["steps"] == 50


def test_results_are_complete():
    runs = pd.read_csv(RESULTS / "memory.csv")
    expected = [(name, length) for name, task in memory.TASKS.items() for length in task.lengths]
    assert sorted(set(zip(runs.task, runs.length, strict=True))) == sorted(expected)
    assert set(runs.network) == set(memory.RATES)
    assert len(runs) == 3 * len(memory.RATES) * len(expected)


def test_results_on_the_news_are_complete():
    news = pd.read_csv(RESULTS / "memory-news.csv")
    networks = news[news.readout != "counts"]  # counting words needs no seed
    assert (networks.groupby(["corpus", "readout", "network"]).seed.nunique() == 3).all()
    assert set(news.corpus) == {"mininews", "gnad-small"}


def test_marks_of_right_answers():
    found = memory_news.scored(torch.tensor([True, False, True]))
    assert found == {"accuracy": 0.667, "right": "x.x"}


def test_the_modules_say_how_they_are_run():
    for module in (memory, memory_news):
        assert f"python -m {module.__name__}" in (inspect.getdoc(module) or "")
