"""Exercise cells are made from the exercises: their text, the places they go to, and drift.
A stub that is not the solution's own signature would ask for something else."""

import ast

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course_utils.exercises import exercises, projects
from tools import practice
from tools.execution import name_of, notebook_paths
from tools.export import module_name
from tools.practice import PracticeError, made, with_exercises

WITH = practice.with_practice(notebook_paths())


def notebook(*cells):
    """Cells from texts: those that begin with % are code."""
    return new_notebook(
        cells=[
            new_code_cell(text[1:]) if text.startswith("%") else new_markdown_cell(text)
            for text in cells
        ]
    )


def sources(book):
    return [cell.source for cell in book.cells]


def test_the_cells_of_an_exercise():
    book = notebook(
        "# Title", "%from course_utils import check", "## Exercises\nOld.", "%old", "Old"
    )
    with_exercises(book, "n04")
    before, setup, head, task, answer = sources(book)[:5]
    assert (before, setup) == ("# Title", "from course_utils import check")
    assert head.startswith("## Exercises\nReplace the `...`") and "Old" not in "".join(
        sources(book)
    )
    assert task.startswith("**1.** 5 minutes · difficulty ●") and "staircase" in task
    assert answer.startswith("from course_utils import ") and " check" not in answer.splitlines()[0]
    assert 'return ...\n\n\ncheck("padding-lengths", lengths_of)' in answer
    nbformat.validate(book)


def test_what_stands_around_the_exercises_stays():
    book = notebook(
        "## In three lines\n- One.\n\n## Exercises\n**1.** Old.",
        "%old = 1",
        "About the project.\n\n## Read on\n- A paper",
        "Links",
    )
    with_exercises(book, "n00")
    text = sources(book)
    assert text[0].startswith("## In three lines\n- One.\n\n## Exercises\nReplace")
    assert text[-2:] == ["## Read on\n- A paper", "Links"]
    assert not {"old = 1", "About the project."} & set(text)


def test_links_end_the_exercises_too():
    book = notebook("## Exercises", "%old")
    links = new_markdown_cell("← back", metadata={"tags": ["links"]})
    book.cells.append(links)
    with_exercises(book, "more_races_of_memory")
    assert sources(book)[-1] == "← back" and len(book.cells) >= 4


def test_a_cell_that_stays_keeps_its_output():
    book = notebook("## Exercises")
    with_exercises(book, "n01")
    cell = next(cell for cell in book.cells if cell.cell_type == "code")
    cell.outputs = [nbformat.v4.new_output("stream", text="○")]
    before = sources(book)
    with_exercises(book, "n01")
    assert sources(book) == before
    assert [cell.outputs for cell in book.cells if cell.cell_type == "code"][0] == cell.outputs


@pytest.mark.parametrize(
    "cells", [["# None"], ["## Exercises", "## Exercises"], ["## Exercises\n\n## Read on\n- x"]]
)
def test_without_one_heading_nothing_is_written(cells):
    with pytest.raises(PracticeError):
        with_exercises(notebook(*cells), "n01")


def test_the_first_words_of_a_stub_are_the_solutions():
    source = 'def f(x, *, y=(1,\n    2)):\n    """Shapes: (B, T)."""\n    a = x\n    return a'
    assert practice.signature(source) == 'def f(x, *, y=(1,\n    2)):\n    """Shapes: (B, T)."""'
    assert practice.signature("def f(x):\n    return x") == "def f(x):"


@pytest.mark.parametrize("path", WITH, ids=name_of)
def test_stubs_run_from_top_to_bottom(path, monkeypatch, capsys, tmp_path):
    """Every stub runs alone, and says that it waits for an answer."""
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    scope: dict = {}
    code = [cell for cell in made(module_name(path), set()) if cell.cell_type == "code"]
    for cell in code:
        exec(cell.source, scope)
    out = capsys.readouterr().out.splitlines()
    waiting = [line for line in out if line.startswith("○ ")]  # a project may show what it gives
    assert len(waiting) == len(code) and not any(line.startswith(("✓", "✗")) for line in out)
    ids = [cell.id for cell in made(module_name(path), set())]
    assert len(set(ids)) == len(ids)
    assert max(len(line) for cell in code for line in cell.source.splitlines()) <= 90


@pytest.mark.parametrize("key", exercises())
def test_a_stub_asks_for_what_the_solution_takes(key):
    one = exercises()[key]
    cell = ast.parse(practice.stub(one)).body[0]
    source = ast.parse(one.source()).body[0]
    assert ast.unparse(cell.args) == ast.unparse(source.args) and cell.name == source.name


@pytest.mark.parametrize("key", exercises())
def test_a_task_says_that_gradients_are_compared(key):
    one = exercises()[key]
    assert ("gradient" in practice.task_text(1, one).lower()) >= one.gradients
    added = practice.task_text(1, one).endswith("\n\nGradients have to flow through it (torch).")
    assert added == (one.gradients and key != "memory-chunks")


def test_every_project_stands_in_a_notebook():
    modules = {module_name(path) for path in WITH}
    assert {one.module for one in projects().values()} <= modules


@pytest.mark.parametrize("path", WITH, ids=name_of)
def test_exercises_in_the_notebook_are_what_their_module_says(path):
    assert practice.old_ones([path]) == []
