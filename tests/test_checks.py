"""Tests of the exercises: every solution passes its own check, the five outcomes are told apart.
A reader who is right and is told otherwise stops reading."""

import builtins
import io
import json
import os
import re
import subprocess
import symtable
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from course_utils.checks import check, hint, solution
from course_utils.exercises import exercise as whole_exercise
from course_utils.exercises import exercises, registry
from tools.execution import notebook_paths
from tools.export import module_name


def exercise(key, *, hint, minutes, cases):
    return whole_exercise(
        key,
        task="",
        hints=(hint,),
        minutes=minutes,
        difficulty=1,
        importance=1,
        trains="",
        cases=cases,
    )


NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"


@pytest.fixture
def made(monkeypatch):
    """Exercises of four kinds: tensors and numbers, lists of texts, a plain value, yes or no."""
    monkeypatch.setattr(registry, "_FOUND", {})
    monkeypatch.setattr("course_utils.checks.exercises", lambda: registry._FOUND)

    @exercise(
        "half",
        hint="Divide by two.",
        minutes=1,
        cases=lambda g: [(3,), (torch.arange(4.0),), (torch.randn(2, 2, generator=g),)],
    )
    def half(x):
        # an answer may keep its comment
        return x / 2

    @exercise("pairs", hint="zip", minutes=1, cases=[(["a", "b", "c"],), (["a", "b"],)])
    def pairs(words):
        return list(zip(words, words[1:], strict=False))

    @exercise("share", hint="Divide.", minutes=1, cases=[()])
    def share():
        return 0.25

    @exercise("known", hint="in", minutes=1, cases=[("der",), ("BER",)])
    def known(word):
        return word in ("der", "die")


OUTCOMES = {
    "not answered": (
        "half",
        lambda x: ...,
        "○ half: not answered yet. hint('half') helps, solution('half') shows one way.",
    ),
    "value not answered": (
        "share",
        ...,
        "○ share: not answered yet. hint('share') helps, solution('share') shows one way.",
    ),
    "raises": (
        "half",
        lambda x: x / 0,
        "✗ half: half(3) raises ZeroDivisionError: division by zero",
    ),
    "raises later": (
        "half",
        lambda x: float(x) / 2,
        "✗ half: half(tensor([0., 1., 2., 3.])) raises ",
    ),
    "nothing returned": (
        "half",
        lambda x: None,
        "✗ half: half(3) should give float, yours gives NoneType.",
    ),
    "text for a number": (
        "half",
        lambda x: "1.5",
        "✗ half: half(3) should give float, yours gives str.",
    ),
    "set for a number": (
        "half",
        lambda x: {1.5},
        "✗ half: half(3) should give float, yours gives set.",
    ),
    "wrong shape": (
        "half",
        lambda x: x / 2 if np.ndim(x) < 2 else x[0] / 2,
        "should give Tensor of shape (2, 2), yours gives Tensor of shape (2,).",
    ),
    "list for a tensor": (
        "half",
        lambda x: x / 2 if np.ndim(x) == 0 else [1.0],
        "should give Tensor of shape (4,), yours gives list of length 1.",
    ),
    "list too long": (
        "pairs",
        lambda words: ["a"] * 3,
        "should give list of length 2, yours gives list of length 3.",
    ),
    "wrong number": ("half", lambda x: x / 3, "✗ half: half(3) gives 1.0, which is not right."),
    "wrong tensor": ("half", lambda x: x / 2 + (np.ndim(x) == 2), "✗ half: half(tensor([["),
    "wrong inside": (
        "pairs",
        lambda words: [(b, a) for a, b in zip(words, words[1:], strict=False)],
        "✗ pairs: pairs(['a', 'b', 'c']) gives [('b', 'a'), ('c', 'b')], which is not right.",
    ),
    "wrong value": ("share", 0.5, "✗ share: share() gives 0.5, which is not right."),
    "wrong answer to yes or no": (
        "known",
        lambda word: True,
        "✗ known: known('BER') gives True, which is not right.",
    ),
    "number for yes or no": (
        "known",
        lambda word: 1,
        "✗ known: known('der') should give bool, yours gives int.",
    ),
    "right": ("half", lambda x: x * 0.5, "✓ half: right, on all 3 cases."),
    "right, with a gradient": (
        "half",
        lambda x: torch.as_tensor(x) * torch.tensor(0.5, requires_grad=True),
        "✓ half: right, on all 3 cases.",
    ),
    "right, in NumPy": ("half", lambda x: np.asarray(x) / 2, "✓ half: right, on all 3 cases."),
    "right, tuples and lists": (
        "pairs",
        lambda words: tuple([a, b] for a, b in zip(words, words[1:], strict=False)),
        "✓ pairs: right, on all 2 cases.",
    ),
    "right value": ("share", 1 / 4, "✓ share: right, on all 1 cases."),
    "right yes or no": ("known", lambda word: word != "BER", "✓ known: right, on all 2 cases."),
}


@pytest.mark.parametrize("key, answer, line", OUTCOMES.values(), ids=OUTCOMES)
def test_the_outcomes(made, capsys, key, answer, line):
    check(key, answer)
    out = capsys.readouterr().out
    assert line in out and out.count("✓") + out.count("✗") + out.count("○") == 1


