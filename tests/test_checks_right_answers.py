"""Tests that every right answer is right, in whatever form it comes, and where two values differ.
A reader who is right and is told otherwise stops reading."""

import dataclasses
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import torch
from practice_helpers import folder, nothing_made, quick, six_exercises  # noqa: F401 (fixtures)

from course_utils import checks
from course_utils.checks import check
from course_utils.exercises.comparing import difference


def in_place(x):
    if isinstance(x, torch.Tensor):
        x /= 2
        return x
    return x / 2


def loop(x):
    if np.ndim(x) == 0:
        return float(x) / 2
    return np.array([loop(row) for row in x])


def square_in_place(x, factor):
    x *= factor
    return x * x / factor


RIGHT = {
    "torch": ("half", lambda x: x * 0.5),
    "with a gradient": ("half", lambda x: torch.as_tensor(x) * torch.tensor(0.5).requires_grad_()),
    "NumPy": ("half", lambda x: np.asarray(x) / 2),
    "float64": ("half", lambda x: torch.as_tensor(x, dtype=torch.float64) / 2),
    "NumPy, float32": ("half", lambda x: np.asarray(x, dtype=np.float32) / np.float32(2)),
    "nested lists": ("half", lambda x: (np.asarray(x) / 2).tolist()),
    "in place": ("half", in_place),
    "a loop": ("half", loop),
    "a tensor without axes for a number": ("share", torch.tensor(0.25)),
    "NumPy for a number": ("share", np.float32(0.25)),
    "a fraction": ("share", Fraction(1, 4)),
    "a decimal": ("share", Decimal("0.25")),
    "a complex number without an imaginary part": ("share", 0.25 + 0j),
    "fractions": (
        "half",
        lambda x: [Fraction(i, 2) for i in range(4)] if np.ndim(x) == 1 else x / 2,
    ),
    "a sparse tensor": ("half", lambda x: torch.as_tensor(x / 2).to_sparse()),
    "sparse parts": ("half", lambda x: [row.to_sparse() for row in x / 2] if np.ndim(x) else x / 2),
    "numbers with gradients in a list": (
        "half",
        lambda x: [row.requires_grad_() for row in x / 2] if np.ndim(x) == 1 else x / 2,
    ),
    "a series for a list": (
        "pairs",
        lambda words: pd.Series(list(zip(words, words[1:], strict=False))),
    ),
    "a series for numbers": ("half", lambda x: pd.Series(x / 2) if np.ndim(x) == 1 else x / 2),
    "a function for a value": ("share", lambda: 1 / 4),
    "tuples and lists": (
        "pairs",
        lambda words: tuple([a, b] for a, b in zip(words, words[1:], strict=False)),
    ),
    "a generator": ("pairs", lambda words: zip(words, words[1:], strict=False)),
    "an array of texts": (
        "pairs",
        lambda words: np.array(list(zip(words, words[1:], strict=False))),
    ),
    "yes or no": ("known", lambda word: word != "BER"),
    "yes or no, in NumPy": ("known", lambda word: np.bool_(word == "der")),
    "yes or no, in torch": ("known", lambda word: torch.tensor(word == "der")),
    "the gradient, in float64": ("square", lambda x, factor: factor * x.double().pow(2)),
    "the gradient, by products": ("square", lambda x, factor: (x * factor) * x),
    "the gradient, in place": ("square", square_in_place),
    "a dict in another order": (
        "counts",
        lambda words: {word: words.count(word) for word in sorted(words)},
    ),
    "a series for a dict": ("counts", lambda words: pd.Series(words).value_counts()),
    "a class": ("half", type("Half", (), {"__new__": lambda cls, x: x / 2})),
    "it prints, too": ("known", lambda word: (print("."), word == "der")[1]),
}


@pytest.mark.parametrize("key, answer", RIGHT.values(), ids=RIGHT)
def test_a_right_answer_is_right_in_whatever_form(made, capsys, key, answer):
    check(key, answer)
    out = capsys.readouterr().out
    lines = 2 if answer in (in_place, square_in_place) else 1  # what was changed is named
    assert out.startswith(f"✓ {key}: right, on all") and out.count("\n") == lines
    assert ("your function has changed x" in out) == (lines == 2)


@pytest.mark.parametrize(
    "came, due, kind, where",
    [
        ([1, 2.0, torch.tensor(3)], [1, 2, 3], None, None),
        (torch.tensor([1, 2]), [1, 2], None, None),
        (torch.tensor([3e-6]), torch.tensor([0.0]), "value", "[0]"),
        (torch.tensor([3e-6, 1.0]), torch.tensor([0.0, 1.0]), None, None),
        (93_185, 93_184, "value", ""),
        (93_184.0, 93_184, None, None),
        (torch.tensor([float("nan")]), torch.tensor([1.0]), "value", "[0]"),
        (torch.tensor([float("nan")]), torch.tensor([float("nan")]), None, None),
        (-torch.ones(1) * torch.inf, torch.ones(1) * torch.inf, "value", "[0]"),
        (True, 1, None, None),
        ([[1, 2], [3]], torch.ones(2, 2), "kind", ""),
        ([(1, torch.zeros(2))], [(1, torch.tensor([0.0, 1.0]))], "value", "[0][1][1]"),
        ("Wien", "Graz", "value", ""),
        (np.array([1.5]), 1.5, "kind", ""),
        (None, [], "kind", ""),
        ({1, 2}, {2, 1}, None, None),
        ({1}, {2, 1}, "value", ""),
    ],
)
def test_where_two_values_differ(came, due, kind, where):
    found = difference(came, due)
    assert (found and found.kind, found and found.where) == (kind, where)


@pytest.mark.parametrize("way", ["torch", "np"])
def test_rows_that_nobody_stacked_are_right_with_a_note(made, capsys, way):
    def rows(x):
        if np.ndim(x) < 2:
            return x / 2
        return list(x / 2) if way == "torch" else list(x.numpy() / 2)

    registry = checks.exercises()
    registry["half"] = dataclasses.replace(registry["half"], cases=[(torch.ones(2, 3),)])
    check("half", rows)
    out = capsys.readouterr().out
    assert out.startswith("✓ half: right") and f"; {way}.stack makes one " in out


def test_rows_get_the_gradients_of_one_tensor(nothing_made, capsys):  # noqa: F811
    @quick("squares", cases=[(torch.arange(6.0).view(3, 2),)], gradients=True)
    def squares(x):
        return x**2

    check("squares", lambda x: [row**2 for row in x])
    assert capsys.readouterr().out.startswith("✓ squares: right")
