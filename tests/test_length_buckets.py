"""Tests of the length buckets.
A document that comes twice, or never, changes what a network learns, not how the loop looks."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from course_utils.batching import LengthBuckets, pad_batch, padding_share, rounded_length

LENGTHS = st.lists(st.integers(1, 3000), min_size=1, max_size=300)


def news_lengths(n, seed=0):
    """Lengths like those of 10kGNAD: lognormal with median 297 and percentiles 5/95 of 101/825."""
    return (
        np.random.default_rng(seed)
        .lognormal(np.log(297), np.log(825 / 101) / 2 / 1.645, n)
        .astype(int)
        .clip(1)
        .tolist()
    )


@given(
    lengths=LENGTHS,
    tokens=st.integers(1, 10_000),
    seed=st.integers(0, 2**31),
    epoch=st.integers(0, 100),
    shuffle=st.booleans(),
)
def test_each_document_once_and_no_batch_above_the_budget(lengths, tokens, seed, epoch, shuffle):
    buckets = LengthBuckets(lengths, tokens, seed, shuffle)
    batches = buckets.batches(epoch)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        assert (
            len(batch) == 1 or len(batch) * rounded_length(max(lengths[i] for i in batch)) <= tokens
        )
    assert batches == LengthBuckets(lengths, tokens, seed, shuffle).batches(epoch)
    assert len(buckets) == len(
        batches
    )  # in any epoch: progress bars and learning rates count on it


def test_the_order_changes_with_seed_and_epoch():
    lengths = news_lengths(500)
    orders = [
        LengthBuckets(lengths, seed=seed).batches(epoch) for seed in (0, 1) for epoch in (0, 1)
    ]
    for i, order in enumerate(orders):
        assert all(
            sorted(map(sorted, order)) != sorted(map(sorted, other)) for other in orders[:i]
        )  # not only of the batches


def test_without_shuffle_short_documents_come_first():
    batches = LengthBuckets([50, 9, 30, 8, 10], tokens=32, shuffle=False).batches()
    assert batches == [[3, 1], [4], [2], [0]]


def test_every_pass_counts_on_and_set_epoch_chooses():
    buckets = LengthBuckets(news_lengths(200))
    first = list(buckets)
    second = list(buckets)
    assert (first, second) == (buckets.batches(0), buckets.batches(1)) and first != second
    buckets.set_epoch(0)
    assert list(buckets) == first


@pytest.mark.parametrize(
    "n, tokens",
    [
        (1800, 8192),
        (1800, 16384),
        (9245, 8192),
        (50, None),
        (200, None),
        (1000, None),
        (9245, None),
    ],
)
def test_the_padded_share_stays_under_a_tenth(n, tokens):
    lengths = news_lengths(n)
    assert padding_share(lengths, LengthBuckets(lengths, tokens).batches(), rounded=True) < 0.10
    shuffled = np.random.default_rng(0).permutation(n)
    batches = [shuffled[i : i + 32] for i in range(0, n, 32)]
    assert padding_share(lengths, batches) > 0.4  # what it saves


@given(
    lengths=LENGTHS, tokens=st.integers(1, 10_000), ranks=st.integers(1, 4), epoch=st.integers(0, 3)
)
def test_ranks_share_every_batch(lengths, tokens, ranks, epoch):
    assume(len(lengths) >= ranks)
    whole = LengthBuckets(lengths, tokens, ranks=ranks).batches(epoch)
    parts = []
    for rank in range(ranks):
        sampler = LengthBuckets(lengths, tokens, ranks=ranks, rank=rank)
        sampler.set_epoch(epoch)
        parts.append(list(sampler))
    assert sorted(i for batch in whole for i in batch) == list(range(len(lengths)))
    for batch, *shares in zip(whole, *parts, strict=True):
        assert sorted(i for share in shares for i in share) == sorted(batch)
        sizes = [len(share) for share in shares]
        assert min(sizes) >= 1 and max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("ranks", [2, 3, 4])
def test_ranks_get_like_loads(ranks):
    lengths = news_lengths(1800)
    samplers = [LengthBuckets(lengths, 16_384, ranks=ranks, rank=rank) for rank in range(ranks)]
    loads = [sum(lengths[i] for batch in sampler for i in batch) for sampler in samplers]
    assert max(loads) / min(loads) < 1.05 and sum(loads) == sum(lengths)


def test_fewer_documents_than_ranks_are_refused():
    message = "a document a rank; got 2 documents, the shortest of 3, and 100; 3 ranks"
    with pytest.raises(ValueError, match=message):
        LengthBuckets([3, 4], 100, ranks=3)
    later = LengthBuckets([3, 4], 100)
    later.rank = 0
    later.ranks = 3
    for use in (len, list, LengthBuckets.batches):
        with pytest.raises(ValueError, match=message):
            use(later)


@pytest.mark.filterwarnings("ignore:This DataLoader will create")  # more workers than processors
@pytest.mark.parametrize("workers", [0, 2])
def test_as_batch_sampler_of_a_data_loader(workers):
    documents: Any = [[i] * length for i, length in enumerate(news_lengths(60), 1)]
    buckets = LengthBuckets(list(map(len, documents)), tokens=2048)
    loader: DataLoader = DataLoader(
        documents, batch_sampler=buckets, collate_fn=pad_batch, num_workers=workers
    )
    for epoch in range(2):
        seen = [x[:, 0].sub(1).tolist() for x, lengths in loader]
        assert seen == buckets.batches(epoch) and len(seen) == len(loader)


@pytest.mark.parametrize("lengths, tokens", [([], 100), ([3, 0, 2], 100), ([3, 2], 0)])
def test_length_buckets_refuse(lengths, tokens):
    shortest = min(lengths, default=0)
    message = f"got {len(lengths)} documents, the shortest of {shortest}, and {tokens}"
    with pytest.raises(ValueError, match=message):
        LengthBuckets(lengths, tokens)
