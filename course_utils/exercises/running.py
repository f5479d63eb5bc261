"""Calls a function with fresh copies of its arguments and keeps all that comes of it.
An answer may work in place, print or raise: none of it reaches the next call."""

import contextlib
import copy
import io
import linecache
import sysconfig
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from course_utils.exercises.comparing import difference

OVERWROTE = "modified by an inplace operation"  # as torch says it
NUMPY = "Can't call numpy() on Tensor that requires grad"
OTHER = "another error"
_PACKAGE = str(Path(__file__).resolve().parents[1])
_LIBRARIES = tuple({sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")})


@dataclass
class Run:
    """What one call gave: a value or an error, what was printed, and the gradients if asked for.

    changed: the places of arguments that were others after the call. no_way_back: the error of a
    call whose value came, but no gradients."""

    value: Any = None
    error: BaseException | None = None
    printed: str = ""
    gradients: dict[int, torch.Tensor | None] = field(default_factory=dict)
    changed: list[int] = field(default_factory=list)
    no_way_back: BaseException | None = None

    @property
    def way_back(self) -> str:
        """Why there is no way back: OVERWROTE, NUMPY, OTHER, or nothing said against it."""
        if self.no_way_back is None:
            return ""
        message = str(self.no_way_back)
        return next((part for part in (OVERWROTE, NUMPY) if part in message), OTHER)

    def same(self, other: "Run") -> bool:
        """Whether another call came to the same in every respect."""
        if self.error or other.error:
            return repr(self.error) == repr(other.error)
        if difference(self.value, other.value) or self.gradients.keys() != other.gradients.keys():
            return False
        if {self.way_back, other.way_back} not in ({self.way_back}, {"", NUMPY}):
            return False  # through NumPy is cut as through detach(); other errors are others
        pairs = [(mine, other.gradients[place]) for place, mine in self.gradients.items()]
        return all(same_gradient(mine, theirs) for mine, theirs in pairs)


def same_gradient(mine: torch.Tensor | None, theirs: torch.Tensor | None) -> bool:
    """Whether two gradients agree; none at all is as good as zero."""
    if mine is None or theirs is None:
        there = mine if theirs is None else theirs
        return there is None or not there.any()
    return difference(mine, theirs) is None


def fresh(value: Any, gradients: bool = False) -> Any:
    """A copy that may be changed; with `gradients` its tensors of floats collect some."""
    if isinstance(value, torch.Tensor):
        made = value.detach().clone()
        return made.requires_grad_(gradients and made.is_floating_point())
    if type(value) in (list, tuple):
        return type(value)(fresh(part, gradients) for part in value)
    return value if callable(value) and not hasattr(value, "parameters") else copy.deepcopy(value)


def run(function: Callable, arguments: tuple) -> Run:
    """Call the function with copies of the arguments."""
    out = io.StringIO()
    passed = fresh(arguments)
    try:
        with contextlib.redirect_stdout(out):
            value = function(*passed)
            if isinstance(value, Iterator):
                value = list(value)
    except (Exception, SystemExit) as error:  # whatever it raises is the outcome to report
        return Run(error=error, printed=out.getvalue())
    changed = [i for i, one in enumerate(arguments) if not _unchanged(one, passed[i])]
    return Run(value, printed=out.getvalue(), changed=changed)


def _unchanged(was: Any, now: Any) -> bool:
    """Whether an argument is what it was: a tensor, or a list or tuple; others count as such."""
    if isinstance(was, torch.Tensor):
        return was.shape == now.shape and torch.equal(was, now)
    if type(was) in (list, tuple):
        return len(was) == len(now) and all(map(_unchanged, was, now))
    return not isinstance(was, dict | str | int | float) or was == now


def own_line(error: BaseException) -> tuple[int, str] | None:
    """The last line of the learner's own code that the error went through: its number, its text."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith((_PACKAGE, "<frozen", "<__array", *_LIBRARIES)):
            continue
        text = linecache.getline(frame.filename, frame.lineno or 0).strip()
        return frame.lineno or 0, text or frame.line or ""
    return None
