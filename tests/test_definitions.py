"""What a notebook builds by hand and a later one imports from course_utils: both are compared."""

import numpy as np
import pytest
import torch
from gensim.models import KeyedVectors
from scipy.stats import binomtest
from sklearn.feature_extraction.text import TfidfVectorizer

import course_utils
from benchmarks.news_networks import PathAlone
from course_utils.batching import LengthBuckets
from course_utils.lessons import n02, n03, n04, n05
from course_utils.lstm import reverse_padded


@pytest.mark.parametrize(
    "text",
    [
        'Sie sagte: "geht\'s um 18.45 Uhr?"',
        "12.400 Euro, 3,7 Prozent – E-Mail/SMS",
        "Actually,",
        "",
    ],
)
def test_tokenizer_of_02(text):
    assert n02.tokenize(text) == course_utils.tokenize(text)


def test_embedding_matrix_of_02():
    vectors = KeyedVectors(4)
    vectors.add_vectors(["die", "neue"], np.arange(8, dtype="float32").reshape(2, 4))
    vocabulary = course_utils.Vocabulary(["die", "BER", "neue"])
    mine = n02.embedding_matrix(vocabulary.words, vectors)
    theirs = course_utils.embedding_matrix(vocabulary, vectors)
    known = [0, 1, 2, 4]  # words without a vector are random in both
    assert torch.equal(mine[known], theirs[known])
    assert mine.shape == theirs.shape and mine.dtype == theirs.dtype


def test_lstm_of_03():
    generator = torch.Generator().manual_seed(0)
    shapes = {"W": (8, 3), "U": (8, 2), "b": (8,), "x": (5, 3)}
    drawn = {name: torch.randn(*shape, generator=generator) for name, shape in shapes.items()}
    module = course_utils.PaddedLSTM(3, 2)
    weights = {"weight_ih_l0": drawn["W"], "weight_hh_l0": drawn["U"], "bias_ih_l0": drawn["b"]}
    module.load_state_dict({**weights, "bias_hh_l0": torch.zeros(8)})
    states, _ = n03.lstm(drawn["x"], drawn["W"], drawn["U"], drawn["b"])
    output, _ = module(drawn["x"][None], torch.tensor([5]))
    torch.testing.assert_close(states, output[0])


@pytest.mark.parametrize("lengths", [[3], [5, 1, 4], [7, 7, 2, 6]])
def test_padding_of_04(lengths):
    documents = [list(range(1, n + 1)) for n in lengths]
    x, n = course_utils.pad_batch(documents)
    mine, my_lengths = n04.pad_batch(documents)
    assert torch.equal(mine, x) and torch.equal(my_lengths, n)
    embedded = x[..., None].double()
    theirs = reverse_padded(embedded.transpose(0, 1), n)  # time first
    assert torch.equal(n04.reverse_padded(embedded, n).transpose(0, 1), theirs)


def test_rounded_lengths_of_04():
    different = [
        n for n in range(1, 4000) if n04.rounded_length(n) != course_utils.rounded_length(n)
    ]
    assert different == []


def test_buckets_of_04():
    lengths = [int(n) for n in np.random.default_rng(0).lognormal(5.7, 0.6, 300)]
    batches = n04.length_buckets(lengths, 4000, 0)
    assert sorted(i for batch in batches for i in batch) == list(range(300))
    theirs = LengthBuckets(lengths, 4000).batches()
    mine_padded = course_utils.padding_share(lengths, batches, rounded=True)
    theirs_padded = course_utils.padding_share(lengths, theirs, rounded=True)
    assert abs(mine_padded - theirs_padded) < 0.05


def networks_of_05(n_classes=4):
    """Each network of notebook 05, on the same twenty vectors."""
    generator = torch.Generator().manual_seed(0)
    matrix = torch.randn(20, 6, generator=generator)
    weights = torch.rand(20, generator=generator) + 0.1
    weights[0] = 0
    torch.manual_seed(0)
    return {
        "control": n05.OrderFree(matrix, n_classes),
        "LSTM": n05.NewsClassifier(matrix, n_classes, hidden_size=5, num_layers=2),
        "path": n05.WithPath(matrix, n_classes, weights, hidden_size=5),
    }


