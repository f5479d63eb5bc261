"""A short number for the documents and labels of a run, which tells one corpus from another.
Data are read as they lie in memory: asking a data set for one might draw from a generator."""

import hashlib
from array import array
from numbers import Integral, Real
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import ConcatDataset, DataLoader, IterableDataset, Subset, TensorDataset


class _UnreadableError(Exception):
    """There is something among the data whose content can't be told without side effects."""


def digest_data(batches: Any) -> str | None:
    """16 digits that other documents, labels or another order of them would change.

    Read are lists of batches, and of a loader the data set: a list, tuple, array, tensor,
    `TensorDataset`, or a `Subset` or `ConcatDataset` of such; of a data set of one's own the
    public attributes that have an entry a document. None for all others, such as streams: no
    data set is iterated.
    """
    digest = hashlib.sha256()
    try:
        if isinstance(batches, DataLoader):
            _add_data_set(digest, batches.dataset)
        elif isinstance(batches, list | tuple):
            _add(digest, batches)
        else:
            return None
    except (_UnreadableError, RecursionError):
        return None
    return digest.hexdigest()[:16]


def _add_data_set(digest: Any, data: Any) -> None:
    if isinstance(data, Subset):
        _add_data_set(digest, data.dataset)
        _add(digest, list(data.indices))
    elif isinstance(data, ConcatDataset):
        for part in data.datasets:
            _add_data_set(digest, part)
    elif isinstance(data, TensorDataset):
        _add(digest, data.tensors)
    elif _is_table(data):
        _add(digest, data)
    else:
        for name, values in _columns(data):
            _add(digest, name)
            _add(digest, values)


def _is_table(values: Any) -> bool:
    return isinstance(values, list | tuple | np.ndarray | Tensor) or hasattr(values, "to_numpy")


def _columns(data: Any) -> list[tuple[str, Any]]:
    """The attributes of a data set that have an entry a document; none may have gaps to fill."""
    stream = isinstance(data, IterableDataset) or not hasattr(data, "__len__")
    if stream or not hasattr(data, "__dict__"):
        raise _UnreadableError
    public = [(name, x) for name, x in sorted(vars(data).items()) if not name.startswith("_")]
    tables = [(name, x) for name, x in public if _is_table(x) and _size(x) == len(data)]
    cached = any(x is None for _, values in tables if isinstance(values, list) for x in values)
    if cached or not tables:
        raise _UnreadableError
    return tables


def _size(values: Any) -> int:
    return 1 if getattr(values, "ndim", 1) == 0 else len(values)


def _add(digest: Any, value: Any) -> None:
    """Numbers count as what they are, whether they come as list, array or tensor."""
    if isinstance(value, list | tuple):
        _add_list(digest, value)
    elif isinstance(value, dict):
        _add_list(digest, [*value.items()])
    elif isinstance(value, Tensor | np.ndarray) or hasattr(value, "to_numpy"):
        _add_array(digest, value)
    else:
        digest.update(_written(value).encode("utf-8", "surrogatepass"))


def _written(value: Any) -> str:
    if isinstance(value, Integral):
        return f"whole {int(value)};"
    if isinstance(value, Real):
        return f"number {float(value)!r};"
    if isinstance(value, str):
        return f"text {len(value)} {value};"
    if value is None:
        return "none;"
    raise _UnreadableError


def _add_list(digest: Any, values: list | tuple) -> None:
    try:
        row = array("q", values)  # fast for a document
    except (TypeError, OverflowError):
        digest.update(f"list {len(values)};".encode())
        for value in values:
            _add(digest, value)
    else:
        digest.update(f"row {(len(values),)};".encode())
        digest.update(row)


def _add_array(digest: Any, values: Any) -> None:
    if isinstance(values, Tensor):
        values = values.detach().cpu()
        if values.dtype == torch.bfloat16:
            values = values.float()  # exact, and NumPy has no such type
        if values.layout != torch.strided:
            raise _UnreadableError
    numbers = np.asarray(values)
    if not numbers.ndim:
        _add(digest, numbers.item())
    elif numbers.dtype.kind in "biu":
        digest.update(f"row {numbers.shape};".encode())
        digest.update(np.ascontiguousarray(numbers, dtype=np.int64))
    elif numbers.dtype.kind in "fc":
        digest.update(f"{numbers.dtype} {numbers.shape};".encode())
        digest.update(np.ascontiguousarray(numbers).tobytes())
    else:
        _add_list(digest, numbers.tolist())
