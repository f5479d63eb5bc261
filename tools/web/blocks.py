"""A notebook as a row of blocks for slides: HTML with the height that it will take, in pixels.
Heights are estimated on the safe side from lines, rows and picture sizes; no browser is needed."""

import base64
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from bs4 import BeautifulSoup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from tools import addresses, slideshow
from tools.contents import ROOT
from tools.web import page, programs, prose, strips

WIDTH = 1168  # of a slide's body
HEIGHT = 566
GAP = 12  # between blocks
LETTER = 14.2  # a letter of prose, on average, in the widest of the usual fonts
COLUMNS = 94  # letters of code in a line; the house allows 90
CELL_LETTER = 10.6  # a letter in a table
LINE = {"paragraph": 36, "code": 26, "text": 23}  # pixels
FIGURE_HEIGHT = 400
SMALLEST_PICTURE = 250
GUESS = re.compile(r"(?:from course_utils import guess\s+)?\w+ = guess\([^()]*\)")
HIGH = re.compile(r"\\(?:frac|sum|prod|int|begin|under|over|left|big)", re.IGNORECASE)
EXPLORER_HEIGHT = HEIGHT - 6  # a slide of its own


@dataclass
class Block:
    """What stands on a slide: how it looks, how high it is, and what it weighs in a choice.

    kind: paragraph, list, formula, figure, table, code, text, picture, html.
    weight: 3 stays longest (figures, formulas, questions), 0 goes first."""

    kind: str
    html: str
    height: float
    weight: int = 1
    notes: str = ""
    cell: int = 0
    answer: bool = False  # appears on a click, after a question
    size: tuple[float, float] | None = None  # of a picture, before it is fitted
    program: str = ""  # what HTML of kind code shows

    def scaled(self, height: float) -> "Block":
        """A picture so high, or as high as its width and twice its size allow."""
        if self.size is None:
            return self
        return replace(self, height=fitted(self.size, height=height))


@dataclass
class Section:
    """What stands between two headings."""

    title: str
    level: int
    blocks: list[Block]


