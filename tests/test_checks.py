"""Tests of the exercises: every solution is right by its own check, and each of the five outcomes is told apart.
A reader who is right and is told otherwise stops reading."""

import builtins
import json
import re
import symtable
import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch

from course_utils import checks
from course_utils.checks import check, exercises, hint, solution

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
MADE = '''
[half]
name = "half"
hint = """Divide
by two."""
solution = """
def half(x):
    return x / 2
"""
cases = "[(3,), (torch.arange(4.),), (torch.randn(2, 2),)]"

[pairs]
name = "pairs"
hint = "zip"
solution = """
def pairs(words):
    return list(zip(words, words[1:]))
"""
cases = "[(['a', 'b', 'c'],), (['a', 'b'],)]"

[share]
name = "share"
hint = "Divide."
solution = """
def share():
    return 0.25
"""
cases = "[()]"

[known]
name = "known"
hint = "in"
solution = """
def known(word):
    return word in ('der', 'die')
"""
cases = "[('der',), ('BER',)]"
'''


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Exercises of four kinds: tensors and numbers, lists of texts, a plain value, yes or no."""
    (tmp_path / "made.toml").write_text(MADE, encoding="utf-8")
    monkeypatch.setattr(checks, "FOLDER", tmp_path)


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
        lambda words: [(b, a) for a, b in zip(words, words[1:])],
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
        lambda words: tuple([a, b] for a, b in zip(words, words[1:])),
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


def test_long_values_are_not_printed(made, tmp_path, capsys):
    text = '[long]\nname = "long"\nhint = ""\nsolution = "def long(x): return x + 1"\ncases = "[(torch.randn(20, 20),)]"\n'
    (tmp_path / "long.toml").write_text(text, encoding="utf-8")
    check("long", lambda x: x)
    assert (
        capsys.readouterr().out
        == "✗ long: one call of long has the right shape, but not the right values.\n"
    )


def test_hint_and_solution(made, capsys):
    hint("half")
    solution("half")
    assert (
        capsys.readouterr().out == "Hint for half: Divide by two.\ndef half(x):\n    return x / 2\n"
    )


@pytest.mark.parametrize(
    "call", [lambda: check("halb", 1), lambda: hint("halb"), lambda: solution("halb")]
)
def test_an_unknown_exercise(made, call):
    with pytest.raises(KeyError, match="no exercise 'halb'; there are half, known, pairs, share"):
        call()


# --- The course's own exercises --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(checks.FOLDER.glob("*.toml")), ids=lambda path: path.name)
def test_every_file_parses_and_no_name_comes_twice(path):
    own = tomllib.loads(path.read_text(encoding="utf-8"))
    elsewhere = {
        key
        for other in checks.FOLDER.glob("*.toml")
        if other != path
        for key in tomllib.loads(other.read_text(encoding="utf-8"))
    }
    assert own and not own.keys() & elsewhere


@pytest.mark.parametrize("path", sorted(checks.FOLDER.glob("*.toml")), ids=lambda path: path.name)
def test_solutions_need_no_name_that_their_notebook_lacks(path):
    """Pasted into a cell, what `solution` prints must run."""
    cells = json.loads(next(NOTEBOOKS.glob(f"{path.stem}_*.ipynb")).read_text(encoding="utf-8"))[
        "cells"
    ]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    source = re.sub(r"^(\s*)[!%].*", r"\1pass", code, flags=re.MULTILINE)  # IPython's own lines
    bound = symtable.symtable(source, "notebook", "exec")
    for key, fields in tomllib.loads(path.read_text(encoding="utf-8")).items():
        own = symtable.symtable(fields["solution"], key, "exec")
        needed, tables = set(), [own]
        while tables:
            table = tables.pop()
            tables += table.get_children()
            needed |= {
                symbol.get_name()
                for symbol in table.get_symbols()
                if symbol.is_global() and symbol.is_referenced()
            }
        there = {
            symbol.get_name()
            for table in (own, bound)
            for symbol in table.get_symbols()
            if symbol.is_assigned() or symbol.is_imported()
        }
        assert needed <= there | set(dir(builtins)), f"{key}: {needed - there - set(dir(builtins))}"


@pytest.mark.parametrize("key", exercises())
def test_every_solution_is_right_and_no_answer_is_none(key, capsys):
    exercise = exercises()[key]
    reference, cases = exercise.run()
    check(key, reference)
    check(key, lambda *arguments: ...)
    right, empty = capsys.readouterr().out.splitlines()
    assert (
        right == f"✓ {key}: right, on all {len(cases)} cases."
        and empty.startswith("○")
        and len(exercise.hint) > 20
    )
