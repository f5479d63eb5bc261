"""What the tests of training share: documents, loaders of each kind, a small network, and runs
that break down. Its fixture is for every module that compares two runs."""

import random
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, IterableDataset, WeightedRandomSampler

from course_utils.batching import LengthBuckets, pad_batch
from course_utils.lstm import PaddedLSTM


@pytest.fixture(autouse=True)
def same_threads(monkeypatch):
    """Two runs are compared to the last bit, which may hang on the number of threads."""
    monkeypatch.setenv("COURSE_THREADS", str(torch.get_num_threads()))


def articles(n=60, seed=0):
    """Documents of words 2–5 with their label: whether most words are above 3."""
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(3, 30, (n,), generator=generator).tolist()
    words = [
        torch.randint(0, 2, (length,), generator=generator) + 2 + 2 * (i % 2)
        for i, length in enumerate(lengths)
    ]
    return [(document.tolist(), i % 2) for i, document in enumerate(words)]


def collate(pairs):
    documents, labels = zip(*pairs, strict=True)
    return pad_batch(documents, labels)


def buckets(pairs, **keywords):
    return DataLoader(
        pairs,
        batch_sampler=LengthBuckets([len(d) for d, _ in pairs], tokens=200),
        collate_fn=collate,
        **keywords,
    )


def shuffled(pairs):
    return DataLoader(
        pairs,
        batch_size=8,
        shuffle=True,
        collate_fn=collate,
        generator=torch.Generator().manual_seed(0),
    )


def as_list(pairs):
    return [collate(pairs[i : i + 8]) for i in range(0, len(pairs), 8)]


def plain(pairs, **keywords):
    return DataLoader(pairs, batch_size=8, collate_fn=collate, **keywords)


class Stream(IterableDataset):
    def __init__(self, pairs):
        self.pairs = pairs

    def __iter__(self):
        return iter(self.pairs)


class Noisy(Dataset):
    """Documents that lose words at random."""

    def __init__(self, pairs):
        self.pairs = pairs
        self.rng = random.Random(5)

    def __getitem__(self, i):
        document, label = self.pairs[i]
        kept = [word for word in document if self.rng.random() < 0.8]
        return kept or document, label

    def __len__(self):
        return len(self.pairs)


def seeded():
    return torch.Generator().manual_seed(7)


def weighted(pairs):
    return plain(pairs, sampler=WeightedRandomSampler([1.0, 3.0] * 30, 60, generator=seeded()))


class Classifier(nn.Module):
    """Embedding, dropout, PaddedLSTM, linear: all that a checkpoint must bring back."""

    def __init__(self, seed=0, hidden_size=8):
        super().__init__()
        torch.manual_seed(seed)
        self.emb = nn.Embedding(6, 4, padding_idx=0)
        self.dropout = nn.Dropout(0.2)
        self.lstm = PaddedLSTM(4, hidden_size)
        self.linear = nn.Linear(hidden_size, 2)

    def forward(self, x, lengths):
        return self.linear(self.lstm(self.dropout(self.emb(x)), lengths)[1][-1])


def equal(a, b):
    return all(
        torch.equal(p.cpu(), q.cpu())
        for p, q in zip(a.state_dict().values(), b.state_dict().values(), strict=True)
    )


def never(model):
    """`model`, which must not be asked for anything."""
    model.register_forward_pre_hook(lambda *_: pytest.fail("a step was made"))
    return model


class Broken(Exception):
    pass


def breaking(batches, after):
    """The batches, but after `after` of them the machine breaks down (the collate function)."""
    done = 0

    def collate_or_break(pairs):
        nonlocal done
        done += 1
        if done > after:
            raise Broken
        return collate(pairs)

    batches.collate_fn = collate_or_break
    return batches


def broken_after(steps):
    model = Classifier()
    left = iter(range(steps))

    def step_or_break(*_):
        if next(left, None) is None:
            raise Broken

    model.register_forward_pre_hook(step_or_break)
    return model


RUN: dict[str, Any] = {"epochs": 2, "lr": 0.02}
