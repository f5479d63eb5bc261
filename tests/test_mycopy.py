"""The working copy my/: outputs cleared, never overwritten, told what is new; pulls just work."""

import errno
import json
import os
import re
import shutil
import subprocess

import pytest

from tools import lab, mycopy

ROOT = mycopy.ROOT


def write(path, source, printed="42\n"):
    output = {"output_type": "stream", "name": "stdout", "text": [printed]}
    cell = {"cell_type": "code", "execution_count": 1, "metadata": {}, "source": [source]}
    notebook = {"cells": [{**cell, "outputs": [output]}], "metadata": {}, "nbformat": 4}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**notebook, "nbformat_minor": 5}), encoding="utf-8")


def source_of(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"]


@pytest.fixture
def course(tmp_path):
    write(tmp_path / "notebooks" / "00_start.ipynb", "print(42)")
    write(tmp_path / "notebooks" / "01_elman.ipynb", "print(42)")
    write(tmp_path / "notebooks" / "more" / "fast.ipynb", "print(42)")
    return tmp_path


def test_outputs_are_cleared_and_folders_kept(course):
    assert mycopy.update(course) == []
    copies = sorted(p.relative_to(course / "my").as_posix() for p in course.rglob("my/**/*.ipynb"))
    assert copies == ["00_start.ipynb", "01_elman.ipynb", "more/fast.ipynb"]
    cell = json.loads((course / "my" / copies[0]).read_text(encoding="utf-8"))["cells"][0]
    assert (cell["outputs"], cell["execution_count"], cell["source"]) == ([], None, ["print(42)"])


def test_an_existing_copy_is_never_overwritten_and_news_are_told_in_one_line(course):
    mycopy.update(course)
    write(course / "my" / "00_start.ipynb", "mine")
    write(course / "my" / "01_elman.ipynb", "mine")
    write(course / "notebooks" / "00_start.ipynb", "print(43)")
    write(course / "notebooks" / "01_elman.ipynb", "print(42)", printed="other output\n")
    write(course / "notebooks" / "02_new.ipynb", "print(1)")
    for _ in range(2):  # the second time the news are still news
        changed = mycopy.update(course)
        assert changed == ["00_start.ipynb"]
    assert source_of(course / "my" / "00_start.ipynb") == ["mine"]
    assert (course / "my" / "02_new.ipynb").exists()
    line = mycopy.news(changed)
    assert "\n" not in line and "00_start.ipynb" in line and "--fresh 00" in line
    assert mycopy.news([]) == ""
    assert "--fresh 00 fast" in mycopy.news(["00_start.ipynb", "more/fast.ipynb"])


def test_a_fresh_copy_keeps_the_old_one(course):
    mycopy.update(course)
    for number in ("", "-2"):
        write(course / "my" / "00_start.ipynb", f"mine{number}")
        write(course / "notebooks" / "00_start.ipynb", f"new{number}")
        said = mycopy.fresh(["00"], course)
        assert len(said) == 1 and f"00_start.mine{number}.ipynb" in said[0]
        assert source_of(course / "my" / "00_start.ipynb") == [f"new{number}"]
        assert source_of(course / "my" / f"00_start.mine{number}.ipynb") == [f"mine{number}"]
    assert mycopy.update(course) == []


def test_a_fresh_copy_of_what_was_never_copied_is_made_and_said_to_be_new(course):
    assert mycopy.fresh(["99"], course) == [
        "No notebook begins with 99. There are: 00_start, 01_elman, more/fast"
    ]
    assert not (course / "my").exists()
    assert mycopy.fresh(["01"], course) == ["my/01_elman.ipynb is new; there was none before."]
    assert (course / "my" / "01_elman.ipynb").exists()


@pytest.mark.parametrize("name", ["fa", "more", "more/fast", "more/fast.ipynb"])
def test_optional_notebooks_are_named_as_in_the_other_commands(course, name):
    mycopy.update(course)
    said = "my/more/fast.ipynb is new; yours is kept as fast.mine.ipynb."
    assert mycopy.fresh([name], course) == [said]


def ends_in_one_sentence(call, caught):
    with pytest.raises(SystemExit) as ended:
        call()
    assert caught in ended.value.code and "\n" not in ended.value.code


@pytest.mark.parametrize("call", [lambda: mycopy.main([]), lambda: mycopy.main(["--fresh", "00"])])
def test_where_my_is_no_folder_or_cannot_be_written_one_sentence_says_so(course, monkeypatch, call):
    monkeypatch.setattr(mycopy, "ROOT", course)
    monkeypatch.chdir(course)  # lab.main goes there: back afterwards
    (course / "my").write_text("notes", encoding="utf-8")
    ends_in_one_sentence(call, "my is there, but no folder: rename it")
    ends_in_one_sentence(lab.main, "my is there, but no folder: rename it")
    (course / "my").unlink()

    def mkdir(path, **_):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    monkeypatch.setattr(mycopy.Path, "mkdir", mkdir)
    ends_in_one_sentence(call, "copy the course to a folder of your own")
    ends_in_one_sentence(lab.main, "copy the course to a folder of your own")


def test_a_broken_record_is_made_anew(course):
    mycopy.update(course)
    (course / "my" / mycopy.RECORD).write_text("{", encoding="utf-8")
    assert mycopy.update(course) == []
    assert set(mycopy.read_record(course / "my")) == {
        "00_start.ipynb",
        "01_elman.ipynb",
        "more/fast.ipynb",
    }


def links_of(notebook):
    """The local links and pictures of its Markdown cells."""
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    text = "\n".join("".join(cell["source"]) for cell in cells)
    return re.findall(r"\]\(((?!https?:|#|data:|mailto:)[^()\s#]+)", text)


def test_links_and_pictures_hold_in_the_copy():
    """my/ lies beside notebooks/ and holds all of them: what leads up or to a notebook holds."""
    names = mycopy.upstream(ROOT)
    for name, notebook in names.items():
        for link in links_of(notebook):
            at = os.path.normpath(os.path.join("my", os.path.dirname(name), link))
            inside = at.replace(os.sep, "/").removeprefix("my/")
            assert inside in names or (ROOT / at).exists(), f"{name}: {link}"


def git(*arguments, cwd):
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", *identity, *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_after_a_day_of_work_in_my_a_pull_just_works(course, tmp_path):
    shutil.copy(ROOT / ".gitignore", course / ".gitignore")
    git("init", "-q", "-b", "main", cwd=course)
    git("add", ".", cwd=course)
    git("commit", "-q", "-m", "course", cwd=course)
    git("clone", "-q", str(course), str(tmp_path / "clone"), cwd=tmp_path)
    clone = tmp_path / "clone"
    mycopy.update(clone)
    write(clone / "my" / "00_start.ipynb", "my work")
    (clone / "my" / ".ipynb_checkpoints").mkdir()
    write(clone / "my" / ".ipynb_checkpoints" / "00_start-checkpoint.ipynb", "my work")
    assert git("status", "--porcelain", cwd=clone) == ""
    write(course / "notebooks" / "00_start.ipynb", "news")
    git("commit", "-q", "-a", "-m", "news", cwd=course)
    git("pull", "-q", "--ff-only", cwd=clone)
    assert source_of(clone / "notebooks" / "00_start.ipynb") == ["news"]
    assert source_of(clone / "my" / "00_start.ipynb") == ["my work"]
    assert mycopy.update(clone) == ["00_start.ipynb"]
