"""Tries `diagnose` on the course's networks and on twenty public ones, right and with faults.
`python -m benchmarks.diagnosed` writes results/diagnosed.csv: what should be found, and what is."""

import argparse
import inspect
import sys
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.diagnosed_course import course
from benchmarks.planted import BATCHES, BY_DESIGN, COLUMNS, FAULTS, VECTORS
from benchmarks.public_models import D, K, V
from benchmarks.tables import keep
from course_utils.diagnosis import diagnose

LENGTHS = [12, 3, 9, 5, 12, 7, 4, 10] * 3
NONE = "none"
GROUPS = ("course", "public")


def texts(seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """A padded batch of 24 texts, and their classes in a random order."""
    g = torch.Generator().manual_seed(seed)
    lengths = torch.tensor(LENGTHS)
    x = torch.randint(2, V, (len(LENGTHS), max(LENGTHS)), generator=g)
    x = x.masked_fill(torch.arange(x.shape[1]) >= lengths[:, None], 0)
    y = torch.arange(len(LENGTHS))[torch.randperm(len(LENGTHS), generator=g)] % K
    return x, lengths, y


def batch_for(kind: str, seed: int) -> tuple:
    x, lengths, y = texts(seed)
    if kind == VECTORS:
        g = torch.Generator().manual_seed(seed)
        return torch.randn(*x.shape, D, generator=g), y
    return (x, y) if kind == COLUMNS else (x, lengths, y)


def planted(model: type, old: str, new: str) -> type:
    """The class, made again from its text with one change; `ValueError` if that does not fit."""
    text = inspect.getsource(model)
    if old not in text:
        raise ValueError(f"{model.__name__} has no {old!r}")
    scope = dict(vars(sys.modules[model.__module__]))
    exec(text.replace(old, new), scope)
    return scope[model.__name__]


def named(optimizer: bool, model: nn.Module) -> torch.optim.Optimizer:
    """An optimizer for all parameters, or for all but the last two."""
    parameters = list(model.parameters())
    return torch.optim.SGD(parameters if optimizer else parameters[:-2], lr=0.1)


def with_general_faults(model: nn.Module, batch: tuple) -> Iterator[tuple]:
    """(fault, what is to be asked) of faults that any network can have, one at a time."""
    yield "optimizer", {"model": model, "batch": batch, "optimizer": named(False, model)}
    *inputs, y = batch
    yield "order", {"model": model, "batch": (*inputs, y.sort().values)}
    last = list(model.parameters())[-2]
    last.requires_grad_(False)
    yield "frozen", {"model": model, "batch": batch}
    last.requires_grad_(True)
    layers = [m for m in model.modules() if isinstance(m, nn.Linear)]
    layers[-1].register_forward_pre_hook(lambda module, given: (F.dropout(given[0], 0.5),))
    yield "chance", {"model": model, "batch": batch}


def cases(seed: int) -> Iterator[tuple[str, str, str, dict[str, Any], set[str]]]:
    """(group, model, fault, what is to be asked, what the design can't help)."""
    x, lengths, y = texts(seed)
    vectors = torch.randn(*x.shape, D)
    full = torch.randint(2, V, x.shape)
    for name, model, batch, options in course((x, lengths, y), (full, y), (vectors, y)):
        optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
        asked = {"model": model, "batch": batch, "optimizer": optimizer, **options}
        yield "course", name, NONE, asked, set()
    for public, kind in BATCHES.items():
        name = public.__name__
        right = public()
        design = BY_DESIGN.get(public, set())
        batch = batch_for(kind, seed)
        asked = {"model": right, "batch": batch, "optimizer": named(True, right)}
        yield "public", name, NONE, asked, design
        for fault, asked in with_general_faults(public(), batch):
            yield "public", name, fault, asked, design
    for public, fault, old, new in FAULTS:
        asked = {"model": planted(public, old, new)(), "batch": batch_for(BATCHES[public], seed)}
        said = f"{fault}: {old.strip()} → {new.strip()}"
        yield "public", public.__name__, said, asked, BY_DESIGN.get(public, set())


def row_of(group: str, name: str, fault: str, asked: dict, design: set[str]) -> dict[str, Any]:
    """What was found, and whether it is what was planted."""
    try:
        found = diagnose(**asked).names
    except ValueError as error:
        found = [f"refused: {error}"]
    expected = fault.partition(":")[0]
    return {
        "group": group,
        "model": name,
        "fault": fault,
        "found": " · ".join(found),
        "hit": None if fault == NONE else expected in found,
        "by design": " · ".join(n for n in found if n in design),
        "false alarms": sum(n not in design for n in found) if fault == NONE else None,
    }


def tried(seed: int = 0, groups: Sequence[str] = GROUPS) -> pd.DataFrame:
    """A row for each network and fault."""
    torch.manual_seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # torch's, of slow paths
        return pd.DataFrame([row_of(*case) for case in cases(seed) if case[0] in groups])


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Hits and false alarms, a row a group."""
    right = table[table.fault == NONE].groupby("group")
    faulty = table[table.fault != NONE].groupby("group")
    return pd.DataFrame(
        {
            "networks": right.size(),
            "false alarms": right["false alarms"].sum(),
            "faults": faulty.size(),
            "hits": faulty["hit"].sum(),
        }
    ).fillna(0).astype(int)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--group", choices=GROUPS, help="only these networks")
    args = parser.parse_args()
    seed = args.seed
    table = tried(seed, [args.group] if args.group else GROUPS)
    print(table.to_string())
    print(summary(table).to_string())
    keep(table.assign(seed=seed), "diagnosed", ["seed", "group", "model", "fault"])


if __name__ == "__main__":
    main()
