"""Tests of `predict`: logits in the order of the texts, whatever the loader.
Predictions in another order than the labels look like a network that has learned nothing."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch.utils.data import DataLoader, WeightedRandomSampler
from training_helpers import (  # noqa: F401 (a fixture)
    Classifier,
    Stream,
    articles,
    as_list,
    buckets,
    collate,
    plain,
    same_threads,
    shuffled,
)

from course_utils.training import predict


@pytest.mark.parametrize("training", [True, False])
def test_predict_keeps_order_and_mode(training):
    pairs = articles()
    model = Classifier().train(training)
    logits, labels = predict(model, as_list(pairs))
    assert labels.tolist() == [label for _, label in pairs]
    assert logits.shape == (60, 2) and logits.dtype == torch.float32 and not logits.requires_grad
    assert model.training is model.dropout.training is training
    alone = torch.cat([model.eval()(*collate([pair])[:2]) for pair in pairs])
    torch.testing.assert_close(
        logits, alone.detach(), rtol=0, atol=1e-5
    )  # no dropout, whatever the mode


def test_predict_restores_the_mode_after_a_fault():
    model = Classifier()
    with pytest.raises(ValueError, match="lengths"):
        predict(
            model, [(torch.zeros(1, 3, dtype=torch.long), torch.tensor([4]), torch.tensor([0]))]
        )
    assert model.training


def test_predict_wants_a_batch():
    with pytest.raises(ValueError, match="is the data set empty?"):
        predict(Classifier(), [])


@pytest.mark.filterwarnings("ignore:This DataLoader will create")  # more workers than processors
@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("batches", [buckets, shuffled, plain])
def test_predictions_come_in_the_order_of_the_texts(batches, workers):
    pairs = articles()
    model = Classifier()
    pairs = [(document, i) for i, (document, _) in enumerate(pairs)]  # every label another
    expected, _ = predict(model, as_list(pairs))
    loader = batches(pairs)
    if workers:
        loader = buckets(pairs, num_workers=workers)
    for _ in range(2):  # the second pass has another order
        logits, labels = predict(model, loader)
        assert labels.tolist() == list(range(60))
        torch.testing.assert_close(logits, expected, rtol=0, atol=1e-5)


def test_predict_uses_an_epoch_of_the_buckets_and_no_more():
    loader = buckets(articles())
    predict(Classifier(), loader)
    assert loader.batch_sampler.epoch == 1


@pytest.mark.parametrize(
    "sampler",
    [
        [5, 3, 3, 1],
        [7, 2],
        WeightedRandomSampler([1.0] * 60, 9, generator=torch.Generator().manual_seed(1)),
    ],
)
def test_without_every_document_once_the_order_is_that_of_the_batches(sampler):
    numbered = [(document, i) for i, (document, _) in enumerate(articles())]
    generator = getattr(sampler, "generator", None)
    state = generator.get_state() if generator else None
    _, labels = predict(Classifier(), plain(numbered, sampler=sampler))
    if generator:
        generator.set_state(state)
    assert labels.tolist() == list(sampler)


def test_predict_takes_streams_and_ready_batches():
    pairs = articles(20)
    for batches in (plain(Stream(pairs)), DataLoader(as_list(pairs), batch_size=None)):
        assert predict(Classifier(), batches)[1].tolist() == [label for _, label in pairs]


@pytest.mark.parametrize(
    "kind", [np.array, list, lambda y: pd.Series(y, index=range(3, 3 + len(y)))]
)
def test_predict_takes_labels_of_every_kind(kind):
    pairs = articles(20)
    batches = [(x, lengths.numpy(), kind(y.tolist())) for x, lengths, y in as_list(pairs)]
    batches = [(x, torch.tensor(lengths), y) for x, lengths, y in batches]
    assert predict(Classifier(), batches)[1].tolist() == [label for _, label in pairs]


def test_predict_compares_the_numbers_of_predictions_and_labels():
    x, lengths, y = collate(articles(8))
    with pytest.raises(ValueError, match="a batch has 8 predictions and 7 labels"):
        predict(Classifier(), [(x, lengths, y[1:])])
