"""Holds the repository to what it promises: versions that Colab has, one address, a small core, notebooks fit to be read.
Each of these was once right in every project that got it wrong."""

import ast
import base64
import importlib
import inspect
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import course_utils

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # also where pytest runs without python -m
from tools.notebooks import repository, setup_cell  # noqa: E402

# --- Versions --------------------------------------------------------------------------------------------------------

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
COLAB = {
    "torch": "2.11.0+cu128",
    "numpy": "2.1.3",
    "pandas": "2.2.3",
    "scikit-learn": "1.6.1",
    "matplotlib": "3.10.0",
    "fastai": "2.8.8",
    "ipywidgets": "7.7.1",
    "tqdm": "4.67.3",
    "pytest": "8.4.2",
}  # as of August 2026


def by_name(requirements):
    """Ranges by the canonical name of the package; none twice."""
    parsed = [Requirement(line) for line in requirements]
    ranges = {canonicalize_name(requirement.name): requirement.specifier for requirement in parsed}
    assert len(ranges) == len(parsed)
    return ranges


def of_pyproject():
    return by_name(
        [
            *PROJECT["dependencies"],
            *(line for extra in PROJECT["optional-dependencies"].values() for line in extra),
        ]
    )


@pytest.mark.parametrize("name", COLAB)
def test_ranges_admit_what_colab_ships(name):
    assert of_pyproject()[name].contains(COLAB[name])


def test_python_versions():
    python = SpecifierSet(PROJECT["requires-python"])
    assert [f"3.{minor}" for minor in range(9, 16) if python.contains(f"3.{minor}.5")] == [
        "3.11",
        "3.12",
        "3.13",
    ]


def test_the_environment_names_the_same_packages_in_the_same_ranges():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    *conda, pip = environment["dependencies"]
    assert [line for line in conda if line != "pip"] == [f"python{PROJECT['requires-python']}"]
    assert by_name(line for line in pip["pip"] if not line.startswith("-")) == of_pyproject()
    assert [line for line in pip["pip"] if line.startswith("-")] == [
        "--constraint constraints.txt",
        "-e .",
    ]


def test_constraints_pin_each_package_inside_its_range():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = by_name(line for line in lines if line and not line.startswith("#"))
    for name, pin in pins.items():
        assert re.fullmatch(r"==[\w.!+]+", str(pin)), f"{name} is not pinned exactly: {pin}"
    for name, allowed in of_pyproject().items():
        assert name in pins and allowed.contains(str(pins[name])[2:]), (
            f"{name}: {pins.get(name)} is not inside {allowed}"
        )


# --- The package -----------------------------------------------------------------------------------------------------

DESIGNED = {
    "load_gnad",
    "load_vectors",
    "Vocabulary",
    "embedding_matrix",
    "pad_batch",
    "LengthBuckets",
    "padding_share",
    "PaddedLSTM",
    "fit",
    "predict",
    "sample",
    "beam_search",
    "prove",
    "check",
    "hint",
    "solution",
    "elman_stepper",
}


def test_the_core_stays_small():
    core = [path for path in (ROOT / "course_utils").glob("*.py") if path.name != "checks.py"]
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in core) < 1000


@pytest.mark.parametrize("name", sorted(DESIGNED | set(course_utils.__all__)))
def test_every_public_name_can_be_imported_and_is_documented(name):
    scope = {}
    exec(f"from course_utils import {name}", scope)
    assert name in dir(course_utils) and name in course_utils.__all__
    assert not callable(scope[name]) or len(inspect.getdoc(scope[name])) > 15


def test_an_unknown_name_is_told_the_known_ones():
    with pytest.raises(ImportError, match="load_glad"):
        exec("from course_utils import load_glad")
    with pytest.raises(AttributeError, match=r"no name 'load_glad'; it has .*load_gnad"):
        course_utils.load_glad


MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "course_utils").rglob("*.py")
    if path.stem != "__init__"
)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_says_why_it_exists(module):
    assert len(importlib.import_module(module).__doc__.strip().splitlines()) >= 2


def test_nothing_imports_torchvision():
    """A torchvision that does not fit the torch beside it breaks on import; fastai asks for it, its text part does without."""
    code = f"import sys, {', '.join(MODULES)}, fastai.text.all; from course_utils import *; sys.exit('torchvision' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def opens_as_text(call):
    """Whether a call reads or writes text without naming its encoding."""
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    if name not in ("open", "read_text", "write_text") or any(
        keyword.arg == "encoding" for keyword in call.keywords
    ):
        return False
    modes = [
        value.value
        for value in [
            *call.args,
            *(keyword.value for keyword in call.keywords if keyword.arg == "mode"),
        ]
        if isinstance(value, ast.Constant)
        and isinstance(value.value, str)
        and re.fullmatch("[rwaxbt+:|]+", value.value)
    ]
    binary_by_default = getattr(getattr(call.func, "value", None), "id", "") in (
        "gzip",
        "tarfile",
        "zipfile",
    )
    return not any("b" in mode for mode in modes) and not (
        binary_by_default and not any("t" in mode for mode in modes)
    )


