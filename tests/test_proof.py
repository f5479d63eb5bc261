"""Tests of `prove`, on which the course's every formula leans: what is right passes, each kind of wrong is found.
A proof that cannot fail proves nothing."""

import re

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

    def spoils_its_arguments(x, i, parts, n, word):
        seen.append((x.dtype, i.dtype, x.tolist(), i.tolist(), type(parts), n, word))
        result = x[i.tolist()] * parts[0] * n + parts[1][0]
        i.zero_()
        x.data.zero_()
        return result

    def inputs(generator):
        x, a, b = (torch.randn(n, generator=generator, dtype=torch.float32) for n in (4, 2, 2))
        return x, torch.tensor([2, 1]), [a, (b,)], 3, "w"

    prove(spoils_its_arguments, spoils_its_arguments, inputs, cases=1)
    assert seen[0] == seen[1]
    assert seen[0][:2] == (torch.float64, torch.int64) and seen[0][3:] == ([2, 1], list, 3, "w")


def test_nested_arguments_and_results():
    prove(
        lambda parts: [parts[0].sum(), (parts[1][0] * 2,)],
        lambda parts: (parts[0].sum(), parts[1][0] + parts[1][0]),
        lambda g: ([torch.randn(3, generator=g), (torch.randn(2, generator=g),)],),
    )


def test_a_single_argument_needs_no_tuple():
    prove(torch.exp, lambda x: torch.e**x, lambda g: torch.randn(3, generator=g))


def test_infinities_in_the_same_place_are_equal():
    prove(
        *[lambda x: torch.cat([x * x, x.new_full((1,), -torch.inf)])] * 2,
        lambda g: torch.randn(3, generator=g),
    )


def test_cases_differ_and_are_the_same_every_time():
    runs = []
    for _ in range(2):
        drawn = []
        prove(
            torch.sin,
            torch.sin,
            lambda g: drawn.append(torch.randn(2, generator=g)) or (drawn[-1],),
            cases=5,
        )
        runs.append(torch.stack(drawn))
    assert torch.equal(*runs) and len(runs[0].unique()) == 10


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


WRONG = {
    "values": (
        lambda a, b: a * b + 0.5,
        r"case 1: output 1: largest difference 0\.5 \(tolerance 1e-09\), first at \[0, 0\]: \S+ and \S+",
    ),
    "one place in a later case": (
        OnlyInTheEnd(),
        r"case 10: output 1: largest difference 0\.25 .*first at \[\d, \d\]: .*",
    ),
    "precision": (in_float32, r"case 1: output 1: largest difference \d\S*e-0\d .*"),
    "only the gradient": (
        wrong_gradient,
        r"case 1: gradient with respect to tensor 2: largest difference .*first at \[0, 0\]: 0 and .*",
    ),
    "shape": (lambda a, b: (a * b).sum(), r"case 1: output 1: shapes differ: \(\) and \(\d, \d\)"),
    "shape that broadcasts": (
        lambda a, b: (a * b)[None],
        r"case 1: output 1: shapes differ: \(1, \d, \d\) and \(\d, \d\)",
    ),
    "NaN": (
        lambda a, b: a * b * torch.nan,
        r"case 1: output 1: largest difference inf .*nan and .*",
    ),
    "infinity": (lambda a, b: a * b + torch.inf, r"case 1: output 1: largest difference inf .*"),
    "number of outputs": (lambda a, b: (a * b, a), r"case 1: 2 outputs and 1 outputs"),
    "nothing": (lambda a, b: None, r"case 1: <lambda> returns no floating-point tensor"),
    "whole numbers": (
        lambda a, b: (a * b).long(),
        r"case 1: <lambda> returns no floating-point tensor",
    ),
    "no gradient at all": (
        lambda a, b: (a * b).detach(),
        r"case 1: an output does not depend on any argument: no gradient to compare",
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
    with pytest.raises(AssertionError, match="nan and nan"):
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
