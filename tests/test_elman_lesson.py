"""Notebook 01's test of memory, and the exercise on its gradient, against autograd.
A correct network must count as one at any length: what a float32 can't hold is no proof."""

import pytest
import torch
from torch import nn

from course_utils.exercises.n01 import last_state_gradient
from course_utils.lessons import n01


@pytest.mark.parametrize("steps", [6, 500])
@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
def test_remembers_clears_correct_networks_and_finds_careless_ones(kind, steps):
    torch.manual_seed(0)
    batch = torch.randn(1, steps, 3)
    for batch_first in True, False:
        assert n01.remembers(kind(3, 10, batch_first=batch_first), batch) == batch_first


def test_influence_leaves_the_network_as_it_was():
    torch.manual_seed(0)
    rnn = nn.RNN(3, 4, batch_first=True)
    before = [weight.clone() for weight in rnn.parameters()]
    influence = n01.influence(rnn, torch.randn(2, 5, 3))
    assert influence.shape == (2, 5)
    for weight, kept in zip(rnn.parameters(), before, strict=True):
        assert weight.dtype == torch.float32 and torch.equal(weight, kept) and weight.grad is None


def test_gradient_of_the_exercise_is_autograds():
    generator = torch.Generator().manual_seed(0)
    shapes = [(5, 3), (2, 3), (2, 2), (2,)]
    x, W_x, W_h, b = (torch.randn(*shape, generator=generator) for shape in shapes)
    x.requires_grad_()
    n01.elman_torch(x, W_x, W_h, b)[-1].sum().backward()
    torch.testing.assert_close(last_state_gradient(x.detach(), W_x, W_h, b), x.grad)
