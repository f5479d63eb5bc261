"""Projects measured, attempts kept and ranked, progress by notebook.
All of it comes from one file that the learner may delete, send or damage."""

import json
from types import SimpleNamespace

import pytest
from practice_helpers import folder, nothing_made, projects, quick  # noqa: F401 (fixtures)

from course_utils import attempt, attempts, guess, leaderboard, overview, predictions, progress
from course_utils.checks import check, hint, solution
from course_utils.exercises import Refused, project


def mean_of_ten(answer):
    """The mean of what a function makes of 0 to 9."""
    values = [answer(n) for n in range(10)]
    if any(isinstance(value, str) for value in values):
        raise Refused("A text is no number.")
    return sum(values) / 10


@pytest.fixture
def made(nothing_made, monkeypatch):  # noqa: F811
    """Two exercises and two projects, one of them in notebook 98."""
    monkeypatch.setattr(attempts, "_HERE", {})
    monkeypatch.setattr(overview, "projects", lambda: projects._FOUND)
    monkeypatch.setattr(overview, "exercises", lambda: teacher_exercises)
    said = {
        "goal": "Make it large.",
        "minutes": 60,
        "score": mean_of_ten,
        "unit": "points",
        "target": 8,
        "baseline": 4.5,
    }

    @project("large", title="Larger", better="higher", **said)
    def large(n):
        """n is a whole number."""
        return ...

    @project("small", title="Smaller", better="lower", **{**said, "target": 2.5})
    def small(n):
        return ...

    from course_utils.exercises import registry

    @quick("half", cases=[(3,), (4,)])
    def half(x):
        return x / 2

    @quick("double", cases=[(3,), (4,)])
    def double(x):
        return 2 * x

    teacher_exercises = registry._FOUND
    for one in [*teacher_exercises.values(), *projects._FOUND.values()]:
        function = getattr(one, "function", None) or one.stub
        function.__module__ = "course_utils.exercises.n98"
    return nothing_made


def lines(capsys):
    return capsys.readouterr().out.splitlines()


def kept(folder):  # noqa: F811
    return json.loads((folder / "progress.json").read_text(encoding="utf-8"))


# --- Attempts ------------------------------------------------------------------------------------


def test_an_attempt_is_measured_kept_and_ranked(made, capsys):
    attempt("large", lambda n: n, "as it is")
    attempt("large", lambda n: 2 * n, "twice")
    attempt("large", lambda n: n / 3)
    out = lines(capsys)
    assert out[0] == "· large: 4.5 points in 0 s. Goal: 8 points (the usual way: 4.5 points)."
    last = [line.rpartition(" (2")[0] or line for line in out[-5:]]
    assert [line.split() for line in last] == [
        ["→", "9", "points", "twice"],
        ["8", "points", "the", "goal"],
        ["→", "4.5", "points", "as", "it", "is"],
        ["4.5", "points", "the", "usual", "way"],
        ["→", "1.5", "points", "<lambda>"],
    ]
    record = kept(made)["projects"]["large"]
    assert record["best"] == 9 and record["reached"] is True
    assert [one["what"] for one in record["attempts"]] == ["as it is", "twice", "<lambda>"]
    assert all(one["when"][:2] == "20" and one["seconds"] < 60 for one in record["attempts"])


def test_lower_may_be_better(made, capsys):
    attempt("small", lambda n: n, "as it is")
    attempt("small", lambda n: n / 9, "a ninth")
    out = lines(capsys)
    assert any(line.startswith("✓ small: 0.5 points") and "is reached" in line for line in out)
    assert [line.split()[-1] for line in out[-4:]][1:] == ["goal", out[-2].split()[-1], "way"]
    assert kept(made)["projects"]["small"]["best"] == 0.5


def not_yet():
    raise NotImplementedError


@pytest.mark.parametrize(
    "answer, line",
    [
        (..., "○ large: not attempted yet. Goal: 8 points (the usual way: 4.5 points)."),
        (
            lambda n: ...,
            "○ large: not attempted yet. Goal: 8 points (the usual way: 4.5 points).",
        ),
        (lambda n: "x", "✗ large: not counted. A text is no number."),
        (
            lambda n: float("nan"),
            "✗ large: not counted. The score came to nan, which is no result.",
        ),
        (
            lambda n: None,
            "✗ large: not counted. <lambda> returned None. Is its `return` missing?",
        ),
        (
            3.5,
            "✗ large: not counted. This is a number, no function or class. Hand it over without "
            'brackets: attempt("large", large).',
        ),
        (lambda n: n / 0, "✗ large: raised ZeroDivisionError: division by zero"),
        (lambda n: not_yet(), "✗ large: raised NotImplementedError."),
    ],
)
def test_what_is_not_counted(made, capsys, answer, line):
    attempt("large", answer)
    out = lines(capsys)
    assert out[0] == line and len(out) <= 2 and not (made / "progress.json").exists()


