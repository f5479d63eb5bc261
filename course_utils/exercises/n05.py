"""Exercises of notebook 05, Batched LSTM training.
How sure a measured accuracy is, what a class finds, and gradient clipping by the common norm."""

import numpy as np
import torch

from course_utils.exercises import exercise
from course_utils.exercises.draws import normal, sizes, whole


def _confusion_matrices(g):
    cases = [
        (np.array([[8, 2], [1, 9]]),),
        (np.array([[5, 0, 0], [1, 3, 0], [2, 2, 2]]),),
    ]
    for K in sizes(g, 3, low=2):
        cases.append((whole(g, 1, 30, K, K).numpy(),))
    return cases


def _gradients_and_limits(g):
    cases = [
        ([torch.tensor([3.0, 4.0])], 1.0),
        ([torch.ones(2, 2), torch.ones(5)], 2.0),
        ([torch.tensor([0.1])], 1.0),
    ]
    for _ in range(3):
        H, D = sizes(g, 2)
        cases.append(([normal(g, H, D), normal(g, H, H), normal(g, H)], 1.5))
    return cases


def _states_and_lengths(g):
    few = torch.tensor([[[1.0, 0.0], [3.0, 2.0], [9.0, 9.0]]])
    low = torch.tensor([[[-2.0, 1.0], [-2.1, 5.0], [0.0, 9.0]]])
    cases = [
        (few, torch.tensor([2]), torch.tensor([0.0, 0.5])),
        (low, torch.tensor([2]), torch.tensor([90.0, 0.0])),  # scores far below -100 are scores
    ]
    for _ in range(3):
        B, T, F = sizes(g, 3, low=2)
        lengths = whole(g, 1, T + 1, B)
        lengths[0] = T
        states = normal(g, B, T, F)
        states[torch.arange(T) >= lengths[:, None]] = 9.0  # what stands there must not count
        cases.append((states, lengths, normal(g, F)))
    return cases


@exercise(
    "training-half-width",
    task="""
        The half-width of the textbook's 95 % interval of an accuracy `p` measured on `n` articles.
        (Near one half it is nearly Wilson's.)
        """,
    hints=(
        "An answer is right or wrong, like a coin. How much does the share of heads scatter?",
        "The standard deviation of a share is the square root of p (1 - p) / n.",
        "95 % of a normal distribution lie within 1.96 standard deviations: "
        "`1.96 * (p * (1 - p) / n) ** 0.5`.",
    ),
    minutes=3,
    difficulty=1,
    importance=3,
    trains="how sure a measured accuracy is",
    cases=[(0.85, 1028), (0.5, 200), (0.99, 206), (0.6, 10)],
)
def half_width(p, n):
    return 1.96 * (p * (1 - p) / n) ** 0.5


@exercise(
    "training-recall",
    task="""
        Recall of every class from a confusion matrix (rows: truth, columns: prediction) as an
        array.
        """,
    hints=(
        "Of the articles that *are* Sport, how many were found? Which row, which column is that?",
        "What was found stands on the diagonal; what was there to be found is the sum of the row.",
        "`np.diag(matrix)` over `matrix.sum(axis=1)`.",
    ),
    minutes=5,
    difficulty=1,
    importance=2,
    trains="reading a confusion matrix",
    cases=_confusion_matrices,
)
def recall(matrix):
    """matrix (K, K); returns (K,)."""
    return np.diag(matrix) / matrix.sum(axis=1)


@exercise(
    "training-clip",
    task="""
        Gradient clipping by hand: scale the list of gradients so that their common norm is at most
        `limit`, and leave them alone if it is already.
        """,
    hints=(
        "All parameters together make one long vector. How long is it?",
        "The common norm is the root of the sum of all squares, over all tensors. Every gradient "
        "is multiplied by the same factor, never by more than 1.",
        "`norm = sum((g ** 2).sum() for g in gradients) ** 0.5`; the factor is "
        "`min(1.0, limit / norm)`.",
    ),
    minutes=8,
    difficulty=2,
    importance=3,
    trains="what clip_grad_norm_ does",
    cases=_gradients_and_limits,
)
def clip(gradients, limit):
    norm = sum((g**2).sum() for g in gradients) ** 0.5
    factor = min(1.0, float(limit / norm))
    return [g * factor for g in gradients]


@exercise(
    "training-attention-pooling",
    task=r"""
        A pooling that learns what to look at. Each state $h_t$ of `states` gets the score
        $h_t \cdot v$; the softmax over an article's *real* words turns scores into weights; the
        result is the weighted mean. Padding gets no weight at all, whatever stands there.
        """,
    hints=(
        "Which score must a place have so that its weight after the softmax is exactly 0?",
        "`states @ v` has the shape (B, T). Set it to minus infinity where t ≥ length, before "
        "the softmax over T: exp of that is 0.",
        "`weights = scores.masked_fill(padding, -torch.inf).softmax(dim=1)`; then "
        "`(weights[..., None] * states).sum(dim=1)`.",
    ),
    minutes=15,
    difficulty=3,
    importance=3,
    trains="masked softmax, the heart of attention",
    cases=_states_and_lengths,
    gradients=True,
)
def attention_pooling(states, lengths, v):
    """states (B, T, F), lengths (B,), v (F,); returns (B, F)."""
    scores = states @ v
    padding = torch.arange(states.shape[1]) >= lengths[:, None]
    weights = scores.masked_fill(padding, -torch.inf).softmax(dim=1)
    return (weights[..., None] * states).sum(dim=1)
