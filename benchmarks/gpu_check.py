"""`make gpu-check`: on a CUDA machine the tests meant for it, a race, and one row of the ledger.
Eight minutes at most; its tables carry the card's name. `--device cpu` tries the script."""

import argparse
import json
import re
import subprocess
import sys
import time

import pandas as pd
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from benchmarks.machine import DEVICE, device_name, synchronise
from benchmarks.tables import RESULTS, ROOT, provenance
from course_utils import LengthBuckets, PaddedLSTM, Vocabulary, load_gnad, pad_batch, tokenize
from course_utils.machine import lstm_takes_bfloat16

MODELS = {
    "LSTM 64": {"hidden_size": 64},
    "2 x 128 bidirectional": {"hidden_size": 128, "num_layers": 2, "bidirectional": True},
}
WAYS = ["packed", "padded", "padded, bf16"]
INPUTS = 200  # numbers a word
TOKENS = 12_000  # in a batch
WARM_UP = 5
ROW = "ours-vectors"
TESTS_LIMIT = 120  # seconds
ROW_LIMIT = 240


def batches(most: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Real articles in length buckets, as vectors drawn at random, on the device."""
    train, _ = load_gnad()
    vocabulary = Vocabulary.from_texts(train.text)
    documents = [vocabulary.encode(tokenize(text)) for text in train.text]
    buckets = LengthBuckets([len(d) for d in documents], tokens=TOKENS, shuffle=True)
    torch.manual_seed(0)
    found = []
    for indices in list(buckets)[:most]:
        chosen = [documents[i] for i in indices]
        padded, lengths, _ = pad_batch(chosen, [0] * len(chosen), rounded=True)
        found.append((torch.randn(*padded.shape, INPUTS, device=DEVICE), lengths))
    return found


def step(model: nn.LSTM, way: str, x: torch.Tensor, lengths: torch.Tensor) -> None:
    """Forward and backward, with a loss on the last states."""
    with torch.autocast(DEVICE, torch.bfloat16, enabled=way.endswith("bf16")):
        if way == "packed":
            packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
            _, (last, _) = model(packed)
        else:
            _, last = model(x, lengths)
        loss = last.float().pow(2).mean()
    loss.backward()
    model.zero_grad(set_to_none=True)


def ways() -> list[str]:
    """Those that run here: not every CPU has bfloat16 for LSTMs."""
    return WAYS if lstm_takes_bfloat16(DEVICE) else [w for w in WAYS if not w.endswith("bf16")]


def race(most: int = 40) -> pd.DataFrame:
    """Tokens a second in training of each model and way, the padding not counted."""
    rows = []
    data = batches(most)
    for name, sizes in MODELS.items():
        for way in ways():
            torch.manual_seed(0)
            kind = nn.LSTM if way == "packed" else PaddedLSTM
            options = {"batch_first": True} if way == "packed" else {}
            model = kind(INPUTS, **sizes, **options).to(DEVICE)
            for x, lengths in data[:WARM_UP]:
                step(model, way, x, lengths)
            synchronise()
            start = time.perf_counter()
            for x, lengths in data:
                step(model, way, x, lengths)
            synchronise()
            seconds = time.perf_counter() - start
            tokens = sum(int(lengths.sum()) for _, lengths in data)
            rows.append({"model": name, "way": way, "tokens a second": round(tokens / seconds)})
    return pd.DataFrame(rows)


def tests() -> str:
    """Runs the tests marked gpu; what pytest says in its last line."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "gpu", "tests"]
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=TESTS_LIMIT
        )
    except subprocess.TimeoutExpired:
        return f"stopped after {TESTS_LIMIT} s"
    lines = done.stdout.strip().splitlines()
    return lines[-1] if lines else done.stderr.strip()[-200:]


def ledger_row() -> dict:
    """One row of the ledger, measured in a process of its own; without its history."""
    code = (
        "import json; from benchmarks.ledger import entry; "
        f"line = entry({ROW!r}, 0); line.pop('history'); print(json.dumps(line, default=str))"
    )
    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            capture_output=True,
            encoding="utf-8",
            timeout=ROW_LIMIT,
        )
    except subprocess.TimeoutExpired:
        return {"row": ROW, "problem": f"stopped after {ROW_LIMIT} s"}
    if done.returncode:
        return {"row": ROW, "problem": done.stderr.strip().splitlines()[-1]}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main(arguments: list[str] | None = None) -> int:
    """Runs the three parts and writes results/gpu-CARD.csv and .json; 1 without a GPU."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--batches", type=int, default=40)
    args = parser.parse_args(arguments)
    if args.device != DEVICE:
        print(
            f"This needs {args.device}, and torch computes on {DEVICE} here. Nothing was measured."
        )
        return 1
    start = time.perf_counter()
    card = device_name()
    table = race(args.batches)
    print(table.to_string(index=False), flush=True)
    if ways() != WAYS:
        print("In bfloat16 nothing was measured: torch runs no LSTM in it here.")
    if args.device == "cpu":
        print("A trial without a GPU: nothing is written.")
        return 0
    said = tests()
    print(f"tests marked gpu: {said}", flush=True)
    row = ledger_row()
    print({key: row.get(key) for key in ("row", "accuracy", "seconds", "problem")}, flush=True)
    name = "gpu-" + re.sub(r"[^a-z0-9]+", "-", card.lower()).strip("-")
    table.insert(0, "device", card)
    table.to_csv(RESULTS / f"{name}.csv", index=False, lineterminator="\n")
    report = {
        "seconds": round(time.perf_counter() - start),
        "tests": said,
        "row": row,
        **provenance(),
    }
    text = json.dumps(report, indent=1, ensure_ascii=False)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    print(f"results/{name}.csv and .json written in {report['seconds']} s")
    return int("failed" in said or "problem" in row)


if __name__ == "__main__":
    sys.exit(main())
