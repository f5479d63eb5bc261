"""The glossary, docs/glossary.md: fifty terms in plain Markdown, read here for the site.
A term is a line in bold, its other names behind it; a line with a colon explains it."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ENTRY = re.compile(r"^\*\*(?P<name>[^*]+)\*\*(?: \((?P<others>[^)]+)\))?\n: (?P<text>.+)$", re.M)


@dataclass(frozen=True)
class Term:
    """A term with its other names and its explanation in Markdown."""

    name: str
    others: tuple[str, ...]
    text: str

    @property
    def names(self) -> tuple[str, ...]:
        """All names of the term."""
        return (self.name, *self.others)

    def means(self, word: str) -> bool:
        """Whether `word`, as a text writes it, is this term."""
        return any(re.fullmatch(_inflected(name), word, re.IGNORECASE) for name in self.names)


def _inflected(name: str) -> str:
    """A pattern for a name in the singular and the plural, broken over lines or not."""
    words = [re.escape(word) for word in name.split()]
    if words[-1].endswith("y"):
        words[-1] = f"{words[-1][:-1]}(?:y|ies)"
    return r"\s+".join(words) + "(?:s|es)?"


def pattern(terms: list[Term]) -> re.Pattern[str]:
    """Finds any of the terms as a whole word; the longest name goes first."""
    names = sorted((name for term in terms for name in term.names), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(_inflected, names))})(?![\w-])", re.IGNORECASE)


def parse(text: str) -> list[Term]:
    """The terms of a glossary in the order in which they stand."""
    found = []
    for entry in ENTRY.finditer(text):
        others = tuple(part.strip() for part in (entry["others"] or "").split(",") if part.strip())
        found.append(Term(entry["name"], others, entry["text"].strip()))
    return found


@lru_cache(maxsize=1)
def _loaded() -> tuple[Term, ...]:
    return tuple(parse((ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")))


def load() -> list[Term]:
    """The course's terms."""
    return list(_loaded())


def page() -> str:
    """The glossary as a page for Sphinx, which makes an address for each term."""
    lines = ["# Glossary", "", "```{glossary}"]
    for term in load():
        lines += [*term.names, f"  {term.text}", ""]
    return "\n".join([*lines, "```", ""])
