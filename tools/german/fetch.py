"""Brings the two sources of the German model from their public repositories, at a fixed commit.
Archives are fetched with pooch, read member by member, and written as documents with form feeds."""

import lzma
import re
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pooch

from course_utils.download import Purpose, one_clear_error
from tools.german.texts import HECKLING, SEPARATOR

PURPOSE = Purpose("No German texts: could not", "run this again")
BEGIN = re.compile(r"^Beginn:? ?\d{1,2}[.:]\d\d Uhr")
END = re.compile(r"^\(Schluss(?: der Sitzung)?:? ?\d{1,2}[.:]\d\d Uhr")


def sitting(text: str) -> str:
    """A stenographic record without contents, appendices, applause and heckling; '' if it has no
    beginning."""
    lines = text.splitlines()
    starts = [i for i, line in enumerate(lines) if BEGIN.match(line.strip())]
    if not starts:
        return ""
    kept = []
    for line in lines[starts[0] :]:
        if END.match(line.strip()):
            break
        if not HECKLING.match(line.strip()):
            kept.append(line)
    return "\n".join(kept).strip()


@dataclass(frozen=True)
class Source:
    """A repository's archive: its address, its sum, which members are documents, how they read.

    `sha256` is None where the publisher packs archives anew and the sum changes with the packer;
    the commit in the address is then what fixes the texts."""

    name: str
    url: str
    members: str
    clean: Callable[[str], str] = str.strip
    sha256: str | None = None


GITHUB = "https://github.com"
SOURCES = (
    Source(
        "bundestag",
        f"{GITHUB}/bundestag/plpr-scraper/archive/9537a741ae06e39806b69679d1cbd9dd91048ed4.tar.gz",
        r"[^/]+/data/txt/1[78]\d{3}\.txt",
        sitting,
    ),
    Source(
        "wikipedia",
        f"{GITHUB}/dennlinger/klexikon/archive/c909f387.tar.gz",
        r"[^/]+/data/raw/wiki/[^/]+\.txt",
    ),
)


def documents(archive: Path, source: Source) -> Iterator[str]:
    """The cleaned documents of an archive, by name; empty ones are left out."""
    wanted = re.compile(source.members)
    with tarfile.open(archive, "r:gz") as tar:
        members = [m for m in tar if m.isfile() and wanted.fullmatch(m.name)]
        for member in sorted(members, key=lambda m: m.name):
            content = tar.extractfile(member)
            if content is None:
                raise tarfile.TarError(f"its member {member.name!r} has no content")
            text = source.clean(content.read().decode("utf-8", "replace"))
            if text:
                yield text


def fetch(source: Source, folder: Path) -> Path:
    """`folder`/NAME.txt.xz, from an earlier call or fetched; nothing half-written stays.

    Raises `DownloadError` if the archive does not come whole or holds no such document."""
    target = folder / f"{source.name}.txt.xz"
    if target.is_file():
        return target
    with one_clear_error(source.url, folder, PURPOSE):
        folder.mkdir(parents=True, exist_ok=True)
        path = pooch.retrieve(
            source.url, source.sha256, f"{source.name}.tar.gz", folder, progressbar=True
        )
        scratch = folder / f"{target.name}.new"
        try:
            number = _pack(documents(Path(path), source), scratch)
            if not number:
                raise ValueError("it holds none of the documents that were expected")
            scratch.replace(target)
        finally:
            scratch.unlink(missing_ok=True)
            Path(path).unlink()  # damaged or used: the next call fetches it anew
    return target


def _pack(texts: Iterator[str], path: Path) -> int:
    number = 0
    with lzma.open(path, "wt", encoding="utf-8", newline="\n") as file:
        for text in texts:
            file.write(f"{text}\n{SEPARATOR}\n")
            number += 1
    return number
