"""Puts arguments, results and differences into words that fit on a line.
What is short is shown in full, what is long by its kind and size."""

import math
import textwrap
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

import numpy as np
import torch

from course_utils.exercises.advice import NAN
from course_utils.exercises.comparing import Difference, is_array, is_number, plain_bool

WIDTH = 96  # of a line below an outcome
LONGEST = 76  # characters of a value that is still shown
SHAPES = 4  # tensors in a list whose shapes are still shown


def number(value: Any) -> str:
    """Up to six digits, whole numbers without a point."""
    found = value.item() if isinstance(value, torch.Tensor | np.generic | np.ndarray) else value
    return f"{found:.6g}" if isinstance(found, float) else str(found)


def kind(value: Any) -> str:
    """The kind of a value, and how much it holds."""
    if isinstance(value, torch.Tensor) and is_array(value):
        return f"a tensor of shape {tuple(value.shape)}"
    if is_array(value):
        return f"an array of shape {value.shape}"
    if isinstance(value, list | tuple):
        return f"{_named(value)} of length {len(value)}{_parts(value)}"
    if isinstance(value, Mapping):
        return f"a dict with {len(value)} keys"
    if value is None:
        return "None"
    if plain_bool(value) is not None:
        return "True or False"
    if is_number(value):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "a function" if callable(value) else f"an object of type {type(value).__name__}"


def _named(value: list | tuple) -> str:
    return "a tuple" if isinstance(value, tuple) else "a list"


def _parts(value: list | tuple) -> str:
    """Of what the parts are, if they are tensors: they look like one tensor when printed."""
    if not value or not all(isinstance(part, torch.Tensor) for part in value):
        return ""
    shapes = [str(tuple(part.shape)) for part in value]
    if set(shapes) == {"()"}:
        return " (of tensors without axes)"
    if len(set(shapes)) == 1:
        return f" (of tensors of shape {shapes[0]})"
    return f" (of tensors: {', '.join(shapes)})" if len(shapes) <= SHAPES else " (of tensors)"


def shown(value: Any) -> str:
    """A value on one line: in full if it is short, else its kind, or a text's beginning."""
    whole = written(value)
    if len(whole) <= LONGEST:
        return whole
    if isinstance(value, str):
        return f"{whole[: LONGEST - 2]}…"
    return kind(value)


def written(value: Any) -> str:
    """A value in full, numbers with up to six digits."""
    if isinstance(value, torch.Tensor | np.ndarray):
        return _array(value)
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, tuple):
        comma = "," if len(value) == 1 else ""
        return f"({', '.join(map(written, value))}{comma})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {written(part)}" for key, part in value.items()) + "}"
    if plain_bool(value) is not None:
        return str(bool(value))
    if is_number(value):
        return number(value)
    return getattr(value, "__name__", repr(value)) if callable(value) else repr(value)


def _array(value: torch.Tensor | np.ndarray) -> str:
    if value.ndim == 0:
        return number(value)
    if np.prod(value.shape) > LONGEST:
        return "…" * (LONGEST + 1)  # too long in any case
    rows = value.tolist()
    return f"{'tensor' if isinstance(value, torch.Tensor) else 'array'}({_nested(rows)})"


def _nested(rows: Any) -> str:
    if isinstance(rows, list):
        return f"[{', '.join(map(_nested, rows))}]"
    return f"{rows:.4g}" if isinstance(rows, float) else str(rows)


def given(names: list[str], arguments: tuple) -> list[str]:
    """The arguments of a call by their names, on one line if they fit, else on a line each."""
    parts = [f"{name} = {shown(one)}" for name, one in zip(names, arguments, strict=False)]
    together = ", ".join(parts)
    return [together] if len(together) <= WIDTH - 8 else parts


def unknown(what: str, key: str, known: Iterable[str]) -> str:
    """What is said about a key that there isn't: those that look like it, else all."""
    names = sorted(known)
    near = get_close_matches(key, names, n=3)
    said = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(names)}"
    return f"there is no {what} {key!r}; {said}"


def first_difference(found: Difference, came: Any, due: Any) -> list[str]:
    """What came, what was due, and the place where they first differ."""
    lines = [f"came  {shown(came)}", f"due   {shown(due)}"]
    if found.kind in ("kind", "shape"):
        where = f"at {found.where}: " if found.where else ""
        lines.append(f"{where}{kind(found.due)} was due, {kind(found.came)} came{_advice(found)}")
    elif found.kind == "length" and isinstance(due, Mapping) and not found.where:
        lines.append(_keys(found))
    elif found.kind == "length":
        where = f"at {found.where}: " if found.where else ""
        were = "was" if len(found.due) == 1 else "were"
        lines.append(f"{where}{len(found.due)} {were} due, {len(found.came)} came")
    elif found.where:
        lines.append(f"first difference at {found.where}: {_pair(found)}")
    if isinstance(found.came, float) and math.isnan(found.came):
        lines.append(f"note  {NAN}")
    return lines


def _pair(found: Difference) -> str:
    came = written(found.came)
    due = written(found.due)
    if came == due:  # they differ behind the sixth digit
        came = repr(found.came)
        due = repr(found.due)
    return textwrap.shorten(f"{came} came, {due} was due", 2 * LONGEST, placeholder=" …")


def _keys(found: Difference) -> str:
    missing = [key for key in found.due if key not in found.came]
    extra = [key for key in found.came if key not in found.due]
    parts = [f"missing: {shown(missing)}"] if missing else []
    parts += [f"not asked for: {shown(extra)}"] if extra else []
    return "; ".join(parts)


def _advice(found: Difference) -> str:
    """What may help where the kinds differ."""
    rows = isinstance(found.came, list | tuple) and any(map(is_array, found.came))
    if is_array(found.due) and rows:
        return ": torch.stack makes one tensor of a list"
    if is_number(found.due) and is_array(found.came) and np.prod(found.came.shape) == 1:
        return ": it holds one number, but has axes"
    return ""
