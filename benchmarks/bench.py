"""Tokens a second in training, six ways through the same articles, in one run on one machine; and generation beside its ceiling.

    python -m benchmarks.bench mininews                              # or any name, with COURSE_DATA=/path/to/folder
    python -m benchmarks.bench --cell '{"way": "e", "model": "LSTM 64"}'   # one measurement alone, as JSON

writes results/bench-NAME.csv (a row a model and way), results/bench-NAME-growth.csv (against the longest length and the number
of articles) and results/bench-NAME-generation.csv. Each measurement runs in a process of its own, so that peak memory is its own
and no way finds kernels that another one has warmed up.

A training step is all of it: batch, forward, loss, backward, clipping, AdamW. The ways:
(a) one document at a time, a step of the optimiser every 64; (b) the reference loop: 256 documents padded to the longest of the
corpus, packed; (c) shuffled batches of 32, packed; (d) length buckets, packed; (e) length buckets through PaddedLSTM; (f) the
ceiling: `nn.LSTM` forward and backward alone, on full batches of equal length.
"""

import argparse
import json
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from course_utils import LengthBuckets, PaddedLSTM, Vocabulary, load_gnad, pad_batch, tokenize
from course_utils.batching import rounded_length

RESULTS = Path(__file__).resolve().parent.parent / "results"
WAYS = {"a": "one document at a time", "b": "256 padded to the corpus's longest, packed", "c": "shuffled batches of 32, packed",
        "d": "length buckets, packed", "e": "length buckets, PaddedLSTM", "f": "ceiling: nn.LSTM alone, equal lengths"}
MODELS = {"LSTM 64": {"hidden_size": 64}, "2 x 128 bidirectional": {"hidden_size": 128, "num_layers": 2, "bidirectional": True},
          "4 x 64 bidirectional": {"hidden_size": 64, "num_layers": 4, "bidirectional": True}}
TOKENS, DIMENSIONS, CLASSES = 16_384, 300, 9
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


class Reader(nn.Module):
    """Frozen word vectors as in the reference course, an LSTM, its last states, a linear layer."""

    def __init__(self, n_words: int, **lstm):
        super().__init__()
        self.emb = nn.Embedding(n_words, DIMENSIONS, padding_idx=0).requires_grad_(False)
        self.lstm = PaddedLSTM(DIMENSIONS, **lstm)
        self.directions = 2 if self.lstm.bidirectional else 1
        self.out = nn.Linear(self.directions * self.lstm.hidden_size, CLASSES)

    def forward(self, x: Tensor, lengths: Tensor, packed: bool = False) -> Tensor:
        vectors = self.emb(x)
        if packed:  # what PaddedLSTM does not do on a CPU
            output, (h_n, _) = nn.LSTM.forward(self.lstm, pack_padded_sequence(vectors, lengths.cpu(), batch_first=True, enforce_sorted=False))
            pad_packed_sequence(output, batch_first=True)
        else:
            _, h_n = self.lstm(vectors, lengths)
        return self.out(h_n[-self.directions:].transpose(0, 1).flatten(1))


def one_step(model, optimizer, batches, packed: bool, precision: str) -> int:
    """One step of the optimiser over `batches`, whose gradients are added up; returns the number of tokens."""
    documents, tokens = sum(len(y) for *_, y in batches), 0
    for x, lengths, y in batches:
        with torch.autocast(DEVICE, torch.bfloat16, enabled=precision == "bf16"):
            logits = model(x.to(DEVICE), lengths, packed) if packed else model(x.to(DEVICE), lengths.to(DEVICE))
        (F.cross_entropy(logits.float(), y.to(DEVICE), reduction="sum") / documents).backward()
        tokens += int(lengths.sum())
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    return tokens


def documents_of(max_length: int | None, copies: int) -> tuple[list[list[int]], list[int], int]:
    """Encoded training articles, their classes as numbers and the size of the vocabulary."""
    train, _ = load_gnad()
    texts = [tokenize(text) for text in train.text]
    vocabulary = Vocabulary.from_texts(texts, min_count=2, tokenizer=list)
    classes = sorted(set(train.category))
    return ([vocabulary.encode(text[:max_length]) for text in texts] * copies,
            [classes.index(category) for category in train.category] * copies, len(vocabulary))


def groups(way: str, documents: list, labels: list) -> list[list[tuple]]:
    """The batches of each step of the optimiser, in the order of training; enough of them for a stable figure."""
    def batch(indices, rounded=False, longest=None):
        chosen = [documents[i] for i in indices]
        x, lengths, y = pad_batch(chosen, [labels[i] for i in indices], rounded=rounded)
        return (x if longest is None else F.pad(x, (0, longest - x.shape[1])), lengths, y)

    order = np.random.default_rng(0).permutation(len(documents)).tolist()
    if way == "a":
        return [[batch([i]) for i in order[k:k + 64]] for k in range(0, min(len(order), 320), 64)]
    if way == "b":
        longest = max(map(len, documents))
        return [[batch(order[:256], longest=longest)]]
    if way == "c":
        return [[batch(order[k:k + 32])] for k in range(0, min(len(order), 128), 32)]
    whole = LengthBuckets([len(d) for d in documents], TOKENS, shuffle=True).batches()
    if way == "d":  # every sixth batch in the order of length, so that long and short ones have their share
        whole = sorted(whole, key=lambda b: len(documents[b[0]]))[3::6]
    return [[batch(b, rounded=True)] for b in whole]


