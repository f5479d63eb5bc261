"""A corpus as notebook 10's systems read it: numbers of pieces, article vectors, language models.
What takes minutes is kept in _build/transfer, under the digests of the files that it came from."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from fastai.text.all import AWD_LSTM, LMLearner
from fastai.text.all import Callback as FastaiCallback
from gensim.models import KeyedVectors
from safetensors.torch import load_file, save_file
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from torch import Tensor, nn

from benchmarks import tables
from benchmarks.machine import DEVICE, corpus_name, digest
from course_utils import load_gnad, load_language_model, predict, tokenize
from course_utils.eight_bits import load_packed
from course_utils.german import GERMAN
from course_utils.language_model import SHAPE, german_pieces
from course_utils.lessons import n10
from course_utils.subwords import SubwordVectors

KEPT = tables.ROOT / "_build" / "transfer"
FILES = {"vectors": "vectors.safetensors", "language model": "language-model.safetensors"}
PER_DESK = (1, 2, 5, 10, 20, None)  # labels a desk; None: all of them
SHARED = ("0.encoder_dp.emb.weight", "1.decoder.weight")  # the embedding once more
DROPOUTS = {"input_p": 0.6, "hidden_p": 0.3, "embed_p": 0.02, "weight_p": 0.4}  # ULMFiT's


class German:
    """A folder laid out as course_utils/data/german: what has read how much German."""

    def __init__(self, folder: Path = GERMAN):
        self.folder = folder

    @cached_property
    def digests(self) -> dict[str, str]:
        """Eight hexadecimal digits of the file of each part that is there, by the keys of FILES."""
        paths = {part: self.folder / name for part, name in FILES.items()}
        contents = {part: path.read_bytes() for part, path in paths.items() if path.is_file()}
        return {part: hashlib.sha256(data).hexdigest()[:8] for part, data in contents.items()}

    @cached_property
    def vectors(self) -> KeyedVectors:
        """The word vectors; unknown words are built from n-grams, as `load_vectors` does."""
        lists = json.loads((self.folder / "vectors.json").read_text(encoding="utf-8"))
        weights = load_packed(self.folder / FILES["vectors"])
        words = weights["words"].numpy()
        return SubwordVectors(lists["words"], words, lists["ngrams"], weights["ngrams"].numpy())

    def weights(self) -> dict[str, Tensor]:
        """The language model's, under fastai's names."""
        weights = load_packed(self.folder / FILES["language model"])
        return {**weights, **dict.fromkeys(SHARED, weights["0.encoder.weight"])}


class Bfloat16(FastaiCallback):
    """Forward pass and loss in bfloat16 where a CPU has instructions for it: about twice as fast.

    fastai's own mixed precision is for GPUs alone."""

    order = -100

    def before_batch(self) -> None:
        self.context = autocast()
        self.context.__enter__()

    def after_loss(self) -> None:
        self.context.__exit__(None, None, None)


def has_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 itself."""
    # A private function: no public one tells. tests/test_benchmarks.py names it.
    return DEVICE == "cpu" and torch.ops.mkldnn._is_mkldnn_bf16_supported()


def autocast() -> torch.autocast:
    return torch.autocast(DEVICE, dtype=torch.bfloat16, enabled=has_bfloat16())


def faster() -> list[FastaiCallback]:
    """The callbacks that make fastai's training faster on this machine."""
    return [Bfloat16()] if has_bfloat16() else []


def nats(learn: LMLearner) -> float:
    """Nats a piece on the learner's held-out texts."""
    with learn.no_bar(), learn.no_logging():
        return float(learn.validate()[0])


