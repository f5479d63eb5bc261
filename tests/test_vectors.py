"""Tests of tokenizer, vocabulary, embedding matrix and word vectors.
An index that means two things, or a vector file that was half written, shows nowhere but in the accuracy."""

import gzip
from functools import partial

import numpy as np
import pytest
import torch
from gensim.models import KeyedVectors

from course_utils import vectors as module
from course_utils.fetch import VECTORS_NAME
from course_utils.vectors import (
    PAD,
    UNK,
    Vocabulary,
    embedding_matrix,
    load_vectors,
    save_vectors,
    tokenize,
    train_vectors,
)


def keyed(words=("der", "die", "Straße", "12.400"), size=5, seed=0):
    """Random vectors of the given words."""
    result = KeyedVectors(size)
    result.add_vectors(
        list(words), np.random.default_rng(seed).normal(size=(len(words), size)).astype("float32")
    )
    return result


# --- Tokenizer -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, tokens",
    [
        ("Ja, 12.400 Euro.", ["Ja", ",", "12.400", "Euro", "."]),
        ('"Actually," sagte er', ['"', "Actually", ",", '"', "sagte", "er"]),
        ("um 18:30 Uhr, 3,5 %", ["um", "18:30", "Uhr", ",", "3,5", "%"]),
        ("EU-Kommission und/oder geht's", ["EU-Kommission", "und/oder", "geht's"]),
        ("Öl- und Gaspreise – wie?", ["Öl", "-", "und", "Gaspreise", "–", "wie", "?"]),
        ("„Größe“ ... 🙂", ["„", "Größe", "“", ".", ".", ".", "🙂"]),
        ("eine\u00a0Zeile\u2028und\tnoch eine", ["eine", "Zeile", "und", "noch", "eine"]),
        (" \n", []),
    ],
)
def test_tokenize(text, tokens):
    assert tokenize(text) == tokens


# --- Vocabulary ------------------------------------------------------------------------------------------------------


def test_padding_and_unknown_words_have_an_index_each():
    vocabulary = Vocabulary(["der", "die"])
    assert (
        (PAD, UNK) == (0, 1)
        and vocabulary.words == ["<pad>", "<unk>", "der", "die"]
        and len(vocabulary) == 4
    )
    assert vocabulary.encode(["die", "BER", "der"]) == [3, UNK, 2]
    assert vocabulary.decode([3, 1, 2, 0]) == ["die", "<unk>", "der", "<pad>"]
    assert "die" in vocabulary and "BER" not in vocabulary


def test_from_texts_counts_and_breaks_ties_by_the_alphabet():
    texts = ["b a c", "a d, b", "a"]
    assert Vocabulary.from_texts(texts).words[2:] == ["a", "b", ",", "c", "d"]
    assert Vocabulary.from_texts(texts, min_count=2).words[2:] == ["a", "b"]
    assert Vocabulary.from_texts(texts, tokenizer=str.split).words[2:] == ["a", "b", "c", "d,"]


