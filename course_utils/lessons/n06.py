"""What notebook 06 defines and others import: its cells tagged `export`.

Made from notebooks/06_memory_and_gates.ipynb by `python -m tools.export`: edit the notebook.
"""

import torch
from torch import nn

# The LSTM cell by hand


def lstm_cell(x_t, h, c, W, U, b, b_):
    i, f, g, o = (x_t @ W.T + b + h @ U.T + b_).chunk(4, dim=-1)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


def lstm_by_hand(x, h, c, *weights):
    states = []
    for x_t in x.unbind(1):
        h, c = lstm_cell(x_t, h, c, *weights)
        states.append(h)
    return torch.stack(states, dim=1), h, c


NAMES = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]


def pytorch_lstm(x, h, c, *weights):
    lstm = nn.LSTM(x.shape[2], h.shape[1], batch_first=True)
    state = (h[None], c[None])
    named = dict(zip(NAMES, weights))
    output, (h, c) = torch.func.functional_call(lstm, named, (x, state))
    return output, h[0], c[0]


# The GRU cell by hand


def gru_cell(x_t, h, W, U, b, b_):
    x_r, x_z, x_n = (x_t @ W.T + b).chunk(3, dim=-1)
    h_r, h_z, h_n = (h @ U.T + b_).chunk(3, dim=-1)
    r = (x_r + h_r).sigmoid()
    z = (x_z + h_z).sigmoid()
    n = (x_n + r * h_n).tanh()
    return (1 - z) * n + z * h


def gru_by_hand(x, h, *weights):
    states = []
    for x_t in x.unbind(1):
        h = gru_cell(x_t, h, *weights)
        states.append(h)
    return torch.stack(states, dim=1)