def test_the_line_that_raised_is_named(made, capsys):
    def answer(n):
        return [][n]

    attempt("large", answer)
    assert lines(capsys)[1].endswith("of yours: return [][n]")


def test_the_board_shows_the_best_five(made, capsys):
    for n in range(7):
        attempt("large", lambda _, n=n: n, f"always {n}")
    capsys.readouterr()
    leaderboard("large")
    mine = [line.split()[4] for line in lines(capsys) if "always" in line]
    assert (
        mine == ["6", "5", "4", "3", "2"] and len(kept(made)["projects"]["large"]["attempts"]) == 7
    )


def test_where_nobody_can_answer_the_board_lives_as_long_as_the_kernel(made, monkeypatch, capsys):
    kernel = SimpleNamespace(_allow_stdin=False)
    monkeypatch.setattr(predictions, "get_ipython", lambda: SimpleNamespace(kernel=kernel))
    attempt("large", lambda n: n, "first")
    attempt("large", lambda n: n + 1, "second")
    out = lines(capsys)
    assert sum("first" in line for line in out[-4:]) == 1 and not (made / "progress.json").exists()


def test_a_damaged_file_costs_a_sentence_and_no_attempt(made, capsys):
    made.mkdir()
    (made / "progress.json").write_text('{"projects": 3}', encoding="utf-8")
    attempt("large", lambda n: n, "mine")
    attempt("large", lambda n: n, "again")
    out = lines(capsys)
    assert "damaged" in out[1] and sum("mine" in line for line in out[-4:]) == 1


@pytest.mark.parametrize("call", [lambda: attempt("lrge", abs), lambda: leaderboard("lrge")])
def test_an_unknown_project(made, call):
    with pytest.raises(KeyError, match=r"no project 'lrge'; did you mean large\?"):
        call()


@pytest.mark.parametrize(
    "more, message",
    [
        ({"key": "large"}, "two projects are called 'large'"),
        ({"better": "more"}, "better is"),
        ({"baseline": 8}, "its baseline 8 reaches 8"),
    ],
)
def test_what_is_no_project_is_refused(made, more, message):
    said = {"title": "", "goal": "", "minutes": 1, "score": abs, "better": "higher", "unit": ""}
    said = {**said, "target": 8, "baseline": 4, "key": "new", **more}
    with pytest.raises(ValueError, match=message):
        project(said.pop("key"), **said)(abs)


# --- Progress ------------------------------------------------------------------------------------


def test_progress_by_notebook_and_by_exercise(made, capsys):
    check("half", lambda x: x)
    check("half", lambda x: x / 2)
    hint("double")
    solution("double")
    guess("98-share", "How much?", unit="%").answer(3)
    attempt("large", lambda n: n)
    capsys.readouterr()
    progress()
    head, row, place = lines(capsys)
    assert head.split() == ["solved", "open", "guesses", "project"]
    assert row.startswith("98 ") and "1 of 2  1     1" in row and place.startswith("Kept in ")
    progress("98")
    out = lines(capsys)
    assert [line.split() for line in out[1:3]] == [
        ["✓", "half", "1", "minutes", "2", "checks"],
        ["○", "double", "1", "minutes", "1", "hint,", "solution", "shown"],
    ]
    with pytest.raises(ValueError, match="no exercises in '77'; there are some in 98"):
        progress("77")


def test_progress_of_the_course_names_its_notebooks(folder, capsys):  # noqa: F811
    progress()
    out = lines(capsys)
    assert out[1].startswith("00 Start here") and "0 of" in out[1]
    assert any(line.startswith("more Races of memory") for line in out)
    for notebook in ("04", "4", 4):
        progress(notebook)
        assert lines(capsys)[0] == "04 Padding and packing"


def test_progress_leaves_out_counts_that_are_none(folder, capsys):  # noqa: F811
    folder.mkdir()
    kept = {"exercises": {"padding-mean": {"hints": [1], "checks": 2}}}
    (folder / "progress.json").write_text(json.dumps(kept), encoding="utf-8")
    progress("04")
    (line,) = [line for line in lines(capsys) if "padding-mean" in line]
    assert line.split()[2:] == ["8", "minutes", "2", "checks"]


def test_progress_where_the_file_is_damaged(folder, capsys):  # noqa: F811
    folder.mkdir()
    (folder / "progress.json").write_text("[", encoding="utf-8")
    progress()
    assert "is damaged (it is not JSON)" in lines(capsys)[0]
