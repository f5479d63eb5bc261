"""What a network remembers, and for how long: the three memory tasks of notebook 06 at growing lengths, and its convolutional network
(TCN) against LSTM and GRU with as many parameters, on the adding task and on the news.

    python -m benchmarks.memory                                   # the tasks, and the news
    python -m benchmarks.memory --parts tasks --tasks adding --lengths 25 50
    COURSE_DATA=/path/to/folder python -m benchmarks.memory --parts news

writes results/memory.csv (a row a task, length, network and seed) and results/memory-news.csv (a row a corpus, network and seed);
rows that are there already and were not measured again stay. Every network gets the same number of parameters, of steps and of
examples, and a learning rate chosen beforehand with `--parts tune`: on another seed at the middle lengths, and for the news on
articles held out of the training set."""

import argparse
import time
from itertools import product
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.machine import corpus_name, device_name
from benchmarks.taken import take
from course_utils import (
    Vocabulary,
    embedding_matrix,
    load_gnad,
    load_vectors,
    pad_batch,
    predict,
    tokenize,
)

RESULTS = Path(__file__).resolve().parent.parent / "results"
LENGTHS = {"adding": (25, 50, 100), "copy": (10, 30, 60), "order": (20, 40, 80)}
SOLVED = {
    "adding": 0.01,
    "copy": 0.99,
    "order": 0.99,
}  # squared error at most, share of right answers at least
RATES = {"RNN": 0.005, "LSTM": 0.01, "GRU": 0.02, "TCN": 0.01}
BUDGET, BATCH, STEPS = 5_000, 32, 1_000
NEWS_NETWORKS, NEWS_RATES = (
    ("LSTM", "GRU", "TCN"),
    {"last": 0.01, "mean": 0.03},
)  # each the best of three for all three networks
NEWS_WORDS, NEWS_BUDGET, NEWS_STEPS = 100, 25_000, 400
NOTEBOOK = take(
    "06", *LENGTHS, "Recurrent", "Block", "TCN"
)  # what is measured is what the reader builds
TCN, Recurrent = NOTEBOOK["TCN"], NOTEBOOK["Recurrent"]
TASKS = {
    "adding": (NOTEBOOK["adding"], 2, 1),
    "copy": (NOTEBOOK["copy"], 6, 4),
    "order": (NOTEBOOK["order"], 6, 4),
}  # generator, inputs, outputs


def levels_for(steps: int, k: int = 3) -> int:
    """The fewest levels whose receptive field, 1 + 2 (k - 1)(2^levels - 1), covers so many steps."""
    return next(n for n in range(1, 30) if 1 + 2 * (k - 1) * (2**n - 1) >= steps)


def network(kind: str, inputs: int, outputs: int, steps: int, budget: int) -> nn.Module:
    """The widest network of its kind with at most `budget` parameters."""

    def build(width: int) -> nn.Module:
        return (
            TCN(inputs, width, outputs, levels_for(steps))
            if kind == "TCN"
            else Recurrent(kind, inputs, width, outputs)
        )

    with torch.device("meta"):
        width = next(
            w for w in range(2, 1000) if sum(p.numel() for p in build(w + 1).parameters()) > budget
        )
    return build(width)


def train(task: str, T: int, kind: str, seed: int, rate: float, steps: int = STEPS) -> dict:
    """Trains until the task is solved on 500 sequences held out, or to the end."""
    draw, inputs, outputs = TASKS[task]
    torch.manual_seed(seed)
    fresh, held_out = (
        torch.Generator().manual_seed(seed),
        draw(500, T, torch.Generator().manual_seed(10**6 + seed)),
    )
    model = network(kind, inputs, outputs, held_out[0].shape[1], BUDGET)
    optimizer, start = torch.optim.Adam(model.parameters(), lr=rate), time.perf_counter()
    for step in range(1, steps + 1):
        x, y = draw(BATCH, T, fresh)
        answer = model(x)[:, -y.shape[1] :]
        loss = (
            F.mse_loss(answer[..., 0], y)
            if task == "adding"
            else F.cross_entropy(answer.flatten(0, 1), y.flatten())
        )
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if step % 50 == 0 or step == steps:
            with torch.no_grad():
                x, y = held_out
                answer = model(x)[:, -y.shape[1] :]
                score = (
                    F.mse_loss(answer[..., 0], y).item()
                    if task == "adding"
                    else (answer.argmax(-1) == y).double().mean().item()
                )
            solved = score < SOLVED[task] if task == "adding" else score > SOLVED[task]
            if solved:
                break
    return {
        "task": task,
        "length": T,
        "network": kind,
        "seed": seed,
        "parameters": sum(p.numel() for p in model.parameters()),
        "steps": step,
        "score": round(score, 4),
        "solved": solved,
        "seconds": round(time.perf_counter() - start, 1),
    }


class NewsReader(nn.Module):
    """Word vectors as they are, dropout, a network, and its logits: those after the last word, or the mean over all words."""

    def __init__(self, kind: str, matrix: Tensor, classes: int, readout: str):
        super().__init__()
        self.emb, self.dropout, self.readout = (
            nn.Embedding.from_pretrained(matrix, padding_idx=0),
            nn.Dropout(0.3),
            readout,
        )
        self.network = network(kind, matrix.shape[1], classes, NEWS_WORDS, NEWS_BUDGET)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        logits = self.network(self.dropout(self.emb(x)))
        if self.readout == "last":
            return logits[torch.arange(len(x)), lengths - 1]
        words = torch.arange(x.shape[1]) < lengths[:, None]
        return logits.masked_fill(~words[..., None], 0).sum(1) / lengths[:, None]


