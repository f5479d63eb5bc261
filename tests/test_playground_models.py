"""The playground's two kinds of models, word counts and networks, alone and together."""

import numpy as np
import pytest
import torch
from playground_helpers import (
    LABELS,
    LEARNED,
    book,  # noqa: F401 (a fixture)
    small_network,
    vectors_of,
)
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


@pytest.mark.parametrize("ordered", [True, False])
def test_padding_and_company_have_no_influence(book, ordered):  # noqa: F811
    torch.manual_seed(0)
    model = book["TextClassifier"](5, 3, H=4, ordered=ordered).eval()
    x = torch.randn(2, 6, 5)
    both = model(x, torch.tensor([4, 6]))
    torch.testing.assert_close(both[:1], model(x[:1, :4], torch.tensor([4])))
    x[0, 4:] = 7.0
    torch.testing.assert_close(both, model(x, torch.tensor([4, 6])))


def test_only_the_lstm_knows_the_order(book):  # noqa: F811
    torch.manual_seed(0)
    x = torch.randn(1, 6, 5)
    lengths = torch.tensor([6])
    gaps = []
    for ordered in (True, False):
        model = book["TextClassifier"](5, 3, H=4, ordered=ordered).eval()
        gaps.append((model(x, lengths) - model(x.flip(1), lengths)).abs().max().item())
    assert gaps[0] > 1e-3 and gaps[1] < 1e-6


@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_control_is_a_logistic_regression(book, n_classes):  # noqa: F811
    """As scikit-learn's on largest and mean; the scaling differs by a factor near 1."""
    words = [f"w{i}" for i in range(30)]
    vectors = vectors_of(words)
    rng = np.random.default_rng(0)
    documents = [rng.choice(words, rng.integers(3, 9)).tolist() for _ in range(150)]
    labels = np.array(list("abc"))[[int(text[0][1:]) % n_classes for text in documents]]
    mine = book["Network"](book["Lookup"](vectors), ordered=False).fit(documents, labels)
    texts = [np.stack([vectors[word] for word in text]) for text in documents]
    x = np.stack([np.concatenate([text.max(0), text.mean(0)]) for text in texts])
    gaps = []
    for strength in (0.003, 0.01, 0.03):
        theirs = make_pipeline(StandardScaler(), LogisticRegression(C=strength))
        gaps.append(np.abs(theirs.fit(x, labels).predict_proba(x) - mine.scores(documents)).max())
    assert min(gaps) < 2e-3 and sorted(gaps)[1] > 5e-3


def test_every_word_is_looked_up_once_and_those_without_a_vector_share_one_row(book):  # noqa: F811
    vectors = vectors_of(["Graz", "siegt"])
    lookup = book["Lookup"](vectors)
    assert lookup.encode(["siegt", "nie", "Graz", "siegt"]) == [2, 1, 3, 2]
    assert lookup.encode(["Graz", "nirgends"]) == [3, 1] and len(lookup.rows) == 4
    (x, lengths, y) = next(iter(lookup.batches([["Graz"], ["siegt", "nie"]], [0, 1])))
    assert lengths.tolist() == [1, 2] and y.tolist() == [0, 1]
    scaled = vectors.vectors / vectors.vectors.std()
    np.testing.assert_allclose(x[0, 0], scaled[0], rtol=1e-6)
    np.testing.assert_allclose(x[1, :2], [scaled[1], scaled.mean(0)], rtol=1e-5)
    assert not x[0, 1:].any()


def test_scores_are_in_the_order_of_the_texts(book):  # noqa: F811
    torch.manual_seed(0)
    model = book["Network"](book["Lookup"](vectors_of("abcdef")))
    model.classes = ["x", "y"]
    model.model = book["TextClassifier"](5, 2, H=3)
    texts = [list("abcdef") * 3, ["a"], list("fed"), ["a"]]
    scores = model.scores(texts)
    assert scores.shape == (4, 2) and np.allclose(scores.sum(1), 1)
    assert np.allclose(scores[1], scores[3]) and not np.allclose(scores[0], scores[1])
    for text, row in zip(texts, scores, strict=True):
        np.testing.assert_allclose(model.scores([text])[0], row, rtol=1e-4)


