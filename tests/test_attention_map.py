"""The attention map: output, weights and beams against the lesson's own model and functions."""

import numpy as np
import pytest
import torch
from explorer_helpers import HOSTILE, assert_harmless, controls, said, view, visible

from course_utils import Vocabulary
from course_utils.dates import pieces
from course_utils.explorers.attention_map import AttentionMap, _widget
from course_utils.lessons import n08

TEXT = "am 3. Mai 2019 um 8.15 Uhr"


def explorer_over(kind=n08.WithAttention, text=TEXT):
    torch.manual_seed(0)
    vocabulary = Vocabulary.from_texts([TEXT, "Juni 12."], tokenizer=pieces)
    model = kind(n08.Encoder(vocabulary, size=16), size=16)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(3)  # far from equal weights
    return AttentionMap(model, text)


@pytest.fixture
def explorer():
    return explorer_over()


@pytest.mark.parametrize("text", [TEXT, "12. Juni 2020", "Mai"])
def test_output_and_weights_are_those_of_the_lesson(explorer, text):
    explorer.read(text)
    (output,), alphas = n08.greedy(explorer.model, [text])
    assert explorer.now.output == output
    assert explorer.now.pieces == pieces(text)
    np.testing.assert_allclose(explorer.now.weights, torch.cat(alphas), atol=1e-6)
    np.testing.assert_allclose(explorer.now.weights.sum(1), 1, atol=1e-5)


def test_probabilities_and_beams_are_the_models(explorer):
    y = torch.tensor([[explorer.signs.index(sign) for sign in explorer.now.output]])
    with torch.no_grad():
        logits = explorer.model(*n08.encode([TEXT], explorer.model.encoder.vocabulary), y)
    p = logits.double().softmax(1)[0].gather(0, y)[0]
    np.testing.assert_allclose(explorer.now.p, p, atol=1e-5)
    explorer.search(1)
    assert explorer.now.beams[0][0] == explorer.now.output
    assert explorer.now.beams[0][1] == pytest.approx(float(p.log().sum()), abs=1e-4)
    explorer.search(6)
    scores = [log_p for _, log_p in explorer.now.beams]
    assert len(scores) == 6 and scores == sorted(scores, reverse=True)
    for text, log_p in explorer.now.beams:
        y = torch.tensor([[explorer.signs.index(sign) for sign in text]])
        with torch.no_grad():
            logits = explorer.model(*n08.encode([TEXT], explorer.model.encoder.vocabulary), y)
        total = logits.double().log_softmax(1)[0].gather(0, y)[0].sum()
        assert log_p == pytest.approx(float(total), abs=1e-4)


def test_every_control_over_its_range_shows_the_numbers(explorer):
    box = _widget(explorer)
    have = controls(box)
    for i in (*range(2, 17), 1):
        have["character"].value = i
        row = explorer.now.weights[i - 1]
        text = visible(view(box))
        assert f"{row.max():.2f}" in text and f"{explorer.now.p[i - 1]:.1%}" in text
        assert f"Character {i} is {explorer.now.output[i - 1]}" in said(box)
    for weight in explorer.now.weights.ravel():
        number = f"{100 * weight:.0f}"
        assert number == "0" or f">{number}</td>" in view(box)
    for width in (*range(1, 4), *range(5, 11), 4):
        have["beams"].value = width
        assert len(explorer.now.beams) == width
        assert all(f"{log_p:.2f}" in visible(view(box)) for _, log_p in explorer.now.beams)
    old = explorer.now
    have["date"].value = "12. Juni 2020"
    assert explorer.before == old
    assert f"before {old.output}" in visible(view(box)).replace("  ", " ").replace("  ", " ")


def test_a_model_without_attention_has_no_map():
    explorer = explorer_over(n08.EncoderDecoder)
    assert explorer.now.weights is None
    assert "no attention" in visible(explorer.html())
    assert explorer.now.output == n08.greedy(explorer.model, [TEXT])[0][0]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_shown_as_text(explorer, text):
    box = _widget(explorer)
    controls(box)["date"].value = text
    assert_harmless(view(box))
    assert len(view(box)) < 120_000
    assert len(explorer.now.pieces) <= 40


def test_errors(explorer):
    box = _widget(explorer)
    before = view(box)
    controls(box)["date"].value = " "
    assert "no word" in said(box) and view(box) == before
    with pytest.raises(ValueError, match="character 17 does not exist: the output has 1 to 16"):
        explorer.look_at(17)


def test_a_text_that_is_cut_is_said(explorer):
    box = _widget(explorer)
    text = "1 Mai " * 50
    controls(box)["date"].value = text
    sentence = f"Only the first 40 of {len(pieces(text))} pieces are read."
    assert sentence in visible(view(box)) and sentence in said(box)
    controls(box)["date"].value = TEXT
    assert "Only the first" not in said(box)
