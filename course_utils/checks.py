"""Checks the exercises: `check` tells six outcomes apart, `hint` helps, `solution` shows one way.
An answer is compared with the solution itself, so question and answer cannot drift apart."""

import textwrap
from datetime import datetime
from typing import Any

from course_utils import learner_file
from course_utils.console import say
from course_utils.exercises import Exercise, exercises
from course_utils.exercises.judging import EMPTY, judge
from course_utils.exercises.wording import WIDTH, unknown
from course_utils.predictions import somebody_is_there

_GIVEN: dict[str, int] = {}  # how many hints of an exercise were shown in this session


def _exercise(key: str) -> Exercise:
    known = exercises()
    if key not in known:
        raise KeyError(unknown("exercise", key, known))
    return known[key]


def _keep(key: str, **more: Any) -> str:
    """Adds to what is kept of an exercise; a sentence if that can't be done."""
    if not somebody_is_there():
        return ""
    records, problem = learner_file.read("exercises")
    return problem or learner_file.note("exercises", key, {**records.get(key, {}), **more})


def _count(key: str, name: str) -> int:
    """A number that is kept of an exercise; 0 where there is none."""
    if not somebody_is_there():
        return 0
    found = learner_file.read("exercises")[0].get(key, {}).get(name, 0)
    return found if isinstance(found, int) else 0


def check(key: str, answer: Any) -> None:
    """Compare `answer`, a function (or a plain value for an exercise without arguments), with the
    solution on every case.

    Prints one of six outcomes: not answered yet, right, wrong, wrong in a known way, raised, can't
    be checked; and keeps in the learner's own file that it was tried. The answer gets copies of the
    arguments. `KeyError` for an unknown exercise."""
    verdict = judge(_exercise(key), answer)
    say(verdict.text)
    if verdict.outcome == EMPTY:
        return
    more: dict[str, Any] = {"checks": _count(key, "checks") + 1, "last": verdict.outcome}
    if verdict.solved:
        more["solved"] = datetime.now().isoformat(timespec="minutes")
    problem = _keep(key, **more)
    if problem:
        say(problem)


def hint(key: str) -> None:
    """Print the exercise's next hint: a question first, then the idea, then nearly the line.

    After the last one they begin again. `KeyError` for an unknown exercise."""
    exercise = _exercise(key)
    at = _GIVEN.get(key, 0) % len(exercise.hints)
    _GIVEN[key] = at + 1
    text = f"Hint {at + 1} of {len(exercise.hints)} for {key}: {exercise.hints[at]}"
    say("\n".join(textwrap.wrap(text, WIDTH, subsequent_indent="  ")))
    _keep(key, hints=max(at + 1, _count(key, "hints")))


def solution(key: str) -> None:
    """Print one way to solve the exercise. `KeyError` for an unknown one."""
    say(_exercise(key).source())
    _keep(key, shown=True)
