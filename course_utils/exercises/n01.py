"""Exercises of notebook 01, The Elman network.
They change its one equation: without the past, with the past on the other side, and backwards."""

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
        "W_x maps D numbers to H, W_h maps H to H, b has H entries; "
        "W_z maps H to K, b_z has K entries."
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
def without_memory(x, W_x, W_h, b):
    return torch.tanh(x @ W_x.T + b)


@exercise(
    "elman-order",
    hint=(
        "Start with h = torch.zeros(len(b)) and go through the rows of x "
        "from the last to the first."
    ),
    minutes=5,
    cases=_networks,
)
def last_state(x, W_x, W_h, b):
    h = torch.zeros(len(b))
    for x_t in x.flip(0):
        h = torch.tanh(W_x @ x_t + W_h @ h + b)
    return h


@exercise(
    "elman-gradient",
    hint=(
        "Keep all states on the way forwards. On the way back start with past = "
        "torch.ones(len(b)), the gradient of a sum; at each step past * (1 - h_t ** 2) is the "
        "gradient of a_t. W_x.T takes it to the word, W_h.T to the step before."
    ),
    minutes=15,
    cases=_networks,
)
def last_state_gradient(x, W_x, W_h, b):
    states = []
    h = torch.zeros(len(b))
    for x_t in x:
        h = torch.tanh(W_x @ x_t + W_h @ h + b)
        states.append(h)
    rows = []
    past = torch.ones(len(b))
    for h_t in reversed(states):
        da = past * (1 - h_t**2)
        rows.append(W_x.T @ da)
        past = W_h.T @ da
    return torch.stack(rows[::-1])
