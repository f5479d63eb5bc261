"""Tests of course_utils.archives: an archive is unpacked without leaving its folder, on any Python.
The filter of `TarFile.extractall` is missing in Python 3.11.0 to 3.11.3, which Debian 12 has."""

import gzip
import io
import tarfile

import pytest

from course_utils.archives import unpack


def tgz(path, *members):
    """A .tgz file of TarInfo objects or names; a name has the content b'text'."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for member in members:
            info = tarfile.TarInfo(member) if isinstance(member, str) else member
            info.size = 4 if info.isfile() else 0
            tar.addfile(info, io.BytesIO(b"text"))
    path.write_bytes(gzip.compress(file.getvalue()))
    return path


def member(name, kind, link=""):
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = link
    return info


def files_in(folder):
    return sorted(str(p.relative_to(folder).as_posix()) for p in folder.rglob("*") if p.is_file())


def test_files_and_folders_come_out_without_the_filter(tmp_path, monkeypatch):
    def too_old(*arguments, **options):
        raise TypeError("extractall() got an unexpected keyword argument 'filter'")

    for name in ("extractall", "extract"):
        monkeypatch.setattr(tarfile.TarFile, name, too_old)
    path = tgz(tmp_path / "a.tgz", member("a", tarfile.DIRTYPE), "a/x.csv", "b/c/y", "./z")
    unpack(path, tmp_path / "out")
    assert files_in(tmp_path / "out") == ["a/x.csv", "b/c/y", "z"]
    assert (tmp_path / "out" / "b" / "c" / "y").read_bytes() == b"text"


@pytest.mark.parametrize(
    "name", ["../x", "a/../../x", "/x", "..\\x", "C:\\x", "C:x", "\\\\server\\share\\x", "a/.."]
)
def test_a_name_that_leads_out(tmp_path, name):
    path = tgz(tmp_path / "a.tgz", name)
    with pytest.raises(tarfile.TarError, match="leads out of its folder"):
        unpack(path, tmp_path / "in" / "out")
    assert files_in(tmp_path) == ["a.tgz"]


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE]
)
def test_a_link_or_a_device(tmp_path, kind):
    path = tgz(tmp_path / "a.tgz", member("x", kind, "../a.tgz"), "x/y")
    with pytest.raises(tarfile.TarError, match="neither a file nor a folder"):
        unpack(path, tmp_path / "out")
    assert files_in(tmp_path) == ["a.tgz"]


def test_damage_after_the_last_member_is_found(tmp_path):
    path = tgz(tmp_path / "a.tgz", "x")
    body = path.read_bytes()
    path.write_bytes(body[:-8] + bytes(8))
    with pytest.raises(gzip.BadGzipFile, match="CRC"):
        unpack(path, tmp_path / "out")
