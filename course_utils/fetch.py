"""Fetches what the course cannot carry itself: the corpus 10kGNAD and German fastText vectors.
`make data` runs this once; whatever goes wrong ends in one sentence and leaves no half file."""

import argparse
import gzip
import os
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pooch

from course_utils.console import say
from course_utils.download import (
    RETRIES,
    TIMEOUT,
    DownloadError,
    Purpose,
    one_clear_error,
    stream,
)
from course_utils.paths import absolute, data_folder
from course_utils.vector_files import VectorsError, checked_vectors, header_of, numbers_of

__all__ = ["DownloadError", "data_folder", "fetch_gnad", "fetch_vectors", "main"]

GNAD_URL = "https://raw.githubusercontent.com/tblock/10kGNAD/master/"
GNAD_SHA256 = {
    "train.csv": "e0c0fa6ffd83e351173a800b3879f8a1a31a97058ec8615bed8becfc475cc607",
    "test.csv": "68ba71a01919261f36b362b6a31e7fa34255dde102a5586db23d72eae2e41514",
}
CC_DE_URL = "https://dl.fbaipublicfiles.com/fasttext/vectors-crawl/cc.de.300.vec.gz"
COMMAND = "python -m course_utils.fetch"  # what `make data` runs, and what works without make
VECTORS_NAME = "cc.de.300.trimmed.vec.gz"
DIMENSIONS = 300
PURPOSE = Purpose("Could not", f"run `{COMMAND}` again; until then the course runs on what it has")


def fetch_gnad(
    folder: str | Path | None = None, base_url: str = GNAD_URL, sha256: dict[str, str] = GNAD_SHA256
) -> Path:
    """Fetch the Ten Thousand German News Articles Dataset and return its folder,
    `<folder>/10kGNAD`.

    Dataset: Timo Block, CC BY-NC-SA 4.0, built on Schabus, Skowron and Trapp (2017). `base_url`
    ends in a slash. A file already there with the right sha256 is not fetched again; one with a
    wrong sha256 is not kept. Raises DownloadError."""
    target = absolute(folder or data_folder()) / "10kGNAD"
    files = pooch.create(target, base_url, registry=sha256, retry_if_failed=RETRIES)
    for name in sha256:
        with one_clear_error(base_url + name, target, PURPOSE):
            files.fetch(name, downloader=pooch.HTTPDownloader(progressbar=True, timeout=TIMEOUT))
    return target


def fetch_vectors(
    words: Iterable[str],
    folder: str | Path | None = None,
    url: str = CC_DE_URL,
    size: int = 1_278_030_050,
    dimensions: int = DIMENSIONS,
) -> Path:
    """Stream German fastText vectors, keep those of `words`, return
    `<folder>/cc.de.300.trimmed.vec.gz`.

    Vectors: Grave et al. (2018), CC BY-SA 3.0, 300 numbers a word, in word2vec's text format, which
    gensim's `KeyedVectors.load_word2vec_format` reads. The source (gzip, `size` bytes) is never
    stored; memory holds `words` and one chunk. No checksum of it is published: its size, gzip's own
    checksum, the number of lines that its header announces and each kept line (`dimensions` finite
    numbers) are checked. Raises DownloadError."""
    target = absolute(folder or data_folder()) / VECTORS_NAME
    wanted = {word.encode("utf-8") for word in words}
    with one_clear_error(url, target.parent, PURPOSE):
        target.parent.mkdir(parents=True, exist_ok=True)
        # nameless where the system can: even a kill leaves nothing
        with tempfile.TemporaryFile(dir=target.parent) as body:
            with gzip.GzipFile("", "wb", compresslevel=1, fileobj=body, mtime=0) as out:
                kept = _trim(_lines(stream(url, size)), wanted, out, dimensions)
            body.seek(0)
            with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
                whole = Path(scratch, VECTORS_NAME)
                with whole.open("wb") as file:
                    # the header, known last, stands first: a gzip member of its own
                    file.write(gzip.compress(b"%d %d\n" % (kept, dimensions), mtime=0))
                    shutil.copyfileobj(body, file)
                # in one step: never half a file under this name
                return whole.replace(target)


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines of a gzip file that comes in `chunks`."""
    unzip = zlib.decompressobj(wbits=31)  # 31: with gzip's header and checksum
    rest = b""
    for chunk in chunks:
        while chunk:
            if unzip.eof:  # a gzip file may have several members
                unzip = zlib.decompressobj(wbits=31)
            *lines, rest = (rest + unzip.decompress(chunk)).split(b"\n")
            yield from lines
            chunk = unzip.unused_data
    if not unzip.eof:
        raise ValueError("its compressed data stop before their end")
    if rest:
        yield rest


def _trim(lines: Iterator[bytes], wanted: set[bytes], out: gzip.GzipFile, dimensions: int) -> int:
    """Write the lines whose word is `wanted` to `out` and return how many there are."""
    announced, found = header_of(next(lines, b""))
    if found != dimensions:
        raise ValueError(f"its vectors have {found} numbers where {dimensions} were expected")
    kept = seen = 0
    for line in lines:
        seen += 1
        if line.split(b" ", 1)[0] in wanted:  # a word may hold any white space but this one
            numbers_of(line, dimensions)
            out.write(line + b"\n")
            kept += 1
    if seen != announced:
        raise ValueError(f"it holds {seen} vectors where its header announces {announced}")
    return kept


def _is_whole(path: Path) -> bool:
    """Whether the kept vectors can be used; says so if they are there and can't."""
    if not os.path.lexists(path):
        return False
    try:
        for _, numbers in checked_vectors(path):
            if len(numbers) != DIMENSIONS:
                raise VectorsError(f"{path} has {len(numbers)} numbers a word, not {DIMENSIONS}.")
    except VectorsError as error:
        say(f"{error} It is fetched anew.")
        return False
    return True


def _words_of(corpus: Path) -> set[str]:
    """All words of a corpus, as blanks and as the tokenizer separate them."""
    from course_utils import load_gnad, tokenize  # pandas and torch only where they are needed

    words: set[str] = set()
    for part in load_gnad(corpus):
        for text in part["text"]:
            words.update(text.split(), tokenize(text))
    return words


def main(arguments: list[str] | None = None) -> None:
    """Fetch 10kGNAD and the vectors of its words; an error ends in one line on stderr and exit code
    1."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument(
        "--no-vectors",
        action="store_true",
        help="only the corpus (27 MB), not the vectors (1.3 GB)",
    )
    no_vectors = parser.parse_args(arguments).no_vectors
    try:
        corpus = fetch_gnad()
        say(f"10kGNAD is in {corpus}: load_gnad() takes it from now on.")
        if no_vectors:
            return
        vectors = data_folder() / VECTORS_NAME
        if not _is_whole(vectors):
            fetch_vectors(_words_of(corpus))
        say(f"Its word vectors are in {vectors}: load_vectors() takes them from now on.")
    except (DownloadError, KeyboardInterrupt) as error:
        sys.exit(str(error) or "Interrupted. Nothing half fetched was left behind; run it again.")


if __name__ == "__main__":
    main()
