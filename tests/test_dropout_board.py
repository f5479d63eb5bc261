"""The dropout board: its masks against fastai's modules, its network against PyTorch's."""

import numpy as np
import pytest
import torch
from explorer_helpers import HOSTILE, assert_harmless, controls, said, view, visible
from fastai.text.models.awdlstm import EmbeddingDropout, RNNDropout, WeightDropout
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from course_utils.explorers.dropout_board import KINDS, SIZE, DropoutBoard, _widget
from course_utils.explorers.page import INK

SENTENCE = "Wien ist Wien und bleibt Wien"


@pytest.fixture
def board():
    return DropoutBoard(SENTENCE)


@given(st.integers(0, 50), st.sampled_from(KINDS), st.booleans(), st.integers(0, 9))
def test_masks_hold_zeros_and_one_scale_and_locked_ones_are_one(seed, kind, locked, tenths):
    board = DropoutBoard(SENTENCE, {kind: tenths / 10})
    board.choose(kind, locked, seed)
    mask = board.mask(kind)
    scale = 1 / (1 - tenths / 10)
    assert np.isin(mask.round(5), [0, round(scale, 5)]).all()
    assert board.dropped(kind) == pytest.approx(1 - (mask > 0).mean())
    np.testing.assert_array_equal(mask, board.mask(kind))
    if kind == "embedding":
        assert (mask == mask[:, :1]).all()  # whole words
        if locked:  # Wien is one word wherever it stands
            assert (mask[0] == mask[2]).all() and (mask[0] == mask[5]).all()
    elif locked:
        assert (mask == mask[:1]).all() and board.distinct(kind) == 1
    elif kind in ("input", "weight") and 3 <= tenths <= 7:
        assert board.distinct(kind) > 1


def test_rates_are_met_on_average(board):
    for kind in KINDS:
        for locked in (True, False):
            shares = []
            for seed in range(60):
                board.choose(kind, locked, seed)
                shares.append(board.dropped(kind))
            assert np.mean(shares) == pytest.approx(board.rates[kind], abs=0.12)


def test_locked_masks_are_those_that_fastai_draws(board):
    ids = board._ids
    torch.manual_seed(KINDS.index("embedding"))
    theirs = EmbeddingDropout(board._embedding, board.rates["embedding"])(ids).detach()
    ours = board._embedding(ids).detach().numpy() * board.mask("embedding")
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
    for kind in ("input", "hidden", "output"):
        torch.manual_seed(KINDS.index(kind))
        theirs = RNNDropout(board.rates[kind])(torch.ones(1, len(ids), SIZE))[0]
        np.testing.assert_allclose(board.mask(kind), theirs, atol=1e-6)
    module = nn.LSTM(SIZE, SIZE)
    module.load_state_dict(board._layers[0].state_dict())
    dropped = WeightDropout(module, board.rates["weight"])
    x = board._embedding(ids).detach()[:, None]
    torch.manual_seed(KINDS.index("weight"))
    output, _ = dropped(x)
    np.testing.assert_allclose(board.run("weight").first, output[:, 0].detach(), atol=1e-6)


@pytest.mark.parametrize("kind", [None, *KINDS])
def test_network_is_that_of_pytorch_with_the_mask_in_its_place(board, kind):
    place = {name: torch.tensor(board.mask(name)).float() for name in ([kind] if kind else [])}
    one = torch.ones(())
    with torch.no_grad():
        x = board._embedding(board._ids)
        x = x * place.get("embedding", one) * place.get("input", one)
        first = nn.LSTM(SIZE, SIZE)
        weights = dict(board._layers[0].named_parameters())
        if kind == "weight":
            weights["weight_hh_l0"] = weights["weight_hh_l0"] * place["weight"][0]
        h, _ = torch.func.functional_call(first, weights, (x,))
        h = h * place.get("hidden", one)
        y = board._layers[1](h)[0] * place.get("output", one)
        whole = board._layers[1](board._layers[0](board._embedding(board._ids))[0])[0]
    run = board.run(kind)
    for mine, theirs in zip(run, (x, h, y), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-6)
    if kind:
        moved = float((y[-1] - whole[-1]).norm() / whole[-1].norm())
        assert board.change(kind) == pytest.approx(moved, abs=1e-5)


