"""From text to numbers: a tokenizer, a vocabulary with one index for padding and another for unknown words,
and the pretrained word vectors that belong to the corpus in use."""

import gzip
import hashlib
import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from gensim.models import FastText, KeyedVectors
from torch import Tensor

from course_utils.corpus import MINI, choose_source, load_gnad
from course_utils.fetch import VECTORS_NAME, data_folder

PAD, UNK = 0, 1
TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|\w+(?:[-'’/]\w+)*|[^\w\s]")


def tokenize(text: str) -> list[str]:
    """Words, numbers and punctuation marks as separate tokens: 'Ja, 12.400 Euro.' -> ['Ja', ',', '12.400', 'Euro', '.']."""
    return TOKEN.findall(text)


class Vocabulary:
    """Words and their indices; 0 is padding, 1 is every word not in the list.

    `words`: in the order of their indices, from 2 on. Raises `ValueError` on doubled words."""

    def __init__(self, words: Iterable[str]):
        self.words = ["<pad>", "<unk>", *words]
        self.index = {word: i for i, word in enumerate(self.words)}
        if len(self.index) < len(self.words):
            raise ValueError(
                f"doubled words in a vocabulary: {[w for w, n in Counter(self.words).most_common(3) if n > 1]}"
            )

    @classmethod
    def from_texts(
        cls, texts: Iterable[str], min_count: int = 1, tokenizer: Callable = tokenize
    ) -> "Vocabulary":
        """The words that occur at least `min_count` times in `texts`, most frequent first (ties in alphabetical order)."""
        counts = Counter(token for text in texts for token in tokenizer(text))
        return cls(
            sorted((w for w, n in counts.items() if n >= min_count), key=lambda w: (-counts[w], w))
        )

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: str) -> bool:
        return word in self.index

    def encode(self, tokens: Sequence[str]) -> list[int]:
        """Indices of the tokens, `UNK` for a word that is not in the vocabulary. `ValueError` if there are none."""
        if isinstance(tokens, str):
            raise ValueError(
                "encode takes a list of tokens, not a string: call tokenize(text) first"
            )
        if not tokens:
            raise ValueError(
                "a document without a single token cannot be encoded: drop it from the data"
            )
        return [self.index.get(token, UNK) for token in tokens]

    def decode(self, indices: Iterable[int]) -> list[str]:
        return [self.words[i] for i in indices]

    def unknown_share(self, tokens: Iterable[str]) -> float:
        """Share of the running words that are not in the vocabulary."""
        known = [token in self.index for token in tokens]
        return 1 - sum(known) / len(known)


def embedding_matrix(vocabulary: Vocabulary, vectors: KeyedVectors, seed: int = 0) -> Tensor:
    """(len(vocabulary), vector_size), float32: the padding row is zero; the unknown word gets the mean of all vectors;
    words without a vector get a seeded normal one with the spread of the others."""
    matrix = (
        np.random.default_rng(seed)
        .normal(0, vectors.vectors.std(), (len(vocabulary), vectors.vector_size))
        .astype("float32")
    )
    known = [i for i, word in enumerate(vocabulary.words) if word in vectors.key_to_index]
    matrix[known] = vectors.vectors[[vectors.key_to_index[vocabulary.words[i]] for i in known]]
    matrix[PAD] = 0
    matrix[UNK] = vectors.vectors.mean(0)
    return torch.from_numpy(matrix)


def train_vectors(
    texts: Sequence[str], size: int = 100, epochs: int = 5, seed: int = 1
) -> KeyedVectors:
    """Word vectors of the given texts with gensim's FastText (Bojanowski et al. 2017), one worker, so that they can be repeated."""
    return FastText(
        list(map(tokenize, texts)),
        vector_size=size,
        window=5,
        min_count=2,
        sg=1,
        workers=1,
        seed=seed,
        epochs=epochs,
        bucket=50_000,
    ).wv


def save_vectors(vectors: KeyedVectors, path: Path, decimals: int = 3) -> None:
    """Word2vec text format, gzipped without a time stamp, so that equal vectors give equal bytes; nothing half-written stays."""
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        whole = Path(scratch, path.name)
        with whole.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as file:
            file.write(f"{len(vectors)} {vectors.vector_size}\n".encode())
            for word, vector in zip(
                vectors.index_to_key, np.round(vectors.vectors, decimals) + 0.0
            ):
                file.write(
                    f"{word} {' '.join(f'{x:.{decimals}f}'.rstrip('0').rstrip('.') for x in vector)}\n".encode()
                )
        whole.replace(path)


def load_vectors(source: str | os.PathLike | None = None) -> KeyedVectors:
    """The word vectors that belong to the corpus `source` (as in `load_gnad`), as gensim KeyedVectors.

    mininews: the embedded 100-d vectors. Otherwise the trimmed fastText vectors cc.de.300 (Grave et al. 2018) if `make data` has fetched
    them, else vectors trained on the corpus's own training articles and cached. Prints one line that says which."""
    source = choose_source(source)
    path, name = data_folder() / VECTORS_NAME, "fastText cc.de.300, trimmed to the corpus"
    if source == "mini":
        path, name = MINI / "vectors.vec.gz", "mininews (embedded)"
    elif not path.is_file():
        train, _ = load_gnad(source)
        digest = hashlib.sha256("\n".join(train.text).encode()).hexdigest()[:12]
        path, name = (
            data_folder() / f"own-{digest}.vec.gz",
            "trained on the corpus's own training articles",
        )
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            save_vectors(train_vectors(train.text), path)
    vectors = KeyedVectors.load_word2vec_format(path)
    print(f"Vectors: {name}: {len(vectors):,} words, {vectors.vector_size} dimensions.")
    return vectors
