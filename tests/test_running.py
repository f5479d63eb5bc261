"""`make run` with real processes, on tiny notebooks: whatever ends one, the table is printed."""

import json
import os
import signal
import subprocess
import sys
import time

import nbformat
import psutil
import pytest

from course_utils.corpus import choose_source
from tools import execution, running

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows sends no such signals")


@pytest.fixture
def books(tmp_path):
    """Writes one-cell notebooks 00, 01, … and gives their folder."""

    def write(*sources):
        folder = tmp_path / "books"
        folder.mkdir()
        for number, source in enumerate(sources):
            cell = nbformat.v4.new_code_cell(source)
            notebook = nbformat.v4.new_notebook(cells=[cell])
            nbformat.write(notebook, folder / f"{number:02}_tiny.ipynb")
        return folder

    return write


def start(folder, before="", **environment):
    """`make run` on the folder, as a process that runs the line `before` first."""
    code = (
        "import sys, pathlib; from tools import running\n"
        f"{before}\n"
        f"sys.exit(running.run([], pathlib.Path({str(folder)!r}), "
        f"pathlib.Path({str(folder.parent / 'built')!r})))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=running.ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def ended(process):
    """Its exit status, and the lines of its closing table by notebook."""
    out, err = process.communicate(timeout=300)
    assert "Traceback" not in err
    table = out.partition("\nnotebook ")[2].splitlines()[1:]
    return process.returncode, {line.split()[0]: line for line in table}


@pytest.mark.training
def test_a_failed_cell_and_a_dead_kernel_stand_in_the_table(books):
    die = "import os, signal\nos.kill(os.getpid(), getattr(signal, 'SIGKILL', signal.SIGTERM))"
    folder = books("print('fine')", "1 / 0", die, "print('after')")
    status, table = ended(start(folder))
    assert status == 2
    assert table["00_tiny"].split()[1] == table["03_tiny"].split()[1] == "ok"
    assert table["01_tiny"].split()[1] == table["02_tiny"].split()[1] == "FAILED"
    assert "ZeroDivisionError" in table["01_tiny"] and "died" in table["02_tiny"]
    assert table["all"].split()[1] == table["main"].split()[2] == "FAILED"
    built = folder.parent / "built"
    assert "fine" in (built / "00_tiny.html").read_text(encoding="utf-8")
    assert (
        nbformat.read(built / "03_tiny.ipynb", as_version=4).cells[0].outputs[0].text == "after\n"
    )


@pytest.mark.training
@pytest.mark.parametrize(
    "argv",
    [["/nowhere/python"], [sys.executable, "-c", "raise SystemExit(3)", "{connection_file}"]],
)
def test_a_kernel_that_cannot_start_stands_in_the_table(books, tmp_path, argv):
    folder = books("print('fine')")
    spec = tmp_path / "jupyter" / "kernels" / "python3"
    spec.mkdir(parents=True)
    kernel = {"argv": argv, "display_name": "broken", "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(kernel), encoding="utf-8")
    status, table = ended(start(folder, JUPYTER_PATH=str(tmp_path / "jupyter")))
    assert status == 1 and table["00_tiny"].split()[1] == "FAILED"
    assert len(table["00_tiny"].split()) > 3  # and says why


@pytest.mark.training
@POSIX
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_stops_the_run_and_its_kernel_and_the_table_is_printed(books, tmp_path, name):
    note = tmp_path / "pid"
    wait = (
        "import os, pathlib, time\n"
        f"pathlib.Path({str(note)!r}).write_text(str(os.getpid()))\n"
        "time.sleep(600)"
    )
    process = start(books("print('fine')", wait, "print('never')"))
    deadline = time.monotonic() + 240
    while not (note.exists() and note.read_text()) and time.monotonic() < deadline:
        time.sleep(0.1)
    kernel = psutil.Process(int(note.read_text()))
    process.send_signal(getattr(signal, name))
    status, table = ended(process)
    assert status == 128 + getattr(signal, name)
    states = [table[key][33:41].strip() for key in ("00_tiny", "01_tiny", "02_tiny", "all")]
    assert states == ["ok", "stopped", "not run", "FAILED"]
    assert name in table["01_tiny"]
    assert not kernel.is_running() or kernel.status() == psutil.STATUS_ZOMBIE


def test_a_child_that_vanishes_stands_in_the_table(tmp_path, monkeypatch):
    monkeypatch.setattr(running, "MODULE", [sys.executable, "-c", "import os; os._exit(7)"])
    row = running.Row("00_tiny")
    running.run_one(tmp_path / "00_tiny.ipynb", row, tmp_path)
    assert (row.state, row.problem) == ("FAILED", "its process ended with status 7")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_an_error_with_signs_that_the_console_lacks_ends_neither_run_nor_table(books, encoding):
    said = json.dumps({"problem": "ValueError: a → b ✓ ≤ Łask", "megabytes": 7})
    child = [sys.executable, "-c", f"print({said!r})"]
    folder = books("1", "2")
    status, table = ended(
        start(folder, f"running.MODULE = {child!r}", PYTHONUTF8="0", PYTHONIOENCODING=encoding)
    )
    assert status == 2 and {"00_tiny", "01_tiny", "all"} <= set(table)
    for stem in ("00_tiny", "01_tiny"):
        assert "ValueError: a -> b [ok] <= \\u0141" in table[stem]


def test_the_table_adds_seconds_and_takes_the_most_memory(tmp_path):
    rows = [
        running.Row("00_tiny", "ok", 61.0, "", 900.0),
        running.Row("01_tiny", "ok", 30.5, "", 1200.0),
        running.Row("more/tiny", "FAILED", 100.0, "died", 300.0),
    ]
    *_, main_path, all_of_them = running.closing_table(rows, tmp_path).splitlines()
    assert main_path.split()[:5] == ["main", "path", "ok", "91.5", "1,200"]
    assert all_of_them.split()[:4] == ["all", "FAILED", "191.5", "1,200"]
    assert all_of_them.endswith(f"({tmp_path})")
    assert running.closing_table(rows[2:], tmp_path).count("\n") == 3  # no main path in it


def test_what_a_child_says_is_understood_and_what_it_should_not_say_is_shown():
    assert running.understood('x\n{"problem": "", "megabytes": 7.5}\n') == ("", 7.5)
    assert running.understood("") == ("", 0.0)
    assert running.understood(" killed\n") == ("killed", 0.0)
    assert running.understood("7") == ("7", 0.0)


@pytest.mark.parametrize("value", ["", " ", "mini ", os.path.join("~", "news"), "news"])
def test_course_data_means_to_a_run_what_it_means_elsewhere(monkeypatch, tmp_path, value):
    for name in execution.QUIET:
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "empty"))
    monkeypatch.setenv("COURSE_DATA", value)
    elsewhere = choose_source()
    monkeypatch.chdir(tmp_path)
    execution.settle_environment()
    monkeypatch.chdir(execution.ROOT / "notebooks")  # where a kernel starts
    assert choose_source() == elsewhere


