"""The figures of notebooks 02 to 05 on one corpus: models beside baselines, padding, unknown words.

    COURSE_DATA=FOLDER python -m benchmarks.spine NAME

writes results/NAME.csv (a row a model) and results/NAME-corpus.csv (a row a figure of the corpus).
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC

from benchmarks.articles import TOKENS, Articles
from benchmarks.ledger_models import trained
from benchmarks.machine import device_name
from benchmarks.tables import keep
from course_utils import LengthBuckets, padding_share, tokenize


def naive_bayes() -> Pipeline:
    return make_pipeline(CountVectorizer(), MultinomialNB())


def logistic_regression() -> Pipeline:
    return make_pipeline(TfidfVectorizer(sublinear_tf=True), LogisticRegression(max_iter=1000))


def support_vectors() -> Pipeline:
    return make_pipeline(TfidfVectorizer(sublinear_tf=True), LinearSVC())


BASELINES: dict[str, Callable[[], Pipeline]] = {
    "Naive Bayes, counts": naive_bayes,
    "logistic regression, tf-idf": logistic_regression,
    "LinearSVC, tf-idf": support_vectors,
}


def row(model: str, predicted, truth: pd.Series, seconds: float, parameters=None) -> dict:
    line = {
        "model": model,
        "accuracy": round(float((np.asarray(predicted) == truth).mean()), 3),
        "macro F1": round(f1_score(truth, predicted, average="macro"), 3),
        "seconds": round(seconds, 1),
        "parameters": parameters,
    }
    print(line, flush=True)
    return line


def models(articles: Articles, seeds: int) -> pd.DataFrame:
    """A row a model: the largest desk, three baselines, notebook 05's classifier once a seed."""
    train = articles.train
    truth = articles.test_articles.category
    largest = train.category.value_counts(sort=False).sort_index().idxmax()
    rows = [row("always the largest desk", [largest] * len(truth), truth, 0.0)]
    for name, make in BASELINES.items():
        start = time.perf_counter()
        predicted = make().fit(train.text, train.category).predict(articles.test_articles.text)
        rows.append(row(name, predicted, truth, time.perf_counter() - start))
    for seed in range(seeds):
        indices, history, model = trained("ours-vectors", articles, seed)
        predicted = [articles.classes[k] for k in indices]
        size = sum(p.numel() for p in model.parameters())
        name = f"bidirectional LSTM 64, word vectors, seed {seed}"
        rows.append(row(name, predicted, truth, history[-1]["seconds"], size))
    return pd.DataFrame(rows).astype({"parameters": "Int64"})


def figures(articles: Articles) -> pd.DataFrame:
    """Sizes, vocabulary, unknown words and padded shares of the corpus."""
    train = articles.train.text
    test = articles.test_articles.text
    lengths = [len(tokenize(text)) for text in train]
    order = np.random.default_rng(0).permutation(len(lengths))
    shuffled = [order[i : i + 32] for i in range(0, len(order), 32)]
    buckets = LengthBuckets(lengths, TOKENS).batches()
    found: dict[str, float | str] = {
        "training articles": len(train),
        "test articles": len(test),
        "longest article, tokens": max(lengths),
    }
    for name, split in (("at blanks", str.split), ("tokenizer", tokenize)):
        known = {word for text in train for word in split(text)}
        unknown = [word not in known for text in test for word in split(text)]
        found[f"vocabulary, {name}"] = len(known)
        found[f"unknown share of the test's words, {name}"] = round(float(np.mean(unknown)), 3)
    whole = 1 - float(np.mean(lengths)) / max(lengths)
    found["padded share, everything to the longest"] = round(whole, 3)
    found["padded share, shuffled batches of 32"] = round(padding_share(lengths, shuffled), 3)
    found["padded share, length buckets"] = round(padding_share(lengths, buckets, rounded=True), 3)
    found["device"] = device_name()
    return pd.DataFrame({"figure": list(found), "value": list(found.values())})


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", help="name of the files in results/")
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    articles = Articles.load()
    keep(models(articles, args.seeds), args.name, ["model"], articles.digest)
    keep(figures(articles), f"{args.name}-corpus", ["figure"], articles.digest)


if __name__ == "__main__":
    main()
