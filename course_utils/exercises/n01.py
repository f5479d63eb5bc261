"""Exercises of notebook 01, The Elman network.
They change its one equation: without the past, with the past on the other side, and backwards."""

import torch

from course_utils.exercises import exercise
from course_utils.exercises.draws import normal, sizes


def _networks(g):
    """Texts of T words and the weights of an Elman network: one to be read, and six sizes.

    The weights are small: where tanh is flat, its slope is known to a few digits only."""
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    W_x = torch.tensor([[0.5, 0.0], [0.2, 1.0]])
    W_h = torch.tensor([[0.0, 0.5], [-1.0, 0.4]])
    cases = [(x, W_x, W_h, torch.tensor([0.0, 0.1]))]
    for T, D, H in [(6, 3, 2), (1, 4, 3), *(sizes(g, 3) for _ in range(4))]:
        weights = [normal(g, *shape) / (D + H) ** 0.5 for shape in ((H, D), (H, H), (H,))]
        cases.append((normal(g, T, D), *weights))
    return cases


@exercise(
    "elman-parameters",
    task="""
        How many numbers does an Elman network with input width `D`, state width `H` and
        `K` outputs learn? One bias vector each for the state and the output.
        """,
    hints=(
        "Which matrices and vectors stand in the two equations, and what shape has each?",
        "$W_x$ maps D numbers to H, $W_h$ maps H to H, $W_z$ H to K; each equation has a bias.",
        "$W_x$ has H · D entries, $W_h$ has H · H, $b$ has H; $W_z$ has K · H and $b_z$ has K.",
    ),
    minutes=3,
    difficulty=1,
    importance=2,
    trains="reading shapes off an equation",
    cases=[(3, 2, 1), (300, 64, 9), (100, 10, 4)],
)
def n_parameters(D, H, K):
    return H * D + H * H + H + K * H + K


@exercise(
    "elman-forgetful",
    task="""
        Write the network that the careless RNN computed: states without memory, for all words of
        `x` at once, with no loop.
        """,
    hints=(
        "Which term of the equation carries the past?",
        "Without that term no state needs the one before it: all words can be computed at once.",
        "`x @ W_x.T` maps all T words at once; add `b`, and squash.",
    ),
    minutes=5,
    difficulty=1,
    importance=3,
    trains="what makes a network recurrent",
    cases=_networks,
    gradients=True,
)
def without_memory(x, W_x, W_h, b):
    """x (T, D), W_x (H, D), W_h (H, H), b (H,); returns (T, H)."""
    return torch.tanh(x @ W_x.T + b)


@exercise(
    "elman-order",
    task="""
        Return the last state of an Elman network that reads `x` **from right to left**. Notebook 04
        will need it for bidirectional networks.
        """,
    hints=(
        "Which word is the last one that is read?",
        "The equation stays as it is; only the order in which the rows of `x` come changes.",
        "Start with `h = torch.zeros(len(b))` and go through `x.flip(0)`.",
    ),
    minutes=5,
    difficulty=2,
    importance=3,
    trains="the loop over time, in either direction",
    cases=_networks,
    gradients=True,
)
def last_state(x, W_x, W_h, b):
    """x (T, D), W_x (H, D), W_h (H, H), b (H,); returns (H,)."""
    h = torch.zeros(len(b))
    for x_t in x.flip(0):
        h = torch.tanh(W_x @ x_t + W_h @ h + b)
    return h


@exercise(
    "elman-gradient",
    task="""
        Which word does the last state listen to? Return, for each word of `x`, the gradient of the
        sum of the last state with respect to it.

        Without autograd: the loss itself speaks about the last state only, so the last row of `dh`
        is all ones and the others are zero.
        """,
    hints=(
        "What do you need of the way forwards when you come back: the words, or the states?",
        "Keep all states. At each step `past * (1 - h_t ** 2)` is the gradient of what tanh was "
        "given; `W_x.T` takes it to the word, `W_h.T` to the step before.",
        "Start with `past = torch.ones(len(b))`, go through the states in reverse, and turn the "
        "collected rows round at the end.",
    ),
    minutes=15,
    difficulty=3,
    importance=3,
    trains="backpropagation through time",
    cases=_networks,
)
def last_state_gradient(x, W_x, W_h, b):
    """x (T, D), W_x (H, D), W_h (H, H), b (H,); returns (T, D)."""
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
