"""Measured tables are found from any working directory, and from a copy that pip made elsewhere."""

import json
from pathlib import Path

import pytest

from course_utils import results as module
from course_utils.results import results

ROOT = Path(__file__).resolve().parents[1]


class Installed:
    """What pip leaves behind, as far as `results` reads it."""

    def __init__(self, url):
        self.url = url

    def read_text(self, name):
        assert name == "direct_url.json"
        return self.url and json.dumps({"url": self.url, "dir_info": {}})


def away_from_here(monkeypatch, folder, url):
    """The package as a copy in `folder`, installed from `url`; None: pip noted nothing."""
    monkeypatch.setattr(module, "__file__", str(folder / "course_utils" / "results.py"))
    monkeypatch.setattr(module, "distribution", lambda name: Installed(url))


def test_the_working_directory_does_not_count(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert results("ledger.csv") == ROOT / "results" / "ledger.csv"


def test_a_copied_package_asks_where_it_was_installed_from(monkeypatch, tmp_path):
    course = tmp_path / "der Kurs"
    (course / "results").mkdir(parents=True)
    (course / "results" / "ledger.csv").touch()
    away_from_here(monkeypatch, tmp_path / "site-packages", course.as_uri())
    assert results("ledger.csv") == course / "results" / "ledger.csv"


@pytest.mark.parametrize("url", [None, "https://example.org/course.zip"])
def test_a_table_that_is_nowhere_is_named_with_the_places(monkeypatch, tmp_path, url):
    away_from_here(monkeypatch, tmp_path, url)
    with pytest.raises(FileNotFoundError, match=r"ledger.csv is not in .*results\. Tables come"):
        results("ledger.csv")


def test_a_package_that_nobody_installed(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "DISTRIBUTION", "no-such-distribution")
    monkeypatch.setattr(module, "__file__", str(tmp_path / "course_utils" / "results.py"))
    with pytest.raises(FileNotFoundError, match="Tables come with"):
        results("ledger.csv")
