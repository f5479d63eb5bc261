"""Tests of padding, its cost and the length buckets.
A document that comes twice, or never, changes what a network learns without changing how the loop looks."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from course_utils.batching import LengthBuckets, pad_batch, padding_share, rounded_length

DOCUMENTS = st.lists(
    st.lists(st.integers(1, 999), min_size=1, max_size=150), min_size=1, max_size=20
)
LENGTHS = st.lists(st.integers(1, 3000), min_size=1, max_size=300)


# --- Padding ---------------------------------------------------------------------------------------------------------


@given(documents=DOCUMENTS, rounded=st.booleans(), padding=st.sampled_from([0, -1]))
def test_pad_batch_keeps_every_token_and_pads_the_rest(documents, rounded, padding):
    x, lengths = pad_batch(documents, rounded=rounded, padding=padding)
    longest = max(map(len, documents))
    assert x.dtype == lengths.dtype == torch.int64
    assert x.shape == (len(documents), rounded_length(longest) if rounded else longest)
    assert lengths.tolist() == list(map(len, documents))
    for row, document in zip(x.tolist(), documents):
        assert row[: len(document)] == document
        assert set(row[len(document) :]) <= {padding}


@pytest.mark.parametrize("kind", [list, tuple, np.array, torch.tensor])
def test_pad_batch_takes_every_kind_of_sequence(kind):
    x, lengths, y = pad_batch([kind([5, 6, 7]), kind([8])], labels=kind([1, 0]))
    assert x.tolist() == [[5, 6, 7], [8, 0, 0]] and lengths.tolist() == [3, 1]
    assert y.tolist() == [1, 0] and y.dtype == torch.int64


@pytest.mark.parametrize(
    "documents, message",
    [([], "at least one document"), ([[1], [], [2]], "document 1 of the batch is empty")],
)
def test_pad_batch_refuses(documents, message):
    with pytest.raises(ValueError, match=message):
        pad_batch(documents)


@given(st.integers(1, 100_000))
def test_rounded_length_is_little_more(length):
    rounded = rounded_length(length)
    assert length <= rounded <= max(1.0625 * length, length + 7)
    assert rounded % 8 == 0 and rounded_length(rounded) == rounded


def test_rounded_lengths_are_few():
    assert (
        len({rounded_length(n) for n in range(1, 4801)}) <= 100
    )  # 4,800 words: the longest article of 10kGNAD's test set
    for power in range(7, 13):
        assert len({rounded_length(n) for n in range(2**power + 1, 2 ** (power + 1) + 1)}) == 16


@pytest.mark.parametrize(
    "batches, rounded, share",
    [
        ([[0, 1, 2]], False, 1 - 60 / 90),
        ([[0, 1], [2]], False, 1 - 60 / 70),
        ([[0], [1], [2]], False, 0),
        ([[0, 1, 2]], True, 1 - 60 / 96),
    ],
)
def test_padding_share(batches, rounded, share):
    assert padding_share([10, 20, 30], batches, rounded) == pytest.approx(share)


# --- Buckets ---------------------------------------------------------------------------------------------------------


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
    first, second = list(buckets), list(buckets)
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
    whole, parts = LengthBuckets(lengths, tokens, ranks=ranks).batches(epoch), []
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
    with pytest.raises(
        ValueError, match="a document a rank; got 2 documents, the shortest of 3, and 100; 3 ranks"
    ):
        LengthBuckets([3, 4], 100, ranks=3)


@pytest.mark.filterwarnings("ignore:This DataLoader will create")  # more workers than processors
@pytest.mark.parametrize("workers", [0, 2])
def test_as_batch_sampler_of_a_data_loader(workers):
    documents = [[i] * length for i, length in enumerate(news_lengths(60), 1)]
    buckets = LengthBuckets(list(map(len, documents)), tokens=2048)
    loader = DataLoader(documents, batch_sampler=buckets, collate_fn=pad_batch, num_workers=workers)
    for epoch in range(2):
        seen = [x[:, 0].sub(1).tolist() for x, lengths in loader]
        assert seen == buckets.batches(epoch) and len(seen) == len(loader)


@pytest.mark.parametrize("lengths, tokens", [([], 100), ([3, 0, 2], 100), ([3, 2], 0)])
def test_length_buckets_refuse(lengths, tokens):
    with pytest.raises(
        ValueError,
        match=rf"got {len(lengths)} documents, the shortest of {min(lengths, default=0)}, and {tokens}",
    ):
        LengthBuckets(lengths, tokens)
