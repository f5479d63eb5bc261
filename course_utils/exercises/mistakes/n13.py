"""Typical wrong answers to the exercises of notebook 13, with what each has missed.
Most of them are exhibits of the museum itself."""

import torch
from torch.nn import functional as F

from course_utils.exercises.mistakes import mistake


@mistake("museum-ends", "`view` cuts across the texts: a row holds the ends of two of them.")
def _(h_n):
    return h_n.reshape(h_n.shape[1], -1)


@mistake("museum-ends", "The backward half stands first; forwards should.")
def _(h_n):
    return torch.cat([h_n[1], h_n[0]], dim=1)


@mistake("museum-ends", "Added, not put side by side: the directions can't be told apart any more.")
def _(h_n):
    return h_n.sum(dim=0)


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


@mistake("museum-loss", "Padding counts as if it were text.")
def _(logits, targets):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


@mistake(
    "museum-loss",
    "Padding adds nothing to the sum, but you still divide by all positions, padding included.",
)
def _(logits, targets):
    total = F.cross_entropy(
        logits.flatten(0, 1), targets.flatten(), ignore_index=0, reduction="sum"
    )
    return total / targets.numel()


@mistake(
    "museum-loss", "The texts are averaged, not the tokens: a word of a short text counts more."
)
def _(logits, targets):
    pairs = zip(logits, targets, strict=True)
    return torch.stack([F.cross_entropy(z, y, ignore_index=0) for z, y in pairs]).mean()


@mistake("museum-loss", "`cross_entropy` has the softmax inside; yours is the second one.")
def _(logits, targets):
    return F.cross_entropy(logits.softmax(2).flatten(0, 1), targets.flatten(), ignore_index=0)


@mistake(
    "museum-loss",
    "The numbers of logits and targets no longer belong together: transpose and flatten mix words "
    "with scores. The scores of a word stay in one row.",
)
def _(logits, targets):
    mixed = logits.transpose(1, 2).reshape(-1, logits.shape[2])
    return F.cross_entropy(mixed, targets.flatten(), ignore_index=0)


@mistake("museum-loss", "That is the sum; a mean is divided by the number of real tokens.")
def _(logits, targets):
    flat = logits.flatten(0, 1)
    return F.cross_entropy(flat, targets.flatten(), ignore_index=0, reduction="sum")


def _own(logits, targets):
    """What each real token got: its number in `logits`."""
    return logits.gather(2, targets[..., None])[..., 0][targets != 0]


@mistake("museum-loss", "The sign is missing: a loss is *minus* the logarithm of the probability.")
def _(logits, targets):
    return _own(logits.log_softmax(2), targets).mean()


@mistake("museum-loss", "The logarithm is missing: cross-entropy averages -log p, not -p.")
def _(logits, targets):
    return -_own(logits.softmax(2), targets).mean()


@mistake(
    "museum-loss",
    'reduction="none" gives a loss for each position; the mean of the real ones is due.',
)
def _(logits, targets):
    flat = logits.flatten(0, 1)
    return F.cross_entropy(flat, targets.flatten(), ignore_index=0, reduction="none")


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