def test_fresh_weights_change_from_word_to_word(board):
    board.choose("weight", False, 3)
    seen = set()
    for t in range(1, 7):
        board.look_at(t)
        seen.add(board.as_text())
        masked = board._layers[0].weight_hh_l0.detach().numpy() * board.mask("weight")[t - 1]
        np.testing.assert_allclose(board.values(), masked[SIZE : 2 * SIZE], atol=1e-6)
    assert len(seen) == 6


@pytest.mark.training
def test_every_control_over_its_range_shows_the_numbers(board):
    box = _widget(board)
    have = controls(box)
    for kind in (*KINDS[2:], *KINDS[:2]):
        have["dropout"].value = kind
        for locked in (False, True):
            have["locked: one mask for all words"].value = locked
            for tenths in range(10):
                have["rate"].value = tenths / 10
                text = visible(view(box))
                for name, value in board.figures().items():
                    assert name in text and value in text
                assert f"{board.dropped(kind):.1%}" in text and f"{board.change(kind):.1%}" in text
                for value in board.values()[board.kept()]:
                    assert f"{abs(value):.2f}" in text
        assert board.rates[kind] == 0.9
    for seed in (1, 50, 99, 0):
        have["draw"].value = seed
        assert "Input dropout, locked" in said(box)
    for t in (2, 3, 4, 5, 6, 1):
        have["word t"].value = t
        assert board.t == t
    have["word t"].value = 6
    have["sentence"].value = "Graz"
    assert have["word t"].value == have["word t"].max == 1


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_shown_as_text(board, text):
    box = _widget(board)
    controls(box)["sentence"].value = text
    assert_harmless(view(box))
    assert len(view(box)) < 120_000


def test_errors(board):
    box = _widget(board)
    controls(box)["sentence"].value = ""
    assert "no word" in said(box)
    with pytest.raises(ValueError, match=r"no dropout \['inputs'\]"):
        DropoutBoard(SENTENCE, {"inputs": 0.5})
    with pytest.raises(ValueError, match="no dropout 'x'"):
        board.choose("x", True, 0)
    with pytest.raises(ValueError, match="from 0 to below 1, not 1"):
        board.set_rate(1)
    with pytest.raises(ValueError, match="word 7 does not exist"):
        board.look_at(7)


def test_the_picture_has_both_ways_of_every_dropout_and_frames_the_one_looked_at(board):
    cells = 2 * len(KINDS) * len(board.words) * SIZE
    for kind in KINDS:
        for locked in (True, False):
            board.choose(kind, locked, 7)
            picture = board.html().split("</svg>")[0]
            assert picture.count("M") == cells and picture.count('fill="none"') == 1
            dark = sum(path.count("M") for path in picture.split("<path ") if INK in path[-30:])
            masks = [board.mask(other, way) == 0 for other in KINDS for way in (True, False)]
            whole = [mask for mask in masks if mask.ndim == 2]
            assert dark >= sum(mask.sum() for mask in whole) > 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("locked", [True, False])
def test_dropped_numbers_are_crossed_and_small_ones_are_not(board, kind, locked):
    board.choose(kind, locked, 3)
    board._embedding.weight.data *= 1e-4  # what is kept is rounded to 0.00, too
    board.look_at(4)
    mask = board.mask(kind)
    mask = mask[3, SIZE : 2 * SIZE] if kind == "weight" else mask
    dropped = int((mask == 0).sum())
    values = board.html().split("black with × is dropped")[1]
    assert values.count(">×</td>") == dropped
    assert values.count("</td>") == mask.size
    assert sum(line.count("×") for line in board.as_text().splitlines()[2:]) == dropped


def test_the_caption_says_of_which_choice_its_shares_are(board):
    for locked, name in ((True, "locked"), (False, "fresh")):
        board.choose("input", locked, 5)
        shares = ", ".join(f"{kind}: {board.dropped(kind):.0%} dropped" for kind in KINDS)
        assert f"in this draw, {name}, {shares}" in board.html()
