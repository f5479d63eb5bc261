"""Markdown taken apart into what a slide can hold: headings, paragraphs, lists, formulas, figures.
A paragraph can be said in its first sentences; the whole of it then goes to the speaker's notes."""

import re
from dataclasses import dataclass, replace

from markdown_it import MarkdownIt

KINDS = {
    "heading_open": "heading",
    "paragraph_open": "paragraph",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "table_open": "table",
    "fence": "fence",
    "blockquote_open": "paragraph",
    "html_block": "html",
    "code_block": "fence",
}
FORMULA = re.compile(r"^[ \t]*\$\$.+?\$\$[ \t]*$", re.DOTALL | re.MULTILINE)
FIGURE = re.compile(r"^!\[.*\]\([^)]+\)$", re.DOTALL)
FEWEST = 7  # words that say something
END = re.compile(r"[.!?:](?:\*\*|\*|\)|“|\")?\s+(?=[\w*`$\[(„\"!])")


@dataclass(frozen=True)
class Piece:
    """One block of Markdown: its kind and its text."""

    kind: str
    text: str

    @property
    def asks(self) -> bool:
        """Whether it lets the reader predict what comes."""
        return "**Predict first" in self.text


def pieces(markdown: str) -> list[Piece]:
    """The blocks of a Markdown text in their order."""
    lines = markdown.split("\n")
    found = []
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        if token.level == 0 and token.map and token.type in KINDS:
            begin, end = token.map
            text = "\n".join(lines[begin:end]).strip()
            found += split_formulas(Piece(KINDS[token.type], text))
    return [piece for piece in found if piece.text]


def split_formulas(piece: Piece) -> list[Piece]:
    """A paragraph with displayed formulas in it, cut around them; figures get their own name."""
    if piece.kind != "paragraph":
        return [piece]
    if FIGURE.match(piece.text):
        return [replace(piece, kind="figure")]
    found = []
    end = 0
    for formula in FORMULA.finditer(piece.text):
        found += [Piece("paragraph", piece.text[end : formula.start()].strip())]
        found += [Piece("formula", formula[0].strip())]
        end = formula.end()
    return [*found, Piece("paragraph", piece.text[end:].strip())]


def closed(text: str) -> bool:
    """Whether no formula, code, emphasis, link or bracket is open at the end of `text`."""
    spoken = re.sub(r"`[^`]*`|\$[^$]*\$|\*\*", "", text)
    even = not any(spoken.count(mark) % 2 for mark in "$`*") and text.count("**") % 2 == 0
    return even and all(text.count(a) == text.count(b) for a, b in ("()", "[]", "„“"))


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph, never cut inside a formula, a link or an emphasis."""
    found = []
    begin = 0
    for end in END.finditer(text):
        said = text[begin : end.end()].strip()
        # not the number of an exercise, not "i.e."
        if text[end.start()] != ":" and closed(said) and words(said) > 2:
            found.append(said)
            begin = end.end()
    return [*found, text[begin:].strip()]


def words(text: str) -> int:
    """How many words a text has; a link counts as what it shows."""
    return len(re.sub(r"\]\([^)]*\)", "", text).split())


def shortened(text: str, limit: int) -> str:
    """The first sentences of a paragraph, up to about `limit` words, and never a mere beginning."""
    kept: list[str] = []
    for sentence in sentences(text):
        if words(" ".join(kept)) >= FEWEST and words(" ".join([*kept, sentence])) > limit:
            break
        kept.append(sentence)
    return " ".join(kept)
