"""Tests of the course's own exercises: solutions are right in every form, mistakes are recognised.
Each typical wrong answer is told from the others by its own sentence."""

import builtins
import inspect
import json
import re
import symtable
import sys
from pathlib import Path

import pytest
import torch
from practice_helpers import folder  # noqa: F401 (a fixture)

from course_utils.checks import check
from course_utils.exercises import exercises
from course_utils.exercises.judging import judge
from course_utils.exercises.mistakes import mistakes
from tools.execution import notebook_paths
from tools.export import module_name

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
MISTAKES = [(key, i) for key, found in mistakes().items() for i in range(len(found))]


def test_what_a_notebook_checks_is_an_exercise_of_its_module():
    asked = {}
    for path in notebook_paths(NOTEBOOKS):
        text = path.read_text(encoding="utf-8")
        for key in re.findall(r"\bcheck\(\\?\"([a-z0-9-]+)\\?\"", text):
            asked[key] = f"course_utils.exercises.{module_name(path)}"
    there = {key: one.function.__module__ for key, one in exercises().items()}
    assert {key: there.get(key) for key in asked} == asked


def needed_names(table):
    """Names that a source takes from outside, over all its nested functions."""
    needed = {s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()}
    for child in table.get_children():
        needed |= needed_names(child)
    return needed


def bound_names(table):
    return {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}


@pytest.mark.parametrize("key", exercises())
def test_a_solution_needs_no_name_that_its_notebook_lacks(key):
    """Pasted into a cell, what `solution` prints must run."""
    one = exercises()[key]
    path = next(path for path in notebook_paths(NOTEBOOKS) if module_name(path) == one.module)
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    code = "\n".join("".join(cell["source"]) for cell in cells)
    code = re.sub(r"^(\s*)[!%].*", r"\1pass", code, flags=re.MULTILINE)  # IPython's own lines
    source = symtable.symtable(one.source(), key, "exec")
    there = bound_names(source) | bound_names(symtable.symtable(code, "notebook", "exec"))
    missing = needed_names(source) - there - set(dir(builtins))
    assert not missing, f"{key}: {missing}"


@pytest.mark.parametrize("key", exercises())
def test_every_solution_is_right_and_no_answer_is_none(key, capsys, folder):  # noqa: F811
    one = exercises()[key]
    scope = dict(vars(sys.modules[one.function.__module__]))
    exec(one.source(), scope)  # what `solution` prints, pasted
    check(key, scope[one.function.__name__])
    check(key, lambda *arguments: ...)
    right, empty = capsys.readouterr().out.splitlines()
    assert right == f"✓ {key}: right, on all {len(one.drawn())} cases."
    assert empty.startswith("○") and len(one.hints[0]) > 20 and 0 < one.minutes <= 15


@pytest.mark.parametrize("key", exercises())
def test_cases_are_the_same_every_time_and_differ_from_each_other(key):
    one = exercises()[key]
    if one.key == "memory-chunks":  # a step function comes with each case: it has no equal
        assert len(one.drawn()) > 3
        return
    cases = [repr(case) for case in one.drawn()]
    assert cases == [repr(case) for case in one.drawn()] and len(set(cases)) == len(cases)


def test_no_tie_decides_which_beams_are_best():
    """`topk` may return tied places in any order: the cases must not ask which one comes first."""
    for log_p, log_probs, _ in exercises()["generation-beam-step"].drawn():
        scores = (log_p[:, None] + log_probs).flatten()
        assert len(scores.unique()) == len(scores)


# --- Any right answer ----------------------------------------------------------------------------


def turned(value, change):
    """A value with `change` applied to every tensor in it."""
    if isinstance(value, torch.Tensor):
        return change(value)
    if type(value) in (list, tuple):
        return type(value)(turned(part, change) for part in value)
    return value


def wide(value):
    return value.double() if value.is_floating_point() else value


def to_numpy(value):
    return value.detach().numpy() if value.ndim else value.item()


def rows(value):
    return list(value) if value.ndim > 1 else value


def by_hand(one, arguments_change, result_change):
    """The solution, as somebody would have written it who works with other types."""

    def answer(*arguments):
        changed = [turned(argument, arguments_change) for argument in arguments]
        return turned(one.function(*changed), result_change)

    return answer


def in_place(one):
    """The solution, and afterwards all that was given is spoilt."""

    def answer(*arguments):
        result = turned(one.function(*arguments), torch.clone)
        for argument in arguments:
            if isinstance(argument, torch.Tensor):
                argument.data.zero_()
            elif isinstance(argument, list):
                argument.clear()
        return result

    return answer


