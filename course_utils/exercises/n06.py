"""Exercises of notebook 06, Memory and gates.
How long a gate keeps, how it is opened, another GRU, a long text in chunks, what Jacobians keep."""

import numpy as np
import torch

from course_utils.exercises import exercise
from course_utils.exercises.draws import normal, sizes


@exercise(
    "memory-half-life",
    task="""
        A forget gate stands at bias `b` and nothing else happens. After how many words (a number,
        not rounded) is half of the cell left?
        """,
    hints=(
        "Which share of the cell does one word keep at bias b, and which share do k words keep?",
        "One word keeps f = 1 / (1 + e^(-b)), k words keep f^k. Solve f^k = 1/2 for k.",
        "Logarithms on both sides: k * log(f) = log(0.5). Divide.",
    ),
    minutes=5,
    difficulty=1,
    importance=2,
    trains="reading a gate's bias as a span of words",
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
        "In which order does PyTorch stack the four parts of an LSTM?",
        "The order is i, f, g, o, so the forget gate has the second quarter.",
        "Take opened = b.clone() and set opened[H : 2 * H]; the caller keeps the old vector.",
    ),
    minutes=5,
    difficulty=1,
    importance=3,
    trains="PyTorch's order of the gates",
    cases=_biases,
    keeps=True,
)
def open_gate(b, H, b_f):
    opened = b.clone()
    opened[H : 2 * H] = b_f
    return opened


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
    "memory-chunks",
    task="""
        Run `step(x_t, h)` over `x` (batch, T, D) from the state `h`, in chunks of `size` steps:
        state carried, gradient cut at the beginning of every chunk, also of the first. Return all
        states (batch, T, H).
        """,
    hints=(
        "What must a chunk take over from the one before it, and what must it not?",
        "It takes over the number and leaves the graph: detach the state before each chunk.",
        (
            "For each chunk of x.split(size, dim=1): h = h.detach(), then a step for each x_t of "
            "chunk.unbind(1). Keep the states of all chunks in one list and stack it on dim 1."
        ),
    ),
    minutes=8,
    difficulty=2,
    importance=3,
    trains="truncated backpropagation: carry the state, cut the gradient",
    cases=_steps_and_chunks,
    gradients=True,
)
def run_in_chunks(step, x, h, size):
    states = []
    for chunk in x.split(size, dim=1):
        h = h.detach()
        for x_t in chunk.unbind(1):
            h = step(x_t, h)
            states.append(h)
    return torch.stack(states, dim=1)


def _paper_cases(g):
    cases = []
    for _ in range(4):
        B, D, H = sizes(g, 3, low=2)
        shapes = [(B, D), (B, H), (3 * H, D), (3 * H, H), (3 * H,)]
        cases.append(tuple(normal(g, *shape) for shape in shapes))
    return cases


@exercise(
    "memory-paper-gru",
    task=r"""
        *The GRU as it was printed.* Cho et al. (2014) put the reset gate *before* the matrix. With
        one bias, and the parts in the order r, z, n as in PyTorch, a step is
        $r = \sigma(a_r)$, $z = \sigma(a_z)$ with $a = W_x x_t + W_h h_{t-1} + b$, and
        $n = \tanh(W_{x,n} x_t + W_{h,n} (r \odot h_{t-1}) + b_n)$; then
        $h_t = (1 - z) \odot n + z \odot h_{t-1}$. Write it for `x_t` (B, D), `h` (B, H), `W_x`
        (3H, D), `W_h` (3H, H) and `b` (3H,).
        """,
    hints=(
        "Which of the three parts needs another product with W_h than gru_cell of this notebook?",
        "Only n: its third of W_h meets r * h, so r must be known first.",
        "W_r, W_z, W_n = W_h.chunk(3); n is (x_n + (r * h) @ W_n.T).tanh().",
    ),
    minutes=10,
    difficulty=2,
    importance=2,
    trains="writing a cell from its equations",
    cases=_paper_cases,
    gradients=True,
)
def paper_gru(x_t, h, W_x, W_h, b):
    x_r, x_z, x_n = (x_t @ W_x.T + b).chunk(3, dim=-1)
    W_r, W_z, W_n = W_h.chunk(3)
    r = (x_r + h @ W_r.T).sigmoid()
    z = (x_z + h @ W_z.T).sigmoid()
    n = (x_n + (r * h) @ W_n.T).tanh()
    return (1 - z) * n + z * h


def _jacobians(g):
    cases = [(2.0 * torch.eye(2).expand(3, 2, 2),)]
    for scale, T in ((0.3, 600), (1.7, 600), (1.0, 1)):
        (H,) = sizes(g, 1, low=2)
        cases.append((scale * normal(g, T, H, H),))
    return cases


@exercise(
    "memory-kept",
    task=r"""
        `J` (T, H, H) holds the Jacobians $J_1, \ldots, J_T$, hundreds of them, so their product
        can't be written down: it underflows or overflows. Return by what factor a step multiplies
        the length of a vector on average:
        $(\lVert J_T \cdots J_1 v \rVert / \lVert v \rVert)^{1/T}$ for $v = (1, \ldots, 1)$.
        """,
    hints=(
        "How could you follow a vector through hundreds of matrices without ever losing it?",
        (
            "After each Jacobian note the logarithm of the vector's length and bring it back to "
            "length 1. The answer is e to the mean of the logarithms."
        ),
        (
            "v = v / v.norm() first; then for each J_t, J[0] first: v = J_t @ v, "
            "total += v.norm().log(), v = v / v.norm(). At the end (total / len(J)).exp()."
        ),
    ),
    minutes=15,
    difficulty=3,
    importance=2,
    trains="measuring what a network keeps without underflow",
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
