"""The networks of more/races_of_memory, with equally many parameters, on news.

    COURSE_DATA=FOLDER python -m benchmarks.memory_news
    python -m benchmarks.memory_news --networks LSTM "LSTM 5"     # some of them
    python -m benchmarks.memory_news --tune                       # prints; writes nothing

writes results/memory-news.csv, a row a corpus, readout, network and seed, and one for counted words
on the same words of the same articles. Each network gets the learning rate, of three, that is best
on a fifth of the training articles held out, on a seed of its own. The column `right` says of every
test article, in their order, whether the answer was right (x), for paired comparisons.
"""

import argparse
import time
from dataclasses import dataclass
from itertools import product

import pandas as pd
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.machine import corpus_name, device_name, digest
from benchmarks.memory import BATCH, SEEDS, TUNING_SEED, network
from benchmarks.tables import keep
from course_utils import (
    Vocabulary,
    embedding_matrix,
    load_gnad,
    load_vectors,
    pad_batch,
    predict,
    tokenize,
)

# "words" sees each word alone: with the readout "mean" it is the control that knows no order.
NETWORKS = ("RNN", "LSTM", "LSTM 5", "GRU", "TCN", "words")
READOUTS = ("last", "mean")
RATES = (0.003, 0.01, 0.03)
WORDS = 100
BUDGET = 25_000
STEPS = 400

Batch = tuple[Tensor, Tensor, Tensor]


@dataclass
class News:
    """Word vectors (V, D), number of desks, what is learned from and what is judged by.

    `texts`: the same first words of the same articles as texts, for counting."""

    matrix: Tensor
    classes: int
    train: Batch
    test: Batch
    texts: tuple[list[str], list[str]]
    digest: str


class NewsReader(nn.Module):
    """Word vectors as they are, dropout, a network, and its logits.

    `readout`: 'last', those after the last word, or 'mean', their mean over all words."""

    def __init__(self, kind: str, matrix: Tensor, classes: int, readout: str):
        super().__init__()
        self.emb = nn.Embedding.from_pretrained(matrix, padding_idx=0)
        self.dropout = nn.Dropout(0.3)
        self.readout = readout
        self.network = network(kind, matrix.shape[1], classes, WORDS, BUDGET)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """`x` (B, T), `lengths` (B,) -> logits (B, classes)."""
        logits = self.network(self.dropout(self.emb(x)))
        if self.readout == "last":
            return logits[torch.arange(len(x)), lengths - 1]
        words = torch.arange(x.shape[1]) < lengths[:, None]
        return logits.masked_fill(~words[..., None], 0).sum(1) / lengths[:, None]


def news_batches(held_out: bool) -> News:
    """Training and test articles, or four fifths and a fifth of the training articles."""
    train, test = load_gnad()
    if held_out:
        fifth = len(train) // 5
        test = train.iloc[:fifth]
        train = train.iloc[fifth:]
    vocabulary = Vocabulary.from_texts(train.text, min_count=2)
    classes = sorted(set(train.category))

    def batch(part: pd.DataFrame) -> Batch:
        documents = [vocabulary.encode(tokenize(text)[:WORDS]) for text in part.text]
        return pad_batch(documents, [classes.index(c) for c in part.category])

    def first_words(part: pd.DataFrame) -> list[str]:
        return [" ".join(tokenize(text)[:WORDS]) for text in part.text]

    matrix = embedding_matrix(vocabulary, load_vectors())
    data = digest([*train.text, *test.text])
    texts = (first_words(train), first_words(test))
    return News(matrix, len(classes), batch(train), batch(test), texts, data)


def trained_reader(
    data: News, readout: str, kind: str, seed: int, rate: float
) -> tuple[NewsReader, float]:
    """A network that has learned from the first words of every article, and the seconds it took."""
    x, lengths, y = data.train
    torch.manual_seed(seed)
    model = NewsReader(kind, data.matrix, data.classes, readout)
    optimizer = torch.optim.Adam(model.network.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=STEPS)
    rounds = 1 + STEPS * BATCH // len(x)
    turns = torch.cat([torch.randperm(len(x)) for _ in range(rounds)])
    start = time.perf_counter()
    for chosen in turns.split(BATCH)[:STEPS]:
        F.cross_entropy(model(x[chosen], lengths[chosen]), y[chosen]).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    return model, time.perf_counter() - start


def read_news(data: News, readout: str, kind: str, seed: int, rate: float) -> dict:
    """Accuracy of one network, after training, on articles that it has not seen."""
    model, seconds = trained_reader(data, readout, kind, seed, rate)
    logits, labels = predict(model, [data.test])
    return {
        "readout": readout,
        "network": kind,
        "seed": seed,
        "rate": rate,
        "parameters": sum(p.numel() for p in model.network.parameters()),
        "articles": len(labels),
        **scored(logits.argmax(1) == labels),
        "seconds": round(seconds, 1),
        "device": device_name("cpu"),
    }


def scored(right: Tensor) -> dict:
    """The share of right answers, and all of them in the order of the test articles: x is right."""
    marks = "".join("x" if one else "." for one in right.tolist())
    return {"accuracy": round(right.double().mean().item(), 3), "right": marks}


def count_words(data: News) -> dict:
    """tf-idf and a linear SVM on the same words of the same articles, as a row of the table."""
    learned, judged = data.texts
    start = time.perf_counter()
    model = make_pipeline(TfidfVectorizer(sublinear_tf=True), LinearSVC(random_state=0))
    model.fit(learned, data.train[2].numpy())
    right = torch.from_numpy(model.predict(judged) == data.test[2].numpy())
    return {
        "readout": "counts",
        "network": "tf-idf + SVM",
        "seed": 0,
        "parameters": model[-1].coef_.size,
        "articles": len(right),
        **scored(right),
        "seconds": round(time.perf_counter() - start, 1),
        "device": device_name("cpu"),
    }


def tune(data: News, readout: str, kind: str) -> float:
    """The best learning rate; `data` with articles held out. Of equally good ones the smallest."""
    found = {}
    for rate in RATES:
        row = read_news(data, readout, kind, TUNING_SEED, rate)
        found[rate] = row["accuracy"]
        result = f"accuracy {row['accuracy']:.3f}, {row['seconds']} s"
        print(f"{readout} {kind:6} {rate:<6} {result}", flush=True)
    return max(found, key=lambda rate: found[rate])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--networks", nargs="*", default=list(NETWORKS), choices=list(NETWORKS))
    parser.add_argument("--tune", action="store_true", help="print what learning rates bring")
    args = parser.parse_args()
    held_out = news_batches(held_out=True)
    data = news_batches(held_out=False)
    keys = ["corpus", "readout", "network", "seed"]
    corpus = {"corpus": corpus_name()}
    if not args.tune:
        keep([corpus | count_words(data)], "memory-news", keys, data.digest)
    for readout, kind in product(READOUTS, args.networks):
        rate = tune(held_out, readout, kind)
        if args.tune:
            continue
        rows = [corpus | read_news(data, readout, kind, seed, rate) for seed in range(SEEDS)]
        keep(rows, "memory-news", keys, data.digest)
        print(*rows, sep="\n", flush=True)


if __name__ == "__main__":
    main()
