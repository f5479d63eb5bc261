"""Tests of the exercises' engine: the six outcomes, and that every right answer is right.
A reader who is right and is told otherwise stops reading."""

import dataclasses
import io
import json
import os
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from practice_helpers import folder, nothing_made, quick  # noqa: F401 (fixtures)

from course_utils import checks, predictions
from course_utils.checks import check, hint, solution
from course_utils.exercises import judging
from course_utils.exercises.comparing import difference
from course_utils.exercises.judging import judge
from course_utils.exercises.mistakes import mistake


@pytest.fixture
def made(nothing_made):  # noqa: F811
    """Exercises of six kinds: tensors, lists of texts, a value, yes or no, gradients, a dict."""

    @quick(
        "half",
        cases=lambda g: [(3,), (torch.arange(4.0),), (torch.randn(2, 2, generator=g),)],
    )
    def half(x):
        # an answer may keep its comment
        return x / 2

    @quick("pairs", cases=[(["a", "b", "c"],), (["a", "b"],)])
    def pairs(words):
        return list(zip(words, words[1:], strict=False))

    @quick("share", cases=[()])
    def share():
        return 0.25

    @quick("known", cases=[("der",), ("BER",)])
    def known(word):
        return word in ("der", "die")

    @quick(
        "square",
        cases=lambda g: [(torch.randn(3, generator=g), 2.0), (torch.ones(2), 1.0)],
        gradients=True,
    )
    def square(x, factor):
        return factor * x**2

    @quick("counts", cases=[(["a", "b", "a"],), ([],)])
    def counts(words):
        return {word: words.count(word) for word in words}

    @mistake("half", "You doubled it.")
    def _(x):
        return x * 2

    @mistake("half", "You halved the count, not the entries.")
    def _(x):
        return x / len(x)

    @mistake("square", "You cut the way back.")
    def _(x, factor):
        return factor * x.detach() ** 2

    return nothing_made


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


@pytest.mark.parametrize("key, answer, outcome, parts", OUTCOMES.values(), ids=OUTCOMES)
def test_the_outcomes(made, capsys, key, answer, outcome, parts):
    assert judge(checks._exercise(key), answer).outcome == outcome
    check(key, answer)
    out = capsys.readouterr().out
    assert [part for part in parts if part not in out] == [], out
    assert out.count("✓") + out.count("✗") + out.count("○") == 1
    assert max(map(len, out.splitlines())) <= 160


def test_the_error_of_a_known_mistake_is_still_shown(made, capsys):
    @mistake("half", "Not by nothing.")
    def _(x):
        return x.nothing / 0

    check("half", lambda x: x.nothing / 0)
    out = capsys.readouterr().out
    assert "✗ half: Not by nothing." in out and "error AttributeError: 'int' object has no" in out


def test_all_arguments_without_a_gradient_are_named(nothing_made, capsys):  # noqa: F811
    @quick("product", cases=lambda g: [(torch.randn(3), torch.randn(3))], gradients=True)
    def product(a, b):
        return a * b

    check("product", lambda a, b: a.detach() * b)
    check("product", lambda a, b: (a * b).detach())
    out = " ".join(capsys.readouterr().out.split())
    assert "no gradient reaches a. Does" in out and "no gradient reaches a and b. Does" in out


def test_without_a_known_mistake_a_cut_gradient_is_named(made, capsys):
    from course_utils.exercises import mistakes

    mistakes._FOUND.clear()
    check("square", lambda x, factor: (factor * x**2).detach())
    assert "no gradient reaches x. Does it pass through detach()" in capsys.readouterr().out


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


def test_the_shortest_case_speaks_and_long_values_are_named_by_their_size(made, capsys):
    sizes = (20, 2, 30)

    @quick("long", cases=lambda g: [(torch.randn(n, 20, generator=g), [n] * n) for n in sizes])
    def long(x, counts):
        return x + 1

    check("long", lambda x, counts: x)
    assert capsys.readouterr().out.splitlines()[:4] == [
        "✗ long: not right yet.",
        "    for   x = a tensor of shape (2, 20), counts = [2, 2]",
        "    came  a tensor of shape (2, 20)",
        "    due   a tensor of shape (2, 20)",
    ]


