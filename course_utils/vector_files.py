"""Word vectors in word2vec's text format, gzipped: written whole, and read with every line checked.
Half a file or one number that is none would otherwise show nowhere but in the accuracy."""

import gzip
import math
import tempfile
import zlib
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np


class VectorsError(ValueError):
    """Vectors that cannot be read, with file, line and the way out."""


def numbers_of(line: bytes, dimensions: int) -> array:
    """The `dimensions` finite float32 numbers of a line `word number number …`; `ValueError` says
    which word has others."""
    word, _, rest = line.partition(b" ")
    name = repr(word.decode("utf-8", "replace"))
    try:
        numbers = array("f", map(float, rest.split()))
    except ValueError:
        raise ValueError(f"the vector of {name} holds what is not a number") from None
    if len(numbers) != dimensions:
        raise ValueError(f"the vector of {name} has {len(numbers)} numbers instead of {dimensions}")
    if not all(map(math.isfinite, numbers)):
        raise ValueError(f"the vector of {name} holds NaN or an infinite number")
    return numbers


def header_of(line: bytes) -> tuple[int, int]:
    """Number of words and of dimensions, from a file's first line; `ValueError` if it holds
    something else."""
    fields = line.split()
    if len(fields) != 2 or not all(field.isdigit() for field in fields):
        raise ValueError(f"its first line is {line[:40]!r}, not two numbers (words and dimensions)")
    return int(fields[0]), int(fields[1])


def checked_vectors(path: Path) -> Iterator[tuple[str, array]]:
    """Yield each word of a gzipped file with its float32 numbers, and check all that can be
    checked.

    Raises `VectorsError` with file and line if the file cannot be unpacked, ends early or holds
    more than its first line says, or has a line without a word, with a word for the second time, or
    with numbers that are too many, too few or not finite."""
    line = 1
    try:
        with gzip.open(path) as file:
            announced, dimensions = header_of(file.readline())
            seen: set[bytes] = set()
            for content in file:
                line += 1
                word = content.partition(b" ")[0].rstrip(b"\r\n")
                if not word or word in seen:
                    raise ValueError("the line has no word" if not word else _twice(word))
                seen.add(word)
                yield word.decode("utf-8"), numbers_of(content, dimensions)
    except OSError as error:
        raise VectorsError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (EOFError, zlib.error) as error:
        raise VectorsError(f"{path} is damaged after line {line}: {error}.") from error
    except ValueError as error:
        raise VectorsError(f"{path}, line {line}: {error}.") from error
    if len(seen) != announced:
        raise VectorsError(
            f"{path}, line 1: it announces {announced} vectors, the file holds {len(seen)}."
        )


def _twice(word: bytes) -> str:
    return f"the word {word.decode('utf-8', 'replace')!r} stands there for the second time"


def read_vectors(path: Path) -> tuple[list[str], np.ndarray]:
    """Words and their vectors, (words, dimensions), float32. Raises `VectorsError` as
    `checked_vectors`, and if there is no vector."""
    words = []
    numbers = array("f")
    for word, row in checked_vectors(path):
        words.append(word)
        numbers.extend(row)
    if not words:
        raise VectorsError(f"{path} holds no vector.")
    return words, np.frombuffer(numbers, dtype=np.float32).reshape(len(words), -1)


def write_vectors(words: Iterable[str], vectors: np.ndarray, path: Path, decimals: int = 3) -> None:
    """Without a time stamp, so that equal vectors give equal bytes; nothing half-written stays.
    `vectors`: (words, dimensions). Raises `OSError` where nothing can be written."""
    rounded = np.round(vectors, decimals) + 0.0  # + 0.0: no -0
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        whole = Path(scratch, path.name)
        with whole.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as file:
            file.write(f"{len(vectors)} {vectors.shape[1]}\n".encode())
            for word, vector in zip(words, rounded, strict=True):
                numbers = " ".join(_short(number, decimals) for number in vector)
                file.write(f"{word} {numbers}\n".encode())
        whole.replace(path)


def _short(number: float, decimals: int) -> str:
    return f"{number:.{decimals}f}".rstrip("0").rstrip(".")
