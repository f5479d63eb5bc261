"""Reading for hours, on one thread or a GPU: it can be stopped at any step and goes on from there.
A folder holds the state (weights, optimiser, place in the text) and a log of its losses."""

import json
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from tools.german.lm import (
    ReaderLM,
    Shape,
    States,
    TiedCrossEntropy,
    held_out,
    streams,
    window,
)
from tools.german.pieces import part_of, write_pass

STATE = "state.pt"
LOG_EVERY = 50
BLOCK = 256  # rows of logits at a time


@dataclass
class Recipe:
    """A step reads `streams` times `bptt` pieces; lr is constant from `warmup` on."""

    streams: int = 96
    bptt: int = 64
    lr: float = 3e-3
    warmup: int = 400
    weight_decay: float = 0.02
    clip: float = 1.0
    seed: int = 1


class Reading:
    """One training run: `targets` are the files of pieces, `folder` takes state and log."""

    def __init__(self, folder: Path, targets: list[Path], shape: Shape, recipe: Recipe):
        self.folder = folder
        self.targets = targets
        self.recipe = recipe
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(recipe.seed)
        self.model = ReaderLM(shape).to(self.device)
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(),
            lr=recipe.lr,
            betas=(0.9, 0.98),
            weight_decay=recipe.weight_decay,
            fused=True,
        )
        self.step = 0  # of the optimiser
        self.number = 0  # of the pass through the texts
        self.place = 0  # in that pass
        self.state: States | None = None
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / STATE).is_file():
            self.load()

    def load(self) -> None:
        saved = torch.load(self.folder / STATE, weights_only=True, map_location=self.device)
        self.model.load_state_dict(saved["model"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.step = saved["step"]
        self.number = saved["number"]
        self.place = saved["place"]
        self.state = saved["state"]

    def save(self) -> None:
        saved = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "number": self.number,
            "place": self.place,
            "state": self.state,
            "shape": asdict(self.model.shape),
        }
        scratch = self.folder / f"{STATE}.new"
        torch.save(saved, scratch)
        scratch.replace(self.folder / STATE)

    def log(self, **values) -> None:
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(values) + "\n")

    def judge(self) -> dict[str, float]:
        """Held-out nats a piece, a number a source."""
        self.model.eval()
        parts = {t.name: round(held_out(self.model, part_of(t, "valid")), 4) for t in self.targets}
        self.model.train()
        return parts

    def data(self) -> np.ndarray:
        """The streams of the present pass; its file is written if it is not there."""
        path = self.folder / f"pass{self.number}.u16"
        if not path.is_file():
            write_pass(self.targets, self.recipe.seed * 1000 + self.number, path)
        return streams(path, self.recipe.streams)

    def turn_over(self) -> np.ndarray:
        """Begin the next pass."""
        (self.folder / f"pass{self.number}.u16").unlink()
        self.number += 1
        self.place = 0
        self.state = None
        return self.data()

    def rate(self, steps: int, decay: int) -> float:
        """Warm-up, a constant rate, and over the last `decay` of `steps` a straight way down."""
        rate = self.recipe.lr * min(1.0, (self.step + 1) / self.recipe.warmup)
        return rate * min(1.0, (steps - self.step) / decay) if decay else rate

    def learn(self, x: Tensor, y: Tensor, lr: float) -> float:
        """One step of the optimiser on one window; the state goes on, its gradient doesn't."""
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            h, state = self.model(x, self.state)
            loss = TiedCrossEntropy.apply(h, self.model.embedding.weight, y.flatten(), BLOCK)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.state = [(h_n.detach(), c_n.detach()) for h_n, c_n in state]
        return loss.item()

    def run(
        self, steps: int, decay: int = 0, save_every: int = 150, judge_every: int = 1500
    ) -> None:
        """Read until step `steps`. `FloatingPointError` if the loss is no longer finite."""
        data = self.data()
        length = self.recipe.bptt
        losses: list[float] = []
        start = time.perf_counter()
        while self.step < steps:
            if self.place + length + 1 > len(data):
                data = self.turn_over()
            x, y = window(data, self.place, length, self.device)
            lr = self.rate(steps, decay)
            losses.append(self.learn(x, y, lr))
            if not math.isfinite(losses[-1]):
                raise FloatingPointError(f"step {self.step}: the loss is {losses[-1]}")
            self.step += 1
            self.place += length
            if self.step % LOG_EVERY == 0:
                self.report(losses, lr, time.perf_counter() - start)
                losses = []
                start = time.perf_counter()
            if self.step % save_every == 0 or self.step == steps:
                self.save()
            if self.step % judge_every == 0 or self.step == steps:
                self.log(step=self.step, held_out=self.judge())
                start = time.perf_counter()

    def report(self, losses: list[float], lr: float, seconds: float) -> None:
        size = self.recipe.streams * self.recipe.bptt
        self.log(
            step=self.step,
            pieces=self.step * size,
            loss=round(sum(losses) / len(losses), 4),
            lr=round(lr, 6),
            a_second=round(len(losses) * size / seconds),
            at_pass=self.number,
        )