def test_long_values_are_not_printed(made, capsys):
    @exercise("long", hint="", minutes=1, cases=lambda g: [(torch.randn(20, 20, generator=g),)])
    def long(x):
        return x + 1

    check("long", lambda x: x)
    out = capsys.readouterr().out
    assert out == "✗ long: one call of long has the right shape, but not the right values.\n"


def test_hint_and_solution(made, capsys):
    hint("half")
    solution("half")
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "Hint for half: Divide by two.",
        "def half(x):",
        "    # an answer may keep its comment",
        "    return x / 2",
    ]


@pytest.mark.parametrize(
    "call", [lambda: check("halb", 1), lambda: hint("halb"), lambda: solution("halb")]
)
def test_an_unknown_exercise(made, call):
    with pytest.raises(KeyError, match="no exercise 'halb'; there are half, known, pairs, share"):
        call()


def test_two_exercises_of_one_name_and_one_without_cases(made):
    with pytest.raises(ValueError, match=r"called 'half': .*\.half and .*\.halve; rename one"):

        @exercise("half", hint="", minutes=1, cases=[(1,)])
        def halve(x):
            return x / 2

    with pytest.raises(ValueError, match="'none' has no cases"):

        @exercise("none", hint="", minutes=1, cases=[])
        def none():
            return None


def test_check_leaves_the_random_numbers_alone(made):
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    check("half", lambda x: x / 2)
    assert torch.equal(torch.rand(1), expected)


# --- Consoles that lack the signs ------------------------------------------------------------


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
def test_signs_become_letters_where_the_console_lacks_them(monkeypatch, encoding):
    out = printed(
        monkeypatch,
        encoding,
        lambda: check("start-count-words", lambda text: len(text.split())),
        lambda: check("start-count-words", lambda text: 0),
        lambda: check("start-count-words", lambda text: ...),
    )
    right, wrong, empty = out.splitlines()
    assert right == "[ok] start-count-words: right, on all 3 cases."
    assert wrong.startswith("[no] start-count-words: ") and wrong.endswith("which is not right.")
    assert empty.startswith("[ ] start-count-words: not answered yet.")


def test_a_solution_still_runs_where_the_console_lacks_its_letters(made, monkeypatch):
    @exercise("opened", hint="„Öffnen“", minutes=1, cases=[()])
    def opened():
        return "geöffnet"

    out = printed(monkeypatch, "ascii", lambda: hint("opened"), lambda: solution("opened"))
    hinted, source = out.split("\n", 1)
    scope: dict = {}
    exec(source, scope)
    assert hinted == 'Hint for opened: "\\xd6ffnen"' and scope["opened"]() == "geöffnet"


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


# --- The course's own exercises --------------------------------------------------------------


def test_every_notebook_with_exercises_has_its_module_and_every_check_its_exercise():
    asked = {}
    for path in notebook_paths(NOTEBOOKS):
        text = path.read_text(encoding="utf-8")
        for key in re.findall(r"\bcheck\(\\?\"([a-z0-9-]+)\\?\"", text):
            asked[key] = f"course_utils.exercises.{module_name(path)}"
    assert asked == {key: one.function.__module__ for key, one in exercises().items()}


def needed_names(table):
    """Names that a source takes from outside, over all its nested functions."""
    needed = {s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()}
    for child in table.get_children():
        needed |= needed_names(child)
    return needed


def bound_names(table):
    return {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}


@pytest.mark.parametrize("key", exercises())
def test_a_solution_needs_no_name_that_its_notebook_lacks(key):
    """Pasted into a cell, what `solution` prints must run."""
    one = exercises()[key]
    module = one.function.__module__.rpartition(".")[2]
    path = next(path for path in notebook_paths(NOTEBOOKS) if module_name(path) == module)
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    code = "\n".join("".join(cell["source"]) for cell in cells)
    code = re.sub(r"^(\s*)[!%].*", r"\1pass", code, flags=re.MULTILINE)  # IPython's own lines
    source = symtable.symtable(one.source(), key, "exec")
    there = bound_names(source) | bound_names(symtable.symtable(code, "notebook", "exec"))
    missing = needed_names(source) - there - set(dir(builtins))
    assert not missing, f"{key}: {missing}"


@pytest.mark.parametrize("key", exercises())
def test_every_solution_is_right_and_no_answer_is_none(key, capsys):
    one = exercises()[key]
    scope = dict(vars(sys.modules[one.function.__module__]))
    exec(one.source(), scope)  # what `solution` prints, pasted
    check(key, scope[one.function.__name__])
    check(key, lambda *arguments: ...)
    right, empty = capsys.readouterr().out.splitlines()
    assert right == f"✓ {key}: right, on all {len(one.drawn())} cases."
    assert empty.startswith("○") and len(one.hints[0]) > 20 and 0 < one.minutes <= 15


@pytest.mark.parametrize("key", exercises())
def test_cases_are_the_same_every_time_and_differ_from_each_other(key):
    one = exercises()[key]
    if one.key == "memory-chunks":  # a step function comes with each case: it has no equal
        assert len(one.drawn()) > 3
        return
    cases = [repr(case) for case in one.drawn()]
    assert cases == [repr(case) for case in one.drawn()] and len(set(cases)) == len(cases)


def test_no_tie_decides_which_beams_are_best():
    """`topk` may return tied places in any order: the cases must not ask which one comes first."""
    for log_p, log_probs, _ in exercises()["generation-beam-step"].drawn():
        scores = (log_p[:, None] + log_probs).flatten()
        assert len(scores.unique()) == len(scores)
