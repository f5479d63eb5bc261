"""Tests of the exercises' engine: the outcomes of answers that are not right, and what is said of
them. Whoever is told nothing useful stops reading."""

import pytest
import torch
from practice_helpers import folder, nothing_made, quick, six_exercises  # noqa: F401 (fixtures)
from wrong_answers import OUTCOMES

from course_utils import checks
from course_utils.checks import check
from course_utils.exercises import judging
from course_utils.exercises.judging import judge
from course_utils.exercises.mistakes import mistake


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


def test_check_leaves_the_random_numbers_alone(made):
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    check("half", lambda x: x / 2)
    assert torch.equal(torch.rand(1), expected)
