"""Tests of course_utils.fetch against a server on 127.0.0.1 that fails in every way a real one
does. No test needs a network; each has its own folder and its own port."""

import functools
import gzip
import hashlib
import importlib.util
import os
import random
import re
import runpy
import socket
import subprocess
import sys
import tempfile
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import numpy as np
import pytest
import requests
from gensim.models import KeyedVectors

from course_utils import download, fetch, load_gnad, load_vectors
from course_utils.fetch import DownloadError, fetch_gnad, fetch_vectors

DIMENSIONS = 300
# A non-breaking space, a Unicode line separator, a tab and a control character inside words:
# only b" " splits.
WORDS = [
    "der",
    "Österreich",
    "10\u00a0000",
    "a\u2028b",
    "a\tb",
    "\u0085",
    "...",
    *(f"Wort{i}" for i in range(193)),
]
WANTED = {
    "der",
    "Österreich",
    "10\u00a0000",
    "a\u2028b",
    "a\tb",
    "Wort7",
    "Wort192",
    "not in the file",
}


def vectors_text(words=WORDS, announced=None, dimensions=DIMENSIONS):
    """A word2vec text file of random vectors, as bytes."""
    draw = random.Random(0)
    lines = [f"{len(words) if announced is None else announced} {dimensions}"]
    lines += [
        " ".join([word, *(f"{draw.uniform(-1, 1):.4f}" for _ in range(dimensions))])
        for word in words
    ]
    return "".join(line + "\n" for line in lines).encode()


TEXT = vectors_text()
compressed = functools.partial(gzip.compress, mtime=0)  # the same bytes in every process
PACKED = compressed(TEXT)
ARTICLES = {
    "train.csv": b"Sport;Das Spiel begann ...\r\nWeb;'Ein Netz; ein Wort7, der Rest'\r\n" * 1000,
    "test.csv": "Web;Ein Abend in Österreich.\r\n".encode() * 1000,
}
SHA256 = {name: hashlib.sha256(body).hexdigest() for name, body in ARTICLES.items()}


