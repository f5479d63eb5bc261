"""ULMFiT as notebook 10 builds it, held against fastai, scikit-learn and one article at a time."""

from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from fastai.text.models.core import masked_concat_pool
from gensim.models import KeyedVectors
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from transfer_helpers import body_of, documents_of, random

from benchmarks import transfer_models
from benchmarks.transfer_models import SHARE, TwoPaths, beside
from course_utils import predict, tokenize
from course_utils.lessons import n10
from course_utils.lessons.n05 import NewsClassifier

# --- Schedules -----------------------------------------------------------------------------------


@pytest.mark.parametrize("T", [1, 2, 7, 9, 10, 19, 50, 1000])
def test_slanted_triangle(T):
    """A straight climb from 1/32 to 1 in a tenth of the steps, and a straight way down."""
    rates = [n10.slanted_triangle(t, T) for t in range(T)]
    lines = np.interp(np.arange(T), [0, T / 10, T], [1 / 32, 1, 1 / 32])
    np.testing.assert_allclose(rates, lines)
    assert rates[0] == 1 / 32
    assert T < 10 or np.argmax(rates) in (T // 10, T // 10 + 1)


def test_slanted_triangle_is_the_paper_s_where_nothing_is_rounded():
    for t in range(200):
        assert n10.as_in_the_paper(t, 200) == pytest.approx(n10.slanted_triangle(t, 200), abs=1e-12)
    assert n10.as_in_the_paper(18, 19) < 0
    with pytest.raises(ZeroDivisionError):
        n10.as_in_the_paper(0, 9)


class Recorded:
    """What fit_slanted needs of a Learner, and nothing that trains."""

    def __init__(self, n_groups):
        groups = [{"lr": 0.0} for _ in range(n_groups)]
        self.asked = None
        self.opt = SimpleNamespace(
            param_lists=[[]] * n_groups, hypers=groups, set_hyper=self.set_hyper
        )

    def set_hyper(self, name, values):
        if isinstance(values, slice):  # fastai: the lowest and the highest, evenly in the logarithm
            values = np.geomspace(values.start, values.stop, len(self.opt.hypers))
        for group, value in zip(self.opt.hypers, values, strict=True):
            group[name] = value

    def no_bar(self):
        return nullcontext()

    no_logging = no_bar

    def fit(self, epochs, cbs):
        self.asked = [cbs.scheds["lr"](done) for done in (0.0, 0.1, 0.55)]


def test_rates_of_the_layers():
    learn = Recorded(4)
    n10.fit_slanted(learn, 1, 0.01)
    start, peak, middle = learn.asked
    np.testing.assert_allclose(peak, [0.01 / 2.6**3, 0.01 / 2.6**2, 0.01 / 2.6, 0.01])
    np.testing.assert_allclose(start, peak / 32)
    np.testing.assert_allclose(middle, peak * (1 + 0.5 * 31) / 32)


# --- Vectors of articles --------------------------------------------------------------------------

TEXTS = ["Der Zug fährt.", "Der Zug steht, der Zug wartet.", "Ein Rad"]


def test_rarity_is_scikit_learn_s():
    tfidf = TfidfVectorizer(tokenizer=tokenize, lowercase=False, token_pattern=None).fit(TEXTS)
    theirs = dict(zip(tfidf.get_feature_names_out(), tfidf.idf_, strict=True))
    assert n10.rarity(TEXTS) == pytest.approx(theirs)


@pytest.fixture
def vectors():
    vectors = KeyedVectors(5)
    vectors.add_vectors(["Der", "Zug", "steht", "neu"], random(4, 5).numpy())
    return vectors


def test_an_article_is_the_weighted_sum_of_its_words(vectors):
    idf = n10.rarity(TEXTS)
    expected = sum(
        idf.get(word, max(idf.values())) * vectors[word] / np.linalg.norm(vectors[word])
        for word in ("Der", "Zug", "steht", "neu", "neu")
    )
    [mine] = n10.article_vectors(["Der Zug steht neu neu unbekannt"], vectors, idf)
    np.testing.assert_allclose(mine, expected / np.linalg.norm(expected), atol=1e-6)


def test_order_does_not_count_and_length_is_one(vectors):
    idf = n10.rarity(TEXTS)
    made = n10.article_vectors(["Zug Der steht", "steht Zug Der", "unbekannt"], vectors, idf)
    torch.testing.assert_close(made[0], made[1])
    assert made.norm(dim=1).tolist() == pytest.approx([1, 1, 0])


@pytest.mark.parametrize("decay", [0.3, 2.0])
def test_the_linear_layer_is_logistic_regression(decay):
    X = random(60, 4)
    y = (X[:, 0] + 0.5 * random(60, seed=1) > 0).long() + (X[:, 1] > 1).long()
    layer = n10.train_linear(X, y, 3, decay)
    theirs = LogisticRegression(C=1 / decay, max_iter=1000, tol=1e-8).fit(X, y)
    mine = layer(X).softmax(1).numpy()
    np.testing.assert_allclose(mine, theirs.predict_proba(X), atol=0.02)
    assert not layer.weight.requires_grad


def test_the_interval_is_that_of_articles_and_of_draws():
    """As wide as the normal approximation says, where only one of the two varies."""
    rng = np.random.default_rng(1)
    a = (rng.random((1, 400)) < 0.7).repeat(5, axis=0)  # five equal draws
    b = (rng.random((1, 400)) < 0.6).repeat(5, axis=0)
    mean, low, high = n10.interval(a, b)
    gaps = a[0].astype(float) - b[0]
    assert mean == pytest.approx(gaps.mean())
    assert (high - low) / 2 == pytest.approx(1.96 * gaps.std() / 20, rel=0.1)
    rows = rng.random((12, 1)) < 0.5  # an article is like every other
    mean, low, high = n10.interval(rows.repeat(300, axis=1), np.zeros((12, 300)))
    assert (high - low) / 2 == pytest.approx(1.96 * rows.std() / 12**0.5, rel=0.25)
    assert n10.interval(a, a) == (0, 0, 0)


# --- Concat pooling, and whole articles -----------------------------------------------------------


@pytest.mark.parametrize("lengths", [[5], [5, 1, 3], [2, 2]])
def test_concat_pooling(lengths):
    n = torch.tensor(lengths)
    H = random(len(lengths), 6, 3)
    padding = torch.arange(6) >= n[:, None]
    rows = []
    for h, k in zip(H, lengths, strict=True):
        rows.append(torch.cat([h[k - 1], h[:k].amax(0), h[:k].mean(0)]))
    expected = torch.stack(rows)
    torch.testing.assert_close(n10.concat_pool(H, n), expected)
    torch.testing.assert_close(masked_concat_pool(H.clone(), padding, 6), expected)
    H[padding] = torch.nan  # what stands at padding has no influence
    torch.testing.assert_close(n10.concat_pool(H, n), expected)


@pytest.mark.parametrize("bptt", [3, 7, 100])
def test_the_whole_article_is_read_wherever_it_is_cut(bptt):
    body = body_of()
    documents = documents_of(11, 1, 23, 8)
    mine, _ = predict(n10.Pooled(body, bptt), n10.piece_batches(documents))
    body.eval()
    for row, document in zip(mine, documents, strict=True):
        body.reset()
        with torch.no_grad():
            h = body(torch.tensor([document]))[0]
        expected = torch.cat([h[-1], h.amax(0), h.mean(0)])
        torch.testing.assert_close(row, expected, rtol=0, atol=1e-5)


def test_every_chunk_gets_a_gradient():
    body = body_of()
    x = torch.arange(3, 43)[None]
    n10.Pooled(body, 10)(x, torch.tensor([40])).sum().backward()
    assert (body.encoder.weight.grad[3:43].abs().sum(1) > 0).all()


def test_no_gradient_crosses_a_cut():
    """The last state alone, after a cut: what stood before it gets none."""
    body = body_of()
    pooled = n10.Pooled(body, 10)(torch.arange(3, 23)[None], torch.tensor([20]))
    pooled[0, :6].sum().backward()  # h_T of concat pooling
    sizes = body.encoder.weight.grad.abs().sum(1)
    assert (sizes[13:23] > 0).all() and (sizes[3:13] == 0).all()


@pytest.mark.parametrize("shuffle, size", [(False, 8_000), (True, 8_000), (True, 4_200)])
def test_batches_keep_pieces_labels_and_others_together(shuffle, size):
    documents = documents_of(5, 900, 17, 4_000, 3, 3_900, 40)
    y = torch.arange(7)
    others = random(7, 4)
    seen = []
    data = beside(n10.piece_batches(documents, y, shuffle, size=size), others)
    for x, lengths, extra, labels in data:
        assert len(x) == 1 or x.numel() <= size
        for row, n, own, label in zip(x, lengths, extra, labels, strict=True):
            assert row[:n].tolist() == documents[label] and (row[n:] == 1).all()
            assert torch.equal(own, others[label])
            seen.append(label.item())
    assert sorted(seen) == list(range(7))


# --- The classifier -------------------------------------------------------------------------------


def test_a_unit_that_hardly_varies_does_not_outweigh_all_others():
    """Its maximum may be the same in all labelled articles, and another one in a short sentence."""
    states = random(45, 18)
    states[:, 3] = 0.97
    states[0, 3] += 1e-5
    mean, std = n10.mean_and_std(states)
    sentence = random(18)
    sentence[3] = 0.2
    assert ((sentence - mean) / std).norm() < 3
    torch.testing.assert_close(std[3], n10.FLOOR * std.median())
    others = torch.arange(18) != 3
    torch.testing.assert_close(std[others], states.std(0)[others] * 18**0.5)


@pytest.mark.parametrize("scale", [1e-3, 1.0])
def test_states_are_standardised_alike_whatever_their_scale(scale):
    """Those of a body that has read nothing are a hundred times smaller."""
    states = random(45, 18)
    mean, std = n10.mean_and_std(states)
    small = n10.mean_and_std(scale * states)
    torch.testing.assert_close(small[0], scale * mean)
    torch.testing.assert_close(small[1], scale * std, rtol=0.01, atol=0)


@pytest.mark.parametrize("with_others", [False, True])
def test_a_classifier_begins_with_a_linear_layer_on_frozen_states(with_others):
    body = body_of()
    before = {name: weight.clone() for name, weight in body.state_dict().items()}
    documents = documents_of(9, 30, 14, 21, 6, 12)
    y = torch.tensor([0, 1, 2, 0, 1, 2])
    others = random(6, 5) if with_others else None
    model = transfer_models.classifier(body, documents, y, 3, others)
    for name, weight in model.read.body.state_dict().items():
        assert torch.equal(weight, before[name])
    states, _ = predict(n10.Pooled(body), n10.piece_batches(documents))
    std = states.std(0).clamp(min=n10.FLOOR * states.std(0).median().item())
    X = (states - states.mean(0)) / (std + 1e-6) / 18**0.5
    if others is not None:
        X = torch.cat([SHARE * X, others], 1)
    data = n10.piece_batches(documents, y)
    logits, labels = predict(model, data if others is None else beside(data, others))
    assert torch.equal(labels, y)
    torch.testing.assert_close(logits, n10.train_linear(X, y, 3)(X), rtol=0, atol=1e-4)


@pytest.mark.parametrize("frozen", [3, 2, 1, 0])
def test_gradual_unfreezing(frozen):
    """Embedding, LSTM 1, LSTM 2, head: the `frozen` lowest stay as they are."""
    documents = documents_of(9, 30, 14, 21, 6, 12)
    y = torch.tensor([0, 1, 2, 0, 1, 2])
    model = n10.classifier(body_of(p=0.1), documents, y, 3)
    before = [[w.detach().clone() for w in group] for group in n10.layers_of(model)]
    n10.unfreeze(model, n10.piece_batches(documents, y, shuffle=True), [(frozen, 1)])
    after = n10.layers_of(model)
    moved = [
        not all(torch.equal(a, b) for a, b in zip(old, new, strict=True))
        for old, new in zip(before, after, strict=True)
    ]
    assert moved == [k >= frozen for k in range(4)]
    assert sum(w.numel() for group in after for w in group) == sum(
        w.numel() for w in model.parameters()
    )


@pytest.mark.parametrize("batches, last", [(1, 12), (4, 3), (8, 2), (60, 2)])
def test_the_last_round_takes_a_dozen_steps_or_two_epochs(batches, last):
    assert n10.rounds_of(batches) == [(2, 1), (1, 1), (0, last)]


def test_beside_an_lstm_the_vectors_begin():
    """With its last layer at zero, the network says what the path past it says."""
    network = NewsClassifier(random(30, 8), 3)
    path = torch.nn.Linear(5, 3)
    model = TwoPaths(network, path).eval()
    x = torch.randint(2, 30, (4, 9), generator=torch.Generator().manual_seed(0))
    own = random(4, 5)
    torch.testing.assert_close(model(x, torch.tensor([9, 4, 2, 7]), own), path(own))


def test_vectors_stay_with_their_articles():
    pairs = [(list(range(2, n + 2)), n % 3) for n in (4, 9, 2, 30, 7)]
    own = torch.arange(5.0)[:, None]
    seen = {}
    from benchmarks.articles import batches

    for x, lengths, vectors, _ in beside(batches(pairs, True, 0, 20), own):
        for row, n, vector in zip(x, lengths, vectors, strict=True):
            seen[int(vector)] = row[:n].tolist()
    assert [seen[i] for i in range(5)] == [document for document, _ in pairs]
