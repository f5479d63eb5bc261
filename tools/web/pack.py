"""Puts blocks on slides: as much as fits, nothing cut off, a deck of 12 to 35 slides.
How much of the prose is shown is chosen by rule: the loosest of seven levels that fits."""

from dataclasses import dataclass, field, replace
from typing import Any

from bs4 import BeautifulSoup

from tools.web import blocks, prose
from tools.web.blocks import GAP, HEIGHT, SMALLEST_PICTURE, Block, Section

FEWEST = 12
MOST = 35
TABLE_HEIGHT = 400
SPOKEN = ("subheading", "paragraph", "list", "formula")
# A level: words of a paragraph that are shown, least weight that is shown, lines of an output,
# lines of program text.
LEVELS = [
    (80, 0, 22, 22),
    (45, 0, 20, 22),
    (30, 0, 16, 22),
    (22, 0, 14, 20),
    (22, 1, 12, 18),
    (16, 1, 10, 18),
    (16, 2, 8, 16),
]


@dataclass
class Slide:
    """One slide: its heading, its blocks, what the speaker reads."""

    title: str
    level: int
    blocks: list[Block] = field(default_factory=list)

    @property
    def height(self) -> float:
        """Pixels that the blocks take, gaps included."""
        return height(self.blocks)

    @property
    def notes(self) -> str:
        """All that the notebook says here, in Markdown."""
        return "\n\n".join(block.notes for block in self.blocks if block.notes)


def cut(text: str, limit: int) -> str:
    """The first and the last lines of a text of more than `limit` lines."""
    lines = text.split("\n")
    if len(lines) <= limit:
        return text
    head = limit - limit // 3 - 1
    tail = limit // 3
    gone = len(lines) - head - tail
    return "\n".join([*lines[:head], f"… {gone} lines more in the notebook …", *lines[-tail:]])


def shown(block: Block, level: tuple[int, int, int, int]) -> Block | None:
    """The block as a level shows it; None if it is left to the notes."""
    limit, least, n_output, _ = level
    if block.kind == "paragraph" and block.weight < 3:
        short = prose.shortened(block.notes, limit)
        return replace(
            blocks.of_piece(prose.Piece("paragraph", short)), notes=block.notes, cell=block.cell
        )
    if block.weight < least and block.kind in ("code", "text", "table", "html"):
        return None
    if block.kind == "text":
        return replace(block, **shortened_text(block, n_output))
    if block.kind == "table" and block.height > TABLE_HEIGHT:
        return replace(block, **shortened_table(block))
    return block


def shortened_text(block: Block, limit: int) -> dict[str, Any]:
    """HTML and height of a printed text of at most so many lines."""
    opening, _, rest = block.html.partition(">")
    text = rest.removesuffix("</pre>")
    kept = cut(text, limit)
    gone = text.count("\n") - kept.count("\n")
    return {"html": f"{opening}>{kept}</pre>", "height": block.height - gone * blocks.LINE["text"]}


def shortened_table(block: Block) -> dict[str, Any]:
    """HTML and height of a table with as many of its first rows as a slide can hold."""
    soup = BeautifulSoup(block.html, "html.parser")
    rows = soup.find_all("tr")
    gone = 0
    while len(rows) > 2 and blocks.table_height(str(soup)) > TABLE_HEIGHT:
        rows.pop().decompose()
        gone += 1
    html = f'{soup}<p class="more">… {gone} rows more in the notebook</p>'
    return {"html": html, "height": blocks.table_height(html) + 30}


