"""Holds the code to the rules of the house: short modules, short lines, one assignment a line,
imports that run one way, a public surface that is argued for. ruff and mypy see to the rest."""

import ast
import importlib
import inspect
import json
import operator
import re
import subprocess
import sys
from pathlib import Path

import pytest

import course_utils
from tools.execution import name_of as name_of_notebook
from tools.execution import notebook_paths

ROOT = Path(__file__).resolve().parents[1]
CODE = ["course_utils", "tools", "benchmarks"]


def scripts(*folders):
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def lines_of(path):
    return path.read_text(encoding="utf-8").splitlines()


def code_cells(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


# --- Sizes ----------------------------------------------------------------------------------------


def test_a_module_fits_on_a_few_screens():
    """Lessons apart: they are made from notebooks, whose lengths have limits of their own."""
    written = [path for path in scripts(*CODE) if path.parent.name != "lessons"]
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


# --- Imports run one way --------------------------------------------------------------------------

# Each may use those before it: projects measure with what the lessons define.
LAYERS = [
    "course_utils.",
    "course_utils.lessons.",
    "course_utils.exercises.projects.n",
    "benchmarks.",
]


def layer_of(module):
    fitting = [k for k, layer in enumerate(LAYERS) if f"{module}.".startswith(layer)]
    return max(fitting, default=None)


def imported(tree, package):
    """The modules that a script imports anywhere, by their full names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: -(node.level - 1) or None] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def test_a_module_imports_only_from_layers_before_it():
    wrong = []
    for path in scripts("course_utils", "benchmarks"):
        package = ".".join(path.relative_to(ROOT).parent.parts)
        own = layer_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for module in imported(ast.parse(path.read_text(encoding="utf-8")), package):
            layer = layer_of(module)
            upwards = layer is not None and layer > own
            if upwards or module.split(".")[0] in ("tools", "tests"):
                wrong.append(f"{name_of(path)} imports {module}")
    assert wrong == []


# --- The public surface ---------------------------------------------------------------------------


def budget():
    """The public names and the reason for each, from CHANGELOG's table."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    section = text.partition("## Public names")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `(\w+)` \| (.+?) \|$", section, re.MULTILINE))


def test_every_public_name_is_argued_for_in_the_changelog():
    """A new name needs a line there; a line there needs a name."""
    assert sorted(budget()) == sorted(course_utils.__all__)
    assert all(len(reason.split()) >= 4 for reason in budget().values())


@pytest.mark.parametrize("name", course_utils.__all__)
def test_every_public_name_can_be_imported_and_is_documented(name):
    value = getattr(course_utils, name)
    assert name in dir(course_utils)
    assert not callable(value) or len(inspect.getdoc(value) or "") > 15


def test_an_unknown_name_is_told_the_known_ones():
    with pytest.raises(ImportError, match="load_glad"):
        exec("from course_utils import load_glad")
    with pytest.raises(AttributeError, match=r"no name 'load_glad'; it has .*load_gnad"):
        operator.attrgetter("load_glad")(course_utils)


# --- Private API of others ------------------------------------------------------------------------


def own_names():
    """Everything that this repository defines or sets."""
    found = set()
    for path in scripts(*CODE):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                found.add(node.attr)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
    return found


DOCUMENTED = {
    "_replace",
    "_asdict",
    "_fields",
    "_make",
}  # namedtuple's, public in spite of the line


def private_uses(tree, own):
    """(line, name) of each private name of another library that is used."""
    used = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            used.append((node.lineno, node.attr))
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            used += [(node.lineno, name) for name in names]
    private = [(line, name) for line, name in used if re.match(r"_[a-zA-Z]", name)]
    return [(line, name) for line, name in private if name not in own | DOCUMENTED]


def commented(lines, number):
    """Whether a comment stands on the line or on one of the three above."""
    return any("#" in line for line in lines[max(0, number - 4) : number])


def test_private_api_has_a_comment_and_a_test():
    """It may change without notice: a comment says why it is needed, a test names it."""
    tests = "\n".join(path.read_text(encoding="utf-8") for path in scripts("tests"))
    own = own_names()
    faults = []
    for path in scripts(*CODE):
        lines = lines_of(path)
        for number, name in private_uses(ast.parse("\n".join(lines)), own):
            if not commented(lines, number):
                faults.append(f"{name_of(path)}:{number}: {name}: no comment says why")
            if not re.search(rf"\b{name}\b", tests):
                faults.append(f"{name_of(path)}:{number}: {name}: no test names it")
    assert faults == []


def test_the_search_for_private_api():
    code = "from torch import _VF\nx._flat_weights\nself._own\nrow._replace(a=1)\nx.__dict__"
    assert private_uses(ast.parse(code), {"_own"}) == [(1, "_VF"), (2, "_flat_weights")]


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
