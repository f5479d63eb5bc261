"""Cells tagged `export` become modules: imports, order and headings are kept, and what must not be
exported is refused with its cell, all faults of all notebooks at once."""

import importlib
import json
import subprocess
import sys

import pytest

from tools import export

LESSONS = sorted((export.ROOT / "course_utils" / "lessons").glob("[mn]*.py"))


def cell(source, *tags):
    kind = "markdown" if source.startswith("#") else "code"
    return {
        "cell_type": kind,
        "source": source.splitlines(keepends=True),
        "metadata": {"tags": tags},
    }


@pytest.fixture
def book(tmp_path):
    """Writes cells as notebook 04 and gives its path."""

    def write(*cells, name="04_packing"):
        path = tmp_path / f"{name}.ipynb"
        path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
        return path

    return write


def refused(path):
    with pytest.raises(export.ExportError) as error:
        export.export(path)
    return str(error.value).splitlines()


def test_a_module_holds_the_tagged_cells_and_only_the_imports_they_use(book):
    path = book(
        cell("%cd ..\nimport os"),
        cell("import sys, torch as t\nfrom torch import nn"),
        cell("# Masks"),
        cell("LIMIT = 3", "export"),
        cell("print(LIMIT)"),
        cell("def mask(x):\n    return x[:LIMIT] > t.tensor(0)", "export", "nbval-skip"),
        cell("import re"),
        cell("import json\nclass Net(nn.Module):\n    WORD = re.compile('a')", "export"),
    )
    assert export.export(path) == (
        '"""What notebook 04 defines and others import: its cells tagged `export`.\n\n'
        "Made from notebooks/04_packing.ipynb by `python -m tools.export`: edit the notebook.\n"
        '"""\n\n'
        "import re\n\nimport torch as t\nfrom torch import nn\n\n"
        "# Masks\n\nLIMIT = 3\n\n\n"
        "def mask(x):\n    return x[:LIMIT] > t.tensor(0)\n\n\n"
        'class Net(nn.Module):\n    WORD = re.compile("a")\n'
    )


def test_without_tagged_cells_there_is_no_module(book):
    assert export.export(book(cell("x = 1"))) == ""


@pytest.mark.parametrize(
    "source", ["print(1)", "x = 1", "for i in range(3):\n    A = i", "A, b = 1, 2", "A.b = 1"]
)
def test_a_cell_that_runs_something_is_refused_with_its_number(book, source):
    faults = refused(book(cell("# Title"), cell("import re"), cell(source, "export")))
    assert len(faults) == 1
    assert faults[0].startswith("04_packing.ipynb, cell 2: holds more than imports, definitions")
    assert source.splitlines()[0][:5] in faults[0].replace("(A, b)", "A, b")


def test_all_that_reads_a_global_is_named_with_its_cell(book):
    path = book(
        cell("device = 'cpu'\nvocabulary = []"),
        cell("def move(x):\n    return x.to(device)", "export"),
        cell("def size(n=len(vocabulary)):\n    return n + len(vocabulary)", "export"),
    )
    faults = refused(path)
    assert [fault.partition(":")[0] for fault in faults] == [
        "04_packing.ipynb, cell 1",
        "04_packing.ipynb, cell 2",
    ]
    assert "'device'" in faults[0] and "'vocabulary'" in faults[1]


def test_a_definition_wins_over_an_import_of_the_same_name(book):
    path = book(
        cell("def pad_batch(x):\n    return x", "export"),
        cell("def twice(x):\n    return pad_batch(pad_batch(x))", "export"),
        cell("from course_utils import pad_batch"),
    )
    assert "import" not in export.export(path).partition('"""\n\n')[2]


def test_doubled_definitions_imports_and_broken_cells_are_refused(book):
    double = book(cell("def f():\n    pass", "export"), cell("def f():\n    return 1", "export"))
    assert "'f' is defined in cell 0, too" in refused(double)[0]
    twice = book(
        cell("from html import escape"),
        cell("from glob import escape"),
        cell("def f(x):\n    return escape(x)", "export"),
    )
    assert "'escape' is imported from two places" in refused(twice)[0]
    broken = book(cell("%matplotlib inline\nA = 1", "export"))
    assert "cell 0: not plain Python" in refused(broken)[0]


def test_drift_is_seen_and_mended_and_stale_modules_go(book, tmp_path):
    path = book(cell("A = 1", "export"))
    lessons = tmp_path / "lessons"
    lessons.mkdir()
    (lessons / "n09.py").write_text("B = 2\n", encoding="utf-8")
    texts = export.wanted(tmp_path, lessons)
    assert {p.name for p in export.drifted(texts)} == {"n04.py", "n09.py"}
    export.write(texts)
    assert [p.name for p in lessons.iterdir()] == ["n04.py"]
    assert export.drifted(export.wanted(tmp_path, lessons)) == []
    (lessons / "n04.py").write_text("A = 2\n", encoding="utf-8")
    assert [p.name for p in export.drifted(export.wanted(tmp_path, lessons))] == ["n04.py"]
    book(cell("A = 2", "export"))
    book(cell("print()", "export"), name="05_training")
    book(cell("print()", "export"), name="06_gates")
    assert path.exists()
    with pytest.raises(export.ExportError, match="(?s)05_training.*06_gates"):
        export.wanted(tmp_path, lessons)


def test_an_optional_notebook_has_a_lesson_of_its_own(tmp_path):
    (tmp_path / "more").mkdir()
    path = tmp_path / "more" / "races.ipynb"
    path.write_text(json.dumps({"cells": [cell("A = 1", "export")]}), encoding="utf-8")
    lessons = tmp_path / "lessons"
    lessons.mkdir()
    (lessons / "more_old.py").write_text("B = 2\n", encoding="utf-8")
    texts = export.wanted(tmp_path, lessons)
    assert {lesson.name: bool(text) for lesson, text in texts.items()} == {
        "more_old.py": False,
        "more_races.py": True,
    }
    text = texts[lessons / "more_races.py"]
    assert text.startswith(
        '"""What notebook more/races defines and others import: its cells tagged'
    )
    assert "Made from notebooks/more/races.ipynb by" in text
    path.write_text(json.dumps({"cells": [cell("print()", "export")]}), encoding="utf-8")
    assert refused(path)[0].startswith("more/races.ipynb, cell 0: holds more than imports")


def test_the_lessons_are_what_the_notebooks_say():
    assert export.main(["--check"]) == 0, "run: make export"


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_can_be_imported(path):
    module = importlib.import_module(f"course_utils.lessons.{path.stem}")
    name = path.stem[1:] if path.stem[0] == "n" else path.stem.replace("_", "/", 1)
    assert module.__doc__.startswith(f"What notebook {name} defines")


@pytest.mark.training
def test_the_command_line_fails_on_drift(tmp_path):
    code = (
        "import pathlib, sys; from tools import export; "
        f"export.ROOT = pathlib.Path({str(tmp_path)!r}); sys.exit(export.main(['--check']))"
    )
    (tmp_path / "notebooks").mkdir()
    lessons = tmp_path / "course_utils" / "lessons"
    lessons.mkdir(parents=True)
    (lessons / "n04.py").write_text("A = 2\n", encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=export.ROOT, capture_output=True, encoding="utf-8"
    )
    assert result.returncode == 1
    assert result.stdout == (
        "course_utils/lessons/n04.py has drifted from its notebook: make export\n"
    )