def parts_of_code(block: Block, text: str, limit: int) -> list[Block]:
    """Program text in parts of at most `limit` lines, cut at empty lines where there are some."""
    lines = text.split("\n")
    found = []
    while len(lines) > limit:
        empty = [i for i in range(limit // 2, limit) if not lines[i].strip()]
        at = empty[-1] if empty else limit
        found.append("\n".join(lines[:at]).strip("\n"))
        lines = lines[at:]
    found.append("\n".join(lines).strip("\n"))
    made = [blocks.code(part) for part in found if part.strip()]
    return [replace(part, weight=block.weight, cell=block.cell) for part in made]


def prepared(
    section: Section, level: tuple[int, int, int, int], sources: dict[int, str]
) -> list[Block]:
    """The blocks of a section as a level shows them, long program texts in parts."""
    found: list[Block] = []
    spoken = ""
    for block in section.blocks:
        made = shown(block, level)
        if made is None:
            spoken = f"{spoken}\n\n{block.notes}".strip()
            continue
        if spoken:
            made = replace(made, notes=f"{spoken}\n\n{made.notes}".strip())
            spoken = ""
        if made.kind == "code":
            found += parts_of_code(made, sources[made.cell], level[3])
        else:
            found.append(made)
    if spoken and found:
        found[-1] = replace(found[-1], notes=f"{found[-1].notes}\n\n{spoken}".strip())
    return found


def units(row: list[Block]) -> list[list[Block]]:
    """What belongs together: the text that announces a cell, the cell, and what it printed."""
    found: list[list[Block]] = [[]]
    for block in row:
        last = found[-1][-1] if found[-1] else None
        printed = block.cell in {other.cell for other in found[-1] if other.kind == "code"}
        begins = block.kind != "code" or (last is not None and last.kind not in SPOKEN)
        if last is not None and not printed and begins:
            found.append([])
        found[-1].append(block)
    return [unit for unit in found if unit]


def height(row: list[Block]) -> float:
    """Pixels that blocks take one below the other."""
    return sum(block.height + GAP for block in row)


def squeezed(unit: list[Block]) -> list[Block]:
    """The unit with a smaller picture, if it then fits on a slide."""
    pictures = [block for block in unit if block.size is not None]
    if len(pictures) != 1 or height(unit) <= HEIGHT:
        return unit
    room = HEIGHT - (height(unit) - pictures[0].height)
    if room < SMALLEST_PICTURE:
        return unit
    return [block.scaled(room) for block in unit]


def with_its_code(slide: Slide, block: Block) -> list[Block]:
    """Takes the last part of a long program text off a slide, if it can go with its output."""
    if block.kind == "code" or [other.kind for other in slide.blocks[-2:]] != ["code", "code"]:
        return []
    if slide.blocks[-1].height + GAP + block.height > HEIGHT:
        return []
    return [slide.blocks.pop()]


def packed(section: Section, row: list[Block], apart: bool) -> list[Slide]:
    """The blocks of a section on slides, in their order; a unit stays whole where a slide has room.

    apart: each unit begins a slide of its own."""
    slides = [Slide(section.title, section.level)]
    for unit in map(squeezed, units(row)):
        whole = height(unit) <= HEIGHT
        if slides[-1].blocks and (apart or (whole and slides[-1].height + height(unit) > HEIGHT)):
            slides.append(Slide(section.title, section.level))
        for block in unit:
            if slides[-1].blocks and slides[-1].height + block.height > HEIGHT:
                slides.append(Slide(section.title, section.level, with_its_code(slides[-1], block)))
            slides[-1].blocks.append(block)
    return [grown(slide) for slide in slides if slide.blocks or slide.level == 1]


def grown(slide: Slide) -> Slide:
    """The slide with its one picture as large as there is room."""
    pictures = [block for block in slide.blocks if block.size is not None]
    if len(pictures) == 1:
        room = HEIGHT - slide.height + pictures[0].height
        slide.blocks = [block.scaled(min(room, 480)) for block in slide.blocks]
    return slide


def deck(notebook: dict) -> list[Slide]:
    """The slides of a notebook: at least 12 where it has that much to show, at most 35.

    If even the tightest level is too long, what weighs least is left to the notes."""
    sources = {
        number: "".join(cell["source"]).strip() for number, cell in enumerate(notebook["cells"])
    }
    parts = blocks.sections(notebook)
    slides: list[Slide] = []
    for level in LEVELS:
        rows = [prepared(section, level, sources) for section in parts]
        slides = laid_out(parts, rows)
        if len(slides) < FEWEST:
            return laid_out(parts, rows, apart=True)
        if len(slides) <= MOST:
            return slides
    return thinned(slides)


def laid_out(parts: list[Section], rows: list[list[Block]], apart: bool = False) -> list[Slide]:
    """The slides of all sections."""
    pairs = zip(parts, rows, strict=True)
    return [slide for section, row in pairs for slide in packed(section, row, apart)]


def thinned(slides: list[Slide]) -> list[Slide]:
    """At most 35 slides: of the longest sections the lightest slides go, their notes stay."""
    kept = list(slides)
    while len(kept) > MOST:
        sizes = {slide.title: sum(s.title == slide.title for s in kept) for slide in kept}
        longest = max(sizes, key=lambda title: sizes[title])
        own = [slide for slide in kept if slide.title == longest][1:]
        gone = min(own, key=lambda slide: sum(block.weight for block in slide.blocks))
        before = kept[kept.index(gone) - 1]
        before.blocks[-1].notes = f"{before.blocks[-1].notes}\n\n{gone.notes}".strip()
        kept.remove(gone)
    return kept
