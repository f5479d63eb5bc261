"""Vectors that build unknown words, weights in eight bits, and the shipped German vectors."""

import gzip
import json
import unicodedata

import numpy as np
import pytest
import torch

from course_utils import Vocabulary, embedding_matrix, load_vectors
from course_utils import german as german_module
from course_utils.eight_bits import load_packed, pack, save_packed, unpack
from course_utils.german import GERMAN, german_vectors
from course_utils.subwords import SubwordVectors, ngrams

# --- n-grams --------------------------------------------------------------------------------------


def test_ngrams_of_a_short_word():
    assert ngrams("Rad") == ["<ra", "rad", "ad>", "<rad", "rad>", "<rad>"]


@pytest.fixture
def small():
    words = ["Rad", "Bahn"]
    vectors = np.array([[1, 0], [0, 2]], dtype="float32")
    parts = ["<rad", "bahn>", "rad"]
    part_vectors = np.array([[3, 0], [0, 5], [1, 1]], dtype="float32")
    return SubwordVectors(words, vectors, parts, part_vectors)


def test_a_listed_word_has_its_own_vector(small):
    assert small["Rad"].tolist() == [1, 0]
    assert small.get_vector("Bahn", norm=True).tolist() == [0, 1]
    assert small[1].tolist() == [0, 2]


def test_an_unknown_word_is_the_mean_of_its_ngrams(small):
    assert small.known_parts("Radbahn") == ["rad", "<rad", "bahn>"]
    np.testing.assert_allclose(small["Radbahn"], [4 / 3, 2])
    assert np.linalg.norm(small.get_vector("Radbahn", norm=True)) == pytest.approx(1)
    assert "Radbahn" in small and "Radbahn" not in small.key_to_index


def test_a_word_without_a_known_part_is_said_to_be_unknown(small):
    assert "xyz" not in small
    with pytest.raises(KeyError, match="no part of 'xyz' is known"):
        small["xyz"]


def test_gensims_own_questions_take_unknown_words(small):
    assert small.similarity("Radbahn", "Bahn") == pytest.approx(2 / np.hypot(4 / 3, 2), abs=1e-6)
    assert [word for word, _ in small.most_similar("Radbahn")] == ["Bahn", "Rad"]


def test_embedding_matrix_builds_what_is_not_listed(small):
    matrix = embedding_matrix(Vocabulary(["Radbahn", "xyz", "Rad"]), small)
    np.testing.assert_allclose(matrix[2], [4 / 3, 2])
    assert matrix[4].tolist() == [1, 0]
    assert not torch.equal(matrix[3], matrix[2])


@pytest.mark.parametrize("listed, built", [("NFC", "NFD"), ("NFD", "NFC"), ("NFD", "NFD")])
def test_a_word_is_the_same_however_its_umlaut_is_encoded(listed, built):
    words = [unicodedata.normalize(listed, word) for word in ("Größe", "Maß", "Öl")]
    numbers = np.array([[1, 0], [0, 2], [1, 3]], dtype="float32")
    parts = ["größ", "<öl", "röß", "o\u0308"]  # the last one no word may meet
    vectors = SubwordVectors(words, numbers, parts, np.eye(4, 2, dtype="float32") + 1)
    size, unlisted = (unicodedata.normalize(built, word) for word in ("Größe", "Ölgröße"))
    assert vectors.index_to_key == ["Größe", "Maß", "Öl"]
    assert size in vectors and vectors.has_index_for(size) and vectors.get_index(size) == 0
    assert vectors[size].tolist() == [1, 0] == vectors.get_vector(size, norm=True).tolist()
    assert vectors[[size, "Maß"]].tolist() == [[1, 0], [0, 2]]
    assert vectors.similarity(size, "Maß") == 0 and vectors.distance(size, "Größe") == 0
    assert vectors.known_parts(unlisted) == ["<öl", "röß", "größ"] and unlisted in vectors
    assert np.array_equal(vectors[unlisted], vectors.build("Ölgröße"))
    for nearest in (vectors.most_similar, vectors.most_similar_cosmul):
        assert [word for word, _ in nearest(size)] == [word for word, _ in nearest("Größe")]
        assert nearest([(size, 1.0)] if nearest == vectors.most_similar else [size], topn=1)


