"""The project of notebook 03, One document at a time: a cell that counts.
Strings of two letters, far longer than those that a network is usually trained on."""

from collections.abc import Callable

import torch
from torch import nn

from course_utils.exercises.projects import Refused, project

STRINGS = 400
LONGEST = 200
PARAMETERS = 500


def strings(generator: torch.Generator) -> list[torch.Tensor]:
    """Random strings of 0 (a) and 1 (b), of even length; every other one has as many a as b.

    The others miss it by one pair at least, half of them by exactly one."""
    made = []
    for n in range(STRINGS):
        half = int(torch.randint(5, LONGEST // 2 + 1, (), generator=generator))
        more = 0 if n % 2 else 1 if n % 4 else int(torch.randint(1, half, (), generator=generator))
        letters = torch.arange(2 * half) < half + more * (1 if n % 8 < 4 else -1)
        made.append((~letters)[torch.randperm(2 * half, generator=generator)].long())
    return made


def share_of_strings(build: Callable) -> float:
    """The share of strings of which the network says rightly whether they are balanced, in %."""
    network = build()
    if not isinstance(network, nn.Module):
        raise Refused("`build` returns a network, an nn.Module.")
    if not any(isinstance(part, nn.LSTM | nn.LSTMCell) for part in network.modules()):
        raise Refused("The network needs an nn.LSTM: the cell is what counts.")
    n = sum(p.numel() for p in network.parameters())
    if n > PARAMETERS:
        raise Refused(f"{n} parameters; {PARAMETERS} are allowed.")
    right = 0
    with torch.no_grad():
        for text in strings(torch.Generator().manual_seed(1)):
            x = nn.functional.one_hot(text, 2).float()[None]
            balanced = bool((text == 0).sum() == (text == 1).sum())
            right += bool(network(x).reshape(()) > 0) == balanced
    return 100 * right / STRINGS


@project(
    "lstm-counts",
    title="a cell that counts",
    goal="""
        Has a string as many `a` as `b`? A cell can count: up at an a, down at a b, and nothing
        forgotten. Write `build()`, which returns a network with an `nn.LSTM` and at most 500
        parameters: (1, T, 2), the letters as one-hot rows, to one number, above 0 for "as many".
        It may train first, or you may set its weights by hand, gate by gate. It is tried on
        400 strings of up to 200 letters, half of them balanced, many of the others off by one pair.

        An LSTM of 8 units that was trained on strings of 20 letters gets half of them right, which
        is what guessing gets.
        """,
    minutes=60,
    score=share_of_strings,
    better="higher",
    unit="%",
    target=99,
    baseline=50,
)
def build():
    """Returns a module from (1, T, 2) to one number."""
    return ...
