"""Tests of the random generators that a loader leads to: in samplers, data sets, transforms and
collate functions. A resumed run draws from each what the whole run would have drawn."""

import random
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    RandomSampler,
    Sampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)
from training_helpers import (  # noqa: F401 (a fixture)
    Broken,
    Classifier,
    Noisy,
    articles,
    breaking,
    broken_after,
    collate,
    equal,
    plain,
    same_threads,
    seeded,
    weighted,
)

from course_utils.generators import find_generators
from course_utils.training import fit


def subset(pairs):
    return plain(pairs, sampler=SubsetRandomSampler(range(50), generator=seeded()))


def batch_sampler(pairs):
    inner = BatchSampler(RandomSampler(pairs, generator=seeded()), 8, False)
    return DataLoader(pairs, batch_sampler=inner, collate_fn=collate)


def weighted_batches(pairs):
    inner = WeightedRandomSampler([1.0] * 60, 60, generator=seeded())
    return DataLoader(pairs, batch_sampler=BatchSampler(inner, 8, False), collate_fn=collate)


class Draws(Sampler):
    """A sampler that draws from a generator of NumPy or Python, or from torch's, under any name."""

    def __init__(self, n, source):
        self.n = n
        self._source = source

    def __iter__(self):
        draw = getattr(self._source, "integers", getattr(self._source, "randrange", None))
        draw = draw or self._source.randint
        return (int(draw(0, self.n)) for _ in range(self.n))

    def __len__(self):
        return self.n


def numpy_draws(pairs):
    return plain(pairs, sampler=Draws(len(pairs), np.random.default_rng(7)))


def old_numpy_draws(pairs):
    return plain(pairs, sampler=Draws(len(pairs), np.random.RandomState(7)))


def python_draws(pairs):
    return plain(pairs, sampler=Draws(len(pairs), random.Random(7)))


def noisy(pairs):
    return plain(Noisy(pairs), shuffle=True)


SAMPLERS = [
    weighted,
    subset,
    batch_sampler,
    weighted_batches,
    numpy_draws,
    old_numpy_draws,
    python_draws,
    noisy,
]


@pytest.mark.parametrize("same_loader", [False, True])  # a cell that is run again
@pytest.mark.parametrize("batches", SAMPLERS)
def test_generators_of_samplers_go_on_too(tmp_path, batches, same_loader):
    pairs = articles()
    run: dict[str, Any] = {"epochs": 3, "lr": 0.02}
    whole = Classifier()
    fit(whole, batches(pairs), batches(pairs), **run)
    first = batches(pairs)
    valid = batches(pairs)
    with pytest.raises(Broken):
        cut_off = breaking(first, after=len(first) * 3 // 2)
        fit(Classifier(), cut_off, valid, **run, checkpoint=tmp_path)
    again = first if same_loader else batches(pairs)
    again.collate_fn = collate
    resumed = Classifier(seed=9)
    fit(resumed, again, valid if same_loader else batches(pairs), **run, checkpoint=tmp_path)
    assert equal(resumed, whole)


class Dropping:
    """A transform or collate function that loses words by a generator of its own."""

    def __init__(self, generator):
        self.generator = generator

    def __call__(self, pairs):
        return collate([(lose(document, self.generator), label) for document, label in pairs])


def lose(document, generator):
    kept = torch.rand(len(document), generator=generator) < 0.8
    return [word for word, stays in zip(document, kept, strict=True) if stays] or document


class Transformed(Dataset):
    def __init__(self, pairs, transform):
        self.pairs = pairs
        self.transform = transform

    def __getitem__(self, i):
        document, label = self.pairs[i]
        return self.transform(document), label

    def __len__(self):
        return len(self.pairs)


class Several(Sampler):
    """Draws by generators in a list or dict."""

    def __init__(self, n, sources):
        self.n = n
        self.sources = sources

    def __iter__(self):
        source = self.sources["first"] if isinstance(self.sources, dict) else self.sources[0]
        return iter(torch.randperm(self.n, generator=source).tolist())

    def __len__(self):
        return self.n


def in_transform(pairs):
    source = seeded()
    return plain(Transformed(pairs, lambda document: lose(document, source)))


def in_partial(pairs):
    return plain(Transformed(pairs, partial(lose, generator=seeded())))


def in_method(pairs):
    return DataLoader(pairs, batch_size=8, collate_fn=Dropping(seeded()).__call__)


def in_collate(pairs):
    return DataLoader(pairs, batch_size=8, collate_fn=Dropping(seeded()))


def in_list(pairs):
    return plain(pairs, sampler=Several(len(pairs), [seeded()]))


def in_dict(pairs):
    return plain(pairs, sampler=Several(len(pairs), {"first": seeded()}))


SHARED = torch.Generator()


def collate_by_name(pairs):
    return collate([(lose(document, SHARED), label) for document, label in pairs])


def in_module(pairs):
    SHARED.manual_seed(7)
    return DataLoader(pairs, batch_size=8, collate_fn=collate_by_name)


HIDDEN = [in_transform, in_partial, in_method, in_collate, in_list, in_dict, in_module]


@pytest.mark.parametrize("batches", HIDDEN)
def test_generators_that_are_no_attributes_go_on_too(tmp_path, batches):
    pairs = articles()
    run: dict[str, Any] = {"epochs": 3, "lr": 0.02}
    whole = Classifier()
    fit(whole, batches(pairs), **run)
    with pytest.raises(Broken):
        fit(broken_after(12), batches(pairs), **run, checkpoint=tmp_path)
    resumed = Classifier(seed=9)
    fit(resumed, batches(pairs), **run, checkpoint=tmp_path)
    assert equal(resumed, whole)


def test_the_search_for_generators_ends_and_leaves_out_those_of_the_process():
    ring: list[Any] = [random.random, np.random.rand, torch.default_generator, torch, random]
    ring.append({"ring": ring, 2: (random.SystemRandom(), random.Random(1).random)})
    assert list(find_generators(ring, "train")) == ["train[5][2][1].__self__"]