@pytest.mark.parametrize(
    "code, found",
    [
        ("open(path)", True),
        ("open(path, 'w')", True),
        ("path.open()", True),
        ("path.read_text()", True),
        ("path.write_text(text)", True),
        ("gzip.open(path, 'rt')", True),
        ("open(path, mode='w')", True),
        ("open(path, 'rb')", False),
        ("path.open('wb')", False),
        ("gzip.open(path)", False),
        ("open(path, encoding='utf-8')", False),
        ("path.write_text(text, encoding='utf-8')", False),
        ("tarfile.open(fileobj=file, mode='r:')", False),
    ],
)
def test_the_search_for_opens_without_encoding(code, found):
    assert opens_as_text(ast.parse(code, mode="eval").body) == found


@pytest.mark.parametrize("folder", ["course_utils", "tools", "benchmarks"])
def test_no_text_file_is_opened_without_an_encoding(folder):
    """Windows would take its own."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and opens_as_text(node)
    ]
    assert not found


# --- The repository --------------------------------------------------------------------------------------------------

MADE = {
    ".git",
    ".venv",
    "_build",
    "build",
    "__pycache__",
    ".pytest_cache",
    ".hypothesis",
    ".ipynb_checkpoints",
}
TEXT = {
    ".py",
    ".md",
    ".toml",
    ".yml",
    ".yaml",
    ".cff",
    ".txt",
    ".ipynb",
    ".svg",
    ".json",
    ".csv",
    ".mplstyle",
    "",
}


def text_files():
    """All files that the authors write, by their path in the repository, with their text."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [
            name
            for name in folders
            if name not in MADE
            and not name.endswith(".egg-info")
            and not Path(folder, name, "pyvenv.cfg").exists()
        ]
        for path in (Path(folder, name) for name in names):
            if path.suffix in TEXT:
                yield (
                    path.relative_to(ROOT).as_posix(),
                    path.read_text(encoding="utf-8", errors="ignore"),
                )


def test_the_address_stands_in_one_place():
    """pyproject.toml has it; from there it comes into the notebooks' first cells. README and CITATION.cff cannot ask."""
    owner_and_name = repository().partition("github.com/")[2]
    counts = {
        path: text.count(owner_and_name) for path, text in text_files() if owner_and_name in text
    }
    assert counts.pop("pyproject.toml") == 1 and counts.pop("CITATION.cff", 1) == 1
    counts.pop("README.md", None)
    assert counts == {path.relative_to(ROOT).as_posix(): 1 for path in NOTEBOOKS}


# --- The notebooks ---------------------------------------------------------------------------------------------------

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells(path, kind):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return [
        {**cell, "source": "".join(cell["source"])}
        for cell in notebook["cells"]
        if cell["cell_type"] == kind
    ]


def outputs(path):
    return [output for cell in cells(path, "code") for output in cell["outputs"]]


@each
def test_the_first_cell_is_the_same_everywhere(path):
    first = cells(path, "code")[0]["source"]
    assert first == setup_cell() and len(first.splitlines()) <= 6


@each
def test_the_notebook_was_run_from_top_to_bottom(path):
    counts = [cell["execution_count"] for cell in cells(path, "code")]
    assert counts == list(range(1, len(counts) + 1))


@each
def test_outputs_hold_no_warnings_and_no_paths_of_a_machine(path):
    assert [output["text"] for output in outputs(path) if output.get("name") == "stderr"] == []
    for output in outputs(path):
        shown = [
            value for kind, value in output.get("data", {}).items() if not kind.startswith("image/")
        ]
        text = "\n".join(
            "".join(value)
            for value in [*shown, output.get("text", ""), output.get("traceback", "")]
        )
        assert not re.search(r"(?<!\w)/(work|root|tmp|home|Users|usr|opt)/\w|\b[A-Z]:\\\w", text), (
            text[:2000]
        )


@each
def test_notebook_and_pictures_are_light(path):
    assert path.stat().st_size <= 1_500_000
    for output in outputs(path):
        for kind, value in output.get("data", {}).items():
            value = "".join(value) if kind.startswith("image/") else ""
            assert len(value if kind == "image/svg+xml" else base64.b64decode(value)) <= 150_000, (
                kind
            )


@pytest.mark.parametrize("path", [*NOTEBOOKS, ROOT / "README.md"], ids=lambda path: path.stem)
def test_pictures_have_a_text_and_local_links_lead_somewhere(path):
    text = (
        "\n\n".join(cell["source"] for cell in cells(path, "markdown"))
        if path in NOTEBOOKS
        else path.read_text(encoding="utf-8")
    )
    pictures = re.findall(r"!\[(.*?)\]\((.*?)\)", text, re.DOTALL)
    for tag in re.findall(r"<img\b[^>]*>", text):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        pictures.append((attributes.get("alt", ""), attributes["src"]))
    assert [target for alt, target in pictures if len(alt) < 15] == []
    links = [target for _, target in pictures] + re.findall(
        r"(?<!\!)\[[^\]]*\]\(([^()\s]+)\)", text
    )
    local = {
        link.partition("#")[0] for link in links if not re.match(r"https?:|mailto:|#|data:", link)
    }
    assert sorted(link for link in local if not (path.parent / link).exists()) == []


def test_most_outputs_are_compared():
    tags = [cell["metadata"].get("tags", []) for path in NOTEBOOKS for cell in cells(path, "code")]
    compared = sum(not {"nbval-ignore-output", "nbval-skip"} & set(cell) for cell in tags)
    assert compared >= 0.75 * len(tags), f"{compared} of {len(tags)} code cells"
