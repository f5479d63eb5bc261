"""Fetches what the course may not or cannot carry itself: the corpus 10kGNAD and German fastText vectors.
`make data` runs this once; whatever goes wrong ends in one sentence and leaves no half file behind."""

import argparse
import gzip
import os
import shutil
import sys
import tempfile
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pooch
import requests
from tqdm import tqdm

GNAD_URL = "https://raw.githubusercontent.com/tblock/10kGNAD/master/"
GNAD_SHA256 = {
    "train.csv": "e0c0fa6ffd83e351173a800b3879f8a1a31a97058ec8615bed8becfc475cc607",
    "test.csv": "68ba71a01919261f36b362b6a31e7fa34255dde102a5586db23d72eae2e41514",
}
CC_DE_URL = "https://dl.fbaipublicfiles.com/fasttext/vectors-crawl/cc.de.300.vec.gz"
COMMAND = "python -m course_utils.fetch"  # what `make data` runs, and what works without make
VECTORS_NAME = "cc.de.300.trimmed.vec.gz"
TIMEOUT = 30  # seconds of silence: while connecting, or between two reads
RETRIES = 3  # in a row, without a new byte between them
CHUNK = 1 << 16  # bytes: the most that a break costs, as the chunk it falls into is asked for again


class DownloadError(OSError):
    """A download that failed for good. The message names the address, what went wrong and the way out."""


def data_folder() -> Path:
    """The folder of downloaded data: environment variable COURSE_CACHE, else the system's cache folder."""
    return Path(os.environ.get("COURSE_CACHE") or pooch.os_cache("rnn-text-course")).expanduser()


def fetch_gnad(
    folder: str | Path | None = None, base_url: str = GNAD_URL, sha256: dict[str, str] = GNAD_SHA256
) -> Path:
    """Fetch the Ten Thousand German News Articles Dataset and return its folder, `<folder>/10kGNAD`.

    Dataset: Timo Block, CC BY-NC-SA 4.0, built on Schabus, Skowron and Trapp (2017). `base_url` ends in a slash. A file already there with
    the right sha256 is not fetched again; one with a wrong sha256 is not kept. Raises DownloadError."""
    target = Path(folder or data_folder()) / "10kGNAD"
    files = pooch.create(target, base_url, registry=sha256, retry_if_failed=RETRIES)
    for name in sha256:
        with _one_clear_error(base_url + name, target):
            files.fetch(name, downloader=pooch.HTTPDownloader(progressbar=True, timeout=TIMEOUT))
    return target


