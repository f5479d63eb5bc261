"""Tests of the training loop on a problem that a few steps solve: which word comes more often.
A loop that forgets to seed or to leave frozen weights alone still trains."""

import copy
import math
import pickle
import re

import pytest
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from training_helpers import (  # noqa: F401 (a fixture)
    Classifier,
    Stream,
    articles,
    as_list,
    buckets,
    collate,
    equal,
    never,
    plain,
    same_threads,
    shuffled,
)

from course_utils import training
from course_utils.batching import LengthBuckets
from course_utils.training import fit, predict


@pytest.mark.parametrize("batches", [buckets, shuffled, as_list])
def test_fit_learns(batches):
    model = Classifier()
    history = fit(model, batches(articles()), as_list(articles(seed=1)), epochs=8, lr=0.03)
    assert list(history.columns) == [
        "epoch",
        "train_loss",
        "valid_loss",
        "valid_accuracy",
        "seconds",
    ]
    assert history.epoch.tolist() == list(range(1, 9)) and (history.seconds > 0).all()
    assert history.train_loss.iloc[-1] < 0.3 < history.train_loss.iloc[0]
    assert history.valid_accuracy.iloc[-1] == 1
    logits, labels = predict(model, as_list(articles(seed=1)))
    assert history.valid_loss.iloc[-1] == pytest.approx(F.cross_entropy(logits, labels).item())


def test_without_validation_the_history_has_only_the_training_loss():
    assert list(fit(Classifier(), as_list(articles(8)), epochs=2, lr=0.01).columns) == [
        "epoch",
        "train_loss",
        "seconds",
    ]


@pytest.mark.parametrize("batches", [buckets, shuffled])
def test_a_seed_decides_everything(batches):
    runs: list[Classifier] = []
    for seed in (1, 1, 2):
        torch.manual_seed(len(runs))  # what came before has no influence
        model = Classifier()
        fit(model, batches(articles()), epochs=2, lr=0.01, seed=seed)
        runs.append(model)
    assert equal(runs[0], runs[1]) and not equal(runs[0], runs[2])


def test_the_loss_is_the_mean_over_documents():
    pairs = articles(11)
    model = Classifier()
    uneven = [collate(pairs[:8]), collate(pairs[8:])]
    model.dropout.p = 0
    logits, labels = predict(model, uneven)
    history = fit(model, uneven, epochs=1, lr=1e-30, weight_decay=0)  # it may look, but hardly move
    assert history.train_loss[0] == pytest.approx(F.cross_entropy(logits, labels).item(), rel=1e-5)


class Recording(LengthBuckets):
    """Length buckets that remember which epochs were asked for."""

    def __iter__(self):
        self.seen = [*getattr(self, "seen", []), self.batches(self.epoch)]
        yield from super().__iter__()


@pytest.mark.filterwarnings("ignore:This DataLoader will create")  # more workers than processors
@pytest.mark.parametrize("workers", [0, 2])
def test_length_buckets_get_the_number_of_the_epoch(workers):
    pairs = articles(30)
    sampler = Recording([len(d) for d, _ in pairs], tokens=100)
    sampler.set_epoch(7)
    fit(
        Classifier(),
        DataLoader(pairs, batch_sampler=sampler, collate_fn=collate, num_workers=workers),
        epochs=3,
        lr=0.01,
    )
    assert sampler.seen == [sampler.batches(epoch) for epoch in range(3)]


def test_dropout_is_on_even_if_the_model_came_from_an_evaluation():
    ready = Classifier()
    evaluated = Classifier().eval()
    for model in (ready, evaluated):
        fit(model, as_list(articles()), epochs=1, lr=0.01)
    assert equal(ready, evaluated) and evaluated.training


def test_frozen_parameters_stay():
    model = Classifier()
    before = copy.deepcopy(model)
    model.emb.requires_grad_(False)
    fit(model, as_list(articles()), epochs=1, lr=0.1)
    assert equal(model.emb, before.emb) and not equal(model.linear, before.linear)


@pytest.mark.parametrize("clip, moved", [(1e-12, False), (1.0, True), (0, True)])
def test_gradients_of_all_parameters_are_clipped(clip, moved):
    """With a norm of 1e-12 Adam's epsilon, 1e-8, outweighs every gradient."""
    model = Classifier()
    before = copy.deepcopy(model)
    fit(model, as_list(articles()), epochs=1, lr=0.1, clip=clip, weight_decay=0)
    for a, b in zip(model.parameters(), before.parameters(), strict=True):
        assert ((a.cpu() - b).abs().max() > 1e-2) == moved


