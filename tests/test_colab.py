"""The first cell of every notebook, as Colab would run it: an IPython of that name, a local
repository in the place of GitHub's. It fetches, skips, updates, and stops in one sentence."""

import os
import shutil
import subprocess
import sys
import types
from importlib.metadata import PackageNotFoundError

import pytest

from tools import colab
from tools.notebooks import repository, setup_cell

pytestmark = pytest.mark.skipif(
    os.name == "nt" or shutil.which("git") is None, reason="Colab is Linux, with git"
)


def git(*arguments, cwd):
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=cwd, check=True, capture_output=True)


@pytest.fixture
def remote(tmp_path):
    """A small course in git: what the cell needs of it."""
    folder = tmp_path / "remote"
    (folder / "tools").mkdir(parents=True)
    (folder / "notebooks").mkdir()
    (folder / "course_utils").mkdir()
    (folder / "notebooks" / "00.txt").write_text("old", encoding="utf-8")
    (folder / "course_utils" / "__init__.py").write_text("HERE = __file__\n", encoding="utf-8")
    shutil.copy(colab.__file__, folder / "tools" / "colab.py")
    shutil.copy(colab.COURSE / "pyproject.toml", folder / "pyproject.toml")
    git("init", "-q", "-b", "main", cwd=folder)
    git("add", ".", cwd=folder)
    git("commit", "-q", "-m", "course", cwd=folder)
    return folder


def run_cell(tmp_path, remote, then="", on_colab=True):
    """Runs the cell in an IPython of its own with /content in tmp_path; what it prints."""
    cell = setup_cell().replace(repository(), str(remote)).replace("/content", str(tmp_path))
    code = (
        "import sys\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "class Shell(InteractiveShell): pass\n"
        f"if {on_colab}: Shell.__module__ = 'google.colab._shell'\n"
        "shell = Shell.instance(colors='nocolor')\n"
        f"result = shell.run_cell({cell!r})\n"
        f"if result.success: shell.run_cell({then!r})\n"
        "sys.exit(not result.success)\n"
    )
    card = tmp_path / "bin" / "nvidia-smi"  # a GPU, so that no hint is printed
    card.parent.mkdir(exist_ok=True)
    card.touch(mode=0o755)
    path = f"{card.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "IPYTHONDIR": str(tmp_path / "ipython"), "PATH": path},
        capture_output=True,
        encoding="utf-8",
    )
    return done.returncode, done.stdout + done.stderr


SHOW = "import os, course_utils\nprint(os.getcwd(), course_utils.HERE, open('00.txt').read())"


def test_the_cell_is_short():
    lines = setup_cell().splitlines()
    assert len(lines) <= 6 and max(map(len, lines)) <= 90


def test_elsewhere_nothing_happens(tmp_path, remote):
    assert run_cell(tmp_path, remote, on_colab=False) == (0, "")
    assert not (tmp_path / "course").exists()


def test_it_fetches_once_then_updates(tmp_path, remote):
    course = tmp_path / "course"
    expected = f"{course}/notebooks {course}/course_utils/__init__.py"
    assert run_cell(tmp_path, remote, SHOW) == (0, f"{expected} old\n")
    (remote / "notebooks" / "00.txt").write_text("new", encoding="utf-8")
    git("commit", "-q", "-a", "-m", "news", cwd=remote)
    assert run_cell(tmp_path, remote, SHOW) == (0, f"{expected} new\n")


def test_without_a_network_it_stops_in_one_sentence(tmp_path):
    status, said = run_cell(tmp_path, tmp_path / "nowhere")
    assert status == 1
    assert said.strip().splitlines()[-1] == (
        "AssertionError: The course can't be fetched: run this again with a network."
    )
    assert "fatal" not in said and said.count("Error") <= 2  # IPython's headline and last line