def fetch_vectors(
    words: Iterable[str],
    folder: str | Path | None = None,
    url: str = CC_DE_URL,
    size: int = 1_278_030_050,
) -> Path:
    """Stream German fastText vectors, keep those of `words`, return `<folder>/cc.de.300.trimmed.vec.gz`.

    Vectors: Grave et al. (2018), CC BY-SA 3.0, 300 numbers a word, in word2vec's text format, which gensim's
    `KeyedVectors.load_word2vec_format` reads. The source (gzip, `size` bytes) is never stored; memory holds `words` and one chunk. No
    checksum of it is published: its size, gzip's own checksum and the number of lines that its header announces are checked. Raises
    DownloadError."""
    folder = Path(folder or data_folder())
    with _one_clear_error(url, folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(
            dir=folder
        ) as body:  # nameless where the system can: even a kill leaves nothing
            with gzip.GzipFile("", "wb", compresslevel=1, fileobj=body, mtime=0) as out:
                header = _trim(
                    _lines(_stream(url, size)), {word.encode("utf-8") for word in words}, out
                )
            body.seek(0)
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                whole = Path(scratch, VECTORS_NAME)
                with whole.open("wb") as file:
                    file.write(
                        gzip.compress(header, mtime=0)
                    )  # known last, stands first: a gzip member of its own
                    shutil.copyfileobj(body, file)
                return whole.replace(
                    folder / VECTORS_NAME
                )  # in one step: never half a file under this name


def _stream(url: str, size: int) -> Iterator[bytes]:
    """Yield the `size` bytes at `url` in order; a connection that breaks or stalls is taken up where it stopped."""
    done = failures = 0
    with tqdm(total=size, unit="B", unit_scale=True, desc=url.rpartition("/")[2]) as bar:
        while done < size:
            asked = {"Range": f"bytes={done}-", "Accept-Encoding": "identity"}
            try:
                with requests.get(url, headers=asked, stream=True, timeout=TIMEOUT) as reply:
                    reply.raise_for_status()
                    partial = (
                        reply.status_code == 206
                    )  # else the server ignores ranges and starts again at 0
                    total = reply.headers.get(
                        "Content-Range" if partial else "Content-Length", "*"
                    ).split("/")[-1]
                    if total not in ("*", str(size)):
                        raise ValueError(f"it has {total} bytes where {size} were expected")
                    position = done if partial else 0
                    for chunk in reply.iter_content(CHUNK):
                        new = chunk[max(done - position, 0) :]
                        position += len(chunk)
                        if new:
                            done, failures = position, 0
                            bar.update(len(new))
                            yield new
                if done > size:
                    raise ValueError(f"it has more than the {size} bytes that were expected")
                if done < size:
                    raise requests.ConnectionError(
                        f"the connection ended after {done} of {size} bytes"
                    )
            except requests.RequestException:
                failures += 1
                if failures > RETRIES:
                    raise
                time.sleep(failures)


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines of a gzip file that comes in `chunks`."""
    unzip, rest = zlib.decompressobj(wbits=31), b""  # 31: with gzip's header and checksum
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


def _trim(lines: Iterator[bytes], wanted: set[bytes], out: gzip.GzipFile) -> bytes:
    """Write the lines whose word is `wanted` to `out` and return the header that fits them."""
    header, kept, seen = next(lines, b""), 0, 0
    if len(header.split()) != 2 or not all(number.isdigit() for number in header.split()):
        raise ValueError(
            f"its first line is {header[:40]!r}, not two numbers (words and dimensions)"
        )
    for seen, line in enumerate(lines, 1):
        if line.split(b" ", 1)[0] in wanted:  # a word may hold any white space but this one
            out.write(line + b"\n")
            kept += 1
    announced, dimensions = map(int, header.split())
    if seen != announced:
        raise ValueError(f"it holds {seen} vectors where its header announces {announced}")
    return b"%d %d\n" % (kept, dimensions)


@contextmanager
def _one_clear_error(url: str, folder: Path) -> Iterator[None]:
    """Turn whatever stops the way from `url` into `folder` into a DownloadError."""
    try:
        yield
    except (requests.RequestException, zlib.error, ValueError) as error:
        raise DownloadError(
            f"Could not fetch {url}: {_reason(error)}. Check the network and run "
            f"`{COMMAND}` again; until then the course runs on what it has."
        ) from error
    except OSError as error:
        raise DownloadError(
            f"Could not store {url} in {folder}: {_reason(error)}. Set the environment variable COURSE_CACHE "
            f"to a folder with write rights and room, then run `{COMMAND}` again."
        ) from error


def _reason(error: BaseException) -> str:
    """What went wrong in the words of the innermost error, which the outer ones wrap in names of classes."""
    if isinstance(error, requests.HTTPError):
        return f"HTTP {error.response.status_code} {error.response.reason}"
    while inner := error.__cause__ or error.__context__:
        error = inner
    return getattr(error, "strerror", None) or str(error).partition(". ")[0]


def main(arguments: list[str] | None = None) -> None:
    """Fetch 10kGNAD and the vectors of its words; an error ends in one line on stderr and exit code 1."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument(
        "--no-vectors",
        action="store_true",
        help="only the corpus (27 MB), not the vectors (1.3 GB)",
    )
    no_vectors = parser.parse_args(arguments).no_vectors
    try:
        corpus = fetch_gnad()
        print(f"10kGNAD is in {corpus}: load_gnad() takes it from now on.")
        vectors = data_folder() / VECTORS_NAME
        if (
            not no_vectors and not vectors.exists()
        ):  # there means whole: it was moved there in one step
            from course_utils import load_gnad, tokenize

            fetch_vectors(
                {
                    word
                    for part in load_gnad(corpus)
                    for text in part["text"]
                    for word in [*text.split(), *tokenize(text)]
                }
            )
        if not no_vectors:
            print(
                f"Its word vectors are in {vectors}: load_vectors() takes them from now on (delete to fetch anew)."
            )
    except (DownloadError, KeyboardInterrupt) as error:
        sys.exit(str(error) or "Interrupted. Nothing half fetched was left behind; run it again.")


if __name__ == "__main__":
    main()
