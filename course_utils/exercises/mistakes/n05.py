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
