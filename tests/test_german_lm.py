"""The language model that reads German: the loss is the loss, and a run that is broken off ends
where one that was not ends. Its weights are shipped under fastai's names."""

import json
import shutil

import numpy as np
import pytest
import torch
from german_helpers import folder, targets  # noqa: F401 (fixtures)
from torch.nn import functional as F

from course_utils.eight_bits import load_packed
from tools.german import ship
from tools.german.lm import ReaderLM, Shape, TiedCrossEntropy, held_out, streams
from tools.german.pieces import part_of
from tools.german.reading import Reading, Recipe


def test_streams_are_contiguous(tmp_path):
    np.arange(10, dtype=np.uint16).tofile(tmp_path / "x.u16")
    assert streams(tmp_path / "x.u16", 3).T.tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]


@pytest.mark.parametrize("block", [7, 64])
def test_the_loss_is_cross_entropy_and_so_is_its_gradient(block):
    torch.manual_seed(0)
    h = torch.randn(40, 16, requires_grad=True)
    weight = torch.randn(50, 16, requires_grad=True)
    y = torch.randint(0, 50, (40,))
    mine = TiedCrossEntropy.apply(h, weight, y, block)
    theirs = F.cross_entropy(F.linear(h, weight), y)
    torch.testing.assert_close(mine, theirs, rtol=1e-2, atol=0)
    for a, b in zip(
        torch.autograd.grad(mine, [h, weight]),
        torch.autograd.grad(theirs, [h, weight]),
        strict=True,
    ):
        assert (a - b).norm() < 0.02 * b.norm()


def reading(folder, targets):  # noqa: F811
    recipe = Recipe(streams=4, bptt=16, lr=1e-2, warmup=5)
    return Reading(folder, targets, Shape(300, 12, 20, 2), recipe)


@pytest.mark.training
def test_it_learns_and_a_broken_run_ends_where_a_whole_one_ends(targets, tmp_path):  # noqa: F811
    whole = reading(tmp_path / "whole", targets)
    before = held_out(whole.model, part_of(targets[0], "valid"), number=1)
    whole.run(400, decay=100, save_every=100, judge_every=400)
    after = held_out(whole.model, part_of(targets[0], "valid"), number=1)
    assert after < 0.7 * before
    assert whole.number >= 1  # it has gone through the texts more than once

    reading(tmp_path / "broken", targets).run(250, decay=0, save_every=250)
    again = reading(tmp_path / "broken", targets)
    assert (again.step, again.place) != (0, 0)
    again.run(400, decay=100)
    for a, b in zip(whole.model.parameters(), again.model.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)
    log = (tmp_path / "whole" / "log.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(log[-1])["held_out"].keys() == {"a", "b"}


def test_it_loads_into_fastai():
    """Weights by name: what AWD_LSTM calls weight_hh_l0_raw is nn.LSTM's weight_hh_l0."""
    from fastai.text.all import AWD_LSTM, get_language_model

    model = ReaderLM(Shape(60, 8, 12, 3))
    config = {"emb_sz": 8, "n_hid": 12, "n_layers": 3, "pad_token": 1, "bidir": False}
    config |= {f"{name}_p": 0.0 for name in ("input", "hidden", "embed", "weight", "output")}
    theirs = get_language_model(
        AWD_LSTM, 60, config={**config, "tie_weights": True, "out_bias": True}
    ).eval()
    theirs.load_state_dict(model.as_awd_lstm())
    x = torch.randint(2, 60, (3, 7))
    mine, _ = model(x.T)
    logits = F.linear(mine, model.embedding.weight).view(7, 3, 60).transpose(0, 1)
    theirs.reset()
    torch.testing.assert_close(theirs(x)[0], logits, rtol=0, atol=1e-5)


def test_the_language_model_is_shipped_under_fastais_names(targets, tmp_path):  # noqa: F811
    run = reading(tmp_path / "lm", targets)
    run.save()
    shutil.copyfile(targets[0].with_name("pieces.model"), tmp_path / "pieces.model")
    ship.ship_language_model(tmp_path, tmp_path / "german")
    weights = load_packed(tmp_path / "german" / "language-model.safetensors")
    names = run.model.as_awd_lstm().keys() - set(ship.SHARED)
    assert weights.keys() == names
    embedding = run.model.embedding.weight
    error = (weights["0.encoder.weight"] - embedding).abs().max() / embedding.abs().max()
    assert error < 1 / 127
