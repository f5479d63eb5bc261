"""Workflows and forms: what is tested where and with which versions, what a report must name, and
documented commands that exist."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]


def loaded(folder):
    paths = sorted((ROOT / ".github" / folder).glob("*.yml"))
    return {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths}


def commands(workflow):
    """What the steps of a workflow run, line by line, by job."""
    return {
        name: [line for step in job["steps"] for line in step.get("run", "").splitlines()]
        for name, job in workflow["jobs"].items()
    }


def modules_called(text):
    return set(
        re.findall(r"python(?:\.exe)? -m (tools\.\w+|course_utils\.\w+|benchmarks\.\w+)", text)
    )


def test_every_push_is_tested_with_pins_on_three_systems_and_pythons():
    workflow = loaded("workflows")["test"]
    jobs = workflow["jobs"]
    assert jobs["test"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    assert jobs["quick"]["strategy"]["matrix"]["os"] == ["windows-latest", "macos-latest"]
    ran = commands(workflow)
    assert "make lint" in ran["lint"]
    assert "make test" in ran["test"]
    installs = [line for lines in ran.values() for line in lines if "pip install" in line]
    assert installs
    assert all("-c constraints.txt" in line for line in installs)


def test_weekly_runs_use_other_versions_and_check_them():
    ran = commands(loaded("workflows")["weekly"])
    assert sorted(ran) == ["colab", "links", "lowest", "unpinned"]
    assert not any("constraints.txt" in line for lines in ran.values() for line in lines)
    assert any("--check" in line for line in ran["lowest"])
    assert any("-c .github/colab.txt" in line for line in ran["colab"])
    assert any("tools.colab_check --torch 2.11" in line for line in ran["colab"])


def test_issue_forms_ask_for_a_place():
    forms = loaded("ISSUE_TEMPLATE")
    assert set(forms) == {"bug", "unclear_passage", "wrong_claim", "config"}
    for name in set(forms) - {"config"}:
        fields = [field["id"] for field in forms[name]["body"]]
        assert "where" in fields
        assert len(fields) == len(set(fields))


COMMAND_FILES = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    ".github/workflows/test.yml",
    ".github/workflows/weekly.yml",
    ".devcontainer/devcontainer.json",
    "environment.yml",
]


@pytest.mark.parametrize("path", COMMAND_FILES)
def test_documented_commands_exist(path):
    """Each `make target` is in the Makefile, each `python -m` finds its module."""
    text = (ROOT / path).read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([\w./-]+):", makefile, re.MULTILINE))
    called = set(re.findall(r"(?:`|run: |^|\")make ([a-z.][\w./-]*)", text, re.MULTILINE))
    assert called <= targets, called - targets
    for module in modules_called(text.replace("\\", "/")):
        parts = ROOT.joinpath(*module.split("."))
        assert parts.with_suffix(".py").exists() or (parts / "__main__.py").exists(), module
