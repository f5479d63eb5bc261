"""Notebook 10's language models over the articles of a corpus, and the table of few labels.

    python -m benchmarks.transfer checkpoint      # mininews's model, for the package
    python -m benchmarks.transfer lowshot         # results/lowshot-NAME.csv
    python -m benchmarks.transfer lowshot --seconds 300   # begins no further row after that

COURSE_DATA names the corpus, as everywhere. Two thirds of the training articles play the archive on
which the language model is trained, one third the newspaper to which it is fitted; a tenth of all
is held out before, for perplexities. Its embeddings begin with the shipped word vectors, which
have read Wikipedia and debates and none of these articles. Test articles serve for one thing, the
accuracy at the end. A draw takes the same number of labels from each desk; with all labels the
draws differ in their seeds alone. What each model reads is said in benchmarks.transfer_models.
Language models other than the checkpoint are kept in _build/transfer/.
"""

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from fastai.text.all import default_device, make_vocab
from gensim.models import KeyedVectors
from safetensors import safe_open
from safetensors.torch import load_model, save_model

from benchmarks import tables
from benchmarks.machine import DEVICE, corpus_name, device_name, digest
from course_utils import load_gnad, load_vectors
from course_utils.lessons.n10 import (
    begin,
    begin_with,
    first_words,
    fit_slanted,
    language_learner,
    streams,
)

default_device(DEVICE == "cuda")  # fastai alone would take Apple's GPU, too
KEPT = tables.ROOT / "_build" / "transfer"
CHECKPOINT = tables.ROOT / "course_utils" / "data" / "mininews-lm.safetensors"
PER_DESK = (1, 2, 5, 10, 20, None)  # None: all labels
DRAWS = 3
EPOCHS = 2  # of stage 1: with five it learns the archive by heart

Parts = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


def parts(train: pd.DataFrame, test: pd.DataFrame) -> Parts:
    """Archive, newspaper and held-out articles, without those whose text the test has, too."""
    mixed = train[~train.text.isin(test.text)].sample(frac=1, random_state=0)
    mixed = mixed.reset_index(drop=True)
    tenth = len(mixed) // 10
    rest = mixed[tenth:]
    cut = 2 * len(rest) // 3
    return rest[:cut], rest[cut:], mixed[:tenth]


def counts(*some: pd.DataFrame) -> Counter:
    """How often each token stands in what is read of these articles."""
    return Counter(
        token for part in some for text in first_words(map(begin, part.text)) for token in text
    )


def vocabulary(*some: pd.DataFrame) -> list[str]:
    """Words that occur at least three times in what is read of these articles, at most 5,000."""
    return make_vocab(counts(*some), min_freq=3, max_vocab=5_000)


def perplexity(learn) -> float:
    with learn.no_bar(), learn.no_logging():
        return float(np.exp(learn.validate()[0]))


def stage_1(
    archive: pd.DataFrame, held: pd.DataFrame, vocab: list[str], vectors: KeyedVectors, epochs: int
):
    """A language model that begins with word vectors: one cycle with a peak of 0.02."""
    learn = language_learner(streams(archive, held, vocab), vectors.vector_size)
    begin_with(learn.model[0].encoder, vectors, vocab)
    number = counts(archive)
    number["xxunk"] = number.total() - sum(number[word] for word in vocab)
    shares = torch.tensor([number[word] + 1.0 for word in vocab])
    with torch.no_grad():
        learn.model[1].decoder.bias.copy_((shares / shares.sum()).log())
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(epochs, 2e-2)
    return learn


def stage_2(
    model,
    newspaper: pd.DataFrame,
    held: pd.DataFrame,
    vocab: list[str],
    epochs: int = 1,
    lr: float = 5e-3,
):
    """The language model `model`, fitted to the newspaper with discriminative rates."""
    learn = language_learner(streams(newspaper, held, vocab), model[0].encoder.embedding_dim)
    learn.model.load_state_dict(model.state_dict())
    fit_slanted(learn, epochs, lr)
    return learn


def save(model, path: Path, **metadata: object) -> None:
    """Weights in half precision, shared ones once; the model goes on with what was saved."""
    path.parent.mkdir(parents=True, exist_ok=True)
    notes = {name: str(value) for name, value in metadata.items()}
    save_model(model.half(), str(path), metadata=notes)
    model.float()


