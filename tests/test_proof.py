"""Tests of `prove`, on which every formula leans: right passes, each kind of wrong is found.
A proof that cannot fail proves nothing."""

import re

import numpy as np
import pytest
import torch

from course_utils.proof import prove


def pair(generator):
    """Two matrices of a random shape."""
    shape = torch.randint(1, 5, (2,), generator=generator).tolist()
    return torch.randn(shape, generator=generator), torch.randn(shape, generator=generator)


@pytest.mark.parametrize(
    "keywords, line",
    [
        ({}, "✓ equal: values and gradients, 50 random cases (tolerance 1e-09)\n"),
        (
            {"cases": 3, "tol": 1e-6},
            "✓ equal: values and gradients, 3 random cases (tolerance 1e-06)\n",
        ),
    ],
)
def test_what_is_equal_prints_one_line(capsys, keywords, line):
    prove(lambda a, b: (a + b) ** 2, lambda a, b: a * a + 2 * a * b + b * b, pair, **keywords)
    assert capsys.readouterr().out == line


def test_both_get_equal_copies_in_float64():
    seen = []

    def notes_its_arguments(x, i, parts, n, word, array):
        seen.append((x.dtype, i.dtype, array.dtype, x.tolist(), type(parts), n, word))
        return x[i.tolist()] * parts[0] * n + parts[1][0]

    def inputs(generator):
        x, a, b = (torch.randn(n, generator=generator, dtype=torch.float32) for n in (4, 2, 2))
        return x, torch.tensor([2, 1]), [a, (b,)], 3, "w", np.ones(2, dtype=np.float32)

    prove(notes_its_arguments, notes_its_arguments, inputs, cases=1)
    assert seen[0] == seen[1]
    assert seen[0][:3] == (torch.float64, torch.int64, np.float64)
    assert seen[0][4:] == (list, 3, "w")


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda x, i, parts, array: i.zero_(), "mine changes argument 2 in place"),
        (lambda x, i, parts, array: parts[1].append(3), "mine changes argument 3, item 2, item 2"),
        (lambda x, i, parts, array: parts[0].data.zero_(), "mine changes argument 3, item 1 in"),
        (lambda x, i, parts, array: parts.pop(), "mine changes argument 3, item 2, item 1 in"),
        (lambda x, i, parts, array: array.fill(0), "mine changes argument 4 in place"),
        (lambda x, i, parts, array: i.resize_(1), "mine changes argument 2 in place"),
    ],
)
def test_arguments_changed_in_place_are_noticed(change, message):
    def careless(x, i, parts, array):
        result = x * 2
        change(x, i, parts, array)
        return result

    def inputs(generator):
        x = torch.randn(3, generator=generator)
        return x, torch.tensor([2, 1]), [x.clone(), [2]], np.ones(2)

    with pytest.raises(AssertionError, match=message):
        prove(careless, lambda x, i, parts, array: x + x, inputs)
    with pytest.raises(AssertionError, match=message.replace("mine", "theirs")):
        prove(lambda x, i, parts, array: x + x, careless, inputs)


def test_an_argument_that_holds_nan_is_not_changed():
    prove(
        lambda x, y: x * 2, lambda x, y: x + x, lambda g: (torch.ones(2), torch.tensor([torch.nan]))
    )


def test_nested_arguments_and_results():
    prove(
        lambda parts: [parts[0].sum(), (parts[1][0] * 2,)],
        lambda parts: (parts[0].sum(), [parts[1][0] + parts[1][0]]),
        lambda g: ([torch.randn(3, generator=g), (torch.randn(2, generator=g),)],),
    )


def test_a_single_argument_needs_no_tuple():
    prove(torch.exp, lambda x: torch.e**x, lambda g: torch.randn(3, generator=g))


def test_infinities_in_the_same_place_are_equal():
    def with_infinity(x):
        return torch.cat([x * x, x.new_full((1,), -torch.inf)])

    prove(with_infinity, with_infinity, lambda g: torch.randn(3, generator=g))


def test_cases_differ_and_are_the_same_every_time():
    drawn = []

    def inputs(g):
        drawn.append(torch.randn(2, generator=g))
        return (drawn[-1],)

    prove(torch.sin, torch.sin, inputs, cases=5)
    prove(torch.sin, torch.sin, inputs, cases=5)
    first, second = torch.stack(drawn).chunk(2)
    assert torch.equal(first, second) and len(first.unique()) == 10


def wrong_gradient(a, b):
    """The right values, but the gradient of `b` is lost."""
    return a * b.detach()


def in_float32(a, b):
    return (a.float() * b.float()).double()


class OnlyInTheEnd:
    """Wrong in one place, from the tenth case on."""

    calls = 0

    def __call__(self, a, b):
        self.calls += 1
        result = a * b
        if self.calls < 10:
            return result
        bump = torch.zeros_like(result)
        bump[-1, -1] = 0.25
        return result + bump


