"""The figures of the spine on one corpus: accuracy of each model beside tf-idf + LinearSVC, padded share, vocabulary, unknown words.

    COURSE_DATA=/path/to/gnad-small python -m benchmarks.spine gnad-small

writes results/gnad-small.csv (a row a model) and results/gnad-small-corpus.csv (a row a figure of the corpus).
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from torch.utils.data import DataLoader

from benchmarks.machine import device_name
from benchmarks.models import NewsClassifier
from course_utils import (
    LengthBuckets,
    Vocabulary,
    embedding_matrix,
    fit,
    load_gnad,
    load_vectors,
    pad_batch,
    padding_share,
    predict,
    tokenize,
)

RESULTS = Path(__file__).resolve().parent.parent / "results"
BASELINES = {
    "Naive Bayes, counts": lambda: make_pipeline(CountVectorizer(), MultinomialNB()),
    "logistic regression, tf-idf": lambda: make_pipeline(
        TfidfVectorizer(sublinear_tf=True), LogisticRegression(max_iter=1000)
    ),
    "LinearSVC, tf-idf": lambda: make_pipeline(TfidfVectorizer(sublinear_tf=True), LinearSVC()),
}


def epochs_for(n_articles: int) -> int:
    """Notebook 05's rule: a small corpus needs more rounds for the same number of steps."""
    return 7 if n_articles > 1000 else 14


def lstm(
    train: pd.DataFrame, test: pd.DataFrame, classes: list[str], seed: int
) -> tuple[list[str], float, int]:
    """Predictions, seconds of training and parameters of notebook 05's classifier, trained as there."""
    fitting, validation = train_test_split(
        train, test_size=1 / 7, stratify=train.category, random_state=0
    )
    vocabulary = Vocabulary.from_texts(fitting.text, min_count=2)

    def batches(articles, shuffle=False):
        documents = [vocabulary.encode(tokenize(text)) for text in articles.text]
        labels = [classes.index(category) for category in articles.category]
        sampler = LengthBuckets([len(d) for d in documents], tokens=12_000, shuffle=shuffle)
        return DataLoader(
            list(zip(documents, labels)),
            batch_sampler=sampler,
            collate_fn=lambda b: pad_batch(*zip(*b), rounded=True),
        ), sampler

    torch.manual_seed(seed)
    model = NewsClassifier(embedding_matrix(vocabulary, load_vectors()), len(classes))
    start = time.perf_counter()
    fit(
        model,
        batches(fitting, shuffle=True)[0],
        batches(validation)[0],
        epochs=epochs_for(len(fitting)),
        lr=0.01,
        seed=seed,
    )
    seconds = time.perf_counter() - start
    loader, sampler = batches(test)
    logits, _ = predict(model, loader)
    predicted = np.empty(len(test), dtype=object)
    predicted[[i for batch in sampler.batches() for i in batch]] = [
        classes[k] for k in logits.argmax(1)
    ]
    return list(predicted), seconds, sum(p.numel() for p in model.parameters())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", help="name of the files in results/")
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    train, test = load_gnad()
    classes = sorted(set(train.category))
    rows = []

    def row(model, predicted, seconds, parameters=None, **more):
        rows.append(
            {
                "model": model,
                "accuracy": round((np.array(predicted) == test.category).mean(), 3),
                "macro F1": round(f1_score(test.category, predicted, average="macro"), 3),
                "seconds": round(seconds, 1),
                "parameters": parameters,
                **more,
            }
        )
        print(rows[-1], flush=True)

    row("always the largest desk", [train.category.mode()[0]] * len(test), 0.0)
    for name, make in BASELINES.items():
        start = time.perf_counter()
        model = make().fit(train.text, train.category)
        row(name, model.predict(test.text), time.perf_counter() - start)
    for seed in range(args.seeds):
        row(f"bidirectional LSTM 64, word vectors, seed {seed}", *lstm(train, test, classes, seed))
    pd.DataFrame(rows).astype({"parameters": "Int64"}).to_csv(
        RESULTS / f"{args.name}.csv", index=False
    )

    lengths = [len(tokenize(text)) for text in train.text]
    order = np.random.default_rng(0).permutation(len(lengths))
    shuffled = [order[i : i + 32] for i in range(0, len(order), 32)]
    figures = {
        "training articles": len(train),
        "test articles": len(test),
        "longest article, tokens": max(lengths),
    }
    for name, split in (("at blanks", str.split), ("tokenizer", tokenize)):
        known = {word for text in train.text for word in split(text)}
        running = [word for text in test.text for word in split(text)]
        figures[f"vocabulary, {name}"] = len(known)
        figures[f"unknown share of the test's words, {name}"] = round(
            float(np.mean([w not in known for w in running])), 3
        )
    figures["padded share, everything to the longest"] = round(
        1 - float(np.mean(lengths)) / max(lengths), 3
    )
    figures["padded share, shuffled batches of 32"] = round(padding_share(lengths, shuffled), 3)
    figures["padded share, length buckets"] = round(
        padding_share(lengths, LengthBuckets(lengths, 12_000).batches(), rounded=True), 3
    )
    figures["device"] = f"{device_name()}, torch {torch.__version__}"
    pd.Series(figures, name="value").rename_axis("figure").to_csv(
        RESULTS / f"{args.name}-corpus.csv"
    )


if __name__ == "__main__":
    main()
