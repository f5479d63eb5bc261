"""Tests of the vectors, which are read as they come: broken off, damaged, of another size or none
at all. What is kept is whole, and never all in memory."""

import gzip
import importlib.util
import subprocess
import sys
import zlib

import pytest
from fetch_helpers import (  # noqa: F401 (fixtures)
    PACKED,
    TEXT,
    assert_fails,
    check_vectors,
    compressed,
    failing_server,
    get_vectors,
    impatient,
    vectors_text,
)

from course_utils import download, fetch
from course_utils.fetch import DownloadError, fetch_vectors


def test_vectors_continue_from_the_byte_where_the_connection_broke(server, tmp_path):
    server.mode = "drops once"
    check_vectors(get_vectors(server, tmp_path), tmp_path)
    first, second = (
        int(asked.removeprefix("bytes=").removesuffix("-")) for _, asked in server.asked
    )
    assert first == 0 and len(PACKED) // 2 - download.CHUNK <= second <= len(PACKED) // 2


def test_vectors_over_more_breaks_than_retries_as_long_as_bytes_come(server, tmp_path):
    server.mode = "drops often"
    check_vectors(get_vectors(server, tmp_path), tmp_path)
    assert len(server.asked) > 1 + download.RETRIES


@pytest.mark.parametrize("position", [0, len(PACKED) // 3, len(PACKED) // 2, -6, -1])
def test_vectors_with_a_flipped_byte(server, tmp_path, position):
    damaged = bytearray(PACKED)
    damaged[position] ^= 1
    server.files["vectors.vec.gz"] = bytes(damaged)
    assert_fails(
        lambda: get_vectors(server, tmp_path),
        tmp_path,
        server.url + "vectors.vec.gz",
        "Error -?\\d+ while",
    )


@pytest.mark.parametrize(
    "body, reason",
    [
        (PACKED[:-1], "stop before their end"),
        (PACKED[: len(PACKED) // 2], "stop before their end"),
        (b"", "stop before their end"),
        (PACKED + b"more", "incorrect header check|stop before their end"),
        (b"<html>Please log in.</html>", "incorrect header check"),
        (compressed(b""), "first line is b'', not two numbers"),
        (compressed(b"\n"), "first line is b'', not two numbers"),
        (compressed(TEXT.partition(b"\n")[2]), "first line is b'der .*, not two numbers"),
        (compressed(b"-200 300\n"), "not two numbers"),
        (compressed(b"\xff\xfe 300\n"), "not two numbers"),
        (
            compressed(vectors_text(announced=201)),
            "holds 200 vectors where its header announces 201",
        ),
        (
            compressed(vectors_text(announced=199)),
            "holds 200 vectors where its header announces 199",
        ),
    ],
)
def test_vectors_that_are_none(server, tmp_path, body, reason):
    server.files["vectors.vec.gz"] = body
    assert_fails(
        lambda: get_vectors(server, tmp_path), tmp_path, server.url + "vectors.vec.gz", reason
    )


@pytest.mark.parametrize("difference", [-1, 1])
@pytest.mark.parametrize(
    "declares, reason",
    [
        (True, f"it has {len(PACKED)} bytes where"),
        (False, "more than the|ended after|HTTP 416|IncompleteRead"),
    ],
)
@pytest.mark.parametrize("ignores_ranges", [False, True])
def test_vectors_of_another_size(server, tmp_path, difference, declares, reason, ignores_ranges):
    server.declares = declares or not ignores_ranges
    server.ignores_ranges = ignores_ranges
    reason = (
        reason if ignores_ranges else f"it has {len(PACKED)} bytes where"
    )  # a Content-Range declares it too
    assert_fails(
        lambda: get_vectors(server, tmp_path, len(PACKED) + difference),
        tmp_path,
        server.url,
        reason,
    )


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(gzip.compress(TEXT[:70_000]) + gzip.compress(TEXT[70_000:]), id="two members"),
        pytest.param(gzip.compress(TEXT[:-1]), id="no newline at the end"),
    ],
)
def test_vectors_packed_otherwise(server, tmp_path, body):
    server.files["vectors.vec.gz"] = body
    check_vectors(get_vectors(server, tmp_path), tmp_path)


def with_line(word, line):
    """The vectors of the test, with another line for `word`."""
    lines = TEXT.split(b"\n")
    place = next(i for i, old in enumerate(lines) if old.startswith(word.encode() + b" "))
    return gzip.compress(b"\n".join([*lines[:place], line, *lines[place + 1 :]]))


BAD_LINES = {
    "one number less": (b" 0" * 299, "the vector of 'Wort7' has 299 numbers instead of 300"),
    "one number more": (b" 0" * 301, "the vector of 'Wort7' has 301 numbers instead of 300"),
    "no numbers": (b"", "the vector of 'Wort7' has 0 numbers instead of 300"),
    "NaN": (b" 0" * 299 + b" nan", "the vector of 'Wort7' holds NaN or an infinite number"),
    "infinite": (b" -inf" + b" 0" * 299, "the vector of 'Wort7' holds NaN or an infinite number"),
    "a word": (b" x" + b" 0" * 299, "the vector of 'Wort7' holds what is not a number"),
}


@pytest.mark.parametrize("numbers, reason", BAD_LINES.values(), ids=BAD_LINES)
def test_a_kept_line_that_is_no_vector(server, tmp_path, numbers, reason):
    server.files["vectors.vec.gz"] = with_line("Wort7", b"Wort7" + numbers)
    assert_fails(
        lambda: get_vectors(server, tmp_path), tmp_path, server.url + "vectors.vec.gz", reason
    )


def test_a_bad_line_that_is_not_kept(server, tmp_path):
    server.files["vectors.vec.gz"] = with_line("Wort8", b"Wort8 nan")
    check_vectors(get_vectors(server, tmp_path), tmp_path)


def test_vectors_of_other_dimensions(server, tmp_path):
    server.files["vectors.vec.gz"] = gzip.compress(vectors_text(dimensions=100))
    assert_fails(
        lambda: get_vectors(server, tmp_path),
        tmp_path,
        server.url + "vectors.vec.gz",
        "its vectors have 100 numbers where 300 were expected",
    )


def test_vectors_replace_older_ones_only_when_whole(server, tmp_path):
    (tmp_path / fetch.VECTORS_NAME).write_bytes(b"old")
    server.mode = "truncates"
    with pytest.raises(DownloadError):
        get_vectors(server, tmp_path)
    assert (tmp_path / fetch.VECTORS_NAME).read_bytes() == b"old"
    server.mode = "good"
    check_vectors(get_vectors(server, tmp_path), tmp_path)


def test_vectors_without_a_known_word(server, tmp_path):
    path = fetch_vectors({"Unwort"}, tmp_path, server.url + "vectors.vec.gz", len(PACKED))
    assert gzip.decompress(path.read_bytes()) == b"0 300\n"


def test_vectors_are_the_same_file_each_time(server, tmp_path):
    first = get_vectors(server, tmp_path / "a").read_bytes()
    server.mode = "drops once"
    assert get_vectors(server, tmp_path / "b").read_bytes() == first
    header = zlib.decompressobj(wbits=31)
    assert header.decompress(first) == b"7 300\n"
    assert first[4:8] == header.unused_data[4:8] == bytes(4)  # no time of day in either gzip member


def test_vectors_on_a_full_disk(server, monkeypatch, tmp_path):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(gzip.GzipFile, "write", full)
    assert_fails(
        lambda: get_vectors(server, tmp_path),
        tmp_path,
        str(tmp_path),
        "No space left",
        "COURSE_CACHE",
    )


PEAK = """
import pathlib, sys, types
package = types.ModuleType("course_utils")  # a bare one: the real one may bring torch along
package.__path__ = [str(pathlib.Path(sys.argv[1]).parent)]
sys.modules["course_utils"] = package
from course_utils.fetch import fetch_vectors
words = {f"Wort{i}" for i in range(int(sys.argv[5]))}
fetch_vectors(words, sys.argv[2], sys.argv[3], int(sys.argv[4]), dimensions=100)
status = pathlib.Path("/proc/self/status")
if status.exists():  # on Linux ru_maxrss counts the process that started this one, too: pytest
    print(int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024)
else:
    import resource
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""


@pytest.mark.skipif(
    importlib.util.find_spec("resource") is None, reason="the module resource is missing on Windows"
)
@pytest.mark.training
def test_memory_of_175000_kept_lines_of_100_numbers_stays_below_120_mb(server, tmp_path):
    # 100 numbers, not 300, to be done in seconds: of each line no more than one is held.
    # The same 1,800 lines a hundred times, of which 1,750 are kept: to gzip as new as others.
    words = [f"Wort{i}" for i in range(1750)] + [f"anderes{i}" for i in range(50)]
    block = vectors_text(words, dimensions=100).partition(b"\n")[2]
    body = gzip.compress(b"180000 100\n") + 100 * gzip.compress(block, compresslevel=1)
    server.files["vectors.vec.gz"] = body
    # held in memory, either would show
    assert len(body) > 55_000_000 and 97 * len(block) > 120_000_000
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            PEAK,
            fetch.__file__,
            str(tmp_path),
            server.url + "vectors.vec.gz",
            str(len(body)),
            "175000",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(run.stdout) < 120, run.stdout
    with gzip.open(tmp_path / fetch.VECTORS_NAME) as file:
        assert file.readline() == b"175000 100\n" and sum(1 for _ in file) == 175_000
