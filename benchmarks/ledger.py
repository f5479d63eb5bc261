"""The ledger: what each model reached, on which corpus, in how long. Every row is one command, which adds to results/ledger.json:

    python -m benchmarks.ledger --row ours-vectors --seed 0          # on the corpus that COURSE_DATA names, else as load_gnad chooses
    torchrun --nproc_per_node 2 -m benchmarks.ledger --row ours-vectors --seed 0          # with CUDA_VISIBLE_DEVICES= if there is one GPU only
    python -m benchmarks.ledger --table                              # results/ledger.csv: mean ± sd over the seeds, what is missing named

All choose on a seventh of the training articles (as notebook 05) and touch the test articles once. The four models of the 2019
course have their own settings: vectors frozen, 256 articles a step in the order of the file, clipping of the LSTM's gradients to
norm 1, the state at the last word, up to 100 epochs. They stop when validation accuracy has not risen for PATIENCE epochs (the two
deep ones, which cost a minute an epoch, sooner than the two small ones); `epochs` says when. Their batches run on the exact fast
path, cut into pieces of like length whose gradients are added up; what an epoch of the original loop costs is measured by
benchmarks.bench, way (b), and the table multiplies the two: `reference loop` is epochs up to the best one x seconds an epoch of way
(b), `ours` is what ours-vectors took to reach the same validation accuracy (mean of the reference's seeds), `times` the ratio.

The rows of the later notebooks are trained as there: `gru` and `tcn` (06) read the first 100 words of an article with 25,000 parameters
and fixed vectors, `ulmfit` (09) its first 200 after a language model has read all training articles (which `seconds` leaves out),
`bilm-tagger` (08) tags requests for tickets; its accuracy and F1 are those of the words, in roles in which the cities were never seen.
"""

import argparse
import hashlib
import json
import os
import platform
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from filelock import FileLock
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from benchmarks.machine import DEVICE, corpus_name, device_name
from benchmarks.models import NewsClassifier
from benchmarks.spine import epochs_for
from course_utils import (
    LengthBuckets,
    PaddedLSTM,
    Vocabulary,
    embedding_matrix,
    fit,
    load_gnad,
    load_vectors,
    pad_batch,
    predict,
    tokenize,
)

RESULTS = Path(__file__).resolve().parent.parent / "results"
TOKENS = 12_000
SHAPES = {
    "reference-lstm64-sgd": "LSTM 64",
    "reference-lstm64-adam": "LSTM 64",
    "reference-2x128": "2 x 128 bidirectional",
    "reference-4x64": "4 x 64 bidirectional",
}  # as benchmarks.bench calls them
PATIENCE = {
    "reference-lstm64-sgd": 10,
    "reference-lstm64-adam": 10,
    "reference-2x128": 5,
    "reference-4x64": 5,
}
REFERENCE = {
    "reference-lstm64-sgd": (
        {"hidden_size": 64},
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    ),
    "reference-lstm64-adam": ({"hidden_size": 64}, lambda p: torch.optim.Adam(p, lr=0.01)),
    "reference-2x128": (
        {"hidden_size": 128, "num_layers": 2, "bidirectional": True, "dropout": 0.01},
        lambda p: torch.optim.Adam(p, lr=0.01),
    ),
    "reference-4x64": (
        {"hidden_size": 64, "num_layers": 4, "bidirectional": True, "dropout": 0.01},
        lambda p: torch.optim.Adam(p, lr=0.01),
    ),
}
LATER = {"gru": "GRU", "tcn": "TCN"}  # notebook 06's networks
ROWS = ["svm", *REFERENCE, "ours-scratch", "ours-vectors", *LATER, "ulmfit", "bilm-tagger"]
REQUESTS = "requests"  # notebook 08's corpus, which bilm-tagger reads


