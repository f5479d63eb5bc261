"""Plain texts as streams of cleaned documents, a line a sentence or paragraph.
Nothing here holds more than one document in memory, however large the folder is."""

import lzma
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TextIO

SEPARATOR = "\f"
SPACES = re.compile(r"\s+")
HECKLING = re.compile(r"^\(.*\)$")
SPEAKER = re.compile(r"^(?:[^.!?:]|Dr\.|Prof\.|h\. ?c\.){2,90}:$")
# Marks that look alike in German text are written one way, so that the model learns one of them.
MARKS = {
    '"': "„“”»«‟",
    "'": "‚‘’´`‹›",
    "-": "–—−‐‑",
}
GERMAN = frozenset("äöüÄÖÜß")
LETTERS = {"ł": "l", "Ł": "L", "ı": "i", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d"}
LETTERS |= {"æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "þ": "th", "…": "..."}
NOTHING = "\u00ad\ufeff\u200b"
PLAIN = str.maketrans(
    {mark: sign for sign, marks in MARKS.items() for mark in marks}
    | LETTERS
    | dict.fromkeys(NOTHING, "")
)


def plain(text: str) -> str:
    """`text` as the pieces are learned: NFC, straight quotes, one dash, no accents but umlauts."""
    text = unicodedata.normalize("NFC", text).translate(PLAIN)
    letters = (letter if letter.isascii() or letter in GERMAN else bare(letter) for letter in text)
    return SPACES.sub(" ", "".join(letters)).strip()


def bare(letter: str) -> str:
    """A letter without its accents."""
    parts = unicodedata.normalize("NFKD", letter)
    return "".join(part for part in parts if not unicodedata.combining(part))


def open_text(path: Path) -> TextIO:
    """A text file for reading, line by line; .xz is unpacked as it is read."""
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")


def text_files(folder: Path) -> list[Path]:
    """The .txt and .txt.xz files of `folder`, by name. `ValueError` if there are none."""
    files = sorted(p for p in Path(folder).iterdir() if p.name.endswith((".txt", ".txt.xz")))
    if not files:
        raise ValueError(f"{folder} holds no .txt and no .txt.xz file")
    return files


def documents(path: Path, clean: Callable[[str], str] = plain) -> Iterator[list[str]]:
    """The documents of one file, each as its cleaned lines; empty documents are left out."""
    lines: list[str] = []
    with open_text(path) as file:
        for line in file:
            if line.strip(" \n") == SEPARATOR:
                if lines:
                    yield lines
                lines = []
                continue
            line = clean(line).strip()
            if line and not HECKLING.match(line) and not SPEAKER.match(line):
                lines.append(line)
    if lines:
        yield lines


def sentences(paths: Iterable[Path], clean: Callable[[str], str] = plain) -> Iterator[str]:
    """All lines of all documents of `paths`, one after the other."""
    for path in paths:
        for lines in documents(path, clean):
            yield from lines
