"""Holds PaddedLSTM against nn.LSTM over a PackedSequence: outputs, last states, every gradient.
It shares parameters with nn.LSTM but not the way through the sequence, where padding gets in."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from course_utils import LengthBuckets, load_gnad, rounded_length, tokenize
from course_utils.lstm import PaddedLSTM, reverse_padded

SHAPES = st.fixed_dictionaries(
    {
        "input_size": st.integers(1, 5),
        "hidden_size": st.integers(1, 5),
        "num_layers": st.integers(1, 4),
        "bias": st.booleans(),
        "bidirectional": st.booleans(),
    }
)


def packed(lstm, x, lengths):
    """What PaddedLSTM promises, the official way."""
    output, (h_n, _) = lstm(
        pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
    )
    return pad_packed_sequence(output, batch_first=True, total_length=x.size(1))[0], h_n


def case(
    lengths,
    seed=0,
    device="cpu",
    input_size=3,
    hidden_size=4,
    num_layers=2,
    bias=True,
    bidirectional=True,
):
    """PaddedLSTM, nn.LSTM with the same numbers, x (B, longest + 2, D), lengths: float64."""
    torch.manual_seed(seed)
    keywords = {
        "dtype": torch.float64,
        "device": device,
        "num_layers": num_layers,
        "bias": bias,
        "bidirectional": bidirectional,
    }
    mine = PaddedLSTM(input_size, hidden_size, **keywords)
    theirs = nn.LSTM(input_size, hidden_size, batch_first=True, **keywords)
    theirs.load_state_dict(mine.state_dict())
    lengths = torch.tensor(lengths)
    return (
        mine,
        theirs,
        torch.randn(len(lengths), max(lengths) + 2, input_size, dtype=torch.float64, device=device),
        lengths,
    )


def assert_equal(mine, theirs, x, lengths, tol=1e-10):
    """Values, and the gradients of a random projection of them, up to `tol`.

    Gradients are sums over all steps, so they are held against the largest of their tensor.
    """
    results = []
    for lstm, forward in ((mine, mine), (theirs, partial(packed, theirs))):
        leaf = x.clone().requires_grad_()
        output, h_n = forward(leaf, lengths)
        torch.manual_seed(1)
        total = (output * torch.randn_like(output)).sum() + (h_n * torch.randn_like(h_n)).sum()
        results.append([output, h_n, *torch.autograd.grad(total, [leaf, *lstm.parameters()])])
    for a, b in zip(*results, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=tol * max(1.0, b.abs().max().item()))


@settings(max_examples=200)
@given(
    lengths=st.lists(st.integers(1, 12), min_size=1, max_size=6),
    seed=st.integers(0, 10_000),
    shape=SHAPES,
)
def test_equal_to_packing(lengths, seed, shape):
    assert_equal(*case(lengths, seed, **shape))


@pytest.mark.training
def test_equal_to_packing_on_every_article_in_float32():
    """The lengths of a whole corpus, through the kernels of training; above are others."""
    train, test = load_gnad("mini")
    lengths = torch.tensor([len(tokenize(text)) for text in [*train.text, *test.text]])
    torch.manual_seed(0)
    mine = PaddedLSTM(8, 6, 2, bidirectional=True)
    theirs = nn.LSTM(8, 6, 2, batch_first=True, bidirectional=True)
    theirs.load_state_dict(mine.state_dict())
    with torch.no_grad():
        for batch in LengthBuckets(lengths.tolist(), 16_384, shuffle=False).batches():
            x = torch.randn(len(batch), rounded_length(int(lengths[batch].max())), 8)
            results = mine(x, lengths[batch]), packed(theirs, x, lengths[batch])
            for a, b in zip(*results, strict=True):
                torch.testing.assert_close(a, b, rtol=0, atol=1e-5)


@pytest.mark.parametrize("lengths", [[3, 40, 41], [700], [129, 64, 1, 300]])
@pytest.mark.parametrize(
    "shape",
    [
        {"num_layers": 1, "bidirectional": False},
        {"num_layers": 2},
        {"num_layers": 4, "bias": False},
    ],
)
def test_float32_with_gradients(lengths, shape):
    mine, theirs, x, lengths = case(lengths, input_size=20, hidden_size=16, **shape)
    assert_equal(mine.float(), theirs.float(), x.float(), lengths, tol=1e-5)


@pytest.mark.parametrize("bidirectional", [True, False])
def test_state_dicts_go_both_ways(bidirectional):
    mine, theirs, x, lengths = case([5, 1, 3], bidirectional=bidirectional)
    assert list(mine.state_dict()) == list(theirs.state_dict())
    for weight in theirs.parameters():
        nn.init.normal_(weight)
    mine.load_state_dict(theirs.state_dict())
    assert_equal(mine, theirs, x, lengths)


@pytest.mark.parametrize("filling", [torch.nan, torch.inf, 1e9])
def test_what_stands_at_padding_never_leaks(filling):
    mine, theirs, x, lengths = case([5, 1, 3, 7])
    padded = torch.arange(x.size(1)) >= lengths[:, None]
    dirty = x.masked_fill(padded[..., None], filling).requires_grad_()
    output, h_n = mine(dirty, lengths)
    clean_output, clean_h_n = mine(x, lengths)
    assert torch.equal(output, clean_output) and torch.equal(h_n, clean_h_n)
    assert not output[padded].any()
    gradient, *weights = torch.autograd.grad(output.sum() + h_n.sum(), [dirty, *mine.parameters()])
    assert not gradient[padded].any() and gradient[~padded].all()
    assert all(weight.isfinite().all() for weight in weights)


def test_reverse_padded_by_hand():
    x = torch.tensor([[1, 2, 3, 0, 0], [4, 0, 0, 0, 0], [5, 6, 7, 8, 9]])
    assert reverse_padded(x.T[..., None], torch.tensor([3, 1, 5]))[..., 0].T.tolist() == [
        [3, 2, 1, 0, 0],
        [4, 0, 0, 0, 0],
        [9, 8, 7, 6, 5],
    ]


@pytest.mark.parametrize(
    "x, lengths, message",
    [
        (torch.zeros(2, 5), torch.tensor([5, 2]), r"x must be \(batch, time, 3\), not \(2, 5\)"),
        (
            torch.zeros(2, 5, 4),
            torch.tensor([5, 2]),
            r"x must be \(batch, time, 3\), not \(2, 5, 4\)",
        ),
        (torch.zeros(2, 5, 3), torch.tensor([5, 2, 1]), r"shape \(2,\), not \(3,\)"),
        (torch.zeros(2, 5, 3), torch.tensor([[5, 2]]), r"shape \(2,\), not \(1, 2\)"),
        (torch.zeros(2, 5, 3), torch.tensor([5, 0]), "between 1 and 5; they go from 0 to 5"),
        (torch.zeros(2, 5, 3), torch.tensor([6, 1]), "between 1 and 5; they go from 1 to 6"),
        (torch.zeros(2, 5, 3), torch.tensor([5.0, 2.0]), "whole numbers, not torch.float32"),
        (torch.zeros(2, 5, 3), torch.tensor([True, True]), "whole numbers, not torch.bool"),
        (torch.zeros(2, 5, 3), torch.tensor([1j, 2]), "whole numbers, not torch.complex64"),
        (torch.zeros(2, 5, 3), torch.tensor([0, 5], dtype=torch.uint16), "go from 0 to 5"),
        (torch.zeros(2, 5, 3), [5, 2.5], r"lengths must be whole numbers; 2\.5 is among them"),
        (torch.zeros(2, 5, 3), np.array([0.5, 2]), r"whole numbers; 0\.5 is among them"),
        (torch.zeros(2, 5, 3), np.array([True, True]), "whole numbers, not bool"),
        (torch.zeros(2, 5, 3), [5, 2, 1], r"shape \(2,\), not \(3,\)"),
        (torch.zeros(2, 5, 3), [[5, 2]], r"one row of whole numbers, not of shape \(1, 2\)"),
        (torch.zeros(2, 5, 3), ["5", "2"], "lengths must be whole numbers; '5' is among them"),
    ],
)
def test_what_does_not_fit_is_refused(x, lengths, message):
    with pytest.raises(ValueError, match=message):
        PaddedLSTM(3, 4)(x, lengths)


@pytest.mark.parametrize("as_given", [list, tuple, np.array, np.int32, pd.Series])
def test_lengths_may_be_any_sequence_of_whole_numbers(as_given):
    mine, _, x, lengths = case([6, 2, 4])
    expected = mine(x, lengths)
    for a, b in zip(mine(x, as_given(lengths.tolist())), expected, strict=True):
        assert torch.equal(a, b)


def test_dropout_is_between_layers_in_training_and_seeded():
    _, theirs, x, lengths = case([6, 2, 4])
    mine = PaddedLSTM(3, 4, num_layers=2, bidirectional=True, dropout=0.5, dtype=torch.float64)
    mine.load_state_dict(theirs.state_dict())
    assert_equal(mine.eval(), theirs, x, lengths)

    def trained(seed):
        torch.manual_seed(seed)
        return mine.train()(x, lengths)

    output, h_n = trained(0)
    again, _ = trained(0)
    other, _ = trained(1)
    assert torch.equal(output, again) and not torch.allclose(output, other)
    torch.testing.assert_close(
        h_n[:2], packed(theirs, x, lengths)[1][:2]
    )  # the first layer has nothing dropped
    assert not torch.allclose(h_n[2:], packed(theirs, x, lengths)[1][2:])


@pytest.mark.parametrize("bidirectional", [True, False])
def test_the_way_through_packing_that_gpus_take(monkeypatch, bidirectional):
    """Here on the CPU, where it is slow but there for every test run."""
    monkeypatch.setattr(torch.Tensor, "is_cuda", True)
    mine, theirs, x, lengths = case([5, 1, 3, 7], bidirectional=bidirectional)
    assert_equal(mine, theirs, x, lengths)


@pytest.mark.parametrize("as_on_a_gpu", [False, True])
@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "uint16", "int32", "uint32", "uint64"])
def test_any_integer_dtype_of_lengths_gives_the_same(monkeypatch, dtype, as_on_a_gpu):
    """As many documents as words: uint8 would pass for a mask."""
    monkeypatch.setattr(torch.Tensor, "is_cuda", as_on_a_gpu)
    mine, _, x, lengths = case([6, 2, 4, 3, 5, 2, 1, 8])
    other = lengths.to(getattr(torch, dtype))
    for a, b in zip(mine(x, lengths), mine(x, other), strict=True):
        assert torch.equal(a, b)
    turned = reverse_padded(x.transpose(0, 1), lengths)
    assert torch.equal(turned, reverse_padded(x.transpose(0, 1), other))


@pytest.mark.parametrize("bias", [True, False])
def test_torch_lstm_is_what_nn_lstm_computes(bias):
    """`torch.lstm` is undocumented; this names it, should a new PyTorch change it."""
    torch.manual_seed(0)
    lstm = nn.LSTM(3, 4, bias=bias)
    x = torch.randn(7, 2, 3)
    zero = torch.zeros(1, 2, 4)
    weights: list[torch.Tensor] = list(lstm.parameters())
    mine = torch.lstm(x, (zero, zero), weights, bias, 1, 0.0, True, False, False)
    output, (h_n, c_n) = lstm(x)
    for a, b in zip(mine, (output, h_n, c_n), strict=True):
        assert torch.equal(a, b)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("where", ["cpu", "cuda"])
def test_on_a_gpu(where):
    mine, theirs, x, lengths = case([5, 1, 3, 7], device="cuda")
    assert_equal(mine, theirs, x, lengths.to(where))
    cpu = PaddedLSTM(3, 4, num_layers=2, bidirectional=True, dtype=torch.float64)
    cpu.load_state_dict(mine.state_dict())
    for a, b in zip(mine(x, lengths), cpu(x.cpu(), lengths), strict=True):
        torch.testing.assert_close(a.cpu(), b, rtol=0, atol=1e-10)
