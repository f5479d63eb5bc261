"""Random arguments for the cases of exercises, sizes included.
A solution that is right for one size only must not pass."""

import torch


def sizes(g: torch.Generator, n: int, low: int = 1, high: int = 7) -> list[int]:
    """`n` whole numbers from `low` to `high`, both included."""
    return torch.randint(low, high + 1, (n,), generator=g).tolist()


def normal(g: torch.Generator, *shape: int) -> torch.Tensor:
    """A tensor of this shape from the standard normal distribution, with two decimals.

    Somebody has to read these numbers."""
    return torch.randn(*shape, generator=g).mul(100).round() / 100


def whole(g: torch.Generator, low: int, high: int, *shape: int) -> torch.Tensor:
    """A tensor of this shape of whole numbers from `low` to `high`, both included."""
    return torch.randint(low, high + 1, shape, generator=g)
