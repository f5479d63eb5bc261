"""What notebook 06 defines and others import: its cells tagged `export`.

Made from notebooks/06_memory_and_gates.ipynb by `python -m tools.export`: edit the notebook.
"""

import torch
from torch import nn
from torch.nn import functional as F

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


# Three tests of memory


def adding(n, T, g):
    x = torch.zeros(n, T, 2)
    x[..., 0] = torch.rand(n, T, generator=g)
    rows = torch.arange(n)
    first = torch.randint(T // 2, (n,), generator=g)
    second = torch.randint(T // 2, T, (n,), generator=g)
    x[rows, first, 1] = 1
    x[rows, second, 1] = 1
    return x, (x[rows, first, 0] + x[rows, second, 0])[:, None]


def copy(n, T, g, symbols=3, kinds=4):
    y = torch.randint(kinds, (n, symbols), generator=g)
    blank = torch.full((n, T + symbols), kinds)
    blank[:, T - 1] = kinds + 1
    return F.one_hot(torch.cat([y, blank], 1), kinds + 2).float(), y


def order(n, T, g):
    s = torch.randint(2, 6, (n, T), generator=g)
    two = torch.randint(2, (n, 2), generator=g)
    for k, part in enumerate((1, 5)):
        at = part * T // 10 + torch.randint(max(1, T // 10), (n,), generator=g)
        s[torch.arange(n), at] = two[:, k]
    return F.one_hot(s, 6).float(), (2 * two[:, 0] + two[:, 1])[:, None]


class Recurrent(nn.Module):
    def __init__(self, kind, inputs, hidden, outputs):
        super().__init__()
        self.layer = getattr(nn, kind)(inputs, hidden, batch_first=True)
        self.out = nn.Linear(hidden, outputs)
        if kind == "LSTM":
            with torch.no_grad():
                self.layer.bias_ih_l0[hidden : 2 * hidden] += 1

    def forward(self, x):
        return self.out(self.layer(x)[0])


# The claim: take a convolution


def causal_conv(x, W, b, d):
    """x (batch, channels, T), W (outputs, channels, k), dilation d."""
    k = W.shape[2]
    T = x.shape[2]
    y = b[:, None].expand(len(x), -1, T)
    for i in range(k):
        shift = d * (k - 1 - i)
        moved = torch.cat([torch.zeros_like(x[..., :shift]), x], dim=2)[..., :T]
        y = y + W[..., i] @ moved
    return y


class Block(nn.Module):
    def __init__(self, inputs, channels, k, dilation):
        super().__init__()
        self.past = (k - 1) * dilation
        self.first = nn.Conv1d(inputs, channels, k, dilation=dilation)
        self.second = nn.Conv1d(channels, channels, k, dilation=dilation)
        self.shortcut = nn.Conv1d(inputs, channels, 1) if inputs != channels else nn.Identity()

    def forward(self, x):
        h = self.first(F.pad(x, (self.past, 0))).relu()
        h = self.second(F.pad(h, (self.past, 0))).relu()
        return (h + self.shortcut(x)).relu()


class TCN(nn.Module):
    def __init__(self, inputs, channels, outputs, levels, k=3):
        super().__init__()
        blocks = [Block(inputs, channels, k, 1)]
        for level in range(1, levels):
            blocks.append(Block(channels, channels, k, 2**level))
        self.blocks = nn.Sequential(*blocks)
        self.out = nn.Linear(channels, outputs)

    def forward(self, x):
        return self.out(self.blocks(x.transpose(1, 2)).transpose(1, 2))


def receptive_field(levels, k=3):
    return 1 + 2 * (k - 1) * (2**levels - 1)
