"""Compares what an answer returned with what was due, and finds where they first differ.
Any right answer is right: tensor, array or list, float32 or float64, tuple or generator."""

from collections.abc import Iterator, KeysView, Mapping, ValuesView
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from course_utils.exercises.plain import array, as_dict, dense, is_array, is_number, plain_bool

NEAR = 2e-5  # how far float32 may be from float64, as a share
_LAZY = (Iterator, KeysView, ValuesView, range)


@dataclass(frozen=True)
class Difference:
    """The first place where two values differ, such as "[1][0, 2]", and what each has there.

    kind: "value", or "kind", "shape", "length" where they can't be compared there at all."""

    kind: str
    where: str
    came: Any
    due: Any


def difference(came: Any, due: Any, where: str = "") -> Difference | None:
    """Where `came` first differs from `due`; None if it is as good."""
    if not isinstance(due, Mapping):
        came = dense(came)
    if isinstance(due, list | tuple):
        return _of_lists(came, due, where)
    if isinstance(due, Mapping):
        return _of_mappings(came, due, where)
    if is_number(due) or is_array(due):
        return _of_numbers(came, due, where)
    if isinstance(due, bool | np.bool_):
        answer = plain_bool(came)
        same = answer is not None and answer == bool(due)
        return None if same else _differ(answer is not None, came, due, where)
    same = isinstance(came, type(due)) and came == due
    return None if same else _differ(isinstance(came, type(due)), came, due, where)


def _differ(comparable: bool, came: Any, due: Any, where: str) -> Difference:
    return Difference("value" if comparable else "kind", where, came, due)


def _of_numbers(came: Any, due: Any, where: str) -> Difference | None:
    theirs = array(due)
    mine = array(came)
    if theirs is None and is_array(due):  # a wrong answer that was kept, with texts in an array
        return _of_lists(came, due.tolist(), where)
    if theirs is None or mine is None or (theirs.ndim == 0 and mine.ndim > 0):
        return Difference("kind", where, came, due)
    if theirs.shape != mine.shape:
        return Difference("shape" if mine.ndim else "kind", where, came, due)
    far = ~np.isclose(mine, theirs, **_tolerance(due, theirs), equal_nan=True)
    if not far.any():
        return None
    place = tuple(int(i) for i in np.argwhere(far)[0])
    inside = f"[{', '.join(map(str, place))}]" if place else ""
    return Difference("value", where + inside, mine[place].item(), theirs[place].item())


def _tolerance(due: Any, theirs: np.ndarray) -> dict[str, float]:
    """Counts must agree; numbers with a point may be as far off as float32 makes them."""
    if isinstance(due, torch.Tensor):
        counts = not due.is_floating_point()
    else:
        counts = np.asarray(due).dtype.kind in "iub"
    if counts:
        return {"rtol": 1e-7, "atol": 1e-6}
    finite = np.abs(theirs[np.isfinite(theirs)])
    largest = float(finite.max()) if finite.size and theirs.ndim else 0.0
    return {"rtol": NEAR, "atol": max(NEAR * largest, 1e-12)}


def _of_lists(came: Any, due: list | tuple, where: str) -> Difference | None:
    if isinstance(came, _LAZY) or is_array(came):
        came = list(came)
    if not isinstance(came, list | tuple):
        return Difference("kind", where, came, due)
    for i, (mine, theirs) in enumerate(zip(came, due, strict=False)):
        found = difference(mine, theirs, f"{where}[{i}]")
        if found and len(came) == len(due):
            return found
    return None if len(came) == len(due) else Difference("length", where, came, due)


def _of_mappings(came: Any, due: Mapping, where: str) -> Difference | None:
    came = as_dict(came)
    if not isinstance(came, Mapping):
        return Difference("kind", where, came, due)
    if set(came) != set(due):
        return Difference("length", where, dict(came), due)
    for key, theirs in due.items():
        found = difference(came[key], theirs, f"{where}[{key!r}]")
        if found:
            return found
    return None
