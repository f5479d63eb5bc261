"""Bytes as text, and folders and books as rows.
What is not UTF-8 is named with line and guess; parts of a corpus are told from classes."""

import re
from collections.abc import Iterator
from pathlib import Path

from course_utils.own_faults import Faults, Rows

PACKED = {
    b"PK\x03\x04": "a zip archive or an Excel file",
    b"\x1f\x8b": "a gzip archive",
    b"%PDF-": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word file",
}
GUESSES = ("cp1252", "cp932", "gb18030")  # Western Europe, Japan, China
SPLIT = re.compile(  # "train", "test_2", "Testdaten", "held-out"; not "trains", "trainer"
    r"(?<![a-z])(train(ings?)?|test(ing)?|valid(ation|ierungs?)?|val|dev(elopment)?|"
    r"eval(uation|uierungs?)?|(held|hold)[^a-z]?out)"
    r"(set|data|dataset|daten|datensatz|split|files|texts?|texte|docs|articles|artikel)?(?![a-z])"
)
UNLABELLED = frozenset({"unsup", "unsupervised", "unlabeled", "unlabelled"})


# --- Bytes -------------------------------------------------------------------------------------


def _decodes(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeError:
        return False
    return True


def _guess(raw: bytes) -> str:
    """The encoding of bytes that are not UTF-8, as far as it shows; '' if they are no text."""
    head = raw[:1000]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if head.count(0) > len(head) / 4:
        return "utf-16-be" if head[:1] == b"\0" else "utf-16-le"
    if 0 in raw:
        return ""
    return next((guess for guess in GUESSES if _decodes(raw, guess)), GUESSES[0])


def _bad_lines(raw: bytes) -> list[int]:
    lines = enumerate(raw.split(b"\n"), 1)
    return [number for number, line in lines if 0 in line or not _decodes(line, "utf-8")]


def _not_utf_8(raw: bytes, encoding: str) -> tuple[str, list[int], str]:
    """What is wrong with bytes that cannot be read, the lines, and the text as far as it goes."""
    guess = _guess(raw)
    nor = f", and not {encoding}" if encoding != "utf-8" else ""
    if not guess:
        what = f"not UTF-8{nor}. There are zero bytes in it, so it is no text, or a damaged one."
        return what, _bad_lines(raw), ""
    advice = f"If this is text, then perhaps in {guess}: read_texts(path, encoding={guess!r})."
    if guess.startswith("utf-16"):
        return f"not UTF-8{nor}. {advice}", [1], ""
    return f"not UTF-8{nor}. {advice}", _bad_lines(raw), raw.decode("utf-8", "replace")


def decoded(raw: bytes, encoding: str = "utf-8") -> tuple[str, str, list[int], bool]:
    """(text, what is wrong with it or '', in which lines, whether `encoding` was needed).

    Bytes that are UTF-8 are read so even where another `encoding` is given: in it they would turn
    into other signs without a word, and folders often hold both."""
    for mark, kind in PACKED.items():
        if raw.startswith(mark):
            what = f"{kind}, whatever it is called. Unpack it or save it as CSV in UTF-8."
            return "", what, [], False
    needed = 0 in raw or not _decodes(raw, "utf-8")
    if not needed:
        return raw.decode("utf-8").removeprefix("\ufeff"), "", [], False
    if encoding != "utf-8" and _decodes(raw, encoding):
        text = raw.decode(encoding)
        if "\0" not in text:
            return text.removeprefix("\ufeff"), "", [], True
    what, lines, text = _not_utf_8(raw, encoding)
    return text, what, lines, True


def read_file(path: Path, encoding: str, faults: Faults) -> str:
    """The text of one file, with what is wrong with its bytes added to `faults`."""
    text, what, lines, _ = decoded(path.read_bytes(), encoding)
    if what:
        faults.add(what if lines else f"is {what}", *lines)
    if what and not text:
        faults.stop()  # nothing that could be looked into for more
    return text


# --- Folders and plain texts -------------------------------------------------------------------


def _visible(folder: Path) -> list[Path]:
    """What is in a folder, without what programs hide there (.git, __MACOSX)."""
    return sorted(p for p in folder.iterdir() if not p.name.startswith((".", "__")))


def _texts_in(folder: Path) -> list[Path]:
    return [p for p in _visible(folder) if p.suffix.lower() == ".txt" and p.is_file()]


def _texts_below(folder: Path) -> Iterator[Path]:
    for path in _visible(folder):
        if path.is_dir():
            yield from _texts_below(path)
    yield from _texts_in(folder)


def _is_split(folder: Path) -> bool:
    return SPLIT.search(folder.name.casefold()) is not None


def _parts(folders: list[Path]) -> list[Path]:
    """Those of `folders` that are parts of a corpus (train, test), not classes: two at least have
    such names, or one that holds no texts but folders of texts. A class of trains stays a class."""
    named = [f for f in folders if _is_split(f) and any(_texts_below(f))]
    return named if len(named) > 1 else [f for f in named if not _texts_in(f)]


def _classes(path: Path, faults: Faults, notes: list[str]) -> list[Path]:
    """The sub-folders that are classes."""
    folders = [p for p in _visible(path) if p.is_dir()]
    parts = _parts(folders)
    if parts:
        names = [part.name for part in parts]
        first = next((name for name in names if "train" in name.casefold()), names[0])
        faults.add(
            f"holds parts of a corpus, which are no classes: {', '.join(names)}. Read one of them: "
            f"path = {path.name + '/' + first!r}."
        )
        faults.stop()
    unlabelled = [f for f in folders if f.name.casefold() in UNLABELLED]
    if unlabelled:
        notes.append(f"not read, for it has no labels: {', '.join(f.name for f in unlabelled)}")
    folders = [f for f in folders if f not in unlabelled]
    for folder in folders:
        if not _texts_in(folder) and any(_texts_below(folder)):
            faults.add("texts lie deeper than one folder. Put them into it.", f"{folder.name}/")
    return folders


def from_folder(path: Path, encoding: str, labelled: bool, faults: Faults) -> Rows:
    """A folder of .txt files: with labels these are its sub-folders' names; without, any depth."""
    faults.unit = "file"
    table = Rows(header=["label", "text"])
    if labelled:
        folders = _classes(path, faults, table.notes)
        files = [file for folder in folders for file in _texts_in(folder)]
    else:
        files = list(_texts_below(path))
    if not files:
        needs = "a sub-folder a class, with files" if labelled else "files"
        faults.add(f"is a folder without texts. It needs {needs} that end in .txt.")
        faults.stop()
    others = 0
    for file in files:
        name = file.relative_to(path).as_posix()
        text, what, lines, other = decoded(file.read_bytes(), encoding)
        others += other
        if what:
            faults.add(what, f"{name} (line {lines[0]})" if lines else name)
            table.lost.append(file.parent.name)
            continue
        table.rows.append([file.parent.name, text])
        table.places.append(name)
    if others and encoding != "utf-8":
        table.notes.append(
            f"read as {encoding}: {others} of {len(files)} files, the others as UTF-8"
        )
    return table


def from_plain(text: str) -> Rows:
    """A book: its paragraphs, divided by empty lines, are the texts; else its lines."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    by_line = not re.search(r"\S[^\S\n]*\n[^\S\n]*\n\s*\S", "\n".join(lines))
    table = Rows(header=["text"])
    begins = True
    for number, line in enumerate(lines, 1):
        if not line.strip():
            begins = True
        elif begins or by_line:
            table.rows.append([line])
            table.places.append(number)
            begins = False
        else:
            table.rows[-1][0] += f"\n{line}"
    return table
