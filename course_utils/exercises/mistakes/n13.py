"""Typical wrong answers to the exercises of notebook 13, with what each has missed.
Most of them are exhibits of the museum itself."""

import torch
from torch.nn import functional as F

from course_utils.exercises.mistakes import mistake


@mistake("museum-ends", "`view` cuts across the texts: a row holds the ends of two of them.")
def _(h_n):
    return h_n[2:].reshape(h_n.shape[1], -1)


@mistake("museum-ends", "Those are the lower layer's ends; the upper one stands behind it.")
def _(h_n):
    return torch.cat([h_n[0], h_n[1]], dim=1)


@mistake(
    "museum-ends",
    "`h_n[1]` is the lower layer's: layer after layer, and each with both directions.",
)
def _(h_n):
    return torch.cat([h_n[1], h_n[3]], dim=1)


@mistake("museum-ends", "The backward half stands first; forwards should.")
def _(h_n):
    return torch.cat([h_n[3], h_n[2]], dim=1)


@mistake("museum-ends", "Added, not put side by side: the directions can't be told apart any more.")
def _(h_n):
    return h_n[2:].sum(dim=0)


@mistake("museum-ends", "That is both layers, (B, 4H); the upper one alone was asked for.")
def _(h_n):
    return h_n.transpose(0, 1).reshape(h_n.shape[1], -1)


@mistake("museum-accuracy", "You averaged the batches: a text of a small batch counts for more.")
def _(batches):
    return sum(right / n for right, n in batches) / len(batches)


@mistake("museum-accuracy", "You took all batches for as large as the first one.")
def _(batches):
    return sum(right for right, _ in batches) / (len(batches) * batches[0][1])


@mistake("museum-accuracy", "That is the last batch alone.")
def _(batches):
    right, n = batches[-1]
    return right / n


def _each(logits, targets, **options):
    """The loss of each position, (B, T)."""
    return F.cross_entropy(logits.transpose(1, 2), targets, reduction="none", **options)


@mistake("museum-loss", "Padding counts as if it were text.")
def _(logits, targets):
    return _each(logits, targets).mean(dim=1)


@mistake(
    "museum-loss",
    "Padding adds nothing to the sum, but you still divide by all positions, padding included.",
)
def _(logits, targets):
    return _each(logits, targets, ignore_index=0).mean(dim=1)


@mistake(
    "museum-loss", "That is one number for the whole batch; each text should get a loss of its own."
)
def _(logits, targets):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=0)


@mistake(
    "museum-loss",
    "You divide by the batch's number of real tokens; each text's sum has a divisor of its own.",
)
def _(logits, targets):
    return _each(logits, targets, ignore_index=0).sum(dim=1) / (targets != 0).sum()


@mistake("museum-loss", "`cross_entropy` has the softmax inside; yours is the second one.")
def _(logits, targets):
    losses = _each(logits.softmax(2), targets, ignore_index=0)
    return losses.sum(dim=1) / (targets != 0).sum(dim=1)


@mistake(
    "museum-loss",
    "The numbers of logits and targets no longer belong together: `view` moves no axis, it cuts "
    "the numbers anew. `transpose` brings the words to axis 1.",
)
def _(logits, targets):
    B, T, V = logits.shape
    losses = _each(logits.reshape(B, V, T).transpose(1, 2), targets, ignore_index=0)
    return losses.sum(dim=1) / (targets != 0).sum(dim=1)


@mistake("museum-loss", "That is each text's sum; a mean is divided by the number of real tokens.")
def _(logits, targets):
    return _each(logits, targets, ignore_index=0).sum(dim=1)


def _own(scores, targets):
    """The mean over each text's real tokens of what they got in `scores`."""
    real = targets != 0
    got = scores.gather(2, targets[..., None])[..., 0].masked_fill(~real, 0)
    return got.sum(dim=1) / real.sum(dim=1)


@mistake("museum-loss", "The sign is missing: a loss is *minus* the logarithm of the probability.")
def _(logits, targets):
    return _own(logits.log_softmax(2), targets)


@mistake("museum-loss", "The logarithm is missing: cross-entropy averages -log p, not -p.")
def _(logits, targets):
    return -_own(logits.softmax(2), targets)


@mistake(
    "museum-loss",
    'reduction="none" gives a loss for each position; the mean of each text\'s real ones is due.',
)
def _(logits, targets):
    return _each(logits, targets, ignore_index=0)


@mistake(
    "museum-detector",
    "The texts stand alone, but still with the batch's padding: cut each to its own length.",
)
def _(model, x, lengths):
    alone = [model(x[i : i + 1], lengths[i : i + 1]) for i in range(len(x))]
    return (torch.cat(alone) - model(x, lengths)).abs().amax(dim=1)


@mistake("museum-detector", "A difference below zero is one, too: take its absolute value first.")
def _(model, x, lengths):
    pairs = enumerate(lengths.tolist())
    alone = [model(x[i : i + 1, :n], lengths[i : i + 1]) for i, n in pairs]
    return (torch.cat(alone) - model(x, lengths)).amax(dim=1)


@mistake("museum-detector", "That is the mean over the scores; the largest was asked for.")
def _(model, x, lengths):
    pairs = enumerate(lengths.tolist())
    alone = [model(x[i : i + 1, :n], lengths[i : i + 1]) for i, n in pairs]
    return (torch.cat(alone) - model(x, lengths)).abs().mean(dim=1)
