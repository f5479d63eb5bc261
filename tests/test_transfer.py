"""ULMFiT as notebook 10 builds it, against benchmarks.transfer and fastai; and what the checkpoint
was trained on. A language model that has read the test set makes every number after it worthless,
so its fingerprint is checked against the articles."""

import json
from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from fastai.text.models.core import masked_concat_pool
from gensim.models import KeyedVectors
from safetensors import safe_open
from safetensors.torch import load_model

from benchmarks import transfer
from benchmarks.machine import digest
from benchmarks.tables import RESULTS, ROOT
from benchmarks.transfer_models import MODELS
from course_utils import load_gnad, load_vectors, tokenize
from course_utils.corpus import MINI
from course_utils.lessons import n10


@pytest.fixture(scope="module")
def articles():
    return load_gnad("mini")


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


# --- Concat pooling ------------------------------------------------------------------------------


@pytest.mark.parametrize("lengths", [[5], [5, 1, 3], [2, 2]])
def test_concat_pooling(lengths):
    n = torch.tensor(lengths)
    H = torch.randn(len(lengths), 6, 3, generator=torch.Generator().manual_seed(0))
    padding = torch.arange(6) >= n[:, None]
    rows = []
    for h, k in zip(H, lengths, strict=True):
        rows.append(torch.cat([h[k - 1], h[:k].amax(0), h[:k].mean(0)]))
    expected = torch.stack(rows)
    torch.testing.assert_close(n10.concat_pool(H, n), expected)
    torch.testing.assert_close(masked_concat_pool(H.clone(), padding, 6), expected)
    H[padding] = torch.nan  # what stands at padding has no influence
    torch.testing.assert_close(n10.concat_pool(H, n), expected)


# --- What the language model has read ------------------------------------------------------------


def metadata():
    with safe_open(str(transfer.CHECKPOINT), framework="pt") as file:
        return file.metadata()


def test_parts_share_nothing_with_each_other_or_with_the_test_articles(articles):
    train, test = articles
    parts = transfer.parts(train, test)
    texts = [text for part in parts for text in part.text]
    assert len(texts) == len(set(texts)) == len(train)
    assert set(texts) <= set(train.text)
    assert set(texts).isdisjoint(test.text)


def test_an_article_that_stands_in_the_test_set_too_is_not_read():
    train = pd.DataFrame({"category": "Web", "text": [f"Text {i}" for i in range(40)]})
    test = train[5:7]
    assert not any(part.text.isin(test.text).any() for part in transfer.parts(train, test))


def test_the_checkpoint_has_read_training_articles_only(articles):
    train, test = articles
    archive, _, _ = transfer.parts(train, test)
    assert metadata()["corpus"] == "mininews"
    assert metadata()["read"] == digest(archive.text)
    assert metadata()["read"] != digest([*archive.text, *test.text])


def words_in(articles):
    return {word for text in articles.text for word in tokenize(text)}


def test_the_checkpoint_s_vocabulary_knows_no_word_of_the_test_alone(articles):
    train, test = articles
    archive, newspaper, _ = transfer.parts(train, test)
    vocab = json.loads(transfer.CHECKPOINT.with_suffix(".json").read_text(encoding="utf-8"))
    assert vocab == transfer.vocabulary(archive, newspaper)
    in_test_alone = words_in(test) - words_in(train)
    assert in_test_alone
    assert in_test_alone.isdisjoint(vocab)


def test_the_notebook_takes_the_same_fingerprint(articles):
    train, _ = articles
    assert n10.fingerprint(train) == digest(train.text)


def test_embeddings_begin_with_the_vectors_of_known_words():
    vectors = KeyedVectors(7)
    numbers = np.random.default_rng(0).normal(2, 3, (3, 7)).astype("float32")
    vectors.add_vectors(["Zug", "Wien", "Rand"], numbers)
    embedding = torch.nn.Embedding(4, 7)
    before = embedding.weight.detach().clone()
    assert n10.begin_with(embedding, vectors, ["xxunk", "Wien", "Graz", "Zug"]) == 2
    assert torch.equal(embedding.weight[[0, 2]], before[[0, 2]])
    assert embedding.weight.requires_grad
    scaled = numbers * 0.15 / numbers.std()
    np.testing.assert_allclose(embedding.weight[[3, 1]].detach().numpy(), scaled[:2], rtol=1e-5)


