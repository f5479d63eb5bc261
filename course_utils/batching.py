"""Batches of documents of unequal length: padding, what it costs, and buckets that keep the cost small.
Padded lengths are rounded up to a small set, because every new shape costs oneDNN the creation of a kernel."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import torch
from torch.utils.data import Sampler


def rounded_length(length: int) -> int:
    """The next length of a small set: at most 6.25 % above, 16 values to each doubling; multiples of 8 up to 128."""
    step = max(8, 1 << max(0, (length - 1).bit_length() - 5))
    return -(-length // step) * step


def pad_batch(
    documents: Sequence[Sequence[int]],
    labels: Sequence[int] | None = None,
    rounded: bool = False,
    padding: int = 0,
):
    """Documents of B unequal lengths as one rectangle.

    Returns `x` (B, T) int64 filled up with `padding`, `lengths` (B,) int64, and `y` (B,) int64 if labels are given; T is the longest
    length, or that rounded up by `rounded_length`. `ValueError` for no document or an empty one."""
    lengths = [len(document) for document in documents]
    if not lengths:
        raise ValueError("a batch needs at least one document")
    if min(lengths) == 0:
        raise ValueError(
            f"document {lengths.index(0)} of the batch is empty: drop it, packing needs lengths above zero"
        )
    width = rounded_length(max(lengths)) if rounded else max(lengths)
    x = torch.full((len(lengths), width), padding, dtype=torch.long)
    for row, document in zip(x, documents):
        row[: len(document)] = torch.as_tensor(document)
    return (
        x,
        torch.tensor(lengths),
        *(() if labels is None else [torch.as_tensor(labels, dtype=torch.long)]),
    )


def padding_share(
    lengths: Sequence[int], batches: Sequence[Sequence[int]], rounded: bool = False
) -> float:
    """Share of all positions that are padding if the documents with these `lengths` are batched as `batches` (lists of indices)."""
    widths = [max(lengths[i] for i in batch) for batch in batches]
    positions = sum(
        len(batch) * (rounded_length(w) if rounded else w) for batch, w in zip(batches, widths)
    )
    return 1 - sum(lengths[i] for batch in batches for i in batch) / positions


class LengthBuckets(Sampler[list[int]]):
    """Batches of documents of like length, by a budget of tokens, in a new order every epoch.

    `lengths`: of all documents; `tokens`: positions a batch may hold, padding included (a longer document goes alone); None: 16,384, for a
    small corpus a 24th of it, at least 2,048. Each document comes once an epoch; the same `seed` gives the same batches. Pass it to
    `DataLoader` as `batch_sampler`; `set_epoch` chooses the order, else every pass counts on. Batch sizes suit `ranks` processes; number
    `rank` gets its part of every batch, as many tokens as the others (`fit` sets both); None: whole. Source: Khomenko et al. 2016."""

    def __init__(
        self,
        lengths: Sequence[int],
        tokens: int | None = None,
        seed: int = 0,
        shuffle: bool = True,
        ranks: int = 1,
        rank: int | None = None,
    ):
        tokens = min(16_384, max(2_048, sum(lengths) // 24)) if tokens is None else tokens
        if min(lengths, default=0) < 1 or tokens < 1 or not 1 <= ranks <= len(lengths):
            raise ValueError(
                f"LengthBuckets needs documents of at least one token, a budget of at least one and a document a rank; got "
                f"{len(lengths)} documents, the shortest of {min(lengths, default=0)}, and {tokens}; {ranks} ranks"
            )
        self.lengths, self.tokens, self.seed, self.shuffle, self.epoch = (
            list(lengths),
            tokens,
            seed,
            shuffle,
            0,
        )
        self.ranks, self.rank = ranks, rank
        order = sorted(range(len(lengths)), key=lambda i: lengths[i])
        self.buckets = {
            width: list(bucket)
            for width, bucket in groupby(order, key=lambda i: rounded_length(lengths[i]))
        }

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def batches(self, epoch: int = 0) -> list[list[int]]:
        """The whole batches of one epoch; within a bucket documents are shuffled, what does not fill a batch moves up one bucket."""
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
        batches, waiting = [], []
        for width, bucket in self.buckets.items():
            order = (
                torch.randperm(len(bucket), generator=generator).tolist()
                if self.shuffle
                else range(len(bucket))
            )
            waiting += [bucket[i] for i in order]
            size = max(1, self.tokens // width // self.ranks) * self.ranks
            while len(waiting) >= size:
                batches.append(waiting[:size])
                waiting = waiting[size:]
        if waiting:  # if too few for every rank to get one, with the batch before
            batches.append(batches.pop() + waiting if len(waiting) < self.ranks else waiting)
        order = (
            torch.randperm(len(batches), generator=generator).tolist()
            if self.shuffle
            else range(len(batches))
        )
        return [batches[i] for i in order]

    def __iter__(self) -> Iterator[list[int]]:
        for number, batch in enumerate(self.batches(self.epoch)):
            if (
                self.rank is not None
            ):  # long and short ones are dealt in turn, and each time another rank begins
                batch = sorted(batch, key=lambda i: self.lengths[i])[
                    (self.rank + number) % self.ranks :: self.ranks
                ]
            yield batch
        self.epoch += 1

    def __len__(self) -> int:
        return len(self.batches(self.epoch))
