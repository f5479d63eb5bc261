"""Repeating a notebook: other machines' settings, moved seeds, and what counts as a change."""

import ast
import builtins
import csv
import json
import sys

import nbformat
import pytest

from tools import repeat
from tools.execution import name_of, notebook_paths


def code(source, printed, *tags):
    output = nbformat.v4.new_output("stream", name="stdout", text=printed)
    return nbformat.v4.new_code_cell(source, outputs=[output], metadata={"tags": list(tags)})


def test_settings_differ_and_cover_threads_and_instruction_sets():
    settings = [repeat.environment("machine", run) for run in range(20)]
    assert len({tuple(sorted(setting.items())) for setting in settings}) == 20
    assert {setting["COURSE_THREADS"] for setting in settings} == {"1", "2"}
    for name in ("ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "NPY_DISABLE_CPU_FEATURES"):
        assert len({setting.get(name) for setting in settings}) >= 2
    assert repeat.environment("seeds", 3) == {"COURSE_SEED": "3"}
    assert repeat.environment("both", 3) == {**settings[3], "COURSE_SEED": "3"}


def test_only_compared_cells_count_and_the_first_difference_is_shown():
    before = nbformat.v4.new_notebook(
        cells=[
            code("a", "1\n2\n"),
            code("b", "3.1\n", "nbval-ignore-output"),
            code("c", "same\n"),
            code("d", "1\n"),
        ]
    )
    after = nbformat.v4.new_notebook(
        cells=[code("a", "1\n5\n"), code("b", "3.2\n"), code("c", "same\n"), code("d", "1\n2\n")]
    )
    assert repeat.changed(before, after) == [
        "cell 0: '2' became '5'",
        "cell 3: '' became '2'",
    ]


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A notebook whose result depends on torch's seed, with a claim on it."""
    claims = tmp_path / "claims.toml"
    claims.write_text(
        '[[claim]]\nnotebook = "00"\nclaim = "x is below one"\nmargin = "1 - x"\n', encoding="utf-8"
    )
    sources = [
        ("import torch\ntorch.manual_seed(3)\nx = torch.rand(1).item()\nprint(x)", "0.0\n"),
        ("print(x < 1)", "True\n"),
    ]
    cells = [code(source, printed) for source, printed in sources]
    cells[0].metadata.tags = ["nbval-ignore-output"]
    path = tmp_path / "00_tiny.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    read = repeat.claims_of
    monkeypatch.setattr(repeat, "claims_of", lambda stem: read(stem, claims))
    monkeypatch.setenv("PYTHONPATH", str(repeat.ROOT))
    return path


@pytest.mark.training
def test_seeds_are_moved_in_the_kernel_and_margins_are_read(book, monkeypatch):
    found = []
    for seed in ("0", "1"):
        monkeypatch.setenv("COURSE_SEED", seed)
        found.append(repeat.one(book, "seeds"))
    assert [run["changed"] for run in found] == [[], []]
    margins = [run["margins"][0] for run in found]
    import torch

    expected = [
        1 - torch.rand(1, generator=torch.Generator().manual_seed(s)).item() for s in (3, 4)
    ]
    assert margins == pytest.approx(expected)


def names_in(source, *contexts):
    """The names that Python code binds or reads."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, contexts):
            found.add(node.id)
        elif ast.Store in contexts and isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif ast.Store in contexts and isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(name.asname or name.name).partition(".")[0] for name in node.names}
    return found


@pytest.mark.parametrize("path", notebook_paths(), ids=name_of)
def test_margins_are_made_of_the_notebook_s_names(path):
    cells = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    bound = set(dir(builtins))
    for cell in cells:
        if "\n    !" not in cell.source:  # a shell's lines, for Colab
            bound |= names_in(cell.source, ast.Store)
    for claim in repeat.claims_of(path.stem):
        own = names_in(claim["margin"], ast.Store)
        assert names_in(claim["margin"], ast.Load) <= bound | own, claim["claim"]


@pytest.mark.parametrize("path", notebook_paths(), ids=name_of)
def test_what_a_margin_looks_up_stands_in_the_notebook(path):
    cells = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    seen = "\n".join(line for c in cells for line in [c.source, *repeat.shown(c)])
    for claim in repeat.claims_of(path.stem):
        for node in ast.walk(ast.parse(claim["margin"])):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert node.value in seen, claim["claim"]


def test_margins_replace_those_of_the_same_notebook(book, tmp_path):
    rows = repeat.rows_of(book, "seeds", [[0.3], [], [0.1], [0.2]])
    assert rows == [
        {
            "notebook": "00_tiny",
            "claim": "x is below one",
            "change": "seeds",
            "runs": 3,
            "smallest": 0.1,
            "median": 0.2,
            "largest": 0.3,
            "spread": 0.1,
        }
    ]
    for row in [{**rows[0], "notebook": "01_other"}, *rows, {**rows[0], "smallest": 0.05}]:
        repeat.write_margins([row], tmp_path)
    with (tmp_path / "margins.csv").open(encoding="utf-8", newline="") as file:
        kept = [(row["notebook"], row["smallest"]) for row in csv.DictReader(file)]
    assert kept == [("00_tiny", "0.05"), ("01_other", "0.1")]
    runs = json.loads((tmp_path / "margins.runs.json").read_text(encoding="utf-8"))
    assert sum(len(run["rows"]) for run in runs) == 2
    assert all(run["commit"] and run["data"] for run in runs)


def test_every_kept_margin_is_of_a_claim_and_above_0():
    with (repeat.ROOT / "results" / "margins.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        assert row["claim"] in {claim["claim"] for claim in repeat.claims_of(row["notebook"])}
        assert int(row["runs"]) == 20 and float(row["smallest"]) > 0
        assert float(row["median"]) >= 2 * float(row["spread"])


def test_a_flake_ends_in_status_1(monkeypatch, tmp_path, capsys):
    path = tmp_path / "00_tiny.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), path)
    results = {
        "both": ([[], []], [[], []]),
        "seeds": ([[], ["cell 1: '1' became '2'"]], [[], []]),
    }
    monkeypatch.setattr(repeat, "repeat", lambda path, runs, change: results[change])
    assert repeat.main([str(path), "--runs", "2"]) == 0
    assert repeat.main([str(path), "--runs", "2", "--change", "seeds"]) == 1
    assert "2 runs, 1 with changed outputs" in capsys.readouterr().out


def test_each_run_is_a_process_with_the_settings_of_its_machine(monkeypatch, tmp_path):
    seen = []

    class Done:
        stdout = 'noise\n{"changed": [], "margins": [0.5]}\n'

    def run(command, env, **_):
        seen.append(env)
        assert command[:3] == [sys.executable, "-m", "tools.repeat"]
        return Done

    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "avx512")
    monkeypatch.setattr(repeat.subprocess, "run", run)
    monkeypatch.setattr(repeat, "KEPT", tmp_path / "kept")
    path = tmp_path / "00_tiny.ipynb"
    path.write_text("{}", encoding="utf-8")
    assert repeat.repeat(path, 2, "machine") == ([[], []], [[0.5], [0.5]])
    assert "ATEN_CPU_CAPABILITY" not in seen[0]  # the first machine is this one as it is
    assert seen[0]["COURSE_DATA"] == "mini" and seen[0] != seen[1]
    # what has run is kept, until the notebook is another
    assert repeat.repeat(path, 3, "machine")[1] == [[0.5]] * 3 and len(seen) == 3
    path.write_text("{ }", encoding="utf-8")
    assert repeat.repeat(path, 1, "machine")[1] == [[0.5]] and len(seen) == 4


def test_a_margin_closer_than_twice_its_spread_is_named(monkeypatch, book, tmp_path, capsys):
    monkeypatch.setattr(repeat.tables, "RESULTS", tmp_path)
    for margins, named in (([[0.3], [0.1], [0.2]], False), ([[0.5], [0.1], [0.2]], True)):
        monkeypatch.setattr(repeat, "repeat", lambda *_, m=margins: ([[]] * 3, m))
        assert repeat.main([str(book), "--runs", "3"]) == 0
        assert ("closer to 0 than twice its spread" in capsys.readouterr().out) == named
