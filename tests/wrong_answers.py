"""Answers to the six exercises of practice_helpers, none of them right: each with its outcome and
with what must be said of it."""

import sys
from fractions import Fraction

import numpy as np
import pandas as pd
import torch


def printing(x):
    print("the half is", x / 2)


def in_a_branch(x):
    if np.ndim(x) == 0:
        return x / 2


def sorts_and_forgets(words):
    words.sort()


def overwritten(x, factor):
    y = x * 1.0
    result = y * y * factor
    y[0] = 0
    return result


def not_yet(x):
    raise NotImplementedError


def around(words):
    rows: list = []
    rows.append(rows)
    return rows


class Unspeakable:
    def __repr__(self):
        raise RuntimeError("hidden")


OUTCOMES = {
    "not attempted": ("half", lambda x: ..., "empty", ["not answered yet. hint('half') helps"]),
    "value not attempted": ("share", ..., "empty", ["○ share: not answered yet."]),
    "not attempted in one branch": (
        "half",
        lambda x: x / 2 if np.ndim(x) == 0 else ...,
        "empty",
        ["○ half: not answered yet."],
    ),
    "raised": (
        "half",
        lambda x: x / 0,
        "raised",
        ["raised ZeroDivisionError: division by zero", "for   x = 3", "lambda x: x / 0"],
    ),
    "said before it raised": (
        "half",
        lambda x: print("now", x) or x.nothing,
        "raised",
        ["raised AttributeError", "said  'now 3'"],
    ),
    "raised later": ("half", lambda x: float(x) / 2, "raised", ["float(x) / 2", "of yours:"]),
    "print in place of return": (
        "half",
        printing,
        "unchecked",
        ["can't be checked: it printed 'the half is 1.5' and returned nothing; `return` it"],
    ),
    "return missing in a branch": (
        "half",
        in_a_branch,
        "unchecked",
        ["it returned None", "branches", "for   x = tensor([0, 1, 2, 3])"],
    ),
    "return missing after work in place": (
        "pairs",
        sorts_and_forgets,
        "unchecked",
        ["it returned None", "for   words = ['a', 'b']"],
    ),
    "a value for a function": (
        "half",
        1.5,
        "unchecked",
        ["can't be checked: this is a number, not a function", 'check("half", half)'],
    ),
    "a function returned": ("half", lambda x: abs, "unchecked", ["a function, abs. Call it"]),
    "a network returned": (
        "half",
        lambda x: torch.nn.Linear(1, 1),
        "unchecked",
        ["it returned Linear itself, not what comes of a call of it."],
    ),
    "an axis missing": (
        "half",
        lambda x: x / 2 if np.ndim(x) == 0 else x / torch.ones(9, 9),
        "raised",
        ["note  sizes are compared from the right; x[:, None]"],
    ),
    "nan": (
        "half",
        lambda x: x / 2 if np.ndim(x) < 2 else x / 2 + torch.log(-x.abs()),
        "wrong",
        ["nan came", "note  nan comes from 0 / 0"],
    ),
    "numbers in tensors": (
        "pairs",
        lambda words: [torch.tensor(1), torch.tensor(2)],
        "wrong",
        ["came  [1, 2]"],
    ),
    "too few parameters": (
        "square",
        lambda x: x,
        "unchecked",
        ["it is called with (x, factor), and yours takes (x)."],
    ),
    "text for a number": (
        "half",
        lambda x: "1.5",
        "wrong",
        ["came  '1.5'", "due   1.5", "a number was due, a text came"],
    ),
    "set for a number": ("half", lambda x: {1.5}, "wrong", ["an object of type set came"]),
    "wrong shape": (
        "half",
        lambda x: x / 2 if np.ndim(x) < 2 else x[0] / 2,
        "wrong",
        ["a tensor of shape (2, 2) was due, a tensor of shape (2,) came"],
    ),
    "rows that differ in shape": (
        "half",
        lambda x: x / 2 if np.ndim(x) < 2 else [x[0] / 2, x[1, :1] / 2],
        "wrong",
        ["a list of length 2 (of tensors: (2,), (1,)) came: its parts differ in shape"],
    ),
    "wrong rows": (
        "half",
        lambda x: x / 2 if np.ndim(x) < 2 else list(x / 3),
        "wrong",
        ["came  [tensor([", "first difference at [0, 0]: "],
    ),
    "values and indices": (
        "half",
        lambda x: x / 2 if np.ndim(x) < 2 else x.max(1),
        "wrong",
        ["note  with a dimension this gives two tensors, values and indices: take .values"],
    ),
    "a complex number": (
        "share",
        0.25 + 5j,
        "wrong",
        ["came  (0.25+5j)", "a number was due, a complex number came"],
    ),
    "complex numbers": (
        "half",
        lambda x: x / 2 + 5j,
        "wrong",
        ["a number was due, a complex number came"],
    ),
    "a tensor of complex numbers": (
        "half",
        lambda x: x / 2 if np.ndim(x) == 0 else x / 2 + 5j,
        "wrong",
        ["(4,) was due, a tensor of shape (4,) of complex numbers came"],
    ),
    "a wrong fraction": ("share", Fraction(1, 3), "wrong", ["came  1/3", "due   0.25"]),
    "a sparse tensor": (
        "half",
        lambda x: x / 2 if np.ndim(x) < 2 else x.to_sparse(),
        "wrong",
        ["came  tensor([[", "first difference at [0, 0]"],
    ),
    "half precision": (
        "half",
        lambda x: x / 2 if np.ndim(x) < 2 else x.half() / 2,
        "wrong",
        ["note  half precision keeps three digits"],
    ),
    "an error that says nothing": ("half", not_yet, "raised", ["raised NotImplementedError.\n"]),
    "exit": ("half", lambda x: sys.exit(), "raised", ["called exit()", "sys.exit()"]),
    "what can't be compared": (
        "pairs",
        around,
        "unchecked",
        ["can't be checked: comparing what it returned raised RecursionError: "],
    ),
    "what can't be shown": (
        "half",
        lambda x: Unspeakable(),
        "unchecked",
        ["can't be checked: comparing what it returned raised RuntimeError: hidden"],
    ),
    "a series of texts": (
        "pairs",
        lambda words: pd.Series(["a"] * 3),
        "wrong",
        ["came  an object of type Series"],
    ),
    "one number with axes": (
        "half",
        lambda x: x / 2 if np.ndim(x) else np.array([x / 2]),
        "wrong",
        ["an array of shape (1,) came: it holds one number, but has axes"],
    ),
    "list too long": ("pairs", lambda words: ["a"] * 3, "wrong", ["1 was due, 3 came"]),
    "wrong number": ("half", lambda x: x / 3, "wrong", ["not right yet.", "came  1", "due   1.5"]),
    "wrong from the seventh digit on": (
        "share",
        0.25003,
        "wrong",
        ["came  0.25003", "due   0.25"],
    ),
    "wrong tensor": (
        "half",
        lambda x: x / 2 + (np.ndim(x) == 2),
        "wrong",
        ["first difference at [0, 0]: "],
    ),
    "wrong inside": (
        "pairs",
        lambda words: [(a, a) for a, b in zip(words, words[1:], strict=False)],
        "wrong",
        ["due   [('a', 'b')]", "first difference at [0][1]: 'a' came, 'b' was due"],
    ),
    "what it printed is shown": (
        "known",
        lambda word: bool(print("asked for", word)),
        "wrong",
        ["said  'asked for der'"],
    ),
    "yes or no": ("known", lambda word: True, "wrong", ["for   word = 'BER'", "due   False"]),
    "number for yes or no": ("known", lambda word: 1, "wrong", ["True or False was due, a number"]),
    "dict with other keys": (
        "counts",
        lambda words: {"a": 2, "c": 1} if words else {},
        "wrong",
        ["missing: ['b']; not asked for: ['c']"],
    ),
    "dict with another value": (
        "counts",
        lambda words: dict.fromkeys(words, 1),
        "wrong",
        ["first difference at ['a']: 1 came, 2 was due"],
    ),
    "known": ("half", lambda x: 2 * x, "known", ["✗ half: You doubled it.", "for   x = 3"]),
    "known, with an error": (
        "half",
        lambda x: x / len(x),
        "known",
        ["You halved the count", "len(x)"],
    ),
    "no gradient": (
        "square",
        lambda x, factor: torch.tensor((factor * x**2).tolist()),
        "known",
        ["You cut the way back."],
    ),
    "no gradient, in NumPy": (
        "square",
        lambda x, factor: factor * x.numpy() ** 2,
        "known",
        ["You cut the way back."],
    ),
    "another gradient": (
        "square",
        lambda x, factor: factor * x * x.detach(),
        "wrong",
        [
            "the values are right, but the gradient that reaches x is another one.",
            "    grad  of x\n    came  tensor([0.5, 1.5])\n    due   tensor([1, 3])\n",
            "first difference at [0]: 0.5 came, 1 was due",
            "note  differentiated is a sum of all entries",
        ],
    ),
    "overwritten in place": (
        "square",
        overwritten,
        "wrong",
        [
            "but no gradient can flow back: autograd still needs what you",
            "(torch.cat, torch.stack)",
        ],
    ),
    "an error on the way with gradients": (
        "square",
        lambda x, factor: factor * x**2 if not x.requires_grad else x / 0 // [],
        "wrong",
        ["where tensors collect gradients it raised TypeError", "x / 0 // []"],
    ),
}
