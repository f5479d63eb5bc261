"""Typical wrong answers to the exercises of notebook 07.
Each with the sentence that names the misconception."""

from math import exp

import torch

from course_utils.exercises.mistakes import mistake


@mistake(
    "language-perplexity",
    "You took the mean of 1/p; a perplexity is the geometric mean: average the logarithms.",
)
def _(probabilities):
    return (1 / torch.tensor(probabilities)).mean().item()


@mistake("language-perplexity", "That is the mean surprise in nats; its exponential is asked for.")
def _(probabilities):
    return -torch.tensor(probabilities).log().mean().item()


@mistake("language-perplexity", "You averaged the probabilities; average their logarithms.")
def _(probabilities):
    return 1 / torch.tensor(probabilities).mean().item()


@mistake(
    "language-perplexity",
    "That is 1 by the probability of the whole text; take the mean, so that length doesn't count.",
)
def _(probabilities):
    return 1 / torch.tensor(probabilities).prod().item()


def _rows(ids, B):
    N = len(ids) // B
    return torch.tensor(ids[: B * N]).view(B, N)


def _cut(rows, T, starts):
    return [(rows[:, s : s + T], rows[:, s + 1 : s + T + 1]) for s in starts]


@mistake("language-windows", "y equals x; the target of each word is the word after it.")
def _(ids, B, T):
    return [(x, x) for x, _ in _cut(_rows(ids, B), T, range(0, len(ids) // B - T, T))]


@mistake("language-windows", "Your windows overlap: the next one starts T columns later, not one.")
def _(ids, B, T):
    return _cut(_rows(ids, B), T, range(len(ids) // B - T))


@mistake(
    "language-windows",
    "You skip a word between two windows: the last target of one is the first input of the next.",
)
def _(ids, B, T):
    return _cut(_rows(ids, B), T, range(0, len(ids) // B - T, T + 1))


@mistake(
    "language-windows",
    "Your rows take turns word by word; a stream is one connected part of the text.",
)
def _(ids, B, T):
    N = len(ids) // B
    return _cut(torch.tensor(ids[: B * N]).view(N, B).T, T, range(0, N - T, T))


@mistake("language-windows", "The last window is shorter than T: leave it out.")
def _(ids, B, T):
    rows = _rows(ids, B)
    starts = range(0, rows.shape[1] - 1, T)
    return [(rows[:, s : s + T + 1][:, :-1], rows[:, s + 1 : s + T + 1]) for s in starts]


@mistake(
    "language-windows",
    "The last window is not full: too few columns are left for T words and T targets.",
)
def _(ids, B, T):
    return _cut(_rows(ids, B), T, range(0, len(ids) // B, T))


@mistake(
    "language-windows", "The last full window is missing: one that begins at N - T - 1 still fits."
)
def _(ids, B, T):
    return _cut(_rows(ids, B), T, range(0, len(ids) // B - T - 1, T))


@mistake(
    "language-windows",
    "roll brings the first word of a row round to its end: as the last target it is no next word.",
)
def _(ids, B, T):
    rows = _rows(ids, B)
    y = rows.roll(-1, 1)
    starts = range(0, len(ids) // B - T + 1, T)
    return [(rows[:, s : s + T], y[:, s : s + T]) for s in starts]


@mistake(
    "language-windows",
    "The targets of a window are a whole window, one word later; you kept the last one only.",
)
def _(ids, B, T):
    windows = _cut(_rows(ids, B), T, range(0, len(ids) // B - T, T))
    return [(x, y[:, -1]) for x, y in windows]


@mistake("language-windows", "Your windows are turned on their side: a row is a stream, (B, T).")
def _(ids, B, T):
    windows = _cut(_rows(ids, B), T, range(0, len(ids) // B - T, T))
    return [(x.T, y.T) for x, y in windows]


@mistake(
    "language-windows",
    "That is a list of all x and one of all y; zip makes a list of pairs of them.",
)
def _(ids, B, T):
    windows = _cut(_rows(ids, B), T, range(0, len(ids) // B - T, T))
    return [x for x, _ in windows], [y for _, y in windows]


@mistake("language-by-word", "Perplexities don't add up, nats do: multiply before you take exp.")
def _(nats, ratio):
    return exp(nats) * ratio


@mistake("language-by-word", "A word has more pieces than one, so it costs more: multiply.")
def _(nats, ratio):
    return exp(nats / ratio)


@mistake("language-by-word", "Those are nats per word; the perplexity is e to this number.")
def _(nats, ratio):
    return nats * ratio


@mistake("language-by-word", "Nats belong to the base e, bits to the base 2.")
def _(nats, ratio):
    return 2 ** (nats * ratio)


def _counted(p, words):
    return torch.bincount(torch.tensor(words), minlength=len(p)) / len(words)


@mistake("language-cache", "Your probabilities sum to more than 1: give p the weight 1 - share.")
def _(p, before, share):
    return p + share * _counted(p, before) if before else p


@mistake("language-cache", "You counted each word once; who stands there twice counts twice.")
def _(p, before, share):
    return (1 - share) * p + share * _counted(p, sorted(set(before))) if before else p


@mistake("language-cache", "The weights have changed places: share is for the words before.")
def _(p, before, share):
    return share * p + (1 - share) * _counted(p, before) if before else p


@mistake("language-cache", "With nothing read you take a share away and give it to nobody.")
def _(p, before, share):
    return (1 - share) * p + (share * _counted(p, before) if before else 0)


@mistake("language-cache", "You looked at the last word only; all of the article so far counts.")
def _(p, before, share):
    return (1 - share) * p + share * _counted(p, before[-1:]) if before else p


@mistake(
    "language-cache",
    "bincount ends at the largest number that it meets; minlength=len(p) makes it as long as p.",
)
def _(p, before, share):
    if not before:
        return p
    return (1 - share) * p + share * torch.bincount(torch.tensor(before)) / len(before)


def _parts(pairs, v, w):
    """The shorter model, how often v comes first, and before how many different words."""
    different = set(pairs)
    shorter = sum(second == w for _, second in different) / len(different)
    kinds = sum(first == v for first, _ in different)
    return shorter, sum(first == v for first, _ in pairs), kinds


@mistake(
    "language-kneser-ney",
    "Your shorter model counts how often w comes; it should count after how many different words.",
)
def _(pairs, v, w, D):
    _, after, kinds = _parts(pairs, v, w)
    shorter = sum(second == w for _, second in pairs) / len(pairs)
    return (max(pairs.count((v, w)) - D, 0) + D * kinds * shorter) / after


@mistake(
    "language-kneser-ney",
    "You took D from a pair that was never read: the difference must not fall below 0.",
)
def _(pairs, v, w, D):
    shorter, after, kinds = _parts(pairs, v, w)
    return (pairs.count((v, w)) - D + D * kinds * shorter) / after


@mistake(
    "language-kneser-ney",
    "D was taken from every different word after v, so D times their number is there to spend.",
)
def _(pairs, v, w, D):
    shorter, after, _ = _parts(pairs, v, w)
    return (max(pairs.count((v, w)) - D, 0) + D * shorter) / after


@mistake(
    "language-kneser-ney",
    "You spend what was never taken: subtract D from the count of the pair first.",
)
def _(pairs, v, w, D):
    shorter, after, kinds = _parts(pairs, v, w)
    return (pairs.count((v, w)) + D * kinds * shorter) / after


@mistake(
    "language-kneser-ney",
    "You divided by the number of different words; divide by that of different pairs.",
)
def _(pairs, v, w, D):
    _, after, kinds = _parts(pairs, v, w)
    different = set(pairs)
    shorter = sum(second == w for _, second in different) / len({b for _, b in pairs})
    return (max(pairs.count((v, w)) - D, 0) + D * kinds * shorter) / after
