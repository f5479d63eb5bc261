"""Tests of the training loop on a problem that a few steps solve: which word comes more often.
A loop that forgets to seed, to resume or to leave frozen weights alone still trains."""

import copy
import json
import math
import os
import pickle
import random
import re
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from torch import nn
from torch.nn import functional as F
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    Sampler,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
)

from course_utils import training
from course_utils.batching import LengthBuckets, pad_batch
from course_utils.data_digest import digest_data
from course_utils.generators import find_generators
from course_utils.lstm import PaddedLSTM
from course_utils.training import fit, predict


@pytest.fixture(autouse=True)
def same_threads(monkeypatch):
    """Two runs are compared to the last bit, which may hang on the number of threads."""
    monkeypatch.setenv("COURSE_THREADS", str(torch.get_num_threads()))


def articles(n=60, seed=0):
    """Documents of words 2–5 with their label: whether most words are above 3."""
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(3, 30, (n,), generator=generator).tolist()
    words = [
        torch.randint(0, 2, (length,), generator=generator) + 2 + 2 * (i % 2)
        for i, length in enumerate(lengths)
    ]
    return [(document.tolist(), i % 2) for i, document in enumerate(words)]


def collate(pairs):
    documents, labels = zip(*pairs, strict=True)
    return pad_batch(documents, labels)


def buckets(pairs, **keywords):
    return DataLoader(
        pairs,
        batch_sampler=LengthBuckets([len(d) for d, _ in pairs], tokens=200),
        collate_fn=collate,
        **keywords,
    )


def shuffled(pairs):
    return DataLoader(
        pairs,
        batch_size=8,
        shuffle=True,
        collate_fn=collate,
        generator=torch.Generator().manual_seed(0),
    )


def as_list(pairs):
    return [collate(pairs[i : i + 8]) for i in range(0, len(pairs), 8)]


class Classifier(nn.Module):
    """Embedding, dropout, PaddedLSTM, linear: all that a checkpoint must bring back."""

    def __init__(self, seed=0, hidden_size=8):
        super().__init__()
        torch.manual_seed(seed)
        self.emb = nn.Embedding(6, 4, padding_idx=0)
        self.dropout = nn.Dropout(0.2)
        self.lstm = PaddedLSTM(4, hidden_size)
        self.linear = nn.Linear(hidden_size, 2)

    def forward(self, x, lengths):
        return self.linear(self.lstm(self.dropout(self.emb(x)), lengths)[1][-1])


def equal(a, b):
    return all(
        torch.equal(p.cpu(), q.cpu())
        for p, q in zip(a.state_dict().values(), b.state_dict().values(), strict=True)
    )


# --- predict ----------------------------------------------------------------------------------


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


def plain(pairs, **keywords):
    return DataLoader(pairs, batch_size=8, collate_fn=collate, **keywords)


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


class Stream(IterableDataset):
    def __init__(self, pairs):
        self.pairs = pairs

    def __iter__(self):
        return iter(self.pairs)


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


# --- fit --------------------------------------------------------------------------------------


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


def never(model):
    """`model`, which must not be asked for anything."""
    model.register_forward_pre_hook(lambda *_: pytest.fail("a step was made"))
    return model


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


# --- Checkpoints ------------------------------------------------------------------------------


class Broken(Exception):
    pass


def breaking(batches, after):
    """The batches, but after `after` of them the machine breaks down (the collate function)."""
    done = 0

    def collate_or_break(pairs):
        nonlocal done
        done += 1
        if done > after:
            raise Broken
        return collate(pairs)

    batches.collate_fn = collate_or_break
    return batches


