"""The word desk: what it says of a word against gensim, the n-grams' mean and the pieces."""

import numpy as np
import pytest
from explorer_helpers import HOSTILE, assert_harmless, controls, said, view, visible
from gensim.models import KeyedVectors

from course_utils import load_vectors
from course_utils.explorers.charts import WIDTH, _box, _touch, labels
from course_utils.explorers.word_desk import BUILT, LISTED, NONE, WordDesk, _widget
from course_utils.language_model import german_pieces
from course_utils.subwords import ngrams


@pytest.fixture(scope="module")
def vectors():
    return load_vectors("mini")


@pytest.fixture(scope="module")
def pieces():
    return german_pieces()


@pytest.fixture
def desk(vectors, pieces):
    return WordDesk(vectors, pieces=pieces)


@pytest.mark.parametrize("word", ["Bahnhof", "Donauuferradweg", "Bahnhfo", "Straßenbahnfahrerin"])
def test_neighbours_are_the_largest_cosines_of_all_listed_words(desk, vectors, word):
    desk.read(word)
    rows = [vectors.parts[part] for part in ngrams(word) if part in vectors.parts]
    built = vectors.part_vectors[rows].mean(0)
    vector = vectors.vectors[vectors.key_to_index[word]] if word in vectors.key_to_index else built
    lengths = np.linalg.norm(vectors.vectors, axis=1)
    cosines = vectors.vectors @ vector / np.linalg.norm(vector) / lengths
    order = [i for i in np.argsort(-cosines) if vectors.index_to_key[i] != word][:8]
    found = desk.neighbours()
    assert [name for name, _ in found] == [vectors.index_to_key[i] for i in order]
    np.testing.assert_allclose([cosine for _, cosine in found], cosines[order], atol=1e-5)
    text = visible(desk.html())
    for name, cosine in found:
        assert name in text and f"{cosine:.2f}" in text


def test_kinds_of_words(desk):
    for word, kind in {"Bahnhof": LISTED, "Donauuferradweg": BUILT, "☃": NONE}.items():
        desk.read(word)
        assert desk.kind == kind
        assert f"is {kind}" in desk.status() and kind in visible(desk.html())
    assert desk.neighbours() == []
    assert "no place" in desk.as_text()


def test_parts_and_pieces_are_those_of_the_course(desk, vectors, pieces):
    desk.read("Donauuferradweg")
    assert [part for part, known in desk.parts() if known] == vectors.known_parts("Donauuferradweg")
    assert desk.split() == pieces.split("Donauuferradweg")
    text = visible(desk.html())
    known = len(vectors.known_parts("Donauuferradweg"))
    assert f"{len(ngrams('Donauuferradweg'))} n-grams of 3 to 6 letters, {known} with" in text


def test_map_is_the_plane_of_principal_components(desk):
    from sklearn.decomposition import PCA

    rows = np.stack([desk._unit_vector(word) for word in desk.landmarks])
    theirs = PCA(2).fit(rows)
    mine = np.array([desk.position(word) for word in desk.landmarks])
    np.testing.assert_allclose(np.abs(mine), np.abs(theirs.transform(rows)), atol=1e-5)
    word = desk.position("Donauuferradweg")
    expected = theirs.transform(desk._unit_vector("Donauuferradweg")[None])[0]
    np.testing.assert_allclose(np.abs(word), np.abs(expected), atol=1e-5)
    assert f"at ({word[0]:.2f}, {word[1]:.2f})" in visible(desk.html())


def test_controls(desk):
    box = _widget(desk)
    have = controls(box)
    have["word"].value = "Der Zug fährt nach Wien."
    assert desk.tokens == ["Der", "Zug", "fährt", "nach", "Wien", "."]
    for place in (2, 3, 4, 5, 6, 1):
        have["token"].value = place
        assert f"“{desk.tokens[place - 1]}” is" in said(box)
        assert f"▶ {desk.tokens[place - 1]}" in visible(view(box)) or desk.kind == NONE
    have["token"].value = 6
    have["word"].value = "Wien"
    assert have["token"].value == have["token"].max == 1
    before = view(box)
    have["word"].value = ""
    assert "no word" in said(box) and view(box) == before


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_shown_as_text(desk, text):
    box = _widget(desk)
    have = controls(box)
    have["word"].value = text
    for place in range(1, len(desk.tokens) + 1):
        have["token"].value = place
        assert_harmless(view(box))
        assert len(view(box)) < 60_000


def test_vectors_without_ngrams_have_words_without_a_vector(pieces):
    vectors = KeyedVectors(3)
    words = ["Wien", "Euro", "Spiel", "Labor"]
    vectors.add_vectors(words, np.eye(4, 3, dtype="float32") + 0.1)
    desk = WordDesk(vectors, "Graz", pieces)
    assert desk.kind == NONE and "no vector" in visible(desk.html())
    desk.read("Wien")
    assert desk.kind == LISTED
    with pytest.raises(ValueError, match="three landmarks"):
        WordDesk(vectors, pieces=pieces, landmarks={"a": ["Wien", "Linz"]})
    with pytest.raises(ValueError, match="token 2 does not exist: there are 1 to 1"):
        desk.look_at(2)


def test_names_on_the_map_cover_neither_each_other_nor_points():
    spots = {"Wien": (100, 50), "Graz": (104, 50), "Linz": (100, 56), "Salzburg": (555, 100)}
    places = labels(spots, WIDTH)
    boxes = {name: _box(x, y, name, anchor) for name, (x, y, anchor) in places.items()}
    assert boxes["Salzburg"][2] < WIDTH  # to the left of its point: there is no room to the right
    for name, box in boxes.items():
        assert not any(_touch(box, other) for key, other in boxes.items() if key != name)
        x, y = places[name][:2]
        assert abs(x - spots[name][0]) <= 8 and abs(y - spots[name][1]) <= 17


LAW = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz"


def test_a_word_of_63_letters_is_read_whole(desk, vectors, pieces):
    desk.read(LAW)
    assert desk.word == LAW and desk.split() == pieces.split(LAW)
    assert [part for part, _ in desk.parts()] == list(ngrams(LAW))
    text = visible(desk.html())
    assert f"[ {LAW} ]" in text and f"pieces of  {LAW}" in text and LAW in desk.status()
    assert "Only the first" not in text + desk.status()
    near = [word for word, _ in vectors.similar_by_vector(vectors.get_vector(LAW), 8)]
    assert [word for word, _ in desk.neighbours()] == near


def test_what_is_cut_is_said(desk):
    box = _widget(desk)
    controls(box)["word"].value = "Donau" * 30
    assert desk.word == "Donau" * 20
    sentence = "Only the first 100 of 150 letters of this word are read."
    assert sentence in visible(view(box)) and sentence in said(box)
