"""Judges an answer: not attempted, right, wrong, wrong in a known way, raised, can't be checked.
Of several cases that fail the shortest speaks, since a person has to read it."""

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from course_utils.exercises.advice import advice_on
from course_utils.exercises.comparing import difference
from course_utils.exercises.gradients import gradient_words, with_gradients
from course_utils.exercises.mistakes import mistakes
from course_utils.exercises.registry import Exercise
from course_utils.exercises.running import Run, own_line, run
from course_utils.exercises.wording import (
    WIDTH,
    first_difference,
    given,
    kind,
    raised,
    shown,
    unstacked,
)

RIGHT = "right"
WRONG = "wrong"
KNOWN = "known"
RAISED = "raised"
UNCHECKED = "unchecked"
EMPTY = "empty"
_SIGNS = {RIGHT: "✓", EMPTY: "○"}


@dataclass(frozen=True)
class Verdict:
    """An outcome, one of the six words above, and what is said about it."""

    outcome: str
    text: str

    @property
    def solved(self) -> bool:
        """Whether the answer is right."""
        return self.outcome == RIGHT


def _verdict(exercise: Exercise, outcome: str, says: str, *below: str) -> Verdict:
    sign = _SIGNS.get(outcome, "✗")
    first = textwrap.wrap(f"{sign} {exercise.key}: {says}", WIDTH, subsequent_indent="  ")
    return Verdict(outcome, "\n".join([*first, *(f"    {line}" for line in below)]))


def _note(says: str) -> list[str]:
    """The lines below an outcome that explain it."""
    return textwrap.wrap(f"note  {says}", WIDTH - 4, subsequent_indent="      ") if says else []


def judge(exercise: Exercise, answer: Any) -> Verdict:
    """What is to be said about an answer: a function, or a value where nothing is given.

    It never raises, whatever the answer is or returns; a learner who stops it is told where."""
    try:
        return _judged(exercise, answer)
    except KeyboardInterrupt as stop:
        line = own_line(stop)
        if line is None:  # the course's own code was stopped
            raise
        says = f"it was stopped in line {line[0]} of yours, `{line[1]}`. Does a loop never end?"
    except Exception as error:  # what came can't even be looked at
        says = f"comparing what it returned {raised(error)}"
    return _verdict(exercise, UNCHECKED, f"can't be checked: {says}")


def _judged(exercise: Exercise, answer: Any) -> Verdict:
    if answer is ...:
        return _not_attempted(exercise)
    cases = exercise.drawn()
    if not callable(answer):
        if cases != [()]:
            return _no_function(exercise, answer)
        return _of_runs(exercise, cases, [Run(answer)])
    problem = _signature_problem(exercise, answer, cases[0])
    if problem:
        return _verdict(exercise, UNCHECKED, f"can't be checked: {problem}")
    return _of_runs(exercise, cases, _runs(exercise, answer, cases))


def _runs(exercise: Exercise, function: Callable, cases: list[tuple]) -> list[Run]:
    one = with_gradients if exercise.gradients else run
    return [one(function, arguments) for arguments in cases]


def _of_runs(exercise: Exercise, cases: list[tuple], done: list[Run]) -> Verdict:
    if any(one.value is ... for one in done):
        return _not_attempted(exercise)
    due = _runs(exercise, exercise.function, cases)
    failing = [i for i, one in enumerate(done) if not one.same(due[i])]
    if not failing:
        return _right(exercise, cases, done, due)
    shortest = _shortest(cases, failing)
    outcome, says, below = _of_one(exercise, cases[shortest], done[shortest], due[shortest])
    known = "" if outcome == UNCHECKED else _known(exercise, cases, done)
    if known:
        return _verdict(exercise, KNOWN, known, *_error(done[shortest]), *_without_note(below))
    return _verdict(exercise, outcome, says, *below)


def _error(done: Run) -> list[str]:
    return [f"error {type(done.error).__name__}: {done.error}"] if done.error else []


def _without_note(below: list[str]) -> list[str]:
    """The lines up to a general note: a known mistake has its own sentence."""
    ends = [i for i, line in enumerate(below) if line.startswith("note  ")]
    return below[: ends[0]] if ends else below


def _shortest(cases: list[tuple], among: list[int]) -> int:
    return min(among, key=lambda i: len(repr(cases[i])))


