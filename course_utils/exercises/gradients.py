"""Gradients that reach the arguments of an answer: computed, and put into words where they differ.
An error on the way back is kept: it says more than a gradient that is missing."""

import contextlib
import io
from collections.abc import Callable, Iterator
from typing import Any

import torch

from course_utils.exercises.advice import HALF, advice_on
from course_utils.exercises.comparing import difference
from course_utils.exercises.plain import is_half
from course_utils.exercises.running import (
    NUMPY,
    OVERWROTE,
    Run,
    fresh,
    own_line,
    run,
    same_gradient,
)
from course_utils.exercises.wording import first_difference, raised

WEIGHTS = (
    "differentiated is a sum of all entries of the result, each with a weight of its own, from "
    "0.5 to 1.5"
)
WITHOUT = {
    OVERWROTE: (
        "the values are right, but no gradient can flow back: autograd still needs what you "
        "overwrote in place. Build a new tensor (torch.cat, torch.stack), or clone what you read "
        "before."
    ),
    NUMPY: (
        "the values are right, but no gradient flows through NumPy. Stay in torch from the "
        "arguments to the result; detach() would cut it, too."
    ),
}


def with_gradients(function: Callable, arguments: tuple) -> Run:
    """`run`, and the gradients that reach each tensor among the arguments, by its place.

    What is differentiated is the sum of the result, each entry with a weight of its own, so that
    entries can't stand for each other. A result without a way back leaves all gradients None."""
    done = run(function, arguments)
    if done.error:
        return done
    given = fresh(arguments, gradients=True)
    entries = {i: one for i, one in enumerate(given) if isinstance(one, torch.Tensor)}
    entries = {i: one for i, one in entries.items() if one.requires_grad}
    # An answer that works in place may not do so on a leaf: it gets something one step further.
    passed = tuple(one * 1 if i in entries else one for i, one in enumerate(given))
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            total = _weighted_sum(function(*passed))
            if total.requires_grad:
                total.backward()
    except (Exception, SystemExit) as error:
        done.no_way_back = error
        done.gradients = dict.fromkeys(entries)
        return done
    done.gradients = {i: one.grad for i, one in entries.items()}
    return done


def _weighted_sum(value: Any) -> torch.Tensor:
    """The entries of all tensors in a value, each times a weight of its own, in one sum.

    Rows that nobody has stacked get the weights that they would have in one tensor."""
    flat = [part.double().flatten() for part in _tensors(value) if part.is_floating_point()]
    if not flat:
        return torch.zeros((), dtype=torch.float64)
    entries = torch.cat(flat)
    return (entries * torch.linspace(0.5, 1.5, len(entries), dtype=torch.float64)).sum()


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value if value.layout == torch.strided else value.to_dense()
    elif isinstance(value, list | tuple | Iterator):
        for part in value:
            yield from _tensors(part)


def gradient_words(names: list[str], done: Run, due: Run) -> tuple[str, list[str], str]:
    """What is to be said where the values are right and a gradient is not: a sentence, the lines
    below it, and a note."""
    mine = done.gradients
    wrong = [i for i, theirs in due.gradients.items() if not same_gradient(mine[i], theirs)]
    if done.way_back in WITHOUT:
        return WITHOUT[done.way_back], [], ""
    if done.no_way_back:
        line = own_line(done.no_way_back)
        says = (
            "the values are right, but where tensors collect gradients it "
            f"{raised(done.no_way_back)}"
        )
        where = [f"in    line {line[0]} of yours: {line[1]}"] if line else []
        return says, where, advice_on(done.no_way_back)
    cut = [names[i] for i in wrong if mine[i] is None]
    if cut:
        says = (
            f"the values are right, but no gradient reaches {' and '.join(cut)}. Does it pass "
            "through detach(), item(), NumPy or a tensor made anew?"
        )
        return says, [], ""
    which = " and ".join(names[i] for i in wrong)
    says = f"the values are right, but the gradient that reaches {which} is another one."
    return says, _compared(names, wrong, done, due), HALF if is_half(done.value) else WEIGHTS


def _compared(names: list[str], wrong: list[int], done: Run, due: Run) -> list[str]:
    """What came, what was due and where they differ, of the first gradient that is wrong."""
    came = done.gradients[wrong[0]]
    theirs = due.gradients[wrong[0]]
    assert came is not None
    wanted = torch.zeros_like(came) if theirs is None else theirs
    found = difference(came, wanted)
    lines = first_difference(found, came, wanted) if found else []
    return [f"grad  of {names[wrong[0]]}", *lines]
