"""The German word vectors: words as the course cuts them, the same vectors every time, and n-grams
for words that have none."""

import numpy as np
from gensim.models import KeyedVectors
from german_helpers import folder  # noqa: F401 (a fixture)

from course_utils import german as german_module
from course_utils.subwords import SubwordVectors
from tools.german import ship
from tools.german.ngrams import fit_ngrams
from tools.german.vectors import train, write_words


def test_words_are_written_as_the_course_cuts_them(folder, tmp_path):  # noqa: F811
    number = write_words(folder, tmp_path / "words.txt")
    lines = (tmp_path / "words.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 300 and number == 300 * 31  # thirty words and a full stop
    assert lines[0].endswith(" .") and sorted(p.name for p in tmp_path.iterdir()) == ["words.txt"]
    fewer = write_words(folder, tmp_path / "few.txt", limit=620)
    assert 620 <= fewer <= 620 + 2 * 31


def test_vectors_can_be_made_again_and_shipped(folder, tmp_path, monkeypatch):  # noqa: F811
    write_words(folder, tmp_path / "words.txt")
    one, two = (train(tmp_path / "words.txt", epochs=1) for _ in range(2))
    assert np.array_equal(one.vectors, two.vectors)
    monkeypatch.setattr(ship, "NGRAMS", 30)
    ship.ship_vectors(one, tmp_path / "german")
    monkeypatch.setattr(german_module, "GERMAN", tmp_path / "german")
    german_module._german_lists.cache_clear()
    shipped = german_module.german_vectors()
    german_module._german_lists.cache_clear()
    assert shipped.index_to_key == one.index_to_key and len(shipped.parts) == 30
    np.testing.assert_allclose(shipped.vectors.mean(0), 0, atol=1e-4)


def test_the_mean_of_ngrams_points_where_the_word_points():
    """Words of one stem share a direction: a new word of that stem gets it, too."""
    rng = np.random.default_rng(0)
    stems = {"bahn": rng.normal(size=8), "wald": rng.normal(size=8)}
    vectors = KeyedVectors(8)
    endings = [a + b for a in "aeiou" for b in "nmrst"]
    words = [stem + ending for stem in stems for ending in endings]
    noise = rng.normal(size=(len(words), 8)) * 0.1
    vectors.add_vectors(words, [stems[word[:4]] for word in words] + noise)
    parts, part_vectors = fit_ngrams(vectors, 60)
    built = SubwordVectors(words, vectors.vectors, parts, part_vectors).build("bahnhof")
    direction = stems["bahn"] / np.linalg.norm(stems["bahn"])
    assert built @ direction > 0.9 * np.linalg.norm(built)
