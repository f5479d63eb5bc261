"""What a project is: an open task with a number that measures what the learner has made.
One module a notebook, with the function that measures and the stub that a learner begins with."""

import contextlib
import inspect
import io
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from course_utils.exercises.registry import without_decorator

_FOUND: dict[str, "Project"] = {}


def silently(call: Callable[[], Any]) -> Any:
    """What a call returns, without what it prints: loaders name their corpus at every call."""
    with contextlib.redirect_stdout(io.StringIO()):
        return call()


class Refused(ValueError):
    """What a project's score raises for an answer that breaks a rule; its text says which one."""


@dataclass(frozen=True)
class Project:
    """One project, as `project` describes it; `stub` is what the learner's cell begins with."""

    key: str
    title: str
    goal: str
    minutes: int
    score: Callable[[Any], float]
    better: str
    unit: str
    target: float
    baseline: float
    given: str
    stub: Callable

    @property
    def name(self) -> str:
        """What the function or class is called."""
        return self.stub.__name__

    @property
    def module(self) -> str:
        """The module that it stands in, such as "n04"."""
        return self.stub.__module__.rpartition(".")[2]

    def source(self) -> str:
        """The stub as it stands in the notebook's cell."""
        return without_decorator(textwrap.dedent(inspect.getsource(self.stub)))

    def ahead(self, one: float, other: float) -> bool:
        """Whether the score `one` is better than `other`."""
        return one > other if self.better == "higher" else one < other

    def reached(self, score: float) -> bool:
        """Whether a score reaches the goal."""
        return score == self.target or self.ahead(score, self.target)


def project(
    key: str,
    *,
    title: str,
    goal: str,
    minutes: int,
    score: Callable[[Any], float],
    better: str,
    unit: str,
    target: float,
    baseline: float,
    given: str = "",
) -> Callable[[Callable], Callable]:
    """Make a project; the function or class below is the stub that the learner's cell begins with.

    goal: what its cell says, in Markdown. score: takes the learner's function, class or network,
    returns a number within 60 seconds on one thread, and raises `Refused` for what breaks a rule.
    A function that returns `...` when the score calls it counts as not attempted.
    better: "higher" or "lower". unit: what is counted, such as "of 10" or "%".
    target: the number to reach. baseline: what the obvious, or the notebook's own, way reaches.
    given: lines of code that stand above the stub, for names that the notebook lacks.
    Raises ValueError for a key that is taken, and for a target that the baseline reaches."""

    def keep(stub: Callable) -> Callable:
        if key in _FOUND:
            raise ValueError(f"two projects are called {key!r}; rename one")
        if better not in ("higher", "lower"):
            raise ValueError(f'project {key!r}: better is "higher" or "lower", not {better!r}')
        made = Project(
            key,
            title,
            inspect.cleandoc(goal),
            minutes,
            score,
            better,
            unit,
            target,
            baseline,
            inspect.cleandoc(given),
            stub,
        )
        if made.reached(baseline):
            raise ValueError(f"project {key!r}: its baseline {baseline} reaches {target}")
        _FOUND[key] = made
        return stub

    return keep


def projects() -> dict[str, Project]:
    """All projects by their key, in the notebooks' order."""
    for path in sorted(Path(__file__).parent.glob("[nm]*.py")):
        import_module(f"{__name__}.{path.stem}")
    return _FOUND
