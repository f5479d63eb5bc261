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
LEAST_HEIGHT = 90  # of the last slide of a section
SPOKEN = ("subheading", "paragraph", "list", "formula")
JOINED = [("formula", "formula")]
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


def parts_of_code(block: Block, limit: int) -> list[Block]:
    """Program text in parts of at most `limit` lines, cut at empty lines where there are some."""
    lines = block.program.split("\n")
    found = []
    while len(lines) > limit:
        empty = [i for i in range(limit // 2, limit) if not lines[i].strip()]
        at = empty[-1] if empty else limit
        found.append("\n".join(lines[:at]).strip("\n"))
        lines = lines[at:]
    found.append("\n".join(lines).strip("\n"))
    made = [blocks.code(part) for part in found if part.strip()]
    return [replace(part, weight=block.weight, cell=block.cell) for part in made]


def prepared(section: Section, level: tuple[int, int, int, int]) -> list[Block]:
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
            found += parts_of_code(made, level[3])
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
        together = last is not None and (last.kind, block.kind) in JOINED
        if last is not None and last.kind != "subheading" and not (printed or together) and begins:
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
    return [grown(slide) for slide in ended(slides) if slide.blocks or slide.level == 1]


def ended(slides: list[Slide]) -> list[Slide]:
    """Without a last slide that holds no more than a sentence: the speaker says it."""
    *others, last = slides
    alone = [block for block in last.blocks if block.kind != "paragraph"] == []
    if not others or not alone or not last.blocks or last.height > LEAST_HEIGHT:
        return slides
    before = others[-1].blocks[-1]
    others[-1].blocks[-1] = replace(before, notes=f"{before.notes}\n\n{last.notes}".strip())
    return others


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
    parts = blocks.sections(notebook)
    rows: list[list[Block]] = []
    for level in LEVELS:
        rows = [prepared(section, level) for section in parts]
        slides = laid_out(parts, rows)
        if len(slides) < FEWEST:
            return laid_out(parts, rows, apart=True)
        if len(slides) <= MOST:
            return slides
    return thinned(parts, rows)


def laid_out(parts: list[Section], rows: list[list[Block]], apart: bool = False) -> list[Slide]:
    """The slides of all sections."""
    pairs = zip(parts, rows, strict=True)
    return [slide for section, row in pairs for slide in packed(section, row, apart)]


def worth(unit: list[Block]) -> tuple[int, float]:
    """How much a unit is missed: its weight, then how little room it takes."""
    return max(block.weight for block in unit), -height(unit)


def thinned(parts: list[Section], rows: list[list[Block]]) -> list[Slide]:
    """At most 35 slides: units go, the lightest of the longest sections first; their notes stay.

    The first unit of a section stays, and so does program text without a gap in its middle."""
    rest = list(rows)
    slides = laid_out(parts, rest)
    while len(slides) > MOST:
        found = []
        for place, row in enumerate(rest):
            if parts[place].level == 1:
                continue  # what the reader will be able to do
            size = sum(slide.title == parts[place].title for slide in slides)
            found += [(worth(unit)[0], -size, worth(unit), place, unit) for unit in units(row)[1:]]
        *_, place, gone = min(found, key=lambda entry: entry[:3])
        rest[place] = without(rest[place], gone)
        slides = laid_out(parts, rest)
    return slides


def without(row: list[Block], gone: list[Block]) -> list[Block]:
    """A row without a unit, what it says added to the notes of the block before."""
    at = next(i for i, block in enumerate(row) if block is gone[0])
    said = [row[at - 1].notes, *(block.notes for block in gone)]
    before = replace(row[at - 1], notes="\n\n".join(note for note in said if note))
    return [*row[: at - 1], before, *row[at + len(gone) :]]
