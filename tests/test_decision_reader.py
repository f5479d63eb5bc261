"""The decision reader: probabilities, attributions and matrix against the models themselves."""

import numpy as np
import pytest
import torch
from explorer_helpers import HOSTILE, assert_harmless, controls, said, view, visible
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import confusion_matrix
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from course_utils import Vocabulary, tokenize
from course_utils.explorers.attribution import GRADIENTS, OCCLUSION, Network, WordCounts
from course_utils.explorers.decision_reader import (
    METHODS,
    MODELS,
    MOST_WORDS,
    DecisionReader,
    _widget,
)
from course_utils.lessons.n05 import NewsClassifier

CLASSES = ["Ball", "Geld", "Wetter"]
TEXTS = [
    "Die Mannschaft gewinnt das Spiel gegen Graz",
    "Der Trainer lobt das Tor der Mannschaft",
    "Die Bank senkt den Zins und die Steuer steigt",
    "Der Euro fällt und die Bank spart",
    "Heute regnet es und morgen schneit es in Graz",
    "Der Sturm bringt Regen und Schnee",
]
TRUTH = [0, 0, 1, 1, 2, 2]
SENTENCE = TEXTS[0]
WORDS = tokenize(SENTENCE)


@pytest.fixture(scope="module")
def parts():
    torch.manual_seed(0)
    vocabulary = Vocabulary.from_texts(TEXTS)
    model = NewsClassifier(torch.randn(len(vocabulary), 6), 3, hidden_size=4).eval()
    pipeline = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LinearSVC(random_state=0))
    return model, vocabulary, pipeline.fit(TEXTS, [CLASSES[k] for k in TRUTH])


@pytest.fixture
def reader(parts):
    model, vocabulary, pipeline = parts
    reader = DecisionReader(model, vocabulary, pipeline, TEXTS, TRUTH, [0, 1, 1, 1, 0, 2])
    assert reader.verdict.words == tokenize(TEXTS[1])  # it begins with a mistake
    reader.read(SENTENCE)
    return reader


def logits_of(model, vocabulary, words):
    with torch.no_grad():
        x = torch.tensor([vocabulary.encode(words)])
        return model(x, torch.tensor([len(words)]))[0].double()


def test_probabilities_as_read_are_those_of_each_beginning(reader, parts):
    model, vocabulary, _ = parts
    for t in range(1, len(WORDS) + 1):
        p = logits_of(model, vocabulary, WORDS[:t]).softmax(0)
        np.testing.assert_allclose(reader.verdict.p[t - 1], p, atol=1e-6)


@pytest.mark.parametrize("k", range(3))
def test_integrated_gradients_add_up_to_the_difference(parts, k):
    model, vocabulary, _ = parts
    scores, missed = Network(model, vocabulary).gradients(WORDS, k)
    whole = logits_of(model, vocabulary, WORDS)[k]
    empty = logits_of(model, vocabulary, ["?"] * len(WORDS))[k]
    assert missed == pytest.approx(float(whole - empty) - scores.sum(), abs=1e-5)
    assert abs(missed) < 0.02 * max(1.0, abs(float(whole - empty)))


