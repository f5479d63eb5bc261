"""What notebook 03 defines and others import: its cells tagged `export`.

Made from notebooks/03_one_document_at_a_time.ipynb by `python -m tools.export`: edit the notebook.
"""

import torch
from torch import nn
from torch.nn import functional as F

# A memory with gates: the LSTM


def lstm_step(x_t, h, c, W, U, b):
    i, f, g, o = (W @ x_t + U @ h + b).chunk(4)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def lstm(x, W, U, b):
    h = c = torch.zeros(len(b) // 4)
    states = []
    for x_t in x:
        h, c = lstm_step(x_t, h, c, W, U, b)
        states.append(h)
    return torch.stack(states), c


def pytorch_lstm(x, W, U, b):
    module = nn.LSTM(W.shape[1], len(b) // 4)
    weights = {
        "weight_ih_l0": W,
        "weight_hh_l0": U,
        "bias_ih_l0": b,
        "bias_hh_l0": torch.zeros(len(b)),
    }
    output, (_, c_n) = torch.func.functional_call(module, weights, x)
    return output, c_n[0]


def words_and_cell(g):
    T, D, H = torch.randint(1, 8, (3,), generator=g).tolist()
    shapes = [(T, D), (4 * H, D), (4 * H, H), (4 * H,)]
    return tuple(torch.randn(*shape, generator=g) for shape in shapes)


# From the last state to a desk, and a loss


class HandmadeLoss(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, k):
        p = torch.softmax(z, 0)
        ctx.save_for_backward(p, k)
        return -torch.log(p[k])

    @staticmethod
    def backward(ctx, dL):
        p, k = ctx.saved_tensors
        return dL * (p - F.one_hot(k, len(p))), None


def logits_and_desk(g):
    K = int(torch.randint(1, 12, (), generator=g))
    return torch.randn(K, generator=g), torch.randint(K, (), generator=g)


# The same gradient, sixty-four at once


def one_at_a_time(E, lengths, W, U, b, V):
    losses = []
    for n, (row, length) in enumerate(zip(E, lengths)):
        states, _ = lstm(row[:length], W, U, b)
        logits = V @ states[-1]
        losses.append(F.cross_entropy(logits[None], torch.tensor([n % len(V)])))
    return sum(loss / len(losses) for loss in losses)


def one_padded_batch(E, lengths, W, U, b, V):
    output, _ = pytorch_lstm_batch(E, W, U, b)
    last = output[torch.arange(len(E)), lengths - 1]
    return F.cross_entropy(last @ V.T, torch.arange(len(E)) % len(V))


def pytorch_lstm_batch(E, W, U, b):
    module = nn.LSTM(W.shape[1], len(b) // 4, batch_first=True)
    weights = {
        "weight_ih_l0": W,
        "weight_hh_l0": U,
        "bias_ih_l0": b,
        "bias_hh_l0": torch.zeros(len(b)),
    }
    return torch.func.functional_call(module, weights, E)


def about_64_documents(g):
    B = int(torch.randint(60, 69, (), generator=g))
    T, D, H, K = torch.randint(1, 8, (4,), generator=g).tolist()
    lengths = torch.randint(1, T + 1, (B,), generator=g)
    shapes = [(B, T, D), (4 * H, D), (4 * H, H), (4 * H,), (K, H)]
    E, *weights = (torch.randn(*shape, generator=g) for shape in shapes)
    return E, lengths, *weights
