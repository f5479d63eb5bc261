"""What notebook 06 builds, taken out of it and held against torch; and the measurement of results/memory*.csv, which takes it from there, too."""

import inspect

import pandas as pd
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from benchmarks import memory
from benchmarks.taken import NOTEBOOKS, take

RESULTS = NOTEBOOKS.parent / "results"


@pytest.fixture(scope="module")
def scope():
    return take(
        "06",
        "lstm_cell",
        "lstm_by_hand",
        "gru_cell",
        "gru_by_hand",
        "causal_conv",
        "Block",
        "TCN",
        "Recurrent",
        "receptive_field",
        "adding",
        "copy",
        "order",
    )


def weights(module):
    return [
        getattr(module, name)
        for name in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    ]


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_cells_are_those_of_torch(scope, kind):
    torch.manual_seed(0)
    module, x = getattr(nn, kind)(3, 5, batch_first=True), torch.randn(4, 6, 3)
    states = [torch.randn(4, 5) for _ in range(2 if kind == "LSTM" else 1)]
    theirs, _ = module(x, tuple(s[None] for s in states) if kind == "LSTM" else states[0][None])
    mine = (
        scope["lstm_by_hand"](x, *states, *weights(module))[0]
        if kind == "LSTM"
        else scope["gru_by_hand"](x, *states, *weights(module))
    )
    torch.testing.assert_close(mine, theirs)
    gradients = [
        torch.autograd.grad(output.square().sum(), weights(module)) for output in (mine, theirs)
    ]
    torch.testing.assert_close(*gradients, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("k, dilation, T", [(3, 1, 9), (2, 4, 9), (5, 3, 4)])
def test_convolution_is_that_of_torch(scope, k, dilation, T):
    torch.manual_seed(0)
    x, W, b = torch.randn(2, 3, T), torch.randn(4, 3, k), torch.randn(4)
    torch.testing.assert_close(
        scope["causal_conv"](x, W, b, dilation),
        F.conv1d(F.pad(x, (dilation * (k - 1), 0)), W, b, dilation=dilation),
    )


@pytest.mark.parametrize("levels, k", [(1, 2), (3, 3), (4, 5)])
def test_tcn_sees_its_receptive_field_and_nothing_later(scope, levels, k):
    torch.manual_seed(0)
    network, T, t = scope["TCN"](1, 4, 2, levels, k=k), 200, 150
    for p in network.parameters():
        nn.init.uniform_(p, 0.01, 0.1)  # no path is hidden by a ReLU
    x = torch.ones(1, T, 1, requires_grad=True)
    network(x)[0, t].sum().backward()
    seen = x.grad[0, :, 0].nonzero().flatten().tolist()
    assert seen == list(range(t + 1 - scope["receptive_field"](levels, k), t + 1))


def test_answers_of_the_tasks(scope):
    g = torch.Generator().manual_seed(0)
    x, y = scope["adding"](50, 11, g)
    assert (x[..., 1].sum(1) == 2).all() and torch.allclose((x[..., 0] * x[..., 1]).sum(1), y[:, 0])
    x, y = scope["copy"](50, 7, g)
    assert (
        x.shape == (50, 13, 6)
        and torch.equal(x[:, :3].argmax(2), y)
        and (x[:, 3:].argmax(2) >= 4).all()
        and (x[:, :, 5].sum(1) == 1).all()
    )
    x, y = scope["order"](50, 30, g)
    relevant = [row[row < 2].tolist() for row in x.argmax(2)]
    assert [[2 * a + b] for a, b in relevant] == y.tolist() and set(y.flatten().tolist()) == {
        0,
        1,
        2,
        3,
    }


@pytest.mark.parametrize("kind", memory.RATES)
def test_widest_network_within_the_budget(kind):
    counts = [
        sum(p.numel() for p in memory.network(kind, 2, 1, 100, budget).parameters())
        for budget in (3_000, 5_000)
    ]
    assert 0.85 * 3_000 < counts[0] <= 3_000 and 0.85 * 5_000 < counts[1] <= 5_000


def test_levels_reach_the_whole_sequence_and_no_further_than_needed(scope):
    for steps in (1, 5, 6, 13, 100, 617):
        levels = memory.levels_for(steps)
        assert scope["receptive_field"](levels) >= steps and (
            levels == 1 or scope["receptive_field"](levels - 1) < steps
        )


def test_training_stops_when_the_task_is_solved(monkeypatch):
    monkeypatch.setitem(memory.SOLVED, "adding", 1e9)
    row = memory.train("adding", 6, "TCN", 0, 0.01, steps=200)
    assert row["solved"] and row["steps"] == 50


def test_old_rows_stay(tmp_path):
    path = tmp_path / "memory.csv"
    for task, length, score in (
        ("adding", 5, 1),
        ("copy", 5, 2),
        ("adding", 5, 3),
        ("adding", 9, 4),
    ):
        memory.keep([{"task": task, "length": length, "score": score}], path, "task", "length")
    assert pd.read_csv(path)[["task", "length", "score"]].values.tolist() == [
        ["adding", 5, 3],
        ["adding", 9, 4],
        ["copy", 5, 2],
    ]


def test_results_are_complete():
    runs, news = pd.read_csv(RESULTS / "memory.csv"), pd.read_csv(RESULTS / "memory-news.csv")
    expected = [(task, T) for task, lengths in memory.LENGTHS.items() for T in lengths]
    assert sorted(set(zip(runs.task, runs.length))) == sorted(expected) and len(
        runs
    ) == 3 * 4 * len(expected)
    assert (news.groupby(["corpus", "readout", "network"]).seed.nunique() == 3).all() and set(
        news.corpus
    ) == {"mininews", "gnad-small"}
    assert "benchmarks.memory" in inspect.getdoc(memory)
