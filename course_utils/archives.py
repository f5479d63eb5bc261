"""A .tgz archive from the network, fetched, checked and unpacked: its folder is there whole or not.
`extractall(filter=…)` came with Python 3.11.4: harmless members are written one by one."""

import gzip
import hashlib
import os
import shutil
import tarfile
import tempfile
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import NamedTuple

import pooch

from course_utils.download import DownloadError, Purpose, one_clear_error

TIMEOUT = 5  # seconds of silence: without a network a notebook shall go on soon


class Archive(NamedTuple):
    """A file on the network, as its publisher describes it."""

    url: str
    size: int  # bytes
    md5: str  # of the first 2**20 bytes, as fastai publishes it


def unpacked(archive: Archive, folder: Path, purpose: Purpose) -> Path:
    """The folder that `archive` holds, in `folder`: from an earlier call, or fetched, checked and
    moved there in one step.

    Raises `DownloadError` if it is neither there nor fetched whole, or if COURSE_OFFLINE is set."""
    target = folder / archive.url.rpartition("/")[2].removesuffix(".tgz")
    if os.path.isdir(target):
        return target
    if os.environ.get("COURSE_OFFLINE"):
        raise DownloadError(
            f"{purpose.begin} fetch {archive.url}: the environment variable COURSE_OFFLINE "
            f"forbids it. Unset it, then {purpose.retry}."
        )
    with one_clear_error(archive.url, folder, purpose):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            path = Path(scratch, "archive.tgz")
            pooch.HTTPDownloader(progressbar=True, timeout=TIMEOUT)(archive.url, path, None)
            _check(path, archive)
            inside = Path(scratch, "inside")
            unpack(path, inside)
            if not (inside / target.name).is_dir():
                raise ValueError(f"it holds no folder {target.name}")
            try:
                return (inside / target.name).replace(target)
            except OSError:
                if target.is_dir():  # another notebook fetched it meanwhile
                    return target
                raise


def _check(path: Path, archive: Archive) -> None:
    with path.open("rb") as file:
        start = file.read(2**20)
    found = archive._replace(size=path.stat().st_size, md5=hashlib.md5(start).hexdigest())
    if found != archive:
        raise ValueError(
            f"got {found.size} bytes, md5 {found.md5}, instead of {archive.size}, md5 {archive.md5}"
        )


def unpack(path: Path, folder: Path) -> None:
    """Write the files and folders of the .tgz file `path` into `folder`.

    Raises `tarfile.TarError` on a link, a device or a name that leaves `folder`, `OSError`,
    `EOFError` or `zlib.error` on a damaged file."""
    with gzip.open(path) as file, tarfile.open(fileobj=file, mode="r:") as tar:
        for member in tar:
            target = folder / _harmless(member)
            if member.isdir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            content = tar.extractfile(member)
            if content is None:
                raise tarfile.TarError(f"its member {member.name!r} has no content")
            with content, target.open("wb") as out:
                shutil.copyfileobj(content, out)
        while file.read(2**20):  # to the end, where gzip keeps the checksum of all
            pass


def _harmless(member: tarfile.TarInfo) -> str:
    """The name of a member that is a file or a folder inside, on any system."""
    if not (member.isfile() or member.isdir()):
        raise tarfile.TarError(f"its member {member.name!r} is neither a file nor a folder")
    for path in (PurePosixPath(member.name), PureWindowsPath(member.name)):
        if path.anchor or ".." in path.parts:
            raise tarfile.TarError(f"its member {member.name!r} leads out of its folder")
    return member.name
