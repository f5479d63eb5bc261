"""Writes what stands below `## Exercises` in a notebook from the exercises' own modules.
`python -m tools.practice 04` writes, `--check` says where a notebook is no longer what they say."""

import argparse
import ast
import re
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course_utils.attempts import written
from course_utils.exercises import Exercise, Project, exercises, projects
from tools.cells import MAGIC, bound_by
from tools.execution import name_of, select
from tools.export import module_name

HEADING = re.compile(r"^## Exercises[ \t]*$", re.MULTILINE)
NEXT = re.compile(r"^## (?!Exercises)", re.MULTILINE)
TAG = "exercise"
CALLED = ("check", "hint", "progress", "solution")
INTRO = """\
Replace the `...` and run the cell. `hint("…")` helps three times, each time a little more; \
`solution("…")` shows one way; `progress()` says what is solved and what is open.
"""

GRADIENTS = "Gradients have to flow through it (torch)."


class PracticeError(Exception):
    """Why a notebook's exercises can't be written."""


def dots(degree: int) -> str:
    """1 to 3 as ●○○, ●●○, ●●●."""
    return "●" * degree + "○" * (3 - degree)


def task_text(number: int, one: Exercise) -> str:
    """The Markdown of one exercise."""
    facts = [
        f"{one.minutes} minute{'' if one.minutes == 1 else 's'}",
        f"difficulty {dots(one.difficulty)}",
        f"importance {dots(one.importance)}",
    ]
    trains = f"trains {one.trains}" if one.trains else ""
    head = f"**{number}.** {' · '.join([*facts, trains] if trains else facts)}"
    compared = one.gradients and "gradient" not in one.task
    return "\n\n".join([head, one.task, *([GRADIENTS] if compared else [])])


def project_text(one: Project) -> str:
    """The Markdown of a project."""
    goal = "at least" if one.better == "higher" else "at most"
    return (
        f"**Project: {one.title}** · {one.minutes} minutes\n\n{one.goal}\n\n"
        f"Goal: {goal} **{written(one.target, one.unit)}**; the usual way has "
        f"{written(one.baseline, one.unit)}. `attempt` measures and keeps your leaderboard; "
        "a third argument says what is new."
    )


def signature(source: str) -> str:
    """The first lines of a function: its `def` and its docstring."""
    node = ast.parse(source).body[0]
    assert isinstance(node, ast.FunctionDef)
    first = node.body[0]
    documented = ast.get_docstring(node) is not None
    last = first.end_lineno if documented else first.lineno - 1
    return "\n".join(source.splitlines()[:last])


def stub(one: Exercise) -> str:
    """The code cell of one exercise."""
    return f'{signature(one.source())}\n    return ...\n\n\ncheck("{one.key}", {one.name})'


def project_stub(one: Project) -> str:
    """The code cell of a project."""
    parts = [one.given, f'{one.source()}\n\n\nattempt("{one.key}", {one.name})']
    return "\n\n\n".join(part for part in parts if part)


def imported(cells: list[NotebookNode]) -> set[str]:
    """The names that code cells import."""
    names = set()
    for cell in cells:
        if cell.cell_type != "code":
            continue
        try:
            tree = ast.parse(MAGIC.sub("", cell.source))
        except SyntaxError:  # a cell that is there to fail
            continue
        for node in tree.body:
            names |= {name for name, _ in bound_by(node)}
    return names


def made(module: str, there: set[str]) -> list[NotebookNode]:
    """The cells below the heading; `there` are the names that the notebook has imported."""
    cells = []
    mine = [one for one in exercises().values() if one.module == module and not one.in_text]
    for number, one in enumerate(mine, 1):
        cells.append(_cell("markdown", f"task-{one.key}", task_text(number, one)))
        cells.append(_cell("code", f"answer-{one.key}", stub(one)))
    for project in projects().values():
        if project.module == module:
            cells.append(_cell("markdown", f"project-{project.key}", project_text(project)))
            cells.append(_cell("code", f"attempt-{project.key}", project_stub(project)))
    code = [cell for cell in cells if cell.cell_type == "code"]
    wanted = ["attempt", *CALLED] if any("attempt(" in one.source for one in code) else CALLED
    missing = [name for name in wanted if name not in there]
    if missing and code:
        code[0].source = f"from course_utils import {', '.join(missing)}\n\n\n{code[0].source}"
    return cells