@pytest.mark.parametrize("poison", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_ends_the_run(poison):
    model = Classifier()
    with torch.no_grad():
        model.linear.bias[0] = poison
    weights = copy.deepcopy(model.emb)
    with pytest.raises(
        FloatingPointError,
        match=r"epoch 1, step 1: the loss is (nan|inf)\. Try a lower lr than 0\.01\.",
    ):
        fit(model, as_list(articles()), epochs=1, lr=0.01)
    assert equal(model.emb, weights)  # the last finite ones are still there


class Bag(Classifier):
    """The mean of the word vectors: not every CPU has bfloat16 for LSTMs."""

    def forward(self, x, lengths):
        return self.linear(self.emb(x).sum(1).repeat(1, 2) / lengths[:, None])


def test_mixed_precision_and_back():
    """Two precisions in one notebook; afterwards the model is as plain as before."""
    for precision in ("bf16", "no"):
        model = Bag()
        history = fit(model, buckets(articles()), epochs=6, lr=0.03, precision=precision)
        assert history.train_loss.iloc[-1] < 0.4
        logits, _ = predict(pickle.loads(pickle.dumps(model)), as_list(articles()))
        assert torch.equal(logits, predict(copy.deepcopy(model), as_list(articles()))[0])


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU has bfloat16 for LSTMs")
@pytest.mark.parametrize("works", [True, False])
def test_a_cpu_without_bfloat16_for_lstms_says_so_before_the_first_step(monkeypatch, works):
    def fails(*_):
        raise RuntimeError("could not create a primitive descriptor")

    monkeypatch.setattr(training, "lstm_takes_bfloat16", lambda: works)
    model = Classifier()
    monkeypatch.setattr(model.lstm, "forward", fails)
    weights = copy.deepcopy(model.state_dict())
    way_out = "no instructions .* leave out precision='bf16'"
    error, message = (RuntimeError, "primitive") if works else (ValueError, way_out)
    with pytest.raises(error, match=message):
        fit(model, as_list(articles()), epochs=1, lr=0.01, precision="bf16")
    assert all(torch.equal(weights[name], value) for name, value in model.state_dict().items())


def test_a_cell_stopped_in_the_middle_leaves_a_plain_model():
    class Stopped(list):
        def __iter__(self):
            yield self[0]
            raise KeyboardInterrupt

    model = Bag()
    with pytest.raises(KeyboardInterrupt):
        fit(model, Stopped(as_list(articles())), epochs=1, lr=0.01, precision="bf16")
    model.cpu().eval()
    inputs = as_list(articles())[0][:2]
    assert torch.equal(
        model(*inputs), Bag.forward(model, *inputs)
    )  # and not rounded to bfloat16 on the way


def test_a_second_run_has_its_own_precision():
    """Accelerate marks a model that it has prepared, and would pass over it the next time."""
    model = Bag()
    seen = []
    next(model.children()).register_forward_pre_hook(
        lambda *_: seen.append(
            torch.is_autocast_enabled("cuda" if torch.cuda.is_available() else "cpu")
        )
    )
    for precision in ("no", "bf16", "no"):
        fit(model, as_list(articles()), epochs=1, lr=0.01, precision=precision)
    third = len(seen) // 3
    assert [set(seen[k * third : (k + 1) * third]) for k in range(3)] == [{False}, {True}, {False}]


@pytest.mark.parametrize(
    "train, valid, epochs, messages",
    [
        ([], None, 1, ["there is no batch to train on$"]),
        (
            plain(articles(20)),
            None,
            0,
            ["epochs must be a whole number from 1, not 0$"],
        ),
        (
            DataLoader(articles(20), batch_size=64, drop_last=True, collate_fn=collate),
            None,
            1,
            ["no batch to train on: 20 documents, batch_size 64, drop_last True; take more"],
        ),
        (as_list(articles(20)), [], 1, ["there is no batch to validate on$"]),
        (iter([1]), iter([2]), 1, ["train on can be read only once", "validate on can be read"]),
        (plain(Stream(articles(20))), None, 1.5, ["epochs must be .* not 1.5", "have no length"]),
    ],
)
def test_what_cannot_be_trained_is_said_before_the_first_step(train, valid, epochs, messages):
    with pytest.raises(ValueError) as caught:
        fit(never(Classifier()), train, valid, epochs=epochs, lr=0.01)
    for message in messages:
        assert re.search(message, str(caught.value))


def test_fit_chooses_the_threads_and_its_bar_names_them(monkeypatch):
    shown = []

    class Bar(training.tqdm):
        def __init__(self, *arguments, **keywords):
            shown.append(keywords["desc"])
            super().__init__(*arguments, **keywords)

    monkeypatch.setattr(training, "tqdm", Bar)
    monkeypatch.setattr(training, "choose_threads", lambda: 17)
    fit(Classifier(), as_list(articles(8)), epochs=1, lr=0.01)
    assert shown == ["training" + ("" if torch.cuda.is_available() else ", CPU threads: 17")]


def test_private_names_of_accelerate():
    """`fit` needs two; this says which, should a new Accelerate rename them."""
    AcceleratorState._reset_state()
    model = nn.Linear(1, 1)
    Accelerator(cpu=True).prepare(model)
    assert model._is_accelerate_prepared
    AcceleratorState._reset_state()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("precision", ["no", "bf16", "fp16"])
@pytest.mark.parametrize("batches", [buckets, as_list])
def test_on_a_gpu(batches, precision):
    model = Classifier()
    history = fit(
        model,
        batches(articles()),
        as_list(articles(seed=1)),
        epochs=8,
        lr=0.03,
        precision=precision,
    )
    assert next(model.parameters()).is_cuda and history.valid_accuracy.iloc[-1] == 1
