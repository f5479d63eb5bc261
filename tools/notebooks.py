"""What maintainers do with the notebooks: `run`, `refresh`, `links`, `test`, `quick`.
The executed notebook is the source; only set-up cell, contents and links are written here."""

import argparse
import sys
import time
from pathlib import Path

import nbformat

# `python tools/notebooks.py` puts tools/ on the path, and not the folder in which it lies
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools import addresses, alt, contents, running, testing, verified
from tools.addresses import repository
from tools.execution import ROOT, execute, name_of, normalise, select, settle_environment

LINKS = "links"  # id and tag of the last cell


def setup_cell() -> str:
    """The first cell of every notebook. What it runs on Colab is in tools/colab.py."""
    return f"""\
if "google.colab" in str(get_ipython()):  # on Colab: fetch the course and what it needs
    url = "{repository()}"
    !test -f /content/course/tools/colab.py || rm -rf /content/course
    !test -d /content/course || git clone -q --depth 1 {{url}} /content/course 2>/dev/null
    assert _exit_code == 0, "The course can't be fetched: run this again with a network."
    %run /content/course/tools/colab.py"""


def with_badge(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Writes the badge that opens the notebook on Colab below its title."""
    first = notebook.cells[0]
    name = f"{name_of(path)}{path.suffix}"
    first.source = addresses.with_badge(first.source, repository(), name)


def with_setup(notebook: nbformat.NotebookNode) -> None:
    """Writes the set-up cell; its output, of which there is none outside Colab, stays."""
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    first.source = setup_cell()


def with_links(notebook: nbformat.NotebookNode, line: str) -> None:
    """Ends the notebook in a cell with the ways on: `line`, made from course.toml."""
    notebook.cells = [cell for cell in notebook.cells if LINKS not in cell.metadata.get("tags", [])]
    cell = nbformat.v4.new_markdown_cell(line, metadata={"tags": [LINKS]})
    cell.id = LINKS
    notebook.cells.append(cell)


def with_contents(notebook: nbformat.NotebookNode, name: str) -> None:
    """Renews the table of contents of a notebook that has the markers."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and contents.BEGIN in cell.source:
            cell.source = contents.with_table(cell.source, contents.table(""), name)


def furnish(notebook: nbformat.NotebookNode, path: Path) -> None:
    """All that is written into a notebook from elsewhere; nothing of it needs a kernel."""
    with_badge(notebook, path)
    with_setup(notebook)
    with_contents(notebook, path.name)
    more = path.parent.name == "more"
    with_links(notebook, contents.more_links(path.stem) if more else contents.links(path.stem[:2]))
    alt.describe(notebook)


def furnished_readme(text: str) -> str:
    """The README with its table of contents and the badge of the first notebook."""
    new = contents.with_table(text, contents.table(), "README.md")
    first = f"{contents.stops()[0].file}.ipynb"
    return addresses.with_badge(new, repository(), first) + "\n"


def write_links(names: list[str]) -> int:
    """Furnishes notebooks and README without executing anything."""
    for path in select(names):
        notebook = nbformat.read(path, as_version=4)
        before = nbformat.writes(notebook)
        furnish(notebook, path)
        if nbformat.writes(notebook) != before:
            nbformat.write(notebook, path)
            print(f"{name_of(path)}.ipynb written")
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    new = furnished_readme(text)
    if new != text:
        readme.write_text(new, encoding="utf-8", newline="\n")
        print("README.md written")
    return 0


def drift() -> list[str]:
    """Where course.toml, README and the notebooks say different things, a line a fault."""
    faults = contents.missing_files()
    if faults:
        return faults
    entries = {stop.file: stop for stop in contents.stops()}
    optional = {f"more/{more.file}": more for more in contents.optional()}
    for name in [*entries, *optional]:
        path = ROOT / "notebooks" / f"{name}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        first = notebook.cells[0].source
        if name in entries:
            faults += contents.first_cell_faults(entries[name], first)
        else:
            faults += contents.first_cell_faults_of_more(optional[name], first)
        before = nbformat.writes(notebook)
        furnish(notebook, path)
        if nbformat.writes(notebook) != before:
            faults.append(f"{name}: what make links writes is old")
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    try:
        if furnished_readme(text) != text:
            faults.append("README.md: its table or its badge is old: make links")
    except contents.ContentsError as error:
        faults.append(str(error))
    return faults


def refresh(names: list[str]) -> int:
    """Re-executes in place on mininews and saves normalised; one that fails is left as it was."""
    testing.use_mininews()
    for path in select(names):
        notebook = nbformat.read(path, as_version=4)
        start = time.perf_counter()
        furnish(notebook, path)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = []
                cell.execution_count = None
        execute(notebook, path)
        alt.describe(notebook)
        verified.stamp(notebook)
        nbformat.write(normalise(notebook), path)
        seconds = time.perf_counter() - start
        print(f"{name_of(path):32} {seconds:6.1f} s  {path.stat().st_size // 1024} kB")
    return 0


COMMANDS = {
    "run": running.run,
    "refresh": refresh,
    "links": write_links,
    "test": testing.test,
    "quick": testing.quick,
}


def main() -> int:
    """One command for some or all notebooks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("notebooks", nargs="*", help="beginnings of names, such as 04")
    args = parser.parse_args()
    settle_environment()
    return COMMANDS[args.command](args.notebooks)


if __name__ == "__main__":
    sys.exit(main())
