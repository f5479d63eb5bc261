"""The figures by which the embedded corpus is judged.
Lengths, vocabulary, overlap of test and train, difficulty."""

import re
from collections import Counter, defaultdict

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import recall_score
from sklearn.svm import LinearSVC

from .story import sentences

WORD = re.compile(r"\w+(?:[-'’]\w+)*")


def shared_sequences(train: list[str], test: list[str], n: int = 8) -> float:
    """The largest share of a test article's n-word sequences that one training article has."""

    def grams(text):
        words = text.split()
        return {" ".join(words[i : i + n]) for i in range(len(words) - n + 1)}

    where = defaultdict(set)
    for i, text in enumerate(train):
        for gram in grams(text):
            where[gram].add(i)
    worst = 0.0
    for text in test:
        own = grams(text)
        hits = Counter(i for gram in own for i in where.get(gram, ()))
        worst = max(worst, max(hits.values(), default=0) / max(1, len(own)))
    return worst


def baseline(train: pd.DataFrame, test: pd.DataFrame) -> np.ndarray:
    """Predictions of tf-idf + LinearSVC for the test articles."""
    vectorizer = TfidfVectorizer(sublinear_tf=True)
    return (
        LinearSVC()
        .fit(vectorizer.fit_transform(train.text), train.category)
        .predict(vectorizer.transform(test.text))
    )


def measure(train: pd.DataFrame, test: pd.DataFrame) -> dict[str, float]:
    """All figures of a corpus given as `load_gnad` returns it; 'recall Sport' and so on by desk."""
    lengths = np.array([len(text.split()) for text in [*train.text, *test.text]])
    known = {word for text in train.text for word in WORD.findall(text)}
    running = [word for text in test.text for word in WORD.findall(text)]
    predicted = baseline(train, test)
    repeated = sum(len(s) > len(set(s)) for s in map(sentences, [*train.text, *test.text]))
    figures = {f"percentile {q}": np.percentile(lengths, q) for q in (5, 50, 95)}
    figures |= {
        "longest": lengths.max(),
        "share above 100 words": (lengths > 100).mean(),
        "word forms": len(known),
        "unseen in test": np.mean([word not in known for word in running]),
        "largest shared 8-word sequences": shared_sequences(list(train.text), list(test.text)),
        "articles with a repeated sentence": repeated,
        "accuracy of tf-idf + LinearSVC": (predicted == test.category).mean(),
    }
    desks = sorted(set(train.category))
    figures |= {
        f"recall {desk}": r
        for desk, r in zip(
            desks, recall_score(test.category, predicted, labels=desks, average=None), strict=True
        )
    }
    return figures


def main() -> None:
    from course_utils.corpus import load_gnad

    for name, value in measure(*load_gnad("mini")).items():
        print(f"{name:36} {value:10.3f}")


if __name__ == "__main__":
    main()
