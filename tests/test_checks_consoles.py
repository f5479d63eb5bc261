"""Tests of what exercises print on consoles that lack the signs, on streams without an encoding,
and without any console: letters instead, and never a traceback."""

import io
import os
import subprocess
import sys

import pytest
from practice_helpers import folder, nothing_made, quick, six_exercises  # noqa: F401 (fixtures)

from course_utils.checks import check, hint, solution


def printed(monkeypatch, encoding, *calls):
    """What the calls write on a stream of this encoding."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="")
    monkeypatch.setattr(sys, "stdout", stream)
    for call in calls:
        call()
    stream.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "latin-1"])
def test_signs_are_letters_where_consoles_lack_them(folder, monkeypatch, encoding):  # noqa: F811
    out = printed(
        monkeypatch,
        encoding,
        lambda: check("start-count-words", lambda text: len(text.split())),
        lambda: check("start-count-words", lambda text: 0),
        lambda: check("start-count-words", lambda text: ...),
    )
    right, wrong, *_, empty = out.splitlines()
    assert right == "[ok] start-count-words: right, on all 3 cases."
    assert wrong == "[no] start-count-words: not right yet."
    assert empty.startswith("[ ] start-count-words: not answered yet.")


def test_a_solution_still_runs_where_the_console_lacks_its_letters(made, monkeypatch):
    @quick("opened", hints=("„Öffnen“",), cases=[()])
    def opened():
        return "geöffnet"

    out = printed(monkeypatch, "ascii", lambda: hint("opened"), lambda: solution("opened"))
    hinted, source = out.split("\n", 1)
    scope: dict = {}
    exec(source, scope)
    assert hinted == 'Hint 1 of 1 for opened: "\\xd6ffnen"' and scope["opened"]() == "geöffnet"


@pytest.mark.parametrize("encoding", ["utf-8", "cp65001", "utf-16"])
def test_signs_stay_where_the_console_has_them(monkeypatch, encoding):
    try:
        "".encode(encoding)
    except LookupError:
        pytest.skip(f"no codec {encoding} here")
    out = printed(monkeypatch, encoding, lambda: check("start-count-words", lambda text: ...))
    assert "○ start-count-words" in out


def test_streams_without_an_encoding_and_with_one_unknown_to_python(monkeypatch):
    class Lines(list):
        write = list.append

    class Unknown(Lines):
        encoding = "klingon"

    for stream in (io.StringIO(), Lines(), Unknown()):
        monkeypatch.setattr(sys, "stdout", stream)
        check("start-count-words", lambda text: ...)
        written = stream.getvalue() if isinstance(stream, io.StringIO) else "".join(stream)
        assert written.startswith("[ ] " if isinstance(stream, Unknown) else "○ ")


def test_without_a_console_nothing_is_printed(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)  # as under pythonw.exe
    check("start-count-words", lambda text: ...)


def test_prove_in_a_process_with_an_ascii_console():
    code = """import torch
from course_utils import prove
prove(torch.sin, torch.sin, lambda g: torch.rand(2, generator=g))"""
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    run = [sys.executable, "-c", code]
    result = subprocess.run(run, capture_output=True, encoding="ascii", env=environment)
    assert result.stdout.startswith("[ok] equal: values and gradients, 50 random"), result.stderr
