"""The table of few labels: who reads what, and what is measured again when a file has changed."""

import json
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
import torch
from transfer_helpers import corpus_of, random

from benchmarks import transfer, transfer_corpus, transfer_models
from benchmarks.tables import RESULTS
from benchmarks.transfer_corpus import PER_DESK, Corpus, Entry, German
from benchmarks.transfer_models import MODELS, linear, scaled, together, ulmfit
from course_utils import load_gnad
from course_utils.lessons import n10


@pytest.fixture(scope="module")
def articles():
    return load_gnad("mini")


# --- A corpus -------------------------------------------------------------------------------------


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


def test_ledger_and_table_speak_of_the_same_network(small, tmp_path, monkeypatch):
    """With all labels: measured once, again only where the row or its scores are missing."""
    monkeypatch.setattr(transfer.tables, "RESULTS", tmp_path)
    system = Counted()
    monkeypatch.setitem(MODELS, "web", Entry(system, per_desk=(1, None), draws=2))
    scores, seconds = transfer.with_all_labels(small, "web", seed=1)
    again, same = transfer.with_all_labels(small, "web", seed=1)
    assert torch.equal(scores, again) and torch.equal(scores, web(small)) and seconds == same
    assert system.calls == [(len(small.train), 1)]
    assert pd.read_csv(tmp_path / "lowshot-some.csv").draw.tolist() == [1]
    small.scores_at("web", MODELS["web"], small.train, 1).unlink()
    transfer.with_all_labels(small, "web", seed=1)
    assert len(system.calls) == 2


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
    monkeypatch.setattr(transfer_models, "SHARE", transfer_models.SHARE)
    assert list(transfer.with_settings({"ULMFiT": MODELS["ULMFiT"]}, ["SHARE=0.5"])) == [
        "ULMFiT SHARE=0.5"
    ]
    assert transfer_models.SHARE == 0.5
    with pytest.raises(ValueError, match="name single systems"):
        transfer.with_settings({"all together": MODELS["all together"]}, ["SHARE=0.5"])
    for setting in ("unfreeze=1", "SIZE=3"):
        with pytest.raises(ValueError, match="is no constant of notebook 10"):
            transfer.with_settings({}, [setting])


def test_the_mean_alone_is_the_last_third_of_the_pooled_states(articles, monkeypatch):
    corpus = corpus_of(articles)
    train, test = random(len(corpus.train), 12), random(20, 12)
    monkeypatch.setitem(corpus._states, "tuned", (train, test))
    labelled = transfer.draw(corpus.train, 2, 0)
    alone = scaled((train[:, 8:], test[:, 8:]), labelled)
    scores = MODELS["frozen, mean alone"].system(corpus, labelled, 0)
    assert torch.equal(scores, linear(corpus, labelled, alone))


def test_random_embeddings_are_another_draw_a_seed(articles):
    """The control that has read nothing: no file of the package is needed."""
    corpus = corpus_of(articles)
    entry = MODELS["random pieces, mean alone"]
    assert entry.needs == () and corpus.files(entry.needs) == ""
    labelled = transfer.draw(corpus.train, 2, 0)
    first, again, other = (entry.system(corpus, labelled, seed) for seed in (0, 0, 1))
    assert torch.equal(first, again) and not torch.allclose(first, other)


CHEAP = (
    "tf-idf + LinearSVC",
    "tf-idf + linear layer",
    "vectors",
    "random pieces, mean alone",
)


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
