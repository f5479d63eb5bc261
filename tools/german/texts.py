"""Plain texts as streams of cleaned documents: one line a sentence or paragraph, one form feed between documents.
Nothing here holds more than one document in memory, however large the folder is."""

import lzma
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

SEPARATOR = "\f"
SPACES = re.compile(r"\s+")
HECKLING = re.compile(r"^\(.*\)$")
SPEAKER = re.compile(r"^[^.!?]{0,90}:$")
# Marks that look alike in German text are written one way, so that the model learns one of them.
PLAIN = str.maketrans({
    "„": '"', "“": '"', "”": '"', "»": '"', "«": '"', "‟": '"',
    "‚": "'", "‘": "'", "’": "'", "´": "'", "`": "'", "‹": "'", "›": "'",
    "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-",
    "…": "...", "\u00ad": None, "\ufeff": None, "\u200b": None,
})  # fmt: skip
GERMAN = frozenset("äöüÄÖÜß")
STROKES = str.maketrans({"ł": "l", "Ł": "L", "ı": "i", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D",
                         "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ð": "d", "þ": "th"})  # fmt: skip


def plain(text: str) -> str:
    """`text` as the pieces are learned and read: NFC, straight quotes, one dash, no accents but the umlauts."""
    text = unicodedata.normalize("NFC", text).translate(PLAIN).translate(STROKES)
    if text.isascii():
        return SPACES.sub(" ", text).strip()
    letters = []
    for letter in text:
        if letter.isascii() or letter in GERMAN:
            letters.append(letter)
            continue
        parts = unicodedata.normalize("NFKD", letter)
        letters.append("".join(part for part in parts if not unicodedata.combining(part)))
    return SPACES.sub(" ", "".join(letters)).strip()


def open_text(path: Path):
    """A text file for reading, line by line; .xz is unpacked as it is read."""
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")


def text_files(folder: Path) -> list[Path]:
    """The .txt and .txt.xz files of `folder`, by name. `ValueError` if there are none."""
    files = sorted(
        path for path in Path(folder).iterdir() if path.name.endswith((".txt", ".txt.xz"))
    )
    if not files:
        raise ValueError(f"{folder} holds no .txt and no .txt.xz file")
    return files


def documents(path: Path) -> Iterator[list[str]]:
    """The documents of one file, each as its cleaned lines; empty documents are left out."""
    lines: list[str] = []
    with open_text(path) as file:
        for line in file:
            if line.strip(" \n") == SEPARATOR:
                if lines:
                    yield lines
                lines = []
                continue
            line = plain(line)
            if line and not HECKLING.match(line) and not SPEAKER.match(line):
                lines.append(line)
    if lines:
        yield lines


def sentences(paths: Iterable[Path]) -> Iterator[str]:
    """All lines of all documents of `paths`, one after the other."""
    for path in paths:
        for lines in documents(path):
            yield from lines
