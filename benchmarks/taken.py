"""Definitions taken out of a notebook, so that a measurement or a test works on what the reader sees and not on a copy of it."""

import ast
import json
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"


def take(notebook: str, *names: str, **scope) -> dict:
    """Runs only the imports and the named definitions (functions, classes, constants) of the notebook that begins with `notebook`; without
    names all functions, classes and constants in capitals. `KeyError` for a name that the notebook no longer defines."""
    path, found = next(NOTEBOOKS.glob(f"{notebook}_*.ipynb")), []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] != "code" or "%pip" in source:
            continue
        for node in ast.parse(source).body:
            constant = getattr(node.targets[0], "id", "") if isinstance(node, ast.Assign) else ""
            name = getattr(node, "name", constant)
            wanted = (
                name in names
                if names
                else isinstance(node, ast.FunctionDef | ast.ClassDef) or constant.isupper()
            )
            if isinstance(node, ast.Import | ast.ImportFrom) or wanted:
                found.append(node)
    exec(compile(ast.Module(found, []), path.name, "exec"), scope)
    if missing := [name for name in names if name not in scope]:
        raise KeyError(f"{path.name} no longer defines {missing}")
    return scope
