"""ULMFiT as notebook 10 builds it, held against fastai, scikit-learn and one article at a time; and
the table of few labels: who reads what, and what is measured again when a file has changed."""

import json
from collections.abc import Iterator
from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from fastai.text.all import AWD_LSTM
from fastai.text.models.core import masked_concat_pool
from gensim.models import KeyedVectors
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from benchmarks import transfer, transfer_corpus
from benchmarks.tables import RESULTS
from benchmarks.transfer_corpus import PER_DESK, Corpus, Entry, German
from benchmarks.transfer_models import MODELS, TwoPaths, beside, linear, scaled, together, ulmfit
from course_utils import load_gnad, predict, tokenize
from course_utils.lessons import n10
from course_utils.lessons.n05 import NewsClassifier


@pytest.fixture(scope="module")
def articles():
    return load_gnad("mini")


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


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


def body_of(seed=0, p=0.0):
    torch.manual_seed(seed)
    return AWD_LSTM(50, 6, 8, 2, hidden_p=p, input_p=p, embed_p=p, weight_p=p)


def documents_of(*lengths):
    rng = np.random.default_rng(0)
    return [[n10.BEGIN, *rng.integers(3, 50, n - 1).tolist()] for n in lengths]


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
    for x, lengths, extra, labels in n10.piece_batches(documents, y, others, shuffle, size=size):
        assert len(x) == 1 or x.numel() <= size
        for row, n, own, label in zip(x, lengths, extra, labels, strict=True):
            assert row[:n].tolist() == documents[label] and (row[n:] == 1).all()
            assert torch.equal(own, others[label])
            seen.append(label.item())
    assert sorted(seen) == list(range(7))


# --- The classifier -------------------------------------------------------------------------------


@pytest.mark.parametrize("with_others", [False, True])
def test_a_classifier_begins_with_a_linear_layer_on_frozen_states(with_others):
    body = body_of()
    before = {name: weight.clone() for name, weight in body.state_dict().items()}
    documents = documents_of(9, 30, 14, 21, 6, 12)
    y = torch.tensor([0, 1, 2, 0, 1, 2])
    others = random(6, 5) if with_others else None
    model = n10.classifier(body, documents, y, 3, others)
    for name, weight in model.read.body.state_dict().items():
        assert torch.equal(weight, before[name])
    states, _ = predict(n10.Pooled(body), n10.piece_batches(documents))
    X = (states - states.mean(0)) / (states.std(0) + 1e-6) / 18**0.5
    if others is not None:
        X = torch.cat([n10.SHARE * X, others], 1)
    logits, labels = predict(model, n10.piece_batches(documents, y, others))
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


# --- A corpus -------------------------------------------------------------------------------------


