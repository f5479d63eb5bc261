"""Tests of what is kept of checks, hints and solutions in the learner's file, and of a file that
is damaged."""

import json
from types import SimpleNamespace

from practice_helpers import folder, nothing_made, six_exercises  # noqa: F401 (fixtures)

from course_utils import predictions
from course_utils.checks import check, hint, solution


def test_checks_hints_and_solutions_are_kept(made, capsys):
    check("half", lambda x: ...)
    assert not (made / "progress.json").exists()  # a stub that runs is no try
    check("half", lambda x: x / 3)
    hint("half")
    hint("half")
    check("half", lambda x: x / 2)
    solution("pairs")
    kept = json.loads((made / "progress.json").read_text(encoding="utf-8"))["exercises"]
    assert kept["half"].pop("solved")[:2] == "20"
    assert kept == {"half": {"checks": 2, "hints": 2, "last": "right"}, "pairs": {"shown": True}}
    check("half", lambda x: x / 3)  # what was solved stays solved
    kept = json.loads((made / "progress.json").read_text(encoding="utf-8"))["exercises"]
    assert kept["half"]["solved"] and kept["half"]["last"] == "wrong"


def test_where_nobody_can_answer_nothing_is_kept(made, monkeypatch):
    kernel = SimpleNamespace(_allow_stdin=False)
    monkeypatch.setattr(predictions, "get_ipython", lambda: SimpleNamespace(kernel=kernel))
    check("half", lambda x: x / 2)
    hint("half")
    assert not (made / "progress.json").exists()


def test_a_damaged_file_costs_a_sentence_and_no_check(made, capsys):
    made.mkdir()
    (made / "progress.json").write_text("{", encoding="utf-8")
    check("half", lambda x: x / 2)
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("✓ half") and "damaged (it is not JSON)" in second
    (made / "progress.json").write_text("[" * 100_000, encoding="utf-8")
    check("half", lambda x: x / 2)
    assert "damaged (it is not JSON)" in capsys.readouterr().out
