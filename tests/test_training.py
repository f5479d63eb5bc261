"""Tests of the training loop on a problem that a few steps solve: which word comes more often.
A loop that forgets to seed, to resume or to leave frozen weights alone still trains, only not what was meant."""

import copy
import math
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from course_utils.batching import LengthBuckets, pad_batch
from course_utils.lstm import PaddedLSTM
from course_utils.training import fit, predict


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
    documents, labels = zip(*pairs)
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
    """Embedding, dropout, PaddedLSTM, linear: small, but with everything that a checkpoint must bring back."""

    def __init__(self, seed=0):
        super().__init__()
        torch.manual_seed(seed)
        self.emb, self.dropout = nn.Embedding(6, 4, padding_idx=0), nn.Dropout(0.2)
        self.lstm, self.linear = PaddedLSTM(4, 8), nn.Linear(8, 2)

    def forward(self, x, lengths):
        return self.linear(self.lstm(self.dropout(self.emb(x)), lengths)[1][-1])


def equal(a, b):
    return all(
        torch.equal(p.cpu(), q.cpu())
        for p, q in zip(a.state_dict().values(), b.state_dict().values(), strict=True)
    )


# --- predict ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("training", [True, False])
def test_predict_keeps_order_and_mode(training):
    pairs, model = articles(), Classifier().train(training)
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


# --- fit -------------------------------------------------------------------------------------------------------------


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
    runs = []
    for seed in (1, 1, 2):
        torch.manual_seed(len(runs))  # what came before has no influence
        model = Classifier()
        fit(model, batches(articles()), epochs=2, lr=0.01, seed=seed)
        runs.append(model)
    assert equal(runs[0], runs[1]) and not equal(runs[0], runs[2])


def test_the_loss_is_the_mean_over_documents():
    pairs, model = articles(11), Classifier()
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
    ready, evaluated = Classifier(), Classifier().eval()
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
    for a, b in zip(model.parameters(), before.parameters()):
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
    model, seen = Bag(), []
    next(model.children()).register_forward_pre_hook(
        lambda *_: seen.append(
            torch.is_autocast_enabled("cuda" if torch.cuda.is_available() else "cpu")
        )
    )
    for precision in ("no", "bf16", "no"):
        fit(model, as_list(articles()), epochs=1, lr=0.01, precision=precision)
    third = len(seen) // 3
    assert [set(seen[k * third : (k + 1) * third]) for k in range(3)] == [{False}, {True}, {False}]


# --- Checkpoints -----------------------------------------------------------------------------------------------------


class Broken(Exception):
    pass


def breaking(batches, after):
    """The batches, but the machine breaks down after `after` of them (its collate function raises)."""
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
    pairs, valid = articles(), as_list(articles(seed=1))
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
    for weight, part in zip(weights, buffer.split([weight.numel() for weight in weights])):
        weight.data = part.view_as(weight)
    return model


def test_weights_that_share_a_buffer_are_all_in_the_checkpoint(tmp_path):
    whole, run = Classifier(), {"epochs": 2, "lr": 0.02}
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
    run = {"epochs": 3, "lr": 0.02, "checkpoint": tmp_path}
    whole = Classifier()
    fit(whole, buckets(articles()), epochs=3, lr=0.02)
    real, calls = pd.DataFrame.to_json, []

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
    run = {"lr": 0.02, "checkpoint": tmp_path}
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


# --- Several processes -----------------------------------------------------------------------------------------------


def together(folder, processes, *arguments):
    """Runs train_together.py in one process, or in several under torchrun; its exit code."""
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
        timeout=300,
        env={**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
    ).returncode


@pytest.mark.skipif(
    sys.platform == "win32",
    reason="gloo under torchrun needs libuv, which torch's Windows wheels lack",
)
def test_two_processes_learn_as_one_and_resume(tmp_path):
    """The same global batches: the same loss curve, the same weights in both; also if the run is cut off and taken up again."""
    alone, pair = tmp_path / "alone", tmp_path / "pair"
    alone.mkdir(), pair.mkdir()
    assert together(alone, 1, 3) == 0
    assert together(pair, 2, 3) == 0
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

    assert together(pair, 2, 3, 12) != 0  # both break down in the middle of an epoch
    assert (pair / "checkpoint" / "history.json").is_file()
    assert together(pair, 2, 3, 10_000) == 0
    for name, value in torch.load(pair / "weights-0.pt").items():
        assert torch.equal(value, weights[0][name])


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