class Corpus:
    """Training and test articles, and what the systems make of them."""

    def __init__(
        self, train: pd.DataFrame, test: pd.DataFrame, name: str, german: German | None = None
    ):
        self.train = train
        self.test = test
        self.name = name
        self.german = german or German()
        self.digest = digest([*train.text, *test.text])
        self.classes = sorted(set(train.category))
        self.idf = n10.rarity(train.text)  # needs no label, and no test article
        self._states: dict[str, tuple[Tensor, Tensor]] = {}

    @classmethod
    def load(cls, german: German | None = None) -> "Corpus":
        """The corpus that COURSE_DATA names."""
        train, test = load_gnad()
        return cls(train, test, corpus_name(), german)

    def files(self, needs: tuple[str, ...]) -> str:
        """The digests of the files in `needs`, for the table."""
        return ", ".join(f"{part} {self.german.digests[part]}" for part in needs)

    def labels(self, articles: pd.DataFrame) -> Tensor:
        return torch.tensor([self.classes.index(category) for category in articles.category])

    @cached_property
    def documents(self) -> tuple[list[list[int]], list[list[int]]]:
        """The pieces of training and test articles."""
        return n10.pieces_of(self.train.text), n10.pieces_of(self.test.text)

    @cached_property
    def counted(self) -> list[csr_matrix]:
        """tf-idf of training and test articles; frequencies are those of all training articles."""
        tfidf = TfidfVectorizer(sublinear_tf=True).fit(self.train.text)
        return [tfidf.transform(part.text) for part in (self.train, self.test)]

    @cached_property
    def article_vectors(self) -> tuple[Tensor, Tensor]:
        """(N, D) of training and test articles, less the mean of the training articles."""
        made = [
            n10.article_vectors(part.text, self.german.vectors, self.idf)
            for part in (self.train, self.test)
        ]
        mean = made[0].mean(0)
        return made[0] - mean, made[1] - mean

    @cached_property
    def plain_vectors(self) -> tuple[Tensor, Tensor]:
        """(N, D), the same with all words equally rare, and nothing subtracted."""
        vectors = self.german.vectors
        train, test = (
            n10.article_vectors(part.text, vectors, {"": 1.0}) for part in (self.train, self.test)
        )
        return train, test

    @cached_property
    def mean_vectors(self) -> tuple[Tensor, Tensor]:
        """(N, D), the means of the articles' word vectors, which keep their lengths."""
        vectors = self.german.vectors

        def mean(text: str) -> Tensor:
            found = [vectors[word] for word in tokenize(text) if word in vectors]
            return torch.tensor(np.mean(found or [np.zeros(vectors.vector_size)], 0)).float()

        train, test = (torch.stack([*map(mean, part.text)]) for part in (self.train, self.test))
        return train, test

    @cached_property
    def unlabelled(self) -> tuple[list[str], list[str]]:
        """Training texts for stage 2, and a tenth of them held out; none that the test has."""
        texts = self.train.text[~self.train.text.isin(self.test.text)]
        mixed = texts.sample(frac=1, random_state=0).tolist()
        tenth = len(mixed) // 10
        return mixed[tenth:], mixed[:tenth]

    def kept(self, kind: str, what: str) -> Path:
        """Where the weights or states of `kind` are kept."""
        KEPT.mkdir(parents=True, exist_ok=True)
        files = self.german.digests["language model"]
        return KEPT / f"{self.name}-{self.digest[:6]}-{kind}-{files}-{what}.safetensors"

    def tuned(self) -> dict[str, Tensor]:
        """The language model's weights after stage 2, trained if they are not kept."""
        path = self.kept("tuned", "weights")
        if not path.is_file():
            learn = self.learner()
            start = time.perf_counter()
            before = nats(learn)
            n10.fit_slanted(learn, 1, n10.STAGE_2_RATE)
            notes = {
                "held out, nats a piece": f"{before:.3f}, then {nats(learn):.3f}",
                "seconds": f"{time.perf_counter() - start:.0f}",
            }
            print(f"{self.name}, stage 2: {notes}", flush=True)
            own = {k: v for k, v in learn.model.state_dict().items() if k not in SHARED}
            save_file({k: v.contiguous() for k, v in own.items()}, path, notes)
        weights = load_file(path)
        return {**weights, **dict.fromkeys(SHARED, weights["0.encoder.weight"])}

    def learner(self) -> LMLearner:
        """The language model before stage 2, over the unlabelled articles."""
        read, held = self.unlabelled
        learn = load_language_model(read, held, drop_mult=0.3, pretrained=False, cbs=faster())
        learn.model.load_state_dict(self.german.weights())
        return learn

    def body(self, kind: str, seed: int = 0, drop_mult: float = 0.3) -> AWD_LSTM:
        """A body: 'tuned' by stage 2, 'shipped' as after stage 1, or 'untrained'."""
        torch.manual_seed(seed)
        dropouts = {name: p * drop_mult for name, p in DROPOUTS.items()}
        body = AWD_LSTM(len(german_pieces()), **SHAPE, **dropouts)
        if kind != "untrained":
            weights = self.tuned() if kind == "tuned" else self.german.weights()
            body.load_state_dict(
                {k.removeprefix("0."): v for k, v in weights.items() if k.startswith("0.")}
            )
        return body

    def states(self, kind: str) -> tuple[Tensor, Tensor]:
        """Pooled states of all training and test articles, (N, 3E), kept once they are made."""
        if kind not in self._states:
            path = self.kept(kind, "states")
            if not path.is_file():
                train, test = (self.pooled(self.body(kind), part) for part in self.documents)
                save_file({"train": train, "test": test}, path)
            made = load_file(path)
            self._states[kind] = (made["train"], made["test"])
        return self._states[kind]

    def scores_at(self, name: str, entry: "Entry", labelled: pd.DataFrame, seed: int) -> Path:
        """The file for the scores of `name`, with the digest of what it hangs on in its name."""
        needs = hashlib.sha256(self.files(entry.needs).encode()).hexdigest()[:8]
        made = f"{self.name}-{self.digest[:6]}-{name}-{len(labelled)}-{seed}-{needs}.safetensors"
        return KEPT / "scores" / made.replace(" ", "_")

    def scores(
        self, name: str, entry: "Entry", labelled: pd.DataFrame, seed: int, anew: bool = False
    ) -> Tensor:
        """Scores (N, K) that the system `name` gives the test articles, kept once they are made."""
        path = self.scores_at(name, entry, labelled, seed)
        if anew or not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            save_file({"scores": entry.system(self, labelled, seed).contiguous()}, path)
        return load_file(path)["scores"]

    def pooled(self, body: nn.Module, documents: list[list[int]]) -> Tensor:
        with autocast():
            return predict(n10.Pooled(body), n10.piece_batches(documents))[0]


System = Callable[[Corpus, pd.DataFrame, int], Tensor]  # corpus, labelled articles, seed


@dataclass(frozen=True)
class Entry:
    """A line of the table: the system, the shipped FILES that it needs, at how many labels a desk
    it is measured, and in how many draws."""

    system: System
    needs: tuple[str, ...] = ()
    per_desk: tuple[int | None, ...] = PER_DESK
    draws: int = 3

    def seeds(self, per_desk: int | None) -> range:
        """The draws at `per_desk` labels; three at most with all labels, where they agree."""
        if per_desk not in self.per_desk:
            return range(0)
        return range(min(self.draws, 3) if per_desk is None else self.draws)
