"""The bug museum: every fault is one change of the right code, and its own detector catches it.
No detector fires on right code, nor on another fault: results/museum.csv, and a part of it here."""

import ast
import re
from html import unescape
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
import torch

from course_utils import diagnose
from course_utils.exercises import Refused, projects
from course_utils.museum import script
from course_utils.museum.exhibit import (
    SPECIMEN,
    changed_text,
    code_as_it_ran,
    difference,
    faulty_code,
    fires,
    method_as_it_ran,
    right_code,
    symptom_of,
)
from course_utils.museum.page import code_shown, visit
from course_utils.museum.rooms import EXHIBITS, detections, draws, exhibit

ROOT = Path(__file__).resolve().parents[1]
RIGHT = "right code"
SEEDS = range(20)
FEW = range(5)  # all detectors on all faults, twenty draws: python -m benchmarks.museum
KEYS = [one.key for one in EXHIBITS]


def test_right_code_is_left_alone():
    assert detections(None, SEEDS) == dict.fromkeys(KEYS, 0)


@pytest.mark.parametrize("key", KEYS)
def test_a_fault_is_caught_by_its_own_detector(key):
    """And the matrix that the notebook shows is what it is said to be: by no other."""
    code = faulty_code(exhibit(key))
    assert all(fires(exhibit(key), code, seed) for seed in SEEDS)
    expected = dict.fromkeys(KEYS, 0) | {key: len(FEW)}
    assert detections(exhibit(key), FEW) == expected


def test_a_detector_that_draws_nothing_is_known():
    """487 different questions: twenty of each that draws, one of each that doesn't."""
    assert [one.key for one in EXHIBITS if not draws(one)] == [
        "two softmaxes",
        "unknown is padding",
        "overlapping windows",
        "mean of means",
        "unshifted targets",
        "padding in the loss",
        "forgetful writer",
    ]


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
    moved = one.new and sorted(one.old.splitlines()) == sorted(one.new.splitlines())
    assert 1 <= len(lines) <= (4 if moved else 2)
    ast.parse(changed_text(one))


def shown(page, sign):
    """What a page shows after "- " or "+ ", line by line, without its remark."""
    lines = re.findall(rf"<div style=\"color:#\w+\">{re.escape(sign)} (.*?) &nbsp;\(", page)
    return [unescape(line) for line in lines]


@pytest.mark.parametrize("key", KEYS)
def test_what_a_page_shows_as_right_and_as_wrong_differs(key):
    """A line that has only moved was shown twice, the same both times."""
    page = visit(key).data
    right = shown(page, "-")
    wrong = shown(page, "+")
    assert right and right != wrong
    remark = "(was right)" if wrong else "(is missing)"
    assert page.count(remark) == len(right) and page.count("(is wrong)") == len(wrong)


@pytest.mark.parametrize("one", EXHIBITS, ids=KEYS)
def test_the_code_as_it_ran_holds_the_change_and_is_one_part_of_the_file(one):
    code = code_as_it_ran(one)
    faulty = [line[2:] for line in difference(one) if line[0] == "+"]
    lines = [line.strip() for line in code.splitlines()]
    assert all(line in lines for line in faulty)
    assert code in changed_text(one) and len(ast.parse(code).body) == 1
    read = unescape(re.sub("<[^>]+>", "", visit(one.key).data))
    assert code_shown(one) in read and all(line in code_shown(one) for line in faulty)


def test_a_long_class_is_shown_whole_once_and_then_its_changed_method():
    whole = [one.key for one in EXHIBITS if code_shown(one) == code_as_it_ran(one)]
    assert [key for key in KEYS if key not in whole] == [
        "mixed rows",
        "sorted lengths",
        "padded maximum",
        "attention on padding",
        "attention axis",
    ]
    shown = code_shown(exhibit("attention axis"))
    head = "class Summaries(nn.Module):  # the rest as in exhibit 7\n\n    def forward("
    assert shown.startswith(head) and "__init__" not in shown
    with pytest.raises(ValueError, match="no eval: the change stands in no class"):
        method_as_it_ran(exhibit("no eval"))


def contrast(one, other):
    """WCAG's contrast of two colours."""
    light = []
    for colour in (one, other):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        light.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(light) + 0.05) / (min(light) + 0.05)


def test_the_colours_of_the_code_can_be_read():
    pages = "".join(visit(key).data for key in KEYS)
    colours = set(re.findall(r'<span style="color: #(\w{6})">', pages))
    assert len(colours) >= 5 and min(contrast(one, "f6f6f6") for one in colours) >= 4.5


def test_the_code_as_it_ran_has_its_decorators():
    assert code_as_it_ran(exhibit("no eval")).startswith("@torch.no_grad()\ndef scores(")


def test_a_line_that_has_moved_is_shown_with_its_neighbour():
    clip = "nn.utils.clip_grad_norm_(model.parameters(), clip)"
    step = "optimizer.step()"
    page = visit("late clipping").data
    assert shown(page, "-") == [clip, step]
    assert shown(page, "+") == [step, clip]


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


def test_weights_dropped_in_place_get_their_gradient_all_the_same():
    """So exhibit 17 shows one fault, not two."""
    for code in (right_code(), faulty_code(exhibit("weights lost"))):
        network = code.DroppedWeights(4, 8)
        network(torch.ones(2, 3, 4)).sum().backward()
        assert network.lstm.weight_hh_l0.grad.abs().max() > 0


# --- The table, and the program with nine faults --------------------------------------------------


def test_the_kept_table_is_what_the_matrix_must_be():
    kept = pd.read_csv(ROOT / "results" / "museum.csv", index_col="code")
    assert sorted(kept.columns) == sorted(KEYS) and sorted(kept.index) == sorted([RIGHT, *KEYS])
    for code in kept.index:
        expected = {key: len(SEEDS) * (key == code) for key in KEYS}
        assert kept.loc[code].to_dict() == expected


def accuracy_of(program):
    scope = {}
    with torch.random.fork_rng(devices=[]):
        exec(program, scope)
    return float(scope["best"]), scope


@pytest.mark.training
def test_the_program_with_nine_faults_runs_and_mended_it_learns():
    assert len(script.FAULTS) == 9 and len(set().union(*script.FAULTS)) == 10
    assert accuracy_of(script.SCRIPT)[0] < 0.5
    assert accuracy_of(script.mended())[0] > 0.9


def test_the_project_counts_hits_and_takes_off_alarms():
    one = projects()["museum-script"]
    lines = [min(fault) for fault in script.FAULTS]
    assert one.score(lambda: lines) == 9 and one.reached(one.score(lambda: lines[1:]))
    assert one.score(lambda: [37, 38]) == 1
    assert one.score(lambda: [1, 2, 10]) == -1
    with pytest.raises(Refused, match="a list of the numbers of lines"):
        one.score(lambda: ["10"])
    with pytest.raises(Refused, match=r"the lines 1 to 46, as `show\(\)` counts: 47"):
        one.score(lambda: {10, 47})


def test_diagnose_alone_shows_as_many_of_the_nine_as_the_project_says():
    _, scope = accuracy_of(script.SCRIPT)
    texts = [scope[name][scope["order"]] for name in ("x", "lengths", "y")]
    found = set(diagnose(scope["Reader"](), tuple(texts)).names)
    lines = {"time axis": 18, "padding": 24, "optimizer": 20, "frozen": 20, "order": 10}
    shown = [lines[name] for name in found & lines.keys()]
    one = projects()["museum-script"]
    assert one.score(lambda: shown) == one.baseline
