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
    task="""
        How many numbers does an Elman network with input width $D$, state width $H$ and $K$
        outputs learn? One bias vector each for the state and the output.
        """,
    hints=(
        (
            "W_x maps D numbers to H, W_h maps H to H, b has H entries; W_z maps H to K, b_z "
            "has K entries."
        ),
    ),
    minutes=3,
    difficulty=1,
    importance=2,
    trains="",
    cases=[(3, 2, 1), (300, 64, 9), (100, 10, 4)],
)
def n_parameters(D, H, K):
    return H * D + H * H + H + K * H + K


@exercise(
    "elman-forgetful",
    task="""
        Write the network that the careless RNN computed: states without memory, for all words of
        `x` $(T, D)$ at once, with no loop.
        """,
    hints=(
        (
            "Leave out one term of the equation: which one carries the past? Then no loop over "
            "time is needed either."
        ),
    ),
    minutes=5,
    difficulty=2,
    importance=2,
    trains="",
    cases=_networks,
)
def without_memory(x, W_x, W_h, b):
    return torch.tanh(x @ W_x.T + b)


@exercise(
    "elman-order",
    task="""
        Return the last state of an Elman network that reads `x` $(T, D)$ **from right to left**.
        Notebook 04 will need it for bidirectional networks.
        """,
    hints=(
        (
            "Start with h = torch.zeros(len(b)) and go through the rows of x from the last to "
            "the first."
        ),
    ),
    minutes=5,
    difficulty=2,
    importance=2,
    trains="",
    cases=_networks,
)
def last_state(x, W_x, W_h, b):
    h = torch.zeros(len(b))
    for x_t in x.flip(0):
        h = torch.tanh(W_x @ x_t + W_h @ h + b)
    return h


@exercise(
    "elman-gradient",
    task="""
        Which word does the last state listen to? Return, for each word of `x` $(T, D)$, the
        gradient of the sum of the last state with respect to it, as a tensor $(T, D)$.
        Without autograd: the loss itself speaks about the last state only, so the last row of
        `dh` is all ones and the others are zero.
        """,
    hints=(
        (
            "Keep all states on the way forwards. On the way back start with past = "
            "torch.ones(len(b)), the gradient of a sum; at each step past * (1 - h_t ** 2) is "
            "the gradient of a_t. W_x.T takes it to the word, W_h.T to the step before."
        ),
    ),
    minutes=15,
    difficulty=3,
    importance=2,
    trains="",
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
