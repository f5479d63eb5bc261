"""What wins on news, and which part of a network earns it: the longer runs behind notebook 05.

    python -m benchmarks.news_systems systems     # on the corpus that COURSE_DATA names
    python -m benchmarks.news_systems parts --precision bf16

`systems`: whole articles, all training articles, three seeds, and the three networks of a system
together (their probabilities averaged), judged by the test articles. `parts`: the LSTM on vectors
with one part taken away or added, on the first 100 words, judged by three-fold cross-validation on
the training articles, another seed a fold; the test articles stay closed. Both keep whether each
article's answer was right (+) or wrong (-), in the order of the file, so that any two lines can be
compared article by article. Options are those of notebook 05. `--precision bf16` halves the time on
a CPU that multiplies in bfloat16.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from torch import Tensor, nn

from benchmarks import tables
from benchmarks.articles import TOKENS, batches, epochs_for
from benchmarks.machine import DEVICE, corpus_name, digest
from benchmarks.news_networks import (
    LastState,
    OneDirection,
    PathAlone,
    WordByWord,
    without_dropout,
    without_norm,
    without_scale,
)
from benchmarks.news_regression import Regression, regress
from course_utils import (
    Vocabulary,
    embedding_matrix,
    fit,
    load_gnad,
    load_vectors,
    predict,
    tokenize,
)
from course_utils.lessons.n05 import NewsClassifier, OrderFree, WithPath, rarity

SEEDS = (0, 1, 2)
RATE = 0.005
READ = 100  # words of an article, for `parts`
TOGETHER = "together"
Build = Callable[[Tensor, int, Tensor], nn.Module]  # from vectors, number of classes and idf


@dataclass(frozen=True)
class Recipe:
    """A network and what it is trained with; `build` gets vectors, number of classes and idf.

    unseen: words of the judged articles that no article to learn from holds keep their vectors.
    pretrained: else the vectors are drawn at random, and learned.
    tokens: the budget of a batch.
    shuffled: every article's words are in random order, in training and when it is judged."""

    build: Build
    unseen: bool = True
    pretrained: bool = True
    tokens: int = TOKENS
    shuffled: bool = False


@dataclass(frozen=True)
class Counting:
    """tf-idf and LinearSVC; `C` and `class_weight` are its, by default scikit-learn's."""

    C: float = 1.0
    class_weight: str | None = None


COUNTING = "tf-idf + LinearSVC"
TUNED = Counting(1.6, "balanced")  # the best counting published on 10kGNAD (tblock/thesis-data)
LSTM = Recipe(lambda matrix, K, weights: NewsClassifier(matrix, K))
PATH = Recipe(WithPath)
SYSTEMS: dict[str, Recipe | Counting | Regression] = {
    COUNTING: Counting(),
    "order-free control, on vectors": Recipe(lambda matrix, K, weights: OrderFree(matrix, K)),
    "LSTM, from scratch": Recipe(
        lambda matrix, K, weights: NewsClassifier(matrix, K, freeze=False),
        unseen=False,
        pretrained=False,
    ),
    "LSTM, on vectors": LSTM,
    "LSTM, on vectors, and a path past it": PATH,
    "weighted mean, on vectors": Recipe(PathAlone),
    "order-free, logistic regression": Regression(),
}

BASE = "LSTM on vectors"
PARTS: dict[str, Recipe | Counting | Regression] = {
    BASE: LSTM,
    "with a path past it": PATH,
    "no LSTM: max and mean": SYSTEMS["order-free control, on vectors"],
    "no LSTM: the path alone": Recipe(PathAlone),
    "last state only": Recipe(lambda matrix, K, weights: LastState(matrix, K)),
    "one direction": Recipe(lambda matrix, K, weights: OneDirection(matrix, K)),
    "no batch norm": Recipe(without_norm),
    "no dropout": Recipe(without_dropout),
    "vectors not scaled": Recipe(without_scale),
    "vectors learned along": Recipe(
        lambda matrix, K, weights: NewsClassifier(matrix, K, freeze=False), unseen=False
    ),
    "nothing read: vectors drawn": SYSTEMS["LSTM, from scratch"],
    "unseen words unknown": Recipe(LSTM.build, unseen=False),
    "ten times the batch": Recipe(LSTM.build, tokens=10 * TOKENS),
    COUNTING: Counting(),
    "no LSTM: a layer a word": Recipe(lambda matrix, K, weights: WordByWord(matrix, K)),
    "words in random order": Recipe(LSTM.build, shuffled=True),
    f"{COUNTING}, C = 1.6, balanced": TUNED,
    "no LSTM: max and mean, logistic": Regression(),
}


@dataclass
class News:
    """A corpus as words and class numbers."""

    classes: list[str]
    documents: list[list[str]]
    labels: np.ndarray
    test_documents: list[list[str]]
    test_labels: np.ndarray
    digest: str

    @classmethod
    def load(cls) -> "News":
        """The corpus that COURSE_DATA names."""
        train, test = load_gnad()
        classes = sorted(set(train.category))
        return cls(
            classes,
            [tokenize(text) for text in train.text],
            np.array([classes.index(category) for category in train.category]),
            [tokenize(text) for text in test.text],
            np.array([classes.index(category) for category in test.category]),
            digest([*train.text, *test.text]),
        )