class Corpus:
    """The articles of the corpus that COURSE_DATA names, its parts and its language models."""

    def __init__(self):
        self.train, self.test = load_gnad()
        self.name = corpus_name()
        self.digest = digest([*self.train.text, *self.test.text])
        self.classes = sorted(set(self.train.category))
        self.archive, self.newspaper, self.held = parts(self.train, self.test)
        self.vocab = vocabulary(self.archive, self.newspaper)
        self.vectors = load_vectors()
        self.models: dict[int, torch.nn.Module] = {}

    def language_model(self, stage: int) -> torch.nn.Module:
        """The model after stage 1 or 2, trained if it is not kept."""
        if stage not in self.models:
            path = self.path(stage)
            if not path.is_file():
                self.train_language_model(stage, path)
            self.models[stage] = self.load(path)
        return self.models[stage]

    def path(self, stage: int) -> Path:
        if stage == 1 and self.name == "mininews":
            return CHECKPOINT
        return KEPT / f"{self.name}-{stage}.safetensors"

    def train_language_model(self, stage: int, path: Path) -> None:
        start = time.perf_counter()
        if stage == 1:
            read = self.archive
            learn = stage_1(read, self.held, self.vocab, self.vectors, EPOCHS)
        else:
            read = self.newspaper
            learn = stage_2(self.language_model(1), read, self.held, self.vocab)
        save(
            learn.model,
            path,
            corpus=self.name,
            stage=stage,
            read=digest(read.text),
            perplexity=f"{perplexity(learn):.1f}",
            seconds=f"{time.perf_counter() - start:.0f}",
        )

    def load(self, path: Path) -> torch.nn.Module:
        with safe_open(path, framework="pt") as file:
            print(path.name, file.metadata(), flush=True)
        few = self.held[:8]
        model = language_learner(streams(few, few, self.vocab), self.vectors.vector_size).model
        load_model(model, path)
        return model


def draw(train: pd.DataFrame, per_desk: int | None, seed: int) -> pd.DataFrame:
    """`per_desk` articles of each category, or all."""
    if per_desk is None:
        return train
    return train.groupby("category").sample(per_desk, random_state=seed)


Model = Callable[[Corpus, pd.DataFrame, pd.DataFrame, int], np.ndarray]
Cell = tuple[str, Model, int | None, int]  # name, function, labels a desk, draw


def accuracy(corpus: Corpus, model: Model, per_desk: int | None, seed: int) -> dict:
    """Labels, draw, accuracy on the test articles and seconds of one cell of the table."""
    labelled = draw(corpus.train, per_desk, seed)
    start = time.perf_counter()
    predicted = model(corpus, labelled, corpus.test, seed)
    right = predicted == corpus.test.category.to_numpy()
    return {
        "labels": len(labelled),
        "draw": seed,
        "accuracy": round(float(right.mean()), 4),
        "seconds": round(time.perf_counter() - start, 1),
        "device": device_name(),
    }


def table(
    corpus: Corpus, cells: Sequence[Cell], seconds: float, folder: Path | None = None
) -> None:
    """Measure each of `cells` that results/lowshot-NAME.csv does not have yet."""
    name = f"lowshot-{corpus.name}"
    path = (folder or tables.RESULTS) / f"{name}.csv"
    keys = ["model", "labels", "draw"]
    done: set[tuple] = set()
    if path.is_file():
        done = set(pd.read_csv(path)[keys].itertuples(index=False, name=None))
    start = time.perf_counter()
    for model, function, per_desk, seed in cells:
        if (model, len(draw(corpus.train, per_desk, seed)), seed) in done:
            continue
        if time.perf_counter() - start > seconds:
            print("the time is up; the same command goes on")
            return
        row = {"model": model, **accuracy(corpus, function, per_desk, seed)}
        print(row, flush=True)
        tables.keep([row], name, keys, corpus.digest, folder)


def checkpoint(corpus: Corpus) -> None:
    """Train the model that the package carries, and write its words beside it."""
    CHECKPOINT.unlink(missing_ok=True)
    corpus.language_model(1)
    words = json.dumps(corpus.vocab, ensure_ascii=False)
    CHECKPOINT.with_suffix(".json").write_text(words, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["checkpoint", "lowshot"])
    parser.add_argument("--seconds", type=float, default=float("inf"))
    args = parser.parse_args()
    corpus = Corpus()
    if args.what == "checkpoint":
        if corpus.name != "mininews":
            parser.error("the checkpoint is mininews's: COURSE_DATA=mini")
        checkpoint(corpus)
        return
    from benchmarks.transfer_models import MODELS

    cells = [
        (name, function, per_desk, seed)
        for per_desk in PER_DESK
        for name, function in MODELS.items()
        for seed in range(DRAWS)
    ]
    table(corpus, cells, args.seconds)


if __name__ == "__main__":
    main()
