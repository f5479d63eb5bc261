"""Text alternatives of the pictures that a notebook draws: a comment in the plotting cell.
`# alt: …` says what is to be seen; from there it goes into the output, where pages find it."""

import re
from html import escape

import nbformat

BEGIN = re.compile(r"^\s*# alt: *(.*)$")
GOES_ON = re.compile(r"^\s*#\s{2,}(\S.*)$")
SHORTEST = 15  # characters: less says nothing
DRAWN = re.compile(r'<img\b[^>]*?src="data:image/png;base64,([^"]+)"[^>]*>')


def without_alt(source: str) -> list[str]:
    """The lines of a cell, those of its alternatives left out."""
    kept = []
    inside = False
    for line in source.splitlines():
        inside = bool(BEGIN.match(line) or (inside and GOES_ON.match(line)))
        if not inside:
            kept.append(line)
    return kept


def alt_texts(source: str) -> list[str]:
    """The alternatives that a cell gives, in order: `# alt: …`, gone on with in `#   …`."""
    texts: list[str] = []
    inside = False
    for line in source.splitlines():
        begins = BEGIN.match(line)
        goes_on = GOES_ON.match(line) if inside else None
        if begins:
            texts.append(begins[1].strip())
        elif goes_on:
            texts[-1] = f"{texts[-1]} {goes_on[1].strip()}".strip()
        inside = bool(begins or goes_on)
    return texts


def pictures_of(cell: nbformat.NotebookNode) -> list[tuple[nbformat.NotebookNode, str]]:
    """Each output of a cell that is a picture, with its kind, such as image/png."""
    found = []
    for output in cell.get("outputs", []):
        kinds = [kind for kind in output.get("data", {}) if kind.startswith("image/")]
        found += [(output, kind) for kind in kinds[:1]]
    return found


def describe(notebook: nbformat.NotebookNode) -> None:
    """Writes the alternatives into the outputs' metadata, where nbconvert looks for them."""
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        texts = alt_texts(cell.source)
        for place, (output, kind) in enumerate(pictures_of(cell)):
            others = dict(output.metadata.get(kind, {}))
            others.pop("alt", None)
            if place < len(texts):
                others["alt"] = texts[place]
            output.metadata.pop(kind, None)
            if others:
                output.metadata[kind] = others


def missing(notebook: nbformat.NotebookNode) -> list[str]:
    """A line for each cell whose pictures lack an alternative, or have one that says nothing."""
    faults = []
    for number, cell in enumerate(notebook.cells):
        drawn = pictures_of(cell)
        texts = alt_texts(cell.source) if cell.cell_type == "code" else []
        if len(drawn) > len(texts):
            faults.append(f"cell {number}: {len(drawn)} pictures, {len(texts)} lines '# alt: …'")
        short = [text for text in texts if len(text) < SHORTEST]
        faults += [f"cell {number}: '# alt: {text}' says nothing" for text in short]
    return faults


def in_page(html: str, notebook: nbformat.NotebookNode) -> str:
    """A page made by nbconvert, its pictures with the alternatives that its template forgets."""
    texts = {}
    for cell in notebook.cells:
        for output, kind in pictures_of(cell):
            data = "".join(output.data[kind]).replace("\n", "")
            texts[data] = output.metadata.get(kind, {}).get("alt", "")

    def with_alt(match: re.Match[str]) -> str:
        text = texts.get(match[1].replace("\n", ""), "")
        bare = re.sub(r'\s+alt="[^"]*"', "", match[0])
        return f'<img alt="{escape(text)}"{bare[4:]}' if text else match[0]

    return DRAWN.sub(with_alt, html)
