"""Tests of checkpoints: a run that was cut off goes on to the weights of one that was not, and a
folder that can't be read or written is named, or costs the checkpoint and not the run."""

import os
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from accelerate import Accelerator
from training_helpers import (  # noqa: F401 (a fixture)
    RUN,
    Broken,
    Classifier,
    articles,
    as_list,
    breaking,
    buckets,
    equal,
    never,
    same_threads,
    shuffled,
)

from course_utils.training import fit


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
