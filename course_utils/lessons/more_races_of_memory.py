"""What notebook more/races_of_memory defines and others import: its cells tagged `export`.

Made from notebooks/more/races_of_memory.ipynb by `python -m tools.export`: edit the notebook.
"""

import torch
from torch import nn
from torch.nn import functional as F

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
    def __init__(self, kind, inputs, hidden, outputs, b_f=1.0):
        super().__init__()
        self.layer = getattr(nn, kind)(inputs, hidden, batch_first=True)
        self.out = nn.Linear(hidden, outputs)
        if kind == "LSTM":
            with torch.no_grad():
                self.layer.bias_ih_l0[hidden : 2 * hidden] += b_f

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
