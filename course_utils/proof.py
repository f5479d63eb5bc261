"""Holds a formula written by hand against one that shares nothing with it.
One example proves little; fifty random ones, values and gradients in float64, leave few places to hide."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map


def _tensors(value) -> list[Tensor]:
    """The floating-point tensors in a (nested) argument or result, in order."""
    return [
        leaf for leaf in tree_leaves(value) if isinstance(leaf, Tensor) and leaf.is_floating_point()
    ]


def _double(leaf):
    """A copy with every floating-point tensor as an independent float64 leaf."""
    copy = leaf.detach().clone() if isinstance(leaf, Tensor) else leaf
    return copy.double().requires_grad_() if _tensors(copy) else copy


def _difference(what: str, case: int, a: Tensor, b: Tensor, tol: float) -> None:
    if a.shape != b.shape:
        raise AssertionError(
            f"case {case}: {what}: shapes differ: {tuple(a.shape)} and {tuple(b.shape)}"
        )
    gap = (a.detach() - b.detach()).abs()
    gap = torch.where(gap.isnan(), torch.inf, gap).masked_fill(
        a == b, 0.0
    )  # two infinities are equal, two NaN prove nothing
    worst = gap.max().item() if gap.numel() else 0.0
    if worst > tol:
        first = tuple((gap > tol).nonzero()[0].tolist())
        raise AssertionError(
            f"case {case}: {what}: largest difference {worst:.3g} (tolerance {tol:g}), "
            f"first at {list(first)}: {a[first].item():.9g} and {b[first].item():.9g}"
        )


def prove(
    mine: Callable, theirs: Callable, inputs: Callable, cases: int = 50, tol: float = 1e-9
) -> None:
    """Compare two functions on random cases, in float64: all outputs, and the gradients of a random projection of the outputs with respect
    to every floating-point argument.

    `inputs(generator)` draws the arguments of one case as a tuple (nested lists and tuples of tensors of any shape are fine); both
    callables get equal copies of them. Prints one line that is the same on every machine, or raises `AssertionError` with the case, the
    largest difference and where a difference first stands. Method: comparison of vector–Jacobian products, as in gradient checking
    (Griewank & Walther, Evaluating Derivatives, 2008)."""
    generator, default = torch.Generator().manual_seed(0), torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        for case in range(1, cases + 1):
            arguments = inputs(generator)
            arguments = arguments if isinstance(arguments, tuple) else (arguments,)
            results = []
            for function in (mine, theirs):
                copies = tree_map(_double, arguments)
                outputs = _tensors(function(*copies))
                if not outputs:
                    raise AssertionError(
                        f"case {case}: {getattr(function, '__name__', function)} returns no floating-point tensor"
                    )
                results.append((outputs, _tensors(copies)))
            (out_a, arg_a), (out_b, arg_b) = results
            if len(out_a) != len(out_b):
                raise AssertionError(f"case {case}: {len(out_a)} outputs and {len(out_b)} outputs")
            for i, (a, b) in enumerate(zip(out_a, out_b), 1):
                _difference(f"output {i}", case, a.double(), b.double(), tol)
            weights = [torch.randn(o.shape, generator=generator) for o in out_a]
            gradients = []
            for outputs, leaves in results:
                total = sum((w * o).sum() for w, o in zip(weights, outputs))
                if not total.requires_grad:
                    raise AssertionError(
                        f"case {case}: an output does not depend on any argument: no gradient to compare"
                    )
                gradients.append(
                    torch.autograd.grad(total, leaves, allow_unused=True, materialize_grads=True)
                )
            for i, (a, b) in enumerate(zip(*gradients), 1):
                _difference(f"gradient with respect to tensor {i}", case, a, b, tol)
    finally:
        torch.set_default_dtype(default)
    print(f"✓ equal: values and gradients, {cases} random cases (tolerance {tol:g})")
