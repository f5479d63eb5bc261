"""What notebook 01 defines and others import: its cells tagged `export`.

Made from notebooks/01_elman_network.ipynb by `python -m tools.export`: edit the notebook.
"""

import numpy as np
import torch
from torch import nn

# By hand, in numbers


def elman(x, W_h, U_h, b_h):
    h = np.zeros(len(b_h))
    for x_t in x:
        h = np.tanh(W_h @ x_t + U_h @ h + b_h)
    return h


# The same in torch, proven


def elman_torch(x, W_h, U_h, b_h):
    h = torch.zeros(len(b_h))
    states = []
    for x_t in x:
        h = torch.tanh(W_h @ x_t + U_h @ h + b_h)
        states.append(h)
    return torch.stack(states)


def pytorch_rnn(x, W_h, U_h, b_h):
    rnn = nn.RNN(W_h.shape[1], len(b_h))
    weights = {
        "weight_ih_l0": W_h,
        "weight_hh_l0": U_h,
        "bias_ih_l0": b_h,
        "bias_hh_l0": torch.zeros(len(b_h)),
    }
    output, _ = torch.func.functional_call(rnn, weights, x)
    return output


def random_case(g):
    T, D, H = torch.randint(1, 8, (3,), generator=g).tolist()
    shapes = [(T, D), (H, D), (H, H), (H,)]
    return tuple(torch.randn(*shape, generator=g) for shape in shapes)


# Backwards by hand: gradients through time


def forward(x, W_h, U_h, b_h):
    h = np.zeros((len(x) + 1, len(b_h)))  # h[0] is the empty past
    for t, x_t in enumerate(x, 1):
        h[t] = np.tanh(W_h @ x_t + U_h @ h[t - 1] + b_h)
    return h


def backward(h, dh, x, W_h, U_h):
    dx = np.zeros_like(x)
    dW_h = np.zeros_like(W_h)
    dU_h = np.zeros_like(U_h)
    db_h = np.zeros(len(U_h))
    past = np.zeros(len(U_h))
    for t in range(len(x), 0, -1):
        da = (dh[t - 1] + past) * (1 - h[t] ** 2)
        dW_h += np.outer(da, x[t - 1])
        dU_h += np.outer(da, h[t - 1])
        db_h += da
        dx[t - 1] = W_h.T @ da
        past = U_h.T @ da
    return dx, dW_h, dU_h, db_h


class NumpyElman(torch.autograd.Function):
    @staticmethod
    def forward(ctx, *arguments):
        ctx.arrays = [a.detach().numpy() for a in arguments]
        ctx.h = forward(*ctx.arrays)
        return torch.from_numpy(ctx.h[1:])

    @staticmethod
    def backward(ctx, dh):
        x, W_h, U_h, _ = ctx.arrays
        gradients = backward(ctx.h, dh.numpy(), x, W_h, U_h)
        return tuple(torch.from_numpy(gradient) for gradient in gradients)


# An output at every word


def network(x, W_h, U_h, b_h, W_y, b_y):
    return torch.stack([W_y @ h_t + b_y for h_t in elman_torch(x, W_h, U_h, b_h)])


def pytorch_network(x, W_h, U_h, b_h, W_y, b_y):
    return nn.functional.linear(pytorch_rnn(x, W_h, U_h, b_h), W_y, b_y)


def case_with_outputs(g):
    x, W_h, U_h, b_h = random_case(g)
    K = int(torch.randint(1, 8, (), generator=g))
    W_y = torch.randn(K, len(b_h), generator=g)
    return x, W_h, U_h, b_h, W_y, torch.randn(K, generator=g)


# Shapes: what goes in, what comes out


def remembers(rnn, batch):
    changed = batch.clone()
    changed[:, 0] += 1
    before, _ = rnn(batch)
    after, _ = rnn(changed)
    return not torch.allclose(before[:, -1], after[:, -1])
