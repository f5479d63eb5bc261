"""`make slides`: an offline deck from each notebook in _build/slides, by rule and not by hand.
reveal.js comes from a Python package, formulas are MathML with their font: no CDN, no network."""

import argparse
import re
import shutil
import sys
from dataclasses import replace
from html import escape
from importlib.resources import as_file, files
from pathlib import Path

import nbformat
from pygments.formatters import HtmlFormatter

from tools.contents import ROOT
from tools.execution import name_of, select
from tools.web import blocks, formulas, pack, source

SLIDES = ROOT / "_build" / "slides"
OWN = source.ASSETS / "slides"
CARRIED = ["dist/reset.css", "dist/reveal.css", "dist/reveal.js", "plugin/notes", "LICENSE"]
FONT = "stix-two-math.woff"
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{up}reveal/dist/reset.css">
<link rel="stylesheet" href="{up}reveal/dist/reveal.css">
<link rel="stylesheet" href="{up}course/slides.css">
</head>
<body>
<div class="reveal"><div class="slides">
{slides}
</div></div>
<script src="{up}reveal/dist/reveal.js"></script>
<script src="{up}reveal/plugin/notes/notes.js"></script>
<script src="{up}course/frames.js"></script>
<script src="{up}course/slides.js"></script>
</body>
</html>
"""


def inline(markdown: str) -> str:
    """A line of Markdown as HTML without a paragraph around it."""
    return re.sub(r"^<p>|</p>$", "", blocks.rendered(markdown).strip())


def of_block(block: blocks.Block) -> str:
    """The HTML of a block; an answer waits for a click."""
    html = block.html
    if block.size is not None:
        html = html.replace("<img ", f'<img style="height:{block.height:.0f}px" ', 1)
    kind = f"{block.kind} fragment" if block.answer else block.kind
    return f'<div class="{kind}">{html}</div>'


def of_slide(slide: pack.Slide, course: str) -> str:
    """A slide as a section of reveal.js, with what the speaker reads."""
    mark = "h1" if slide.level == 1 else "h2"
    kind = ' class="title"' if slide.level == 1 else ""
    heading = f"<{mark}>{inline(slide.title)}</{mark}>"
    body = "\n".join(of_block(block) for block in slide.blocks)
    notes = f'<aside class="notes">{blocks.rendered(slide.notes)}</aside>' if slide.notes else ""
    where = f'<div class="where">{escape(course)}</div>'
    fitted = f'<div class="body"><div class="fit">{body}</div></div>'
    return f"<section{kind}>{heading}{fitted}{where}{notes}</section>"


def only_first_title(slides: list[pack.Slide]) -> list[pack.Slide]:
    """What doesn't fit on the title slide goes on under a heading of ordinary size."""
    return [slides[0], *(replace(slide, level=max(2, slide.level)) for slide in slides[1:])]


def html(name: str, up: str) -> str:
    """The deck of notebook `name`; `up` leads to the folder with reveal.js."""
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    slides = only_first_title(pack.deck(notebook))
    course = f"Recurrent Networks for Text · {name.rpartition('/')[2].replace('_', ' ')}"
    sections = "\n".join(of_slide(slide, course) for slide in slides)
    sections = re.sub(r'src="(?:\.\./)+img/', f'src="{up}img/', sections)
    return PAGE.format(title=escape(blocks.plain(slides[0].title)), up=up, slides=sections)


def furnish(folder: Path, pages: list[str]) -> None:
    """Puts beside the decks what all of them need: reveal.js, style, font, figures."""
    with as_file(files("sphinx_revealjs") / "_static" / "revealjs") as carried:
        for name in CARRIED:
            target = folder / "reveal" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (carried / name).is_dir() else shutil.copy
            copy(carried / name, target)
    shutil.copytree(ROOT / "img", folder / "img")
    course = folder / "course"
    course.mkdir()
    style = (OWN / "slides.css").read_text(encoding="utf-8")
    colours = HtmlFormatter(style="friendly").get_style_defs(".highlight")
    colours = re.sub(r"\.highlight \{[^}]*\}|pre \{[^}]*\}|td\.\S+.*|span\.\S+.*", "", colours)
    face = formulas.face_rule(FONT) + formulas.RULE
    (course / "slides.css").write_text("\n".join([face, colours, style]), encoding="utf-8")
    (course / FONT).write_bytes(formulas.font(formulas.characters(pages)))
    shutil.copy(OWN / "slides.js", course / "slides.js")
    shutil.copy(source.ASSETS / "site" / "frames.js", course / "frames.js")


def write_all(folder: Path, names: list[str] | None = None) -> dict[str, int]:
    """Writes the decks of these notebooks, or of all; how many slides each has."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pages = {}
    for name in names or source.all_notebooks():
        pages[name] = html(name, "../" * name.count("/"))
        path = folder / f"{name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(pages[name], encoding="utf-8", newline="\n")
    furnish(folder, list(pages.values()))
    return {name: page.count("<section") for name, page in pages.items()}


def main() -> int:
    """Writes all decks, or those whose notebooks are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebooks", nargs="*", help="beginnings of names, such as 04")
    args = parser.parse_args()
    names = list(map(name_of, select(args.notebooks)))
    for name, slides in write_all(SLIDES, names).items():
        print(f"{name:32} {slides:3} slides")
    print(f"{SLIDES.relative_to(ROOT)}/ written; open a deck in a browser, S shows the notes.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