def test_gradients_find_the_word_that_a_linear_network_counts():
    class Linear(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.emb = torch.nn.Embedding(5, 3)
            self.out = torch.nn.Linear(3, 2)

        def forward(self, x, lengths):
            return self.out(self.emb(x).sum(1))

    torch.manual_seed(1)
    network = Network(Linear(), Vocabulary(["a", "b", "c"]))
    expected = network.occlusion(["a", "c", "b"], 1)
    scores, missed = network.gradients(["a", "c", "b"], 1)
    np.testing.assert_allclose(scores, expected, atol=1e-6)
    assert abs(missed) < 1e-6


@pytest.mark.parametrize("k", range(3))
def test_occlusion_is_one_word_unknown(parts, k):
    model, vocabulary, _ = parts
    scores = Network(model, vocabulary).occlusion(WORDS, k)
    whole = logits_of(model, vocabulary, WORDS)[k]
    for t, score in enumerate(scores):
        gap = logits_of(model, vocabulary, [*WORDS[:t], "?", *WORDS[t + 1 :]])[k]
        assert score == pytest.approx(float(whole - gap), abs=1e-5)


@pytest.mark.parametrize("k", range(3))
def test_shares_of_word_counts_add_up_to_the_decision(parts, k):
    pipeline = parts[2]
    words = [*WORDS, "Spiel", "Bank"]
    counts = WordCounts(pipeline)
    scores, rest = counts.shares(words, k)
    value = pipeline.decision_function([" ".join(words)])[0, k]
    assert scores.sum() + rest == pytest.approx(value)
    first, last = (i for i, word in enumerate(words) if word == "Spiel")
    assert scores[first] == scores[last]
    column = pipeline[0].vocabulary_["bank"]
    x = pipeline[0].transform([" ".join(words)])
    assert scores[-1] == pytest.approx(x[0, column] * pipeline[1].coef_[k, column])
    gap = pipeline.decision_function([" ".join(words[:-1])])[0, k]
    assert counts.occlusion(words, k)[-1] == pytest.approx(value - gap)


@pytest.mark.parametrize("model", MODELS)
def test_matrix_and_articles_are_those_of_the_predictions(reader, parts, model):
    reader.look_at(model, 0, 0)
    by_counts = [CLASSES.index(name) for name in parts[2].predict(TEXTS)]
    predicted = [0, 1, 1, 1, 0, 2] if model == "LSTM" else by_counts
    np.testing.assert_array_equal(reader.matrix(), confusion_matrix(TRUTH, predicted))
    for true in range(3):
        for taken in range(3):
            reader.look_at(model, true, taken)
            found = reader.behind(true, taken)
            pairs = enumerate(zip(TRUTH, predicted, strict=True))
            assert found == [i for i, pair in pairs if pair == (true, taken)]
            text = visible(reader.html())
            assert f"{len(found)} of" in text and all(TEXTS[i] in text for i in found)


def test_every_control_over_its_range_shows_the_numbers(reader):
    box = _widget(reader)
    have = controls(box)
    for t in (*range(1, len(WORDS)), len(WORDS)):
        have["words read"].value = t
        assert f"{reader.verdict.p[t - 1].max():.1%}" in visible(view(box))
    for k in (1, 2, 0):
        have["ask for"].value = k
        for method in (OCCLUSION, GRADIENTS):
            have["by"].value = method
            scores = reader.verdict.scores(method, k)
            text = visible(view(box))
            for side in scores:
                for word, score in reader.strongest(side):
                    assert word in text and f"{score:+.2f}" in text
            if method == GRADIENTS:
                assert f"{reader.verdict.missed[k]:+.3f} off" in text
    for model in reversed(MODELS):
        have["matrix of"].value = model
        for true in range(3):
            have["true"].value = true
            for taken in range(3):
                have["said"].value = taken
                n = len(reader.behind(true, taken))
                assert f"{model}: {n} of {CLASSES[true]} taken for {CLASSES[taken]}" in said(box)
    have["true"].value = 2
    have["said"].value = 0
    have["read it"].click()
    assert reader.verdict.words == tokenize(TEXTS[4])
    assert have["words read"].value == len(reader.verdict.words)
    have["article"].value = 2
    have["read it"].click()
    assert "no article 2 in this cell: it holds 1" in said(box)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_shown_as_text(parts, text):
    model, vocabulary, pipeline = parts
    shown = DecisionReader(model, vocabulary, pipeline, [text, *TEXTS], [0, *TRUTH], [1, *TRUTH])
    box = _widget(shown)
    controls(box)["text"].value = "Wien " + text
    assert_harmless(view(box))
    assert len(view(box)) < 80_000


def test_errors(reader, parts):
    box = _widget(reader)
    controls(box)["text"].value = " "
    assert "no word" in said(box)
    with pytest.raises(ValueError, match="word 99 does not exist"):
        reader.go(99)
    with pytest.raises(ValueError, match="no method 'dice'"):
        reader.ask(0, "dice")
    with pytest.raises(ValueError, match="no model 'GRU'"):
        reader.look_at("GRU", 0, 0)
    with pytest.raises(ValueError, match="at least three classes"):
        WordCounts(make_pipeline(TfidfVectorizer(), LinearSVC()).fit(TEXTS, [0, 0, 0, 1, 1, 1]))
    with pytest.raises(ValueError, match="no step that counts words"):
        WordCounts(make_pipeline(LinearSVC()).fit(np.eye(3), [0, 1, 2]))
    with pytest.raises(ValueError, match="needs its class"):
        DecisionReader(*parts, TEXTS, [0], [0])
    assert set(METHODS) == {GRADIENTS, OCCLUSION}


def long_article():
    """66 words of football, then 30 of banks: its beginning is of another class than the whole."""
    return " ".join([*["Mannschaft", "Tor", "Spiel"] * 22, *["Bank", "Zins", "Euro"] * 40])


def test_both_answers_on_all_words_stand_beside_those_on_the_words_shown(parts):
    model, vocabulary, pipeline = parts
    article = long_article()
    whole = pipeline.decision_function([article])[0].argmax()
    beginning = pipeline.decision_function([" ".join(article.split()[:MOST_WORDS])])[0].argmax()
    assert CLASSES[whole] == "Geld" and CLASSES[beginning] == "Ball"
    reader = DecisionReader(model, vocabulary, pipeline, [*TEXTS, article], [*TRUTH, 0], [0] * 7)
    box = _widget(reader)
    have = controls(box)
    have["matrix of"].value = "word counts"
    have["true"].value = 0
    have["said"].value = 1
    have["article"].value = len(reader.behind(0, 1))
    have["read it"].click()
    p = logits_of(model, vocabulary, tokenize(article)).softmax(0)
    n = len(tokenize(article))
    sentence = f"From {n} words, as in the matrix, the LSTM says {CLASSES[int(p.argmax())]}, "
    sentence += f"{p.max():.1%}; the word counts say Geld."
    text = " ".join(visible(view(box)).split())
    assert "Shown and asked about are the first 60 words." in text and sentence in text
    assert sentence in said(box)
    assert "word counts, of the 60 words shown, Ball." in said(box)
    have["text"].value = SENTENCE
    assert "as in the matrix" not in said(box) + view(box)
    assert f"of the {len(WORDS)} words shown" in said(box)
    have["text"].value = article + " Zins"
    n_typed = len(tokenize(article)) + 1
    assert f"Only the first {n} of {n_typed} words are read." in visible(view(box))


def test_the_field_holds_what_is_read(reader):
    box = _widget(reader)
    have = controls(box)
    have["text"].value = "Die Bank senkt den Zins."
    have["true"].value = 2
    have["said"].value = 0
    have["read it"].click()
    assert have["text"].value == TEXTS[4]
    have["text"].value = "Die Bank senkt den Zins."
    assert reader.verdict.words == tokenize("Die Bank senkt den Zins.")
    assert have["text"].value == "Die Bank senkt den Zins."


def test_left_out_means_unknown_to_one_model_and_removed_for_the_other(reader):
    reader.ask(0, OCCLUSION)
    text = visible(reader.html())
    assert "for the LSTM when the unknown word stands in a word's place" in text
    assert "for the word counts when the word is removed" in text
