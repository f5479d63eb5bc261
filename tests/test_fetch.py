"""Tests of course_utils.fetch against a server that fails in every way a real one does, for both
downloads alike. No test needs a network; each has its own folder and its own port."""

import os
import socket
import tempfile
from types import SimpleNamespace

import pytest
import requests
from fetch_helpers import (  # noqa: F401 (fixtures)
    PACKED,
    assert_fails,
    check_gnad,
    check_vectors,
    failing_server,
    files_in,
    get_gnad,
    get_vectors,
    impatient,
)

from course_utils import download, fetch
from course_utils.fetch import DownloadError


@pytest.fixture
def closed_url():
    """An address that refuses connections: bound, so nobody else gets the port, but never
    listening."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/"


GET_AND_CHECK = pytest.mark.parametrize(
    "get, check", [(get_gnad, check_gnad), (get_vectors, check_vectors)]
)


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