def test_the_arguments_of_later_calls_are_untouched(nothing_made, capsys):  # noqa: F811
    given = [3, 1, 2]

    @quick("largest", cases=[(given,)])
    def largest(numbers):
        return sorted(numbers)[-1]

    def spoils(numbers):
        numbers.sort()
        return numbers.pop()

    check("largest", spoils)
    assert capsys.readouterr().out.startswith("✓") and given == [3, 1, 2]


def test_the_line_of_an_error_is_the_learners_own(made, capsys):
    def helper(x):
        return torch.stack(x)

    def answer(x):
        return helper(x) / 2

    check("half", answer)
    assert "of yours: return torch.stack(x)" in capsys.readouterr().out


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


def test_no_gradient_in_numpy_is_told_from_detach(nothing_made, capsys):  # noqa: F811
    @quick("squares", cases=[(torch.arange(6.0),)], gradients=True)
    def squares(x):
        return x**2

    check("squares", lambda x: torch.tensor(x.numpy() ** 2))
    check("squares", lambda x: x.half() ** 2 if x.requires_grad else x**2 * (1 + 0 * x))
    check("squares", lambda x: (x**2).half())
    out = " ".join(capsys.readouterr().out.split())
    assert "no gradient flows through NumPy. Stay in torch" in out and "half precision" in out


def test_shapes_that_are_seen_already_are_not_said_again(nothing_made, capsys):  # noqa: F811
    @quick("long", cases=[(torch.ones(9, 9),)])
    def long(x):
        return torch.cat([x, x])

    check("long", lambda x: torch.cat([x, x], 1))
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:] == [
        "    came  a tensor of shape (9, 18)",
        "    due   a tensor of shape (18, 9)",
    ]


def test_whoever_stops_an_answer_is_told_where(made, capsys):
    def endless(x):
        raise KeyboardInterrupt

    check("half", endless)
    out = " ".join(capsys.readouterr().out.split())
    assert "half: can't be checked: it was stopped in line" in out
    assert "of yours, `raise KeyboardInterrupt`. Does a loop never end?" in out


def test_the_course_itself_can_be_stopped(made, monkeypatch):
    def stopped(*_):
        raise KeyboardInterrupt

    stopped.__code__ = stopped.__code__.replace(co_filename=judging.__file__)
    monkeypatch.setattr(judging, "difference", stopped)
    with pytest.raises(KeyboardInterrupt):
        check("half", lambda x: x / 3)


# --- Hints and solutions -------------------------------------------------------------------------


def test_hints_come_one_by_one_then_the_solution(made, capsys):
    for _ in range(4):
        hint("half")
    solution("half")
    assert capsys.readouterr().out.splitlines() == [
        "Hint 1 of 3 for half: First.",
        "Hint 2 of 3 for half: Second.",
        "Hint 3 of 3 for half: Third.",
        "Hint 1 of 3 for half: First.",
        "def half(x):",
        "    # an answer may keep its comment",
        "    return x / 2",
    ]


@pytest.mark.parametrize(
    "call", [lambda: check("halb", 1), lambda: hint("halb"), lambda: solution("halb")]
)
def test_an_unknown_exercise(made, call):
    with pytest.raises(KeyError, match=r"no exercise 'halb'; did you mean half\?"):
        call()
    with pytest.raises(KeyError, match="no exercise 'xyz'; there are counts, half, known"):
        check("xyz", 1)


def test_what_is_no_exercise_is_refused(made):
    with pytest.raises(ValueError, match=r"called 'half': .*\.half and .*\.halve; rename one"):

        @quick("half", cases=[(1,)])
        def halve(x):
            return x / 2

    with pytest.raises(ValueError, match="'none' has no cases"):
        quick("none", cases=[])(abs)
    with pytest.raises(ValueError, match="'one': hints are a tuple"):
        quick("one", hints="Think.", cases=[(1,)])(abs)
    with pytest.raises(ValueError, match="'hard': difficulty and importance"):
        quick("hard", difficulty=4, cases=[(1,)])(abs)


def test_check_leaves_the_random_numbers_alone(made):
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    check("half", lambda x: x / 2)
    assert torch.equal(torch.rand(1), expected)


# --- What is kept --------------------------------------------------------------------------------


