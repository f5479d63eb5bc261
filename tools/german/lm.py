"""An AWD-LSTM-shaped language model and the loss that lets a processor train it for hours.
Its weights load into fastai's AWD_LSTM unchanged; tools.german.reading trains it."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

WINDOW = 64  # positions a step of `held_out`

States = list[tuple[Tensor, Tensor]]  # (h, c) of each layer, (1, B, H) each


@dataclass
class Shape:
    """Pieces, width of the embedding and of the last layer, hidden width, layers."""

    pieces: int = 10_000
    embedding: int = 320
    hidden: int = 768
    layers: int = 2


class ReaderLM(nn.Module):
    """Embedding, LSTM layers, tied output without bias (Merity et al. 2018, without dropout)."""

    def __init__(self, shape: Shape):
        super().__init__()
        widths = [shape.embedding, *[shape.hidden] * (shape.layers - 1), shape.embedding]
        self.shape = shape
        self.embedding = nn.Embedding(shape.pieces, shape.embedding)
        layers = [nn.LSTM(a, b) for a, b in pairwise(widths)]
        self.rnns = nn.ModuleList(layers)
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)
        for rnn in layers:  # remember at first (Jozefowicz et al. 2015)
            _, forget, _, _ = rnn.get_parameter("bias_ih_l0").chunk(4)
            nn.init.ones_(forget)

    def forward(self, x: Tensor, state: States | None = None) -> tuple[Tensor, States]:
        """`x` (T, B) -> last layer's outputs (T · B, E) and the state of each layer."""
        states = []
        h = self.embedding(x)
        if torch.is_autocast_enabled(x.device.type):
            h = h.to(torch.get_autocast_dtype(x.device.type))
        for i, rnn in enumerate(self.rnns):
            h, last = rnn(h, None if state is None else state[i])
            states.append(last)
        return h.flatten(0, 1), states

    def as_awd_lstm(self) -> dict[str, Tensor]:
        """The weights under the names that fastai's language model over AWD_LSTM gives them."""
        embedding = self.embedding.weight
        weights = {
            "0.encoder.weight": embedding,
            "0.encoder_dp.emb.weight": embedding,
            "1.decoder.weight": embedding,
            "1.decoder.bias": torch.zeros(self.shape.pieces),
        }
        for i, rnn in enumerate(self.rnns):
            for name in ("weight_ih_l0", "bias_ih_l0", "bias_hh_l0"):
                weights[f"0.rnns.{i}.module.{name}"] = rnn.get_parameter(name)
            weights[f"0.rnns.{i}.weight_hh_l0_raw"] = rnn.get_parameter("weight_hh_l0")
        return {name: weight.detach() for name, weight in weights.items()}


class TiedCrossEntropy(torch.autograd.Function):
    """Mean cross-entropy of h (N, E) against all rows of W (V, E), its gradient computed forwards.

    The N · V logits are exponentiated in bfloat16, a block of rows at a time; sums are float32. On
    a CPU it is three times as fast as `F.cross_entropy(F.linear(h, W), y)`, and equal to it within
    a thousandth (tests)."""

    @staticmethod
    def forward(ctx, h: Tensor, weight: Tensor, y: Tensor, block: int) -> Tensor:
        n = len(y)
        half = weight.to(torch.bfloat16)
        turned = half.t().contiguous()
        h16 = h.to(torch.bfloat16).contiguous()
        p = torch.empty(n, len(weight), dtype=torch.bfloat16, device=h.device)
        grad_h = torch.empty_like(h16, dtype=torch.float32)
        total = torch.empty(n, device=h.device)
        ones = torch.ones(len(weight), 1, dtype=torch.bfloat16, device=h.device)
        for i in range(0, n, block):
            rows = slice(i, i + block)
            torch.mm(h16[rows], turned, out=p[rows])
            p[rows].exp_()
            total[rows] = torch.mm(p[rows], ones).float()[:, 0]
            grad_h[rows] = torch.mm(p[rows], half).float()
        h32 = h16.float()
        own = weight[y]
        loss = (total.log() - (h32 * own).sum(1)).mean()
        grad_h = (grad_h / total[:, None] - own) / n
        scaled = (h32 / (total * n)[:, None]).to(torch.bfloat16)
        grad_w = torch.mm(scaled.t(), p).t().float().contiguous()
        grad_w.index_add_(0, y, h32, alpha=-1 / n)
        ctx.save_for_backward(grad_h.to(h.dtype), grad_w)
        return loss

    @staticmethod
    def backward(ctx, grad: Tensor):
        grad_h, grad_w = ctx.saved_tensors
        return grad_h * grad.to(grad_h.dtype), grad_w * grad, None, None


def streams(path: Path, number: int) -> np.ndarray:
    """A file of pieces as (positions, `number`) contiguous streams, memory-mapped."""
    pieces = np.memmap(path, dtype=np.uint16, mode="r")
    length = len(pieces) // number
    return pieces[: length * number].reshape(number, length).T


def window(data: np.ndarray, start: int, length: int, device) -> tuple[Tensor, Tensor]:
    """Inputs and targets (length, streams), int64."""
    part = torch.from_numpy(data[start : start + length + 1].astype(np.int64)).to(device)
    return part[:-1], part[1:]


@torch.no_grad()
def held_out(model: ReaderLM, path: Path, limit: int = 200_000, number: int = 32) -> float:
    """Nats a piece on the first `limit` pieces of `path`, in float32, state carried along.

    They are read in at most `number` streams, each longer than a window."""
    weight = model.embedding.weight
    number = max(1, min(number, len(streams(path, 1)) // (WINDOW + 1)))
    data = streams(path, number)[: limit // number]
    total = 0.0
    count = 0
    state = None
    for start in range(0, len(data) - 1, WINDOW):
        x, y = window(data, start, min(WINDOW, len(data) - 1 - start), weight.device)
        h, state = model(x, state)
        total += F.cross_entropy(F.linear(h, weight), y.flatten(), reduction="sum").item()
        count += y.numel()
    return total / count
