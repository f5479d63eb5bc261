"""Writes what Sphinx builds the site from: notebooks as committed, papers, and pages that are made.
All of it comes from course.toml and the files that are there, so a new notebook needs nothing."""

import re
import shutil
from pathlib import Path

import nbformat

from tools import addresses, contents, verified
from tools.web import glossary

ROOT = contents.ROOT
SOURCE = ROOT / "_build" / "site-source"
FIRST = ["cheatsheet.md", "teaching.md", "architecture.md"]  # of the papers, in the side bar
ASSETS = Path(__file__).resolve().parent / "assets"
PLACE = re.compile(r"(\]\([^()\s]*\.ipynb#)([^()\s]+)(\))")  # as Jupyter names a heading
LINK = re.compile(r"(\]\()((?:\.\./)+)([^()\s#]+)(#[^()\s]*)?(\))")
PDF = "<!-- pdf -->"


def papers(root: Path = ROOT) -> list[str]:
    """The texts of docs/ by their names; the glossary is written by itself."""
    there = {path.name for path in (root / "docs").glob("*.md")} - {"glossary.md"}
    there = {name for name in there if not name.startswith("ahead-")}
    return [*FIRST, *sorted(there - set(FIRST))]


def more(root: Path = ROOT) -> list[str]:
    """Notebooks that course.toml doesn't list, by their path inside notebooks/ without ending."""
    folder = root / "notebooks"
    listed = {stop.file for stop in contents.stops(root)}
    found = [path.relative_to(folder).with_suffix("") for path in sorted(folder.rglob("*.ipynb"))]
    return [
        path.as_posix()
        for path in found
        if path.as_posix() not in listed and ".ipynb_checkpoints" not in path.parts
    ]


def all_notebooks(root: Path = ROOT) -> list[str]:
    """All notebooks in the order of the course, by their path inside notebooks/ without ending."""
    return [stop.file for stop in contents.stops(root)] + more(root)


def homeward(text: str, address: str, here: str, pages: set[str]) -> str:
    """Links that leave the site's source now lead to the file in the repository.

    here: folder of the text inside the repository. pages: what the site has itself."""

    def lead(found: re.Match[str]) -> str:
        up = found[2].count("../")
        folder = here.split("/")[: len(here.split("/")) - up]
        path = "/".join([*folder, found[3]])
        if path in pages or path.startswith("img/"):
            return found[0]
        return f"{found[1]}{address}/blob/main/{path}{found[4] or ''}{found[5]}"

    return LINK.sub(lead, text)


def lowered(text: str) -> str:
    """Links to a heading of a notebook as the site names headings: in small letters."""
    return PLACE.sub(lambda found: f"{found[1]}{found[2].lower()}{found[3]}", text)


def with_hidden_setup(notebook: nbformat.NotebookNode) -> None:
    """Folds the set-up cell, which is about Colab and about nothing else."""
    first = next((cell for cell in notebook.cells if cell.cell_type == "code"), None)
    if first is not None and "google.colab" in first.source:
        tags = first.metadata.get("tags", [])
        first.metadata["tags"] = [*tags, "hide-cell"]


def write_notebook(name: str, address: str, pages: set[str], root: Path, source: Path) -> None:
    """A notebook as committed, its links led home."""
    notebook = nbformat.read(root / "notebooks" / f"{name}.ipynb", as_version=4)
    folder = Path("notebooks", name).parent.as_posix()
    with_hidden_setup(notebook)
    # the page has launch buttons, which ask nobody for a picture
    notebook.cells[0].source = addresses.without_badge(notebook.cells[0].source)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = lowered(homeward(cell.source, address, folder, pages))
    if sentence := verified.sentence(notebook):
        notebook.cells.append(nbformat.v4.new_markdown_cell(f"*{sentence}*"))
    # what the front end would do with a widget that has no kernel is an error message
    notebook.metadata.pop("widgets", None)
    path = source / "notebooks" / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


def toctree(caption: str, entries: list[str]) -> str:
    """A hidden table of contents, which becomes the site's side bar."""
    if not entries:
        return ""
    return "\n".join(["```{toctree}", ":hidden:", f":caption: {caption}", "", *entries, "```", ""])


def welcome(root: Path, pdf: bool) -> str:
    """The first page: course.toml's table, and the side bar."""
    text = (ASSETS / "welcome.md").read_text(encoding="utf-8")
    text = contents.with_table(text, contents.table("notebooks/", root), "welcome.md")
    text = text.replace(PDF, ', also as <a href="cheatsheet.pdf">PDF</a>' if pdf else "")
    course = [f"{stop.name} <notebooks/{stop.file}>" for stop in contents.stops(root)]
    trees = [
        toctree("The course", course),
        toctree("More", [f"notebooks/{name}" for name in more(root)]),
        toctree("Beside it", ["glossary", *(Path(name).stem for name in papers(root))]),
    ]
    return "\n".join([text, *trees])


def write(address: str, pdf: bool = False, root: Path = ROOT, source: Path = SOURCE) -> None:
    """Writes the whole source anew; `pdf`: the cheat sheet will be there as PDF, too."""
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir(parents=True)
    shutil.copytree(root / "img", source / "img")
    names = all_notebooks(root)
    pages = {f"notebooks/{name}.ipynb" for name in names} | {
        f"docs/{name}" for name in papers(root)
    }
    for name in names:
        write_notebook(name, address, pages, root, source)
    for name in papers(root):
        text = (root / "docs" / name).read_text(encoding="utf-8")
        text = lowered(homeward(text, address, "docs", pages))
        # docs/ is the site's root, so one step up is one too many
        (source / name).write_text(text.replace("](../", "]("), encoding="utf-8")
    (source / "glossary.md").write_text(glossary.page(), encoding="utf-8")
    (source / "index.md").write_text(welcome(root, pdf), encoding="utf-8")
