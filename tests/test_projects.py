"""Every project can be done: a reference reaches the goal, the usual way doesn't, stubs wait.
And each of their rules that is broken is named."""

import numpy as np
import pytest
from practice_helpers import folder  # noqa: F401 (a fixture)
from project_references import REFERENCES, USUAL, filled
from torch import nn

from course_utils import attempt
from course_utils.exercises import Refused, projects

PROJECTS = projects()


@pytest.mark.training
@pytest.mark.parametrize("key", REFERENCES)
def test_a_reference_reaches_the_goal(key):
    one = PROJECTS[key]
    score = one.score(REFERENCES[key]())
    print(key, score)
    assert one.reached(score), score


@pytest.mark.training
@pytest.mark.parametrize("key", USUAL)
def test_the_usual_way_has_about_the_baseline(key):
    one = PROJECTS[key]
    score = one.score(USUAL[key]())
    print(key, score)
    assert not one.reached(score)
    assert abs(score - one.baseline) < 0.5 * abs(one.target - one.baseline), score


@pytest.mark.parametrize("key", PROJECTS)
def test_a_project_waits_for_its_answer(key, folder, capsys):  # noqa: F811
    one = PROJECTS[key]
    attempt(key, ...)
    attempt(key, one.stub)
    for line in capsys.readouterr().out.splitlines():
        assert line.startswith(f"○ {key}: not attempted yet. Goal: "), line
    assert one.goal and one.title and 30 <= one.minutes <= 180


BROKEN = {
    "a desk that is no text": ("start-desks", lambda text: 3, "name of a desk"),
    "a gate": ("elman-far", lambda x, y, seed: nn.LSTM(3, 3), "no gates"),
    "no network": ("elman-far", lambda x, y, seed: 3, "returns an Elman network"),
    "vectors of another size": ("vectors-unknown", lambda w, known: np.ones((3, 2)), "are due"),
    "no LSTM": ("lstm-counts", lambda: nn.Linear(2, 1), "needs an nn.LSTM"),
    "too large": ("lstm-counts", lambda: nn.LSTM(2, 64), "500 are allowed"),
    "a number": ("lstm-counts", lambda: 3, "an nn.Module"),
    "documents left out": ("padding-repair", lambda n, tokens, seed: [[0]], "once"),
    "a flat list": ("padding-repair", lambda n, tokens, seed: list(range(9)), "not 0"),
    "a batch too large": (
        "padding-repair",
        lambda n, tokens, seed: [list(range(len(n)))],
        "8,192 positions",
    ),
    "too much padding": (
        "padding-repair",
        lambda n, tokens, seed: filled(range(len(n)), n, tokens),
        "padding; 10 % are allowed",
    ),
    "too many batches": (
        "padding-repair",
        lambda n, tokens, seed: [[i] for i in range(len(n))],
        "batches",
    ),
    "desks too few": ("training-control", lambda texts: ["Sport"], "desks are due"),
}


@pytest.mark.parametrize("key, answer, says", BROKEN.values(), ids=BROKEN)
def test_a_broken_rule_is_named(key, answer, says):
    with pytest.raises(Refused, match=says):
        PROJECTS[key].score(answer)
