"""Six ways through the same articles, with the same model and the same step of the optimiser.
They differ in nothing but how documents are put into batches and brought past the LSTM."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from benchmarks.machine import DEVICE, digest
from course_utils import (
    LengthBuckets,
    PaddedLSTM,
    Vocabulary,
    load_gnad,
    pad_batch,
    rounded_length,
    tokenize,
)

WAYS = {
    "a": "one document at a time",
    "b": "256 padded to the corpus's longest, packed",
    "c": "shuffled batches of 32, packed",
    "d": "length buckets, packed",
    "e": "length buckets, PaddedLSTM",
    "f": "ceiling: nn.LSTM alone, equal lengths",
}
MODELS: dict[str, dict] = {
    "LSTM 64": {"hidden_size": 64},
    "2 x 128 bidirectional": {"hidden_size": 128, "num_layers": 2, "bidirectional": True},
    "4 x 64 bidirectional": {"hidden_size": 64, "num_layers": 4, "bidirectional": True},
}
TOKENS = 16_384
DIMENSIONS = 300
CLASSES = 9

Batch = tuple[Tensor, Tensor, Tensor]  # x (B, T), lengths (B,), y (B,)


class Reader(nn.Module):
    """Frozen word vectors as in the reference course, an LSTM, its last states, a linear layer."""

    def __init__(self, n_words: int, **lstm):
        super().__init__()
        self.emb = nn.Embedding(n_words, DIMENSIONS, padding_idx=0).requires_grad_(False)
        self.lstm = PaddedLSTM(DIMENSIONS, **lstm)
        self.directions = 2 if self.lstm.bidirectional else 1
        self.out = nn.Linear(self.directions * self.lstm.hidden_size, CLASSES)

    def forward(self, x: Tensor, lengths: Tensor, packed: bool = False) -> Tensor:
        """`x` (B, T), `lengths` (B,) -> logits (B, CLASSES)."""
        # Looked up time first, as oneDNN wants it: PaddedLSTM then has nothing to turn round.
        vectors = self.emb(x.T).transpose(0, 1)
        h_n = self.packed(vectors, lengths) if packed else self.lstm(vectors, lengths)[1]
        return self.out(h_n[-self.directions :].transpose(0, 1).flatten(1))

    def packed(self, vectors: Tensor, lengths: Tensor) -> Tensor:
        """Last states by way of packing, which PaddedLSTM does not take on a CPU."""
        sequence = pack_padded_sequence(
            vectors, lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        output, (h_n, _) = nn.LSTM.forward(self.lstm, sequence)
        pad_packed_sequence(output, batch_first=True)
        return h_n


def one_step(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    batches: Sequence[Batch],
    packed: bool,
    precision: str,
) -> int:
    """One step of the optimiser over `batches`, whose gradients are added up; returns tokens."""
    documents = sum(len(y) for *_, y in batches)
    tokens = 0
    for x, lengths, y in batches:
        with torch.autocast(DEVICE, torch.bfloat16, enabled=precision == "bf16"):
            if packed:
                logits = model(x.to(DEVICE), lengths, packed)
            else:
                logits = model(x.to(DEVICE), lengths.to(DEVICE))
        loss = F.cross_entropy(logits.float(), y.to(DEVICE), reduction="sum") / documents
        loss.backward()
        tokens += int(lengths.sum())
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    return tokens


def documents_of(
    max_length: int | None, copies: int
) -> tuple[list[list[int]], list[int], int, str]:
    """All articles of the corpus, encoded, their classes, the vocabulary's size, their digest."""
    articles = pd.concat(load_gnad())
    texts = [tokenize(text) for text in articles.text]
    vocabulary = Vocabulary.from_texts(texts, min_count=2, tokenizer=list)
    classes = sorted(set(articles.category))
    documents = [vocabulary.encode(text[:max_length]) for text in texts]
    labels = [classes.index(category) for category in articles.category]
    return documents * copies, labels * copies, len(vocabulary), digest(articles.text)


def groups(
    way: str, documents: Sequence[Sequence[int]], labels: Sequence[int], every: int = 1
) -> list[list[Batch]]:
    """The batches of each step of the optimiser.

    (d) takes one of `every` batches in the order of length, so that long and short ones have their
    share; (a) to (c) take as many as give a stable figure."""

    def batch(indices: Sequence[int], rounded: bool = False) -> Batch:
        chosen = [documents[i] for i in indices]
        return pad_batch(chosen, [labels[i] for i in indices], rounded=rounded)

    order = np.random.default_rng(0).permutation(len(documents)).tolist()
    if way == "a":
        steps = [order[k : k + 64] for k in range(0, min(len(order), 512), 64)]
        return [[batch([i]) for i in step] for step in steps]
    if way == "b":
        x, lengths, y = batch(order[:256])
        longest = max(len(document) for document in documents)
        return [[(F.pad(x, (0, longest - x.shape[1])), lengths, y)]]
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
        self.documents, self.labels, n_words, self.data = documents_of(max_length, copies)
        self.reader = Reader(n_words, **MODELS[model]).to(DEVICE)
        trained = [p for p in self.reader.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(trained, lr=1e-3, fused=fused)
        self.precision = precision
        self.plain = nn.LSTM(DIMENSIONS, batch_first=True, **MODELS[model]).to(DEVICE)
        length = rounded_length(int(np.median([len(d) for d in self.documents])))
        self.full = torch.randn(max(1, TOKENS // length), length, DIMENSIONS, device=DEVICE)

    def groups(self, way: str, every: int = 1) -> list[list[Batch]]:
        return groups(way, self.documents, self.labels, every)

    def ceiling(self) -> int:
        """`nn.LSTM` forward and backward, nothing else, once; returns the number of tokens."""
        with torch.autocast(DEVICE, torch.bfloat16, enabled=self.precision == "bf16"):
            output = self.plain(self.full)[0]
        output.float().sum().backward()
        return self.full.shape[0] * self.full.shape[1]

    def step(self, way: str, group: Sequence[Batch]) -> int:
        return one_step(self.reader, self.optimizer, group, way in "bcd", self.precision)
