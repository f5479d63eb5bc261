"""What notebook 06 defines and others import: its cells tagged `export`.

Made from notebooks/06_memory_and_gates.ipynb by `python -m tools.export`: edit the notebook.
"""

import torch

# The LSTM cell by hand

NAMES = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]  # W_x, W_h, b_x, b_h


def lstm_cell(x_t, h, c, W_x, W_h, b_x, b_h):
    i, f, g, o = (x_t @ W_x.T + b_x + h @ W_h.T + b_h).chunk(4, dim=-1)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


def lstm_by_hand(x, h, c, *weights):
    states = []
    for x_t in x.unbind(1):
        h, c = lstm_cell(x_t, h, c, *weights)
        states.append(h)
    return torch.stack(states, dim=1), h, c


# The GRU cell by hand


def gru_cell(x_t, h, W_x, W_h, b_x, b_h):
    x_r, x_z, x_n = (x_t @ W_x.T + b_x).chunk(3, dim=-1)
    h_r, h_z, h_n = (h @ W_h.T + b_h).chunk(3, dim=-1)
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
