"""The exercises: one module a notebook, each exercise a plain function under a decorator.
The function is the solution that `solution` shows and the reference that `check` compares with."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import torch

Cases = Sequence[tuple] | Callable[[torch.Generator], Sequence[tuple]]
_FOUND: dict[str, "Exercise"] = {}


@dataclass(frozen=True)
class Exercise:
    """One exercise; `cases` are argument tuples, or a function that draws them with a generator."""

    key: str
    hint: str
    minutes: int
    cases: Cases
    function: Callable

    def drawn(self) -> list[tuple]:
        """The argument tuples, the same every time."""
        if callable(self.cases):
            return list(self.cases(torch.Generator().manual_seed(0)))
        return list(self.cases)

    def source(self) -> str:
        """The function's source as it would stand in a notebook's cell, without the decorator."""
        source = textwrap.dedent(inspect.getsource(self.function))
        start = ast.parse(source).body[0].lineno  # of the line with `def`, below the decorator
        return "\n".join(source.splitlines()[start - 1 :]).strip()


def exercise(key: str, *, hint: str, minutes: int, cases: Cases) -> Callable[[Callable], Callable]:
    """Make the function below an exercise; the function itself stays as it is.

    key: what `check`, `hint` and `solution` call it. minutes: what a reader may need for it.
    cases: argument tuples, or a function of a torch.Generator that returns them.
    Raises ValueError for a key that another exercise has, and for an exercise without cases."""

    def keep(function: Callable) -> Callable:
        if key in _FOUND:
            other = _FOUND[key].function
            raise ValueError(
                f"two exercises are called {key!r}: {other.__module__}.{other.__name__} "
                f"and {function.__module__}.{function.__name__}; rename one"
            )
        made = Exercise(key, hint, minutes, cases, function)
        if not made.drawn():
            raise ValueError(f"exercise {key!r} has no cases; give at least one argument tuple")
        _FOUND[key] = made
        return function

    return keep


def exercises() -> dict[str, Exercise]:
    """All exercises by their key, those of the notebooks in the notebooks' order."""
    folder = Path(__file__).parent
    for path in [*sorted(folder.glob("n[0-9][0-9].py")), *sorted(folder.glob("more_*.py"))]:
        import_module(f"{__name__}.{path.stem}")
    return _FOUND