def test_checks_hints_and_solutions_are_kept(made, capsys):
    check("half", lambda x: ...)
    assert not (made / "progress.json").exists()  # a stub that runs is no try
    check("half", lambda x: x / 3)
    hint("half")
    hint("half")
    check("half", lambda x: x / 2)
    solution("pairs")
    kept = json.loads((made / "progress.json").read_text(encoding="utf-8"))["exercises"]
    assert kept["half"].pop("solved")[:2] == "20"
    assert kept == {"half": {"checks": 2, "hints": 2, "last": "right"}, "pairs": {"shown": True}}
    check("half", lambda x: x / 3)  # what was solved stays solved
    kept = json.loads((made / "progress.json").read_text(encoding="utf-8"))["exercises"]
    assert kept["half"]["solved"] and kept["half"]["last"] == "wrong"


def test_where_nobody_can_answer_nothing_is_kept(made, monkeypatch):
    kernel = SimpleNamespace(_allow_stdin=False)
    monkeypatch.setattr(predictions, "get_ipython", lambda: SimpleNamespace(kernel=kernel))
    check("half", lambda x: x / 2)
    hint("half")
    assert not (made / "progress.json").exists()


def test_a_damaged_file_costs_a_sentence_and_no_check(made, capsys):
    made.mkdir()
    (made / "progress.json").write_text("{", encoding="utf-8")
    check("half", lambda x: x / 2)
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("✓ half") and "damaged (it is not JSON)" in second
    (made / "progress.json").write_text("[" * 100_000, encoding="utf-8")
    check("half", lambda x: x / 2)
    assert "damaged (it is not JSON)" in capsys.readouterr().out


# --- Consoles that lack the signs ------------------------------------------------------------


def printed(monkeypatch, encoding, *calls):
    """What the calls write on a stream of this encoding."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="")
    monkeypatch.setattr(sys, "stdout", stream)
    for call in calls:
        call()
    stream.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "latin-1"])
def test_signs_are_letters_where_consoles_lack_them(folder, monkeypatch, encoding):  # noqa: F811
    out = printed(
        monkeypatch,
        encoding,
        lambda: check("start-count-words", lambda text: len(text.split())),
        lambda: check("start-count-words", lambda text: 0),
        lambda: check("start-count-words", lambda text: ...),
    )
    right, wrong, *_, empty = out.splitlines()
    assert right == "[ok] start-count-words: right, on all 3 cases."
    assert wrong == "[no] start-count-words: not right yet."
    assert empty.startswith("[ ] start-count-words: not answered yet.")


def test_a_solution_still_runs_where_the_console_lacks_its_letters(made, monkeypatch):
    @quick("opened", hints=("„Öffnen“",), cases=[()])
    def opened():
        return "geöffnet"

    out = printed(monkeypatch, "ascii", lambda: hint("opened"), lambda: solution("opened"))
    hinted, source = out.split("\n", 1)
    scope: dict = {}
    exec(source, scope)
    assert hinted == 'Hint 1 of 1 for opened: "\\xd6ffnen"' and scope["opened"]() == "geöffnet"


@pytest.mark.parametrize("encoding", ["utf-8", "cp65001", "utf-16"])
def test_signs_stay_where_the_console_has_them(monkeypatch, encoding):
    try:
        "".encode(encoding)
    except LookupError:
        pytest.skip(f"no codec {encoding} here")
    out = printed(monkeypatch, encoding, lambda: check("start-count-words", lambda text: ...))
    assert "○ start-count-words" in out


def test_streams_without_an_encoding_and_with_one_unknown_to_python(monkeypatch):
    class Lines(list):
        write = list.append

    class Unknown(Lines):
        encoding = "klingon"

    for stream in (io.StringIO(), Lines(), Unknown()):
        monkeypatch.setattr(sys, "stdout", stream)
        check("start-count-words", lambda text: ...)
        written = stream.getvalue() if isinstance(stream, io.StringIO) else "".join(stream)
        assert written.startswith("[ ] " if isinstance(stream, Unknown) else "○ ")


def test_without_a_console_nothing_is_printed(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)  # as under pythonw.exe
    check("start-count-words", lambda text: ...)


def test_prove_in_a_process_with_an_ascii_console():
    code = """import torch
from course_utils import prove
prove(torch.sin, torch.sin, lambda g: torch.rand(2, generator=g))"""
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    run = [sys.executable, "-c", code]
    result = subprocess.run(run, capture_output=True, encoding="ascii", env=environment)
    assert result.stdout.startswith("[ok] equal: values and gradients, 50 random"), result.stderr
