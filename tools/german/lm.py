"""Trains an AWD-LSTM-shaped language model on files of pieces, for hours, on one thread or on a GPU.
It can be stopped at any step and goes on from its last checkpoint; weights load into fastai's AWD_LSTM unchanged."""

import json
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tools.german.pieces import write_pass


@dataclass
class Shape:
    """Sizes of the network: pieces, embedding (also the last layer's width), hidden width, layers."""

    pieces: int = 10_000
    embedding: int = 320
    hidden: int = 768
    layers: int = 2


@dataclass
class Recipe:
    """How it is trained. A step reads `streams` times `bptt` pieces; lr is constant after `warmup` steps, until `decay`."""

    streams: int = 96
    bptt: int = 64
    lr: float = 3e-3
    warmup: int = 400
    weight_decay: float = 0.02
    clip: float = 1.0
    seed: int = 1


class ReaderLM(nn.Module):
    """Embedding, LSTM layers, tied output without bias (Merity et al. 2018, without its dropouts)."""

    def __init__(self, shape: Shape):
        super().__init__()
        widths = [shape.embedding, *[shape.hidden] * (shape.layers - 1), shape.embedding]
        self.shape = shape
        self.embedding = nn.Embedding(shape.pieces, shape.embedding)
        self.rnns = nn.ModuleList(nn.LSTM(a, b) for a, b in zip(widths, widths[1:]))
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)
        for rnn in self.rnns:
            hidden = rnn.hidden_size
            nn.init.constant_(
                rnn.bias_ih_l0[hidden : 2 * hidden], 1.0
            )  # remember at first (Jozefowicz et al. 2015)

    def forward(self, x: Tensor, state: list | None = None) -> tuple[Tensor, list]:
        """`x` (T, B) -> last layer's outputs (T · B, E) and the state of each layer."""
        states, h = [], self.embedding(x)
        if torch.is_autocast_enabled(x.device.type):
            h = h.to(torch.get_autocast_dtype(x.device.type))
        for i, rnn in enumerate(self.rnns):
            h, last = rnn(h, None if state is None else state[i])
            states.append(last)
        return h.flatten(0, 1), states


class TiedCrossEntropy(torch.autograd.Function):
    """Mean cross-entropy of h (N, E) against all rows of W (V, E), with its gradient computed on the way forward.

    The logits of N · V numbers are exponentiated in bfloat16, a block of rows at a time; sums are float32. It is three
    times as fast on a CPU as `F.cross_entropy(F.linear(h, W), y)` and equal to it within a thousandth (see the tests)."""

    @staticmethod
    def forward(ctx, h: Tensor, weight: Tensor, y: Tensor, block: int) -> Tensor:
        n, half = len(y), weight.to(torch.bfloat16)
        right, h16 = half.t().contiguous(), h.to(torch.bfloat16).contiguous()
        p = torch.empty(n, len(weight), dtype=torch.bfloat16, device=h.device)
        grad_h = torch.empty_like(h16, dtype=torch.float32)
        total = torch.empty(n, device=h.device)
        ones = torch.ones(len(weight), 1, dtype=torch.bfloat16, device=h.device)
        for i in range(0, n, block):
            rows = slice(i, i + block)
            torch.mm(h16[rows], right, out=p[rows])
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
    """Nats a piece on the first `limit` pieces of `path`, in float32, state carried along."""
    device = model.embedding.weight.device
    data = streams(path, number)[: limit // number]
    total, count, state = 0.0, 0, None
    for start in range(0, len(data) - 1, 64):
        x, y = window(data, start, min(64, len(data) - 1 - start), device)
        h, state = model(x, state)
        total += F.cross_entropy(
            F.linear(h, model.embedding.weight), y.flatten(), reduction="sum"
        ).item()
        count += y.numel()
    return total / count


class Reading:
    """One training run in a folder: state.pt (weights, optimiser, place in the text) and log.jsonl."""

    def __init__(self, folder: Path, targets: list[Path], shape: Shape, recipe: Recipe):
        self.folder, self.targets, self.recipe = folder, targets, recipe
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(recipe.seed)
        self.model = ReaderLM(shape).to(self.device)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=recipe.lr, betas=(0.9, 0.98),
                                           weight_decay=recipe.weight_decay, fused=True)  # fmt: skip
        self.step, self.number, self.place, self.state = 0, 0, 0, None
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / "state.pt").is_file():
            self.load()

    def load(self) -> None:
        saved = torch.load(self.folder / "state.pt", weights_only=True, map_location=self.device)
        self.model.load_state_dict(saved["model"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.step, self.number, self.place = saved["step"], saved["number"], saved["place"]
        self.state = saved["state"]

    def save(self, name: str = "state.pt") -> None:
        saved = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "step": self.step,
                 "number": self.number, "place": self.place, "state": self.state,
                 "shape": asdict(self.model.shape)}  # fmt: skip
        torch.save(saved, self.folder / f"{name}.new")
        (self.folder / f"{name}.new").replace(self.folder / name)

    def log(self, **values) -> None:
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(values) + "\n")

    def judge(self) -> dict:
        """Held-out nats a piece, a number a source."""
        self.model.eval()
        parts = {
            t.name: round(held_out(self.model, t.with_name(f"{t.name}.valid.u16")), 4)
            for t in self.targets
        }
        self.model.train()
        return parts

    def data(self) -> np.ndarray:
        path = self.folder / f"pass{self.number}.u16"
        if not path.is_file():
            write_pass(self.targets, self.recipe.seed * 1000 + self.number, path)
        return streams(path, self.recipe.streams)

    def learn(self, x: Tensor, y: Tensor, lr: float) -> float:
        """One step of the optimiser on one window; the state goes on, its gradient doesn't."""
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            h, state = self.model(x, self.state)
            loss = TiedCrossEntropy.apply(h, self.model.embedding.weight, y.flatten(), 256)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.state = [tuple(part.detach() for part in layer) for layer in state]
        return loss.item()

    def run(
        self, steps: int, decay: int = 0, save_every: int = 150, judge_every: int = 1500
    ) -> None:
        """Read until step `steps`; over the last `decay` steps the learning rate falls to nothing in a straight line."""
        data, length = self.data(), self.recipe.bptt
        losses, start = [], time.perf_counter()
        while self.step < steps:
            if self.place + length + 1 > len(data):
                (self.folder / f"pass{self.number}.u16").unlink()
                self.number, self.place, self.state = self.number + 1, 0, None
                data = self.data()
            x, y = window(data, self.place, length, self.device)
            lr = self.recipe.lr * min(1.0, (self.step + 1) / self.recipe.warmup)
            if decay:
                lr *= min(1.0, (steps - self.step) / decay)
            losses.append(self.learn(x, y, lr))
            if not math.isfinite(losses[-1]):
                raise FloatingPointError(f"step {self.step}: the loss is {losses[-1]}")
            self.step, self.place = self.step + 1, self.place + length
            if self.step % 50 == 0:
                seconds = time.perf_counter() - start
                read = self.step * self.recipe.streams * length
                self.log(step=self.step, pieces=read, loss=round(sum(losses) / len(losses), 4), lr=round(lr, 6),
                         a_second=round(len(losses) * x.numel() / seconds), at_pass=self.number)  # fmt: skip
                losses, start = [], time.perf_counter()
            if self.step % save_every == 0 or self.step == steps:
                self.save()
            if self.step % judge_every == 0 or self.step == steps:
                self.log(step=self.step, held_out=self.judge())
                start = time.perf_counter()
