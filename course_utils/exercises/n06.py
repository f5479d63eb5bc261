"""Exercises of notebook 06, Memory and gates.
How long a gate keeps, how deep a convolution must be, and a long text read in chunks."""

import numpy as np
import torch

from course_utils.exercises import exercise
from course_utils.exercises.draws import normal, sizes


def _steps_and_chunks(g):
    def elman(x_t, h):
        return torch.tanh(x_t + 0.9 * h)

    def leaky(x_t, h):
        return 0.5 * h + x_t

    cases = [
        (elman, normal(g, 2, 7, 3), torch.zeros(2, 3), 3),
        (leaky, normal(g, 1, 4, 2), torch.ones(1, 2), 4),
    ]
    for _ in range(3):
        B, T, H, size = sizes(g, 4)
        cases.append((leaky, normal(g, B, T, H), normal(g, B, H), size))
    return cases


@exercise(
    "memory-half-life",
    hint=(
        "At bias b the gate stands at f = 1 / (1 + e^(-b)). After k words f^k is left; "
        "solve f^k = 1/2 for k with logarithms."
    ),
    minutes=5,
    cases=[(0.0,), (1.0,), (4.0,), (-2.0,)],
)
def half_life(b):
    return np.log(0.5) / np.log(1 / (1 + np.exp(-b)))


@exercise(
    "memory-levels",
    hint=(
        "Count levels upwards from 1 until 1 + 2 (k - 1) (2 ** levels - 1) "
        "reaches the number of steps."
    ),
    minutes=5,
    cases=[(100, 3), (5, 3), (6, 3), (600, 7), (1, 2)],
)
def levels_needed(steps, k):
    levels = 1
    while 1 + 2 * (k - 1) * (2**levels - 1) < steps:
        levels += 1
    return levels


@exercise(
    "memory-chunks",
    hint=(
        "Go through x.split(size, dim=1); keep the states of all chunks in a list. "
        "The state must be the one that the chunk before ended with, but detached."
    ),
    minutes=8,
    cases=_steps_and_chunks,
)
def run_in_chunks(step, x, h, size):
    states = []
    for chunk in x.split(size, dim=1):
        h = h.detach()
        for x_t in chunk.unbind(1):
            h = step(x_t, h)
            states.append(h)
    return torch.stack(states, dim=1)
