"""What the tests of exercises share: exercises made for a test, and an empty learner's file."""

import sys

import pytest

from course_utils import checks
from course_utils.exercises import exercise, mistakes, registry

projects = sys.modules["course_utils.exercises.projects"]  # its name is that of a function, too


def quick(key, hints=("First.", "Second.", "Third."), **more):
    """An exercise of which only the cases matter."""
    said = {"task": "Do it.", "minutes": 1, "difficulty": 1, "importance": 1, "trains": "testing"}
    return exercise(key, hints=hints, **{**said, **more})


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """The learner's file lies in a folder of its own, and no hint was asked for."""
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "kept"))
    monkeypatch.setattr(checks, "_GIVEN", {})
    return tmp_path / "kept"


@pytest.fixture
def nothing_made(monkeypatch, folder):
    """No exercises, mistakes and projects, until the test makes some."""
    for module in (registry, mistakes, projects):
        monkeypatch.setattr(module, "_FOUND", {})
    monkeypatch.setattr(checks, "exercises", lambda: registry._FOUND)
    monkeypatch.setattr("course_utils.exercises.judging.mistakes", lambda: mistakes._FOUND)
    monkeypatch.setattr("course_utils.attempts.projects", lambda: projects._FOUND)
    return folder