# --- Eight bits -----------------------------------------------------------------------------------


def test_eight_bits_lose_at_most_half_a_step():
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(50, 30, generator=generator) * torch.logspace(-4, 3, 50)[:, None]
    packed = pack({"w": weight, "b": weight[0]})
    assert packed["w"].dtype == torch.int8 and torch.equal(packed["b"], weight[0])
    back = unpack(packed)
    limit = weight.abs().amax(1, keepdim=True) / 127 / 2
    assert ((back["w"] - weight).abs() <= limit * 1.001).all()


def test_a_row_of_zeros():
    assert unpack(pack({"w": torch.zeros(2, 3)}))["w"].tolist() == [[0, 0, 0], [0, 0, 0]]


def test_a_damaged_file_is_named(tmp_path):
    path = tmp_path / "w.safetensors"
    save_packed({"w": torch.ones(4, 5)}, path, {"licence": "CC BY-SA 4.0"})
    assert [p.name for p in tmp_path.iterdir()] == ["w.safetensors"]
    path.write_bytes(path.read_bytes()[:-7])
    for wrong in (path, tmp_path / "gone"):
        with pytest.raises(ValueError, match=f"{wrong.name} cannot be read: .*Install the course"):
            load_packed(wrong)


# --- The shipped vectors --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def german():
    return german_vectors()


def test_size_and_licence(german):
    assert len(german) >= 40_000 and german.vector_size == 200
    assert sum(path.stat().st_size for path in GERMAN.iterdir()) <= 25e6
    assert "CC BY-SA 4.0" in (GERMAN / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "word, relatives",
    [
        ("Fußball", {"Handball", "Eishockey", "Volleyball", "Basketball"}),
        ("Klavier", {"Geige", "Violine", "Cello", "Orgel", "Flöte", "Gitarre", "Cembalo"}),
        ("Juli", {"August", "Juni", "Mai", "September"}),
    ],
)
def test_neighbours_are_relatives(german, word, relatives):
    nearest = {neighbour for neighbour, _ in german.most_similar(word, topn=10)}
    assert len(nearest & relatives) >= 2


@pytest.mark.parametrize(
    "unknown, relative, stranger",
    [
        ("Fußballländerspielpause", "Fußball", "Butter"),
        ("Kernkraftwerksgegnerin", "Atomkraft", "Handball"),
        ("Regionalzugverbindungen", "Bahn", "Roman"),
    ],
)
def test_a_compound_nobody_listed_lands_near_its_relatives(german, unknown, relative, stranger):
    assert unknown not in german.key_to_index
    assert german.similarity(unknown, relative) > german.similarity(unknown, stranger) + 0.1


def test_load_vectors_brings_them(german, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    vectors = load_vectors("mini")
    assert np.array_equal(vectors.vectors, german.vectors)
    size = unicodedata.normalize("NFD", "Größe")
    assert np.array_equal(vectors[size], vectors["Größe"]) and size != "Größe"


def test_missing_files_say_how_to_mend_them(tmp_path, monkeypatch):
    monkeypatch.setattr(german_module, "GERMAN", tmp_path)
    german_module._german_lists.cache_clear()
    with pytest.raises(ValueError, match="vectors.json cannot be read: .*Install the course anew"):
        german_vectors()
    (tmp_path / "vectors.json").write_text(json.dumps({"words": ["a"], "ngrams": []}), "utf-8")
    (tmp_path / "vectors.safetensors").write_bytes(gzip.compress(b"x"))
    with pytest.raises(ValueError, match="vectors.safetensors cannot be read"):
        german_vectors()
    german_module._german_lists.cache_clear()
