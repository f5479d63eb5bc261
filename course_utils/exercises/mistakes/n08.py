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


def _attended(q, k, v, mask, *, dim=2, fill=-torch.inf, after=False):
    """Attention with the scores, or the weights, of a mask (B, T, T) filled in."""
    e = q @ k.transpose(1, 2) / q.size(2) ** 0.5
    alpha = e.softmax(dim).masked_fill(mask, 0) if after else e.masked_fill(mask, fill).softmax(dim)
    return alpha @ v


def _hidden(q, lengths, diagonal=0):
    """Which j a position i may not ask."""
    T = q.size(1)
    past = torch.ones(T, T).tril(diagonal).bool()
    return ~(past & (torch.arange(T) < lengths[:, None])[:, None])


@mistake(
    "attention-causal",
    "The softmax runs over i. Each position i spreads its weight over the j that it asks: dim=2.",
)
def _(q, k, v, lengths):
    return _attended(q, k, v, _hidden(q, lengths), dim=1)


@mistake(
    "attention-causal",
    "Position i may ask itself, too: j <= i and not j < i. Position 0 has nobody to ask otherwise.",
)
def _(q, k, v, lengths):
    return _attended(q, k, v, _hidden(q, lengths, diagonal=-1))


@mistake(
    "attention-causal",
    "You masked who asks. Padding must not be *asked*: the lengths belong to j, real[:, None].",
)
def _(q, k, v, lengths):
    T = q.size(1)
    real = torch.arange(T) < lengths[:, None]
    return _attended(q, k, v, ~(torch.ones(T, T).tril().bool() & real[:, :, None]))


@mistake("attention-causal", "You masked after the softmax: the weights no longer sum to 1.")
def _(q, k, v, lengths):
    return _attended(q, k, v, _hidden(q, lengths), after=True)


@mistake("attention-causal", "A score of 0 is no mask: e^0 is 1. It has to be minus infinity.")
def _(q, k, v, lengths):
    return _attended(q, k, v, _hidden(q, lengths), fill=0.0)


@mistake("attention-causal", "You blended the keys k; the weights are for the values v.")
def _(q, k, v, lengths):
    return _attended(q, k, k, _hidden(q, lengths))


@mistake(
    "attention-causal",
    "Right but for the zeros behind the ends of texts: the positions there ask like all others.",
)
def _(q, k, v, lengths):
    real = torch.arange(q.size(1)) < lengths[:, None]
    return _attended(q, k, v, _hidden(q, lengths)) * real[..., None]


@mistake("seq2seq-scheduled", "The two have changed places: below p the teacher speaks.")
def _(right, written, draws, p):
    return torch.where(draws < p, written, right)


@mistake("seq2seq-scheduled", "At p = 0 a draw of 0 still lets the teacher speak: < and not <=.")
def _(right, written, draws, p):
    return torch.where(draws <= p, right, written)


@mistake("seq2seq-scheduled", "One draw decides for the whole batch; each text has its own.")
def _(right, written, draws, p):
    return right if draws[0] < p else written
