"""What the tests of exercises share: exercises made for a test, and an empty learner's file."""

import sys

import pytest
import torch

from course_utils import checks
from course_utils.exercises import exercise, mistakes, registry
from course_utils.exercises.mistakes import mistake

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


@pytest.fixture(name="made")
def six_exercises(nothing_made):
    """Exercises of six kinds: tensors, lists of texts, a value, yes or no, gradients, a dict."""

    @quick(
        "half",
        cases=lambda g: [(3,), (torch.arange(4.0),), (torch.randn(2, 2, generator=g),)],
    )
    def half(x):
        # an answer may keep its comment
        return x / 2

    @quick("pairs", cases=[(["a", "b", "c"],), (["a", "b"],)])
    def pairs(words):
        return list(zip(words, words[1:], strict=False))

    @quick("share", cases=[()])
    def share():
        return 0.25

    @quick("known", cases=[("der",), ("BER",)])
    def known(word):
        return word in ("der", "die")

    @quick(
        "square",
        cases=lambda g: [(torch.randn(3, generator=g), 2.0), (torch.ones(2), 1.0)],
        gradients=True,
    )
    def square(x, factor):
        return factor * x**2

    @quick("counts", cases=[(["a", "b", "a"],), ([],)])
    def counts(words):
        return {word: words.count(word) for word in words}

    @mistake("half", "You doubled it.")
    def _(x):
        return x * 2

    @mistake("half", "You halved the count, not the entries.")
    def _(x):
        return x / len(x)

    @mistake("square", "You cut the way back.")
    def _(x, factor):
        return factor * x.detach() ** 2

    return nothing_made