@pytest.mark.parametrize("name", ["control", "LSTM", "path"])
def test_classifiers_of_05(name):
    """What a padded batch says of a document does not depend on its neighbours."""
    model = networks_of_05()[name].eval()
    x, lengths = course_utils.pad_batch([[2, 3, 4], [5, 6, 7, 8, 9]])
    logits = model(x, lengths)
    assert logits.shape == (2, 4)
    alone, alone_length = course_utils.pad_batch([[2, 3, 4]])
    torch.testing.assert_close(model(alone, alone_length), logits[:1])


def test_the_control_of_05_knows_no_order_and_the_lstm_does():
    models = networks_of_05()
    texts = [course_utils.pad_batch([document]) for document in ([2, 3, 4, 5], [5, 3, 2, 4])]
    for name, alike in (("control", True), ("LSTM", False), ("path", False)):
        there, back = (models[name].eval()(*text) for text in texts)
        assert torch.allclose(there, back, atol=1e-6) == alike, name


def test_statistics_of_05():
    interval = binomtest(7, 9).proportion_ci(method="wilson")
    assert n05.wilson(7, 9) == pytest.approx((interval.low, interval.high), abs=1e-4)
    assert n05.wilson(0, 18)[0] == 0 and n05.wilson(18, 18)[1] == 1
    right_a = np.array([1, 1, 1, 1, 0, 0])
    right_b = np.array([1, 0, 0, 0, 1, 0])
    assert n05.paired(right_a, right_b) == (3, 1, pytest.approx(0.625))
    assert n05.paired([True, False], [True, False]) == (0, 0, 1.0)
    high = binomtest(3, 4).proportion_ci(method="wilson").high
    assert n05.at_most(right_a, right_b) == pytest.approx(100 * 4 / 6 * (2 * high - 1), abs=1e-2)
    assert n05.at_most(right_a, right_a) == 0
    assert n05.spread([1, 2, 3]) == (2.0, 1.0)


def test_rarity_of_05():
    """As scikit-learn's smoothed idf; padding and the unknown word have none."""
    documents = [[2, 2, 3], [3, 4], [3]]
    vectorizer = TfidfVectorizer(tokenizer=str.split, token_pattern=None)
    vectorizer.fit(" ".join(map(str, document)) for document in documents)
    theirs = [0, 0, *vectorizer.idf_]
    assert n05.rarity(documents, 5).tolist() == pytest.approx(theirs)


def test_a_text_of_unknown_words_alone_has_a_mean_in_05():
    """Nothing has a weight: the mean past the LSTM is 0, not 0 / 0."""
    torch.manual_seed(0)
    weights = n05.rarity([[2, 3], [3, 4]], 5)
    x, lengths = course_utils.pad_batch([[course_utils.UNK] * 3, [2, 3]])
    alone = PathAlone(torch.randn(5, 6), 4, weights)
    means = alone.read(x, alone.emb(x), lengths)
    assert torch.equal(means[0], torch.zeros(6))
    expected = (weights[2:4, None] * alone.emb.weight[2:4]).sum(dim=0) / weights[2:4].sum()
    torch.testing.assert_close(means[1], expected)
    path = n05.WithPath(torch.randn(5, 6), 4, weights, hidden_size=3)
    assert path.eval()(x, lengths).isfinite().all()


def test_classifier_of_05_takes_a_batch_of_one():
    """In training, too: one article has no spread, so batch norm uses what it has collected."""
    torch.manual_seed(0)
    model = n05.NewsClassifier(torch.randn(20, 6), 4, hidden_size=5).train()
    before = model.norm.running_mean.clone()
    model(*course_utils.pad_batch([[2, 3, 4]])).sum().backward()
    assert torch.equal(model.norm.running_mean, before)
    model(*course_utils.pad_batch([[2, 3, 4], [5, 6, 7]]))
    assert not torch.equal(model.norm.running_mean, before)
    assert model.emb.weight.grad is None
