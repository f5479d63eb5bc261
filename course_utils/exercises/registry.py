"""What an exercise is, the decorator that makes one of a function, and the list of all of them.
Text, hints, cases and solution stand together, so that none of them can say something else."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import torch

Cases = Sequence[tuple] | Callable[[torch.Generator], Sequence[tuple]]
FOLDER = Path(__file__).parent
DEGREES = (1, 2, 3)
_FOUND: dict[str, "Exercise"] = {}


@dataclass(frozen=True)
class Exercise:
    """One exercise, as `exercise` describes it; `function` is its solution."""

    key: str
    task: str
    hints: tuple[str, ...]
    minutes: int
    difficulty: int
    importance: int
    trains: str
    cases: Cases
    gradients: bool
    in_text: bool
    keeps: bool
    function: Callable

    @property
    def name(self) -> str:
        """What the function is called."""
        return self.function.__name__

    @property
    def module(self) -> str:
        """The module that it stands in, such as "n04"."""
        return self.function.__module__.rpartition(".")[2]

    def drawn(self) -> list[tuple]:
        """The argument tuples, the same every time."""
        if callable(self.cases):
            return list(self.cases(torch.Generator().manual_seed(0)))
        return list(self.cases)

    def source(self) -> str:
        """The function's source as it would stand in a notebook's cell, without the decorator."""
        return without_decorator(textwrap.dedent(inspect.getsource(self.function)))


def without_decorator(source: str) -> str:
    """The source of a function or class from the line with `def` or `class` on."""
    start = ast.parse(source).body[0].lineno
    return "\n".join(source.splitlines()[start - 1 :]).strip()


def exercise(
    key: str,
    *,
    task: str,
    hints: Sequence[str],
    minutes: int,
    difficulty: int,
    importance: int,
    trains: str,
    cases: Cases,
    gradients: bool = False,
    in_text: bool = False,
    keeps: bool = False,
) -> Callable[[Callable], Callable]:
    """Make the function below an exercise; the function itself stays as it is.

    key: what `check`, `hint` and `solution` call it. task: what its cell says, in Markdown.
    hints: three, graded: a question, the idea, nearly the line. minutes: what a reader may need.
    difficulty, importance: 1 to 3. trains: what one can do better afterwards.
    cases: argument tuples, or a function of a torch.Generator that returns them.
    gradients: whether the gradients of the tensors among the arguments are compared, too.
    in_text: it stands in the notebook's text, by hand, and not below its heading Exercises.
    keeps: whether its task says that the arguments stay as they are.
    Raises ValueError for a key that another exercise has, without cases, and for other degrees."""

    def keep(function: Callable) -> Callable:
        if key in _FOUND:
            other = _FOUND[key].function
            raise ValueError(
                f"two exercises are called {key!r}: {other.__module__}.{other.__name__} "
                f"and {function.__module__}.{function.__name__}; rename one"
            )
        if isinstance(hints, str):
            raise ValueError(f"exercise {key!r}: hints are a tuple of texts, not one text")
        if difficulty not in DEGREES or importance not in DEGREES:
            raise ValueError(f"exercise {key!r}: difficulty and importance are 1, 2 or 3")
        made = Exercise(
            key,
            inspect.cleandoc(task),
            tuple(hints),
            minutes,
            difficulty,
            importance,
            trains,
            cases,
            gradients,
            in_text,
            keeps,
            function,
        )
        if not made.drawn():
            raise ValueError(f"exercise {key!r} has no cases; give at least one argument tuple")
        _FOUND[key] = made
        return function

    return keep


def load_all() -> None:
    """Imports every module of exercises, those of the notebooks first, in their order."""
    for path in [*sorted(FOLDER.glob("n[0-9][0-9].py")), *sorted(FOLDER.glob("more_*.py"))]:
        import_module(f"course_utils.exercises.{path.stem}")


def exercises() -> dict[str, Exercise]:
    """All exercises by their key, those of the notebooks in the notebooks' order."""
    load_all()
    places = {key: (not one.module.startswith("n"), one.module) for key, one in _FOUND.items()}
    return {key: _FOUND[key] for key in sorted(_FOUND, key=places.__getitem__)}
