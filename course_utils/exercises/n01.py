"""Exercises of notebook 01, The Elman network.
Two of them change its one equation: without the past, and with the past on the other side."""

import torch

from course_utils.exercises import exercise
from course_utils.exercises.draws import normal, sizes


def _networks(g):
    """Texts of T words and the weights of an Elman network, in six sizes."""
    cases = []
    for T, D, H in [(6, 3, 2), (1, 4, 3), *(sizes(g, 3) for _ in range(4))]:
        cases.append((normal(g, T, D), normal(g, H, D), normal(g, H, H), normal(g, H)))
    return cases


@exercise(
    "elman-parameters",
    hint=(
        "W_h maps D numbers to H, U_h maps H to H, b_h has H entries; "
        "W_y maps H to K, b_y has K entries."
    ),
    minutes=3,
    cases=[(3, 2, 1), (300, 64, 9), (100, 10, 4)],
)
def n_parameters(D, H, K):
    return H * D + H * H + H + K * H + K


@exercise(
    "elman-forgetful",
    hint=(
        "Leave out one term of the equation: which one carries the past? "
        "Then no loop over time is needed either."
    ),
    minutes=5,
    cases=_networks,
)
def without_memory(x, W_h, U_h, b_h):
    return torch.tanh(x @ W_h.T + b_h)


@exercise(
    "elman-order",
    hint=(
        "Start with h = torch.zeros(len(b_h)) and go through the rows of x "
        "from the last to the first."
    ),
    minutes=5,
    cases=_networks,
)
def last_state(x, W_h, U_h, b_h):
    h = torch.zeros(len(b_h))
    for x_t in x.flip(0):
        h = torch.tanh(W_h @ x_t + U_h @ h + b_h)
    return h
