"""Tests of padding and its cost, whatever kind of sequence the documents are.
A word that is cut off, or added, changes what a network learns, not how the loop looks."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_utils.batching import LengthBuckets, pad_batch, padding_share, rounded_length

DOCUMENTS = st.lists(
    st.lists(st.integers(1, 999), min_size=1, max_size=150), min_size=1, max_size=20
)


@given(documents=DOCUMENTS, rounded=st.booleans(), padding=st.sampled_from([0, -1]))
def test_pad_batch_keeps_every_token_and_pads_the_rest(documents, rounded, padding):
    x, lengths = pad_batch(documents, rounded=rounded, padding=padding)
    longest = max(map(len, documents))
    assert x.dtype == lengths.dtype == torch.int64
    assert x.shape == (len(documents), rounded_length(longest) if rounded else longest)
    assert lengths.tolist() == list(map(len, documents))
    for row, document in zip(x.tolist(), documents, strict=True):
        assert row[: len(document)] == document
        assert set(row[len(document) :]) <= {padding}


def filtered_series(values):
    """A column whose first rows were filtered away: its index begins at 2 and is not in order."""
    index = list(range(len(values) + 1, 1, -1))
    return pd.Series(list(values), index=index)


def objects(values):
    return pd.Series(list(values), index=range(5, 5 + len(values)), dtype=object)


def nullable(values):
    return pd.Series(list(values), index=range(1, 1 + len(values)), dtype="Int64")


def backwards(values):
    """A view with negative strides."""
    return np.array(list(reversed(values)))[::-1]


def small(values):
    return torch.tensor(values, dtype=torch.uint8)


def scalars(values):
    return [torch.tensor(value) for value in values]


KINDS = [
    list,
    tuple,
    iter,
    np.array,
    torch.tensor,
    filtered_series,
    objects,
    nullable,
    backwards,
    small,
    scalars,
]


@pytest.mark.parametrize("kind", KINDS)
def test_pad_batch_takes_every_kind_of_sequence(kind):
    x, lengths, y = pad_batch([kind([5, 6, 7]), kind([8])], labels=kind([1, 0]))
    assert x.tolist() == [[5, 6, 7], [8, 0, 0]] and lengths.tolist() == [3, 1]
    assert y.tolist() == [1, 0] and x.dtype == lengths.dtype == y.dtype == torch.int64


@pytest.mark.parametrize("kind", [tuple, np.array, torch.tensor, filtered_series])
def test_pad_batch_takes_every_kind_of_documents(kind):
    rows = [[5, 6], [7, 8]]
    assert pad_batch(kind(rows))[0].tolist() == rows
    assert pad_batch(pd.Series([[1], [2, 3]], index=[4, 9]))[0].tolist() == [[1, 0], [2, 3]]


@pytest.mark.parametrize("kind", KINDS)
def test_lengths_and_batches_of_every_kind(kind):
    lengths = [50, 9, 30, 8, 10]
    assert LengthBuckets(kind(lengths), tokens=32, shuffle=False).batches() == [
        [3, 1],
        [4],
        [2],
        [0],
    ]
    assert padding_share(kind(lengths), [kind([0, 1]), kind([2])]) == pytest.approx(1 - 89 / 130)


@pytest.mark.parametrize("kind", [np.array, torch.tensor, filtered_series])
def test_batches_of_one_size_may_be_a_table(kind):
    batches = kind([[0, 1], [2, 3]])
    assert padding_share([10, 20, 30, 20], batches) == pytest.approx(1 - 80 / 100)


@pytest.mark.parametrize("kind", [int, np.int64, np.uint8, torch.tensor])
def test_rounded_length_of_every_kind(kind):
    assert rounded_length(kind(130)) == 136


@pytest.mark.parametrize("wrong", [130.0, "130", None])
def test_rounded_length_refuses_what_is_no_whole_number(wrong):
    with pytest.raises(TypeError):
        rounded_length(wrong)


@pytest.mark.parametrize(
    "numbers, what",
    [
        ([1, 2.5], "2.5 is among them"),
        ([1, float("nan")], "nan is among them"),
        (pd.Series([3, None]), "nan is among them"),
        (np.array([1, 2j]), "is among them"),
        (["sport", "web"], "'sport' is among them"),
        (pd.Series(["a"], index=[3]), "'a' is among them"),
        ([[1], [2, 3]], "one row of whole numbers"),
        ([[1, 2], [3, 4]], r"not of shape \(2, 2\)"),
        (7, "one row of whole numbers"),
        (None, "one row of whole numbers"),
        ("sport", r"not of shape \(\)"),
    ],
)
def test_what_are_no_whole_numbers_is_refused_by_name(numbers, what):
    with pytest.raises(ValueError, match=f"document 1 must be .*{what}"):
        pad_batch([[1], numbers])
    with pytest.raises(ValueError, match=f"lengths must be .*{what}"):
        LengthBuckets(numbers)
    with pytest.raises(ValueError, match=f"batch 0 must be .*{what}"):
        padding_share([1, 2, 3], [numbers])


def test_whole_numbers_may_be_floats():
    """A column that once had a gap is one of floats."""
    labels: Any = pd.Series([1.0, 0.0])
    assert pad_batch([[1], [2]], labels)[2].tolist() == [1, 0]


@pytest.mark.parametrize("labels", [[1], [1, 0, 1], [], np.array([1, 0, 1])])
def test_every_document_needs_a_label(labels):
    with pytest.raises(ValueError, match=f"2 documents have {len(labels)} labels: each needs one"):
        pad_batch([[1], [2]], labels)


@pytest.mark.parametrize(
    "batches, message", [([], "there is no batch"), ([[0], []], "batch 1 is empty")]
)
def test_padding_share_refuses(batches, message):
    with pytest.raises(ValueError, match=message):
        padding_share([3, 4], batches)


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
