"""All exhibits in the order in which the notebook shows them, and the matrix of what catches what.
The matrix is the museum's own test: each fault by its own detector, right code by none."""

from collections.abc import Iterable

import pandas as pd
import torch

from course_utils.museum import cells, learning, measuring, reading, steps
from course_utils.museum.exhibit import Exhibit, faulty_code, fires, right_code

ROOMS: dict[str, list[Exhibit]] = {
    "cells": cells.EXHIBITS,
    "reading": reading.EXHIBITS,
    "learning": learning.EXHIBITS,
    "steps": steps.EXHIBITS,
    "numbers": measuring.EXHIBITS,
}
EXHIBITS: list[Exhibit] = [one for room in ROOMS.values() for one in room]


def exhibit(key: str | int) -> Exhibit:
    """The exhibit of this key, or of this number from 1, which gives nothing away; `KeyError` that
    lists the keys for an unknown one."""
    if isinstance(key, int) and 1 <= key <= len(EXHIBITS):
        return EXHIBITS[key - 1]
    found = {one.key: one for one in EXHIBITS}
    if key not in found:
        raise KeyError(f"there is no exhibit {key!r}; there are {', '.join(found)}")
    return found[key]


def draws(one: Exhibit) -> bool:
    """Whether the detector draws weights or texts; if not, all its questions are the same one."""
    with torch.random.fork_rng(devices=[]):
        generator = torch.Generator().manual_seed(0)
        before = torch.get_rng_state(), generator.get_state()
        one.detect(right_code(), generator)
        after = torch.get_rng_state(), generator.get_state()
    return not all(map(torch.equal, before, after))


def detections(fault: Exhibit | None, seeds: Iterable[int] = range(20)) -> dict[str, int]:
    """In how many of the seeds each detector fires on code with the fault, or on right code."""
    code = right_code() if fault is None else faulty_code(fault)
    drawn = list(seeds)
    return {one.key: sum(fires(one, code, seed) for seed in drawn) for one in EXHIBITS}


def matrix(seeds: Iterable[int] = range(20)) -> pd.DataFrame:
    """`detections` of the right code and of all faults: a row each, a column a detector."""
    drawn = list(seeds)
    rows = {"right code": detections(None, drawn)}
    rows |= {one.key: detections(one, drawn) for one in EXHIBITS}
    return pd.DataFrame.from_dict(rows, orient="index")
