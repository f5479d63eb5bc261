"""Batches of documents of unequal length: padding, what it costs, and buckets that keep it small.
Padded lengths are rounded up to a small set: for each new shape oneDNN has to make a kernel."""

import operator
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Sampler


def rounded_length(length: int) -> int:
    """The next length of a small set: at most 6.25 % above, 16 values to each doubling.

    Up to 128 the set holds the multiples of 8.
    """
    length = operator.index(length)
    step = max(8, 1 << max(0, (length - 1).bit_length() - 5))
    return -(-length // step) * step


def as_integers(values: Any, name: str) -> Tensor:
    """The whole numbers (N,) of a list, array, Series or tensor, by position, int64 on the CPU.

    `ValueError`, in which they are called `name`, if they are anything else.
    """
    if isinstance(values, Tensor):
        values = values.detach().cpu()
    try:
        listed = hasattr(values, "__array__") or isinstance(values, Sequence)
        array = np.asarray(values if listed else list(values))
        if array.dtype == object:  # numbers as Python objects, in a column of pandas for instance
            array = np.asarray(array.tolist())
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be one row of whole numbers") from error
    if array.ndim != 1:
        raise ValueError(f"{name} must be one row of whole numbers, not of shape {array.shape}")
    if not array.size:
        return torch.zeros(0, dtype=torch.long)
    strange = array[~_is_whole(array)]
    if strange.size:
        raise ValueError(f"{name} must be whole numbers; {strange.tolist()[0]!r} is among them")
    return torch.from_numpy(array.astype(np.int64))


def _is_whole(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind in "biu":
        return np.ones(array.shape, dtype=bool)
    if array.dtype.kind == "f":
        return np.isfinite(array) & (array == np.trunc(array))
    return np.zeros(array.shape, dtype=bool)


def pad_batch(
    documents: Iterable[Iterable[int]],
    labels: Iterable[int] | None = None,
    rounded: bool = False,
    padding: int = 0,
):
    """Documents of B unequal lengths as one rectangle.

    Documents and labels are lists, arrays, Series or tensors, and taken by position.
    Returns `x` (B, T) int64 filled up with `padding`, `lengths` (B,) int64, and `y` (B,) int64
    if labels are given. T is the longest length, or that rounded up by `rounded_length`.
    `ValueError` for no document, an empty one, or another number of labels than of documents.
    """
    rows = [as_integers(row, f"document {i}") for i, row in enumerate(_in_order(documents))]
    lengths = [len(row) for row in rows]
    if not lengths:
        raise ValueError("a batch needs at least one document")
    if min(lengths) == 0:
        raise ValueError(
            f"document {lengths.index(0)} of the batch is empty: "
            "drop it, packing needs lengths above zero"
        )
    width = rounded_length(max(lengths)) if rounded else max(lengths)
    x = torch.full((len(lengths), width), padding, dtype=torch.long)
    for i, row in enumerate(rows):
        x[i, : len(row)] = row
    if labels is None:
        return x, torch.tensor(lengths)
    y = as_integers(labels, "labels")
    if len(y) != len(rows):
        raise ValueError(f"{len(rows)} documents have {len(y)} labels: each needs one")
    return x, torch.tensor(lengths), y


def _in_order(values: Any) -> Iterable:
    """What is in a list, array, Series or tensor, one after the other whatever their index is."""
    return values.tolist() if hasattr(values, "iloc") else values


def padding_share(
    lengths: Iterable[int], batches: Iterable[Iterable[int]], rounded: bool = False
) -> float:
    """Share of all positions that are padding.

    `lengths`: of all documents; `batches`: for each batch the numbers of its documents;
    both are lists, arrays, Series or tensors. `ValueError` if there is no batch or an empty one.
    """
    size = as_integers(lengths, "lengths")
    words = 0
    positions = 0
    for number, batch in enumerate(_in_order(batches)):
        own = size[as_integers(batch, f"batch {number}")]
        if not len(own):
            raise ValueError(f"batch {number} is empty")
        width = int(own.max())
        words += int(own.sum())
        positions += len(own) * (rounded_length(width) if rounded else width)
    if not positions:
        raise ValueError(
            "there is no batch, or every document is empty: nothing to take a share of"
        )
    return 1 - words / positions


class LengthBuckets(Sampler[list[int]]):
    """Batches of documents of like length, by a budget of tokens, in a new order every epoch.

    A `batch_sampler` for `DataLoader`. Each document comes once an epoch, and the same `seed`
    gives the same batches. `set_epoch` chooses the order; else every pass counts on.

    lengths: of all documents; a list, array, Series or tensor, taken by position.
    tokens: positions that a batch may hold, padding included; a longer document goes alone.
        None: 16,384, for a small corpus a 24th of it, at least 2,048.
    ranks, rank: the sizes of batches suit `ranks` processes, and number `rank` gets its part of
        every batch, as many tokens as the others. None: whole batches. `fit` sets both.

    Source: Khomenko et al. 2016.
    """

    def __init__(
        self,
        lengths: Iterable[int],
        tokens: int | None = None,
        seed: int = 0,
        shuffle: bool = True,
        ranks: int = 1,
        rank: int | None = None,
    ):
        self.lengths: list[int] = as_integers(lengths, "lengths").tolist()
        if tokens is None:
            tokens = min(16_384, max(2_048, sum(self.lengths) // 24))
        self.tokens = tokens
        self.seed = seed
        self.shuffle = shuffle
        self.epoch = 0
        self.ranks = ranks
        self.rank = rank
        self._check()
        order = sorted(range(len(self.lengths)), key=self.lengths.__getitem__)
        widths = groupby(order, key=lambda i: rounded_length(self.lengths[i]))
        self.buckets = {width: list(bucket) for width, bucket in widths}

    def set_epoch(self, epoch: int) -> None:
        """The next pass takes the order of this epoch."""
        self.epoch = epoch

    def batches(self, epoch: int = 0) -> list[list[int]]:
        """The whole batches of one epoch, each a list of documents' numbers.

        Within a bucket documents are shuffled; those that do not fill a batch move up one bucket.
        """
        self._check()
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
        batches: list[list[int]] = []
        waiting: list[int] = []
        for width, bucket in self.buckets.items():
            waiting += self._in_new_order(bucket, generator)
            size = max(1, self.tokens // width // self.ranks) * self.ranks
            while len(waiting) >= size:
                batches.append(waiting[:size])
                waiting = waiting[size:]
        if waiting and len(waiting) < self.ranks:  # too few for every rank to get one
            waiting = batches.pop() + waiting
        if waiting:
            batches.append(waiting)
        return self._in_new_order(batches, generator)

    def _in_new_order(self, items: list, generator: torch.Generator) -> list:
        if not self.shuffle:
            return items
        return [items[i] for i in torch.randperm(len(items), generator=generator).tolist()]

    def _part(self, batch: list[int], number: int) -> list[int]:
        """What this rank gets of a batch: documents are dealt by length, each time from another."""
        if self.rank is None:
            return batch
        by_length = sorted(batch, key=self.lengths.__getitem__)
        return by_length[(self.rank + number) % self.ranks :: self.ranks]

    def _check(self) -> None:
        """Here and for every epoch: `ranks` may be set later."""
        shortest = min(self.lengths, default=0)
        if shortest < 1 or self.tokens < 1 or not 1 <= self.ranks <= len(self.lengths):
            raise ValueError(
                "LengthBuckets needs documents of at least one token, a budget of at least one and "
                f"a document a rank; got {len(self.lengths)} documents, the shortest of "
                f"{shortest}, and {self.tokens}; {self.ranks} ranks"
            )

    def __iter__(self) -> Iterator[list[int]]:
        for number, batch in enumerate(self.batches(self.epoch)):
            yield self._part(batch, number)
        self.epoch += 1

    def __len__(self) -> int:
        return len(self.batches(self.epoch))
