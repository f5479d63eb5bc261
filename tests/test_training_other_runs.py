"""Tests of what a checkpoint knows of its run: a folder of other settings, another model or other
data is refused before the first step, and data are told apart by their digest."""

import copy
import json
import random
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset, Subset, TensorDataset
from training_helpers import (  # noqa: F401 (a fixture)
    RUN,
    Broken,
    Classifier,
    Noisy,
    Stream,
    articles,
    as_list,
    broken_after,
    buckets,
    collate,
    equal,
    never,
    plain,
    same_threads,
    weighted,
)

from course_utils.data_digest import digest_data
from course_utils.training import fit


def freeze(model):
    model.emb.requires_grad_(False)
    return model


@pytest.mark.parametrize(
    "change, message",
    [
        ({"epochs": 4}, "epochs 2 there, 4 here"),
        ({"epochs": 1}, "epochs 2 there, 1 here"),
        ({"lr": 0.01, "seed": 3}, "lr 0.02 there, 0.01 here; seed 0 there, 3 here"),
        ({"weight_decay": 0}, "weight_decay 0.01 there, 0.0 here"),
        ({"clip": 0}, "clip 1.0 there, 0.0 here"),
        ({"precision": "bf16"}, "precision no there, bf16 here"),
        (
            {"model": Classifier(hidden_size=9)},
            r"in the model lstm.weight_ih_l0 \(32, 4\) there, \(36",
        ),
        ({"model": freeze(Classifier())}, r"emb.weight \(6, 4\) there, \(6, 4\) frozen here"),
        ({"data": buckets(articles(59))}, "documents 60 there, 59 here; words"),
        ({"data": as_list(articles(60))}, "tokens a batch 200 there, None here"),
        ({"data": weighted(articles(60))}, "sampler SequentialSampler there, WeightedRandom"),
    ],
)
def test_a_folder_of_another_run_is_refused_before_the_first_step(tmp_path, change, message):
    fit(Classifier(), buckets(articles()), **RUN, checkpoint=tmp_path)
    before = sorted(tmp_path.rglob("*"))
    model = never(copy.deepcopy(change.pop("model", Classifier(seed=9))))
    weights = copy.deepcopy(model.state_dict())
    data = change.pop("data", buckets(articles()))
    with pytest.raises(ValueError, match=f"belongs to another run .*{message}.*give fit what"):
        fit(model, data, **{**RUN, **change}, checkpoint=tmp_path)
    assert all(torch.equal(a, weights[name]) for name, a in model.state_dict().items())
    assert sorted(tmp_path.rglob("*")) == before


def plainly_shuffled(pairs):
    return plain(pairs, shuffle=True)


def other_documents(pairs):
    return articles(len(pairs), seed=5)


def other_labels(pairs):
    return [(document, 1 - label) for document, label in pairs]


def cut(pairs):
    return [(document[:3], label) for document, label in pairs]


def as_tensors(pairs):
    x, lengths, y = collate(pairs)
    return DataLoader(TensorDataset(x, lengths, y), batch_size=8)


def part(pairs):
    return plain(Subset(pairs, range(30)))


def own(pairs):
    return plain(Noisy(pairs))


@pytest.mark.parametrize("change", [other_documents, other_labels, cut])
@pytest.mark.parametrize("batches", [plainly_shuffled, as_list, buckets, as_tensors, part, own])
def test_a_folder_of_other_data_is_refused(tmp_path, batches, change):
    fit(Classifier(), batches(articles()), **RUN, checkpoint=tmp_path)
    with pytest.raises(ValueError, match="another run .*(their order are not those|words)"):
        fit(never(Classifier()), batches(change(articles())), **RUN, checkpoint=tmp_path)
    random_state = torch.get_rng_state(), random.getstate()
    assert digest_data(batches(articles())) == digest_data(batches(articles()))
    assert torch.equal(torch.get_rng_state(), random_state[0])
    assert random.getstate() == random_state[1]


def test_a_digest_tells_data_apart_and_not_how_they_are_held():
    pairs = articles()
    as_arrays = [(np.array(document, dtype="int32"), np.int64(y)) for document, y in pairs]
    assert digest_data(plain(as_arrays)) == digest_data(plain(pairs))
    words = [torch.tensor(document) for document, _ in pairs]
    assert digest_data(words) == digest_data([document for document, _ in pairs])
    tables = [[1, 2], [1.0, 2.0], ["1", "2"], [[1], [2]], [[1, 2]], [2, 1], [1, 2, 0], [{1: 2}]]
    different = [digest_data(table) for table in (*tables, [torch.ones(2)], [torch.zeros(2)])]
    assert len({*different}) == len(different) and None not in different


def test_data_that_cannot_be_read_without_side_effects_are_not_read():
    class Lazy(Dataset):
        def __init__(self):
            self.known = [None] * 3

        def __getitem__(self, i):
            pytest.fail("was read")

        def __len__(self):
            return 3

    unknown = [plain(Stream(articles())), plain(Lazy()), [object()], iter([1])]
    assert [digest_data(batches) for batches in unknown] == [None] * 4


def test_a_folder_from_before_the_digest_goes_on(tmp_path):
    run: dict[str, Any] = {"epochs": 3, "lr": 0.02}
    whole = Classifier()
    fit(whole, as_list(articles()), **run)
    with pytest.raises(Broken):
        fit(broken_after(12), as_list(articles()), **run, checkpoint=tmp_path)
    path = tmp_path / "epoch1" / "run.json"
    its_run = json.loads(path.read_text(encoding="utf-8"))
    del its_run["data"]
    path.write_text(json.dumps(its_run), encoding="utf-8")
    resumed = Classifier(seed=9)
    fit(resumed, as_list(articles()), **run, checkpoint=tmp_path)
    assert equal(resumed, whole)
