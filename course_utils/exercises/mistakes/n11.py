"""Typical wrong answers to the exercises of notebook 11.
Each with the sentence that names the misconception."""

import torch

from course_utils.exercises.mistakes import mistake


@mistake("generation-locked", "The scale is missing: what stays must make up for what is dropped.")
def _(x, keep, p):
    return x * keep[:, None]


@mistake("generation-locked", "You divided by p; the share that stays is 1 - p.")
def _(x, keep, p):
    return x * keep[:, None] / p


@mistake("generation-locked", "You multiplied by 1 - p; what stays must grow, not shrink.")
def _(x, keep, p):
    return x * keep[:, None] * (1 - p)


@mistake("generation-locked", "You dropped what should stay: keep is 1 where a unit is kept.")
def _(x, keep, p):
    return x * (1 - keep[:, None]) / (1 - p)


def _put_back(q, keep, order, kept_q):
    kept = torch.zeros_like(q)
    kept[order[keep]] = kept_q[keep]
    return kept


@mistake("generation-nucleus", "The rest no longer sums to 1: divide by its sum.")
def _(q, top_p):
    sorted_q, order = q.sort(descending=True, stable=True)
    return _put_back(q, sorted_q.cumsum(0) - sorted_q < top_p, order, sorted_q)


@mistake(
    "generation-nucleus",
    "The probabilities stand in sorted order; each belongs back in its own place.",
)
def _(q, top_p):
    sorted_q, _ = q.sort(descending=True, stable=True)
    kept = torch.where(sorted_q.cumsum(0) - sorted_q < top_p, sorted_q, 0.0)
    return kept / kept.sum()


@mistake(
    "generation-nucleus",
    "You stop before top_p is reached: the word that reaches it still belongs to the nucleus.",
)
def _(q, top_p):
    sorted_q, order = q.sort(descending=True, stable=True)
    kept = _put_back(q, sorted_q.cumsum(0) <= top_p, order, sorted_q)
    return kept / kept.sum()


@mistake("generation-nucleus", "Divide by the sum of what stays; it is more than top_p.")
def _(q, top_p):
    sorted_q, order = q.sort(descending=True, stable=True)
    return _put_back(q, sorted_q.cumsum(0) - sorted_q < top_p, order, sorted_q) / top_p


@mistake("generation-nucleus", "You kept the least likely words: sort from the top.")
def _(q, top_p):
    sorted_q, order = q.sort(stable=True)
    kept = _put_back(q, sorted_q.cumsum(0) - sorted_q < top_p, order, sorted_q)
    return kept / kept.sum()


@mistake(
    "generation-nucleus",
    "One word too many where top_p is reached exactly: what has reached it needs no further word.",
)
def _(q, top_p):
    sorted_q, order = q.sort(descending=True, stable=True)
    kept = _put_back(q, sorted_q.cumsum(0) - sorted_q <= top_p, order, sorted_q)
    return kept / kept.sum()


def _best(scores, width):
    best = scores.flatten().topk(width).indices
    return best // scores.shape[1], best % scores.shape[1]


@mistake("generation-beam-step", "The beams' own log p is missing: add it to each next word's.")
def _(log_p, log_probs, width):
    return _best(log_probs, width)


@mistake("generation-beam-step", "Logarithms of probabilities add, they don't multiply.")
def _(log_p, log_probs, width):
    return _best(log_p[:, None] * log_probs, width)


@mistake("generation-beam-step", "Parent and token have changed places.")
def _(log_p, log_probs, width):
    parent, token = _best(log_p[:, None] + log_probs, width)
    return token, parent


@mistake("generation-beam-step", "A row has V numbers: divide by V, not by the number of beams.")
def _(log_p, log_probs, width):
    best = (log_p[:, None] + log_probs).flatten().topk(width).indices
    return best // len(log_p), best % len(log_p)


@mistake("generation-beam-step", "You took the least likely texts: log p near 0 is the best.")
def _(log_p, log_probs, width):
    return _best(-(log_p[:, None] + log_probs), width)