def cut_by_the_mode(server, body, start):
    """What a request for `body` from `start` gets to see of it, and whether the server then
    hangs."""
    rest = body[start:]
    half = max(len(body) // 2 - start, 0)
    if server.mode == "truncates":
        return rest[:half], False
    if server.mode == "stalls":
        return rest[:half], True
    if server.mode == "stalls once":
        server.mode = "good"
        return rest[:half], True
    if server.mode == "drops once":
        server.mode = "good"
        return rest[:half], False
    if server.mode == "drops twice":
        server.mode = "drops once"
        return rest[: half // 2], False
    if server.mode == "drops often":  # new bytes each time, in more pieces than there are retries
        return rest[: len(body) // 6], False
    return rest, False


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        name = self.path.rpartition("/")[2]
        server.asked.append((name, self.headers.get("Range")))
        body = server.files.get(name)
        if body is None:
            return self.send_error(404)
        if server.mode == "fails once":
            server.mode = "good"
            return self.send_error(503)
        start = int(re.match(r"bytes=(\d+)-", self.headers.get("Range", "bytes=0-"))[1])
        if server.ignores_ranges or "Range" not in self.headers:
            start = 0
            self.send_response(200)
        else:
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        if server.declares:
            self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        part, hangs = cut_by_the_mode(server, body, start)
        try:
            self.wfile.write(part)
            self.wfile.flush()
        except OSError:  # the client has had enough
            return
        if hangs:
            server.over.wait(60)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server():
    """A server whose `mode` says how it fails; `files` is what it serves, `asked` what it was asked
    for."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.mode = "good"
    server.files = {"vectors.vec.gz": PACKED, **ARTICLES}
    server.asked = []
    server.over = threading.Event()
    server.declares = True
    server.ignores_ranges = False
    server.url = f"http://127.0.0.1:{server.server_port}/"
    threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    ).start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Short silences and no pauses between retries; no proxy of this machine in between."""
    monkeypatch.setattr(fetch, "TIMEOUT", 0.3)
    monkeypatch.setattr(download, "TIMEOUT", 0.3)
    monkeypatch.setattr(download, "CHUNK", 4096)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setenv("NO_PROXY", "*")
    for variable in ("COURSE_CACHE", *download.CERTIFICATES, *download.UNREAD):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def closed_url():
    """An address that refuses connections: bound, so nobody else gets the port, but never
    listening."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/"


def get_gnad(server, folder):
    return fetch_gnad(folder, server.url, SHA256)


def get_vectors(server, folder, size=None):
    body = server.files.get("vectors.vec.gz", PACKED)
    return fetch_vectors(
        WANTED, folder, server.url + "vectors.vec.gz", len(body) if size is None else size
    )


def check_gnad(path, folder):
    assert path == folder / "10kGNAD"
    assert {file.name: file.read_bytes() for file in path.iterdir()} == ARTICLES


def check_vectors(path, folder):
    assert path == folder / fetch.VECTORS_NAME and list(folder.iterdir()) == [path]
    kept = KeyedVectors.load_word2vec_format(path)
    assert kept.index_to_key == [
        word for word in WORDS if word in WANTED
    ]  # the file's order: frequency
    lines = dict(zip(WORDS, TEXT.split(b"\n")[1:-1], strict=True))
    for word in kept.index_to_key:
        numbers = [float(x) for x in lines[word].split(b" ")[1:]]
        np.testing.assert_array_equal(kept[word], np.array(numbers, dtype=np.float32))


GET_AND_CHECK = pytest.mark.parametrize(
    "get, check", [(get_gnad, check_gnad), (get_vectors, check_vectors)]
)


def files_in(folder):
    return [path for path in folder.rglob("*") if not path.is_dir()]


def assert_fails(get, folder, address, reason, way_out="run `python -m course_utils.fetch` again"):
    """`get()` raises one DownloadError of one line that names everything, and leaves no file."""
    with pytest.raises(DownloadError) as caught:
        get()
    message = str(caught.value)
    assert address in message and re.search(reason, message) and way_out in message, message
    assert "\n" not in message and len(message) < 500 and "object at 0x" not in message, message
    assert files_in(folder) == []


def test_data_folder_is_the_variable_or_the_cache(monkeypatch, tmp_path):
    assert "rnn-text-course" in fetch.data_folder().parts
    monkeypatch.setenv("COURSE_CACHE", "")
    assert "rnn-text-course" in fetch.data_folder().parts
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    assert fetch.data_folder() == tmp_path


@GET_AND_CHECK
def test_good(server, tmp_path, get, check):
    check(get(server, tmp_path), tmp_path)


@GET_AND_CHECK
def test_default_folder(server, monkeypatch, tmp_path, get, check):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "new" / "Ordner mit Ä"))
    check(get(server, None), tmp_path / "new" / "Ordner mit Ä")


@GET_AND_CHECK
@pytest.mark.parametrize("mode", ["drops once", "drops twice", "stalls once", "fails once"])
@pytest.mark.parametrize("ignores_ranges", [False, True])
@pytest.mark.parametrize("declares", [False, True])
def test_recovers(server, tmp_path, get, check, mode, ignores_ranges, declares):
    server.mode = mode
    server.ignores_ranges = ignores_ranges
    server.declares = declares
    check(get(server, tmp_path), tmp_path)


@GET_AND_CHECK
@pytest.mark.parametrize(
    "mode, reason", [("truncates", "IncompleteRead|ended after"), ("stalls", "timed out")]
)
@pytest.mark.parametrize("ignores_ranges", [False, True])
def test_gives_up_in_a_sentence_and_works_the_next_time(
    server, tmp_path, get, check, mode, reason, ignores_ranges
):
    server.mode = mode
    server.ignores_ranges = ignores_ranges
    assert_fails(lambda: get(server, tmp_path), tmp_path, server.url, reason)
    if ignores_ranges:  # else a retry may bring new bytes and start the count again
        assert len(server.asked) == 1 + download.RETRIES
    server.mode = "good"
    check(get(server, tmp_path), tmp_path)


@GET_AND_CHECK
def test_not_found(server, tmp_path, get, check):
    server.files = {}
    assert_fails(lambda: get(server, tmp_path), tmp_path, server.url, "HTTP 404 Not Found")


@GET_AND_CHECK
def test_connection_refused(closed_url, tmp_path, get, check):
    nobody = SimpleNamespace(url=closed_url, files={"vectors.vec.gz": PACKED})
    reason = (
        "refused|timed out" if os.name == "nt" else "refused"
    )  # Windows tries for a while, and in its language
    assert_fails(lambda: get(nobody, tmp_path), tmp_path, closed_url, reason)


@GET_AND_CHECK
def test_no_network(monkeypatch, server, tmp_path, get, check):
    def no_such_name(*arguments, **options):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    assert_fails(
        lambda: get(server, tmp_path),
        tmp_path,
        server.url,
        ": Temporary failure in name resolution[.]",
    )


@GET_AND_CHECK
def test_the_folder_cannot_be(server, tmp_path, get, check):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(
        DownloadError, match=r"Could not store http.*Set the environment variable COURSE_CACHE"
    ):
        get(server, tmp_path / "file" / "folder")
    assert files_in(tmp_path) == [tmp_path / "file"]


@GET_AND_CHECK
def test_folder_without_write_rights(server, monkeypatch, tmp_path, get, check):
    def denied(*arguments, **options):  # not chmod: root may write everywhere
        raise PermissionError(13, "Permission denied", str(tmp_path))

    for name in (
        "NamedTemporaryFile",
        "TemporaryFile",
    ):  # pooch tries the first, fetch_vectors the second
        monkeypatch.setattr(tempfile, name, denied)
    (tmp_path / "10kGNAD").mkdir()
    assert_fails(
        lambda: get(server, tmp_path), tmp_path, str(tmp_path), "Permission denied", "COURSE_CACHE"
    )
    assert server.asked == []


@GET_AND_CHECK
def test_an_interrupt_leaves_nothing_behind(server, monkeypatch, tmp_path, get, check):
    whole_chunks = requests.Response.iter_content

    def interrupted(reply, chunk_size):
        yield next(whole_chunks(reply, chunk_size))
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(requests.Response, "iter_content", interrupted)
        get(server, tmp_path)
    assert files_in(tmp_path) == []
    check(get(server, tmp_path), tmp_path)


@pytest.mark.parametrize("name", ARTICLES)
def test_gnad_with_a_flipped_byte(server, tmp_path, name):
    damaged = bytearray(ARTICLES[name])
    damaged[len(damaged) // 2] ^= 1
    server.files[name] = bytes(damaged)
    with pytest.raises(
        DownloadError, match=rf"{server.url}{name}: SHA256 hash .* does not match the known hash"
    ):
        get_gnad(server, tmp_path)
    assert (
        name not in os.listdir(tmp_path / "10kGNAD") and len(files_in(tmp_path)) < 2
    )  # never both
    assert all(file.read_bytes() == ARTICLES[file.name] for file in files_in(tmp_path))
    assert [asked for asked, _ in server.asked].count(name) == 1 + download.RETRIES
    server.files[name] = ARTICLES[name]
    check_gnad(get_gnad(server, tmp_path), tmp_path)


def test_gnad_fetches_only_what_is_missing_or_damaged(server, tmp_path):
    check_gnad(get_gnad(server, tmp_path), tmp_path)
    server.asked.clear()
    check_gnad(get_gnad(server, tmp_path), tmp_path)
    assert server.asked == []
    (tmp_path / "10kGNAD" / "test.csv").write_bytes(b"half")
    check_gnad(get_gnad(server, tmp_path), tmp_path)
    assert server.asked == [("test.csv", None)]


def test_gnad_addresses_and_hashes_are_the_published_ones():
    assert set(fetch.GNAD_SHA256) == {"train.csv", "test.csv"} and fetch.GNAD_URL.endswith("/")
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in fetch.GNAD_SHA256.values())


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


@pytest.fixture
def command(server, monkeypatch, tmp_path):
    """`main` with the local server behind it."""
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setattr(
        fetch, "fetch_gnad", functools.partial(fetch_gnad, base_url=server.url, sha256=SHA256)
    )
    monkeypatch.setattr(
        fetch,
        "fetch_vectors",
        functools.partial(fetch_vectors, url=server.url + "vectors.vec.gz", size=len(PACKED)),
    )
    return fetch.main


def test_command(command, server, capsys, tmp_path):
    command([])
    corpus, read, vectors = capsys.readouterr().out.splitlines()
    assert str(tmp_path / "10kGNAD") in corpus and "load_gnad()" in corpus
    assert read.startswith("Corpus: ") and "2,000 training and 1,000 test articles" in read
    assert str(tmp_path / fetch.VECTORS_NAME) in vectors and "load_vectors()" in vectors
    # "..." stands so in a text; "Österreich." and "Wort7," must be taken apart by the tokenizer
    assert load_vectors().index_to_key == ["der", "Österreich", "...", "Wort7"]
    assert [len(part) for part in load_gnad("full")] == [2000, 1000]


def test_command_fetches_nothing_twice(command, server, capsys):
    command([])
    first = capsys.readouterr().out.splitlines()
    server.asked.clear()
    command([])
    assert server.asked == []
    assert capsys.readouterr().out.splitlines() == [first[0], first[-1]]


SHORT = gzip.compress(b"1 5\nder 1 2 3 4 5\n")
SPOILT = gzip.compress(b"1 300\nder" + b" nan" * 300 + b"\n")


@pytest.mark.parametrize(
    "kept, said",
    [
        (gzip.compress(TEXT)[:1000], "is damaged after line"),
        (SPOILT, "line 2: the vector of 'der' holds NaN"),
        (SHORT, "has 5 numbers a word, not 300"),
        (b"", "line 1: its first line is b''"),
    ],
    ids=["half", "NaN", "short", "empty"],
)
def test_command_fetches_bad_vectors_anew(command, server, capsys, tmp_path, kept, said):
    (tmp_path / fetch.VECTORS_NAME).write_bytes(kept)
    command([])
    _, anew, *_ = capsys.readouterr().out.splitlines()
    assert anew.startswith(str(tmp_path / fetch.VECTORS_NAME)) and said in anew
    assert anew.endswith("It is fetched anew.")
    assert load_vectors("full").vector_size == 300


def test_command_with_a_folder_in_the_place_of_the_vectors(command, server, tmp_path):
    (tmp_path / fetch.VECTORS_NAME).mkdir()
    with pytest.raises(SystemExit, match="Could not store .*COURSE_CACHE"):
        command([])


def test_command_without_vectors(command, server, capsys, tmp_path):
    command(["--no-vectors"])
    assert len(capsys.readouterr().out.splitlines()) == 1
    assert sorted(name for name, _ in server.asked) == ["test.csv", "train.csv"]
    assert not (tmp_path / fetch.VECTORS_NAME).exists()


@pytest.mark.parametrize("missing", ["test.csv", "vectors.vec.gz"])
def test_command_ends_an_error_in_one_line(command, server, missing, tmp_path):
    del server.files[missing]
    with pytest.raises(SystemExit) as caught:
        command([])
    # sys.exit with a text: Python prints it on stderr and ends with code 1
    assert re.fullmatch(
        rf"Could not fetch {server.url}{missing}: HTTP 404 Not Found\. .*", caught.value.code
    )


def test_command_interrupted(command, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(fetch, "fetch_gnad", interrupted)
    with pytest.raises(SystemExit, match="^Interrupted. .* run it again.$"):
        command([])


@pytest.mark.training
def test_command_as_a_process_prints_no_traceback(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    run = subprocess.run(
        [sys.executable, fetch.__file__],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "COURSE_CACHE": str(tmp_path / "file"), "PYTHONIOENCODING": "utf-8"},
    )
    assert run.returncode == 1 and run.stdout == ""
    assert run.stderr.startswith("Could not store") and run.stderr.count("\n") == 1, run.stderr


def test_command_help(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["fetch", "--help"])
    with pytest.raises(SystemExit) as caught:
        runpy.run_path(fetch.__file__, run_name="__main__")
    assert caught.value.code == 0 and "--no-vectors" in capsys.readouterr().out
