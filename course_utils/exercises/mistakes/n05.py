"""Typical wrong answers to the exercises of notebook 05, Batched LSTM training.
Roots that are missing, rows for columns, norms of single tensors, softmaxes over padding."""

import numpy as np
import torch

from course_utils.exercises.mistakes import mistake


@mistake("training-half-width", "This is the variance; its square root is what scatters.")
def _(p, n):
    return 1.96 * p * (1 - p) / n


@mistake("training-half-width", "One standard deviation holds 68 %; 95 % need 1.96 of them.")
def _(p, n):
    return (p * (1 - p) / n) ** 0.5


@mistake("training-half-width", "This is the whole width; the half-width goes to one side.")
def _(p, n):
    return 2 * 1.96 * (p * (1 - p) / n) ** 0.5


@mistake(
    "training-half-width",
    "The root of n is missing: this is the scatter of a single article, not of a share.",
)
def _(p, n):
    return 1.96 * (p * (1 - p)) ** 0.5


@mistake(
    "training-recall",
    "This is precision: you divided by the columns, what was *called* each class. Recall divides "
    "by the rows, what *is* each class.",
)
def _(matrix):
    return np.diag(matrix) / matrix.sum(axis=0)


@mistake("training-recall", "You divided by all articles; recall asks within each class.")
def _(matrix):
    return np.diag(matrix) / matrix.sum()


@mistake("training-recall", "These are counts; recall is the share of the row that was found.")
def _(matrix):
    return np.diag(matrix)


@mistake("training-recall", "This is the accuracy of all classes together.")
def _(matrix):
    return np.trace(matrix) / matrix.sum()


@mistake(
    "training-clip",
    "Each tensor was cut by its own norm, which turns the step. One norm over all of them, one "
    "factor.",
)
def _(gradients, limit):
    return [g * min(1.0, float(limit / g.norm())) for g in gradients]


@mistake(
    "training-clip",
    "You scaled gradients that were short enough: the factor is never more than 1.",
)
def _(gradients, limit):
    norm = sum((g**2).sum() for g in gradients) ** 0.5
    return [g * float(limit / norm) for g in gradients]


@mistake(
    "training-clip",
    "Norms don't add up: the common norm is the root of the sum of their squares.",
)
def _(gradients, limit):
    norm = sum(g.norm() for g in gradients)
    return [g * min(1.0, float(limit / norm)) for g in gradients]


@mistake(
    "training-clip",
    "You cut each entry at the limit. Asked for is the length of the whole, with its direction.",
)
def _(gradients, limit):
    return [g.clamp(-limit, limit) for g in gradients]


@mistake("training-clip", "The root is missing: you compared the sum of squares with the limit.")
def _(gradients, limit):
    squares = sum((g**2).sum() for g in gradients)
    return [g * min(1.0, float(limit / squares)) for g in gradients]


def _pooled(states, weights):
    return (weights[..., None] * states).sum(dim=1)


def _padding(states, lengths):
    return torch.arange(states.shape[1]) >= lengths[:, None]


@mistake(
    "training-attention-pooling",
    "Padding takes part in the softmax: it gets weight, whatever stands there.",
)
def _(states, lengths, v):
    return _pooled(states, (states @ v).softmax(dim=1))


@mistake(
    "training-attention-pooling",
    "You masked after the softmax, so the weights of the real words no longer add up to 1.",
)
def _(states, lengths, v):
    weights = (states @ v).softmax(dim=1)
    return _pooled(states, weights.masked_fill(_padding(states, lengths), 0))


@mistake(
    "training-attention-pooling",
    "A score of 0 is no mask: exp(0) is 1. Only minus infinity becomes a weight of 0.",
)
def _(states, lengths, v):
    scores = (states @ v).masked_fill(_padding(states, lengths), 0)
    return _pooled(states, scores.softmax(dim=1))


@mistake(
    "training-attention-pooling",
    "The softmax runs over the articles of the batch; each article's weights add up over its own "
    "words, dim=1.",
)
def _(states, lengths, v):
    scores = (states @ v).masked_fill(_padding(states, lengths), -torch.inf)
    return _pooled(states, scores.softmax(dim=0))


@mistake(
    "training-attention-pooling",
    "No softmax: raw scores may be negative and don't add up to 1.",
)
def _(states, lengths, v):
    return _pooled(states, (states @ v).masked_fill(_padding(states, lengths), 0))


def _masked(states, lengths, v, places):
    """Attention with the scores at these places (B, T) at minus infinity."""
    return _pooled(states, (states @ v).masked_fill(places, -torch.inf).softmax(dim=1))


@mistake(
    "training-attention-pooling",
    "`>` leaves one place of padding in: the words of an article stand at 0 to length - 1.",
)
def _(states, lengths, v):
    return _masked(states, lengths, v, _padding(states, lengths + 1))


@mistake(
    "training-attention-pooling",
    "The mask is turned round: the real words got minus infinity.",
)
def _(states, lengths, v):
    return _masked(states, lengths, v, ~_padding(states, lengths))


@mistake(
    "training-attention-pooling",
    "-100 is a score like any other; real words may have a lower one. Take minus infinity.",
)
def _(states, lengths, v):
    scores = (states @ v).masked_fill(_padding(states, lengths), -100)
    return _pooled(states, scores.softmax(dim=1))


@mistake(
    "training-attention-pooling",
    "The softmax ran over the F numbers of each state. A word gets one score, h @ v, and the "
    "softmax runs over the words.",
)
def _(states, lengths, v):
    scores = (states * v).masked_fill(_padding(states, lengths)[..., None], -torch.inf)
    return (scores.softmax(dim=2) * states).sum(dim=1)


@mistake(
    "training-attention-pooling",
    "Weights that add up to 1 make a mean by themselves: take the sum, nothing is divided again.",
)
def _(states, lengths, v):
    summed = _masked(states, lengths, v, _padding(states, lengths))
    return summed / states.shape[1]


@mistake(
    "training-attention-pooling",
    "-inf times 0 is nan, so multiplying a mask of 0 and 1 by -inf spoils the real words, too. "
    "masked_fill puts it where it belongs.",
)
def _(states, lengths, v):
    scores = states @ v + _padding(states, lengths).float() * -torch.inf
    return _pooled(states, scores.softmax(dim=1))


@mistake(
    "training-attention-pooling",
    "These are the weights (B, T); with them the states are still to be blended.",
)
def _(states, lengths, v):
    return (states @ v).masked_fill(_padding(states, lengths), -torch.inf).softmax(dim=1)
