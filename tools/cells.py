"""What stands in a notebook's code cells: their text, what they import, define and set.
`tools.export` decides by it what a lesson holds."""

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path

TAG = "export"
MAGIC = re.compile(r"^\s*[%!?].*$", re.MULTILINE)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)


@dataclass
class Cell:
    """A code cell: its place among all cells (from 0), the heading above it, its text."""

    number: int
    heading: str
    source: str
    exported: bool


def code_cells(path: Path) -> list[Cell]:
    """The notebook's code cells in order, each with the last heading that stands above it."""
    heading = ""
    found = []
    for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            heading = next(iter(re.findall(r"^#{1,6} +(.+)", source, re.MULTILINE)[-1:]), heading)
        elif cell["cell_type"] == "code":
            exported = TAG in cell["metadata"].get("tags", [])
            found.append(Cell(number, heading, source, exported))
    return found


def imports_of(cells: list[Cell]) -> dict[str, dict[str, int]]:
    """For each name that the notebook imports anywhere its import statements, each with a cell."""
    statements: dict[str, dict[str, int]] = {}
    for cell in cells:
        try:
            tree = ast.parse(MAGIC.sub("", cell.source))
        except (
            SyntaxError
        ):  # a cell that is there to fail; an exported one is refused in `faults_of`
            continue
        for node in tree.body:
            for name, statement in bound_by(node):
                statements.setdefault(name, {}).setdefault(statement, cell.number)
    return statements


def bound_by(node: ast.stmt) -> list[tuple[str, str]]:
    """The names that an import binds, each with a statement of its own; nothing for the rest."""
    if not isinstance(node, IMPORTS):
        return []
    pairs = []
    for alias in node.names:
        if isinstance(node, ast.Import):
            alone: ast.stmt = ast.Import([alias])
        else:
            alone = ast.ImportFrom(node.module, [alias], node.level)
        pairs.append((alias.asname or alias.name.partition(".")[0], ast.unparse(alone)))
    return pairs


def is_constant(node: ast.stmt) -> bool:
    """Whether the statement assigns to names in capitals only."""
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    else:
        return False
    names = []
    for target in targets:
        names += target.elts if isinstance(target, ast.Tuple) else [target]
    return all(isinstance(name, ast.Name) and name.id.isupper() for name in names)


def defined_by(node: ast.stmt) -> list[str]:
    """The names that a definition or a constant binds."""
    if isinstance(node, DEFINITIONS):
        return [node.name]
    bound = [part for part in ast.walk(node) if isinstance(part, ast.Name)]
    return [name.id for name in bound if isinstance(name.ctx, ast.Store) and name.id.isupper()]
