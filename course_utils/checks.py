"""Checks the exercises: `check` tells five outcomes apart, `hint` helps, `solution` shows one way.
An answer is compared with the solution itself on the exercise's cases, so question and answer cannot drift apart."""

import textwrap
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from numbers import Number
from pathlib import Path

import numpy as np
import torch

FOLDER = Path(str(files("course_utils"))) / "exercises"


@dataclass
class Exercise:
    """`solution`: source of a function called `name`; `cases`: a Python expression, a list of argument tuples."""

    name: str
    hint: str
    solution: str
    cases: str

    def run(self) -> tuple:
        scope = {"np": np, "torch": torch}
        exec(self.solution, scope)
        torch.manual_seed(0)
        return scope[self.name], eval(self.cases, scope)


def exercises() -> dict[str, Exercise]:
    """All exercises by their identifier; one TOML file a notebook."""
    found: dict[str, Exercise] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        for key, fields in tomllib.loads(path.read_text(encoding="utf-8")).items():
            found[key] = Exercise(**fields)
    return found


def _exercise(key: str) -> Exercise:
    known = exercises()
    if key not in known:
        raise KeyError(f"there is no exercise {key!r}; there are {', '.join(sorted(known))}")
    return known[key]


def _shape(value) -> str:
    size = (
        f" of shape {tuple(value.shape)}"
        if hasattr(value, "shape")
        else f" of length {len(value)}"
        if isinstance(value, list | tuple)
        else ""
    )
    return type(value).__name__ + size


def _alike(mine, theirs) -> bool:
    """The same kind of thing: numbers count as one kind, tensors and arrays must agree in shape."""
    if hasattr(theirs, "shape") and theirs.shape:
        return hasattr(mine, "shape") and tuple(mine.shape) == tuple(theirs.shape)
    if isinstance(theirs, list | tuple):
        return isinstance(mine, list | tuple) and len(mine) == len(theirs)
    if isinstance(theirs, str | bool):
        return isinstance(mine, type(theirs))
    return isinstance(mine, Number) or getattr(mine, "shape", None) == ()


def _equal(mine, theirs) -> bool:
    if isinstance(theirs, list | tuple):
        return all(_alike(a, b) and _equal(a, b) for a, b in zip(mine, theirs))
    if isinstance(theirs, str | bool):
        return mine == theirs
    mine, theirs = (
        np.asarray(v.detach().cpu() if isinstance(v, torch.Tensor) else v, dtype=float)
        for v in (mine, theirs)
    )
    return np.allclose(mine, theirs, rtol=1e-5, atol=1e-7)


def check(key: str, answer) -> None:
    """Compare `answer`, a function (or a plain value for an exercise without arguments), with the solution on every case.
    Prints one of: not answered yet, raises, wrong type or shape, wrong value, right. `KeyError` for an unknown exercise."""
    exercise = _exercise(key)
    reference, cases = exercise.run()
    for arguments in cases:
        expected = reference(*arguments)
        shown = (
            f"{exercise.name}({', '.join(map(repr, arguments))})"
            if len(repr(arguments)) < 120
            else f"one call of {exercise.name}"
        )
        try:
            mine = answer(*arguments) if callable(answer) else answer
        except Exception as error:  # whatever the reader's function raises is the outcome to report
            print(f"✗ {key}: {shown} raises {type(error).__name__}: {error}")
            return
        if mine is ...:
            print(
                f"○ {key}: not answered yet. hint({key!r}) helps, solution({key!r}) shows one way."
            )
            return
        if not _alike(mine, expected):
            print(f"✗ {key}: {shown} should give {_shape(expected)}, yours gives {_shape(mine)}.")
            return
        if not _equal(mine, expected):
            print(
                f"✗ {key}: {shown} gives {mine!r}, which is not right."
                if len(repr(mine)) < 120
                else f"✗ {key}: {shown} has the right shape, but not the right values."
            )
            return
    print(f"✓ {key}: right, on all {len(cases)} cases.")


def hint(key: str) -> None:
    """Print the exercise's hint. `KeyError` for an unknown exercise."""
    print(f"Hint for {key}: {' '.join(_exercise(key).hint.split())}")


def solution(key: str) -> None:
    """Print one way to solve the exercise. `KeyError` for an unknown one."""
    print(textwrap.dedent(_exercise(key).solution).strip())