class Corpus:
    """The articles as numbers: `fitting`, `validation` and `test`, each a list of (word indices, class)."""

    def __init__(self):
        self.train, self.test_articles = load_gnad()
        self.name = corpus_name()
        self.classes = sorted(set(self.train.category))
        fitting, validation = train_test_split(
            self.train, test_size=1 / 7, stratify=self.train.category, random_state=0
        )
        self.vocabulary = Vocabulary.from_texts(fitting.text, min_count=2)
        self.fitting, self.validation, self.test = map(
            self.encode, (fitting, validation, self.test_articles)
        )
        self.digest = hashlib.sha256(
            "\n".join([*self.train.text, *self.test_articles.text]).encode()
        ).hexdigest()[:16]

    def encode(self, articles: pd.DataFrame) -> list[tuple[list[int], int]]:
        return [
            (self.vocabulary.encode(tokenize(text)), self.classes.index(category))
            for text, category in zip(articles.text, articles.category)
        ]


def batches(pairs: list, shuffle: bool = False, seed: int = 0) -> DataLoader:
    sampler = LengthBuckets(
        [len(document) for document, _ in pairs], TOKENS, seed=seed, shuffle=shuffle
    )
    return DataLoader(
        pairs, batch_sampler=sampler, collate_fn=lambda batch: pad_batch(*zip(*batch), rounded=True)
    )


class ReferenceModel(nn.Module):
    """The 2019 course's model: frozen vectors, an LSTM, its output at the last word (of both directions, as it was), a linear layer."""

    def __init__(self, matrix: Tensor, n_classes: int, **lstm):
        super().__init__()
        self.emb = nn.Embedding.from_pretrained(matrix)
        self.lstm = PaddedLSTM(matrix.shape[1], **lstm)
        self.out = nn.Linear(
            self.lstm.hidden_size * (2 if self.lstm.bidirectional else 1), n_classes
        )

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        output, _ = self.lstm(self.emb(x), lengths)
        return self.out(output[torch.arange(len(x), device=x.device), lengths - 1])


