"""A teacher's table, made from the files that learners send: renamed, in folders, or spoilt."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools import progress as teacher

ROOT = Path(__file__).resolve().parents[1]

ANNA = {
    "version": 1,
    "exercises": {
        "padding-lengths": {"checks": 3, "hints": 2, "solved": "2026-05-01T10:00"},
        "padding-mean": {"checks": 5, "shown": True, "last": "wrong"},
    },
    "predictions": {"04-share": {"question": "?", "guess": 3.0}},
}
BERT = {"version": 1, "exercises": {"padding-mean": {"checks": 2, "solved": "2026-05-02T10:00"}}}
SPOILT = {
    "no.json": ("{", "is not JSON"),
    "list.json": ("[1]", "was not written by the course"),
    "other.json": ('{"a": 1}', "was not written by the course"),
    "later.json": ('{"version": 99}', "is of a newer course (version 99)"),
    "odd.json": ('{"version": 1, "exercises": 7, "projects": {"x": 3}}', None),
}


@pytest.fixture
def classroom(tmp_path):
    """Files as they arrive: renamed, in folders of a name, with a mark at the beginning, spoilt."""
    room = tmp_path / "room"
    (room / "Bert").mkdir(parents=True)
    (room / "anna.json").write_text(json.dumps(ANNA), encoding="utf-8-sig")
    (room / "Bert" / "progress.json").write_text(json.dumps(BERT), encoding="utf-8")
    for name, (text, _) in SPOILT.items():
        (room / name).write_text(text, encoding="utf-8")
    return room


def test_a_teachers_table(classroom):
    learners, problems = teacher.read_all(classroom)
    assert [one.name for one in learners] == ["anna", "Bert", "odd"]
    for name, (_, reason) in SPOILT.items():
        said = [line for line in problems if name in line]
        assert bool(said) == bool(reason) and all(line.endswith(reason) for line in said)
    rows = [
        dict(zip(teacher.table(learners)[0], row, strict=True)) for row in teacher.table(learners)
    ]
    anna, bert, _, begun = rows[1:]
    assert anna["04"].startswith("1/") and anna["solved"] == "1" and anna["hints"] == "2"
    assert (anna["guesses"], anna["shown"], bert["04"][0], begun["04"]) == ("1", "1", "1", "2")
    assert teacher.hard_ones(learners)[:2] == [
        "padding-mean: tried by 2, open for 50%, 3.5 checks each",
        "padding-lengths: tried by 1, open for 0%, 3.0 checks each",
    ]


@pytest.mark.training
def test_the_teachers_command(classroom, tmp_path):
    command = [
        sys.executable,
        "-m",
        "tools.progress",
        str(classroom),
        "--csv",
        str(tmp_path / "t.csv"),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0 and done.stdout.splitlines()[1].startswith("anna"), done.stderr
    assert done.stderr.count("\n") == 4 and "Hardest" in done.stdout
    assert (tmp_path / "t.csv").read_text(encoding="utf-8").startswith(",00,01")
    command[3] = str(tmp_path / "Nowhere")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 1 and "holds no learner's file" in done.stderr