def corpus_of(articles, n=60):
    train, test = articles
    few = train.groupby("category").head(n // 9).reset_index(drop=True)
    return Corpus(few, test[:20], "few")


def test_no_test_article_is_read(articles):
    train, test = articles
    mixed = pd.concat([train[:40], test[:5]], ignore_index=True)
    read, held = Corpus(mixed, test, "mixed").unlabelled
    assert len(read) + len(held) == 40 == len({*read, *held})
    assert {*read, *held}.isdisjoint(test.text)
    assert len(held) == 4


def test_the_corpus_without_its_test_articles(articles):
    train, test = articles
    inner = transfer.inside(Corpus(train, test, "all"))
    assert len(inner.train) + len(inner.test) == len(train)
    assert {*inner.train.text, *inner.test.text} == set(train.text)
    assert inner.name == "all-inside"


def test_article_vectors_are_centred_by_the_training_articles(articles):
    train, test = corpus_of(articles).article_vectors
    np.testing.assert_allclose(train.mean(0), 0, atol=1e-6)
    assert train.shape[1] == test.shape[1] == 200 and len(test) == 20


def test_shipped_files_have_digests():
    german = German()
    assert german.digests.keys() == {"vectors", "language model"}
    weights = german.weights()
    assert weights["1.decoder.weight"] is weights["0.encoder.weight"]
    assert german.vectors["Wien"].shape == (200,)


@pytest.mark.parametrize("kind", ["shipped", "untrained"])
def test_bodies(articles, kind):
    corpus = corpus_of(articles)
    body = corpus.body(kind, seed=1)
    shipped = corpus.german.weights()["0.encoder.weight"]
    assert torch.equal(body.encoder.weight, shipped) == (kind == "shipped")
    again = corpus.body(kind, seed=1)
    assert torch.equal(again.rnns[0].weight_hh_l0_raw, body.rnns[0].weight_hh_l0_raw)


# --- The table -----------------------------------------------------------------------------------


@pytest.mark.parametrize("per_desk", [1, 5, 20])
def test_draws_are_balanced_and_repeatable(articles, per_desk):
    train, _ = articles
    labelled = transfer.draw(train, per_desk, seed=1)
    assert set(labelled.category.value_counts()) == {per_desk}
    assert labelled.equals(transfer.draw(train, per_desk, seed=1))
    assert not labelled.equals(transfer.draw(train, per_desk, seed=2))


def test_a_draw_of_all_is_all(articles):
    train, _ = articles
    assert len(transfer.draw(train, None, seed=0)) == len(train)


def test_right_answers_are_marked_in_order():
    text = transfer.marks(np.array([True, False, False, True]))
    assert text == "x..x"


def web(corpus):
    """Scores (N, K) that say Web of every test article."""
    says = torch.zeros(len(corpus.test), len(corpus.classes))
    says[:, corpus.classes.index("Web")] = 1
    return says


class Counted:
    """A system that says Web and remembers when it was asked."""

    def __init__(self):
        self.calls = []

    def __call__(self, corpus, labelled, seed):
        self.calls.append((len(labelled), seed))
        return web(corpus)


@pytest.fixture
def small(articles, tmp_path, monkeypatch):
    monkeypatch.setattr(transfer_corpus, "KEPT", tmp_path)
    train, test = articles
    corpus = Corpus(train, test[:20], "some")
    corpus.files = " ".join
    return corpus


def test_the_table_goes_on_where_it_ended(small, tmp_path):
    system = Counted()
    entries = {"web": Entry(system, per_desk=(1, 2), draws=2)}
    transfer.table(small, {"web": Entry(system, per_desk=(1,), draws=1)}, 60, tmp_path)
    transfer.table(small, entries, -1, tmp_path)
    assert system.calls == [(9, 0)]
    transfer.table(small, entries, 60, tmp_path)
    assert system.calls == [(9, 0), (9, 1), (18, 0), (18, 1)]
    rows = pd.read_csv(tmp_path / "lowshot-some.csv")
    share = (small.test.category == "Web").mean()
    assert (rows.accuracy == round(share, 4)).all()
    assert (rows.right.map(lambda right: right.count("x") / len(right)) == share).all()


def test_another_language_model_is_measured_again(small, tmp_path):
    reads = Counted()
    counts = Counted()
    entries = {
        "reads": Entry(reads, ("language model",), (1,), 1),
        "counts": Entry(counts, (), (1,), 1),
    }
    for digest in ("old", "old", "new"):
        small.files = lambda needs, digest=digest: digest if needs else ""
        transfer.table(small, entries, 60, tmp_path)
    assert (len(reads.calls), len(counts.calls)) == (2, 1)
    assert len(pd.read_csv(tmp_path / "lowshot-some.csv")) == 2


def test_several_networks_answer_together_and_none_is_trained_twice(small, monkeypatch):
    """The mean of probabilities; scores that the table has kept are taken from there."""
    certain = {0: 3.0, 1: 0.0, 2: -1.0}
    asked = []

    def system(corpus, labelled, seed):
        asked.append(seed)
        return certain[seed] * web(corpus)

    entry = Entry(system, per_desk=(None,))
    monkeypatch.setitem(MODELS, "one", entry)
    transfer.measured(small, "one", entry, None, 0)
    found = together(small, small.train, 0, ("one",))
    assert asked == [0, 1, 2]
    each = [(certain[seed] * web(small)).softmax(1) for seed in range(3)]
    torch.testing.assert_close(found, sum(each) / 3)
    assert transfer.measured(small, "one", entry, None, 1)["draw"] == 1
    assert asked == [0, 1, 2, 1], "a row of the table is always measured"


def test_systems_are_chosen_by_name_and_size():
    [(name, entry)] = transfer.chosen(["ULMFiT"], [5, 0]).items()
    assert (name, entry.per_desk) == ("ULMFiT", (5, None))
    assert transfer.chosen(None, None) == MODELS
    with pytest.raises(ValueError, match="no such system: BERT; there are tf-idf"):
        transfer.chosen(["BERT"], None)


def test_settings_are_the_lesson_s_constants(monkeypatch):
    monkeypatch.setattr(n10, "SHARE", n10.SHARE)
    assert list(transfer.with_settings({"ULMFiT": MODELS["ULMFiT"]}, ["SHARE=0.5"])) == [
        "ULMFiT SHARE=0.5"
    ]
    assert n10.SHARE == 0.5
    with pytest.raises(ValueError, match="name single systems"):
        transfer.with_settings({"all together": MODELS["all together"]}, ["SHARE=0.5"])
    for setting in ("unfreeze=1", "SIZE=3"):
        with pytest.raises(ValueError, match="is no constant of notebook 10"):
            transfer.with_settings({}, [setting])


CHEAP = ("tf-idf + LinearSVC", "tf-idf + linear layer", "vectors")


@pytest.mark.parametrize("name", CHEAP)
def test_a_system_answers_for_every_test_article(articles, name):
    corpus = corpus_of(articles)
    scores = MODELS[name].system(corpus, transfer.draw(corpus.train, 2, 0), 0)
    assert scores.shape == (20, 9) and scores.isfinite().all()


@pytest.mark.training
@pytest.mark.parametrize("name", ["ULMFiT, without stage 2", "vectors + LSTM on vectors"])
def test_networks_answer_for_every_test_article(articles, name, monkeypatch):
    train, test = articles
    short = [frame.assign(text=frame.text.str[:200]) for frame in (train[:60], test[:6])]
    corpus = Corpus(*short, "short")
    monkeypatch.setattr(n10, "rounds_of", lambda n: [(2, 1), (0, 1)])
    scores = MODELS[name].system(corpus, corpus.train[:12], 0)
    assert scores.shape == (6, len(corpus.classes)) and scores.isfinite().all()


@pytest.mark.training
def test_ulmfit_that_unfreezes_nothing_is_a_linear_layer_on_frozen_states(
    articles, tmp_path, monkeypatch
):
    """On processors with bfloat16, too: one autocast around all steps of the last layer would
    train it on its first weights again and again."""
    monkeypatch.setattr(transfer_corpus, "KEPT", tmp_path)
    train, test = articles
    short = [frame.assign(text=frame.text.str[:300]) for frame in (train[:60], test[:20])]
    corpus = Corpus(*short, "short")
    monkeypatch.setattr(n10, "unfreeze", lambda *_: None)
    scores = ulmfit(corpus, corpus.train, 0, "shipped")
    frozen = linear(corpus, corpus.train, scaled(corpus.states("shipped"), corpus.train))
    torch.testing.assert_close(scores.float(), frozen, rtol=0.05, atol=0.25)


def committed() -> Iterator[tuple[str, pd.DataFrame]]:
    for path in sorted(RESULTS.glob("lowshot-*.csv")):
        if path.stem != "lowshot-published":
            yield path.stem, pd.read_csv(path)


def test_in_a_committed_table_a_system_has_all_draws_of_a_size():
    tables = dict(committed())
    assert {"lowshot-mininews", "lowshot-gnad-small"} <= tables.keys()
    for name, rows in tables.items():
        assert not rows.duplicated(["model", "labels", "draw"]).any()
        assert rows.accuracy.between(0.05, 1).all()
        for model, own in rows.groupby("model"):
            draws = own.groupby("labels").draw.apply(list).to_list()
            wanted = [[*seeds] for size in PER_DESK if (seeds := MODELS[model].seeds(size))]
            assert all(seeds in wanted for seeds in draws), f"{name}: {model}"
            shares = own.right.map(lambda right: right.count("x") / len(right))
            np.testing.assert_allclose(shares, own.accuracy, atol=6e-5)
            assert own.files.nunique(dropna=False) == 1, f"{name}: {model}"


def test_committed_tables_say_where_they_come_from():
    for name, _ in committed():
        runs = json.loads((RESULTS / f"{name}.runs.json").read_text(encoding="utf-8"))
        assert all("benchmarks.transfer" in run["command"] for run in runs)


def test_the_package_s_data_take_25_megabytes_at_most():
    """What has read German, and the newspaper."""
    data = German().folder.parent
    files = [path for path in data.rglob("*") if path.is_file()]
    assert {path.relative_to(data).parts[0] for path in files} == {"german", "mininews"}
    assert sum(path.stat().st_size for path in files) <= 25e6