def test_half_a_clone_and_one_older_than_the_set_up_are_fetched_anew(tmp_path, remote):
    course = tmp_path / "course"
    expected = f"{course}/notebooks {course}/course_utils/__init__.py old\n"
    (course / ".git").mkdir(parents=True)  # what a clone that was killed leaves
    assert run_cell(tmp_path, remote, SHOW) == (0, expected)
    (course / "tools" / "colab.py").unlink()
    status, said = run_cell(tmp_path, tmp_path / "nowhere")
    assert status == 1 and said.strip().endswith("run this again with a network.")
    assert run_cell(tmp_path, remote, SHOW) == (0, expected)


def test_an_old_clone_without_a_network_or_edited_goes_on_and_says_so(tmp_path, remote):
    run_cell(tmp_path, remote)
    course = tmp_path / "course"
    (course / "notebooks" / "00.txt").write_text("mine", encoding="utf-8")
    (remote / "notebooks" / "00.txt").write_text("new", encoding="utf-8")
    git("commit", "-q", "-a", "-m", "news", cwd=remote)
    sentence = f"The course in {course} could not be updated: it stays as it is.\n"
    status, said = run_cell(tmp_path, remote, "print(open('00.txt').read())")
    assert (status, said) == (0, f"{sentence}mine\n")
    shutil.move(remote, tmp_path / "away")
    assert run_cell(tmp_path, remote) == (0, sentence)


def test_only_what_lacks_is_installed_and_nothing_moves(monkeypatch, tmp_path):
    def version(name):
        if name == "gensim":
            raise PackageNotFoundError(name)
        return "0.1"  # far below every bound: still Colab's, still left alone

    monkeypatch.setattr(colab, "version", version)
    requirements = colab.lacking(colab.COURSE)
    assert [line.partition(">")[0] for line in requirements] == ["gensim"]
    calls = []

    def run(command, **_):
        pins = command[command.index("--constraint") + 1]
        with open(pins, encoding="utf-8") as file:
            calls.append((command, file.read().splitlines()))
        return subprocess.CompletedProcess(command, len(calls) - 1)

    monkeypatch.setattr(colab.subprocess, "run", run)
    colab.install(requirements)
    command, pins = calls[0]
    assert command[-1] == requirements[0] and "--constraint" in command
    assert any(pin.startswith("torch==") for pin in pins)
    with pytest.raises(colab.SetupError, match="gensim.* could not be installed: see that there"):
        colab.install(requirements)
    colab.install([])  # nothing is lacking the second time: pip is not asked
    assert len(calls) == 2


def test_without_a_gpu_one_line_says_where_to_get_one(monkeypatch):
    monkeypatch.setattr(colab.shutil, "which", lambda name: None)
    assert "Change runtime type" in colab.gpu_hint()
    monkeypatch.setattr(colab.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert colab.gpu_hint() == ""


def test_drive_is_mounted_only_if_asked_and_keeps_the_cache(monkeypatch, tmp_path):
    mounted = []
    drive = types.SimpleNamespace(mount=mounted.append)
    monkeypatch.setitem(sys.modules, "google", types.ModuleType("google"))
    monkeypatch.setitem(sys.modules, "google.colab", types.SimpleNamespace(drive=drive))
    monkeypatch.setattr(colab, "DRIVE", tmp_path)
    monkeypatch.setenv("COURSE_CACHE", "before")
    kept = colab.drive("course")
    assert mounted == [str(tmp_path)]
    assert kept == tmp_path / "MyDrive" / "course" and kept.is_dir()
    assert os.environ["COURSE_CACHE"] == str(kept)


def test_where_nothing_lacks_pip_is_not_called(monkeypatch):
    monkeypatch.setattr(colab, "update", lambda course: "")
    monkeypatch.setattr(colab, "lacking", lambda course: [])
    monkeypatch.setattr(colab.subprocess, "run", lambda *_, **__: pytest.fail("pip was called"))
    monkeypatch.setattr(colab.shutil, "which", lambda name: None)
    monkeypatch.setattr(colab.os, "chdir", lambda path: None)
    monkeypatch.setattr(colab.sys, "path", [])
    colab.set_up(colab.COURSE)
    assert colab.sys.path == [str(colab.COURSE)]
