"""Puts arguments, results and differences into words that fit on a line.
What is short is shown in full, what is long by its kind and size."""

import math
import textwrap
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

import numpy as np
import torch

from course_utils.exercises.advice import HALF, MAX, NAN
from course_utils.exercises.comparing import Difference
from course_utils.exercises.plain import (
    array,
    dense,
    is_array,
    is_complex,
    is_half,
    is_number,
    is_pair_of_max,
    is_rows,
    plain_bool,
)

WIDTH = 96  # of a line below an outcome
LONGEST = 76  # characters of a value that is still shown
SHAPES = 4  # tensors in a list whose shapes are still shown


def number(value: Any) -> str:
    """Up to six digits, whole numbers without a point."""
    found = value.item() if isinstance(value, torch.Tensor | np.generic | np.ndarray) else value
    return f"{found:.6g}" if isinstance(found, float) else str(found)


def kind(value: Any) -> str:
    """The kind of a value, and how much it holds."""
    if is_array(value):
        what = "a tensor" if isinstance(value, torch.Tensor) else "an array"
        of = " of complex numbers" if is_complex(value) else ""
        return f"{what} of shape {tuple(value.shape)}{of}"
    if isinstance(value, list | tuple):
        return f"{_named(value)} of length {len(value)}{_parts(value)}"
    if isinstance(value, Mapping):
        return f"a dict with {len(value)} keys"
    if value is None:
        return "None"
    if plain_bool(value) is not None:
        return "True or False"
    if is_number(value):
        return "a complex number" if is_complex(value) else "a number"
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
    if len(whole) <= LONGEST and "\n" not in whole:
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
    rows = dense(value).tolist()
    return f"{'tensor' if isinstance(value, torch.Tensor) else 'array'}({_nested(rows)})"


def _nested(rows: Any) -> str:
    if isinstance(rows, list):
        return f"[{', '.join(map(_nested, rows))}]"
    return f"{rows:.4g}" if isinstance(rows, float) else str(rows)


def raised(error: BaseException) -> str:
    """What a call raised, as the end of a sentence: an error may have nothing to say."""
    if isinstance(error, SystemExit):
        return "called exit(), which would end Python; a function ends with `return`."
    says = str(error).strip()
    return f"raised {type(error).__name__}{': ' + says if says else '.'}"


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
        lines += _of_kinds(found, lines)
    elif found.kind == "length" and isinstance(due, Mapping) and not found.where:
        lines.append(_keys(found))
    elif found.kind == "length":
        where = f"at {found.where}: " if found.where else ""
        were = "was" if len(found.due) == 1 else "were"
        lines.append(f"{where}{len(found.due)} {were} due, {len(found.came)} came")
    elif found.where:
        lines.append(f"first difference at {found.where}: {_pair(found)}")
    note = _note_on(found, came)
    return [*lines, f"note  {note}"] if note else lines


def _of_kinds(found: Difference, above: list[str]) -> list[str]:
    """Which kind was due and which came, unless the two lines above say nothing else already."""
    advice = _advice(found)
    known = above == [f"came  {kind(found.came)}", f"due   {kind(found.due)}"]
    if known and not found.where and not advice:
        return []
    where = f"at {found.where}: " if found.where else ""
    return [f"{where}{kind(found.due)} was due, {kind(found.came)} came{advice}"]


def _note_on(found: Difference, came: Any) -> str:
    """What a value that differs usually comes from; nothing where that can't be said."""
    if is_pair_of_max(came):
        return MAX
    if found.kind != "value" or not isinstance(found.came, float):
        return ""
    if math.isnan(found.came):
        return NAN
    near = is_half(came) and math.isclose(found.came, found.due, rel_tol=0.02, abs_tol=0.01)
    return HALF if near else ""


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
    if is_array(found.due) and is_rows(found.came) and array(found.came) is None:
        return ": its parts differ in shape"
    if is_number(found.due) and is_array(found.came) and np.prod(found.came.shape) == 1:
        return ": it holds one number, but has axes"
    return ""


def unstacked(came: Any, due: Any) -> str:
    """A note where right rows are a list in place of one tensor; nothing where they are not."""
    if not is_array(due) or not is_rows(came):
        return ""
    if all(isinstance(part, torch.Tensor) for part in came):
        return "these are rows in a list still; torch.stack makes one tensor of them"
    return "these are rows in a list still; np.stack makes one array of them"