def changes_its_argument(a, b):
    result = a * b
    a.data.zero_()
    return result


WRONG = {
    "values": (
        lambda a, b: a * b + 0.5,
        r"case 1: output 1: largest difference 0\.5 \(tolerance 1e-09\), first at \[0, 0\]: "
        r"mine \S+, theirs \S+",
    ),
    "one place in a later case": (
        OnlyInTheEnd(),
        r"case 10: output 1: largest difference 0\.25 .*first at \[\d, \d\]: .*",
    ),
    "precision": (in_float32, r"case 1: output 1: largest difference \d\S*e-0\d .*"),
    "only the gradient": (
        wrong_gradient,
        r"case 1: gradient with respect to argument 2: largest difference "
        r".*first at \[0, 0\]: mine 0, theirs .*",
    ),
    "shape": (
        lambda a, b: (a * b).sum(),
        r"case 1: output 1: shapes differ: mine \(\), theirs \(\d, \d\)",
    ),
    "shape that broadcasts": (
        lambda a, b: (a * b)[None],
        r"case 1: output 1: shapes differ: mine \(1, \d, \d\), theirs \(\d, \d\)",
    ),
    "NaN": (
        lambda a, b: a * b * torch.nan,
        r"case 1: output 1: largest difference inf .*mine nan, theirs .*",
    ),
    "infinity": (lambda a, b: a * b + torch.inf, r"case 1: output 1: largest difference inf .*"),
    "number of outputs": (
        lambda a, b: (a * b, a),
        r"case 1: output 1: mine is a tuple of 2, theirs a Tensor",
    ),
    "nothing": (lambda a, b: None, r"case 1: output 1: mine is None, theirs a Tensor"),
    "something else": (
        lambda a, b: torch.Generator(),
        r"case 1: mine, output 1: a Generator can't be compared; .*",
    ),
    "whole numbers": (
        lambda a, b: (a * b).long(),
        r"case 1: output 1: kinds differ: mine integer, theirs floating point",
    ),
    "no gradient at all": (
        lambda a, b: (a * b).detach(),
        r"case 1: no output of mine depends on any argument \(detached\?\): "
        r"no gradient to compare",
    ),
    "an argument changed in place": (
        changes_its_argument,
        r"case 1: mine changes argument 1 in place",
    ),
}


@pytest.mark.parametrize("mine, message", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_found_and_named(capsys, mine, message):
    default = torch.get_default_dtype()
    with pytest.raises(AssertionError) as caught:
        prove(mine, lambda a, b: a * b, pair)
    assert re.fullmatch(message, str(caught.value)), caught.value
    assert capsys.readouterr().out == "" and torch.get_default_dtype() == default


def test_nan_on_both_sides_proves_nothing():
    with pytest.raises(AssertionError, match="mine nan, theirs nan"):
        prove(lambda a, b: a * torch.nan, lambda a, b: a * torch.nan, pair)


@pytest.mark.parametrize("default", [torch.float32, torch.float16])
def test_the_default_dtype_is_float64_meanwhile_and_comes_back(default):
    torch.set_default_dtype(default)
    try:
        prove(
            lambda x: x * torch.ones(1),
            lambda x: x * torch.tensor(1.0),
            lambda g: torch.randn(3, generator=g),
        )
        with pytest.raises(ZeroDivisionError):
            prove(lambda x: 1 / 0, torch.exp, lambda g: torch.randn(3, generator=g))
        assert torch.get_default_dtype() == default
    finally:
        torch.set_default_dtype(torch.float32)


def test_numpy_arguments_reach_both_sides():
    def inputs(g):
        n = int(torch.randint(1, 5, (), generator=g))
        return torch.randn(n, generator=g).numpy()

    prove(lambda a: np.exp(a), lambda a: np.e**a, inputs)
    with pytest.raises(AssertionError, match="largest difference"):
        prove(lambda a: np.exp(a), lambda a: np.e**a + 1, inputs)


@pytest.mark.parametrize(
    "inputs, cases, said",
    [
        (lambda g: torch.randn(3, generator=g), 50, True),
        (lambda g: (torch.randn(3, generator=g), 2.0)[0], 1, False),
        (lambda g: torch.randn((), generator=g), 50, False),
        (lambda g: torch.randn(int(torch.randint(1, 4, (), generator=g)), generator=g), 50, False),
    ],
    ids=["fixed", "one case", "a scalar has no size", "drawn"],
)
def test_one_size_alone_is_said(capsys, inputs, cases, said):
    prove(torch.sin, torch.sin, inputs, cases=cases)
    assert (" random cases of one size (" in capsys.readouterr().out) is said
