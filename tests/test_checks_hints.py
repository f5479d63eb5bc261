"""Tests of hints and solutions, one by one, and of names and exercises that are none."""

import pytest
from practice_helpers import folder, nothing_made, quick, six_exercises  # noqa: F401 (fixtures)

from course_utils.checks import check, hint, solution


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
