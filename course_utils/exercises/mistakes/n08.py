"""Typical wrong answers to the exercises of notebook 08.
Each with the sentence that names the misconception."""

import torch

from course_utils.exercises.mistakes import mistake


def _real(e, lengths):
    return torch.arange(e.size(1)) < lengths[:, None]


@mistake(
    "attention-softmax",
    "You took padding out after the softmax: the rest no longer sums to 1. Mask the scores.",
)
def _(e, lengths):
    return e.softmax(1).masked_fill(~_real(e, lengths), 0.0)


@mistake(
    "attention-softmax",
    "Padding has the score 0, and e^0 is 1, so it gets weight: give it minus infinity.",
)
def _(e, lengths):
    return e.masked_fill(~_real(e, lengths), 0.0).softmax(1)


@mistake("attention-softmax", "One position of padding counts: places run from 0 to length - 1.")
def _(e, lengths):
    return e.masked_fill(~_real(e, lengths + 1), -torch.inf).softmax(1)


@mistake("attention-softmax", "The mask is missing: positions behind the text's end get weight.")
def _(e, lengths):
    return e.softmax(1)


def _dot(s, h):
    return (h @ s[:, :, None])[:, :, 0]


def _blend(alpha, h):
    return (alpha[:, None] @ h)[:, 0]


@mistake("attention-dot", "Padding is looked at, too: mask the scores by the lengths.")
def _(s, h, lengths):
    return _blend(_dot(s, h).softmax(1), h)


@mistake("attention-dot", "The scores are no weights yet: they need a softmax.")
def _(s, h, lengths):
    e = _dot(s, h)
    return _blend(e.masked_fill(~_real(e, lengths), 0.0), h)


@mistake("attention-dot", "You divided by the root of H; here the score is the bare product.")
def _(s, h, lengths):
    e = _dot(s, h) / s.size(1) ** 0.5
    return _blend(e.masked_fill(~_real(e, lengths), -torch.inf).softmax(1), h)


@mistake("attention-dot", "You masked after the softmax: the weights no longer sum to 1.")
def _(s, h, lengths):
    e = _dot(s, h)
    return _blend(e.softmax(1).masked_fill(~_real(e, lengths), 0.0), h)


@mistake("seq2seq-first-mistake", "You counted all right characters, also those behind a mistake.")
def _(written, right):
    return (written == right).sum(1)


@mistake(
    "seq2seq-first-mistake",
    "Where there is no mistake, argmax finds 0: such a row should give T.",
)
def _(written, right):
    return (written != right).long().argmax(1)


@mistake("seq2seq-first-mistake", "You counted the mistakes; the place of the first one is asked.")
def _(written, right):
    return (written != right).sum(1)


@mistake("seq2seq-first-mistake", "You count from 1; the first character has the place 0.")
def _(written, right):
    return (written == right).long().cumprod(1).sum(1) + 1


def _causal(q, k, v, lengths, *, scale=0.5, causal=True, padded=False):
    places = torch.arange(q.size(1))
    past = places <= places[:, None]
    if causal is None:
        past = past.T
    allowed = past if causal is not False else torch.ones_like(past)
    real = torch.ones_like(lengths[:, None] > places) if padded else places < lengths[:, None]
    e = q @ k.transpose(1, 2) / q.size(2) ** scale
    e = e.masked_fill(~(allowed & real[:, None]), -1e30)
    return e.softmax(2) @ v


@mistake("attention-causal", "Every position sees what comes after it: the causal mask is missing.")
def _(q, k, v, lengths):
    return _causal(q, k, v, lengths, causal=False)


@mistake("attention-causal", "Padding gets weight: j must be below the text's length, too.")
def _(q, k, v, lengths):
    return _causal(q, k, v, lengths, padded=True)


@mistake("attention-causal", "The scores are not divided by the root of d.")
def _(q, k, v, lengths):
    return _causal(q, k, v, lengths, scale=0)


@mistake("attention-causal", "You divided by d; the formula has its square root.")
def _(q, k, v, lengths):
    return _causal(q, k, v, lengths, scale=1)


@mistake("attention-causal", "Your mask is the other half: position i may ask j <= i.")
def _(q, k, v, lengths):
    return _causal(q, k, v, lengths, causal=None)


@mistake("seq2seq-scheduled", "The two have changed places: below p the teacher speaks.")
def _(right, written, draws, p):
    return torch.where(draws < p, written, right)


@mistake("seq2seq-scheduled", "At p = 0 a draw of 0 still lets the teacher speak: < and not <=.")
def _(right, written, draws, p):
    return torch.where(draws <= p, right, written)


@mistake("seq2seq-scheduled", "One draw decides for the whole batch; each text has its own.")
def _(right, written, draws, p):
    return right if draws[0] < p else written
