"""Imported by the kernels of `python -m tools.repeat --change seeds`, never by the course.
Seeds given to torch are moved by COURSE_SEED, so that nets start, shuffle and drop differently."""

import os

import torch

OFFSET = int(os.environ.get("COURSE_SEED", "0"))
seed_as_given = torch.manual_seed


def manual_seed(seed: int) -> torch.Generator:
    """`torch.manual_seed`, moved."""
    return seed_as_given(seed + OFFSET)


torch.manual_seed = manual_seed
torch.random.manual_seed = manual_seed