def measure(way: str, model: str, max_length: int | None = None, copies: int = 1, precision: str = "no") -> dict:
    """One cell of the table."""
    torch.manual_seed(0)
    documents, labels, n_words = documents_of(max_length, copies)
    reader = Reader(n_words, **MODELS[model]).to(DEVICE)
    optimizer = torch.optim.AdamW([p for p in reader.parameters() if p.requires_grad], lr=1e-3, fused=True)
    before = peak_memory()
    if way == "f":
        tokens, seconds = ceiling(reader.lstm, int(np.median([len(d) for d in documents])), precision)
    else:
        steps = groups(way, documents, labels)
        for group in steps if way == "e" else steps[:1] if way in "ad" else []:  # kernels are made at first sight of a shape
            one_step(reader, optimizer, group, way in "bcd", precision)
        synchronise()
        start = time.perf_counter()
        tokens = sum(one_step(reader, optimizer, group, way in "bcd", precision) for group in steps)
        synchronise()
        seconds = time.perf_counter() - start
    return {"model": model, "way": way, "what": WAYS[way], "max length": max_length, "copies": copies, "precision": precision,
            "tokens": tokens, "seconds": round(seconds, 2), "tokens a second": round(tokens / seconds), "peak memory, MB": round(peak_memory() - before)}


def ceiling(lstm: nn.LSTM, length: int, precision: str, at_least: float = 5.0) -> tuple[int, float]:
    """Tokens and seconds of `nn.LSTM` forward and backward, nothing else, on full batches of one length."""
    length = rounded_length(length)
    plain = nn.LSTM(lstm.input_size, lstm.hidden_size, lstm.num_layers, batch_first=True, bidirectional=lstm.bidirectional).to(DEVICE)
    x, tokens, start = torch.randn(max(1, TOKENS // length), length, lstm.input_size, device=DEVICE), 0, None
    while start is None or time.perf_counter() - start < at_least:
        with torch.autocast(DEVICE, torch.bfloat16, enabled=precision == "bf16"):
            output = plain(x)[0]
        output.float().sum().backward()
        synchronise()
        if start is None:
            start = time.perf_counter()
        else:
            tokens += x.shape[0] * x.shape[1]
    return tokens, time.perf_counter() - start


def synchronise() -> None:
    if DEVICE == "cuda":
        torch.cuda.synchronize()


def peak_memory() -> float:
    """MB, of the GPU if there is one, else of this process."""
    if DEVICE == "cuda":
        return torch.cuda.max_memory_allocated() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def apart(**cell) -> dict:
    """`measure(**cell)` in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.bench", "--cell", json.dumps(cell)], capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        raise SystemExit(f"the measurement {cell} failed:\n{done.stderr}")
    row = json.loads(done.stdout.splitlines()[-1])
    print("  ".join(f"{row[key]}" for key in ("model", "way", "max length", "copies", "precision", "tokens a second", "peak memory, MB")), flush=True)
    return row


def bf16_works() -> bool:
    return DEVICE == "cuda" or torch.ops.mkldnn._is_mkldnn_bf16_supported()


def ladder() -> pd.DataFrame:
    """Every model and way, with ratios to the others in the same run."""
    cells = [{"model": model, "way": way} for model in MODELS for way in WAYS]
    cells += [{"model": model, "way": way, "precision": "bf16"} for model in MODELS for way in "ef"] if bf16_works() else []
    table = pd.DataFrame([apart(**cell) for cell in cells])
    speed = table.set_index(["model", "way", "precision"])["tokens a second"]
    for other in "abdf":
        table[f"times ({other})"] = [round(row["tokens a second"] / speed[row.model, other, "no"], 2) for _, row in table.iterrows()]
    return table.assign(device=device_name())


def growth() -> pd.DataFrame:
    """Tokens a second against the longest length that articles are cut to, and against the number of articles."""
    cells = [{"model": "LSTM 64", "way": way, "max_length": n} for n in (100, 300, 1000, 3000) for way in "de"]
    cells += [{"model": "LSTM 64", "way": "e", "copies": n} for n in (1, 4, 16)]
    return pd.DataFrame([apart(**cell) for cell in cells]).assign(device=device_name())


def device_name() -> str:
    return torch.cuda.get_device_name() if DEVICE == "cuda" else f"{platform.machine()} CPU, {torch.get_num_threads()} threads"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", default="mininews", help="name of the files in results/")
    parser.add_argument("--cell", help="one measurement, as JSON")
    parser.add_argument("--parts", nargs="*", default=["ladder", "growth", "generation"], choices=["ladder", "growth", "generation"])
    args = parser.parse_args()
    if args.cell:
        print(json.dumps(measure(**json.loads(args.cell))))
        return
    from benchmarks.writing import generation

    for part, make in {"ladder": ladder, "growth": growth, "generation": generation}.items():
        if part in args.parts:
            table = make()
            name = f"bench-{args.name}" + ("" if part == "ladder" else f"-{part}")
            table.to_csv(RESULTS / f"{name}.csv", index=False)
            print(table.to_string(index=False), flush=True)


if __name__ == "__main__":
    main()