@pytest.mark.training
def test_the_language_model_is_as_wide_as_the_vectors(articles):
    archive, _, held = (part[:40] for part in transfer.parts(*articles))
    vocab = transfer.vocabulary(archive)
    vectors = KeyedVectors(12)
    vectors.add_vectors(vocab[10:20], np.eye(10, 12, dtype="float32"))
    model = transfer.stage_1(archive, held, vocab, vectors, epochs=1).model
    assert model[0].encoder.weight.shape == (len(vocab), 12)
    assert model[1].decoder.weight is model[0].encoder.weight
    assert transfer.stage_2(model, archive, held, vocab).model[0].encoder.embedding_dim == 12


@pytest.fixture(scope="module")
def learner(articles):
    """The language model as it is built, with some articles held out; and its first weights."""
    archive, newspaper, held = transfer.parts(*articles)
    vocab = transfer.vocabulary(archive, newspaper)
    size = load_vectors("mini").vector_size
    learn = n10.language_learner(n10.streams(held[:8], held[:20], vocab), size)
    before = learn.model[0].rnns[0].weight_hh_l0_raw.detach().clone()
    assert load_model(learn.model, str(transfer.CHECKPOINT)) == (set(), [])
    return learn, before


def test_the_checkpoint_loads(learner):
    learn, before = learner
    assert not torch.equal(before, learn.model[0].rnns[0].weight_hh_l0_raw)
    assert learn.model[1].decoder.weight is learn.model[0].encoder.weight
    for parameter in learn.model.parameters():
        assert parameter.dtype == torch.float32
        assert parameter.isfinite().all()


def test_the_checkpoint_is_small():
    assert transfer.CHECKPOINT.stat().st_size < 3_500_000
    assert transfer.CHECKPOINT.with_suffix(".json").stat().st_size < 200_000


def test_it_knows_held_out_articles_better_than_the_unigram_model(learner):
    learn, _ = learner
    assert transfer.perplexity(learn) < 150


def test_a_classifier_takes_the_language_model_s_body(articles, learner):
    archive, newspaper, _ = transfer.parts(*articles)
    vocab = transfer.vocabulary(archive, newspaper)
    learn, _ = learner
    labelled = transfer.draw(articles[0], 1, seed=0).reset_index(drop=True)
    classes = sorted(labelled.category)
    body = n10.classifier(labelled, learn.model, vocab, classes).model[0].module
    for name, weight in learn.model[0].state_dict().items():
        assert torch.equal(body.state_dict()[name], weight)


# --- The table -----------------------------------------------------------------------------------


def test_about_150_steps_of_16_articles():
    assert [n10.last_epochs(n) for n in (9, 45, 90, 1800)] == [150, 50, 25, 4]


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


def test_the_table_goes_on_where_it_ended(articles, tmp_path):
    train, test = articles
    few = test[:20]
    corpus = SimpleNamespace(train=train, test=few, name="some", digest="0")
    calls = []

    def guess(corpus, labelled, articles, seed):
        calls.append((len(labelled), seed))
        return np.full(len(articles), "Web")

    cells = [("guess", guess, per_desk, seed) for per_desk in (1, 2) for seed in range(2)]
    transfer.table(corpus, cells[:1], 60, tmp_path)
    transfer.table(corpus, cells, -1, tmp_path)
    assert calls == [(9, 0)]
    transfer.table(corpus, cells, 60, tmp_path)
    assert calls == [(9, 0), (9, 1), (18, 0), (18, 1)]
    rows = pd.read_csv(tmp_path / "lowshot-some.csv")
    assert (rows.accuracy == round((few.category == "Web").mean(), 4)).all()


def test_the_committed_table_is_complete():
    rows = pd.read_csv(RESULTS / "lowshot-mininews.csv")
    assert len(rows) == len(transfer.PER_DESK) * len(MODELS) * transfer.DRAWS
    assert not rows.duplicated(["model", "labels", "draw"]).any()
    assert rows.accuracy.between(0.05, 1).all()


def test_the_checkpoint_is_packaged():
    assert transfer.CHECKPOINT.parent == MINI.parent
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert '"data/*.safetensors"' in pyproject
    assert '"data/*.json"' in pyproject
