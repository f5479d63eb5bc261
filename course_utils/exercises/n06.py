"""Exercises of notebook 06, Memory and gates.
How long a gate keeps, how it is opened, a long text in chunks, and what a Jacobian keeps."""

import numpy as np
import torch

from course_utils.exercises import exercise
from course_utils.exercises.draws import normal, sizes


def _steps_and_chunks(g):
    def elman(x_t, h):
        return torch.tanh(x_t + 0.9 * h)

    def leaky(x_t, h):
        return 0.5 * h + x_t

    cases = [
        (elman, normal(g, 2, 7, 3), torch.zeros(2, 3), 3),
        (leaky, normal(g, 1, 4, 2), torch.ones(1, 2), 4),
    ]
    for _ in range(3):
        B, T, H, size = sizes(g, 4)
        cases.append((leaky, normal(g, B, T, H), normal(g, B, H), size))
    return cases


@exercise(
    "memory-half-life",
    task="""
        A forget gate stands at bias `b` and nothing else happens. After how many words (a number,
        not rounded) is half of the cell left?
        """,
    hints=(
        (
            "At bias b the gate stands at f = 1 / (1 + e^(-b)). After k words f^k is left; "
            "solve f^k = 1/2 for k with logarithms."
        ),
    ),
    minutes=5,
    difficulty=2,
    importance=2,
    trains="",
    cases=[(0.0,), (1.0,), (4.0,), (-2.0,)],
)
def half_life(b):
    return np.log(0.5) / np.log(1 / (1 + np.exp(-b)))


def _biases(g):
    cases = [(torch.zeros(4), 1, 1.0)]
    for _ in range(4):
        (H,) = sizes(g, 1)
        cases.append((normal(g, 4 * H), H, float(normal(g, 1))))
    return cases


@exercise(
    "memory-open-gate",
    task="""
        `b` is the bias of a PyTorch LSTM with `H` units, a tensor of `4 * H` numbers. Return a
        copy in which the forget gate's numbers are `b_f`.
        """,
    hints=(
        (
            "PyTorch stacks the gates in the order i, f, g, o, so the forget gate has the "
            "numbers from H to 2 * H. Work on b.clone(): the caller keeps the old vector."
        ),
    ),
    minutes=5,
    difficulty=2,
    importance=2,
    trains="",
    cases=_biases,
)
def open_gate(b, H, b_f):
    opened = b.clone()
    opened[H : 2 * H] = b_f
    return opened


@exercise(
    "memory-chunks",
    task="""
        Run `step(x_t, h)` over `x` (batch, T, D) from the state `h`, in chunks of `size` steps:
        state carried, gradient cut. Return all states (batch, T, H).
        """,
    hints=(
        (
            "Go through x.split(size, dim=1); keep the states of all chunks in a list. The "
            "state must be the one that the chunk before ended with, but detached."
        ),
    ),
    minutes=8,
    difficulty=2,
    importance=2,
    trains="",
    cases=_steps_and_chunks,
)
def run_in_chunks(step, x, h, size):
    states = []
    for chunk in x.split(size, dim=1):
        h = h.detach()
        for x_t in chunk.unbind(1):
            h = step(x_t, h)
            states.append(h)
    return torch.stack(states, dim=1)


def _jacobians(g):
    cases = [(2.0 * torch.eye(2).expand(3, 2, 2),)]
    for scale, T in ((0.3, 2000), (1.7, 2000), (1.0, 1)):
        (H,) = sizes(g, 1)
        cases.append((scale * normal(g, T, H, H),))
    return cases


@exercise(
    "memory-kept",
    task=r"""
        `J` (T, H, H) holds the Jacobians $J_1, \ldots, J_T$, thousands of them, so their product
        can't be written down: it underflows or overflows. Return by what factor a step multiplies
        the length of a vector on average: $(\lVert J_T \cdots J_1 v \rVert / \lVert v
        \rVert)^{1/T}$ for $v = (1, \ldots, 1)$.
        """,
    hints=(
        (
            "Multiply v by one Jacobian after the other, J[0] first. After each, take the "
            "logarithm of its length and divide v by its length. The answer is e to the mean of"
            " the logarithms; divide v by its length before the first step, too."
        ),
    ),
    minutes=15,
    difficulty=3,
    importance=2,
    trains="",
    cases=_jacobians,
)
def kept_on_average(J):
    v = torch.ones(J.shape[1], dtype=J.dtype)
    v = v / v.norm()
    total = torch.zeros((), dtype=J.dtype)
    for J_t in J:
        v = J_t @ v
        length = v.norm()
        total = total + length.log()
        v = v / length
    return (total / len(J)).exp()
