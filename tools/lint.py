"""`make lint`: format, rules and types of everything, notebooks included, and that nothing drifted.
All parts run, whatever the first ones find; one line at the end says which of them failed."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tools import export, notebooks, practice, spelling, teaching
from tools.execution import ROOT, notebook_paths

BUILD = ROOT / "_build" / "lint"
TYPED = ["course_utils", "tools", "benchmarks"]
MAGIC = re.compile(r"^(\s*)[%!].*$", re.MULTILINE)
# A notebook gives a name another type as it goes on (a list, then its tensor), a test hands over
# wrong things on purpose, and pandas' stubs can't know what a cell has just looked at. What is left
# finds misspelt names, missing returns, values of functions that have none, and bad formats.
LENIENT = [
    "arg-type",
    "assignment",
    "attr-defined",
    "call-arg",
    "call-overload",
    "dict-item",
    "has-type",
    "index",
    "list-item",
    "misc",
    "no-redef",
    "operator",
    "override",
    "type-var",
    "union-attr",
    "var-annotated",
]
INLINE = f'\n\n# mypy: disable-error-code="{",".join(LENIENT)}"\n'


def as_script(path: Path) -> str:
    """A notebook's code cells one after the other, for mypy; magics become `pass`."""
    parts = [f"# {path.name}"]
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    for number, cell in enumerate(cells):
        source = "".join(cell["source"])
        if cell["cell_type"] != "code" or "google.colab" in source:  # the set-up cell is IPython's
            continue
        plain = MAGIC.sub(r"\1pass", source)
        parts.append(f"# %% cell {number}\n{plain}")
    return "\n\n".join(parts) + "\n"


def write_scripts(folder: Path = BUILD) -> None:
    """Notebooks and tests as mypy should see them, in `folder`, whose old contents go."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.py"):
        old.unlink()
    texts = {}
    for path in notebook_paths():
        texts[f"notebook_{path.stem}.py"] = as_script(path)
    for path in (ROOT / "tests").glob("*.py"):
        texts[path.name] = path.read_text(encoding="utf-8")
    for name, text in texts.items():
        (folder / name).write_text(text + INLINE, encoding="utf-8")


def module(*arguments: str) -> bool:
    """Whether `python -m …` ends well, run from the root."""
    return subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT).returncode == 0


def formatted() -> bool:
    """ruff format has nothing to change."""
    return module("ruff", "format", "--check", ".")


def rules() -> bool:
    """ruff's rules hold."""
    return module("ruff", "check", ".")


def types() -> bool:
    """mypy accepts package, tools and benchmarks, and notebooks and tests a few errors apart."""
    write_scripts()
    return module("mypy", *TYPED, str(BUILD))


def exported() -> bool:
    """The lessons are what the notebooks say."""
    return export.main(["--check"]) == 0


def contents() -> bool:
    """course.toml, README and the notebooks say the same."""
    faults = notebooks.drift()
    for fault in faults:
        print(fault)
    return not faults


def spelt() -> bool:
    """English and German texts hold no known mistake."""
    return spelling.main() == 0


def taught() -> bool:
    """The teaching guide has the lessons that course.toml and the notebooks have."""
    return teaching.main(["--check"]) == 0


def practised() -> bool:
    """The exercises in the notebooks are those of their modules."""
    faults = practice.old_ones(notebook_paths())
    for fault in faults:
        print(fault)
    return not faults


PARTS: dict[str, Callable[[], bool]] = {
    "format": formatted,
    "rules": rules,
    "types": types,
    "export": exported,
    "contents": contents,
    "spelling": spelt,
    "teaching": taught,
    "exercises": practised,
}


def main() -> int:
    """Runs all parts; 1 if one fails."""
    failed = []
    for name, part in PARTS.items():
        print(f"--- {name}", flush=True)
        if not part():
            failed.append(name)
    print(f"lint: {', '.join(failed)} failed" if failed else "lint: all clean")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