FORMS = {
    "results in float64": lambda one: by_hand(one, torch.clone, wide),
    "results as lists": lambda one: by_hand(one, torch.clone, torch.Tensor.tolist),
    "results in NumPy": lambda one: by_hand(one, torch.clone, to_numpy),
    "results as rows": lambda one: by_hand(one, torch.clone, rows),
    "in place": in_place,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("key", exercises())
def test_a_solution_is_right_in_every_form(key, form):
    one = exercises()[key]
    if one.gradients and form not in ("results in float64", "results as rows"):
        pytest.skip("no gradient goes through it, or what it needs is spoilt")
    if one.keeps and form == "in place":
        pytest.skip("its task says that the arguments stay")
    verdict = judge(one, FORMS[form](one))
    assert verdict.solved, verdict.text


@pytest.mark.parametrize("key", exercises())
def test_a_solution_is_right_in_double_precision_all_through(key):
    """Whoever works in NumPy computes in float64: no case may be so steep that this shows."""
    one = exercises()[key]

    def answer(*arguments):
        torch.set_default_dtype(torch.float64)
        try:
            return one.function(*(turned(argument, wide) for argument in arguments))
        finally:
            torch.set_default_dtype(torch.float32)

    verdict = judge(one, answer)
    assert verdict.solved, verdict.text


def test_who_was_asked_for_a_copy_must_not_change_the_original():
    def opened(b, H, b_f):
        b[H : 2 * H] = b_f
        return b

    verdict = judge(exercises()["memory-open-gate"], opened)
    assert verdict.outcome == "wrong" and "but your function has changed b." in verdict.text


def test_a_window_whose_last_target_comes_from_the_beginning_is_wrong():
    def rolled(ids, B, T):
        N = len(ids) // B
        rows = torch.tensor(ids[: B * N]).view(B, N)
        y = rows.roll(-1, 1)
        return [(rows[:, s : s + T], y[:, s : s + T]) for s in range(0, N - T + 1, T)]

    verdict = judge(exercises()["language-windows"], rolled)
    assert verdict.outcome == "known" and "roll" in verdict.text


def test_the_ends_of_two_directions_have_shapes_that_tell_the_axes_apart():
    cases = [h_n.shape for (h_n,) in exercises()["museum-ends"].drawn()]
    assert all(len(set(shape[1:])) == 2 for shape in cases)


@pytest.mark.parametrize(
    "before, late, outcome", [("", "", "known"), ("", "h", "known"), ("h", "", "right")]
)
def test_who_writes_into_the_state_of_the_gru_is_told_why_no_gradient_comes(before, late, outcome):
    """`h` is cloned before it is read, as the sentence says, or too late, or not at all."""

    def packed_gru(data, batch_sizes, W_x, W_h):
        h = data.new_zeros(batch_sizes[0], W_h.size(1))
        for a in (data @ W_x.T).split(batch_sizes):
            n = len(a)
            a_r, a_z, a_n = a.chunk(3, dim=1)
            old = h[:n].clone() if before else h[:n]
            b_r, b_z, b_n = (old @ W_h.T).chunk(3, dim=1)
            r = torch.sigmoid(a_r + b_r)
            z = torch.sigmoid(a_z + b_z)
            new = torch.tanh(a_n + r * b_n)
            h = h.clone() if late else h
            h[:n] = (1 - z) * new + z * (old if before else h[:n])
        return h

    verdict = judge(exercises()["padding-gru"], packed_gru)
    says = " ".join(verdict.text.split())
    assert verdict.outcome == outcome and "no gradient reaches" not in says
    assert ("autograd needs for the way back" in says) == (outcome == "known")


# --- Typical wrong answers -----------------------------------------------------------------------


@pytest.mark.parametrize("key, i", MISTAKES, ids=[f"{key}-{i}" for key, i in MISTAKES])
def test_a_mistake_is_recognised_by_its_own_sentence(key, i):
    one = exercises()[key]
    wrong = mistakes()[key][i]
    verdict = judge(one, wrong.function)
    assert verdict.outcome == "known", verdict.text
    assert wrong.says in " ".join(verdict.text.split()), verdict.text
    theirs = list(inspect.signature(wrong.function).parameters)
    assert theirs == list(inspect.signature(one.function).parameters)


@pytest.mark.parametrize("key", exercises())
def test_an_exercise_is_whole(key):
    one = exercises()[key]
    assert len(one.hints) == 3 and all(20 < len(text) < 400 for text in one.hints)
    assert len(mistakes().get(key, [])) >= 3
    assert one.trains and one.task and not one.task.startswith("?")
    says = [wrong.says for wrong in mistakes()[key]]
    assert len(set(says)) == len(says) and all(20 < len(text) < 300 for text in says)


@pytest.mark.parametrize(
    "number",
    sorted({one.module for one in exercises().values() if one.module[1:].isdigit()}),
)
def test_a_notebook_has_three_short_exercises_and_a_long_one(number):
    minutes = sorted(one.minutes for one in exercises().values() if one.module == number)
    assert len(minutes) >= 4 and minutes[-1] == 15 and minutes[2] <= 10
