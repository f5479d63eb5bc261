"""Word vectors of plain texts: words once in a file, then gensim's skip-gram reads that file.
Vectors learn what an article is about early: three million words already help (results/reading)."""

from itertools import islice
from pathlib import Path

from gensim.models import KeyedVectors, Word2Vec

from course_utils.tokens import normalise, tokenize
from tools.german.texts import sentences, text_files

SIZE = 200
WINDOW = 10  # wide: neighbours share a subject; narrow ones would share a grammar
MIN_COUNT = 8
LONGEST = 9_000  # tokens a line: gensim cuts longer ones


def write_words(folder: Path, target: Path, limit: int | None = None) -> int:
    """The texts of `folder` as lines of blank-separated tokens; the number of tokens.

    With `limit`, each file gives as many tokens as its share of the sizes (in bytes) asks for."""
    files = text_files(folder)
    total = sum(path.stat().st_size for path in files)
    scratch = target.with_name(f"{target.name}.new")
    written = 0
    with scratch.open("w", encoding="utf-8", newline="\n") as out:
        for path in files:
            share = None if limit is None else round(limit * path.stat().st_size / total)
            written += _write_file(path, out, share)
    scratch.replace(target)
    return written


def _write_file(path: Path, out, limit: int | None) -> int:
    written = 0
    for line in sentences([path], clean=normalise):
        tokens = tokenize(line)[:LONGEST]
        out.write(" ".join(tokens) + "\n")
        written += len(tokens)
        if limit is not None and written >= limit:
            break
    return written


def train(words: Path, epochs: int = 3, seed: int = 1, min_count: int = MIN_COUNT) -> KeyedVectors:
    """Skip-gram with five negative samples (Mikolov et al. 2013), one worker: repeatable."""
    model = Word2Vec(
        corpus_file=str(words),
        vector_size=SIZE,
        window=WINDOW,
        min_count=min_count,
        sg=1,
        negative=5,
        sample=1e-4,
        epochs=epochs,
        workers=1,
        seed=seed,
    )
    return model.wv


def most_frequent(vectors: KeyedVectors, number: int) -> KeyedVectors:
    """The `number` most frequent words and their vectors (gensim keeps that order)."""
    words = list(islice(vectors.index_to_key, number))
    kept = KeyedVectors(vectors.vector_size)
    kept.add_vectors(words, vectors.vectors[: len(words)])
    return kept
