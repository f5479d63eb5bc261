"""A small reader, trained by one process or by several that share each batch.

    python -m benchmarks.processes
    torchrun --nproc_per_node 2 -m benchmarks.processes

The first process prints the losses after each epoch, as one line of JSON. The reader is the mean of
its words' embeddings and a linear layer, without dropout: every process would draw its own.
"""

import os
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from course_utils import LengthBuckets, Vocabulary, fit, load_gnad, pad_batch, tokenize

EPOCHS = 3
WORDS = 100  # of an article that are read


class Mean(nn.Module):
    """Ids (B, T) and lengths to logits (B, K): the mean of the embeddings, and a layer."""

    def __init__(self, words: int, classes: int, width: int = 50):
        super().__init__()
        self.embedding = nn.Embedding(words, width, padding_idx=0)
        self.out = nn.Linear(width, classes)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        return self.out(self.embedding(x).sum(1) / lengths[:, None])


def collate(pairs: list[tuple[list[int], int]]) -> tuple[Tensor, ...]:
    return pad_batch(*zip(*pairs, strict=True))


def main() -> None:
    train, _ = load_gnad()
    classes = sorted(set(train.category))
    vocab = Vocabulary.from_texts(train.text, min_count=2)
    documents = [vocab.encode(tokenize(text)[:WORDS]) for text in train.text]
    pairs = list(zip(documents, map(classes.index, train.category), strict=True))
    # ranks: batches that two can share evenly, also where one process reads them alone
    sampler = LengthBuckets(list(map(len, documents)), tokens=4_000, ranks=2)
    data: Any = pairs  # a list serves as a dataset
    batches: DataLoader = DataLoader(data, batch_sampler=sampler, collate_fn=collate)
    torch.manual_seed(0)
    model = Mean(len(vocab), len(classes))
    history = fit(model, batches, epochs=EPOCHS, lr=0.02)
    if os.environ.get("RANK", "0") == "0":
        print(history.drop(columns="seconds").to_json(orient="records"), flush=True)


if __name__ == "__main__":
    main()
