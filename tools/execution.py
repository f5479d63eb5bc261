"""One notebook executed, saved as it should be committed, and shown as one HTML file.
`python -m tools.execution PATH FOLDER` does it in a process that `tools.running` watches."""

import argparse
import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from tools import alt, verified
from tools.web.page import page

ROOT = Path(__file__).resolve().parent.parent
QUIET = {"TQDM_DISABLE": "1"}  # nbval does not follow display updates: no progress bars under test
WIDGET = "application/vnd.jupyter.widget-view+json"


def notebook_paths(folder: Path = ROOT / "notebooks") -> list[Path]:
    """All notebooks: those of the course in its order, then the optional ones in more/."""
    return [*sorted(folder.glob("*.ipynb")), *sorted(folder.glob("more/*.ipynb"))]


def name_of(path: Path) -> str:
    """What a command calls a notebook: "04_padding_and_packing", or "more/" and the file's name."""
    return f"more/{path.stem}" if path.parent.name == "more" else path.stem


def select(names: list[str], folder: Path = ROOT / "notebooks") -> list[Path]:
    """The notebooks whose names begin with one of `names`, or all; ends where none does.

    "more" is all of more/; a notebook in it is chosen with and without that word."""
    paths = notebook_paths(folder)
    chosen = []
    for path in paths:
        called = (path.stem, name_of(path))
        if not names or any(own.startswith(name) for own in called for name in names):
            chosen.append(path)
    if not chosen:
        there = ", ".join(map(name_of, paths))
        sys.exit(f"No notebook begins with {' or '.join(names)}. There are: {there}")
    return chosen


def settle_environment() -> None:
    """No progress bars. `COURSE_DATA` stays as it is: in a notebook's kernel `course_utils.paths`
    reads it as everywhere, blanks, ~ and relative paths included."""
    os.environ.update(QUIET)


def execute(notebook: nbformat.NotebookNode, path: Path, options: Sequence[str] = ()) -> None:
    """Runs all cells in the folder of `path`; `options` go to the kernel. nbclient's errors."""
    # without it each kernel warns that its port is not encrypted, amid the progress lines
    quiet = ["--IPKernelApp.log_level=ERROR"]
    NotebookClient(
        notebook,
        timeout=1800,
        kernel_name="python3",
        store_widget_state=False,
        coalesce_streams=True,
        extra_arguments=[*quiet, *options],
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()


def normalise(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Only what a reader or a test needs: no times, no widget state, one name of the kernel."""
    kept = {key: value for key, value in notebook.metadata.items() if key == verified.KEY}
    notebook.metadata = nbformat.from_dict(
        {
            **kept,
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            # a saved widget without its kernel is only an error message
            output.get("data", {}).pop(WIDGET, None)
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k == "tags"})
    return notebook


def problem_of(error: Exception) -> str:
    """The last line of an error, without colours; its kind where it says nothing."""
    lines = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip().splitlines()
    return lines[-1] if lines else type(error).__name__


def peak_memory() -> float:
    """MB: the most that a kernel which has ended has held; 0 on Windows, which doesn't keep it."""
    if os.name == "nt":
        return 0.0
    import resource  # not there on Windows

    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / unit


def main() -> int:
    """Executes a copy of PATH into FOLDER, with HTML; says on stdout what went wrong, if anything
    did, and how much memory it took. 1 if that fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("folder", type=Path)
    args = parser.parse_args()
    notebook = nbformat.read(args.path, as_version=4)
    problem = ""
    try:
        execute(notebook, args.path.resolve())
    except Exception as error:  # whatever it is, it becomes the notebook's line in the table
        problem = problem_of(error)
    alt.describe(notebook)
    nbformat.write(notebook, args.folder / args.path.name)
    (args.folder / f"{args.path.stem}.html").write_text(page(notebook), encoding="utf-8")
    print(json.dumps({"problem": problem, "megabytes": peak_memory()}))
    return int(bool(problem))


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    # without what nbclient does at exit, which fails with a trace where no kernel ever started
    os._exit(status)
