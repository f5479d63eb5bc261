"""Tokens a second in training, six ways through the same articles, in one run on one machine; and generation beside its ceiling.

    python -m benchmarks.bench                                       # COURSE_DATA=/path/to/folder before it takes other articles
    python -m benchmarks.bench --parts ladder --every-batch     # (d) over every article too, not over every sixth batch
    python -m benchmarks.bench --cell '{"way": "e", "model": "LSTM 64"}'   # one measurement alone, as JSON

writes results/bench-NAME.csv (a row a model and way), and bench-NAME-growth.csv (against the longest length and the number of
articles), -extras.csv (what else helps), -generation.csv and -exact.csv (largest differences from packing) beside it.

A training step is all of it: batch, forward, loss, backward, clipping, AdamW. The ways:
(a) one document at a time, a step of the optimiser every 64; (b) the reference loop: 256 documents padded to the longest of the
corpus, packed; (c) shuffled batches of 32, packed; (d) length buckets, packed; (e) length buckets through PaddedLSTM; (f) the
ceiling: `nn.LSTM` forward and backward alone, on full batches of equal length, the median of the corpus.

A machine's speed wanders within seconds. So (a), (e) and (f), whose ratios are near one, take turns, batch by batch, in one process;
the slow ways have a process each. Peak memory is what a process of one way alone adds to what it held before its first step.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.utils.data import DataLoader

from benchmarks.machine import DEVICE, corpus_name, device_name, peak_memory, synchronise
from course_utils import (
    LengthBuckets,
    PaddedLSTM,
    Vocabulary,
    load_gnad,
    pad_batch,
    rounded_length,
    tokenize,
)

RESULTS = Path(__file__).resolve().parent.parent / "results"
WAYS = {
    "a": "one document at a time",
    "b": "256 padded to the corpus's longest, packed",
    "c": "shuffled batches of 32, packed",
    "d": "length buckets, packed",
    "e": "length buckets, PaddedLSTM",
    "f": "ceiling: nn.LSTM alone, equal lengths",
}
MODELS = {
    "LSTM 64": {"hidden_size": 64},
    "2 x 128 bidirectional": {"hidden_size": 128, "num_layers": 2, "bidirectional": True},
    "4 x 64 bidirectional": {"hidden_size": 64, "num_layers": 4, "bidirectional": True},
}
TOKENS, DIMENSIONS, CLASSES = 16_384, 300, 9


class Reader(nn.Module):
    """Frozen word vectors as in the reference course, an LSTM, its last states, a linear layer."""

    def __init__(self, n_words: int, **lstm):
        super().__init__()
        self.emb = nn.Embedding(n_words, DIMENSIONS, padding_idx=0).requires_grad_(False)
        self.lstm = PaddedLSTM(DIMENSIONS, **lstm)
        self.directions = 2 if self.lstm.bidirectional else 1
        self.out = nn.Linear(self.directions * self.lstm.hidden_size, CLASSES)

    def forward(self, x: Tensor, lengths: Tensor, packed: bool = False) -> Tensor:
        vectors = self.emb(x.T).transpose(
            0, 1
        )  # looked up time first, as oneDNN wants it: PaddedLSTM then has nothing to turn round
        if packed:  # what PaddedLSTM does not do on a CPU
            output, (h_n, _) = nn.LSTM.forward(
                self.lstm,
                pack_padded_sequence(
                    vectors, lengths.cpu(), batch_first=True, enforce_sorted=False
                ),
            )
            pad_packed_sequence(output, batch_first=True)
        else:
            _, h_n = self.lstm(vectors, lengths)
        return self.out(h_n[-self.directions :].transpose(0, 1).flatten(1))


def one_step(model, optimizer, batches, packed: bool, precision: str) -> int:
    """One step of the optimiser over `batches`, whose gradients are added up; returns the number of tokens."""
    documents, tokens = sum(len(y) for *_, y in batches), 0
    for x, lengths, y in batches:
        with torch.autocast(DEVICE, torch.bfloat16, enabled=precision == "bf16"):
            logits = (
                model(x.to(DEVICE), lengths, packed)
                if packed
                else model(x.to(DEVICE), lengths.to(DEVICE))
            )
        (F.cross_entropy(logits.float(), y.to(DEVICE), reduction="sum") / documents).backward()
        tokens += int(lengths.sum())
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    return tokens


def documents_of(max_length: int | None, copies: int) -> tuple[list[list[int]], list[int], int]:
    """All articles of the corpus, encoded, their classes as numbers and the size of the vocabulary."""
    articles = pd.concat(load_gnad())
    texts = [tokenize(text) for text in articles.text]
    vocabulary = Vocabulary.from_texts(texts, min_count=2, tokenizer=list)
    classes = sorted(set(articles.category))
    return (
        [vocabulary.encode(text[:max_length]) for text in texts] * copies,
        [classes.index(category) for category in articles.category] * copies,
        len(vocabulary),
    )


def groups(way: str, documents: list, labels: list, every: int = 1) -> list[list[tuple]]:
    """The batches of each step of the optimiser; (d) takes one of `every` batches in the order of length, so that long and short ones have
    their share, (a) to (c) as many as give a stable figure."""

    def batch(indices, rounded=False, longest=None):
        x, lengths, y = pad_batch(
            [documents[i] for i in indices], [labels[i] for i in indices], rounded=rounded
        )
        return (x if longest is None else F.pad(x, (0, longest - x.shape[1])), lengths, y)

    order = np.random.default_rng(0).permutation(len(documents)).tolist()
    if way == "a":
        return [[batch([i]) for i in order[k : k + 64]] for k in range(0, min(len(order), 512), 64)]
    if way == "b":
        return [[batch(order[:256], longest=max(map(len, documents)))]]
    if way == "c":
        return [[batch(order[k : k + 32])] for k in range(0, min(len(order), 128), 32)]
    whole = LengthBuckets([len(d) for d in documents], TOKENS, shuffle=True).batches()
    if way == "d":
        whole = sorted(whole, key=lambda b: len(documents[b[0]]))[every // 2 :: every]
    return [[batch(b, rounded=True)] for b in whole]


class Bench:
    """A model on a corpus, with its optimiser."""

    def __init__(
        self,
        model: str,
        max_length: int | None = None,
        copies: int = 1,
        precision: str = "no",
        fused: bool = True,
    ):
        torch.manual_seed(0)
        self.documents, self.labels, n_words = documents_of(max_length, copies)
        self.reader = Reader(n_words, **MODELS[model]).to(DEVICE)
        self.optimizer = torch.optim.AdamW(
            [p for p in self.reader.parameters() if p.requires_grad], lr=1e-3, fused=fused
        )
        self.precision, lstm = precision, self.reader.lstm
        length = rounded_length(int(np.median([len(d) for d in self.documents])))
        self.plain = nn.LSTM(
            DIMENSIONS,
            lstm.hidden_size,
            lstm.num_layers,
            batch_first=True,
            bidirectional=lstm.bidirectional,
        ).to(DEVICE)
        self.full = torch.randn(max(1, TOKENS // length), length, DIMENSIONS, device=DEVICE)

    def ceiling(self) -> int:
        """`nn.LSTM` forward and backward, nothing else, once; returns the number of tokens."""
        with torch.autocast(DEVICE, torch.bfloat16, enabled=self.precision == "bf16"):
            output = self.plain(self.full)[0]
        output.float().sum().backward()
        return self.full.shape[0] * self.full.shape[1]

    def step(self, way: str, group: list) -> int:
        return one_step(self.reader, self.optimizer, group, way in "bcd", self.precision)


def timed(run, *arguments) -> np.ndarray:
    """(tokens, seconds) of one call."""
    synchronise()
    start = time.perf_counter()
    tokens = run(*arguments)
    synchronise()
    return np.array([tokens, time.perf_counter() - start])


def race(
    model: str,
    ways: Sequence[str] = "aef",
    max_length: int | None = None,
    copies: int = 1,
    precision: str = "no",
    share: int = 1,
    fused: bool = True,
) -> dict[str, float]:
    """Tokens a second of (a), (e) and (f) that take turns: after every batch of (e), of which one of `share` is used, a full batch of (f), and
    between them the documents of (a)."""
    bench = Bench(model, max_length, copies, precision, fused)
    steps = groups("e", bench.documents, bench.labels)[::share]
    singles = (
        [[pair] for group in groups("a", bench.documents, bench.labels) for pair in group]
        if "a" in ways
        else []
    )
    for group in [*steps, *singles[:3]]:  # kernels are made at first sight of a shape
        bench.step("e", group)
    bench.ceiling()
    sums = {way: np.zeros(2) for way in ways}
    for k, group in enumerate(steps):
        sums["e"] += timed(bench.step, "e", group)
        if "f" in ways:
            sums["f"] += timed(bench.ceiling)
        if "a" in ways:
            part = [
                pair
                for single in singles[
                    k * len(singles) // len(steps) : (k + 1) * len(singles) // len(steps)
                ]
                for pair in single
            ]
            sums["a"] += timed(bench.step, "a", part) if part else 0
    return {way: tokens / seconds for way, (tokens, seconds) in sums.items()}


def loaded(workers: int) -> dict[str, float]:
    """Tokens a second of (e), LSTM 64, over one epoch from a DataLoader with worker processes, or none, that put the batches together."""
    bench = Bench("LSTM 64")
    for group in groups("e", bench.documents, bench.labels):
        bench.step("e", group)
    sampler = LengthBuckets([len(d) for d in bench.documents], TOKENS)
    loader = DataLoader(
        list(zip(bench.documents, bench.labels)),
        batch_sampler=sampler,
        num_workers=workers,
        collate_fn=rounded_batch,
    )
    tokens, seconds = timed(lambda: sum(bench.step("e", [batch]) for batch in loader))
    return {"e": tokens / seconds}


def rounded_batch(items: list[tuple]) -> tuple:
    return pad_batch(*zip(*items), rounded=True)


def slow(way: str, model: str, every: int = 1, max_length: int | None = None) -> dict[str, float]:
    """Tokens a second of (b), (c) or (d), and MB that the steps need at most."""
    bench = Bench(model, max_length)
    steps, before = groups(way, bench.documents, bench.labels, every), peak_memory(anew=True)
    if way != "b" or DEVICE == "cuda":  # a GPU sets up its libraries in its first step
        bench.step(way, steps[0])
    tokens, seconds = sum(timed(bench.step, way, group) for group in steps)
    return {
        "tokens a second": tokens / seconds,
        "seconds an epoch": sum(map(len, bench.documents)) * seconds / tokens,
        "steps": len(steps),
        "peak memory, MB": peak_memory() - before,
    }


def memory(way: str, model: str, precision: str = "no") -> dict[str, float]:
    """MB that the smallest and the largest step of (a), (e) or (f) need at most."""
    bench = Bench(model, precision=precision)
    steps = (
        []
        if way == "f"
        else sorted(groups(way, bench.documents, bench.labels), key=lambda g: g[0][0].numel())
    )
    before = peak_memory(anew=True)
    for group in [None, None] if way == "f" else [steps[0], steps[-1]]:
        bench.ceiling() if group is None else bench.step(way, group)
    return {"peak memory, MB": peak_memory() - before}


def apart(function: str, large_pages: bool = True, **keywords) -> dict:
    """The result of a function of this module in a process of its own."""
    environment = {
        **os.environ,
        "THP_MEM_ALLOC_ENABLE": str(int(large_pages)),
        "PYTHONIOENCODING": "utf-8",
    }
    command = [sys.executable, "-m", "benchmarks.bench", "--cell", json.dumps([function, keywords])]
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", env=environment
    )
    if done.returncode:
        raise SystemExit(f"the measurement {function} {keywords} failed:\n{done.stderr}")
    result = json.loads(done.stdout.splitlines()[-1])
    print(function, keywords, {key: round(value, 1) for key, value in result.items()}, flush=True)
    return result


def bf16_works() -> bool:
    if DEVICE == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()


def ladder(every: int, ways: str = "abcdef") -> pd.DataFrame:
    """Every model and way, with ratios to the others in the same run."""
    near, far, rows = [w for w in "aef" if w in ways], [w for w in "bcd" if w in ways], []
    for model in MODELS:
        for precision in ["no", "bf16"] if bf16_works() else ["no"]:
            speed = apart(
                "race",
                model=model,
                precision=precision,
                ways=near if precision == "no" else "ef",
                share=1 if model == "LSTM 64" else 2,
            )
            held = {
                way: apart("memory", way=way, model=model, precision=precision)["peak memory, MB"]
                for way in speed
            }
            if precision == "no":
                for way in far:
                    result = apart("slow", way=way, model=model, every=every)
                    speed[way], held[way] = result["tokens a second"], result["peak memory, MB"]
                first = speed
            for way in sorted(speed):
                rows.append(
                    {
                        "model": model,
                        "way": way,
                        "what": WAYS[way],
                        "precision": precision,
                        "tokens a second": round(speed[way]),
                        **{
                            f"times ({other})": round(speed[way] / first[other], 2)
                            for other in "abdf"
                            if other in ways
                        },
                        "peak memory, MB": round(held[way]),
                    }
                )
    return pd.DataFrame(rows)


def growth(every: int) -> pd.DataFrame:
    """Tokens a second of LSTM 64 against the length that articles are cut to, and against the number of articles."""
    rows = []
    for length in (100, 300, 1000, 3000):
        rows.append(
            {
                "max length": length,
                "copies": 1,
                "way": "e",
                **apart("race", model="LSTM 64", ways="e", max_length=length),
            }
        )
        rows.append(
            {
                "max length": length,
                "copies": 1,
                "way": "d",
                **apart("slow", way="d", model="LSTM 64", every=every, max_length=length),
            }
        )
    rows += [
        {
            "max length": None,
            "copies": n,
            "way": "e",
            **apart("race", model="LSTM 64", ways="e", copies=n, share=n),
        }
        for n in (1, 4, 16)
    ]
    return pd.DataFrame(
        [
            {
                "max length": r["max length"],
                "copies": r["copies"],
                "way": r["way"],
                "tokens a second": round(r.get("e") or r["tokens a second"]),
            }
            for r in rows
        ]
    )


def extras(every: int, rounds: int = 3) -> pd.DataFrame:
    """What brings (e), LSTM 64, further, or does not; the median of some rounds in which all take turns."""
    choices = {
        "as it is: large pages, fused AdamW": {},
        "pages of 4 kB": {"large_pages": False},
        "AdamW not fused": {"fused": False},
    }
    choices |= {"bf16": {"precision": "bf16"}} if bf16_works() else {}
    speeds = {name: [] for name in choices}
    workers = {"batches from a DataLoader": 0, "batches from a DataLoader, 2 worker processes": 2}
    speeds |= {name: [] for name in workers}
    for _ in range(rounds):
        for name, keywords in choices.items():
            speeds[name].append(apart("race", model="LSTM 64", ways="e", **keywords)["e"])
        for name, n in workers.items():
            speeds[name].append(apart("loaded", workers=n)["e"])
    medians = {name: float(np.median(values)) for name, values in speeds.items()}
    return pd.DataFrame(
        [
            {
                "what": name,
                "tokens a second": round(value),
                "times as it is": round(value / [*medians.values()][0], 2),
            }
            for name, value in medians.items()
        ]
    )


def exact(every: int) -> pd.DataFrame:
    """Largest difference between PaddedLSTM and packed `nn.LSTM` over every article, in float32: outputs, last states, and gradients of the
    mean of a batch's outputs with respect to inputs and weights."""
    documents, _, _ = documents_of(None, 1)
    torch.manual_seed(0)
    mine = PaddedLSTM(32, 32, 2, bidirectional=True).to(DEVICE)
    theirs = nn.LSTM(32, 32, 2, batch_first=True, bidirectional=True).to(DEVICE)
    theirs.load_state_dict(mine.state_dict())
    worst = dict.fromkeys(["output", "h_n", "gradient of x", "gradients of the weights"], 0.0)
    for indices in LengthBuckets([len(d) for d in documents], 4096, shuffle=False).batches():
        x, lengths = pad_batch([documents[i] for i in indices], rounded=True)
        x, results = torch.randn(*x.shape, 32, device=DEVICE), []
        for lstm in (mine, theirs):
            leaf = x.clone().requires_grad_()
            if lstm is mine:
                output, h_n = lstm(leaf, lengths.to(DEVICE))
            else:
                packed, (h_n, _) = lstm(
                    pack_padded_sequence(leaf, lengths, batch_first=True, enforce_sorted=False)
                )
                output = pad_packed_sequence(packed, batch_first=True, total_length=x.shape[1])[0]
            loss = output.square().sum() / lengths.sum() + h_n.square().mean()
            gradient, *weights = torch.autograd.grad(loss, [leaf, *lstm.parameters()])
            results.append([output, h_n, gradient, torch.cat([w.flatten() for w in weights])])
        for name, a, b in zip(worst, *results):
            worst[name] = max(worst[name], (a - b).abs().max().item())
    return pd.DataFrame(
        [
            {
                "articles": len(documents),
                "longest": max(map(len, documents)),
                **{name: f"{value:.1e}" for name, value in worst.items()},
            }
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "name", nargs="?", help="name of the files in results/; by default that of the corpus"
    )
    parser.add_argument("--cell", help=argparse.SUPPRESS)
    parser.add_argument(
        "--every-batch",
        action="store_true",
        help="measure (d) on every batch instead of every sixth",
    )
    parser.add_argument(
        "--models",
        nargs="*",
        default=list(MODELS),
        choices=list(MODELS),
        help="the models of the ladder",
    )
    parser.add_argument(
        "--ways", default="abcdef", help="the ways of the ladder; (e) and (f) must be among them"
    )
    parts = {
        "ladder": lambda every: ladder(every, args.ways),
        "growth": growth,
        "extras": extras,
        "generation": lambda every: generation(),
        "exact": exact,
    }
    parser.add_argument("--parts", nargs="*", default=list(parts), choices=list(parts))
    args = parser.parse_args()
    if args.cell:
        function, keywords = json.loads(args.cell)
        print(
            json.dumps(
                {"race": race, "slow": slow, "memory": memory, "loaded": loaded}[function](
                    **keywords
                )
            )
        )
        return
    from benchmarks.writing import generation

    for model in set(MODELS) - set(args.models):
        del MODELS[model]
    for part in args.parts:
        table = parts[part](1 if args.every_batch else 6).assign(device=device_name())
        table.to_csv(
            RESULTS
            / f"bench-{args.name or corpus_name()}{'' if part == 'ladder' else '-' + part}.csv",
            index=False,
        )
        print(table.to_string(index=False), flush=True)


if __name__ == "__main__":
    main()