def _right(exercise: Exercise, cases: list[tuple], done: list[Run], due: list[Run]) -> Verdict:
    """All results agree; a note on what an answer changed of what it was given, or left a list."""
    names = list(inspect.signature(exercise.function).parameters)
    changed = sorted({names[place] for one in done for place in one.changed})
    which = " and ".join(changed)
    if changed and exercise.keeps:
        says = f"the result is right, but your function has changed {which}. Change a copy."
        shortest = _shortest(cases, [i for i, one in enumerate(done) if one.changed])
        return _verdict(
            exercise, WRONG, says, *(f"for   {x}" for x in given(names, cases[shortest]))
        )
    notes = [unstacked(done[0].value, due[0].value)]
    if changed:
        says = f"your function has changed {which}; where the caller still needs it, change a copy"
        notes.append(says)
    below = [line for says in notes for line in _note(says)]
    return _verdict(exercise, RIGHT, f"right, on all {len(cases)} cases.", *below)


def _of_one(
    exercise: Exercise, arguments: tuple, done: Run, due: Run
) -> tuple[str, str, list[str]]:
    """What is to be said about one case that fails: the outcome, a sentence, the lines below."""
    names = list(inspect.signature(exercise.function).parameters)
    inputs = [f"for   {line}" for line in given(names, arguments)] if arguments else []
    said = [f"said  {shown(done.printed.strip())}"] if done.printed.strip() else []
    if done.error:
        line = own_line(done.error)
        where = [f"in    line {line[0]} of yours: {line[1]}"] if line else []
        note = _note(advice_on(done.error))
        return RAISED, raised(done.error), [*where, *inputs, *said, *note]
    if done.value is None or (callable(done.value) and not callable(due.value)):
        return UNCHECKED, f"can't be checked: {_nothing(done)}", inputs
    found = difference(done.value, due.value)
    if found:
        lines = first_difference(found, done.value, due.value)
        return WRONG, "not right yet.", [*inputs, *lines, *said]
    says, lines, note = gradient_words(names, done, due)
    return WRONG, says, [*inputs, *lines, *said, *_note(note)]


def _nothing(done: Run) -> str:
    """Why there is no value: `print` in place of `return`, or neither, or a function."""
    if hasattr(done.value, "parameters"):
        return f"it returned {type(done.value).__name__} itself, not what comes of a call of it."
    if callable(done.value):
        return f"it returned {kind(done.value)}, {shown(done.value)}. Call it: with brackets."
    if done.printed.strip():
        return (
            f"it printed {shown(done.printed.strip())} and returned nothing; `return` it instead."
        )
    return "it returned None. Is the `return` missing, here or in one of the branches?"


def _not_attempted(exercise: Exercise) -> Verdict:
    key = exercise.key
    says = f"not answered yet. hint({key!r}) helps, solution({key!r}) shows one way."
    return Verdict(EMPTY, f"○ {key}: {says}")


def _no_function(exercise: Exercise, answer: Any) -> Verdict:
    """A value came where the function was due."""
    says = (
        f"can't be checked: this is {kind(answer)}, not a function. Hand over the function "
        f'itself, without brackets: check("{exercise.key}", {exercise.name}).'
    )
    return _verdict(exercise, UNCHECKED, says)


def _signature_problem(exercise: Exercise, answer: Callable, arguments: tuple) -> str:
    """Why the answer can't be called like the exercise; nothing if it can."""
    try:
        signature = inspect.signature(answer)
        signature.bind(*arguments)
    except TypeError:
        wanted = ", ".join(inspect.signature(exercise.function).parameters)
        return f"it is called with ({wanted}), and yours takes ({', '.join(signature.parameters)})."
    except ValueError:  # a builtin that doesn't say what it takes
        return ""
    return ""


def _known(exercise: Exercise, cases: list[tuple], done: list[Run]) -> str:
    """What the typical wrong answer says that comes to the same on all cases; nothing if none."""
    one = with_gradients if exercise.gradients else run
    pairs = list(zip(done, cases, strict=True))
    for known in mistakes().get(exercise.key, []):  # most of them differ on the first case already
        if all(mine.same(one(known.function, arguments)) for mine, arguments in pairs):
            return known.says
    return ""
