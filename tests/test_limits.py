"""The notebooks keep the course's limits; those that don't yet stand in lists that only shrink."""

import ast

import nbformat
import pytest

from tools import alt, limits
from tools.execution import name_of, notebook_paths

# Still beyond a limit of tools/limits.py. A notebook that keeps them all must be taken off.
NOT_YET: set[str] = set()
# Still with drawn pictures that have no text alternative.
NO_ALT_YET: set[str] = set()

each = pytest.mark.parametrize("path", notebook_paths(), ids=name_of)


@each
def test_a_notebook_keeps_the_limits(path):
    found = limits.faults(limits.measure(path))
    if name_of(path) in NOT_YET:
        assert found, "it keeps the limits now: take it off NOT_YET"
    else:
        assert found == []


@each
def test_drawn_pictures_have_a_text_alternative(path):
    found = alt.missing(nbformat.read(path, as_version=4))
    if name_of(path) in NO_ALT_YET:
        assert found, "its pictures have text alternatives now: take it off NO_ALT_YET"
    else:
        assert found == []


def test_the_lists_name_notebooks_that_are_there():
    names = {name_of(path) for path in notebook_paths()}
    assert names >= NOT_YET | NO_ALT_YET


# --- How it is counted ----------------------------------------------------------------------------


def text(source):
    return nbformat.v4.new_markdown_cell(source)


def code(source, printed="", *tags):
    outputs = [nbformat.v4.new_output("stream", name="stdout", text=printed)] if printed else []
    return nbformat.v4.new_code_cell(source, outputs=outputs, metadata={"tags": list(tags)})


def measured(tmp_path, *cells, folder="notebooks"):
    path = tmp_path / folder / "04_some.ipynb"
    path.parent.mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells)), path)
    return limits.measure(path)


@pytest.mark.parametrize(
    "markdown, words",
    [
        ("# One, two\nthree – four.", 4),
        ("![not this](../img/x.svg) but [these two](https://not.org/this)", 3),
        ("a\n```python\nnot this\n```\n$$not + this$$\nb $x_t$", 3),
        ("| one | two |\n|---|---|\n| 3 | <br> |", 3),
        ("", 0),
    ],
)
def test_words(markdown, words):
    assert limits.words_of(markdown) == words


@pytest.mark.parametrize(
    "source, lines, allowed",
    [
        ("import os\nfrom a import (\n    b,\n    c,\n)\n\nx = 1\ny = 2", 2, 15),
        ("# alt: a picture\n#   of something\nplt.show()", 1, 15),
        ("%matplotlib inline\n!ls\nx = 1", 3, 15),
        ("class Net:\n    def f(self):\n        pass", 3, 25),
        ("history = []\nfor x in y:\n    a(x)\n    b(x)", 4, 25),
        ("def train():\n    for x in y:\n        a(x)\n        b(x)", 4, 25),
        ("a = 1\nb = 2\nc = 3\nfor x in y:\n    a(x)", 5, 15),
        ("this is\nnot Python", 2, 15),
    ],
)
def test_lines(source, lines, allowed):
    assert (limits.lines_of(source), limits.allowed_lines(source)) == (lines, allowed)


def test_a_notebook_is_measured_up_to_its_exercises(tmp_path):
    measures = measured(
        tmp_path,
        text("# Title\nfour more words here"),
        code('if "google.colab" in str(get_ipython()):\n    %run x'),
        code("import torch"),
        text("![a picture](../img/x.svg)"),
        code("elman_stepper(x)"),
        code("x" * 91, "a: True\nb: 3\nFalse\n", "nbval-ignore-output"),
        code("\n".join(["x = 1"] * 16)),
        text("## Exercises\n**1.** Not counted."),
        code("not_counted = 1"),
    )
    assert (measures.cells, measures.words, measures.code) == (7, 5, 4)
    assert measures.pictures == 2 and measures.verdicts == 2
    assert measures.long == [(6, 16, 15)] and measures.wide == [(5, 91)]
    assert measures.unannounced == [5, 6]
    assert measures.compared == pytest.approx(5 / 6)
    assert limits.faults(measures) == [
        "cell 6: 16 lines, at most 15",
        "cell 5: 91 columns, at most 90",
        "5 words of prose, 900 to 1,600 are due",
        "2 of 4 code cells without a sentence before: 5, 6",
    ]


def test_too_many_cells_and_too_few_pictures(tmp_path):
    cells = [text("word " * 20) for _ in range(71)]
    assert limits.faults(measured(tmp_path, *cells)) == [
        "71 cells, at most 70",
        "0 pictures and explorers, at least 2",
    ]


def test_an_optional_notebook_has_limits_for_its_code_only(tmp_path):
    measures = measured(tmp_path, *[code("\n".join(["x"] * 16)) for _ in "ab"], folder="more")
    assert limits.faults(measures) == [
        "cell 0: 16 lines, at most 15",
        "cell 1: 16 lines, at most 15",
    ]


def test_the_command_says_what_to_mend_where_a_notebook_is_named(capsys):
    limits.main([])
    table = capsys.readouterr().out.splitlines()
    assert len(table) == 1 + len(notebook_paths()) and not any("at most" in row for row in table)
    named = sorted(NOT_YET)[:1] or ["04"]
    assert limits.main(named) == bool(NOT_YET)
    shown = capsys.readouterr().out.splitlines()
    assert bool(shown[2:]) == bool(NOT_YET)


def test_loops_are_what_python_calls_them():
    assert set(limits.LOOPS) == {ast.For, ast.While, ast.ClassDef}