def test_a_text_without_words_is_learned_and_served(book):  # noqa: F811
    network = book["Network"](book["Lookup"](vectors_of(["Graz", "siegt", "Handy"])))
    network.fit([*LEARNED, []], [*LABELS, "Web"])
    table = book["serve"](network, ["Graz siegt", ""])
    assert table.text.tolist() == ["Graz siegt", ""] and table.score.between(0, 1).all()
    np.testing.assert_allclose(
        network.scores([["Graz"], []])[1], network.scores([[""]])[0], rtol=1e-5
    )


def test_both_read_no_more_than_they_may(book):  # noqa: F811
    limit = book["LIMIT"]
    long = [["Graz"] * limit + ["Handy"] * 50, ["Graz"] * limit]
    network = small_network(book)
    np.testing.assert_allclose(*network.scores(long), rtol=1e-5)
    some = book["WordCounts"](limit).fit(LEARNED, LABELS)
    np.testing.assert_array_equal(*some.scores(long))
    everything = book["WordCounts"]().fit(LEARNED, LABELS)
    whole, beginning = everything.scores(long)
    assert not np.allclose(whole, beginning)


def test_counts_mind_no_capitals_and_no_marks(book):  # noqa: F811
    counts = book["WordCounts"]().fit(LEARNED, LABELS)
    texts = [["Graz", "siegt"], ["GRAZ", ",", "Siegt", "!"], ["!", "–"], [""]]
    scores = counts.scores(texts)
    np.testing.assert_array_equal(scores[0], scores[1])
    np.testing.assert_array_equal(scores[2], scores[3])
    assert not np.allclose(scores[0], scores[2])


class Given:
    """A model whose scores are known."""

    classes = ("a", "b")

    def __init__(self, scores):
        self.z = np.array(scores)

    def scores(self, documents):
        return self.z


@pytest.mark.parametrize(
    "margins, p, chosen",
    [([2.0, -2.0], [0.4, 0.6], 0), ([0.1, -0.1], [0.1, 0.9], 1), ([1.0, 0.0], [0.0, 1.0], 1)],
)
def test_together_the_surer_one_decides(book, margins, p, chosen):  # noqa: F811
    both = book["Together"](Given([margins]), Given([p]), 1.0)
    (shares,) = both.scores([["Graz"]])
    assert shares.argmax() == chosen and np.isclose(shares.sum(), 1)
    odds = np.exp(margins[0] - margins[1]) * max(p[0], 1e-9) / p[1]
    assert np.isclose(shares[0] / shares[1], odds**0.5)


def test_spread_ignores_what_all_classes_share(book):  # noqa: F811
    z = np.random.default_rng(0).normal(size=(9, 4))
    shifted = z + np.arange(9)[:, None]
    assert np.isclose(book["spread"](z), book["spread"](shifted))
    assert np.isclose(book["spread"](3 * z), 3 * book["spread"](z))


def test_leaving_one_out_by_its_definition(book):  # noqa: F811
    class Sum:
        classes = ("low", "high")

        def scores(self, documents):
            sums = [sum(map(len, words)) for words in documents]
            return np.array([[5.0, s] for s in sums])

    answer, falls = book["leave_one_out"](Sum(), ["a", "bbb", "cc"])
    assert answer == "high" and falls.tolist() == [1, 3, 2]


def test_serving_names_the_two_likeliest(book):  # noqa: F811
    class Fixed:
        classes = ("a", "b", "c")

        def scores(self, documents):
            assert documents == [["Graz", "siegt", "!"], ["x"]]
            return np.array([[0.1, 0.7, 0.2], [0.5, 0.5, 0.0]])

    table = book["serve"](Fixed(), ["Graz siegt!", "x"])
    assert table.iloc[0].tolist() == ["Graz siegt!", "b", 0.7, "c", 0.2]
    assert table.iloc[1].tolist() == ["x", "a", 0.5, "b", 0.5]
