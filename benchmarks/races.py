"""What `benchmarks.bench` measures, each in a process of its own: speeds, memory, exactness.
A machine's speed wanders within seconds, so ways whose ratios are near one take turns."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.utils.data import DataLoader

from benchmarks.machine import DEVICE, peak_memory, synchronise
from benchmarks.ways import TOKENS, Batch, Bench, documents_of
from course_utils import LengthBuckets, PaddedLSTM, pad_batch


def timed(run: Callable[..., int], *arguments) -> np.ndarray:
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
    """Tokens a second of (a), (e) and (f), which take turns.

    After every batch of (e), of which one of `share` is used, comes a full batch of (f), and
    between them the documents of (a)."""
    bench = Bench(model, max_length, copies, precision, fused)
    steps = bench.groups("e")[::share]
    singles: list[Batch] = []
    if "a" in ways:
        singles = [pair for group in bench.groups("a") for pair in group]
    for group in [*steps, *([pair] for pair in singles[:3])]:
        bench.step("e", group)  # kernels are made at first sight of a shape
    bench.ceiling()
    sums = {way: np.zeros(2) for way in ways}
    bounds = np.linspace(0, len(singles), len(steps) + 1).astype(int)
    for k, group in enumerate(steps):
        sums["e"] += timed(bench.step, "e", group)
        if "f" in ways:
            sums["f"] += timed(bench.ceiling)
        part = singles[bounds[k] : bounds[k + 1]]
        if part:
            sums["a"] += timed(bench.step, "a", part)
    return {way: tokens / seconds for way, (tokens, seconds) in sums.items()}


def rounded_batch(items: Sequence[tuple]) -> Batch:
    documents, labels = zip(*items, strict=True)
    return pad_batch(documents, labels, rounded=True)


def loaded(workers: int) -> dict[str, float]:
    """Tokens a second of (e), LSTM 64, over an epoch from a DataLoader with `workers` processes."""
    bench = Bench("LSTM 64")
    for group in bench.groups("e"):
        bench.step("e", group)
    pairs: Any = list(zip(bench.documents, bench.labels, strict=True))  # a list serves as a dataset
    sampler = LengthBuckets([len(d) for d in bench.documents], TOKENS)
    loader: DataLoader = DataLoader(
        pairs, batch_sampler=sampler, num_workers=workers, collate_fn=rounded_batch
    )
    tokens, seconds = timed(lambda: sum(bench.step("e", [batch]) for batch in loader))
    return {"e": tokens / seconds}


def slow(way: str, model: str, every: int = 1, max_length: int | None = None) -> dict[str, float]:
    """Tokens a second of (b), (c) or (d), and the MB that the steps need at most."""
    bench = Bench(model, max_length)
    steps = bench.groups(way, every)
    before = peak_memory(anew=True)
    if way != "b" or DEVICE == "cuda":  # a GPU sets up its libraries in its first step
        bench.step(way, steps[0])
    tokens, seconds = np.sum([timed(bench.step, way, group) for group in steps], axis=0)
    words = sum(len(document) for document in bench.documents)
    return {
        "tokens a second": tokens / seconds,
        "seconds an epoch": words * seconds / tokens,
        "steps": len(steps),
        "peak memory, MB": peak_memory() - before,
    }


def memory(way: str, model: str, precision: str = "no") -> dict[str, float]:
    """MB that the smallest and the largest step of (a), (e) or (f) need at most."""
    bench = Bench(model, precision=precision)
    steps = [] if way == "f" else sorted(bench.groups(way), key=lambda g: g[0][0].numel())
    before = peak_memory(anew=True)
    if way == "f":
        bench.ceiling()
        bench.ceiling()
    else:
        bench.step(way, steps[0])
        bench.step(way, steps[-1])
    return {"peak memory, MB": peak_memory() - before}


def exactness() -> dict[str, float]:
    """Largest difference between PaddedLSTM and packed `nn.LSTM` over every article, in float32.

    Outputs, last states, and gradients of a mean of both with respect to inputs and weights."""
    documents, *_ = documents_of(None, 1)
    torch.manual_seed(0)
    mine = PaddedLSTM(32, 32, 2, bidirectional=True).to(DEVICE)
    theirs = nn.LSTM(32, 32, 2, batch_first=True, bidirectional=True).to(DEVICE)
    theirs.load_state_dict(mine.state_dict())
    lengths_of = [len(document) for document in documents]
    worst = dict.fromkeys(["output", "h_n", "gradient of x", "gradients of the weights"], 0.0)
    for indices in LengthBuckets(lengths_of, 4096, shuffle=False).batches():
        x, lengths = pad_batch([documents[i] for i in indices], rounded=True)
        vectors = torch.randn(*x.shape, 32, device=DEVICE)
        results = [_outputs_and_gradients(lstm, vectors, lengths) for lstm in (mine, theirs)]
        for name, a, b in zip(worst, *results, strict=True):
            worst[name] = max(worst[name], (a - b).abs().max().item())
    return {"articles": len(documents), "longest": max(lengths_of), **worst}


def _outputs_and_gradients(
    lstm: nn.LSTM, x: torch.Tensor, lengths: torch.Tensor
) -> list[torch.Tensor]:
    leaf = x.clone().requires_grad_()
    if isinstance(lstm, PaddedLSTM):
        output, h_n = lstm(leaf, lengths.to(DEVICE))
    else:
        sequence = pack_padded_sequence(leaf, lengths, batch_first=True, enforce_sorted=False)
        packed, (h_n, _) = lstm(sequence)
        output, _ = pad_packed_sequence(packed, batch_first=True, total_length=x.shape[1])
    loss = output.square().sum() / lengths.sum() + h_n.square().mean()
    gradient, *weights = torch.autograd.grad(loss, [leaf, *lstm.parameters()])
    return [output, h_n, gradient, torch.cat([w.flatten() for w in weights])]


CELLS = {
    function.__name__: function for function in (race, loaded, slow, memory, exactness)
}  # what --cell may name


def run_cell(text: str) -> dict[str, float]:
    """The measurement that `text` describes: '{"measure": "race", "model": "LSTM 64"}'.

    `ValueError` says what may stand there."""
    try:
        keywords = json.loads(text)
        return CELLS[keywords.pop("measure")](**keywords)
    except (json.JSONDecodeError, AttributeError, KeyError, TypeError) as error:
        raise ValueError(
            f"--cell takes a JSON object with a key 'measure' (one of {', '.join(CELLS)}) and that "
            f"function's arguments, such as "
            f'\'{{"measure": "race", "model": "LSTM 64", "ways": "ef"}}\'; got {text!r} ({error})'
        ) from error


def apart(
    measure: str, denormals: str = "flush", large_pages: bool = True, **keywords: Any
) -> dict[str, float]:
    """The result of a measurement in a process of its own; `denormals`: 'flush' or 'keep'."""
    environment = {
        **os.environ,
        "COURSE_DENORMALS": denormals,
        "THP_MEM_ALLOC_ENABLE": str(int(large_pages)),
        "PYTHONIOENCODING": "utf-8",
    }
    cell = json.dumps({"measure": measure, **keywords})
    command = [sys.executable, "-m", "benchmarks.bench", "--cell", cell]
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", env=environment
    )
    if done.returncode:
        raise SystemExit(f"the measurement {measure} {keywords} failed:\n{done.stderr}")
    result = json.loads(done.stdout.splitlines()[-1])
    shown = {key: float(f"{value:.4g}") for key, value in result.items()}
    print(measure, denormals, keywords, shown, flush=True)
    return result
