"""Files that are none: folders, links to nowhere, archives under a plain name, and what may not be
read. The loader reads what can be read, and names the rest."""

import gzip
from pathlib import Path

import pytest
from corpus_helpers import GOOD, fault, folder_of

from course_utils.corpus import load_gnad


def test_a_gzipped_file_under_a_plain_name(tmp_path):
    train, _ = load_gnad(folder_of(tmp_path, gzip.compress(GOOD.encode())))
    assert len(train) == 3


def test_an_excel_file_under_a_csv_name(tmp_path, capsys):
    message = fault(folder_of(tmp_path, b"PK\x03\x04" + bytes(99)), capsys)
    assert f"{tmp_path / 'train.csv'} is a zip archive or an Excel file. Save it as CSV" in message


def test_a_folder_instead_of_a_file(tmp_path, capsys):
    (folder_of(tmp_path) / "train.csv").unlink()
    (tmp_path / "train.csv").mkdir()
    assert "train.csv is a folder, not a file" in fault(tmp_path, capsys)


def test_a_link_to_nowhere(tmp_path, capsys):
    (folder_of(tmp_path) / "train.csv").unlink()
    try:
        (tmp_path / "train.csv").symlink_to(tmp_path / "gone.csv")
    except OSError:
        pytest.skip("this system gives no right to make links")
    assert "train.csv is missing: a link to what is not there" in fault(tmp_path, capsys)


def test_what_the_folder_holds_instead_is_listed(tmp_path, capsys):
    assert "this one holds nothing" in fault(tmp_path, capsys)
    for name in ("Train.txt", "Test.txt"):
        (tmp_path / name).touch()
    assert "this one holds Test.txt, Train.txt." in fault(tmp_path, capsys)


def test_a_folder_that_may_not_be_looked_into(tmp_path, monkeypatch, capsys):
    def denied(path):  # not chmod: root may look everywhere
        raise PermissionError(13, "Permission denied", str(path))

    folder_of(tmp_path)
    monkeypatch.setattr(Path, "is_dir", denied)
    assert fault(tmp_path, capsys) == (
        f"{tmp_path} cannot be read: Permission denied. Check its rights."
    )


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch, capsys):
    def denied(path):
        raise PermissionError(13, "Permission denied", str(path))

    folder_of(tmp_path)
    monkeypatch.setattr(Path, "read_bytes", denied)
    message = fault(tmp_path, capsys)
    assert message.startswith(f"{tmp_path / 'train.csv'} cannot be read: ")
    assert "Check its rights" in message