@pytest.mark.parametrize("batches", [buckets, shuffled])
def test_a_run_that_was_cut_off_goes_on_to_the_same_weights(tmp_path, batches):
    pairs = articles()
    valid = as_list(articles(seed=1))
    whole = Classifier()
    expected = fit(whole, batches(pairs), valid, epochs=3, lr=0.02)

    with pytest.raises(Broken):
        fit(
            Classifier(),
            breaking(batches(pairs), after=len(batches(pairs)) * 3 // 2),
            valid,
            epochs=3,
            lr=0.02,
            checkpoint=tmp_path,
        )
    resumed = Classifier(seed=9)  # its weights come from the checkpoint
    history = fit(resumed, batches(pairs), valid, epochs=3, lr=0.02, checkpoint=tmp_path)
    assert equal(resumed, whole)
    pd.testing.assert_frame_equal(history.drop(columns="seconds"), expected.drop(columns="seconds"))

    finished = Classifier(seed=9)  # nothing left to do
    assert (
        len(
            fit(
                finished,
                breaking(batches(pairs), after=0),
                valid,
                epochs=3,
                lr=0.02,
                checkpoint=str(tmp_path),
            )
        )
        == 3
    )
    assert equal(finished, whole)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["epoch3", "history.json"]


def in_one_buffer(model):
    """`model`, the weights of its LSTM laid one behind the other, as cuDNN does it."""
    weights = list(model.lstm.parameters())
    buffer = torch.cat([weight.detach().flatten() for weight in weights])
    parts = buffer.split([weight.numel() for weight in weights])
    for weight, part in zip(weights, parts, strict=True):
        weight.data = part.view_as(weight)
    return model


def test_weights_that_share_a_buffer_are_all_in_the_checkpoint(tmp_path):
    whole = Classifier()
    run = RUN
    fit(whole, buckets(articles()), **run)
    with pytest.raises(Broken):
        fit(
            in_one_buffer(Classifier()),
            breaking(buckets(articles()), after=len(buckets(articles())) + 1),
            **run,
            checkpoint=tmp_path,
        )
    resumed = in_one_buffer(Classifier(seed=9))
    fit(resumed, buckets(articles()), **run, checkpoint=tmp_path)
    assert equal(resumed, whole)


def test_a_break_while_a_checkpoint_is_written_does_not_spoil_the_last(tmp_path, monkeypatch):
    run: dict[str, Any] = {"epochs": 3, "lr": 0.02, "checkpoint": tmp_path}
    whole = Classifier()
    fit(whole, buckets(articles()), epochs=3, lr=0.02)
    real = pd.DataFrame.to_json
    calls = []

    def breaks_the_second_time(frame, *arguments, **keywords):
        calls.append(frame)
        if len(calls) == 2:
            raise Broken
        return real(frame, *arguments, **keywords)

    monkeypatch.setattr(pd.DataFrame, "to_json", breaks_the_second_time)
    with pytest.raises(Broken):
        fit(Classifier(), buckets(articles()), **run)
    resumed = Classifier(seed=9)
    assert len(fit(resumed, buckets(articles()), **run)) == 3
    assert equal(resumed, whole)


def test_a_history_cut_off_while_it_is_written_does_not_count(tmp_path):
    run: dict[str, Any] = {"lr": 0.02, "checkpoint": tmp_path}
    whole = Classifier()
    fit(whole, buckets(articles()), epochs=3, lr=0.02)
    with pytest.raises(Broken):
        fit(
            Classifier(),
            breaking(buckets(articles()), after=len(buckets(articles())) * 3 // 2),
            epochs=3,
            **run,
        )
    (tmp_path / "history.json.new").write_text('[{"epo', encoding="utf-8")
    resumed = Classifier(seed=9)
    fit(resumed, buckets(articles()), epochs=3, **run)
    assert equal(resumed, whole)


def freeze(model):
    model.emb.requires_grad_(False)
    return model


def seeded():
    return torch.Generator().manual_seed(7)


def weighted(pairs):
    return plain(pairs, sampler=WeightedRandomSampler([1.0, 3.0] * 30, 60, generator=seeded()))


def subset(pairs):
    return plain(pairs, sampler=SubsetRandomSampler(range(50), generator=seeded()))


def batch_sampler(pairs):
    inner = BatchSampler(RandomSampler(pairs, generator=seeded()), 8, False)
    return DataLoader(pairs, batch_sampler=inner, collate_fn=collate)


def weighted_batches(pairs):
    inner = WeightedRandomSampler([1.0] * 60, 60, generator=seeded())
    return DataLoader(pairs, batch_sampler=BatchSampler(inner, 8, False), collate_fn=collate)


RUN: dict[str, Any] = {"epochs": 2, "lr": 0.02}


@pytest.mark.parametrize(
    "change, message",
    [
        ({"epochs": 4}, "epochs 2 there, 4 here"),
        ({"epochs": 1}, "epochs 2 there, 1 here"),
        ({"lr": 0.01, "seed": 3}, "lr 0.02 there, 0.01 here; seed 0 there, 3 here"),
        ({"weight_decay": 0}, "weight_decay 0.01 there, 0.0 here"),
        ({"clip": 0}, "clip 1.0 there, 0.0 here"),
        ({"precision": "bf16"}, "precision no there, bf16 here"),
        (
            {"model": Classifier(hidden_size=9)},
            r"in the model lstm.weight_ih_l0 \(32, 4\) there, \(36",
        ),
        ({"model": freeze(Classifier())}, r"emb.weight \(6, 4\) there, \(6, 4\) frozen here"),
        ({"data": buckets(articles(59))}, "documents 60 there, 59 here; words"),
        ({"data": as_list(articles(60))}, "tokens a batch 200 there, None here"),
        ({"data": weighted(articles(60))}, "sampler SequentialSampler there, WeightedRandom"),
    ],
)
def test_a_folder_of_another_run_is_refused_before_the_first_step(tmp_path, change, message):
    fit(Classifier(), buckets(articles()), **RUN, checkpoint=tmp_path)
    before = sorted(tmp_path.rglob("*"))
    model = never(copy.deepcopy(change.pop("model", Classifier(seed=9))))
    weights = copy.deepcopy(model.state_dict())
    data = change.pop("data", buckets(articles()))
    with pytest.raises(ValueError, match=f"belongs to another run .*{message}.*give fit what"):
        fit(model, data, **{**RUN, **change}, checkpoint=tmp_path)
    assert all(torch.equal(a, weights[name]) for name, a in model.state_dict().items())
    assert sorted(tmp_path.rglob("*")) == before


def plainly_shuffled(pairs):
    return plain(pairs, shuffle=True)


def other_documents(pairs):
    return articles(len(pairs), seed=5)


def other_labels(pairs):
    return [(document, 1 - label) for document, label in pairs]


def cut(pairs):
    return [(document[:3], label) for document, label in pairs]


def as_tensors(pairs):
    x, lengths, y = collate(pairs)
    return DataLoader(TensorDataset(x, lengths, y), batch_size=8)


def part(pairs):
    return plain(Subset(pairs, range(30)))


def own(pairs):
    return plain(Noisy(pairs))


@pytest.mark.parametrize("change", [other_documents, other_labels, cut])
@pytest.mark.parametrize("batches", [plainly_shuffled, as_list, buckets, as_tensors, part, own])
def test_a_folder_of_other_data_is_refused(tmp_path, batches, change):
    fit(Classifier(), batches(articles()), **RUN, checkpoint=tmp_path)
    with pytest.raises(ValueError, match="another run .*(their order are not those|words)"):
        fit(never(Classifier()), batches(change(articles())), **RUN, checkpoint=tmp_path)
    random_state = torch.get_rng_state(), random.getstate()
    assert digest_data(batches(articles())) == digest_data(batches(articles()))
    assert torch.equal(torch.get_rng_state(), random_state[0])
    assert random.getstate() == random_state[1]


def test_a_digest_tells_data_apart_and_not_how_they_are_held():
    pairs = articles()
    as_arrays = [(np.array(document, dtype="int32"), np.int64(y)) for document, y in pairs]
    assert digest_data(plain(as_arrays)) == digest_data(plain(pairs))
    words = [torch.tensor(document) for document, _ in pairs]
    assert digest_data(words) == digest_data([document for document, _ in pairs])
    tables = [[1, 2], [1.0, 2.0], ["1", "2"], [[1], [2]], [[1, 2]], [2, 1], [1, 2, 0], [{1: 2}]]
    different = [digest_data(table) for table in (*tables, [torch.ones(2)], [torch.zeros(2)])]
    assert len({*different}) == len(different) and None not in different


def test_data_that_cannot_be_read_without_side_effects_are_not_read():
    class Lazy(Dataset):
        def __init__(self):
            self.known = [None] * 3

        def __getitem__(self, i):
            pytest.fail("was read")

        def __len__(self):
            return 3

    unknown = [plain(Stream(articles())), plain(Lazy()), [object()], iter([1])]
    assert [digest_data(batches) for batches in unknown] == [None] * 4


def test_a_folder_from_before_the_digest_goes_on(tmp_path):
    run: dict[str, Any] = {"epochs": 3, "lr": 0.02}
    whole = Classifier()
    fit(whole, as_list(articles()), **run)
    with pytest.raises(Broken):
        fit(broken_after(12), as_list(articles()), **run, checkpoint=tmp_path)
    path = tmp_path / "epoch1" / "run.json"
    its_run = json.loads(path.read_text(encoding="utf-8"))
    del its_run["data"]
    path.write_text(json.dumps(its_run), encoding="utf-8")
    resumed = Classifier(seed=9)
    fit(resumed, as_list(articles()), **run, checkpoint=tmp_path)
    assert equal(resumed, whole)


def no_history(folder):
    (folder / "history.json").write_text('[{"epo', encoding="utf-8")


def no_state(folder):
    (folder / "epoch2").rename(folder / "away")


def no_run(folder):
    (folder / "epoch2" / "run.json").unlink()


def half_the_weights(folder):
    path = folder / "epoch2" / "pytorch_model.bin"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize("damage", [no_history, no_state, no_run, half_the_weights])
def test_a_damaged_folder_is_named_with_the_way_out(tmp_path, damage):
    fit(Classifier(), buckets(articles()), **RUN, checkpoint=tmp_path)
    damage(tmp_path)
    with pytest.raises(ValueError, match="can't be read .*name another folder, or remove this"):
        fit(never(Classifier()), buckets(articles()), **RUN, checkpoint=tmp_path)


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_folder_that_cannot_be_written_is_tried_before_training(tmp_path, below):
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    with pytest.raises(OSError, match="can't be written .*so nothing was trained: name a folder"):
        fit(never(Classifier()), buckets(articles()), **RUN, checkpoint=file / below)


@pytest.mark.skipif(sys.platform == "win32", reason="rights of folders are others there")
@pytest.mark.skipif(getattr(os, "geteuid", int)() == 0, reason="root may write everywhere")
def test_a_folder_without_rights(tmp_path):
    fit(Classifier(), buckets(articles()), **RUN, checkpoint=tmp_path / "done")
    (tmp_path / "new").mkdir()
    for name in ("done", "new"):
        (tmp_path / name).chmod(0o500)
    with pytest.raises(PermissionError, match="can't be written"):
        fit(never(Classifier()), buckets(articles()), **RUN, checkpoint=tmp_path / "new")
    run = {**RUN, "checkpoint": tmp_path / "done"}  # nothing is left to be written
    assert len(fit(never(Classifier()), buckets(articles()), **run)) == 2


@pytest.mark.parametrize("fault", [OSError("no space left"), RuntimeError("file write failed")])
@pytest.mark.parametrize("where", ["state", "history"])
def test_a_full_disk_costs_the_checkpoint_and_not_the_run(tmp_path, monkeypatch, fault, where):
    whole = Classifier()
    expected = fit(whole, buckets(articles()), epochs=3, lr=0.02)
    owner, name = (Accelerator, "save_state") if where == "state" else (Path, "replace")
    if where == "history":
        fault = OSError("no space left")
    real = getattr(owner, name)
    calls = []

    def full_from_the_second_time(*arguments, **keywords):
        calls.append(arguments)
        if len(calls) > 1:
            raise fault
        return real(*arguments, **keywords)

    monkeypatch.setattr(owner, name, full_from_the_second_time)
    model = Classifier()
    with pytest.warns(UserWarning, match=f"epoch[23] could not be written .{fault}"):
        history = fit(model, buckets(articles()), epochs=3, lr=0.02, checkpoint=tmp_path)
    assert equal(model, whole) and len(history) == 3
    monkeypatch.undo()
    resumed = Classifier(seed=9)
    history = fit(resumed, buckets(articles()), epochs=3, lr=0.02, checkpoint=tmp_path)
    assert equal(resumed, whole)
    pd.testing.assert_frame_equal(history.drop(columns="seconds"), expected.drop(columns="seconds"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["epoch3", "history.json"]


class Draws(Sampler):
    """A sampler that draws from a generator of NumPy or Python, or from torch's, under any name."""

    def __init__(self, n, source):
        self.n = n
        self._source = source

    def __iter__(self):
        draw = getattr(self._source, "integers", getattr(self._source, "randrange", None))
        draw = draw or self._source.randint
        return (int(draw(0, self.n)) for _ in range(self.n))

    def __len__(self):
        return self.n


class Noisy(Dataset):
    """Documents that lose words at random."""

    def __init__(self, pairs):
        self.pairs = pairs
        self.rng = random.Random(5)

    def __getitem__(self, i):
        document, label = self.pairs[i]
        kept = [word for word in document if self.rng.random() < 0.8]
        return kept or document, label

    def __len__(self):
        return len(self.pairs)


def numpy_draws(pairs):
    return plain(pairs, sampler=Draws(len(pairs), np.random.default_rng(7)))


def old_numpy_draws(pairs):
    return plain(pairs, sampler=Draws(len(pairs), np.random.RandomState(7)))


def python_draws(pairs):
    return plain(pairs, sampler=Draws(len(pairs), random.Random(7)))


def noisy(pairs):
    return plain(Noisy(pairs), shuffle=True)


SAMPLERS = [
    weighted,
    subset,
    batch_sampler,
    weighted_batches,
    numpy_draws,
    old_numpy_draws,
    python_draws,
    noisy,
]


@pytest.mark.parametrize("same_loader", [False, True])  # a cell that is run again
@pytest.mark.parametrize("batches", SAMPLERS)
def test_generators_of_samplers_go_on_too(tmp_path, batches, same_loader):
    pairs = articles()
    run: dict[str, Any] = {"epochs": 3, "lr": 0.02}
    whole = Classifier()
    fit(whole, batches(pairs), batches(pairs), **run)
    first = batches(pairs)
    valid = batches(pairs)
    with pytest.raises(Broken):
        cut_off = breaking(first, after=len(first) * 3 // 2)
        fit(Classifier(), cut_off, valid, **run, checkpoint=tmp_path)
    again = first if same_loader else batches(pairs)
    again.collate_fn = collate
    resumed = Classifier(seed=9)
    fit(resumed, again, valid if same_loader else batches(pairs), **run, checkpoint=tmp_path)
    assert equal(resumed, whole)


class Dropping:
    """A transform or collate function that loses words by a generator of its own."""

    def __init__(self, generator):
        self.generator = generator

    def __call__(self, pairs):
        return collate([(lose(document, self.generator), label) for document, label in pairs])


def lose(document, generator):
    kept = torch.rand(len(document), generator=generator) < 0.8
    return [word for word, stays in zip(document, kept, strict=True) if stays] or document


class Transformed(Dataset):
    def __init__(self, pairs, transform):
        self.pairs = pairs
        self.transform = transform

    def __getitem__(self, i):
        document, label = self.pairs[i]
        return self.transform(document), label

    def __len__(self):
        return len(self.pairs)


class Several(Sampler):
    """Draws by generators in a list or dict."""

    def __init__(self, n, sources):
        self.n = n
        self.sources = sources

    def __iter__(self):
        source = self.sources["first"] if isinstance(self.sources, dict) else self.sources[0]
        return iter(torch.randperm(self.n, generator=source).tolist())

    def __len__(self):
        return self.n


def in_transform(pairs):
    source = seeded()
    return plain(Transformed(pairs, lambda document: lose(document, source)))


def in_partial(pairs):
    return plain(Transformed(pairs, partial(lose, generator=seeded())))


def in_method(pairs):
    return DataLoader(pairs, batch_size=8, collate_fn=Dropping(seeded()).__call__)


def in_collate(pairs):
    return DataLoader(pairs, batch_size=8, collate_fn=Dropping(seeded()))


def in_list(pairs):
    return plain(pairs, sampler=Several(len(pairs), [seeded()]))


def in_dict(pairs):
    return plain(pairs, sampler=Several(len(pairs), {"first": seeded()}))


SHARED = torch.Generator()


def collate_by_name(pairs):
    return collate([(lose(document, SHARED), label) for document, label in pairs])


def in_module(pairs):
    SHARED.manual_seed(7)
    return DataLoader(pairs, batch_size=8, collate_fn=collate_by_name)


HIDDEN = [in_transform, in_partial, in_method, in_collate, in_list, in_dict, in_module]


def broken_after(steps):
    model = Classifier()
    left = iter(range(steps))

    def step_or_break(*_):
        if next(left, None) is None:
            raise Broken

    model.register_forward_pre_hook(step_or_break)
    return model


@pytest.mark.parametrize("batches", HIDDEN)
def test_generators_that_are_no_attributes_go_on_too(tmp_path, batches):
    pairs = articles()
    run: dict[str, Any] = {"epochs": 3, "lr": 0.02}
    whole = Classifier()
    fit(whole, batches(pairs), **run)
    with pytest.raises(Broken):
        fit(broken_after(12), batches(pairs), **run, checkpoint=tmp_path)
    resumed = Classifier(seed=9)
    fit(resumed, batches(pairs), **run, checkpoint=tmp_path)
    assert equal(resumed, whole)


def test_the_search_for_generators_ends_and_leaves_out_those_of_the_process():
    ring: list[Any] = [random.random, np.random.rand, torch.default_generator, torch, random]
    ring.append({"ring": ring, 2: (random.SystemRandom(), random.Random(1).random)})
    assert list(find_generators(ring, "train")) == ["train[5][2][1].__self__"]


# --- Several processes ------------------------------------------------------------------------


ONE_THREAD = {"OMP_NUM_THREADS": "1", "COURSE_THREADS": "1"}
needs_gloo = pytest.mark.skipif(
    sys.platform == "win32",
    reason="gloo under torchrun needs libuv, which torch's Windows wheels lack",
)


def together(folder, processes, *arguments):
    """Runs train_together.py in one process, or in several under torchrun."""
    launcher = (
        []
        if processes == 1
        else [
            "-m",
            "torch.distributed.run",
            "--standalone",
            "--local-addr",
            "127.0.0.1",
            "--nproc_per_node",
            str(processes),
        ]
    )
    script = Path(__file__).with_name("train_together.py")
    command = [sys.executable, *launcher, str(script), str(folder), *map(str, arguments)]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        env={**os.environ, **ONE_THREAD, "CUDA_VISIBLE_DEVICES": ""},
    )


@needs_gloo
@pytest.mark.training
def test_two_processes_learn_as_one_and_resume(tmp_path):
    """The same global batches: the same losses and weights in both, also after a break."""
    alone = tmp_path / "alone"
    pair = tmp_path / "pair"
    alone.mkdir(), pair.mkdir()
    assert together(alone, 1, 3).returncode == 0
    assert together(pair, 2, 3).returncode == 0
    expected, *histories = (
        pd.read_json(path).drop(columns="seconds")
        for path in (alone / "history-alone.json", pair / "history-0.json", pair / "history-1.json")
    )
    for history in histories:
        pd.testing.assert_frame_equal(history, expected, check_exact=False, rtol=0, atol=1e-4)
    truth, *weights = (
        torch.load(path)
        for path in (alone / "weights-alone.pt", pair / "weights-0.pt", pair / "weights-1.pt")
    )
    for name, value in truth.items():
        assert torch.equal(weights[0][name], weights[1][name])
        torch.testing.assert_close(weights[0][name], value, rtol=0, atol=1e-3)

    assert together(pair, 2, 3, 12).returncode != 0  # both break down in the middle of an epoch
    assert (pair / "checkpoint" / "history.json").is_file()
    assert together(pair, 2, 3, 10_000).returncode == 0
    for name, value in torch.load(pair / "weights-0.pt").items():
        assert torch.equal(value, weights[0][name])


@needs_gloo
@pytest.mark.parametrize("sizes", [(63, 1), (1, 31)])
@pytest.mark.training
def test_fewer_documents_than_processes_are_refused_before_training(tmp_path, sizes):
    run = together(tmp_path, 2, 3, 10_000, *sizes)
    assert run.returncode != 0
    assert "a document a rank; got 1 documents" in run.stderr
    assert "2 ranks" in run.stderr and "IndexError" not in run.stderr
    assert not list(tmp_path.iterdir())  # not one epoch


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
