"""The project of notebook 06: a recurrent network that still knows three letters after a pause.
The score trains the learner's network with two seeds, always in the same way."""

import torch
from torch import nn
from torch.nn import functional as F

from course_utils.exercises.projects import Refused, project
from course_utils.lessons.more_races_of_memory import copy

PAUSE = 40
STEPS = 300
PARAMETERS = 5_000


def _fresh(build) -> nn.Module:
    """A network that keeps the rules."""
    model = build()
    if not isinstance(model, nn.Module):
        raise Refused(f"network() should return an nn.Module, it returns {type(model).__name__}.")
    n = sum(p.numel() for p in model.parameters())
    if n > PARAMETERS:
        raise Refused(f"The network has {n:,} parameters; {PARAMETERS:,} are allowed.")
    x, _ = copy(2, 7, torch.Generator().manual_seed(0))
    with torch.no_grad():
        whole = model(x)
        half = model(x[:, :5])
    if tuple(whole.shape) != (2, 13, 4):
        raise Refused(f"x (2, 13, 6) should give (2, 13, 4), it gives {tuple(whole.shape)}.")
    if not torch.allclose(whole[:, :5], half, atol=1e-5):
        raise Refused("What comes out at a step changes with later steps: it must not see ahead.")
    return model


def _trained(build, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    model = _fresh(build)
    fresh = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(STEPS):
        x, y = copy(32, PAUSE, fresh)
        F.cross_entropy(model(x)[:, -y.shape[1] :].flatten(0, 1), y.flatten()).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    return model.eval()


def letters_kept(build) -> float:
    """Percent of the letters that are right after the pause, the mean of two seeds."""
    shares = []
    for seed in (0, 1):
        model = _trained(build, seed)
        x, y = copy(500, PAUSE, torch.Generator().manual_seed(10**6 + seed))
        with torch.no_grad():
            answer = model(x)[:, -y.shape[1] :].argmax(-1)
        shares.append((answer == y).double().mean().item())
    return 100 * sum(shares) / len(shares)


@project(
    "memory-keeper",
    title="A network that keeps",
    goal="""
        Build a recurrent network that repeats three letters (of four) after a pause of 40 steps.
        `network()` returns a fresh `nn.Module` that takes `x` (B, T, 6) and gives logits (B, T, 4)
        at every step, without seeing ahead; it has at most 5,000 parameters. The score trains it
        with two seeds for 300 steps of 32 sequences, Adam with a rate of 0.01, and counts the
        letters that are right; by chance it is a quarter. The task is the `copy` of
        [Races of memory](more/races_of_memory.ipynb). Ideas: forget gates that are open before the
        training begins, some wider than others (Tallec and Ollivier 2018); a $W_h$ that starts
        as a rotation, or stays one; a state without $\\tanh$. Those races, with pauses of up to
        60 steps and a thousand steps of training, are a harder table to beat.
        """,
    minutes=60,
    score=letters_kept,
    better="higher",
    unit="%",
    target=95.0,
    baseline=25.0,
)
def network():
    return ...
