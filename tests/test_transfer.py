"""ULMFiT as notebook 09 builds it, against benchmarks.transfer and fastai; and what the checkpoint was trained on.
A language model that has read the test set makes every number after it worthless, so its fingerprint is checked against the articles."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from fastai.text.models.core import masked_concat_pool
from gensim.models import KeyedVectors
from safetensors import safe_open
from safetensors.torch import load_model

from benchmarks import transfer
from benchmarks.taken import NOTEBOOKS, take
from course_utils import load_gnad, tokenize
from course_utils.corpus import MINI


@pytest.fixture(scope="module")
def articles():
    return load_gnad("mini")


# --- Schedules -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("T", [1, 2, 7, 9, 10, 19, 50, 1000])
def test_slanted_triangle(T):
    mine = take("09", "slanted_triangle")["slanted_triangle"]
    rates = [mine(t, T) for t in range(T)]
    assert rates == [transfer.slanted_triangle(t, T) for t in range(T)]
    assert rates[0] == 1 / 32 and all(1 / 32 <= rate <= 1 for rate in rates)
    assert T < 10 or np.argmax(rates) in (T // 10, T // 10 + 1)


def test_slanted_triangle_is_the_paper_s_where_nothing_is_rounded():
    scope = take("09", "as_in_the_paper", "slanted_triangle")
    for t in range(200):
        assert scope["as_in_the_paper"](t, 200) == pytest.approx(
            scope["slanted_triangle"](t, 200), abs=1e-12
        )
    assert scope["as_in_the_paper"](18, 19) < 0
    with pytest.raises(ZeroDivisionError):
        scope["as_in_the_paper"](0, 9)


class Recorded:
    """What fit_slanted needs of a Learner, and nothing that trains."""

    def __init__(self, n_groups):
        self.groups, self.asked = [{"lr": 0.0} for _ in range(n_groups)], None
        self.opt = type(
            "Optimizer",
            (),
            {"param_lists": [[]] * n_groups, "hypers": self.groups, "set_hyper": self.set_hyper},
        )()

    def set_hyper(self, name, values):
        for group, value in zip(self.groups, values):
            group[name] = value

    def fit(self, epochs, cbs):
        self.asked = [cbs.scheds["lr"](done) for done in (0.0, 0.1, 0.55)]


def test_rates_of_the_layers():
    learn = Recorded(4)
    transfer.fit_slanted(learn, 1, 0.01)
    start, peak, middle = learn.asked
    np.testing.assert_allclose(peak, [0.01 / 2.6**3, 0.01 / 2.6**2, 0.01 / 2.6, 0.01])
    np.testing.assert_allclose(start, peak / 32)
    np.testing.assert_allclose(middle, peak * (1 + 0.5 * 31) / 32)


# --- Concat pooling --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lengths", [[5], [5, 1, 3], [2, 2]])
def test_concat_pooling(lengths):
    mine = take("09", "concat_pool")["concat_pool"]
    H, n = (
        torch.randn(len(lengths), 6, 3, generator=torch.Generator().manual_seed(0)),
        torch.tensor(lengths),
    )
    expected = torch.stack(
        [torch.cat([h[k - 1], h[:k].amax(0), h[:k].mean(0)]) for h, k in zip(H, lengths)]
    )
    torch.testing.assert_close(mine(H, n), expected)
    torch.testing.assert_close(
        masked_concat_pool(H.clone(), torch.arange(6) >= n[:, None], 6), expected
    )
    H[torch.arange(6) >= n[:, None]] = torch.nan  # what stands at padding has no influence
    torch.testing.assert_close(mine(H, n), expected)


# --- What the language model has read --------------------------------------------------------------------------------


def metadata():
    with safe_open(str(transfer.CHECKPOINT), framework="pt") as file:
        return file.metadata()


def test_parts_share_nothing_with_each_other_or_with_the_test_articles(articles):
    train, test = articles
    parts = transfer.parts(train, test)
    texts = [text for part in parts for text in part.text]
    assert (
        len(texts) == len(set(texts))
        and set(texts) <= set(train.text)
        and set(texts).isdisjoint(test.text)
    )
    assert sum(map(len, parts)) == len(train)


def test_an_article_that_stands_in_the_test_set_too_is_not_read():
    train = pd.DataFrame({"category": "Web", "text": [f"Text {i}" for i in range(40)]})
    test = train[5:7]
    assert not any(part.text.isin(test.text).any() for part in transfer.parts(train, test))


def test_the_checkpoint_has_read_training_articles_only(articles):
    train, test = articles
    archive, newspaper, held = transfer.parts(train, test)
    assert metadata()["corpus"] == "mininews" and metadata()["read"] == transfer.digest(archive)
    assert metadata()["read"] != transfer.digest(pd.concat([archive, test]))
    vocab = json.loads(transfer.CHECKPOINT.with_suffix(".json").read_text(encoding="utf-8"))
    assert vocab == transfer.vocabulary(archive, newspaper)
    in_test_alone = {w for text in test.text for w in tokenize(text)} - {
        w for text in train.text for w in tokenize(text)
    }
    assert in_test_alone and in_test_alone.isdisjoint(vocab)


def test_the_notebook_takes_the_same_fingerprint(articles):
    train, _ = articles
    assert take("09", "fingerprint")["fingerprint"](train) == transfer.digest(train)


@pytest.mark.parametrize("where", ["benchmarks", "notebook"])
def test_embeddings_begin_with_the_vectors_of_known_words(where):
    begin_with = (
        transfer.begin_with if where == "benchmarks" else take("09", "begin_with")["begin_with"]
    )
    vectors = KeyedVectors(7)
    vectors.add_vectors(
        ["Zug", "Wien", "Rand"], np.random.default_rng(0).normal(2, 3, (3, 7)).astype("float32")
    )
    embedding = torch.nn.Embedding(4, 7)
    before = embedding.weight.detach().clone()
    begin_with(embedding, vectors, ["xxunk", "Wien", "Graz", "Zug"])
    assert torch.equal(embedding.weight[[0, 2]], before[[0, 2]]) and embedding.weight.requires_grad
    scaled = vectors.vectors * 0.15 / vectors.vectors.std()
    np.testing.assert_allclose(embedding.weight[[3, 1]].detach().numpy(), scaled[:2], rtol=1e-5)


def test_the_language_model_is_as_wide_as_the_vectors(articles):
    archive, _, held = (part[:40] for part in transfer.parts(*articles))
    vocab, vectors = transfer.vocabulary(archive), KeyedVectors(12)
    vectors.add_vectors(vocab[10:20], np.eye(10, 12, dtype="float32"))
    model = transfer.stage_1(archive, held, vocab, vectors, epochs=1).model
    assert (
        model[0].encoder.weight.shape == (len(vocab), 12)
        and model[1].decoder.weight is model[0].encoder.weight
    )
    assert transfer.stage_2(model, archive, held, vocab).model[0].encoder.embedding_dim == 12


def test_the_checkpoint_loads_and_is_small(articles):
    archive, newspaper, held = transfer.parts(*articles)
    vocab = transfer.vocabulary(archive, newspaper)
    model = transfer.language_learner(transfer.streams(held[:8], held[:8], vocab)).model
    before = model[0].rnns[0].weight_hh_l0_raw.clone()
    assert load_model(model, str(transfer.CHECKPOINT)) == (set(), [])
    assert (
        not torch.equal(before, model[0].rnns[0].weight_hh_l0_raw)
        and model[1].decoder.weight is model[0].encoder.weight
    )
    assert all(
        parameter.dtype == torch.float32 and parameter.isfinite().all()
        for parameter in model.parameters()
    )
    assert (
        transfer.CHECKPOINT.stat().st_size < 2_500_000
        and transfer.CHECKPOINT.with_suffix(".json").stat().st_size < 200_000
    )


def test_it_knows_held_out_articles_better_than_the_unigram_model(articles):
    archive, newspaper, held = transfer.parts(*articles)
    vocab = transfer.vocabulary(archive, newspaper)
    learn = transfer.language_learner(transfer.streams(held[:8], held[:20], vocab))
    load_model(learn.model, str(transfer.CHECKPOINT))
    assert transfer.perplexity(learn) < 150


# --- The table -------------------------------------------------------------------------------------------------------


def test_the_notebook_trains_as_long_as_the_table_says():
    source = next(NOTEBOOKS.glob("09_*.ipynb")).read_text(encoding="utf-8")
    assert f"((-1, 1), (-2, 1), (-3, 1), (0, {transfer.last_epochs(45)}))" in source
    assert [transfer.last_epochs(n) for n in (9, 45, 90, 1800)] == [150, 50, 25, 4]


def test_draws_are_balanced_nested_in_nothing_and_repeatable(articles):
    train, _ = articles
    for per_desk in (1, 5, 20):
        labelled = transfer.draw(train, per_desk, seed=1)
        assert set(labelled.category.value_counts()) == {per_desk} and labelled.equals(
            transfer.draw(train, per_desk, seed=1)
        )
        assert not labelled.equals(transfer.draw(train, per_desk, seed=2))
    assert len(transfer.draw(train, None, seed=0)) == len(train)


def test_the_table_goes_on_where_it_ended(articles, tmp_path):
    train, test = articles
    corpus, calls = type("Corpus", (), {"train": train, "test": test[:20]})(), []

    def guess(corpus, labelled, articles, seed):
        calls.append((len(labelled), seed))
        return np.full(len(articles), "Web")

    cells = [("guess", guess, per_desk, seed, {}) for per_desk in (1, 2) for seed in range(2)]
    transfer.table(corpus, tmp_path / "table.csv", cells[:1], seconds=60)
    transfer.table(corpus, tmp_path / "table.csv", cells, seconds=-1)
    assert calls == [(9, 0)]
    transfer.table(corpus, tmp_path / "table.csv", cells, seconds=60)
    assert calls == [(9, 0), (9, 1), (18, 0), (18, 1)]
    assert (
        pd.read_csv(tmp_path / "table.csv").accuracy
        == round((test[:20].category == "Web").mean(), 4)
    ).all()


def test_the_committed_table_is_complete():
    rows = pd.read_csv(transfer.RESULTS / "lowshot-mininews.csv")
    assert (
        len(rows) == len(transfer.PER_DESK) * len(transfer.MODELS) * transfer.DRAWS
        and not rows.duplicated(["model", "labels", "draw"]).any()
    )
    assert rows.accuracy.between(0.05, 1).all()


def test_the_checkpoint_is_packaged():
    assert transfer.CHECKPOINT.parent == MINI.parent
    pyproject = (transfer.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert '"data/*.safetensors"' in pyproject and '"data/*.json"' in pyproject
