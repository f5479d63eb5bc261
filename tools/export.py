"""Cells tagged `export` in notebooks/NN_*.ipynb become course_utils/lessons/nNN.py, to be imported;
those in notebooks/more/NAME.ipynb lessons/more_NAME.py. The notebook stays the source:
`python -m tools.export` writes, `--check` fails on drift."""

import argparse
import ast
import json
import re
import subprocess
import sys
from pathlib import Path

from tools.cells import (
    DEFINITIONS,
    IMPORTS,
    TAG,
    Cell,
    code_cells,
    defined_by,
    imports_of,
    is_constant,
)
from tools.execution import name_of, notebook_paths

ROOT = Path(__file__).resolve().parent.parent
WAY_OUT = "give it as an argument, or export the cell that defines it"


class ExportError(Exception):
    """Everything that keeps the notebooks from being exported, a line a fault."""


def faults_of(cell: Cell, home: dict[str, int]) -> list[str]:
    """What an exported cell may not hold; `home` remembers in which cell each name was defined."""
    try:
        tree = ast.parse(cell.source)
    except SyntaxError as error:
        return [f"cell {cell.number}: not plain Python ({error.msg}, line {error.lineno})"]
    faults = []
    run = []
    for node in tree.body:
        if isinstance(node, IMPORTS):
            continue
        if not isinstance(node, DEFINITIONS) and not is_constant(node):
            run.append(f"`{ast.unparse(node).splitlines()[0][:60]}`")
            continue
        for name in defined_by(node):
            if home.setdefault(name, cell.number) != cell.number:
                faults.append(
                    f"cell {cell.number}: '{name}' is defined in cell {home[name]}, too: export one"
                )
    if run:
        faults.append(
            f"cell {cell.number}: holds more than imports, definitions and constants in CAPITALS: "
            f"{', '.join(run)}; put this into a cell of its own"
        )
    return faults


def without_imports(source: str) -> str:
    """The cell's text, its top-level imports blanked: they go to the head of the module."""
    lines = source.splitlines()
    for node in ast.parse(source).body:
        if isinstance(node, IMPORTS):
            for number in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[number] = ""
    return "\n".join(lines).strip("\n")


def ruff(arguments: list[str], text: str, name: str) -> str:
    """What ruff makes of `text` under the project's rules, as if it were the lesson `name`."""
    command = [sys.executable, "-m", "ruff", *arguments, "--stdin-filename"]
    result = subprocess.run(
        [*command, f"course_utils/lessons/{name}.py", "-"],
        input=text,
        capture_output=True,
        cwd=ROOT,
        encoding="utf-8",
    )
    if result.returncode not in (0, 1) or (result.stderr and not result.stdout):
        raise ExportError(f"ruff could not read {name}.py: {result.stderr.strip()}")
    return result.stdout


def module_name(path: Path) -> str:
    """The lesson of a notebook: n04, or more_exact_and_fast."""
    return name_of(path).replace("/", "_") if path.parent.name == "more" else f"n{path.stem[:2]}"


def header(path: Path) -> str:
    """The docstring of a module: where it comes from and how."""
    name = name_of(path)
    short = name if path.parent.name == "more" else path.stem[:2]
    return (
        f'"""What notebook {short} defines and others import: its cells tagged `{TAG}`.\n\n'
        f"Made from notebooks/{name}.ipynb by `python -m tools.export`: edit the notebook.\n"
        '"""\n'
    )


def names_read(cells: list[Cell]) -> set[str]:
    """Every name that stands in the cells' code, whatever it turns out to mean."""
    names = set()
    for cell in cells:
        names |= {
            node.id for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Name)
        }
    return names


def imports_needed(cells: list[Cell], own: dict[str, int]) -> list[str]:
    """The import statements for the names that the exported cells read and don't define (`own`)."""
    statements = imports_of(cells)
    exported = [cell for cell in cells if cell.exported]
    faults = []
    needed = []
    for name in sorted((names_read(exported) & set(statements)) - set(own)):
        needed += list(statements[name])[:1]
        if len(statements[name]) > 1:
            places = [f"`{text}` (cell {cell})" for text, cell in statements[name].items()]
            faults.append(f"'{name}' is imported from two places: {' and '.join(places)}")
    if faults:
        raise ExportError("\n".join(faults))
    return needed


