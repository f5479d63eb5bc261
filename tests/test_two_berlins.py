"""The two Berlins: places and probabilities against scikit-learn on the lesson's own model."""

import numpy as np
import pytest
import torch
from explorer_helpers import HOSTILE, assert_harmless, controls, said, view, visible
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from course_utils.explorers.two_berlins import TwoBerlins, _widget
from course_utils.journeys import FRAMES, ROLES, any_role, requests
from course_utils.lessons import n09

SENTENCE = "Ich suche einen Zug von Berlin nach Wien."


@pytest.fixture(scope="module")
def parts():
    tagged = requests(150, FRAMES, any_role(), seed=0)
    number = n09.numbering([tokens for tokens, _ in tagged])
    torch.manual_seed(0)
    model = n09.BiLM(len(number), 8, 8, 2)

    def vectors(tokens):
        return n09.word_states(model, number, tokens)[2]

    return vectors, tagged


@pytest.fixture
def explorer(parts):
    return TwoBerlins(*parts, SENTENCE)


def fitted(vectors, tagged):
    rows = [
        (vectors(tokens)[i].detach().numpy().astype(float), tag)
        for tokens, tags in tagged
        for i, tag in enumerate(tags)
        if tag != "O"
    ]
    x = np.stack([row for row, _ in rows])
    analysis = LinearDiscriminantAnalysis("eigen", shrinkage="auto", n_components=2)
    return analysis.fit(x, [ROLES.index(t) for _, t in rows]), x


def test_places_and_probabilities_are_those_of_discriminant_analysis(explorer, parts):
    vectors, tagged = parts
    analysis, x = fitted(vectors, tagged)
    np.testing.assert_allclose(explorer.cloud, analysis.transform(x), atol=1e-3)
    numbers = vectors(explorer.tokens).detach().numpy().astype(float)
    for point in explorer.points:
        i = explorer.tokens.index(point.city)
        np.testing.assert_allclose(
            point.place, analysis.transform(numbers[i : i + 1])[0], atol=1e-3
        )
        np.testing.assert_allclose(
            point.p, analysis.predict_proba(numbers[i : i + 1])[0], atol=1e-3
        )
    text = visible(explorer.html())
    for point in explorer.points:
        assert all(f"{p:.1%}" in text for p in point.p)
        assert f"({point.place[0]:.2f}, {point.place[1]:.2f})" in text
    assert sum(explorer.point.p) == pytest.approx(1)


def test_a_contextual_vector_moves_and_a_static_one_does_not(explorer, parts):
    start = explorer.point.place
    explorer.read("Ich suche einen Zug von Wien nach Berlin.")
    explorer.look_at(1)
    assert explorer.point.city == "Berlin"
    assert explorer.moved() == pytest.approx(np.linalg.norm(explorer.point.place - start))
    assert explorer.moved() > 0.01 and f"moved by {explorer.moved():.2f}" in explorer.status()
    _, tagged = parts
    table = np.random.default_rng(0).normal(size=(100, 5))
    static = TwoBerlins(
        lambda tokens: table[[sum(map(ord, token)) % 100 for token in tokens]],
        tagged,
        "Von Berlin nach Wien",
    )
    static.read("Von Wien nach Berlin")
    static.look_at(1)
    assert static.moved() == pytest.approx(0, abs=1e-12)


def test_controls(explorer):
    box = _widget(explorer)
    have = controls(box)
    have["city"].value = 1
    assert explorer.point.city == "Wien" and "Wien at" in said(box)
    have["sentence"].value = "Wien, Graz und Linz sind Städte."
    assert [name for name, _ in have["city"].options] == ["1 Wien", "2 Graz", "3 Linz"]
    for which in (1, 2, 0):
        have["city"].value = which
        assert all(f"{p:.1%}" in said(box) for p in explorer.point.p)
        assert f"▶ {explorer.point.city}" in visible(view(box))
    assert len(explorer.trail) == 6
    have["new trail"].click()
    assert len(explorer.trail) == 1 and explorer.moved() is None
    before = view(box)
    have["sentence"].value = "Ich suche ein Hotel."
    assert "No city" in said(box) and view(box) == before


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_shown_as_text(explorer, text):
    box = _widget(explorer)
    controls(box)["sentence"].value = "Wien " + text
    assert explorer.point.city == "Wien"
    assert_harmless(view(box))
    assert len(view(box)) < 80_000


def test_errors(explorer, parts):
    vectors, tagged = parts
    with pytest.raises(ValueError, match="city 5 does not exist: there are 2, from 0"):
        explorer.look_at(5)
    origins = [(t, ["O" if tag == "place" else tag for tag in tags]) for t, tags in tagged]
    with pytest.raises(ValueError, match="every role"):
        TwoBerlins(vectors, origins, SENTENCE)


def test_a_city_named_twice_has_two_points_on_the_trail(explorer):
    explorer.read("Ich suche einen Zug von Berlin nach Berlin.")
    box = _widget(explorer)
    have = controls(box)
    have["new trail"].click()
    have["city"].value = 1
    first, second = explorer.points
    assert [point.i for point in explorer.trail] == [first.i, second.i]
    moved = np.linalg.norm(second.place - first.place)
    assert explorer.moved() == pytest.approx(moved) and moved > 0.01
    assert f"moved by {moved:.2f}" in said(box)
    have["city"].value = 0
    assert explorer.moved() == pytest.approx(moved)


def test_only_points_of_one_city_are_joined(explorer):
    explorer.look_at(1)  # Wien
    assert [point.city for point in explorer.trail] == ["Berlin", "Wien"]
    assert explorer.ways() == [] and "<line" not in explorer.html()
    explorer.read("Ich suche einen Zug von Wien nach Berlin.")
    explorer.look_at(1)
    cities = [(before.city, after.city) for before, after in explorer.ways()]
    assert cities == [("Wien", "Wien"), ("Berlin", "Berlin")]
    assert explorer.html().count("<line") == 2