def _cell(kind: str, name: str, source: str) -> NotebookNode:
    new = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
    cell = new(source, metadata={"tags": [TAG]})
    cell.id = name[:64]
    return cell


def with_exercises(notebook: NotebookNode, module: str) -> None:
    """Puts the module's exercises between the heading Exercises and the next one.

    A cell whose source stays keeps its outputs. Raises `PracticeError` without such a heading."""
    heads = [i for i, cell in enumerate(notebook.cells) if _found(HEADING, cell)]
    if len(heads) != 1:
        raise PracticeError(f"the heading '## Exercises' stands in {len(heads)} cells, not in one")
    begin = heads[0]
    ends = [i for i in range(begin + 1, len(notebook.cells)) if _is_end(notebook.cells[i])]
    end = ends[0] if ends else len(notebook.cells)
    head = notebook.cells[begin]
    before, _, _ = head.source.partition("## Exercises")
    if NEXT.search(head.source[len(before) :]):
        raise PracticeError("another heading stands in the cell of '## Exercises', below it")
    head.source = f"{before}## Exercises\n{INTRO}".rstrip()
    old = {cell.source: cell for cell in notebook.cells[begin:end] if cell.cell_type == "code"}
    cells = made(module, imported(notebook.cells[:begin]))
    for cell in cells:
        if cell.source in old:
            cell.outputs = old[cell.source].outputs
            cell.execution_count = old[cell.source].execution_count
    notebook.cells[begin + 1 : end] = cells
    _cut_before_heading(notebook.cells[begin + 1 + len(cells) :])


def _found(pattern: re.Pattern, cell: NotebookNode) -> bool:
    return cell.cell_type == "markdown" and bool(pattern.search(cell.source))


def _is_end(cell: NotebookNode) -> bool:
    return _found(NEXT, cell) or "links" in cell.metadata.get("tags", [])


def _cut_before_heading(rest: list[NotebookNode]) -> None:
    """What stood above the next heading in its cell belonged to the old exercises."""
    if rest and _found(NEXT, rest[0]):
        found = NEXT.search(rest[0].source)
        rest[0].source = rest[0].source[found.start() if found else 0 :]


def with_practice(paths: list[Path]) -> list[Path]:
    """Those of the notebooks that have exercises."""
    modules = {one.module for one in exercises().values() if not one.in_text}
    return [path for path in paths if module_name(path) in modules]


def old_ones(paths: list[Path]) -> list[str]:
    """Where a notebook's exercises are not what their module says, a line a notebook."""
    faults = []
    for path in with_practice(paths):
        notebook = nbformat.read(path, as_version=4)
        before = [(cell.cell_type, cell.source) for cell in notebook.cells]
        with_exercises(notebook, module_name(path))
        if [(cell.cell_type, cell.source) for cell in notebook.cells] != before:
            faults.append(f"{name_of(path)}: its exercises are old: make exercises")
    return faults


def main() -> int:
    """Writes the cells without executing anything, or says what is old."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebooks", nargs="*", help="beginnings of names, such as 04")
    parser.add_argument("--check", action="store_true", help="write nothing, fail on drift")
    args = parser.parse_args()
    paths = select(args.notebooks)
    faults = old_ones(paths)
    if args.check:
        print("\n".join(faults) or "All exercises are what their modules say.")
        return int(bool(faults))
    for path in with_practice(paths):
        if any(fault.startswith(f"{name_of(path)}:") for fault in faults):
            notebook = nbformat.read(path, as_version=4)
            with_exercises(notebook, module_name(path))
            nbformat.write(notebook, path)
            print(f"{name_of(path)}.ipynb written; now: make notebooks NB={name_of(path)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
