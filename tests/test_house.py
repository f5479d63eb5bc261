"""Holds the code to the rules of the house: short modules, short lines, one assignment a line,
modules that say why they exist, encodings that are named. ruff and mypy see to the rest."""

import ast
import importlib
import json
import re
import subprocess
import sys

import pytest
from house_helpers import CODE, ROOT, lines_of, name_of, scripts

from tools.execution import name_of as name_of_notebook
from tools.execution import notebook_paths


def code_cells(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


# --- Sizes ----------------------------------------------------------------------------------------


def test_a_module_fits_on_a_few_screens():
    """Lessons apart: they are made from notebooks, whose lengths have limits of their own."""
    written = [path for path in scripts(*CODE, "tests") if path.parent.name != "lessons"]
    sizes = {name_of(path): len(lines_of(path)) for path in written}
    assert {name: size for name, size in sizes.items() if size > 300} == {}


def test_no_line_is_longer_than_100_columns():
    """ruff lets a line pass that ends in a long address; here none passes."""
    long = [
        f"{name_of(path)}:{number}"
        for path in scripts(*CODE, "tests")
        for number, line in enumerate(lines_of(path), start=1)
        if len(line) > 100
    ]
    assert long == []


@pytest.mark.parametrize("path", notebook_paths(), ids=name_of_notebook)
def test_no_line_of_a_code_cell_is_longer_than_90_columns(path):
    """A projector shows 90."""
    lines = [line for cell in code_cells(path) for line in cell.splitlines()]
    assert [line for line in lines if len(line) > 90] == []


# --- One assignment a line ------------------------------------------------------------------------


def names_in(node):
    return {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}


def knots(code):
    """Line numbers of `a, b = x, y`; `a, b = b, a + b` needs the one moment."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Assign):
            continue
        target = node.targets[0]
        pairs = isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
        if pairs and not names_in(target) & names_in(node.value):
            found.append(node.lineno)
    return found


@pytest.mark.parametrize(
    "code, found",
    [
        ("a, b = 1, 2", [1]),
        ("c = 1\na, b = x[0], x[1]", [2]),
        ("self.a, self.b = x, y", [1]),
        ("a, b = b, a + b", []),
        ("a, b = pair()", []),
        ("a = 1, 2", []),
    ],
)
def test_the_search_for_two_assignments_in_one(code, found):
    assert knots(code) == found


def test_one_assignment_a_line():
    found = {name_of(path): knots(path.read_text(encoding="utf-8")) for path in scripts(*CODE)}
    assert {name: lines for name, lines in found.items() if lines} == {}


# --- Modules --------------------------------------------------------------------------------------

MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in scripts("course_utils")
    if path.stem != "__init__"
)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_says_why_it_exists(module):
    doc = importlib.import_module(module).__doc__
    assert doc and len(doc.strip().splitlines()) >= 2


def test_the_architecture_names_every_module():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    flat = [path.stem for path in (ROOT / "course_utils").glob("[a-z]*.py")]
    named = [re.sub("^own_.*", "own_texts", stem) for stem in flat]  # one family, one line
    assert sorted({stem for stem in named if f"`{stem}`" not in text}) == []


@pytest.mark.training
def test_nothing_imports_torchvision():
    """A torchvision that does not fit the torch beside it breaks on import.

    fastai asks for it; its text part does without."""
    modules = ", ".join(MODULES)
    code = f"import sys, {modules}, fastai.text.all; sys.exit('torchvision' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


# --- Encodings ------------------------------------------------------------------------------------

BINARY_BY_DEFAULT = ("gzip", "tarfile", "zipfile")


def modes_of(call):
    """What a call says about the mode in which it opens a file."""
    given = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
    texts = [value.value for value in given if isinstance(value, ast.Constant)]
    return [text for text in texts if isinstance(text, str) and re.fullmatch("[rwaxbt+:|]+", text)]


def opens_as_text(call):
    """Whether a call reads or writes text without naming its encoding."""
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    named = any(keyword.arg == "encoding" for keyword in call.keywords)
    if name not in ("open", "read_text", "write_text") or named:
        return False
    if name == "read_text" and call.args:  # a path's encoding, or a distribution's file
        return False
    modes = modes_of(call)
    if getattr(getattr(call.func, "value", None), "id", "") in BINARY_BY_DEFAULT:
        return any("t" in mode for mode in modes)
    return not any("b" in mode for mode in modes)


@pytest.mark.parametrize(
    "code, found",
    [
        ("open(path)", True),
        ("open(path, 'w')", True),
        ("path.open()", True),
        ("path.read_text()", True),
        ("distribution.read_text('RECORD')", False),
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
    call = ast.parse(code, mode="eval").body
    assert opens_as_text(call) == found


@pytest.mark.parametrize("folder", CODE)
def test_no_text_file_is_opened_without_an_encoding(folder):
    """Windows would take its own."""
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in scripts(folder)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and opens_as_text(node)
    ]
    assert found == []
