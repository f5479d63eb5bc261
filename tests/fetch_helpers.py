"""What the tests of course_utils.fetch share: a server on 127.0.0.1 that fails in every way a real
one does, what it serves, both downloads from it, and what must have arrived."""

import functools
import gzip
import hashlib
import random
import re

import numpy as np
import pytest
from gensim.models import KeyedVectors
from servers import Silent, serving

from course_utils import download, fetch
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


class Handler(Silent):
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


@pytest.fixture(name="server")
def failing_server():
    """A server whose `mode` says how it fails; `files` is what it serves, `asked` what it was asked
    for."""
    files = {"vectors.vec.gz": PACKED, **ARTICLES}
    state = {"mode": "good", "declares": True, "ignores_ranges": False}
    with serving(Handler, files=files, asked=[], **state) as server:
        yield server


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
