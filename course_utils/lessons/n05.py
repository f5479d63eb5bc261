"""What notebook 05 defines and others import: its cells tagged `export`.

Made from notebooks/05_batched_lstm_training.ipynb by `python -m tools.export`: edit the notebook.
"""

import numpy as np
import torch
from scipy.stats import binomtest
from torch import nn
from torch.nn import functional as F

from course_utils import PAD, UNK, PaddedLSTM

# How sure is such a number?


def wilson(hits, n, z=1.96):
    """95 % interval of a share, `hits` of `n` (Wilson 1927): (low, high)."""
    share = hits / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    variance = share * (1 - share) / n + z**2 / (4 * n**2)
    half = z * np.sqrt(variance) / (1 + z**2 / n)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


# The control first


def pooled(states, lengths):
    """Largest and mean state of each article, padding left out: (B, T, F) to (B, 2 F)."""
    steps = torch.arange(states.shape[1], device=states.device)
    padding = (steps >= lengths[:, None])[..., None]
    largest = states.masked_fill(padding, -torch.inf).max(dim=1).values
    mean = states.masked_fill(padding, 0).sum(dim=1) / lengths[:, None]
    return torch.cat([largest, mean], dim=1)


class OrderFree(nn.Module):
    """Word vectors, pooled; batch norm; linear layer: x (B, T) to logits (B, K)."""

    def __init__(self, matrix, n_classes, width=None, dropout=0.5, word_dropout=0.1, freeze=True):
        super().__init__()
        scaled = matrix / matrix.std()
        self.emb = nn.Embedding.from_pretrained(scaled, freeze=freeze, padding_idx=0)
        self.vector_dropout = nn.Dropout(0.3)
        self.word_dropout = word_dropout
        self.dropout = nn.Dropout(dropout)
        self.norm = nn.BatchNorm1d(width or 2 * matrix.shape[1])
        self.out = nn.Linear(self.norm.num_features, n_classes)

    def read(self, x, vectors, lengths):
        return pooled(vectors, lengths)

    def forward(self, x, lengths):
        if self.training:
            drop = torch.rand(x.shape, device=x.device) < self.word_dropout
            x = x.masked_fill(drop & (x != PAD), UNK)
        vectors = self.emb(x)
        mask = self.vector_dropout(torch.ones_like(vectors[:, :1]))  # one for each text
        features = self.read(x, vectors * mask, lengths)
        self.norm.train(self.training and len(x) > 1)  # one article has no spread
        return self.out(self.dropout(self.norm(features)))


# Then the LSTM


class NewsClassifier(OrderFree):
    """A bidirectional LSTM between the vectors and the pooling."""

    def __init__(
        self,
        matrix,
        n_classes,
        hidden_size=64,
        num_layers=1,
        dropout=0.5,
        extra=0,
        **options,
    ):
        between = dropout if num_layers > 1 else 0.0
        D = matrix.shape[1]
        H = hidden_size
        lstm = PaddedLSTM(D, H, num_layers, bidirectional=True, dropout=between)
        super().__init__(matrix, n_classes, 6 * H + extra, dropout, **options)
        self.lstm = lstm

    def read(self, x, vectors, lengths):
        output, h_n = self.lstm(vectors, lengths)
        last = torch.cat([h_n[-2], h_n[-1]], dim=1)
        return torch.cat([last, pooled(output, lengths)], dim=1)


# The loop, in plain PyTorch


@torch.no_grad()
def evaluate(model, loader, device="cpu"):
    """Mean loss and accuracy."""
    model.eval()  # no dropout
    right = n = 0
    loss = 0.0
    for x, lengths, y in loader:
        logits = model(x.to(device), lengths.to(device)).cpu()
        right += (logits.argmax(1) == y).sum().item()
        n += len(y)
        loss += F.cross_entropy(logits, y, reduction="sum").item()
    return loss / n, right / n


# The same loop in one line, and seeds


def spread(values):
    """Mean and standard deviation over the seeds (n - 1 below): (mean, deviation)."""
    values = np.asarray(values, dtype=float)
    return float(values.mean()), float(values.std(ddof=1))


# Three ways to fool yourself


def paired(right_a, right_b):
    """Two classifiers on the same articles: (only a is right, only b is right, p).

    right_a, right_b: is the answer right, for each article? p: exact McNemar test.
    """
    a = np.asarray(right_a, dtype=bool)
    b = np.asarray(right_b, dtype=bool)
    only_a = int((a & ~b).sum())
    only_b = int((b & ~a).sum())
    differ = only_a + only_b
    return only_a, only_b, float(binomtest(only_a, differ).pvalue) if differ else 1.0


def at_most(right_a, right_b):
    """Points that a is ahead at most (95 %, Wilson on the articles that differ)."""
    only_a, only_b, _ = paired(right_a, right_b)
    share = wilson(only_a, max(only_a + only_b, 1))[1]  # a leads by 2 share - 1
    return 100 * (only_a + only_b) * (2 * share - 1) / len(right_a)


# A path past the LSTM


def rarity(documents, n_words):
    """The idf of each index, (n_words,); padding and the unknown word have none."""
    holding = torch.zeros(n_words)
    for document in documents:
        holding[sorted(set(document))] += 1
    idf = torch.log((1 + len(documents)) / (1 + holding)) + 1
    idf[[PAD, UNK]] = 0
    return idf


class WithPath(NewsClassifier):
    """Beside the LSTM's states the mean of the vectors, weighted word by word."""

    def __init__(self, matrix, n_classes, weights, **options):
        super().__init__(matrix, n_classes, extra=matrix.shape[1], **options)
        self.register_buffer("weights", weights)

    def read(self, x, vectors, lengths):
        weight = self.weights[x][..., None]
        mean = (weight * vectors).sum(dim=1) / weight.sum(dim=1).clamp(min=1)
        return torch.cat([super().read(x, vectors, lengths), mean], dim=1)