def news_batches(held_out: bool) -> tuple[Tensor, int, tuple, tuple]:
    """Word vectors, number of desks, and (x, lengths, y) to learn from and to be judged by: the training and test articles, or, to choose
    learning rates, four fifths and a fifth of the training articles."""
    train_part, test_part = load_gnad()
    if held_out:
        train_part, test_part = (
            train_part.iloc[len(train_part) // 5 :],
            train_part.iloc[: len(train_part) // 5],
        )
    vocabulary, classes = (
        Vocabulary.from_texts(train_part.text, min_count=2),
        sorted(set(train_part.category)),
    )
    batches = (
        pad_batch(
            [vocabulary.encode(tokenize(text)[:NEWS_WORDS]) for text in part.text],
            [classes.index(c) for c in part.category],
        )
        for part in (train_part, test_part)
    )
    return embedding_matrix(vocabulary, load_vectors()), len(classes), *batches


def trained_reader(
    data: tuple, readout: str, kind: str, seed: int, rate: float
) -> tuple[NewsReader, float]:
    """A network that has learned from the first words of every article, and the seconds it took."""
    matrix, classes, (x, lengths, y), _ = data
    torch.manual_seed(seed)
    model = NewsReader(kind, matrix, classes, readout)
    optimizer, start = torch.optim.Adam(model.network.parameters(), lr=rate), time.perf_counter()
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=NEWS_STEPS)
    turns = torch.cat([torch.randperm(len(x)) for _ in range(1 + NEWS_STEPS * BATCH // len(x))])
    for chosen in turns.split(BATCH)[:NEWS_STEPS]:
        F.cross_entropy(model(x[chosen], lengths[chosen]), y[chosen]).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    return model, time.perf_counter() - start


def read_news(data: tuple, readout: str, kind: str, seed: int, rate: float) -> dict:
    """Accuracy of one network, after training, on articles that it has not seen."""
    model, seconds = trained_reader(data, readout, kind, seed, rate)
    logits, labels = predict(model, [data[3]])
    return {
        "readout": readout,
        "network": kind,
        "seed": seed,
        "parameters": sum(p.numel() for p in model.network.parameters()),
        "articles": len(labels),
        "accuracy": round((logits.argmax(1) == labels).double().mean().item(), 3),
        "seconds": round(seconds, 1),
    }


def tune(tasks: list[str]) -> None:
    """Every network with some learning rates, on a seed of its own: at the middle length of each task, and on a fifth of the training
    articles held out. Nothing is written."""
    for task in tasks:
        for kind in RATES:
            for rate in (0.002, 0.005, 0.01, 0.02):
                row = train(task, LENGTHS[task][1], kind, 100, rate)
                print(
                    f"{task:7} {kind:5} {rate:<6} score {row['score']:.4f} after {row['steps']:5} steps, {row['seconds']} s",
                    flush=True,
                )
    data = news_batches(held_out=True)
    for readout, kind, rate in product(NEWS_RATES, NEWS_NETWORKS, (0.003, 0.01, 0.03)):
        row = read_news(data, readout, kind, 100, rate)
        print(
            f"news {readout} {kind:5} {rate:<6} accuracy {row['accuracy']:.3f}, {row['seconds']} s",
            flush=True,
        )


def keep(rows: list[dict], path: Path, *keys: str) -> None:
    """Prints the rows and puts them into the file, in place of those that agree with one of them in all `keys`."""
    table = pd.DataFrame(rows).assign(device=device_name("cpu"))
    print(table.to_string(index=False), flush=True)
    if path.exists():
        old = pd.read_csv(path)
        again = old.set_index(list(keys)).index.isin(table.set_index(list(keys)).index)
        table = pd.concat([old[~again], table])
    table.sort_values(list(keys), kind="stable").to_csv(path, index=False)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "name", nargs="?", help="name of the corpus in results/memory-news.csv; by default its own"
    )
    parser.add_argument(
        "--parts", nargs="*", default=["tasks", "news"], choices=["tasks", "news", "tune"]
    )
    parser.add_argument("--tasks", nargs="*", default=list(TASKS), choices=list(TASKS))
    parser.add_argument("--lengths", nargs="*", type=int, help="only these lengths of the tasks")
    args = parser.parse_args()
    if "tune" in args.parts:
        tune(args.tasks)
    for task in args.tasks if "tasks" in args.parts else ():
        for T in LENGTHS[task]:
            if not args.lengths or T in args.lengths:
                for kind in RATES:
                    keep(
                        [train(task, T, kind, seed, RATES[kind]) for seed in range(3)],
                        RESULTS / "memory.csv",
                        "task",
                        "length",
                        "network",
                    )
    if "news" in args.parts:
        data = news_batches(held_out=False)
        for readout, kind in product(NEWS_RATES, NEWS_NETWORKS):
            rows = [
                {
                    "corpus": args.name or corpus_name(),
                    **read_news(data, readout, kind, seed, NEWS_RATES[readout]),
                }
                for seed in range(3)
            ]
            keep(rows, RESULTS / "memory-news.csv", "corpus", "readout", "network")


if __name__ == "__main__":
    main()
