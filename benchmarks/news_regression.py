"""The order-free control of notebook 05, fitted as well as its features allow.

Trained step by step, with the rate and dropout that were chosen for the LSTM, the control falls
behind what a logistic regression makes of the same numbers; so a row of each kind stands in the
tables of `benchmarks.news_systems`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from course_utils import Vocabulary, embedding_matrix, load_vectors


@dataclass(frozen=True)
class Regression:
    """Logistic regression on largest and mean vector of an article. Its strength is chosen on a
    seventh of the articles to learn from, drawn by the seed; then it learns from all of them."""

    strengths: tuple[float, ...] = (0.001, 0.003, 0.01, 0.03, 0.1)


def features(documents: Sequence[list[str]], seed: int = 0) -> np.ndarray:
    """Largest and mean value of each number of the words' vectors: (N, 2 D)."""
    vocabulary = Vocabulary.from_texts(map(" ".join, documents), tokenizer=str.split)
    matrix = embedding_matrix(vocabulary, load_vectors(), seed=seed).numpy()
    rows = [matrix[vocabulary.encode(words)] for words in documents]
    return np.stack([np.concatenate([row.max(0), row.mean(0)]) for row in rows])


def fitted(strength: float, x: np.ndarray, y: np.ndarray) -> Pipeline:
    model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=1000))
    return model.fit(x, y)


def regress(
    regression: Regression,
    learned: Sequence[list[str]],
    labels: np.ndarray,
    judged: Sequence[list[str]],
    seed: int,
) -> np.ndarray:
    """Probabilities of the judged documents (N, K); every class has to be among `labels`."""
    both = features([*learned, *judged], seed)
    known = both[: len(learned)]
    asked = both[len(learned) :]
    x, x_valid, y, y_valid = train_test_split(
        known, labels, test_size=1 / 7, stratify=labels, random_state=seed
    )
    scores = {s: fitted(s, x, y).score(x_valid, y_valid) for s in regression.strengths}
    best = max(scores, key=scores.__getitem__)
    return fitted(best, known, labels).predict_proba(asked)
