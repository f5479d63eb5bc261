"""The argument comes before COURSE_DATA, that before the download, and that before mininews.
A relative path means the same folder from everywhere."""

import gzip
import io
import os
from pathlib import Path

import pytest
from corpus_helpers import enough, fault, folder_of

from course_utils.corpus import choose_source, load_gnad
from course_utils.paths import base_folder, data_folder

# --- Which corpus ---------------------------------------------------------------------------------


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty download folder and no COURSE_DATA."""
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    return tmp_path


def downloaded(cache):
    (cache / "10kGNAD").mkdir()
    return folder_of(cache / "10kGNAD")


def test_without_a_download_mininews(cache):
    assert choose_source() == "mini"


def test_half_a_download_does_not_count(cache):
    (downloaded(cache) / "test.csv").unlink()
    assert choose_source() == "mini"


def test_the_download_comes_before_mininews(cache, capsys):
    folder_of(downloaded(cache), *enough())
    assert choose_source() == "full"
    assert len(load_gnad()[0]) == 60
    folder = cache / "10kGNAD"
    assert (
        capsys.readouterr().out
        == f"Corpus: 10kGNAD ({folder}): 60 training and 2 test articles in 2 categories.\n"
    )


def test_a_gzipped_download_counts(cache):
    for name in ("train.csv", "test.csv"):
        path = downloaded(cache) / name if name == "train.csv" else cache / "10kGNAD" / name
        path.with_name(f"{name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    assert choose_source() == "full"


@pytest.mark.parametrize(
    "value, expected",
    [
        ("mini", "mini"),
        ("mini ", "mini"),  # Windows: set COURSE_DATA=mini && make run
        ("full", "full"),
        (os.path.join("..", "news"), base_folder().parent / "news"),
        (os.path.join("~", "news"), Path.home() / "news"),
        ("", "full"),
        (" ", "full"),
    ],
)
def test_course_data_comes_before_the_download(cache, monkeypatch, value, expected):
    downloaded(cache)
    monkeypatch.setenv("COURSE_DATA", value)
    assert choose_source() == expected


@pytest.mark.parametrize("value", ["mini", "full", "news", Path("news")])
def test_the_argument_comes_before_course_data(cache, monkeypatch, value):
    monkeypatch.setenv("COURSE_DATA", "elsewhere")
    assert choose_source(value) == (value if value in ("mini", "full") else Path.cwd() / "news")


def test_full_without_a_download_says_how_to_get_it(cache, capsys):
    assert "`make data`" in fault("full", capsys)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_folder_whose_name_the_console_lacks_is_read_and_named(monkeypatch, tmp_path, encoding):
    folder = tmp_path / "Łask→"
    folder.mkdir()
    console = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr("sys.stdout", console)
    load_gnad(folder_of(folder, *enough()))
    console.seek(0)
    assert "\\u0141ask->: 60 training" in console.read()


# --- Paths that mean the same everywhere ----------------------------------------------------------


def test_the_base_of_relative_paths_is_the_repository():
    assert (base_folder() / "pyproject.toml").is_file()
    assert (base_folder() / "course_utils").is_dir()


def test_without_a_repository_it_is_the_home_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(
        "course_utils.paths.__file__", str(tmp_path / "site-packages" / "x" / "paths.py")
    )
    assert base_folder() == Path.home()


@pytest.mark.parametrize(
    "variable, seen", [("COURSE_CACHE", data_folder), ("COURSE_DATA", choose_source)]
)
def test_a_relative_variable_means_one_folder_from_everywhere(
    monkeypatch, tmp_path, variable, seen
):
    monkeypatch.setenv(variable, os.path.join("some", "..", "cache"))
    (tmp_path / "cache").mkdir()
    places = set()
    for folder in (tmp_path, tmp_path / "cache"):
        monkeypatch.chdir(folder)
        places.add(seen())
    assert places == {base_folder() / "cache"}


def test_messages_name_the_whole_path(monkeypatch, tmp_path, capsys):
    folder_of(tmp_path, *enough())
    monkeypatch.chdir(tmp_path.parent)
    load_gnad(tmp_path.name)
    assert f"folder {tmp_path}:" in capsys.readouterr().out
    monkeypatch.setenv("COURSE_DATA", "no such folder")
    assert fault(None, capsys).startswith(f"{base_folder() / 'no such folder'} does not exist")


def test_mininews_says_where_a_named_cache_had_no_corpus(cache, capsys):
    load_gnad()
    said = capsys.readouterr()
    assert said.out.startswith("Corpus: mininews") and said.out.count("\n") == 1
    assert said.err == f"No whole 10kGNAD in {cache / '10kGNAD'}: `make data` fetches it.\n"
    load_gnad("mini")
    assert capsys.readouterr().err == ""
