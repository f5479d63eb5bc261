"""The small tools of the workflows and of pre-commit: lowest versions, links, hooks.
What needs a network is replaced here; the weekly workflow runs the real thing."""

import importlib.metadata
import json

import pytest
import yaml
from packaging.requirements import Requirement

from tools import hooks, links, lowest
from tools.execution import ROOT, notebook_paths

# --- Lowest versions ------------------------------------------------------------------------------


def test_every_requirement_has_one_lower_bound_and_becomes_a_pin(tmp_path):
    path = tmp_path / "lowest.txt"
    assert lowest.main([str(path)]) == 0
    pins = path.read_text(encoding="utf-8").splitlines()
    assert len(pins) == len(lowest.requirements())
    for line, requirement in zip(pins, lowest.requirements(), strict=True):
        assert requirement.specifier.contains(line.partition("==")[2].removesuffix(".*")), line


@pytest.mark.parametrize(
    "line, pin",
    [
        ("torch>=2.11,<3", "torch==2.11"),
        ("pandas-stubs>=2.3,<4", "pandas-stubs==2.3.*"),
        ("types-tqdm>=4.67", "types-tqdm==4.67.*"),
    ],
)
def test_pin(line, pin):
    assert lowest.pin(Requirement(line)) == pin


def test_a_requirement_without_lower_bound_is_refused():
    with pytest.raises(ValueError, match="numpy<3: write one lower bound"):
        lowest.pin(Requirement("numpy<3"))


def test_what_is_not_installed_in_its_lowest_version_is_named():
    there = importlib.metadata.version("pytest")
    wanted = [Requirement(f"pytest>={there}"), Requirement("numpy>=1"), Requirement("nosuch>=3")]
    faults = lowest.not_lowest(wanted)
    assert faults[0] == f"numpy: 1 expected, {importlib.metadata.version('numpy')} installed"
    assert faults[1:] == ["nosuch: 3 expected, not installed"]


# --- Links ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, found",
    [
        ("[a](https://a.org/x) b", ["https://a.org/x"]),
        ("[a](https://a.org/x_(y)) b", ["https://a.org/x_(y)"]),
        ("([a](https://a.org/x)).", ["https://a.org/x"]),
        ("see https://a.org/x, then <https://b.org>.", ["https://a.org/x", "https://b.org"]),
        ("[a](https://a.org)[b](https://b.org)", ["https://a.org", "https://b.org"]),
        ("no address, only http and 10 // 3", []),
    ],
)
def test_addresses(text, found):
    assert links.addresses(text) == found


def test_dead_links_are_named_with_their_files(tmp_path):
    cells = [
        {"cell_type": "markdown", "source": ["[a](https://dead.org/page#part)"]},
        {"cell_type": "code", "source": ['url = "https://code.org"']},
    ]
    (tmp_path / "notebooks").mkdir()
    text = json.dumps({"cells": cells})
    (tmp_path / "notebooks" / "00_a.ipynb").write_text(text, encoding="utf-8")
    (tmp_path / "README.md").write_text(
        "https://alive.org and https://dead.org/page", encoding="utf-8"
    )
    where = links.all_links(tmp_path)
    assert sorted(where) == ["https://alive.org", "https://dead.org/page"]
    faults = links.dead(where, lambda address: "404 Not Found" if "dead" in address else "")
    assert faults == ["https://dead.org/page: 404 Not Found (in README.md, notebooks/00_a.ipynb)"]


def test_the_course_has_links_to_check():
    assert len(links.all_links()) > 20


class Answer:
    """What requests.get returns, as far as `ask` looks at it."""

    def __init__(self, status):
        self.status_code = status
        self.ok = status < 400
        self.reason = "Reason"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


@pytest.mark.parametrize("status, problem", [(200, ""), (403, ""), (404, "404 Reason")])
def test_ask_tells_dead_from_unwilling(monkeypatch, status, problem):
    monkeypatch.setattr(links.requests, "get", lambda *_, **__: Answer(status))
    assert links.ask("https://a.org") == problem


def test_ask_tries_again_where_nobody_answers(monkeypatch):
    calls = []

    def get(*_, **__):
        calls.append(1)
        if len(calls) < links.ATTEMPTS:
            raise links.requests.ConnectionError
        return Answer(200)

    monkeypatch.setattr(links.requests, "get", get)
    assert links.ask("https://a.org") == ""
    assert len(calls) == links.ATTEMPTS


# --- Hooks ----------------------------------------------------------------------------------------


def test_committed_notebooks_are_normalised(tmp_path):
    for path in notebook_paths():
        copy = tmp_path / path.name
        copy.write_bytes(path.read_bytes())
        assert hooks.normalise_files([copy]) == []


def test_normalise_takes_away_what_nobody_reads(tmp_path, capsys):
    notebook = {
        "cells": [
            {
                "cell_type": "code",
                "id": "a",
                "execution_count": 1,
                "metadata": {"tags": ["export"], "execution": {"start": "now"}},
                "outputs": [],
                "source": "1",
            }
        ],
        "metadata": {"kernelspec": {"display_name": "mine", "name": "mine"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert hooks.main(["normalise", str(path)]) == 1
    assert "normalised; add it again" in capsys.readouterr().out
    saved = json.loads(path.read_text(encoding="utf-8"))
    assert saved["cells"][0]["metadata"] == {"tags": ["export"]}
    assert saved["metadata"]["kernelspec"]["name"] == "python3"
    assert hooks.main(["normalise", str(path)]) == 0


def test_large_files_are_refused(tmp_path):
    light = tmp_path / "light.txt"
    heavy = tmp_path / "heavy.bin"
    light.write_bytes(b"x")
    heavy.write_bytes(b"x" * 11)
    assert hooks.too_large([light, heavy], limit=10) == [
        f"{heavy}: 11 bytes, at most 10; data is fetched or built, not committed"
    ]


def hook_entries():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [repo["repo"] for repo in config["repos"]] == ["local"]  # nothing is fetched
    return [hook["entry"] for hook in config["repos"][0]["hooks"]]


def test_pre_commit_runs_what_exists():
    entries = hook_entries()
    assert all(entry.startswith("python -m ") for entry in entries)
    called = [entry.split()[3] for entry in entries if "tools.hooks" in entry]
    assert sorted(called) == sorted(hooks.COMMANDS)
    assert sum("ruff" in entry for entry in entries) == 2
