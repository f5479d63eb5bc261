"""Plain texts as streams of cleaned documents, a line a sentence or paragraph.
Nothing here holds more than one document in memory, however large the folder is."""

import lzma
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TextIO

from course_utils.pieces import plain

SEPARATOR = "\f"
HECKLING = re.compile(r"^\(.*\)$")
SPEAKER = re.compile(r"^(?:[^.!?:]|Dr\.|Prof\.|h\. ?c\.){2,90}:$")


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
