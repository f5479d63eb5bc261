"""Exercises of notebook 03, One document at a time.
What an LSTM costs in parameters and a loop in time, what a cell keeps, and what a step is."""

import torch

from course_utils.exercises import exercise
from course_utils.exercises.draws import normal, sizes


def _gradients_and_groups(g):
    cases = [
        (torch.tensor([[3.0, 0.0], [0.0, 4.0], [0.3, 0.4]]), 2, 1.0),
        (torch.tensor([[0.0, 0.0], [6.0, 8.0]]), 1, 5.0),
        (torch.tensor([[0.1, 0.2], [0.3, 0.0], [0.2, 0.2]]), 2, 1.0),
    ]
    for _ in range(3):
        n, width, size = sizes(g, 3)
        cases.append((normal(g, n, width), size, 0.5))
    return cases


@exercise(
    "lstm-parameters",
    task="""
        How many parameters does a one-layer, one-direction `nn.LSTM` with input size `D` and hidden
        size `H` have? PyTorch keeps two bias vectors.
        """,
    hints=(
        "How many times does an LSTM compute what an Elman network computes once?",
        "Four parts: three gates and the candidate, each with weights of its own.",
        "Each part has a matrix for x (H by D), one for h (H by H) and two biases of length H.",
    ),
    minutes=3,
    difficulty=1,
    importance=2,
    trains="what four gates cost",
    cases=[(300, 64), (100, 64), (3, 2)],
)
def lstm_parameters(D, H):
    return 4 * (H * D + H * H + 2 * H)


@exercise(
    "lstm-eta",
    task="""
        The remaining seconds, given the seconds so far, the steps done and the steps in all.
        """,
    hints=(
        "How long does one step take?",
        "Seconds a step, times the steps that are left.",
        "`seconds / done` with / and not with //, times `total - done`.",
    ),
    minutes=3,
    difficulty=1,
    importance=1,
    trains="judging early whether a run is worth waiting for",
    cases=[(9.0, 10, 144), (7.87, 1, 144), (100.0, 144, 144)],
)
def eta(seconds, done, total):
    return seconds / done * (total - done)


@exercise(
    "lstm-forgetting",
    task="""
        A forget gate of `f` (a number) and an input gate of exactly 0 at every step: what is $c_t$
        after `t` steps, starting from `c_0`?
        """,
    hints=(
        "What is left of `c = f * c + i * g` when `i` is 0?",
        "Each step multiplies the cell by the forget gate, and nothing is added.",
        "The same factor, `t` times: a power. (What does f = 1 mean for a gradient that travels t "
        "steps back?)",
    ),
    minutes=3,
    difficulty=1,
    importance=3,
    trains="how long a cell remembers",
    cases=[(2.0, 1.0, 100), (1.0, 0.9, 10), (-3.0, 0.5, 4)],
)
def cell_after(c_0, f, t):
    return c_0 * f**t


@exercise(
    "lstm-steps",
    task="""
        What the strange loop should have done with its gradients. `gradients` has one row for each
        document. Return the vectors that the optimiser gets, one row for each step: the mean of
        each group of `size` documents, the left-over ones as a smaller last group, each mean cut to
        the norm `clip` if it is longer.
        """,
    hints=(
        "Which comes first, the mean or the cut? And how many rows has the last group?",
        "`gradients.split(size)` gives the groups, the last one with what is left over. Take each "
        "group's mean first, then compare its norm with `clip`.",
        "A vector that is too long is multiplied by `clip / norm`, a short one by 1: "
        "`(clip / norms).clamp(max=1)`.",
    ),
    minutes=15,
    difficulty=3,
    importance=3,
    trains="accumulation and clipping in the right order",
    cases=_gradients_and_groups,
)
def steps_of(gradients, size, clip):
    """gradients (N, P); returns (steps, P)."""
    means = torch.stack([group.mean(dim=0) for group in gradients.split(size)])
    norms = means.norm(dim=1, keepdim=True)
    return means * (clip / norms).clamp(max=1)
