"""Typical wrong answers, a module a notebook, each with the sentence that names the misconception.
`check` runs them when an answer is wrong: one that gives the same on all cases speaks."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

_FOUND: dict[str, list["Mistake"]] = {}


@dataclass(frozen=True)
class Mistake:
    """A wrong answer to the exercise `key`; `says` speaks to whoever gave it."""

    key: str
    says: str
    function: Callable


def mistake(key: str, says: str) -> Callable[[Callable], Callable]:
    """Keep the function below as a typical wrong answer to the exercise `key`.

    It takes what the exercise takes. says: one or two sentences that name the misconception."""

    def keep(function: Callable) -> Callable:
        _FOUND.setdefault(key, []).append(Mistake(key, says, function))
        return function

    return keep


def mistakes() -> dict[str, list[Mistake]]:
    """All typical wrong answers by the key of their exercise."""
    for path in sorted(Path(__file__).parent.glob("[nm]*.py")):
        import_module(f"{__name__}.{path.stem}")
    return _FOUND