def lines_of(text: str, columns: float) -> int:
    """How many lines a text takes at a width of so many letters."""
    return sum(max(1, -(-len(line) // int(columns))) for line in text.split("\n"))


def plain(markdown: str) -> str:
    """Markdown without its marks, about as long as what is seen."""
    text = re.sub(r"\]\([^)]*\)", "", markdown)
    return re.sub(r"\\[a-zA-Z]+|[*`$\[{}_^]", "", text)


def rendered(markdown: str) -> str:
    """HTML of a piece; links to files of the course become plain words."""
    text = re.sub(r"(?<!!)\[([^\]]+)\]\((?!https?:)[^)]+\)", r"\1", markdown)
    return page.markdown(text)


def svg_size(name: str) -> tuple[float, float]:
    """Width and height of a figure of img/, from its viewBox."""
    head = (ROOT / "img" / name).read_text(encoding="utf-8")[:3000]
    box = re.search(r'viewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)"', head)
    return (float(box[1]), float(box[2])) if box else (16.0, 9.0)


def png_size(data: str) -> tuple[float, float]:
    """Width and height of a picture in an output, from its header."""
    width, height = struct.unpack(">II", base64.b64decode(data[:64])[16:24])
    return float(width), float(height)


def fitted(size: tuple[float, float], width: float = WIDTH, height: float = FIGURE_HEIGHT) -> float:
    """The height of a picture that fits into width and height, at most twice its size."""
    scale = min(width / size[0], height / size[1], 2.0)
    return size[1] * scale


def table_height(html: str) -> float:
    """Pixels that a table takes, its wrapped cells included; columns share the width by need."""
    rows = [
        [len(cell.get_text(" ", strip=True)) for cell in row.find_all(["th", "td"])]
        for row in BeautifulSoup(html, "html.parser").find_all("tr")
    ]
    if not rows:
        return 0.0
    columns = max(map(len, rows))
    needs = [max((row[k] for row in rows if k < len(row)), default=0) for k in range(columns)]
    room = (WIDTH - 22 * columns) / CELL_LETTER
    share = min(1.0, room / max(1, sum(needs)))
    lines = [
        max(
            (-(-size // max(3, int(need * share))) for size, need in zip(row, needs, strict=False)),
            default=1,
        )
        for row in rows
    ]
    return sum(25 * max(1, count) + 9 for count in lines) + 8.0


def formula_height(text: str) -> float:
    """Pixels that a formula takes; fractions, sums and matrices are higher than a line."""
    rows = text.count(r"\\") + 1
    return 44 + 34 * rows if HIGH.search(text) or rows > 1 else 50


def of_piece(piece: prose.Piece) -> Block:
    """A piece of Markdown as a block."""
    html = rendered(piece.text)
    if piece.kind == "heading":
        return Block("subheading", html, 40, weight=3)
    if piece.kind == "figure":
        name = re.search(r"img/([\w.-]+\.svg)", piece.text)
        size = svg_size(name[1]) if name else (16.0, 9.0)
        return Block("figure", html, fitted(size), weight=3, size=size)
    if piece.kind == "formula":
        return Block("formula", html, formula_height(piece.text), weight=3)
    if piece.kind == "table":
        return Block("table", html, table_height(html), weight=2)
    if piece.kind == "fence":
        return Block("fence", html, LINE["code"] * lines_of(piece.text, COLUMNS), weight=2)
    indent = 36 if piece.kind == "list" else 0
    count = lines_of(
        plain(piece.text).replace("\n", "\n" if indent else " "), (WIDTH - indent) / LETTER
    )
    return Block(piece.kind, html, LINE["paragraph"] * count, weight=3 if piece.asks else 1)


def code(text: str) -> Block:
    """Program text as a block."""
    formatter = HtmlFormatter(nowrap=True)
    html = highlight(text, get_lexer_by_name("python"), formatter)
    height = LINE["code"] * lines_of(text, COLUMNS) + 22
    return Block("code", f'<pre class="code highlight">{html}</pre>', height, program=text)


def text_output(text: str, error: bool = False) -> Block:
    """What a cell has printed."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text).rstrip("\n")
    height = LINE["text"] * lines_of(text, COLUMNS + 10) + 12
    kind = "text error" if error else "text"
    return Block("text", f'<pre class="{kind}">{escape(text)}</pre>', height, weight=2)


def question(text: str) -> Block:
    """What a cell asks before its surprise, as `guess` has printed it: a sentence, then choices."""
    asked, *choices = text.strip().split("\n")
    unit, sentence = re.findall(r"^Your guess(?:, in (.+?))?: (.*)$", asked)[0]
    ending = f" ({escape(unit)})" if unit else ""
    items = "".join(f"<li>{escape(choice.split(maxsplit=1)[-1])}</li>" for choice in choices)
    html = f"<p><strong>{escape(sentence)}</strong>{ending}</p>"
    html += f'<ol type="a">{items}</ol>' if items else ""
    lines = lines_of(sentence + ending, WIDTH / LETTER) + len(choices)
    return Block("question", html, LINE["paragraph"] * lines + 20, weight=3)


def printed_output(text: str) -> list[Block]:
    """What a cell has printed, a question at its end as a block of its own."""
    printed, mark, asked = text.partition("Your guess")
    if not mark or (printed and not printed.endswith("\n")):
        return [text_output(text)]
    before = [text_output(printed)] if printed.strip() else []
    return [*before, question(mark + asked)]


def html_output(html: str) -> list[Block]:
    """A data frame, or whatever else comes as HTML; an explorer may need several slides."""
    if "explorer-strip" in html:
        shown = strips.slides(html)
        return [Block("explorer", one, EXPLORER_HEIGHT, weight=3) for one in shown]
    if "dataframe" in html or ("<tr" in html and "<details" not in html):
        table = re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)
        return [Block("table", f'<div class="frame">{table}</div>', table_height(table), weight=2)]
    return [Block("html", strips.exhibit(html), HEIGHT - 90, weight=2)]


def joined(value: Any) -> str:
    """A text that a notebook may hold in lines."""
    return value if isinstance(value, str) else "".join(value)


def of_output(output: Any) -> list[Block]:
    """An output as blocks; none for a live widget, which needs a kernel."""
    if output["output_type"] == "stream":
        return printed_output(joined(output["text"]))
    if output["output_type"] == "error":
        return [text_output(f"{output['ename']}: {output['evalue']}", error=True)]
    return of_data(output["data"], output["metadata"])


def of_data(data: Any, metadata: Any) -> list[Block]:
    """What a cell shows rather than prints; nothing for a live widget."""
    if "image/png" in data:
        picture = joined(data["image/png"]).strip()
        size = png_size(picture)
        text = metadata.get("image/png", {}).get("alt", "a plot")
        html = f'<img alt="{escape(text)}" src="data:image/png;base64,{picture}">'
        return [Block("picture", html, fitted(size), weight=3, size=size)]
    if "application/vnd.jupyter.widget-view+json" in data or joined(
        data.get("text/plain", "")
    ).endswith(("to get its controls.", "for buttons and a slider.")):
        return []
    if "text/html" in data:
        return html_output(joined(data["text/html"]))
    return [text_output(joined(data["text/plain"]))] if "text/plain" in data else []


def of_code_cell(cell: Any) -> Iterator[Block]:
    """The program text of a cell, then its outputs, those that follow one another as one."""
    block = code(programs.program(cell))
    printed = [block for output in cell.get("outputs", []) for block in of_output(output)]
    exported = "export" in cell["metadata"].get("tags", [])
    block.weight = 1 + bool(exported or printed)
    if programs.imports_of(block.program)[1] or any(output.kind == "picture" for output in printed):
        block.weight = 0  # how a picture was drawn matters less than the picture
    if not GUESS.fullmatch(block.program):
        yield block
    for output in printed:
        if ".reveal(" in block.program:
            output.weight = 3
        yield output


def sections(notebook: Any) -> list[Section]:
    """The notebook between its headings; the first section is the title."""
    found: list[Section] = []
    asked = False
    kinds = slideshow.slide_types(notebook["cells"])
    for number, (cell, kind) in enumerate(zip(notebook["cells"], kinds, strict=True)):
        if kind == "skip":
            continue
        if cell["cell_type"] == "code":
            for block in of_code_cell(cell):
                block.cell = number
                if found[-1].title.startswith("Exercises"):
                    block.weight = 0  # the task matters, and not the cell in which it is solved
                if asked and block.kind != "code":
                    block.answer = True
                    block.weight = 3
                found[-1].blocks.append(block)
            asked = asked and not cell.get("outputs")
            continue
        for piece in prose.pieces(addresses.without_badge(slideshow.source(cell))):
            if piece.kind == "heading":
                level = len(piece.text) - len(piece.text.lstrip("#"))
                if level <= 2:
                    found.append(Section(piece.text.lstrip("# "), level, []))
                    continue
            block = of_piece(piece)
            block.cell = number
            block.notes = piece.text
            found[-1].blocks.append(block)
            asked = piece.asks
    return found
