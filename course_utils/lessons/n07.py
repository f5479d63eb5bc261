"""What notebook 07 defines and others import: its cells tagged `export`.

Made from notebooks/07_language_models.ipynb by `python -m tools.export`: edit the notebook.
"""

import random
from collections import Counter, defaultdict
from math import exp, log

import torch
from torch import nn
from torch.nn import functional as F

# Count: n-grams from one to five


def ngrams(text, n):
    """All sequences of `n` neighbours in a list."""
    return list(zip(*(text[i:] for i in range(n))))


def copied(text, texts, n=8):
    """Share of the n-word sequences of `text` that stand in one of `texts`."""
    stand = {gram for other in texts for gram in ngrams(other, n)}
    grams = ngrams(text, n)
    return sum(gram in stand for gram in grams) / max(1, len(grams))


def histories(grams):
    """For each history h its c(h) and N(h), and the discount D, of counted n-grams."""
    c = Counter()
    N = Counter()
    for gram, n in grams.items():
        c[gram[:-1]] += n
        N[gram[:-1]] += 1
    n_1 = sum(n == 1 for n in grams.values())
    n_2 = sum(n == 2 for n in grams.values())
    return c, N, (n_1 + 1) / (n_1 + 2 * n_2 + 2)  # + 1, + 2: never 0, never 1


class NGrams:
    """Interpolated Kneser-Ney over texts: lists of numbers below V, a 1 first."""

    def __init__(self, texts, order, V, plain=False):
        self.order = order
        self.V = V
        self.levels = []
        grams = Counter(gram for text in texts for gram in self.of(text))
        for _ in range(order):
            self.levels.insert(0, (grams, *histories(grams)))
            shorter = Counter()
            for gram, n in grams.items():
                shorter[gram[1:]] += n if plain else 1  # 1: a different word before
            grams = shorter

    def of(self, text):
        return ngrams([1] * (self.order - 1) + text[1:], self.order)

    def p(self, before, word):
        p = 1 / self.V
        for n, (grams, c, N, D) in enumerate(self.levels):
            h = tuple(before[len(before) - n :])
            if h in c:
                p = (max(grams[*h, word] - D, 0) + D * N[h] * p) / c[h]
        return p

    def surprises(self, text):
        """-log p of every word of a text, after those before it."""
        return [-log(self.p(gram[:-1], gram[-1])) for gram in self.of(text)]


def per_known_word(surprises, texts):
    """Perplexity of all words that are not 0 (xxunk); `surprises` takes a text."""
    known = []
    for text in texts:
        known += [s for s, word in zip(surprises(text), text[1:]) if word]
    return exp(sum(known) / len(known))


# An LSTM that reads on


class LanguageModel(nn.Module):
    """Numbers of words (B, T) to logits (B, T, V) of the next ones, and the state."""

    def __init__(self, V, E=128, dropout=0.1):
        super().__init__()
        self.emb = nn.Embedding(V, E)
        self.lstm = nn.LSTM(E, E, num_layers=2, dropout=dropout, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(E, V)
        self.out.weight = self.emb.weight  # one matrix for both ends
        nn.init.uniform_(self.emb.weight, -0.1, 0.1)

    def forward(self, x, state=None):
        output, state = self.lstm(self.dropout(self.emb(x)), state)
        return self.out(self.dropout(output)), state


# Streams


def streams(texts, B):
    """All texts one after the other, cut into B rows: (B, L)."""
    joined = torch.tensor([word for text in texts for word in text])
    L = len(joined) // B
    return joined[: B * L].view(B, L)


def windows(rows, T):
    """Pairs x, y of at most T columns, one after the other; y is x, one word later."""
    for start in range(0, rows.shape[1] - 1, T):
        part = rows[:, start : start + T + 1]
        yield part[:, :-1], part[:, 1:]


# About a minute of training


def train_language_model(model, rows, epochs, T=35, lr=0.01):
    """The loss of every window of `epochs` readings of `rows` (B, L)."""
    optimizer = torch.optim.AdamW(model.parameters(), lr)
    steps = epochs * len(list(windows(rows, T)))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps)
    losses = []
    model.train()
    for _ in range(epochs):
        state = None
        for x, y in windows(rows, T):
            z, state = model(x, state)
            state = tuple(part.detach() for part in state)  # carried, but cut
            loss = F.cross_entropy(z.flatten(0, 1), y.flatten())
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            optimizer.step()
            schedule.step()  # the rate climbs, then sinks
            losses.append(loss.item())
    return losses


def longest_read(model, gram):
    """How many of the last words of `gram` the n-grams had read in this order."""
    found = 0
    for n, (grams, *_) in enumerate(model.levels, start=1):
        found = n if gram[len(gram) - n :] in grams else found
    return found


# Write: learned or copied?


def followers(texts, n):
    """All words that came after each sequence of n - 1 words."""
    after = defaultdict(list)
    for text in texts:
        for *before, word in ngrams(["xxbos"] * (n - 1) + [*text, "xxbos"], n):
            after[tuple(before)].append(word)
    return after


def write(after, n, length=2_000):
    """About `length` words drawn with seed 0, article after article."""
    rng = random.Random(0)
    words = ["xxbos"] * (n - 1)
    while len(words) < length:
        word = rng.choice(after[tuple(words[1 - n :])])
        words += ["xxbos"] * (n - 1) if word == "xxbos" else [word]
    return [word for word in words if word != "xxbos"]
