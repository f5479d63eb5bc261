"""From words to numbers: a vocabulary with one index for padding and another for unknown words,
and the pretrained word vectors that belong to the corpus in use."""

import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gensim.models import KeyedVectors
from torch import Tensor

from course_utils.corpus import choose_source
from course_utils.fetch import COMMAND, VECTORS_NAME
from course_utils.german import german_vectors
from course_utils.paths import data_folder
from course_utils.tokens import compose, normalise, tokenize
from course_utils.vector_files import VectorsError, read_vectors, write_vectors

__all__ = [
    "PAD",
    "UNK",
    "VectorsError",
    "Vocabulary",
    "embedding_matrix",
    "load_vectors",
    "save_vectors",
    "tokenize",
]

PAD = 0
UNK = 1
SPECIAL = ("<pad>", "<unk>")  # the words at PAD and UNK


class Vocabulary:
    """Words and their indices; 0 is padding, 1 is every word not in the list.

    `words`: in the order of their indices, from 2 on. Raises `ValueError` on doubled words."""

    def __init__(self, words: Iterable[str]):
        self.words = [*SPECIAL, *map(compose, words)]
        self.index = {word: i for i, word in enumerate(self.words)}
        if len(self.index) < len(self.words):
            doubled = [word for word, count in Counter(self.words).most_common(3) if count > 1]
            raise ValueError(
                f"doubled words in a vocabulary: {doubled}. Give each word once, and neither "
                "'<pad>' nor '<unk>': every vocabulary has them."
            )

    @classmethod
    def from_texts(
        cls, texts: Iterable[Any], min_count: int = 1, tokenizer: Callable = tokenize
    ) -> "Vocabulary":
        """The words that occur at least `min_count` times in `texts`, most frequent first (ties in
        alphabetical order).

        Texts are normalised first. '<unk>' in a text (WikiText has it) means `UNK`, and '<pad>' is
        no word."""
        counts: Counter[str] = Counter()
        for text in texts:
            given = normalise(text) if isinstance(text, str) else text
            counts.update(map(compose, tokenizer(given)))
        words = [word for word, n in counts.items() if n >= min_count and word not in SPECIAL]
        return cls(sorted(words, key=lambda word: (-counts[word], word)))

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: str) -> bool:
        return compose(word) in self.index

    def _index_of(self, token: str) -> int:
        """A text's '<pad>' is an unknown word: padding would be skipped by the model."""
        return self.index.get(compose(token), UNK) or UNK

    def encode(self, tokens: Sequence[str]) -> list[int]:
        """Indices of the tokens, `UNK` for a word that is not in the vocabulary. `ValueError` if
        there are none."""
        if isinstance(tokens, str):
            raise ValueError(
                "encode takes a list of tokens, not a string: call tokenize(text) first"
            )
        if len(tokens) == 0:
            raise ValueError(
                "a document without a single token cannot be encoded: drop it from the data"
            )
        return [self._index_of(token) for token in tokens]

    def decode(self, indices: Iterable[int]) -> list[str]:
        return [self.words[i] for i in indices]

    def unknown_share(self, tokens: Iterable[str]) -> float:
        """Share of the running words that are not in the vocabulary. `ValueError` if there are
        none."""
        known = [self._index_of(token) != UNK for token in tokens]
        if not known:
            raise ValueError("no tokens, so no share of them is unknown")
        return 1 - sum(known) / len(known)


def embedding_matrix(vocabulary: Vocabulary, vectors: KeyedVectors, seed: int = 0) -> Tensor:
    """(len(vocabulary), vector_size), float32: the padding row is zero; the unknown word gets the
    mean of all vectors; words without a vector get a seeded normal one with the spread of the
    others. Vectors with n-grams (`SubwordVectors`) build those of words they do not list.

    A vector with NaN or an infinite number counts as missing, and a warning names its word."""
    numbers = _finite_vectors(vectors)
    shape = len(vocabulary), vectors.vector_size
    matrix = np.random.default_rng(seed).normal(0, numbers.std(), shape).astype("float32")
    for i, word in enumerate(vocabulary.words):
        if word in vectors:
            vector = vectors[word]
            if np.isfinite(vector).all():
                matrix[i] = vector
    matrix[PAD] = 0
    matrix[UNK] = numbers.mean(0)
    return torch.from_numpy(matrix)


def _finite_vectors(vectors: KeyedVectors) -> np.ndarray:
    """The vectors whose numbers are all finite; warns of the others. `ValueError` if none is
    left."""
    finite = np.isfinite(vectors.vectors).all(axis=1)
    if not finite.any():
        raise ValueError("no word has a vector of finite numbers: load other vectors")
    if finite.all():
        return vectors.vectors
    spoilt = [vectors.index_to_key[i] for i in np.flatnonzero(~finite)]
    more = " …" if len(spoilt) > 10 else ""
    warnings.warn(
        f"{len(spoilt)} of {len(finite):,} vectors hold NaN or an infinite number and are left "
        f"out: {', '.join(map(repr, spoilt[:10]))}{more}",
        stacklevel=3,
    )
    return vectors.vectors[finite]


def save_vectors(vectors: KeyedVectors, path: Path, decimals: int = 3) -> None:
    """Word2vec text format, gzipped without a time stamp, so that equal vectors give equal bytes;
    nothing half-written stays."""
    write_vectors(vectors.index_to_key, vectors.vectors, path, decimals)


def load_vectors(source: str | os.PathLike | None = None) -> KeyedVectors:
    """Word vectors for the corpus `source` (as in `load_gnad`), as gensim KeyedVectors.

    The shipped German ones, 200 numbers a word, which build the vector of an unknown word from its
    n-grams (`SubwordVectors`). For a corpus other than mininews the trimmed fastText vectors
    cc.de.300 (Grave et al. 2018) come first, if `make data` has fetched them. Prints one line that
    says which. Raises `VectorsError` on a damaged file."""
    fetched = data_folder() / VECTORS_NAME
    vectors: KeyedVectors
    if choose_source(source) != "mini" and os.path.lexists(fetched):
        name = "fastText cc.de.300, trimmed to the corpus"
        vectors = _keyed(*_read(fetched))
    else:
        name = "German (embedded; read Wikipedia and Bundestag debates)"
        vectors = german_vectors()
    print(f"Vectors: {name}: {len(vectors):,} words, {vectors.vector_size} dimensions.")
    return vectors


def _read(path: Path) -> tuple[list[str], np.ndarray]:
    try:
        return read_vectors(path)
    except VectorsError as error:
        raise VectorsError(
            f"{error} `make data` (or `{COMMAND}`) fetches it anew; if you delete it, the course's "
            "own vectors are used."
        ) from error


def _keyed(words: list[str], numbers: np.ndarray) -> KeyedVectors:
    vectors = KeyedVectors(numbers.shape[1])
    vectors.add_vectors(words, numbers)
    return vectors
