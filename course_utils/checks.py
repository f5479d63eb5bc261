"""Checks the exercises: `check` tells five outcomes apart, `hint` helps, `solution` shows one way.
An answer is compared with the solution itself, so question and answer cannot drift apart."""

from numbers import Number
from typing import Any

import numpy as np
import torch

from course_utils.console import say
from course_utils.exercises import Exercise, exercises

LONGEST = 120  # characters of arguments or results that a line still shows


def _exercise(key: str) -> Exercise:
    known = exercises()
    if key not in known:
        raise KeyError(f"there is no exercise {key!r}; there are {', '.join(sorted(known))}")
    return known[key]


def _shape(value: Any) -> str:
    """The kind of a value, and how much it holds."""
    name = type(value).__name__
    if hasattr(value, "shape"):
        return f"{name} of shape {tuple(value.shape)}"
    if isinstance(value, list | tuple):
        return f"{name} of length {len(value)}"
    return name


def _alike(mine: Any, theirs: Any) -> bool:
    """The same kind of thing: numbers count as one kind, tensors and arrays must agree in shape."""
    if hasattr(theirs, "shape") and theirs.shape:
        return hasattr(mine, "shape") and tuple(mine.shape) == tuple(theirs.shape)
    if isinstance(theirs, list | tuple):
        return isinstance(mine, list | tuple) and len(mine) == len(theirs)
    if isinstance(theirs, str | bool):
        return isinstance(mine, type(theirs))
    return isinstance(mine, Number) or getattr(mine, "shape", None) == ()


def _equal(mine: Any, theirs: Any) -> bool:
    if isinstance(theirs, list | tuple):
        return all(_alike(a, b) and _equal(a, b) for a, b in zip(mine, theirs, strict=True))
    if isinstance(theirs, str | bool):
        return mine == theirs
    return np.allclose(_array(mine), _array(theirs), rtol=1e-5, atol=1e-7)


def _array(value: Any) -> np.ndarray:
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu()
    return np.asarray(value, dtype=float)


def _outcome(exercise: Exercise, answer: Any, arguments: tuple) -> str:
    """What is to be said about one case; nothing if the answer is right there."""
    key = exercise.key
    name = exercise.function.__name__
    expected = exercise.function(*arguments)
    shown = f"{name}({', '.join(map(repr, arguments))})"
    if len(repr(arguments)) >= LONGEST:
        shown = f"one call of {name}"
    try:
        mine = answer(*arguments) if callable(answer) else answer
    except Exception as error:  # whatever the reader's function raises is the outcome to report
        return f"✗ {key}: {shown} raises {type(error).__name__}: {error}"
    if mine is ...:
        return f"○ {key}: not answered yet. hint({key!r}) helps, solution({key!r}) shows one way."
    if not _alike(mine, expected):
        return f"✗ {key}: {shown} should give {_shape(expected)}, yours gives {_shape(mine)}."
    if _equal(mine, expected):
        return ""
    if len(repr(mine)) >= LONGEST:
        return f"✗ {key}: {shown} has the right shape, but not the right values."
    return f"✗ {key}: {shown} gives {mine!r}, which is not right."


def check(key: str, answer: Any) -> None:
    """Compare `answer`, a function (or a plain value for an exercise without arguments), with the
    solution on every case.

    Prints one of: not answered yet, raises, wrong type or shape, wrong value, right. `KeyError` for
    an unknown exercise."""
    exercise = _exercise(key)
    cases = exercise.drawn()
    for arguments in cases:
        said = _outcome(exercise, answer, arguments)
        if said:
            say(said)
            return
    say(f"✓ {key}: right, on all {len(cases)} cases.")


def hint(key: str) -> None:
    """Print the exercise's hint. `KeyError` for an unknown exercise."""
    say(f"Hint for {key}: {_exercise(key).hints[0]}")


def solution(key: str) -> None:
    """Print one way to solve the exercise. `KeyError` for an unknown one."""
    say(_exercise(key).source())
