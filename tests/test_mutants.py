"""Faults planted into the notebooks' functions must be caught by the notebooks' own `prove` calls.
A call that shows one size, or compares a part only, would pass a function that is wrong."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import torch
from mutants import NOTEBOOKS, Call, ProveCell, mutants, prove_cells

from course_utils.comparison import leaves, map_leaves
from course_utils.proof import prove
from tools.execution import notebook_paths

CELLS = {cell.key: cell for path in notebook_paths(NOTEBOOKS) for cell in prove_cells(path)}
PROOFS = [key for key, cell in CELLS.items() if not cell.must_fail]

# Faults that change nothing, with the reason: notebook, what `mutants` calls the fault.
HARMLESS = {
    ("10", "slanted_triangle: off by one: t < cut"): "the two lines meet at the cut",
    ("08", "my_heads: off by one: [2:4]"): "there are four weights: a slice goes no further",
    ("08", "my_block: off by one: len(weights[4])"): "the weights given bring their own size",
}

# Arguments whose size is fixed by the matter, with the reason: notebook, what is proved, argument.
FIXED: dict[tuple[str, str, int], str] = {}


@cache
def calls_of(key: str) -> list[Call]:
    return CELLS[key].run()


def notices(call: Call, mine: Callable | None = None) -> bool:
    """Whether the notebook's own call, with `mine` in place of its function, ends in an error."""
    try:
        prove(mine or call.mine, call.theirs, call.inputs, **call.options)
    except Exception:  # a fault that stops the function is seen as well as one that prove names
        return True
    return False


def survivors(cell: ProveCell) -> list[str]:
    """The planted faults that no call of the cell notices, and that are not harmless."""
    alive = []
    planted = 0
    for definition in cell.own_definitions(calls_of(cell.key)):
        for fault, mutant in mutants(definition):
            planted += 1
            try:
                calls = cell.run({definition: mutant})
            except Exception:  # the cell itself stops: seen
                continue
            if not any(map(notices, calls)) and (cell.key.split("-")[0], fault) not in HARMLESS:
                alive.append(fault)
    assert planted, f"{cell.key}: no fault could be planted"
    return alive


@pytest.mark.training
@pytest.mark.parametrize("key", PROOFS)
def test_planted_faults_are_noticed(key, capsys):
    for call in calls_of(key):
        prove(call.mine, call.theirs, call.inputs, **call.options)
    assert survivors(CELLS[key]) == []


@pytest.mark.parametrize("key", [key for key, cell in CELLS.items() if cell.must_fail])
def test_counterexamples_fail_as_the_notebook_says(key):
    for call in calls_of(key):
        with pytest.raises(AssertionError):
            prove(call.mine, call.theirs, call.inputs, **call.options)


# --- Faults around the function, whatever it computes ---------------------------------------------


def shapes_drawn(call: Call) -> list[dict]:
    """For every case the shapes of all arguments that have one, by their path."""
    drawn = []

    def inputs(generator):
        arguments = call.inputs(generator)
        drawn.append(
            {
                path: tuple(leaf.shape)
                for path, leaf in leaves(
                    arguments if isinstance(arguments, tuple) else (arguments,)
                )
                if getattr(leaf, "ndim", 0)
            }
        )
        return arguments

    prove(call.mine, call.theirs, inputs, **call.options)
    return drawn


@pytest.mark.parametrize("key", PROOFS)
def test_a_function_hard_coded_to_one_size_is_noticed(key, capsys):
    """Such a function works for the first case's size alone, in one dimension of one argument."""
    fixed = []
    for call in calls_of(key):
        drawn = shapes_drawn(call)
        for path, shape in drawn[0].items():
            for dimension, size in enumerate(shape):
                others = [case[path][dimension] for case in drawn if path in case]
                what = (key.split("-")[0], key.split("-")[-1], path[0])
                if set(others) == {size} and what not in FIXED:
                    fixed.append(f"argument {path}, dimension {dimension} is always {size}")
    assert not fixed


def changed_at(position: int, change: Callable, mine: Callable) -> Callable:
    """`mine`, with one of the things it returns changed."""

    def mutant(*arguments):
        count = -1

        def at_position(leaf: Any) -> Any:
            nonlocal count
            count += 1
            return change(leaf) if count == position else leaf

        return map_leaves(at_position, mine(*arguments))

    return mutant


def altered(leaf: Any) -> Any:
    """Another value of the same kind and shape."""
    if isinstance(leaf, torch.Tensor) and leaf.dtype == torch.bool:
        return ~leaf
    return leaf + 1


def cut_off(leaf: Any) -> Any:
    """The same value, without a way for gradients."""
    return leaf.detach()


@pytest.mark.parametrize("key", PROOFS)
def test_everything_returned_is_compared(key, capsys):
    unnoticed = []
    for call in calls_of(key):
        returned: list = []

        def noting(*arguments, call=call, returned=returned):
            returned[:] = [leaf for _, leaf in leaves(call.mine(*arguments))]
            return call.mine(*arguments)

        prove(noting, call.theirs, call.inputs, **call.options)
        for i, leaf in enumerate(returned):
            faults = [altered] + [cut_off] * getattr(leaf, "requires_grad", False)
            for fault in faults:
                if not notices(call, changed_at(i, fault, call.mine)):
                    unnoticed.append(f"output {i + 1} {fault.__name__}")
    assert not unnoticed


# --- The faults that once passed ------------------------------------------------------------------


def call_of(notebook: str, name: str) -> Call:
    """The call by which a notebook proves the function of this name."""
    for key in PROOFS:
        for call in calls_of(key) if key.startswith(notebook) else ():
            if getattr(call.mine, "__name__", "") == name:
                return call
    raise LookupError(f"notebook {notebook} does not prove {name}")


def test_a_network_of_six_steps_is_noticed():
    call = call_of("01", "elman_torch")

    def six_steps(x, W_x, W_h, b):
        h = torch.zeros(len(b))
        states = []
        for t in range(6):
            h = torch.tanh(W_x @ x[t % len(x)] + W_h @ h + b)
            states.append(h)
        return torch.stack(states)

    assert notices(call, six_steps)


def test_wrong_batch_sizes_are_noticed():
    call = call_of("04", "pack_by_hand")
    assert notices(call, lambda *arguments: (call.mine(*arguments)[0], [99]))


def test_all_notebooks_were_searched():
    assert len(CELLS) >= 30
    assert {key.split("-")[0] for key in CELLS} >= {"00", "01", "04", "06", "08", "10"}
