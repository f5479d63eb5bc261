"""What an answer may come as, turned into plain numbers: tensors, arrays, lists, rows, series.
Only what is no number is refused; an imaginary part is never lost on the way."""

from decimal import Decimal
from fractions import Fraction
from numbers import Number
from typing import Any

import numpy as np
import torch

_EXACT = (Fraction, Decimal, int, float, np.number)


def is_array(value: Any) -> bool:
    """A tensor or array that has axes."""
    return isinstance(value, torch.Tensor | np.ndarray) and value.ndim > 0


def is_number(value: Any) -> bool:
    """A number of Python, NumPy or torch; yes and no are none."""
    if isinstance(value, torch.Tensor):
        return value.ndim == 0 and value.dtype != torch.bool
    if isinstance(value, np.ndarray):
        return value.ndim == 0 and value.dtype.kind in "iufc"
    return isinstance(value, Number) and not isinstance(value, bool | np.bool_)


def is_complex(value: Any) -> bool:
    """A number, tensor or array of complex numbers."""
    if isinstance(value, torch.Tensor):
        return value.is_complex()
    return np.iscomplexobj(value) if isinstance(value, np.ndarray | Number) else False


def is_half(value: Any) -> bool:
    """A tensor or array in half precision."""
    if isinstance(value, torch.Tensor):
        return value.dtype in (torch.float16, torch.bfloat16)
    return isinstance(value, np.ndarray) and value.dtype == np.float16


def plain_bool(value: Any) -> bool | None:
    """True or False of Python, NumPy or torch; None for anything else."""
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, torch.Tensor | np.ndarray) and value.ndim == 0:
        return bool(value) if value.dtype in (torch.bool, np.dtype(bool)) else None
    return None


def is_pair_of_max(value: Any) -> bool:
    """What max, min, sort and topk of torch return: values and indices."""
    return type(value).__module__ == "torch.return_types"


def is_rows(value: Any) -> bool:
    """A list of tensors or arrays, which its author has not stacked."""
    if not isinstance(value, list | tuple) or is_pair_of_max(value):
        return False
    return bool(value) and all(map(is_array, value))


def _is_of_pandas(value: Any) -> bool:
    return type(value).__module__.partition(".")[0] == "pandas" and hasattr(value, "to_numpy")


def as_dict(value: Any) -> Any:
    """A series of pandas as a dict of its index, where no name comes twice; any other value as it
    is."""
    named = _is_of_pandas(value) and value.ndim == 1 and hasattr(value, "index")
    return value.to_dict() if named and value.index.is_unique else value


def dense(value: Any) -> Any:
    """A sparse tensor with its zeros written out, a series or frame of pandas as an array; any
    other value as it is."""
    if isinstance(value, torch.Tensor):
        return value if value.layout == torch.strided else value.to_dense()
    return value.to_numpy() if _is_of_pandas(value) else value


def array(value: Any) -> np.ndarray | None:
    """Numbers as float64; None for what is not numbers all through, or has rows of other shapes."""
    if isinstance(value, torch.Tensor):
        with torch.no_grad():
            value = dense(value).cpu().resolve_conj().resolve_neg()
        return _real(_numpy(value))
    if is_pair_of_max(value):
        return None
    if isinstance(value, list | tuple):
        return _of_list(value)
    try:
        return _real(np.asarray(dense(value)))
    except (TypeError, ValueError):
        return None


def _numpy(value: torch.Tensor) -> np.ndarray:
    """A tensor as an array: NumPy does not know torch's short numbers."""
    wide = value.to(torch.float64) if value.is_floating_point() else value
    return wide.detach().numpy()


def _of_list(value: list | tuple) -> np.ndarray | None:
    """A list of numbers, or of rows that have one shape."""
    if not any(isinstance(part, list | tuple | torch.Tensor | np.ndarray) for part in value):
        try:
            return _real(np.asarray(value))
        except (TypeError, ValueError):
            return None
    parts = []
    for part in value:
        parts.append(array(part))
        if parts[-1] is None or parts[-1].shape != parts[0].shape:
            return None
    return np.stack(parts)


def _real(found: np.ndarray) -> np.ndarray | None:
    """As float64; None for what is no number, or has an imaginary part."""
    if found.dtype.kind == "c":
        return None if found.imag.any() else found.real.astype(np.float64)
    if found.dtype.kind == "O":  # numbers that NumPy has no kind for
        exact = all(isinstance(part, _EXACT) for part in found.flat)
        return found.astype(np.float64) if exact else None
    return found.astype(np.float64) if found.dtype.kind in "biuf" else None
