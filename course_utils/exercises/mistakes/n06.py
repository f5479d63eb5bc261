"""Typical wrong answers to the exercises of notebook 06.
Each with the sentence that names the misconception."""

import numpy as np
import torch

from course_utils.exercises.mistakes import mistake


def _gate(b):
    return 1 / (1 + np.exp(-b))


@mistake(
    "memory-half-life",
    "You took the same amount away at every word; a gate multiplies, so after k words f^k is left.",
)
def _(b):
    return 0.5 / (1 - _gate(b))


@mistake("memory-half-life", "Your quotient stands upside down: k is log(1/2) by log(f).")
def _(b):
    return np.log(_gate(b)) / np.log(0.5)


@mistake("memory-half-life", "You waited until 1/e is left; the question is about one half.")
def _(b):
    return -1 / np.log(_gate(b))


@mistake("memory-half-life", "You rounded up to whole words; the number is wanted as it is.")
def _(b):
    return np.ceil(np.log(0.5) / np.log(_gate(b)))


def _set(b, start, end, value):
    return torch.cat([b[:start], torch.full((end - start,), float(value)).to(b), b[end:]])


@mistake("memory-open-gate", "You opened the third part, g; the order is i, f, g, o.")
def _(b, H, b_f):
    return _set(b, 2 * H, 3 * H, b_f)


@mistake("memory-open-gate", "You opened the first part, the input gate; the order is i, f, g, o.")
def _(b, H, b_f):
    return _set(b, 0, H, b_f)


@mistake("memory-open-gate", "You opened the last part, the output gate; the order is i, f, g, o.")
def _(b, H, b_f):
    return _set(b, 3 * H, 4 * H, b_f)


@mistake("memory-open-gate", "You added b_f to what stood there; it should replace it.")
def _(b, H, b_f):
    return torch.cat([b[:H], b[H : 2 * H] + b_f, b[2 * H :]])


def _run(step, x, h, size, carry, cut):
    """All states; `carry` what a chunk starts from, `cut` where the gradient ends."""
    given = h
    states = []
    for k, x_t in enumerate(x.unbind(1)):
        if k % size == 0 and not carry:
            h = given.detach()
        if cut == "step" or (cut == "later" and k and k % size == 0):
            h = h.detach()
        h = step(x_t, h)
        states.append(h)
    return torch.stack(states, dim=1)


@mistake(
    "memory-chunks",
    "Every chunk starts from the first state again; it should go on where the last one ended.",
)
def _(step, x, h, size):
    return _run(step, x, h, size, carry=False, cut="")


@mistake(
    "memory-chunks",
    "The values are right, but the gradient runs through all chunks: detach the state.",
)
def _(step, x, h, size):
    return _run(step, x, h, size, carry=True, cut="")


@mistake(
    "memory-chunks",
    "You cut the gradient at every step, so nothing is learned over time; cut once a chunk.",
)
def _(step, x, h, size):
    return _run(step, x, h, size, carry=True, cut="step")


@mistake(
    "memory-chunks",
    "The first chunk still sends a gradient into the h that was given: detach before each chunk.",
)
def _(step, x, h, size):
    return _run(step, x, h, size, carry=True, cut="later")


@mistake(
    "memory-chunks",
    "You detached the last state of each chunk before it was kept, so its own gradient is lost. "
    "Keep it as it is; detach what the next chunk starts from.",
)
def _(step, x, h, size):
    states = []
    for k, x_t in enumerate(x.unbind(1), 1):
        h = step(x_t, h)
        if k % size == 0:
            h = h.detach()
        states.append(h)
    return torch.stack(states, dim=1)


def _gru(x_t, h, W_x, W_h, b, r_inside=True):
    x_r, x_z, x_n = (x_t @ W_x.T + b).chunk(3, dim=-1)
    h_r, h_z, h_n = (h @ W_h.T).chunk(3, dim=-1)
    r = (x_r + h_r).sigmoid()
    z = (x_z + h_z).sigmoid()
    n = (r * h) @ W_h.chunk(3)[2].T if r_inside else r * h_n
    return r, z, n + x_n


@mistake(
    "memory-paper-gru",
    "That is PyTorch's GRU: r behind the matrix. Here r meets h before it does.",
)
def _(x_t, h, W_x, W_h, b):
    _, z, n = _gru(x_t, h, W_x, W_h, b, r_inside=False)
    return (1 - z) * n.tanh() + z * h


@mistake("memory-paper-gru", "z and 1 - z have changed places: z keeps the old state.")
def _(x_t, h, W_x, W_h, b):
    _, z, n = _gru(x_t, h, W_x, W_h, b)
    return z * n.tanh() + (1 - z) * h


@mistake("memory-paper-gru", "You took the order z, r, n; the first third belongs to r.")
def _(x_t, h, W_x, W_h, b):
    z, r, _ = _gru(x_t, h, W_x, W_h, b)
    x_n = (x_t @ W_x.T + b).chunk(3, dim=-1)[2]
    n = (x_n + (r * h) @ W_h.chunk(3)[2].T).tanh()
    return (1 - z) * n + z * h


@mistake("memory-paper-gru", "n is no gate: it needs tanh, not the sigmoid.")
def _(x_t, h, W_x, W_h, b):
    _, z, n = _gru(x_t, h, W_x, W_h, b)
    return (1 - z) * n.sigmoid() + z * h


def _lengths(J, v):
    """The length after each Jacobian, of a vector brought back to length 1 each time."""
    lengths = []
    for J_t in J:
        v = J_t @ v
        lengths.append(v.norm())
        v = v / lengths[-1]
    return torch.stack(lengths)


@mistake(
    "memory-kept",
    "Without bringing v back to length 1 it vanishes or overflows: sum up logarithms instead.",
)
def _(J):
    v = torch.ones(J.shape[1], dtype=J.dtype)
    first = v.norm()
    for J_t in J:
        v = J_t @ v
    return (v.norm() / first) ** (1 / len(J))


@mistake(
    "memory-kept",
    "You took the plain mean of the factors; a product asks for the mean of their logarithms.",
)
def _(J):
    v = torch.ones(J.shape[1], dtype=J.dtype)
    return _lengths(J, v / v.norm()).mean()


@mistake("memory-kept", "You began with the last Jacobian; J[0] meets the vector first.")
def _(J):
    v = torch.ones(J.shape[1], dtype=J.dtype)
    return _lengths(J.flip(0), v / v.norm()).log().mean().exp()


@mistake(
    "memory-kept",
    "The length that v has at the start is counted as growth: divide v by it first.",
)
def _(J):
    return _lengths(J, torch.ones(J.shape[1], dtype=J.dtype)).log().mean().exp()


@mistake("memory-kept", "You multiplied by the transposed Jacobians: J_t @ v, not v @ J_t.")
def _(J):
    v = torch.ones(J.shape[1], dtype=J.dtype)
    return _lengths(J.transpose(1, 2), v / v.norm()).log().mean().exp()