def test_names_choose_notebooks_and_an_unknown_one_is_told_what_there_is():
    assert [path.stem[:2] for path in execution.select(["04", "07"])] == ["04", "07"]
    more = {path.stem for path in execution.select(["more"])}
    assert more >= {"exact_and_fast", "races_of_memory"}
    for name in ("races", "more/races"):
        assert [execution.name_of(path) for path in execution.select([name])] == [
            "more/races_of_memory"
        ]
    names = [execution.name_of(path) for path in execution.select([])]
    assert names[0] == "00_start_here" and {f"more/{stem}" for stem in more} < set(names)
    with pytest.raises(SystemExit, match="No notebook begins with 99. There are: 00_start_here, "):
        execution.select(["99"])


def test_what_is_saved_holds_no_times_widgets_or_kernels_of_a_machine():
    cell = nbformat.v4.new_code_cell("1", metadata={"tags": ["export"], "collapsed": True})
    data = {execution.WIDGET: {}, "text/plain": "1"}
    cell.outputs = [nbformat.v4.new_output("display_data", data)]
    saved = execution.normalise(nbformat.v4.new_notebook(cells=[cell], metadata={"widgets": {}}))
    assert saved.cells[0].metadata == {"tags": ["export"]}
    assert saved.cells[0].outputs[0].data == {"text/plain": "1"}
    assert set(saved.metadata) == {"kernelspec", "language_info"}


def test_the_html_carries_its_figures():
    for place in ("../img/cover.svg", "../../img/cover.svg"):
        cell = nbformat.v4.new_markdown_cell(f"![a cover]({place})")
        html = execution.page(nbformat.v4.new_notebook(cells=[cell]))
        assert 'src="data:image/svg+xml;base64,' in html and "../img/" not in html
