"""Tests of tokenizer and vocabulary.
An index that means two things shows nowhere but in the accuracy."""

import unicodedata

import numpy as np
import pytest

from course_utils.vectors import PAD, UNK, Vocabulary, tokenize

# --- Tokenizer ------------------------------------------------------------------------------------


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
        (unicodedata.normalize("NFD", "Größe für"), ["Größe", "für"]),
        ("Wirt\u00adschaft\u200b, ja\ufeff", ["Wirtschaft", ",", "ja"]),
    ],
)
def test_tokenize(text, tokens):
    assert tokenize(text) == tokens


# --- Vocabulary -----------------------------------------------------------------------------------


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
        (lambda: Vocabulary(["<pad>"]), r"doubled words.*'<pad>'.*every vocabulary has them"),
        (lambda: Vocabulary(["Öl", unicodedata.normalize("NFD", "Öl")]), "doubled words.*'Öl'"),
        (lambda: Vocabulary(["der"]).unknown_share([]), "no tokens"),
        (lambda: Vocabulary(["der"]).encode("der"), r"call tokenize\(text\) first"),
        (lambda: Vocabulary(["der"]).encode([]), "drop it"),
    ],
)
def test_what_a_vocabulary_refuses(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_decomposed_words_are_the_same_words():
    decomposed = unicodedata.normalize("NFD", "Größe")
    for vocabulary in (
        Vocabulary([decomposed]),
        Vocabulary.from_texts([decomposed]),
        Vocabulary.from_texts([decomposed], tokenizer=str.split),
        Vocabulary.from_texts([[decomposed]], tokenizer=list),
    ):
        assert vocabulary.words[2:] == ["Größe"]
        assert vocabulary.encode([decomposed]) == vocabulary.encode(["Größe"]) == [2]
        assert decomposed in vocabulary and vocabulary.unknown_share([decomposed]) == 0


def test_a_corpus_that_writes_the_special_words_itself():
    text = "the <unk> of <unk> the <pad> end"
    vocabulary = Vocabulary.from_texts([text], tokenizer=str.split)
    assert vocabulary.words == ["<pad>", "<unk>", "the", "end", "of"]
    assert vocabulary.encode(text.split()) == [2, UNK, 4, UNK, 2, UNK, 3]  # never PAD
    assert vocabulary.unknown_share(text.split()) == pytest.approx(3 / 7)


def test_numpy_tokens_are_encoded():
    assert Vocabulary(["der"]).encode(np.array(["der", "die"])) == [2, UNK]
