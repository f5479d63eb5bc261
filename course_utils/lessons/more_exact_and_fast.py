"""What notebook more/exact_and_fast defines and others import: its cells tagged `export`.

Made from notebooks/more/exact_and_fast.ipynb by `python -m tools.export`: edit the notebook.
"""

import numpy as np
import torch
from torch import nn

from course_utils.lessons.n03 import pytorch_lstm
from course_utils.lessons.n04 import pytorch_pack, reverse_padded

# Exact without packing


def one_direction(x, weights):
    module = nn.LSTM(x.size(2), weights[1].size(1), batch_first=True)
    names = [name for name, _ in module.named_parameters()]
    return torch.func.functional_call(module, dict(zip(names, weights)), (x,))[0]


def dense_lstm(x, lengths, all_weights):
    rows = torch.arange(len(x))
    h_n = []
    for forward, backward in zip(all_weights[::2], all_weights[1::2]):
        ahead = one_direction(x, forward)
        back = one_direction(reverse_padded(x, lengths), backward)
        h_n += [ahead[rows, lengths - 1], back[rows, lengths - 1]]
        x = torch.cat([ahead, reverse_padded(back, lengths)], dim=-1)
    padding = torch.arange(x.size(1)) >= lengths[:, None]
    return x.masked_fill(padding[..., None], 0), torch.stack(h_n)


# What does packing cost?


def slices(data, sizes):
    ends = np.cumsum(sizes)
    return [data[end - size : end] for end, size in zip(ends, sizes)]


# Four ways to one gradient


def one_document(x, lengths, W_x, W_h, b):
    ends = [pytorch_lstm(row[:n], W_x, W_h, b)[0][-1] for row, n in zip(x, lengths)]
    return torch.stack(ends)


def padded_and_masked(x, lengths, W_x, W_h, b):
    h = c = x.new_zeros(len(x), len(b) // 4)
    for t, a_t in enumerate((x @ W_x.T).unbind(1)):
        i, f, g, o = (a_t + h @ W_h.T + b).chunk(4, dim=1)
        alive = t < lengths[:, None]  # a document that has ended keeps its state
        c = torch.where(alive, f.sigmoid() * c + i.sigmoid() * g.tanh(), c)
        h = torch.where(alive, o.sigmoid() * c.tanh(), h)
    return h


def packed_sequence(x, lengths, W_x, W_h, b):
    return pytorch_lstm(pytorch_pack(x, lengths), W_x, W_h, b)[1][0][0]


def dense_exact(x, lengths, W_x, W_h, b):
    return pytorch_lstm(x, W_x, W_h, b)[0][torch.arange(len(x)), lengths - 1]
