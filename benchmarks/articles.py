"""The articles of a corpus as numbers, and batches of them, for every measurement that trains.
One split and one vocabulary, those of notebook 05, so that figures can be set side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader

from benchmarks.machine import corpus_name, digest
from course_utils import LengthBuckets, Vocabulary, load_gnad, pad_batch, tokenize

TOKENS = 12_000
Pairs = list[tuple[list[int], int]]  # (word indices, class) of each article


def epochs_for(n_articles: int) -> int:
    """Notebook 05's rule: a small corpus needs more rounds for the same number of steps."""
    return 7 if n_articles > 1000 else 14


def batches(pairs: Pairs, shuffle: bool = False, seed: int = 0, tokens: int = TOKENS) -> DataLoader:
    """Length buckets of at most `tokens` positions; `predict` gives the order of `pairs` back."""
    lengths = [len(document) for document, _ in pairs]
    sampler = LengthBuckets(lengths, tokens, seed=seed, shuffle=shuffle)
    data: Any = pairs  # a list serves as a dataset
    return DataLoader(data, batch_sampler=sampler, collate_fn=_collate)


def _collate(items: Sequence[tuple[list[int], int]]) -> tuple:
    documents, labels = zip(*items, strict=True)
    return pad_batch(documents, labels, rounded=True)


@dataclass
class Articles:
    """A corpus in numbers: `fitting`, `validation` and `test`, each a list of (indices, class)."""

    name: str
    train: pd.DataFrame
    test_articles: pd.DataFrame
    classes: list[str]
    vocabulary: Vocabulary
    fitting: Pairs
    validation: Pairs
    test: Pairs
    digest: str

    @classmethod
    def load(cls) -> "Articles":
        """The corpus that COURSE_DATA names; a seventh of its training part is for validation."""
        train, test = load_gnad()
        fitting, validation = train_test_split(
            train, test_size=1 / 7, stratify=train.category, random_state=0
        )
        classes = sorted(set(train.category))
        vocabulary = Vocabulary.from_texts(fitting.text)

        def encode(articles: pd.DataFrame) -> Pairs:
            documents = [vocabulary.encode(tokenize(text)) for text in articles.text]
            labels = [classes.index(category) for category in articles.category]
            return list(zip(documents, labels, strict=True))

        return cls(
            name=corpus_name(),
            train=train,
            test_articles=test,
            classes=classes,
            vocabulary=vocabulary,
            fitting=encode(fitting),
            validation=encode(validation),
            test=encode(test),
            digest=digest([*train.text, *test.text]),
        )
