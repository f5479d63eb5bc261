"""Compares nested results of any kind and says what differs first and where.
`prove` leans on it: a comparison that skips a part of what is returned shows nothing about it."""

from collections.abc import Callable, Iterator
from numbers import Number
from typing import Any

import numpy as np
import torch
from torch import Tensor

Path = tuple  # positions (from 1) and keys on the way into nested lists, tuples and dicts
Pair = tuple[str, Any, Any]  # what the two are called, and the two


def map_leaves(function: Callable, value: Any) -> Any:
    """`value` with `function` applied to everything its nested lists, tuples and dicts hold."""
    if isinstance(value, dict):
        return type(value)((key, map_leaves(function, item)) for key, item in value.items())
    if isinstance(value, list | tuple):
        items = [map_leaves(function, item) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return function(value)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Everything that nested lists, tuples and dicts hold, each with its path."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list | tuple):
        for i, item in enumerate(value, 1):
            yield from leaves(item, (*path, i))
    else:
        yield path, value


def named(what: str, path: Path) -> str:
    """('argument', (2, 1)) -> 'argument 2, item 1'."""
    first, *rest = path
    return ", item ".join([f"{what} {first!r}", *map(repr, rest)])


def is_floating(value: Any) -> bool:
    """Whether it is a tensor of floating-point numbers."""
    return isinstance(value, Tensor) and value.is_floating_point()


def pairs(a: Any, b: Any) -> list[Pair]:
    """The parts of two results that belong together: numbers and arrays as tensors, texts, None.

    `AssertionError` where the two are built differently: number of items, keys, types. A list of
    numbers is as good as a tensor that holds them, a list as good as a tuple."""
    collections = list | tuple | dict
    if not (isinstance(a, collections) and isinstance(b, collections)):
        return list(_pairs(a, b, (1,)))  # a single result is called output 1
    return list(_pairs(a, b, ()))


def _pairs(a: Any, b: Any, path: Path) -> Iterator[Pair]:
    place = named("output", path) if path else "outputs"
    a, b = _number_lists_as_tensors(a, b)
    if _are(list | tuple, a, b):
        if len(a) != len(b):
            raise AssertionError(f"{place}: mine has {len(a)} items, theirs {len(b)}")
        for i, (item_a, item_b) in enumerate(zip(a, b, strict=True), 1):
            yield from _pairs(item_a, item_b, (*path, i))
    elif _are(dict, a, b):
        if a.keys() != b.keys():
            raise AssertionError(f"{place}: mine has the keys {list(a)}, theirs {list(b)}")
        for key in a:
            yield from _pairs(a[key], b[key], (*path, key))
    elif _are(Tensor | np.ndarray | np.generic | Number, a, b):
        yield place, as_tensor(a), as_tensor(b)
    elif _are(str | None, a, b):
        yield place, a, b
    else:
        raise AssertionError(f"{place}: mine is {_described(a)}, theirs {_described(b)}")


def _number_lists_as_tensors(a: Any, b: Any) -> tuple[Any, Any]:
    if _is_array(b) and _holds_numbers(a):
        return torch.tensor(a), b
    if _is_array(a) and _holds_numbers(b):
        return a, torch.tensor(b)
    return a, b


def _are(types, a: Any, b: Any) -> bool:
    return isinstance(a, types) and isinstance(b, types)


def _is_array(value: Any) -> bool:
    return isinstance(value, Tensor | np.ndarray) and value.ndim > 0


def _holds_numbers(value: Any) -> bool:
    """A list or tuple of numbers of one type."""
    if not isinstance(value, list | tuple):
        return False
    return all(isinstance(item, Number) for item in value) and len(set(map(type, value))) == 1


def as_tensor(value: Any) -> Tensor:
    """A tensor, a NumPy array or a number as a tensor on the CPU; a gradient's way stays open."""
    if isinstance(value, Tensor):
        return value.cpu()
    return torch.as_tensor(np.asarray(value))


def _described(value: Any) -> str:
    if isinstance(value, list | tuple | dict):
        return f"a {type(value).__name__} of {len(value)}"
    return "None" if value is None else f"a {type(value).__name__}"


def must_agree(what: str, a: Any, b: Any, tol: float) -> None:
    """Hold one pair together: kind and shape, then values, floating-point ones within `tol`.

    `AssertionError` that says what differs, by how much, and where first. Two equal infinities are
    equal; NaN is never right, not even on both sides, because it shows nothing."""
    if not _are(Tensor, a, b):
        if a != b:
            raise AssertionError(f"{what}: mine {a!r}, theirs {b!r}")
        return
    if _kind(a) != _kind(b):
        raise AssertionError(f"{what}: kinds differ: mine {_kind(a)}, theirs {_kind(b)}")
    if a.shape != b.shape:
        shapes = f"mine {tuple(a.shape)}, theirs {tuple(b.shape)}"
        raise AssertionError(f"{what}: shapes differ: {shapes}")
    wrong, how = _wrong(a.detach(), b.detach(), tol)
    if wrong.any():
        first = tuple(wrong.nonzero()[0].tolist())
        place = f", first at {list(first)}" if first else ""
        shown = f"mine {_written(a[first])}, theirs {_written(b[first])}"
        raise AssertionError(f"{what}: {how}{place}: {shown}")


def _kind(value: Tensor) -> str:
    if value.dtype == torch.bool:
        return "bool"
    if value.is_complex():
        return "complex"
    return "floating point" if value.is_floating_point() else "integer"


def _wrong(a: Tensor, b: Tensor, tol: float) -> tuple[Tensor, str]:
    """Where the two differ, and in words by how much."""
    if not (a.is_floating_point() or a.is_complex()):
        wrong = a != b
        return wrong, f"{int(wrong.sum())} of {wrong.numel()} differ"
    gap = (a - b).abs().double()
    gap = torch.where(gap.isnan(), torch.inf, gap).masked_fill(a == b, 0.0)
    worst = gap.max().item() if gap.numel() else 0.0
    return gap > tol, f"largest difference {worst:.3g} (tolerance {tol:g})"


def _written(value: Tensor) -> str:
    number = value.item()
    return f"{number:.9g}" if isinstance(number, float) else str(number)
