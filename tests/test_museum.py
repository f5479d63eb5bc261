"""The bug museum: every fault is one change of the right code, and its own detector catches it.
No detector fires on right code: twenty draws each, every fault against every detector."""

import ast
import re
from types import ModuleType

import pytest

from course_utils.museum.exhibit import (
    SPECIMEN,
    changed_text,
    difference,
    faulty_code,
    fires,
    right_code,
    symptom_of,
)
from course_utils.museum.rooms import EXHIBITS, detections, exhibit

SEEDS = range(20)
KEYS = [one.key for one in EXHIBITS]


def test_right_code_is_left_alone():
    assert detections(None, SEEDS) == dict.fromkeys(KEYS, 0)


@pytest.mark.parametrize("key", KEYS)
def test_a_fault_is_caught_by_its_own_detector(key):
    """And the matrix that the notebook shows is what it is said to be: by no other."""
    expected = dict.fromkeys(KEYS, 0) | {key: len(SEEDS)}
    assert detections(exhibit(key), SEEDS) == expected


def test_a_detector_that_finds_nothing_to_ask_is_an_error_and_no_finding():
    """So no cell of the matrix is full, or empty, because a name of the specimen has changed."""
    with pytest.raises(AttributeError):
        fires(exhibit("no tanh"), ModuleType("empty"), 0)


@pytest.mark.parametrize("one", EXHIBITS, ids=KEYS)
def test_the_symptom_tells_right_from_faulty(one):
    assert symptom_of(one, right_code()) != symptom_of(one, faulty_code(one))
    assert symptom_of(one, faulty_code(one)) == symptom_of(one, faulty_code(one))


@pytest.mark.parametrize("one", EXHIBITS, ids=KEYS)
def test_the_change_is_one_visible_line(one):
    lines = difference(one)
    assert 1 <= len(lines) <= 2
    ast.parse(changed_text(one))


def test_there_are_twenty_or_more_each_with_a_thread_of_its_own():
    assert len(EXHIBITS) >= 20
    threads = [one.thread for one in EXHIBITS]
    address = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+/(issues|pull)/\d+")
    assert all(map(address.fullmatch, threads))
    assert len(set(threads)) == len(threads) and len(set(KEYS)) == len(KEYS)


@pytest.mark.parametrize("one", EXHIBITS, ids=KEYS)
def test_three_diagnoses_of_which_the_first_is_right(one):
    replies = list(one.diagnoses.values())
    assert len(replies) == 3
    assert [reply.startswith("Yes") for reply in replies] == [True, False, False]


def test_a_change_that_does_not_fit_is_refused(monkeypatch, tmp_path):
    other = tmp_path / SPECIMEN.name
    other.write_text("nothing = 1\n", encoding="utf-8")
    monkeypatch.setattr("course_utils.museum.exhibit.SPECIMEN", other)
    with pytest.raises(ValueError, match="stands 0 times in specimen.py; it must stand there once"):
        changed_text(EXHIBITS[0])


def test_an_unknown_exhibit_is_told_the_known_ones():
    with pytest.raises(KeyError, match="no exhibit 'no tan'; there are no tanh, old state"):
        exhibit("no tan")
