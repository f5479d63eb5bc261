"""Tests of the sentences that explain errors: the libraries' own messages must still fit them."""

import numpy as np
import pytest
import torch
from torch import nn

from course_utils.exercises.advice import advice_on

x = torch.ones(2, 3)
RAISING = {
    "an axis of torch": (lambda: x + torch.ones(2), "from the right"),
    "an axis of NumPy": (lambda: np.ones((2, 3)) + np.ones(2), "from the right"),
    "two of one": (lambda: torch.maximum(x[0], x.max(0)), ".values"),
    "a vector": (lambda: x @ torch.ones(2), "transpose"),
    "matrices": (lambda: x @ x, "transpose"),
    "batches": (lambda: torch.ones(1, 2, 3) @ torch.ones(1, 2, 3), "transpose"),
    "a loss with scores": (lambda: nn.CrossEntropyLoss(x, torch.ones(2)), "First make the loss"),
    "a negative step": (lambda: x[::-1], "x.flip(0)"),
    "a tensor in if": (lambda: 1 if x > 0 else 2, "whole tensor"),
    "an array in if": (lambda: 1 if np.ones(2) > 0 else 2, "whole tensor"),
    "classes": (
        lambda: nn.functional.cross_entropy(torch.ones(1, 3, 2), torch.ones(1, 3).long()),
        "axis 1",
    ),
    "view": (lambda: x.view(2, 2), "as many numbers"),
    "reshape": (lambda: np.ones(6).reshape(4, 2), "as many numbers"),
    "a place of torch": (lambda: x[2], "0 to size - 1"),
    "a place of NumPy": (lambda: np.ones(2)[2], "0 to size - 1"),
    "backward": (lambda: x.clone().requires_grad_().tanh().backward(), "one number"),
    "dtypes": (lambda: x @ torch.ones(3).double(), "two kinds of numbers"),
    "texts": (lambda: torch.tensor(["a"]), "not texts"),
}


@pytest.mark.parametrize("call, says", RAISING.values(), ids=RAISING)
def test_an_error_is_explained(call, says):
    with pytest.raises(Exception) as raised:
        call()
    assert says in advice_on(raised.value), raised.value


def test_a_loss_is_named_only_where_one_is():
    with pytest.raises(RuntimeError, match="more than one value") as raised:
        bool(x > 0)
    assert "loss" not in advice_on(raised.value) and "torch.where" in advice_on(raised.value)


def test_other_errors_speak_for_themselves():
    assert advice_on(ZeroDivisionError("division by zero")) == ""
