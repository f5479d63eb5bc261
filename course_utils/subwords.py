"""Word vectors that know what to do with a word they have never met: build it from its n-grams.
German makes compounds faster than any list grows (Bojanowski et al. 2017; Zhao et al. 2018)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from gensim.models import KeyedVectors

from course_utils.tokens import compose

SHORTEST = 3
LONGEST = 6


def ngrams(word: str, shortest: int = SHORTEST, longest: int = LONGEST) -> list[str]:
    """All n-grams of `word` in lower case, its ends marked: 'Rad' -> ['<ra', 'rad', 'ad>', …]."""
    marked = f"<{word.lower()}>"
    return [
        marked[start : start + n]
        for n in range(shortest, longest + 1)
        for start in range(len(marked) - n + 1)
    ]


class SubwordVectors(KeyedVectors):
    """gensim's KeyedVectors with a vector for unknown words: the mean of their n-grams' vectors.

    As in gensim's FastTextKeyedVectors `word in vectors` says whether there is a vector, listed or
    built; `vectors.key_to_index` holds the listed words alone. A word none of whose n-grams is
    known raises KeyError. Words are composed first, as `tokenize` does it: an ö of two characters
    is one."""

    def __init__(
        self,
        words: Sequence[str],
        vectors: np.ndarray,
        parts: Sequence[str],
        part_vectors: np.ndarray,
    ):
        """`vectors` (words, D) and `part_vectors` (parts, D), float32; `parts` are n-grams."""
        super().__init__(vectors.shape[1])
        self.add_vectors(list(words), vectors)
        self.parts = {part: i for i, part in enumerate(parts)}
        self.part_vectors = part_vectors

    def known_parts(self, word: str) -> list[str]:
        """The n-grams of `word` that have a vector."""
        return [part for part in ngrams(compose(word)) if part in self.parts]

    def build(self, word: str) -> np.ndarray:
        """The mean of the vectors of the n-grams of `word`, (D,), whether it is listed or not."""
        rows = [self.parts[part] for part in self.known_parts(word)]
        if not rows:
            raise KeyError(f"no part of {word!r} is known, so it has no vector")
        return self.part_vectors[rows].mean(0)

    def add_vectors(self, keys, weights, extras=None, replace=False) -> None:
        """As gensim's; the words are listed as they are looked up, composed."""
        single = isinstance(keys, str | int | np.integer)
        listed = _composed(keys) if single else [_composed(key) for key in keys]
        super().add_vectors(listed, weights, extras, replace)

    def get_index(self, key, default=None):
        """The row of a listed word, as gensim's."""
        return super().get_index(key if key in self.key_to_index else _composed(key), default)

    def most_similar_cosmul(self, positive=None, negative=None, *arguments, **keywords):
        """As gensim's, which would not recognise the words asked for among the nearest ones."""
        given = _composed(positive), _composed(negative)
        return super().most_similar_cosmul(*given, *arguments, **keywords)

    def __contains__(self, word) -> bool:
        if word in self.key_to_index or not isinstance(word, str):
            return word in self.key_to_index
        return compose(word) in self.key_to_index or bool(self.known_parts(word))

    def get_vector(self, key, norm: bool = False) -> np.ndarray:
        """The vector of `key` (D,), of length 1 with `norm`; KeyError as `build`."""
        if key not in self.key_to_index:  # what is listed is composed
            key = _composed(key)
        if not isinstance(key, str) or key in self.key_to_index:
            return super().get_vector(key, norm)
        vector = self.build(key)
        return vector / np.linalg.norm(vector) if norm else vector


def _composed(key: Any) -> Any:
    """A word composed, also each of a list; numbers, vectors and pairs as they are."""
    if isinstance(key, list | tuple):
        return [_composed(part) for part in key]
    return compose(key) if isinstance(key, str) else key