def test_unknown_share_counts_running_words():
    assert Vocabulary(["die"]).unknown_share(["die", "BER", "die", "neue"]) == 0.5
    assert Vocabulary(["die"]).unknown_share(iter(["die"])) == 0


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: Vocabulary(["der", "die", "der"]), r"doubled words.*'der'"),
        (lambda: Vocabulary(["<pad>"]), r"doubled words.*'<pad>'"),
        (lambda: Vocabulary(["der"]).encode("der"), r"call tokenize\(text\) first"),
        (lambda: Vocabulary(["der"]).encode([]), "drop it"),
    ],
)
def test_what_a_vocabulary_refuses(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# --- Embedding matrix ------------------------------------------------------------------------------------------------


def test_embedding_matrix_row_by_row():
    wv, vocabulary = keyed(), Vocabulary(["die", "BER", "der"])
    matrix = embedding_matrix(vocabulary, wv)
    assert matrix.shape == (5, 5) and matrix.dtype == torch.float32
    assert not matrix[PAD].any()
    assert torch.equal(matrix[UNK], torch.from_numpy(wv.vectors.mean(0)))
    assert torch.equal(matrix[[2, 4]], torch.from_numpy(wv[["die", "der"]]))
    assert matrix[3].any() and not torch.equal(matrix[3], matrix[UNK])


def test_embedding_matrix_is_seeded():
    arguments = (
        Vocabulary([f"w{i}" for i in range(200)]),
        keyed(size=50),
    )  # not one of these words has a vector
    a, b, c = (embedding_matrix(*arguments, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(a, b) and not torch.equal(a[2:], c[2:])
    assert a[2:].std().item() == pytest.approx(arguments[1].vectors.std(), rel=0.05)


# --- Files -----------------------------------------------------------------------------------------------------------


def test_saved_vectors_come_back(tmp_path):
    wv, path = keyed(["der", "Straße", "a\u2028b", "…"], size=20), tmp_path / "v.vec.gz"
    wv.vectors[0, :4] = [0, -0.0001, 10, 100.5]
    save_vectors(wv, path)
    back = KeyedVectors.load_word2vec_format(path)
    assert back.index_to_key == wv.index_to_key
    np.testing.assert_allclose(back.vectors, wv.vectors, atol=5.01e-4)
    assert (
        gzip.decompress(path.read_bytes()).decode().splitlines()[1].startswith("der 0 0 10 100.5 ")
    )


def test_equal_vectors_give_equal_bytes_wherever_and_whenever(tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    for path, now in ((tmp_path / "a.gz", 1e9), (tmp_path / "folder" / "b.gz", 1.5e9)):
        monkeypatch.setattr("time.time", lambda now=now: now)
        save_vectors(keyed(), path)
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "folder" / "b.gz").read_bytes()


class Interrupted(list):
    """Words that stop coming in the middle, as with Ctrl-C."""

    def __iter__(self):
        yield self[0]
        raise KeyboardInterrupt


@pytest.mark.parametrize("before", [None, b"the file of an earlier run"])
def test_an_interrupted_save_leaves_what_was_there(tmp_path, before):
    path, wv = tmp_path / "v.vec.gz", keyed()
    if before:
        path.write_bytes(before)
    wv.index_to_key = Interrupted(wv.index_to_key)
    with pytest.raises(KeyboardInterrupt):
        save_vectors(wv, path)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == (
        {path.name: before} if before else {}
    )


# --- load_vectors ----------------------------------------------------------------------------------------------------


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def corpus(tmp_path):
    """A tiny corpus folder whose every word occurs often enough to get a vector."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    for name in ("train.csv", "test.csv"):
        (folder / name).write_text(
            "Sport;Das Spiel begann.\nWeb;Das Netz stand.\n" * 20, encoding="utf-8"
        )
    return folder


def test_mininews_has_its_own(cache, capsys):
    wv = load_vectors("mini")
    assert wv.vector_size == 100 and "wird" in wv
    assert (
        capsys.readouterr().out
        == f"Vectors: mininews (embedded): {len(wv):,} words, 100 dimensions.\n"
    )
    assert not cache.exists()


@pytest.mark.parametrize("full", [True, False], ids=["full", "folder"])
def test_fetched_vectors_are_taken_for_any_other_corpus(cache, corpus, capsys, full):
    cache.mkdir()
    save_vectors(keyed(), cache / VECTORS_NAME)
    assert load_vectors("full" if full else corpus).index_to_key == [
        "der",
        "die",
        "Straße",
        "12.400",
    ]
    assert (
        capsys.readouterr().out
        == "Vectors: fastText cc.de.300, trimmed to the corpus: 4 words, 5 dimensions.\n"
    )


def test_else_they_are_trained_once_and_cached(cache, corpus, capsys, monkeypatch):
    small = partial(train_vectors, size=8, epochs=1)
    monkeypatch.setattr(module, "train_vectors", small)
    first = load_vectors(corpus)
    assert capsys.readouterr().out.endswith(
        "Vectors: trained on the corpus's own training articles: 6 words, 8 dimensions.\n"
    )
    assert set(first.index_to_key) == {"Das", "Spiel", "begann", "Netz", "stand", "."}
    monkeypatch.setattr(module, "train_vectors", None)  # a second training would fail
    assert np.array_equal(load_vectors(corpus).vectors, first.vectors)
    assert [path.name[:4] for path in cache.iterdir()] == ["own-"]

    (corpus / "train.csv").write_text(
        "Sport;Das Spiel begann.\nWeb;Das neue Netz stand.\n" * 20, encoding="utf-8"
    )
    monkeypatch.setattr(module, "train_vectors", small)
    assert "neue" in load_vectors(corpus)  # another text, other vectors


def test_training_can_be_repeated():
    texts = ["Das Spiel begann.", "Das Netz stand."] * 10
    a, b, c = (train_vectors(texts, size=8, epochs=1, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(a.vectors, b.vectors) and not np.array_equal(a.vectors, c.vectors)