def assemble(path: Path, cells: list[Cell], imports: list[str]) -> tuple[str, list[int]]:
    """The unformatted module, and the cell that each of its lines comes from (-1 for the head)."""
    bodies = [without_imports(cell.source) for cell in cells]
    lines = [*header(path).splitlines(), "", *imports]
    origin = [-1] * len(lines)
    heading = ""
    for cell, body in zip(cells, bodies, strict=True):
        new = ["", ""]
        if cell.heading != heading:
            heading = cell.heading
            new += [f"# {heading}", ""]
        new += body.splitlines()
        lines += new
        origin += [cell.number] * len(new)
    return "\n".join(lines) + "\n", origin


def undefined(text: str, origin: list[int], name: str) -> list[str]:
    """Names that exported code reads and nothing in the module defines: the notebook's globals."""
    rules = ["check", "--select", "F821", "--output-format", "json"]
    faults = []
    for found in json.loads(ruff(rules, text, name)):
        missing = re.findall("`(.+)`", found["message"])[0]
        cell = origin[found["location"]["row"] - 1]
        faults.append(f"cell {cell}: '{missing}' is neither imported nor exported: {WAY_OUT}")
    return list(dict.fromkeys(faults))


def export(path: Path) -> str:
    """The text of the notebook's lesson; empty if no cell is tagged.

    Raises `ExportError` with all that is wrong, a line a fault.
    """
    cells = code_cells(path)
    exported = [cell for cell in cells if cell.exported]
    if not exported:
        return ""
    name = module_name(path)
    home: dict[str, int] = {}
    faults = []
    for cell in exported:
        faults += faults_of(cell, home)
    if not faults:
        try:
            text, origin = assemble(path, exported, imports_needed(cells, home))
            faults = undefined(text, origin, name)
        except ExportError as error:
            faults = str(error).splitlines()
    if faults:
        raise ExportError("\n".join(f"{name_of(path)}.ipynb, {fault}" for fault in faults))
    tidy = ruff(["check", "--fix-only", "--quiet", "--select", "I,F401"], text, name)
    return ruff(["format", "--quiet"], tidy, name)


def wanted(notebooks: Path, lessons: Path) -> dict[Path, str]:
    """The text that each lesson should have; empty for a file that should not be there."""
    there = [*sorted(lessons.glob("n[0-9][0-9].py")), *sorted(lessons.glob("more_*.py"))]
    texts = dict.fromkeys(there, "")
    faults = []
    for path in notebook_paths(notebooks):
        try:
            text = export(path)
        except ExportError as error:
            faults.append(str(error))
            continue
        if text:
            texts[lessons / f"{module_name(path)}.py"] = text
    if faults:
        raise ExportError("\n".join(faults))
    return texts


def drifted(texts: dict[Path, str]) -> list[Path]:
    """The lessons whose file does not hold what its notebook says."""
    return [
        path
        for path, text in texts.items()
        if (path.read_text(encoding="utf-8") if path.exists() else "") != text
    ]


def write(texts: dict[Path, str]) -> list[Path]:
    """Brings the files up to date; returns those that changed."""
    changed = drifted(texts)
    for path in changed:
        if texts[path]:
            path.write_text(texts[path], encoding="utf-8", newline="\n")
        else:
            path.unlink()
    return changed


def main(arguments: list[str] | None = None) -> int:
    """0 when everything is as it should be; 1 with one line a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail on drift")
    check = parser.parse_args(arguments).check
    try:
        texts = wanted(ROOT / "notebooks", ROOT / "course_utils" / "lessons")
    except ExportError as error:
        print(error)
        return 1
    if check:
        stale = drifted(texts)
        for path in stale:
            print(f"{path.relative_to(ROOT).as_posix()} has drifted from its notebook: make export")
        return int(bool(stale))
    for path in write(texts):
        print(f"{path.relative_to(ROOT).as_posix()} {'written' if texts[path] else 'removed'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
