"""Typical wrong answers to the exercises of notebook 04, Padding and packing.
Words for steps, padding that counts, budgets of words, and documents that lose their last state."""

import torch

from course_utils.exercises.mistakes import mistake


@mistake(
    "padding-lengths",
    "You counted words in all, not the steps in which this document still stands.",
)
def _(batch_sizes):
    return [sum(size for size in batch_sizes if size > k) for k in range(batch_sizes[0])]


@mistake(
    "padding-lengths", "The right lengths, shortest first; the staircase has the longest first."
)
def _(batch_sizes):
    return sorted(sum(size > k for size in batch_sizes) for k in range(batch_sizes[0]))


@mistake("padding-lengths", "You gave every document the length of the longest.")
def _(batch_sizes):
    return [len(batch_sizes)] * batch_sizes[0]


@mistake(
    "padding-lengths",
    "`>=` counts one step too many where documents are numbered from 0: document k stands in the "
    "steps whose size is *above* k.",
)
def _(batch_sizes):
    return [sum(size >= k for size in batch_sizes) for k in range(batch_sizes[0])]


def _words(output, lengths):
    return (torch.arange(output.size(1)) < lengths[:, None])[..., None]


@mistake("padding-mean", "The mean over all T places: padding counts as if it were words.")
def _(output, lengths):
    return output.mean(1)


@mistake("padding-mean", "Padding is zero now, but you still divide by T instead of the length.")
def _(output, lengths):
    return output.masked_fill(~_words(output, lengths), 0).mean(1)


@mistake("padding-mean", "You divide by the lengths, but what stands at the padding is in the sum.")
def _(output, lengths):
    return output.sum(1) / lengths[:, None]


@mistake("padding-mean", "This is each document's last state, not the mean of its states.")
def _(output, lengths):
    return output[torch.arange(len(output)), lengths - 1]


@mistake("padding-mean", "The mask is turned round: you took the mean of the padding.")
def _(output, lengths):
    return output.masked_fill(_words(output, lengths), 0).sum(1) / lengths[:, None]


@mistake(
    "padding-mean",
    "`<=` lets one place of padding in: the words of a document stand at 0 to length - 1.",
)
def _(output, lengths):
    return output.masked_fill(~_words(output, lengths + 1), 0).sum(1) / lengths[:, None]


@mistake("padding-mean", "You divided by the words of the whole batch, not of each document.")
def _(output, lengths):
    return output.masked_fill(~_words(output, lengths), 0).sum(1) / lengths.sum()


@mistake(
    "padding-mean",
    "mean() without a dimension goes over the units, too: a document's mean has H numbers.",
)
def _(output, lengths):
    return torch.stack([states[:n].mean() for states, n in zip(output, lengths, strict=True)])


@mistake(
    "padding-budget",
    "You added up words. A batch is a matrix: documents × longest, padding included.",
)
def _(lengths, tokens):
    batches = [[]]
    for length in lengths:
        if batches[-1] and sum(batches[-1]) + length > tokens:
            batches.append([])
        batches[-1].append(length)
    return [len(batch) for batch in batches]


def _filled(lengths, fits):
    sizes = [0]
    longest = 0
    for length in lengths:
        if sizes[-1] and not fits(sizes[-1], length, longest):
            sizes.append(0)
        sizes[-1] += 1
        longest = length
    return sizes


@mistake("padding-budget", "You asked whether the batch *without* the new document fits.")
def _(lengths, tokens):
    return _filled(lengths, lambda size, length, longest: size * length <= tokens)


@mistake(
    "padding-budget",
    "The batch was measured with its old longest document; the new one is longer.",
)
def _(lengths, tokens):
    return _filled(lengths, lambda size, length, longest: (size + 1) * longest <= tokens)


@mistake("padding-budget", "A batch may fill the budget exactly: ≤, not <.")
def _(lengths, tokens):
    return _filled(lengths, lambda size, length, longest: (size + 1) * length < tokens)


@mistake("padding-budget", "A document above the budget is lost; it goes alone.")
def _(lengths, tokens):
    short = [length for length in lengths if length <= tokens]
    return _filled(short, lambda size, length, longest: (size + 1) * length <= tokens)


def _gru(data, batch_sizes, W_x, W_h, *, step, ended=lambda h: h):
    """Down the staircase with another step, or another end for the documents that are over."""
    h = data.new_zeros(batch_sizes[0], W_h.size(1))
    for x in data.split(batch_sizes):
        n = len(x)
        h = torch.cat([step(x @ W_x.T, h[:n], W_h), ended(h[n:])])
    return h


def _step(a, h, W_h, *, swapped=False, order=(0, 1, 2), early=False):
    A = a.chunk(3, dim=1)
    B = (h @ W_h.T).chunk(3, dim=1)
    r = torch.sigmoid(A[order[0]] + B[order[0]])
    z = torch.sigmoid(A[order[1]] + B[order[1]])
    kept = (r * h) @ W_h.chunk(3)[2].T if early else r * B[2]
    new = torch.tanh(A[2] + kept)
    return (1 - z) * h + z * new if swapped else (1 - z) * new + z * h


@mistake("padding-gru", "z and 1 - z are swapped: in PyTorch's GRU z keeps the old state.")
def _(data, batch_sizes, W_x, W_h):
    return _gru(data, batch_sizes, W_x, W_h, step=lambda *a: _step(*a, swapped=True))


@mistake("padding-gru", "The three parts come in the order r, z, n; you took z first.")
def _(data, batch_sizes, W_x, W_h):
    return _gru(data, batch_sizes, W_x, W_h, step=lambda *a: _step(*a, order=(1, 0, 2)))


@mistake(
    "padding-gru",
    "You reset h before the matrix, as the first paper does; PyTorch multiplies r with W_h h.",
)
def _(data, batch_sizes, W_x, W_h):
    return _gru(data, batch_sizes, W_x, W_h, step=lambda *a: _step(*a, early=True))


@mistake(
    "padding-gru",
    "Documents that are over have lost their last states: behind the new rows the rest of h has to "
    "stand again.",
)
def _(data, batch_sizes, W_x, W_h):
    return _gru(data, batch_sizes, W_x, W_h, step=_step, ended=lambda h: h[:0])


@mistake(
    "padding-gru",
    "Documents that are over end in zeros; their last states have to be carried to the end.",
)
def _(data, batch_sizes, W_x, W_h):
    return _gru(data, batch_sizes, W_x, W_h, step=_step, ended=torch.zeros_like)


@mistake(
    "padding-gru",
    "The numbers are right, but you wrote into h, whose old rows autograd needs for the way back. "
    "Build the new h with torch.cat([new, h[n:]]), or read h[:n].clone().",
)
def _(data, batch_sizes, W_x, W_h):
    h = data.new_zeros(batch_sizes[0], W_h.size(1))
    for x in data.split(batch_sizes):
        n = len(x)
        h[:n] = _step(x @ W_x.T, h[:n], W_h)
    return h
