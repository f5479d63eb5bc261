"""What notebook 03 defines and others import: its cells tagged `export`.

Made from notebooks/03_one_document_at_a_time.ipynb by `python -m tools.export`: edit the notebook.
"""

import torch
from torch import nn
from torch.nn import functional as F

# One step, in numbers


def lstm_step(x_t, h, c, W_x, W_h, b):
    i, f, g, o = (W_x @ x_t + W_h @ h + b).chunk(4)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def lstm(x, W_x, W_h, b):
    h = c = torch.zeros(len(b) // 4)
    states = []
    for x_t in x:
        h, c = lstm_step(x_t, h, c, W_x, W_h, b)
        states.append(h)
    return torch.stack(states), c


# A cell set by hand


def pytorch_lstm(x, W_x, W_h, b):
    """`nn.LSTM` with these weights on x (T, D) or (B, T, D): output, (h_n, c_n)."""
    module = nn.LSTM(W_x.shape[1], len(b) // 4, batch_first=True)
    weights = {
        "weight_ih_l0": W_x,
        "weight_hh_l0": W_h,
        "bias_ih_l0": b,
        "bias_hh_l0": torch.zeros_like(b),
    }
    return torch.func.functional_call(module, weights, (x,))


def states_and_cell(x, W_x, W_h, b):
    output, (_, c_n) = pytorch_lstm(x, W_x, W_h, b)
    return output, c_n[0]


# The same gradient, all at once


def one_at_a_time(x, lengths, W_x, W_h, b, W_z):
    losses = []
    for n, (row, length) in enumerate(zip(x, lengths)):
        states, _ = lstm(row[:length], W_x, W_h, b)
        z = W_z @ states[-1]
        losses.append(F.cross_entropy(z, torch.tensor(n % len(W_z))))
    return sum(loss / len(losses) for loss in losses)


def one_padded_batch(x, lengths, W_x, W_h, b, W_z):
    output, _ = pytorch_lstm(x, W_x, W_h, b)
    last = output[torch.arange(len(x)), lengths - 1]
    return F.cross_entropy(last @ W_z.T, torch.arange(len(x)) % len(W_z))
