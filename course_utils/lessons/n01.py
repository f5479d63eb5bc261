"""What notebook 01 defines and others import: its cells tagged `export`.

Made from notebooks/01_elman_network.ipynb by `python -m tools.export`: edit the notebook.
"""

import copy

import numpy as np
import torch
from torch import nn

# By hand, in numbers


def elman(x, W_x, W_h, b):
    h = np.zeros(len(b))
    for x_t in x:
        h = np.tanh(W_x @ x_t + W_h @ h + b)
    return h


# The same in torch, and what `prove` does


def elman_torch(x, W_x, W_h, b):
    h = torch.zeros(len(b))
    states = []
    for x_t in x:
        h = torch.tanh(W_x @ x_t + W_h @ h + b)
        states.append(h)
    return torch.stack(states)


def pytorch_rnn(x, W_x, W_h, b):
    rnn = nn.RNN(W_x.shape[1], len(b))
    names = "weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"
    weights = dict(zip(names, (W_x, W_h, b, torch.zeros_like(b))))
    return torch.func.functional_call(rnn, weights, x)[0]


def random_case(g):
    T, D, H = torch.randint(1, 8, (3,), generator=g).tolist()
    shapes = [(T, D), (H, D), (H, H), (H,)]
    return tuple(torch.randn(*shape, generator=g) for shape in shapes)


# Backwards by hand: gradients through time


def forward(x, W_x, W_h, b):
    h = np.zeros((len(x) + 1, len(b)))  # h[0] is the empty past
    for t, x_t in enumerate(x, 1):
        h[t] = np.tanh(W_x @ x_t + W_h @ h[t - 1] + b)
    return h


def backward(h, dh, x, W_x, W_h):
    dx = np.zeros_like(x)
    dW_x = np.zeros_like(W_x)
    dW_h = np.zeros_like(W_h)
    db = np.zeros(len(W_h))
    past = np.zeros(len(W_h))
    for t in range(len(x), 0, -1):
        da = (dh[t - 1] + past) * (1 - h[t] ** 2)
        dW_x += np.outer(da, x[t - 1])
        dW_h += np.outer(da, h[t - 1])
        db += da
        dx[t - 1] = W_x.T @ da
        past = W_h.T @ da
    return dx, dW_x, dW_h, db


# Does it remember? Ask the gradient


def influence(rnn, batch):
    x = batch.double().requires_grad_()
    output, _ = copy.deepcopy(rnn).double()(x)
    output[:, -1].sum().backward()
    return x.grad.norm(dim=2)  # (B, T)


def remembers(rnn, batch):
    return bool((influence(rnn, batch)[:, 0] > 0).all())
