"""Where a slide begins in a notebook, by rule: at each `##`, and at each sentence before a cell.
The decks of `make slides` and live slides in JupyterLab (jupyterlab-rise) follow it."""

from typing import Any

LEFT_OUT = ("Read on",)  # sections for readers, not for listeners
SIZE = {"width": 1280, "height": 720, "scroll": True}


def source(cell: dict[str, Any]) -> str:
    """The text of a cell, which a file may hold in lines."""
    return "".join(cell["source"])


def heading(text: str) -> str | None:
    """The words of a first or second heading that opens a cell; None without one."""
    first = text.lstrip().partition("\n")[0]
    for mark in ("# ", "## "):
        if first.startswith(mark):
            return first.removeprefix(mark).strip()
    return None


def slide_types(cells: list[dict[str, Any]]) -> list[str]:
    """For each cell what jupyterlab-rise calls its slide type: slide, subslide, skip or -.

    A slide begins at a heading, a subslide at text between two code cells; text that ends a section
    stays below its cell. The set-up cell, the links below the notebook and what is only to be read
    are skipped."""
    found = []
    left_out = False
    after_code = False
    for place, cell in enumerate(cells):
        text = source(cell)
        code = cell["cell_type"] == "code"
        words = None if code else heading(text)
        if words is not None:
            left_out = words in LEFT_OUT
        furniture = "links" in cell["metadata"].get("tags", []) or (code and "google.colab" in text)
        if left_out or furniture:
            found.append("skip")
            continue
        goes_on = place + 1 < len(cells) and cells[place + 1]["cell_type"] == "code"
        begins = "subslide" if after_code and not code and goes_on else "-"
        found.append("slide" if words is not None else begins)
        after_code = code
    return found


def mark(notebook: dict[str, Any]) -> dict[str, Any]:
    """Writes the types into the cells' metadata, where jupyterlab-rise looks for them."""
    for cell, kind in zip(notebook["cells"], slide_types(notebook["cells"]), strict=True):
        cell["metadata"]["slideshow"] = {"slide_type": kind}
    notebook["metadata"]["rise"] = dict(SIZE)
    return notebook
