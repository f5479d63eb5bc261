"""What `make colab-check`, `classroom`, `gpu-check` and `spelling` decide, without the long runs.
The long runs themselves are the weekly workflow's and the maintainer's."""

import subprocess
import sys

import pytest
import torch

from benchmarks import gpu_check
from tools import classroom, colab_check, spelling
from tools.execution import ROOT
from tools.web.assets.classroom import start

# --- Colab ----------------------------------------------------------------------------------------


def test_pins_are_colabs_but_for_torch():
    text = (ROOT / ".github" / "colab.txt").read_text(encoding="utf-8")
    found = colab_check.pins(text)
    assert found["torch"] == colab_check.STAND_IN
    assert found["ipywidgets"] == "7.7.1"
    assert colab_check.pins(text, "2.11.0")["torch"] == "2.11.0"


def test_what_colab_lacks_is_left_to_the_first_cell():
    wanted = colab_check.wanted({"torch": "2.13.0"})
    assert "torch==2.13.0" in wanted and any(line.startswith("fastai") for line in wanted)
    assert not any(line.startswith("gensim") for line in wanted)


def test_the_page_that_draws_widgets_is_of_the_series_that_draws_ipywidgets_7():
    """notebook 7 would come along with ipywidgets 7 and draw none of its widgets."""
    assert "notebook>=6.5.7,<7" in colab_check.wanted({"ipywidgets": "7.7.1"})


@pytest.mark.parametrize("broken", [0, 1])
def test_explorers_that_fail_in_the_browser_fail_the_check(monkeypatch, capsys, broken):
    monkeypatch.setattr(colab_check, "build", lambda *_: sys.executable)
    monkeypatch.setattr(colab_check, "versions", lambda *_: {})
    monkeypatch.setattr(colab_check, "explorers", lambda *_: broken)
    monkeypatch.setattr(colab_check, "run", lambda *_: pytest.fail("a notebook was run"))
    done = subprocess.CompletedProcess([], 0)
    monkeypatch.setattr(colab_check.subprocess, "run", lambda *_: done)
    assert colab_check.main(["--widgets"]) == broken
    assert ("explorers failed" if broken else "explorers work") in capsys.readouterr().out


def test_what_moved_is_named():
    before = {"numpy": "2.1.3", "torch": "2.13.0", "tqdm": "4"}
    after = {"numpy": "2.4", "torch": "2.13.0", "gensim": "4.4.0"}
    assert colab_check.moved(before, after) == [
        "numpy: 2.1.3 before, 2.4 after",
        "tqdm: 4 before, gone after",
    ]


# --- Classroom ------------------------------------------------------------------------------------


def test_the_course_is_copied_as_committed(tmp_path):
    classroom.copy_course(tmp_path)
    assert (tmp_path / "course" / "notebooks").is_dir()
    assert not (tmp_path / "course" / ".venv").exists()
    assert not list(tmp_path.glob("*.zip"))
    assert classroom.trial_notebook(tmp_path)[:2] == "01"


def test_the_trial_runs_without_a_network(monkeypatch):
    monkeypatch.setattr(classroom.sys, "platform", "linux")
    monkeypatch.setattr(classroom.shutil, "which", lambda name: f"/usr/bin/{name}")
    command = classroom.without_network(["python", "x"])
    assert command[0] == "unshare" and "--net" in command and command[-2:] == ["python", "x"]
    monkeypatch.setattr(classroom.shutil, "which", lambda name: None)
    with pytest.raises(RuntimeError, match="needs Linux"):
        classroom.without_network(["x"])


def test_the_folders_start_file_installs_from_its_wheels_only(monkeypatch, tmp_path):
    calls = []
    monkeypatch.setattr(start, "ENVIRONMENT", tmp_path)
    monkeypatch.setattr(start.venv, "create", lambda *_, **__: None)
    monkeypatch.setattr(start.subprocess, "run", lambda command, **kw: calls.append((command, kw)))
    start.install()
    start.install()  # the second time there is nothing to do
    ((command, options),) = calls
    assert options["env"]["PIP_NO_INDEX"] == "1"
    assert options["env"]["PIP_FIND_LINKS"].endswith("wheels")
    assert command[-1].endswith("[lab,dev]")
    monkeypatch.setattr(start, "HERE", tmp_path / "moved")
    start.install()  # an environment knows its place by name: it is made anew
    assert len(calls) == 2


def test_the_trial_leaves_the_folder_as_it_was_collected(monkeypatch, tmp_path):
    """What learners get has no environment that knows another machine's paths."""
    (tmp_path / "course" / "notebooks").mkdir(parents=True)
    (tmp_path / "course" / "notebooks" / "01_x.ipynb").touch()
    (tmp_path / "start.py").touch()
    before = sorted(tmp_path.rglob("*"))
    places = []

    def run(command, cwd, env):
        assert (cwd / "start.py").is_file()
        (cwd / "course" / ".venv").mkdir()
        places.append(cwd)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(classroom, "without_network", lambda command: command)
    monkeypatch.setattr(classroom.subprocess, "run", run)
    assert classroom.trial(tmp_path) == 0
    assert sorted(tmp_path.rglob("*")) == before
    assert not places[0].is_relative_to(tmp_path) and not places[0].exists()


# --- GPU ------------------------------------------------------------------------------------------


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_nothing_is_measured(capsys):
    assert gpu_check.main([]) == 1
    assert "Nothing was measured" in capsys.readouterr().out


@pytest.mark.parametrize("works", [True, False])
def test_bfloat16_is_raced_where_an_lstm_runs_in_it(monkeypatch, works):
    monkeypatch.setattr(gpu_check, "lstm_takes_bfloat16", lambda device: works)
    assert gpu_check.ways() == ["packed", "padded"] + ["padded, bf16"] * works


@pytest.mark.training
@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_the_race_runs_on_a_cpu_and_writes_nothing(monkeypatch, capsys):
    monkeypatch.setattr(gpu_check, "MODELS", {"LSTM 8": {"hidden_size": 8}})
    monkeypatch.setattr(gpu_check, "INPUTS", 8)
    monkeypatch.setattr(gpu_check, "TOKENS", 2_000)
    before = sorted(gpu_check.RESULTS.iterdir())
    assert gpu_check.main(["--device", "cpu", "--batches", "2"]) == 0
    said = capsys.readouterr().out
    assert all(f" {way} " in said for way in gpu_check.ways())
    assert ("In bfloat16 nothing was measured" in said) == (gpu_check.ways() != gpu_check.WAYS)
    assert sorted(gpu_check.RESULTS.iterdir()) == before


# --- Spelling -------------------------------------------------------------------------------------


def test_a_mistake_is_found_in_english_and_in_german(tmp_path):
    english = tmp_path / "a.md"
    english.write_text("This is t" + "eh way.", encoding="utf-8")
    assert "==> the" in spelling.codespell([english])
    german = tmp_path / "b.txt"
    german.write_text("Das ist der Stan" + "dart und näh" + "mlich gut.", encoding="utf-8")
    found = spelling.codespell([german], "--dictionary", str(spelling.GERMAN))
    assert "==> Standard" in found and "==> nämlich" in found


def test_the_course_is_spelt_right():
    assert spelling.faults() == ""