Documents = Sequence[list[str]]


def count(
    counting: Counting,
    learned: Documents,
    labels: np.ndarray,
    judged: Documents,
    n_classes: int,
    seed: int,
) -> np.ndarray:
    """tf-idf and LinearSVC: 1 for the class of each judged document, else 0 (N, K)."""
    svm = make_pipeline(
        TfidfVectorizer(sublinear_tf=True), LinearSVC(random_state=seed, **vars(counting))
    )
    svm.fit(map(" ".join, learned), labels)
    return np.eye(n_classes)[svm.predict(map(" ".join, judged))]


def judge(
    recipe: Recipe | Counting | Regression,
    news: News,
    learned: Documents,
    labels: np.ndarray,
    judged: Documents,
    seed: int,
    precision: str,
) -> np.ndarray:
    """Probabilities of the judged documents (N, K), by a network or by counting."""
    n_classes = len(news.classes)
    if isinstance(recipe, Counting):
        return count(recipe, learned, labels, judged, n_classes, seed)
    if isinstance(recipe, Regression):
        return regress(recipe, learned, labels, judged, seed)
    if recipe.shuffled:
        generator = np.random.default_rng(seed)
        learned = [generator.permutation(words).tolist() for words in learned]
        judged = [generator.permutation(words).tolist() for words in judged]
    known = [*learned, *judged] if recipe.unseen else learned
    vocabulary = Vocabulary.from_texts(map(" ".join, known), tokenizer=str.split)
    documents = [vocabulary.encode(words) for words in learned]
    torch.manual_seed(seed)
    matrix = embedding_matrix(vocabulary, load_vectors(), seed=seed)
    if not recipe.pretrained:
        matrix = torch.randn(matrix.shape)
        matrix[0] = 0
    model = recipe.build(matrix, n_classes, rarity(documents, len(vocabulary))).to(DEVICE)
    pairs = list(zip(documents, labels.tolist(), strict=True))
    reading = batches(pairs, True, seed, recipe.tokens)
    fit(model, reading, epochs=epochs_for(len(pairs)), lr=RATE, seed=seed, precision=precision)
    asked = [(vocabulary.encode(words), 0) for words in judged]
    logits, _ = predict(model, batches(asked))
    return logits.softmax(dim=1).numpy()


def line(name: str, run: str, right: np.ndarray, order: int) -> dict:
    """A line of the table; marks instead of digits, which a reader of the file can't mistake."""
    return {
        "corpus": corpus_name(),
        "system": name,
        "run": run,
        "order": order,
        "accuracy": round(float(right.mean()), 4),
        "right": "".join("+" if r else "-" for r in right),
    }


def system(name: str, news: News, precision: str) -> list[dict]:
    """The lines of one system: a seed each, and all together."""
    order = list(SYSTEMS).index(name)
    recipe = SYSTEMS[name]
    found = []
    votes = np.zeros((len(news.test_labels), len(news.classes)))
    for seed in SEEDS:
        probabilities = judge(
            recipe, news, news.documents, news.labels, news.test_documents, seed, precision
        )
        votes += probabilities
        right = probabilities.argmax(1) == news.test_labels
        found.append(line(name, f"seed {seed}", right, order))
    return [*found, line(name, TOGETHER, votes.argmax(1) == news.test_labels, order)]


def part(name: str, news: News, precision: str) -> list[dict]:
    """The lines of one part: a fold each; the marks are those of the fold's articles."""
    order = list(PARTS).index(name)
    recipe = PARTS[name]
    folds = StratifiedKFold(len(SEEDS), shuffle=True, random_state=0)
    found = []
    for seed, (learned, judged) in zip(SEEDS, folds.split(news.labels, news.labels), strict=True):
        documents = [news.documents[i][:READ] for i in learned]
        asked = [news.documents[i][:READ] for i in judged]
        labels = news.labels[learned]
        probabilities = judge(recipe, news, documents, labels, asked, seed, precision)
        right = probabilities.argmax(1) == news.labels[judged]
        found.append(line(name, f"fold {seed}", right, order))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("systems", "parts"))
    parser.add_argument("--only", nargs="+", help="some of them, by name")
    parser.add_argument("--precision", choices=("no", "bf16"), default="no")
    args = parser.parse_args()
    measure, names = {"systems": (system, SYSTEMS), "parts": (part, PARTS)}[args.what]
    news = News.load()
    for name in args.only or names:
        rows = measure(name, news, args.precision)
        tables.keep(rows, f"news-{args.what}", ["corpus", "system", "run"], data=news.digest)
        print(pd.DataFrame(rows).drop(columns="right").to_string(index=False), flush=True)


if __name__ == "__main__":
    main()
