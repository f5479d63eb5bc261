"""Holds a formula written by hand against one that shares nothing with it.
One example shows little; fifty random ones, values and gradients, leave few places to hide."""

from collections.abc import Callable
from numbers import Number
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_utils.comparison import (
    as_tensor,
    is_floating,
    leaves,
    map_leaves,
    must_agree,
    named,
    pairs,
)
from course_utils.console import say

COMPARABLE = Tensor | np.ndarray | np.generic | Number | str | None


def prove(
    mine: Callable, theirs: Callable, inputs: Callable, cases: int = 50, tol: float = 1e-9
) -> None:
    """Compare two functions on random cases, in float64: everything they return, and gradients.

    It is a randomised check and not a proof: what goes wrong only where none of the cases falls
    stays unseen. So `inputs` should draw the sizes, too: on one size, a function that works for
    this size alone passes (the line printed then says "of one size").

    mine, theirs: callables; each gets equal copies of the arguments, floating-point ones as
        float64. To change an argument in place is an error.
    inputs: called as inputs(generator) for every case; returns the arguments as a tuple (or the
        only one): tensors of any shapes, NumPy arrays, numbers, nested lists, tuples and dicts.
    cases: number of cases. tol: largest absolute difference that counts as equal.

    Results may be tensors, NumPy arrays, numbers, strings, None, and nested lists, tuples and
    dicts of them. Number, kind (bool, integer, floating point), shape and values must agree,
    integers exactly; a list of numbers equals a tensor that holds them. For a random projection
    of all floating-point results, the gradients with respect to every floating-point argument
    must agree, too.

    Prints one line that is the same on every machine, and names gradients only if there were some
    (NumPy results carry none), or raises `AssertionError` with the case and the first thing that
    differs. Method: comparison of vector-Jacobian products, as in gradient checking (Griewank &
    Walther, Evaluating Derivatives, 2008)."""
    generator = torch.Generator().manual_seed(0)
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    sizes: set[tuple] = set()
    with_gradients = False
    try:
        for case in range(1, cases + 1):
            arguments = inputs(generator)
            if not isinstance(arguments, tuple):
                arguments = (arguments,)
            sizes.add(_sizes(arguments))
            try:
                with_gradients |= _compare(mine, theirs, arguments, generator, tol)
            except AssertionError as error:
                raise AssertionError(f"case {case}: {error}") from None
    finally:
        torch.set_default_dtype(default)
    what = "values and gradients" if with_gradients else "values"
    one_size = " of one size" if cases > 1 and len(sizes) == 1 and any(sizes) else ""
    say(f"✓ equal: {what}, {cases} random cases{one_size} (tolerance {tol:g})")


def _compare(
    mine: Callable, theirs: Callable, arguments: tuple, generator: torch.Generator, tol: float
) -> bool:
    """One case: `AssertionError`, or whether there were gradients to compare."""
    result_a, arguments_a = _called(mine, arguments, "mine")
    result_b, arguments_b = _called(theirs, arguments, "theirs")
    parts = pairs(result_a, result_b)
    if all(a is None for _, a, _ in parts):
        raise AssertionError("both return nothing: there is nothing to compare")
    for what, a, b in parts:
        must_agree(what, a, b, tol)
    outputs_a = [a for _, a, _ in parts if is_floating(a)]
    outputs_b = [b for _, _, b in parts if is_floating(b)]
    weights = [torch.randn(a.shape, generator=generator) for a in outputs_a]
    gradients_a = _gradients(outputs_a, weights, arguments_a)
    gradients_b = _gradients(outputs_b, weights, arguments_b)
    if not gradients_a or not gradients_b:
        _must_both_lack_gradients(gradients_a, gradients_b, result_a, result_b)
        return False
    names = [named("argument", path) for path, leaf in leaves(arguments) if is_floating(leaf)]
    for name, a, b in zip(names, gradients_a, gradients_b, strict=True):
        must_agree(f"gradient with respect to {name}", a, b, tol)
    return True


def _called(function: Callable, arguments: tuple, side: str) -> tuple[Any, list[Tensor]]:
    """The result of one side, and the floating-point tensors of the copies it was called with."""
    copies = map_leaves(_double, arguments)
    result = function(*copies)
    for path, leaf in leaves(result):
        if not isinstance(leaf, COMPARABLE):
            raise AssertionError(
                f"{side}, {named('output', path or (1,))}: a {type(leaf).__name__} can't be "
                "compared; return tensors, arrays, numbers, texts, None, or collections of them"
            )
    after = dict(leaves(copies))
    before = dict(leaves(map_leaves(_double, arguments)))
    for path in [*before, *after]:
        if path not in after or path not in before or not _is_same(after[path], before[path]):
            raise AssertionError(f"{side} changes {named('argument', path)} in place")
    return result, [leaf for leaf in after.values() if is_floating(leaf)]


def _double(leaf: Any) -> Any:
    """A copy; a floating-point tensor becomes an independent leaf in float64."""
    if isinstance(leaf, Tensor):
        copy = leaf.detach().clone()
        return copy.double().requires_grad_() if is_floating(leaf) else copy
    if isinstance(leaf, np.ndarray):
        return leaf.astype(np.float64) if leaf.dtype.kind == "f" else leaf.copy()
    return leaf


def _is_same(after: Any, before: Any) -> bool:
    if not isinstance(before, Tensor | np.ndarray):
        return after is before
    if after.shape != before.shape:
        return False
    a = as_tensor(after)
    b = as_tensor(before)
    return bool(((a == b) | ((a != a) & (b != b))).all())  # a NaN that stays is no change


def _sizes(arguments: tuple) -> tuple:
    """The shapes of all arguments that hold more than one number."""
    arrays = [leaf for _, leaf in leaves(arguments) if isinstance(leaf, Tensor | np.ndarray)]
    return tuple(tuple(array.shape) for array in arrays if array.ndim)


def _gradients(outputs: list[Tensor], weights: list[Tensor], arguments: list[Tensor]) -> tuple:
    """Of the weighted sum of all outputs; empty where none of them depends on an argument."""
    both = zip(weights, outputs, strict=True)
    terms = [(weight * output).sum() for weight, output in both if output.requires_grad]
    if not terms or not arguments:
        return ()
    total = torch.stack(terms).sum()
    return torch.autograd.grad(total, arguments, allow_unused=True, materialize_grads=True)


def _must_both_lack_gradients(
    gradients_a: tuple, gradients_b: tuple, result_a: Any, result_b: Any
) -> None:
    """`AssertionError` where one side alone has no gradients, unless NumPy computed its result."""
    if not gradients_a and not gradients_b:
        return
    side, result = ("theirs", result_b) if gradients_a else ("mine", result_a)
    if not any(isinstance(leaf, np.ndarray | np.generic) for _, leaf in leaves(result)):
        raise AssertionError(
            f"no output of {side} depends on any argument (detached?): no gradient to compare"
        )
