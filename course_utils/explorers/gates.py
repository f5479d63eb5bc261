"""An LSTM's step in NumPy with every gate kept, and the same by PyTorch with its gradients.
What the gate microscope shows comes from here; its replay must agree with `nn.LSTM`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(z / 2))  # no overflow, however large z is


def spectral_radius(matrix: np.ndarray) -> float:
    """The largest absolute eigenvalue."""
    return float(np.abs(np.linalg.eigvals(matrix)).max())


def bent(weights: Sequence[np.ndarray], forget_bias: float, factor: float) -> list[np.ndarray]:
    """W_x (4H, D), W_h (4H, H) and both biases (4H,), the gates in the order i, f, g, o, with
    `forget_bias` added and the recurrent matrices, and with them their radii, times `factor`."""
    W_x, W_h, b, b_ = (array.copy() for array in weights)
    size = W_h.shape[1]
    b[size : 2 * size] += forget_bias
    return [W_x, factor * W_h, b, b_]


def replay(weights: Sequence[np.ndarray], x: np.ndarray) -> dict[str, np.ndarray]:
    """i, f, g, o, c and h of every word, each (T, H), for words `x` (T, D).

    Source: Hochreiter & Schmidhuber 1997; Gers et al. 2000."""
    W_x, W_h, b, b_ = weights
    h = c = np.zeros(W_h.shape[1])
    rows: dict[str, list[np.ndarray]] = {name: [] for name in "ifgoch"}
    for x_t in x:
        i, f, g, o = np.split(W_x @ x_t + b + W_h @ h + b_, 4)
        gates = {"i": _sigmoid(i), "f": _sigmoid(f), "g": np.tanh(g), "o": _sigmoid(o)}
        c = gates["f"] * c + gates["i"] * gates["g"]
        h = gates["o"] * np.tanh(c)
        for name, value in {**gates, "c": c, "h": h}.items():
            rows[name].append(value)
    return {name: np.stack(values) for name, values in rows.items()}


def by_torch(weights: Sequence[np.ndarray], x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`nn.LSTM` on the same numbers: its states (T, H), and for each word (T,) the norm of the
    last state's gradient."""
    module = nn.LSTM(x.shape[1], weights[1].shape[1], dtype=torch.float64)
    with torch.no_grad():
        for parameter, value in zip(module.parameters(), weights, strict=True):
            parameter.copy_(torch.from_numpy(value))
    words = torch.from_numpy(x).requires_grad_()
    output, _ = module(words)
    (slope,) = torch.autograd.grad(output[-1].sum(), words)
    return output.detach().numpy(), slope.norm(dim=1).numpy()
