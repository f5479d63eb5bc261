"""Vectors of n-grams whose mean comes close to the vectors of the words they stand in.
They give a word outside the list a place among its relatives (Zhao et al. 2018)."""

from collections import Counter

import numpy as np
from gensim.models import KeyedVectors
from scipy.sparse import csr_matrix
from sklearn.linear_model import Ridge

from course_utils.subwords import ngrams

RIDGE = 0.03  # of the weight of one word
STEPS = 60


def frequent_ngrams(words: list[str], number: int) -> list[str]:
    """The `number` n-grams that stand in the most words; equally frequent ones by alphabet."""
    counts: Counter[str] = Counter()
    for word in words:
        counts.update(set(ngrams(word)))
    return sorted(counts, key=lambda part: (-counts[part], part))[:number]


def mean_of_parts(words: list[str], parts: list[str]) -> csr_matrix:
    """(words, parts): in a row 1 / n for each of the n known n-grams of its word."""
    place = {part: i for i, part in enumerate(parts)}
    columns: list[int] = []
    values: list[float] = []
    ends = [0]
    for word in words:
        known = [place[part] for part in ngrams(word) if part in place]
        columns += known
        values += [1 / max(1, len(known))] * len(known)
        ends.append(len(columns))
    return csr_matrix((values, columns, ends), shape=(len(words), len(parts)))


def fit_ngrams(vectors: KeyedVectors, number: int) -> tuple[list[str], np.ndarray]:
    """`number` n-grams and their vectors (number, D), by ridge regression on unit vectors.

    The mean of a word's n-grams then points where its vector points; conjugate gradients, a
    dimension at a time."""
    words = [word for word in vectors.index_to_key if any(map(str.isalpha, word))]
    parts = frequent_ngrams(words, number)
    means = mean_of_parts(words, parts)
    goals = np.stack([vectors.get_vector(word, norm=True) for word in words])
    ridge = Ridge(RIDGE, fit_intercept=False, solver="sparse_cg", max_iter=STEPS)
    return parts, ridge.fit(means, goals).coef_.T.astype("float32")