@mistake(
    "generation-beam-step",
    "Probabilities of words that follow each other are multiplied; you added them. Their "
    "logarithms are added.",
)
def _(log_p, log_probs, width):
    return _best(log_p.exp()[:, None] + log_probs.exp(), width)


@mistake("generation-beam-step", "The right texts, but the best one stands last: argsort goes up.")
def _(log_p, log_probs, width):
    best = (log_p[:, None] + log_probs).flatten().argsort()[-width:]
    return best // log_probs.shape[1], best % log_probs.shape[1]


@mistake(
    "generation-beam-step",
    "These are pairs, a text each; asked for are two tensors: all parents, and all tokens.",
)
def _(log_p, log_probs, width):
    parents, tokens = _best(log_p[:, None] + log_probs, width)
    return list(zip(parents, tokens, strict=True))


@mistake("generation-beam-step", "A row's number is whole: divide with // and not with /.")
def _(log_p, log_probs, width):
    best = (log_p[:, None] + log_probs).flatten().topk(width).indices
    return best / log_probs.shape[1], best % log_probs.shape[1]


@mistake("generation-beam-step", "topk has indices and values; // and % belong to the indices.")
def _(log_p, log_probs, width):
    best = (log_p[:, None] + log_probs).flatten().topk(width).values
    return best // log_probs.shape[1], best % log_probs.shape[1]


@mistake(
    "generation-beam-step",
    "These are places in the flattened (B, V): // V makes parents of them, % V tokens.",
)
def _(log_p, log_probs, width):
    return (log_p[:, None] + log_probs).flatten().topk(width).indices


def _behind(text, last):
    """The numbers behind each place where the list `last` stands."""
    size = len(last)
    return [text[i + size] for i in range(len(text) - size) if text[i : i + size] == last]


@mistake(
    "generation-banned",
    "You looked for the last n numbers; the repeated sequence would end with the next one: n - 1.",
)
def _(text, n):
    return sorted(set(_behind(text, text[-n:])))


@mistake("generation-banned", "You looked at the last word only; the n - 1 last must be the same.")
def _(text, n):
    return sorted(set(_behind(text, text[-1:])))


@mistake("generation-banned", "That is every word of the text; only those behind the same words.")
def _(text, n):
    return sorted(set(text))


@mistake(
    "generation-banned",
    "For n = 1, text[-(n - 1):] is text[0:], the whole text; the last no words are [].",
)
def _(text, n):
    return sorted(set(_behind(text, text[-(n - 1) :])))


@mistake("generation-banned", "A number is listed twice, or the list is not in order: use a set.")
def _(text, n):
    return _behind(text, text[len(text) - n + 1 :])


@mistake("generation-penalty", "A negative logit by the penalty comes nearer to 0: multiply there.")
def _(z, text, penalty, temperature):
    z = z.clone()
    z[sorted(set(text))] /= penalty
    return (z / temperature).softmax(0)


@mistake(
    "generation-penalty", "You punished a word once for each time it stands there: once is due."
)
def _(z, text, penalty, temperature):
    z = z.clone()
    for word in text:
        z[word] = z[word] / penalty if z[word] > 0 else z[word] * penalty
    return (z / temperature).softmax(0)


@mistake("generation-penalty", "The temperature is missing.")
def _(z, text, penalty, temperature):
    z = z.clone()
    used = sorted(set(text))
    z[used] = torch.where(z[used] > 0, z[used] / penalty, z[used] * penalty)
    return z.softmax(0)


@mistake("generation-penalty", "You divided probabilities; the penalty belongs to the logits.")
def _(z, text, penalty, temperature):
    q = (z / temperature).softmax(0)
    q[sorted(set(text))] /= penalty
    return q / q.sum()


@mistake("generation-penalty", "You multiplied by the temperature; it divides the logits.")
def _(z, text, penalty, temperature):
    z = z.clone()
    used = sorted(set(text))
    z[used] = torch.where(z[used] > 0, z[used] / penalty, z[used] * penalty)
    return (z * temperature).softmax(0)
