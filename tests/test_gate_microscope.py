"""The gate microscope: its numbers against `nn.LSTM` and against sums written out, its controls."""

import re
from functools import partial

import numpy as np
import pytest
import torch
from explorer_helpers import HOSTILE, assert_harmless, controls, said, strip_of, view, visible
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from course_utils import PaddedLSTM, Vocabulary
from course_utils.explorers.gate_microscope import ROWS, GateMicroscope, _widget, of_classifier
from course_utils.explorers.gates import spectral_radius

WORDS = ["Der", "Zug", "nach", "Wien", "fährt", "heute", "nicht"]
SENTENCE = " ".join(WORDS)


class Classifier(nn.Module):
    def __init__(self, n_words, n_inputs=5, hidden_size=4, **options):
        super().__init__()
        self.emb = nn.Embedding(n_words, n_inputs)
        self.lstm = PaddedLSTM(n_inputs, hidden_size, **options)


def microscope(seed=0, **options):
    torch.manual_seed(seed)
    vocabulary = Vocabulary(sorted(WORDS))
    model = Classifier(len(vocabulary), **options)
    return of_classifier(model, vocabulary, SENTENCE), model, vocabulary


@given(st.integers(0, 99), st.booleans())
def test_replay_is_the_forward_direction_of_the_models_lstm(seed, both):
    explorer, model, vocabulary = microscope(seed, bidirectional=both)
    x = model.emb(torch.tensor([vocabulary.encode(WORDS)]))
    output, _ = model.lstm(x, torch.tensor([len(WORDS)]))
    np.testing.assert_allclose(explorer.rows["h"], output[0, :, :4].detach(), atol=1e-6)
    assert explorer.difference < 1e-12
    assert "all units and words: below 1e-12" in explorer.html()
    c = explorer.rows["c"]
    before = np.vstack([np.zeros(4), c[:-1]])
    expected = explorer.rows["f"] * before + explorer.rows["i"] * explorer.rows["g"]
    np.testing.assert_allclose(c, expected, atol=1e-12)


@settings(max_examples=6)
@given(st.integers(0, 99), st.integers(-6, 6), st.integers(1, 30).map(lambda n: n / 10))
def test_gradient_is_that_of_small_steps_with_the_bent_weights(seed, forget_bias, factor):
    explorer, *_ = microscope(seed)
    explorer.bend(forget_bias, factor)
    radii = [spectral_radius(U) for U in np.split(explorer.weights()[1], 4)]
    assert radii == pytest.approx([factor * own for own in explorer.own_radii])
    moved = explorer.weights()[2] - microscope(seed)[0].weights()[2]
    np.testing.assert_allclose(moved, np.repeat([0, forget_bias, 0, 0], 4), atol=1e-12)
    slope = np.zeros_like(explorer._x)
    step = 1e-5
    for place in np.ndindex(*slope.shape):
        ends = []
        for sign in (1, -1):
            kept = explorer._x[place]
            explorer._x[place] = kept + sign * step
            explorer._replay()
            ends.append(explorer.rows["h"][-1].sum())
            explorer._x[place] = kept
        slope[place] = (ends[0] - ends[1]) / (2 * step)
    explorer._replay()
    np.testing.assert_allclose(explorer.gradient, np.linalg.norm(slope, axis=1), atol=1e-8)


def test_a_larger_forget_bias_carries_the_gradient_further():
    explorer, *_ = microscope()
    reach = []
    for forget_bias in (-4, 0, 4):
        explorer.bend(forget_bias, 0.5)
        reach.append(explorer.gradient[0] / explorer.gradient[-1])
    assert reach == sorted(reach) and reach[2] > 10 * reach[0]


def test_every_word_unit_bias_and_radius_shows_the_numbers_of_the_model():
    explorer, *_ = microscope()
    box = _widget(explorer)
    have = controls(box)
    for t in range(1, 8):
        have["word t"].value = t
        for unit in (2, 3, 4, 1):
            have["unit"].value = unit
            numbers = {name: rows[t - 1, unit - 1] for name, rows in explorer.rows.items()}
            text = visible(view(box))
            assert f"= {numbers['c']:.3f}" in text and f"= {numbers['h']:.3f}" in text
            for name in ROWS:
                assert f"{abs(numbers[name]):.2f}" in text
            assert f"cell {numbers['c']:.2f}" in said(box)
    for value in np.arange(-6, 6.5, 0.5):
        before = view(box)
        have["forget bias +"].value = float(value)
        assert explorer.forget_bias == value
        assert view(box) != before or value == 0
    for value in np.arange(8, -0.5, -0.5):
        have["× radius of W_h"].value = float(value)
        assert explorer.factor == value
        assert f"{explorer.gradient[0]:.1e}" in said(box)
        radii = ", ".join(f"{value * own:.2f}" for own in explorer.own_radii)
        assert f"spectral radii of W_h for i, f, g and o: {radii}" in visible(view(box))
    for unit in have["largest"].options:
        have["largest"].value = unit
        assert explorer.unit == unit == have["unit"].value
        assert f"cell {explorer.rows['c'][explorer.t - 1, unit - 1]:.2f}" in said(box)
    cells = np.abs(explorer.rows["c"][explorer.t - 1])
    assert list(have["largest"].options) == (1 + np.argsort(-cells, kind="stable")).tolist()
    have["as trained"].click()
    assert explorer.factor == have["× radius of W_h"].value == 1
    assert explorer.forget_bias == have["forget bias +"].value == 0


