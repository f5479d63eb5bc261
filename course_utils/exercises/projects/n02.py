"""The project of notebook 02, Word vectors: vectors for words that have none.
Every tenth word of the list is taken out, and a vector is made for it from the others."""

from collections.abc import Callable

import numpy as np

from course_utils.exercises.projects import Refused, project, silently


def mean_cosine(build: Callable) -> float:
    """The mean cosine between what `build` makes and the listed vectors that were taken out."""
    from course_utils import load_vectors

    vectors = silently(load_vectors)
    unit = vectors.vectors / np.linalg.norm(vectors.vectors, axis=1, keepdims=True)
    words = list(vectors.index_to_key)
    out = np.arange(len(words)) % 10 == 9
    known = {word: unit[i] for i, word in enumerate(words) if not out[i]}
    held_out = [word for i, word in enumerate(words) if out[i]]
    made = np.asarray(build(list(held_out), known), dtype=np.float64)
    if made.shape != (len(held_out), unit.shape[1]):
        raise Refused(f"{len(held_out)} vectors of {unit.shape[1]} numbers are due: {made.shape}.")
    lengths = np.linalg.norm(made, axis=1)
    cosines = (made * unit[out]).sum(axis=1) / np.where(lengths > 0, lengths, 1)
    return float(cosines.mean())


@project(
    "vectors-unknown",
    title="vectors for unknown words",
    goal="""
        Every tenth listed word is held out. Write `build(words, known)`, which makes a vector for
        each of these from the other words and their vectors alone (`vectors.part_vectors` has
        seen all of them, so it is out). The score is the mean cosine to the listed vectors. The
        mean of all words that share the longest ending reaches 0.30; 0.5 would be news.
        """,
    minutes=60,
    score=mean_cosine,
    better="higher",
    unit="",
    target=0.42,
    baseline=0.3,
)
def build(words, known):
    """words: a list; known: a dict of words and unit vectors; returns (W, E)."""
    return ...