def train_reference(
    model: ReferenceModel, optimizer, corpus: Corpus, patience: int, max_epochs: int = 100
) -> list[dict]:
    """The loop of 2019, stopped after `patience` epochs without progress. Returns a row an epoch: valid_accuracy and the
    seconds so far; leaves the best weights in `model`."""
    history, best, start, kept = [], -1.0, time.perf_counter(), None
    for epoch in range(1, max_epochs + 1):
        model.train()
        for first in range(0, len(corpus.fitting), 256):
            step = corpus.fitting[first : first + 256]
            for x, lengths, y in batches(step):
                loss = F.cross_entropy(
                    model(x.to(DEVICE), lengths.to(DEVICE)), y.to(DEVICE), reduction="sum"
                ) / len(step)
                loss.backward()
            nn.utils.clip_grad_norm_(model.lstm.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
        logits, y = predict(model, batches(corpus.validation))
        accuracy = (logits.argmax(1) == y).double().mean().item()
        history.append(
            {"epoch": epoch, "valid_accuracy": accuracy, "seconds": time.perf_counter() - start}
        )
        if accuracy > best:
            best, best_epoch, kept = (
                accuracy,
                epoch,
                {name: value.clone() for name, value in model.state_dict().items()},
            )
        if epoch - best_epoch >= patience:
            break
    model.load_state_dict(kept)
    return history


def network(row: str, corpus: Corpus, seed: int) -> tuple[list[int], list[dict], nn.Module]:
    """Predicted classes of the test articles in their order, history and model."""
    torch.manual_seed(seed)
    matrix = embedding_matrix(corpus.vocabulary, load_vectors(), seed=seed)
    if row in REFERENCE:
        shape, optimizer = REFERENCE[row]
        model = ReferenceModel(matrix, len(corpus.classes), **shape).to(DEVICE)
        history = train_reference(
            model,
            optimizer([p for p in model.parameters() if p.requires_grad]),
            corpus,
            PATIENCE[row],
        )
    else:
        if row == "ours-scratch":
            matrix = torch.randn(matrix.shape) * matrix[2:].std()
            matrix[0] = 0
        model = NewsClassifier(matrix, len(corpus.classes))
        frame = fit(
            model,
            batches(corpus.fitting, True, seed),
            batches(corpus.validation),
            epochs=epochs_for(len(corpus.fitting)),
            lr=0.01,
            seed=seed,
        )
        history = frame.assign(seconds=frame.seconds.cumsum())[
            ["epoch", "valid_accuracy", "seconds"]
        ].to_dict("records")
    loader = batches(corpus.test)
    logits, _ = predict(model, loader)
    predicted = np.empty(len(corpus.test), dtype=int)
    predicted[[i for batch in loader.batch_sampler.batches() for i in batch]] = logits.argmax(1)
    return predicted.tolist(), history, model


def later(row: str, seed: int) -> dict:
    """What the rows of notebooks 06, 08 and 09 add to an entry."""
    from benchmarks import memory, tagging, transfer  # fastai takes its time

    if row == "bilm-tagger":
        run = tagging.tagger_of_states(seed)
        return {
            **run,
            "corpus": REQUESTS,
            "tokens": None,
            "data": hashlib.sha256(json.dumps(run["truth"]).encode()).hexdigest()[:16],
        }
    if row in LATER:
        data = memory.news_batches(held_out=False)
        model, seconds = memory.trained_reader(
            data, "mean", LATER[row], seed, memory.NEWS_RATES["mean"]
        )
        logits, y = predict(model, [data[3]])
        return {
            "truth": y.tolist(),
            "predicted": logits.argmax(1).tolist(),
            "seconds": seconds,
            "parameters": sum(p.numel() for p in model.network.parameters()),
        }
    corpus = transfer.Corpus()
    corpus.language_model(2)  # trained or loaded before the clock starts
    start = time.perf_counter()
    predicted = transfer.ulmfit(corpus, corpus.train, corpus.test, seed)
    seconds = time.perf_counter() - start
    learn = transfer.classifier(corpus, corpus.train[:16], corpus.language_model(2), seed)
    return {
        "truth": corpus.test.category.tolist(),
        "predicted": predicted.tolist(),
        "seconds": seconds,
        "parameters": sum(p.numel() for p in learn.model.parameters()),
    }


def entry(row: str, seed: int) -> dict:
    """One line of results/ledger.json."""
    corpus, start, history, parameters, more = Corpus(), time.perf_counter(), [], None, {}
    truth = [y for _, y in corpus.test]
    if row == "svm":
        svm = make_pipeline(TfidfVectorizer(sublinear_tf=True), LinearSVC(random_state=seed)).fit(
            corpus.train.text, corpus.train.category
        )
        predicted, seconds = (
            [corpus.classes.index(c) for c in svm.predict(corpus.test_articles.text)],
            time.perf_counter() - start,
        )
    elif row in (*LATER, "ulmfit", "bilm-tagger"):
        more = later(row, seed)
        truth, predicted, seconds, parameters = (
            more.pop(key) for key in ("truth", "predicted", "seconds", "parameters")
        )
    else:
        predicted, history, model = network(row, corpus, seed)
        parameters, seconds = (
            sum(p.numel() for p in model.parameters() if p.requires_grad),
            history[-1]["seconds"],
        )
    return {
        "row": row,
        "corpus": corpus.name,
        "seed": seed,
        "accuracy": float(np.mean(np.equal(predicted, truth))),
        "macro_f1": float(f1_score(truth, predicted, average="macro")),
        "seconds": round(seconds, 1),
        "epochs": len(history),
        "valid_accuracy": max((h["valid_accuracy"] for h in history), default=None),
        "parameters": parameters,
        "history": history,
        "tokens": sum(len(document) for document, _ in corpus.fitting),
        "device": device_name("cpu" if row in ("svm", *LATER) else DEVICE),
        "processes": int(os.environ.get("WORLD_SIZE", 1)),
        "data": corpus.digest,
        "versions": {
            "python": platform.python_version(),
            **{p: version(p) for p in ("torch", "scikit-learn", "gensim", "numpy", "fastai")},
        },
        **more,
    }


def write(new: dict) -> None:
    """Puts the entry into results/ledger.json in place of one for the same command; in one step, so that a break leaves the old file,
    and one command after the other, so that two that end together lose no line."""
    key = lambda e: (e["corpus"], ROWS.index(e["row"]), e["seed"], e["device"], e["processes"])  # noqa: E731
    path, lock = RESULTS / "ledger.json", RESULTS.parent / "_build" / "ledger.lock"
    lock.parent.mkdir(exist_ok=True)
    with FileLock(lock):
        entries = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
        entries = sorted([e for e in entries if key(e) != key(new)] + [new], key=key)
        with tempfile.NamedTemporaryFile("w", dir=RESULTS, delete=False, encoding="utf-8") as file:
            file.write(
                "[\n" + ",\n".join(json.dumps(e, ensure_ascii=False) for e in entries) + "\n]\n"
            )
        os.replace(file.name, path)


def seconds_until(history: list[dict], accuracy: float) -> float:
    """Seconds until the validation accuracy was at least `accuracy`; NaN if it never was."""
    return next((h["seconds"] for h in history if h["valid_accuracy"] >= accuracy), np.nan)


def race(entries: pd.DataFrame, corpus: str, row: str) -> dict:
    """Time of a reference model's own loop to its best validation accuracy, and of ours to the same."""
    theirs, ours = (
        entries[(entries.corpus == corpus) & (entries.row == r) & (entries.processes == 1)]
        for r in (row, "ours-vectors")
    )
    bench = RESULTS / f"bench-{corpus}.csv"
    speeds = (
        pd.read_csv(bench).set_index(["model", "way", "precision"])["tokens a second"]
        if bench.is_file()
        else {}
    )
    if theirs.empty or ours.empty or (SHAPES[row], "b", "no") not in speeds:
        return {}
    speed = speeds[SHAPES[row], "b", "no"]
    epochs = np.mean(
        [np.argmax([h["valid_accuracy"] for h in history]) + 1 for history in theirs.history]
    )
    target = theirs.valid_accuracy.mean()
    reference, mine = (
        epochs * theirs.tokens.mean() / speed,
        np.mean([seconds_until(history, target) for history in ours.history]),
    )
    return {
        "its accuracy": round(target, 3),
        "reference loop, s": round(reference),
        "ours, s": round(mine, 1) if mine == mine else "not reached",
        "times": round(reference / mine, 1) if mine == mine else None,
    }


def table() -> pd.DataFrame:
    """A line a corpus, row and number of processes: mean ± sd over the seeds, then the race of each reference model with ours."""
    entries = pd.DataFrame(json.loads((RESULTS / "ledger.json").read_text(encoding="utf-8")))
    lines = []
    for corpus in dict.fromkeys([*entries.corpus, "10kGNAD"]):
        for row in ROWS:
            if (row == "bilm-tagger") != (corpus == REQUESTS):
                continue
            runs = entries[(entries.corpus == corpus) & (entries.row == row)]
            if runs.empty:
                lines.append({"corpus": corpus, "row": row, "seeds": 0, "accuracy": "not run"})
            for processes, group in runs.groupby("processes"):
                lines.append(
                    {
                        "corpus": corpus,
                        "row": row,
                        "processes": processes,
                        "seeds": len(group),
                        "accuracy": spread(group.accuracy),
                        "macro F1": spread(group.macro_f1),
                        "epochs": spread(group.epochs, 0) if group.epochs.max() else "",
                        "seconds": spread(group.seconds, 1),
                        "parameters": group.parameters.iloc[0],
                        **(race(entries, corpus, row) if row in REFERENCE else {}),
                        "device": ", ".join(sorted(set(group.device))),
                    }
                )
    return pd.DataFrame(lines).astype({"parameters": "Int64", "processes": "Int64"})


def spread(values: pd.Series, digits: int = 3) -> str:
    return (
        f"{values.mean():.{digits}f} ± {values.std():.{digits}f}"
        if len(values) > 1
        else f"{values.iloc[0]:.{digits}f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--row", choices=ROWS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--table", action="store_true")
    args = parser.parse_args()
    if args.row:
        new = entry(args.row, args.seed)
        if os.environ.get("RANK", "0") == "0":
            write(new)
            print(
                {name: value for name, value in new.items() if name not in ("history", "versions")},
                flush=True,
            )
    if args.table:
        result = table()
        result.to_csv(RESULTS / "ledger.csv", index=False)
        print(result.to_string(index=False))
    if not (args.row or args.table):
        parser.error("give --row NAME or --table")


if __name__ == "__main__":
    main()