def test_text_holds_the_numbers_of_the_table():
    explorer, *_ = microscope()
    lines = explorer.as_text().splitlines()
    for line, name in zip(lines[2:8], ROWS, strict=True):
        numbers = [float(n) for n in re.findall(r"-?\d+\.\d+", line)]
        np.testing.assert_allclose(numbers, explorer.rows[name][:, 0], atol=0.0051)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_shown_as_text(text):
    explorer, *_ = microscope()
    box = _widget(explorer)
    controls(box)["sentence"].value = text
    assert_harmless(view(box) + box.children[-1].value)
    assert len(view(box)) < 60_000
    assert explorer.length <= 40
    if text is HOSTILE["long"]:
        assert "first 40 of 10,000 words" in visible(view(box))


def test_an_empty_sentence_says_what_to_do_and_changes_nothing():
    explorer, *_ = microscope()
    box = _widget(explorer)
    before = view(box)
    controls(box)["sentence"].value = "  "
    assert "no word in this text" in said(box)
    assert view(box) == before


def test_a_shorter_sentence_takes_the_word_back_into_it():
    explorer, *_ = microscope()
    box = _widget(explorer)
    have = controls(box)
    have["word t"].value = 7
    have["sentence"].value = "Der Zug"
    assert explorer.t == have["word t"].value == have["word t"].max == 2


def test_errors():
    explorer, *_ = microscope()
    with pytest.raises(ValueError, match="word 8 does not exist: the sentence has words 1 to 7"):
        explorer.go(8)
    with pytest.raises(ValueError, match="unit 5 does not exist: there are units 1 to 4"):
        explorer.look_at(5)
    with pytest.raises(ValueError, match="no word"):
        GateMicroscope(lambda words: torch.zeros(1, 2), nn.LSTM(2, 3), "")


def test_a_radius_that_goes_up_and_down_again_is_as_trained():
    explorer, *_ = microscope()
    box = _widget(explorer)
    factor = controls(box)["× radius of W_h"]
    trained = explorer.gradient.copy()
    before = view(box)
    factor.value += factor.step
    assert "as trained" in view(box)
    factor.value -= factor.step
    np.testing.assert_array_equal(explorer.gradient, trained)
    assert view(box) == before


def test_the_caption_says_how_small_a_gradient_is_below_the_end_of_its_axis():
    explorer, *_ = microscope()
    box = _widget(explorer)
    controls(box)["sentence"].value = SENTENCE * 4
    explorer.bend(-6, 0)
    assert 0 < explorer.gradient[0] < 1e-13
    text = explorer.html()
    first = f"{np.log10(explorer.gradient[0]):.2f} at the first word"
    trained = f"as trained {np.log10(explorer.as_trained[0]):.2f} and"
    assert text.count(first) == text.count(trained) == 2  # in the picture's label and below it
    assert text.count("the curve ends at -12") == 2
    explorer.gradient[0] = 0
    assert "below -300 at the first word" in explorer.html()


def test_the_strip_shows_the_bends_that_a_call_asks_for(monkeypatch):
    _, model, vocabulary = microscope()
    call = partial(strip_of, monkeypatch, "gate_microscope")
    words, _ = call(model, vocabulary, SENTENCE)
    assert [caption[:6] for caption, _, _ in words] == [f"Word {t}" for t in (1, 2, 3, 5, 6, 7)]
    bends = [(4, 1), (0, 4), (4, 2)]
    frames, box = call(model, vocabulary, SENTENCE, bends=bends)
    assert frames[0] == words[0]
    explorer, *_ = microscope()
    for (caption, html, _), (bias, factor) in zip(frames[1:], bends, strict=True):
        explorer.bend(bias, factor)
        assert caption.startswith(f"Forget bias {bias:+.1f}, radius × {factor:.1f}. Word 1 of 7")
        assert f"{explorer.gradient[0]:.1e}" in caption
        assert f"{np.log10(explorer.gradient[0]):.2f} at the first word" in html
    assert controls(box)["forget bias +"].value == 0
    assert controls(box)["× radius of W_h"].value == 1
