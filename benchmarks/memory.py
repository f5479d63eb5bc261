"""What a network remembers, and for how long: tasks of more/races_of_memory at growing lengths.

    python -m benchmarks.memory                                   # five networks, three seeds
    python -m benchmarks.memory --tasks adding --lengths 25 50    # some of it
    python -m benchmarks.memory --networks "LSTM 5"               # one of the networks
    python -m benchmarks.memory --tune                            # prints; writes nothing

writes results/memory.csv, a row a task, length, network and seed. Every network gets the same
number of parameters, of steps and of examples, and a learning rate chosen beforehand with --tune,
on another seed at the middle lengths. The networks are those that the reader builds.
"""

import argparse
import time
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.machine import device_name
from benchmarks.tables import keep
from course_utils.lessons.more_races_of_memory import TCN, Recurrent, adding, copy, order

# By network. "LSTM 5" is an LSTM whose forget gate starts with the bias 5, "LSTM" one with 1.
RATES = {"RNN": 0.005, "LSTM": 0.01, "LSTM 5": 0.01, "GRU": 0.02, "TCN": 0.01}
BUDGET = 5_000
BATCH = 32
STEPS = 1_000
SEEDS = 3
TUNING_SEED = 100


class Task(NamedTuple):
    """A generator of (x, y), its sizes, the lengths measured, the score that counts as solved."""

    draw: Callable
    inputs: int
    outputs: int
    lengths: tuple[int, ...]
    solved: float  # squared error at most (adding), share of right answers at least


TASKS = {
    "adding": Task(adding, 2, 1, (25, 50, 100), 0.01),
    "copy": Task(copy, 6, 4, (10, 30, 60), 0.99),
    "order": Task(order, 6, 4, (20, 40, 80), 0.99),
}


def levels_for(steps: int, k: int = 3) -> int:
    """The fewest levels whose receptive field, 1 + 2 (k - 1)(2^levels - 1), covers `steps`."""
    return next(n for n in range(1, 30) if 1 + 2 * (k - 1) * (2**n - 1) >= steps)


def network(kind: str, inputs: int, outputs: int, steps: int, budget: int) -> nn.Module:
    """The widest network of its kind with at most `budget` parameters.

    `kind`: one of RATES, or "words": a convolution that sees one word and knows no order."""

    def build(width: int) -> nn.Module:
        if kind == "TCN":
            return TCN(inputs, width, outputs, levels_for(steps))
        if kind == "words":
            return TCN(inputs, width, outputs, levels=1, k=1)
        cell, _, b_f = kind.partition(" ")
        return Recurrent(cell, inputs, width, outputs, float(b_f or 1))

    def size(width: int) -> int:
        return sum(p.numel() for p in build(width).parameters())

    with torch.device("meta"):
        width = next(w for w in range(2, 1000) if size(w + 1) > budget)
    return build(width)


def loss_of(task: str, answer: Tensor, y: Tensor) -> Tensor:
    if task == "adding":
        return F.mse_loss(answer[..., 0], y)
    return F.cross_entropy(answer.flatten(0, 1), y.flatten())


@torch.no_grad()
def score_of(task: str, model: nn.Module, x: Tensor, y: Tensor) -> float:
    """Squared error for adding, else the share of right answers."""
    answer = model(x)[:, -y.shape[1] :]
    if task == "adding":
        return F.mse_loss(answer[..., 0], y).item()
    return (answer.argmax(-1) == y).double().mean().item()


def train(name: str, length: int, kind: str, seed: int, rate: float, steps: int = STEPS) -> dict:
    """Train until the task is solved on 500 sequences held out, or to the end."""
    task = TASKS[name]
    torch.manual_seed(seed)
    fresh = torch.Generator().manual_seed(seed)
    held_out = task.draw(500, length, torch.Generator().manual_seed(10**6 + seed))
    model = network(kind, task.inputs, task.outputs, held_out[0].shape[1], BUDGET)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    start = time.perf_counter()
    solved = False
    score = float("nan")
    step = 0
    while step < steps and not solved:
        step += 1
        x, y = task.draw(BATCH, length, fresh)
        loss_of(name, model(x)[:, -y.shape[1] :], y).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if step % 50 == 0 or step == steps:
            score = score_of(name, model, *held_out)
            solved = score < task.solved if name == "adding" else score > task.solved
    return {
        "task": name,
        "length": length,
        "network": kind,
        "seed": seed,
        "parameters": sum(p.numel() for p in model.parameters()),
        "steps": step,
        "score": round(score, 4),
        "solved": solved,
        "seconds": round(time.perf_counter() - start, 1),
        "device": device_name("cpu"),
    }


def tune(tasks: list[str], networks: list[str]) -> None:
    """Every network with some learning rates, on a seed of its own, at the middle lengths."""
    for name in tasks:
        for kind in networks:
            for rate in (0.002, 0.005, 0.01, 0.02):
                row = train(name, TASKS[name].lengths[1], kind, TUNING_SEED, rate)
                found = f"score {row['score']:.4f} after {row['steps']:5} steps"
                print(f"{name:7} {kind:6} {rate:<6} {found}, {row['seconds']} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", nargs="*", default=list(TASKS), choices=list(TASKS))
    parser.add_argument("--networks", nargs="*", default=list(RATES), choices=list(RATES))
    parser.add_argument("--lengths", nargs="*", type=int, help="only these lengths")
    parser.add_argument("--tune", action="store_true", help="print what learning rates bring")
    args = parser.parse_args()
    if args.tune:
        tune(args.tasks, args.networks)
        return
    for name in args.tasks:
        for length in TASKS[name].lengths:
            if args.lengths and length not in args.lengths:
                continue
            for kind in args.networks:
                rows = [train(name, length, kind, seed, RATES[kind]) for seed in range(SEEDS)]
                keep(rows, "memory", ["task", "length", "network", "seed"])
                print(*rows, sep="\n", flush=True)


if __name__ == "__main__":
    main()
