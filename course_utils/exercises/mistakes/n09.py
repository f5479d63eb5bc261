"""Typical wrong answers to the exercises of notebook 09.
Each with the sentence that names the misconception."""

import torch

from course_utils.exercises.mistakes import mistake


def _tags(pairs):
    tags: dict[str, list] = {}
    for word, tag in pairs:
        tags.setdefault(word, []).append(tag)
    return tags


@mistake(
    "context-ceiling",
    "You took the mean of the words' shares; a word that comes more often must count more.",
)
def _(pairs):
    shares = [max(map(found.count, found)) / len(found) for found in _tags(pairs).values()]
    return sum(shares) / len(shares)


@mistake(
    "context-ceiling",
    "You counted only words that have one tag; of the others the commonest tag is right, too.",
)
def _(pairs):
    sure = [len(found) for found in _tags(pairs).values() if len(set(found)) == 1]
    return sum(sure) / len(pairs)


@mistake(
    "context-ceiling",
    "That is one tag for all words; a function of the word may choose one for each word.",
)
def _(pairs):
    tags = [tag for _, tag in pairs]
    return max(map(tags.count, tags)) / len(tags)


@mistake("context-ceiling", "You drew each word's tag by lot; its commonest tag is right oftener.")
def _(pairs):
    tags = _tags(pairs)
    return sum(tags[word].count(tag) / len(tags[word]) for word, tag in pairs) / len(pairs)


@mistake("context-back", "That is what the model learns from that reads ahead.")
def _(words):
    return [(words[:t], words[t]) for t in range(1, len(words))]


@mistake(
    "context-back", "What has been read stands in the sentence's order; it was read backwards."
)
def _(words):
    return [(words[t + 1 :], words[t]) for t in range(len(words) - 2, -1, -1)]


@mistake("context-back", "Nothing is to be guessed before the first mark has been read.")
def _(words):
    turned = words[::-1]
    return [(turned[:t], turned[t]) for t in range(len(turned))]


@mistake("context-back", "The model has read all words so far, not only the last one.")
def _(words):
    turned = words[::-1]
    return [(turned[t - 1 : t], turned[t]) for t in range(1, len(turned))]


@mistake("context-mean", "You added the states up; divide by the number of characters.")
def _(h, spans):
    return torch.stack([h[start:end].sum(0) for start, end in spans])


@mistake("context-mean", "The blank behind the word counts, too: end is already the place behind.")
def _(h, spans):
    return torch.stack([h[start : end + 1].mean(0) for start, end in spans])


@mistake("context-mean", "You took only the last character's state; the mean of all is asked for.")
def _(h, spans):
    return torch.stack([h[end - 1] for _, end in spans])


@mistake("context-mean", "You took the mean of both edges; the characters between count, too.")
def _(h, spans):
    return torch.stack([(h[start] + h[end - 1]) / 2 for start, end in spans])


def _rows(ahead, back, spans, first, last):
    """Row start + first of the one half beside row end + last of the other."""
    return torch.stack([torch.cat([ahead[s + first], back[e + last]]) for s, e in spans])


@mistake("context-far-side", "You forgot the mark <s>: the character i stands in row i + 1.")
def _(ahead, back, spans):
    return _rows(ahead, back, spans, -1, 0)


@mistake("context-far-side", "The halves have changed places: reading ahead knows what is before.")
def _(ahead, back, spans):
    return _rows(back, ahead, spans, 0, 1)


@mistake(
    "context-far-side",
    "These states have read a character of the word already; stop just before it on both sides.",
)
def _(ahead, back, spans):
    return _rows(ahead, back, spans, 1, 0)


@mistake("context-far-side", "That is Akbik's place: both halves have read the whole word there.")
def _(ahead, back, spans):
    return torch.stack([torch.cat([ahead[end], back[start + 1]]) for start, end in spans])


@mistake(
    "context-far-side",
    "back has read the word's last character already: the one behind it stands in row end + 1.",
)
def _(ahead, back, spans):
    return _rows(ahead, back, spans, 0, 0)


@mistake(
    "context-far-side",
    "ahead has read the word's first character already: the one before it stands in row start.",
)
def _(ahead, back, spans):
    return _rows(ahead, back, spans, 1, 1)


@mistake(
    "context-far-side",
    "The halves lie one below the other; beside each other they lie with dim=1.",
)
def _(ahead, back, spans):
    wide = _rows(ahead, back, spans, 0, 1)
    return torch.cat(wide.chunk(2, dim=1))


@mistake(
    "context-far-side", "These are pairs; torch.cat puts the two states of a word into one row."
)
def _(ahead, back, spans):
    return [(ahead[start], back[end + 1]) for start, end in spans]


def _counts(truth, guesses):
    """Roles found, true and guessed."""
    found = sum(t == g != "O" for t, g in zip(truth, guesses, strict=True))
    return found, sum(t != "O" for t in truth), sum(g != "O" for g in guesses)


@mistake("context-f1", "O on both sides counts as found here; that is the plain accuracy.")
def _(truth, guesses):
    return sum(t == g for t, g in zip(truth, guesses, strict=True)) / len(truth)


@mistake("context-f1", "That is the precision alone: what was missed goes unnoticed.")
def _(truth, guesses):
    found, _, guessed = _counts(truth, guesses)
    return found / guessed if guessed else 0.0


@mistake("context-f1", "That is the recall alone: roles that were invented go unnoticed.")
def _(truth, guesses):
    found, true, _ = _counts(truth, guesses)
    return found / true if true else 0.0


@mistake(
    "context-f1",
    "You took the plain mean of precision and recall; F1 is twice their product by their sum.",
)
def _(truth, guesses):
    found, true, guessed = _counts(truth, guesses)
    return (found / (guessed or 1) + found / (true or 1)) / 2
