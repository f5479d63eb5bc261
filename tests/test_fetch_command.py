"""Tests of `make data`: what the command prints, what it fetches anew, and that every error ends
in one line."""

import functools
import gzip
import os
import re
import runpy
import subprocess
import sys

import pytest
from fetch_helpers import PACKED, SHA256, TEXT, failing_server, impatient  # noqa: F401 (fixtures)

from course_utils import fetch, load_gnad, load_vectors
from course_utils.fetch import fetch_gnad, fetch_vectors


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
