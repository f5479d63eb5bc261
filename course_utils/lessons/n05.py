"""What notebook 05 defines and others import: its cells tagged `export`.

Made from notebooks/05_batched_lstm_training.ipynb by `python -m tools.export`: edit the notebook.
"""

import numpy as np
import torch
from scipy.stats import binomtest
from torch import nn
from torch.nn import functional as F

from course_utils import PaddedLSTM

# The model


class NewsClassifier(nn.Module):
    """Bidirectional LSTM, concat pooling, batch norm, linear layer: (B, T) to (B, K)."""

    def __init__(
        self,
        matrix,
        n_classes,
        hidden_size=64,
        num_layers=1,
        dropout=0.5,
        word_dropout=0.1,
        freeze=True,
    ):
        super().__init__()
        between = dropout if num_layers > 1 else 0.0
        scaled = matrix / matrix.std()
        self.emb = nn.Embedding.from_pretrained(scaled, freeze=freeze, padding_idx=0)
        self.vector_dropout = nn.Dropout(0.3)
        self.lstm = PaddedLSTM(
            matrix.shape[1], hidden_size, num_layers, bidirectional=True, dropout=between
        )
        self.dropout = nn.Dropout(dropout)
        self.word_dropout = word_dropout
        self.norm = nn.BatchNorm1d(6 * hidden_size)
        self.out = nn.Linear(6 * hidden_size, n_classes)

    def forward(self, x, lengths):
        if self.training:
            hidden = (torch.rand(x.shape, device=x.device) < self.word_dropout) & (x > 0)
            x = x.masked_fill(hidden, 1)  # 1 is the unknown word
        output, h_n = self.lstm(self.vector_dropout(self.emb(x)), lengths)
        steps = torch.arange(x.shape[1], device=x.device)
        padding = (steps >= lengths[:, None])[..., None]
        last = torch.cat([h_n[-2], h_n[-1]], dim=1)
        largest = output.masked_fill(padding, -torch.inf).max(dim=1).values
        mean = output.sum(dim=1) / lengths[:, None]
        features = torch.cat([last, largest, mean], dim=1)
        self.norm.train(self.training and len(x) > 1)  # one article has no spread
        return self.out(self.dropout(self.norm(features)))


# The loop, in plain PyTorch


@torch.no_grad()
def evaluate(model, loader, device="cpu"):
    model.eval()  # no dropout
    right = n = 0
    loss = 0.0
    for x, lengths, y in loader:
        logits = model(x.to(device), lengths.to(device)).cpu()
        right += (logits.argmax(1) == y).sum().item()
        n += len(y)
        loss += F.cross_entropy(logits, y, reduction="sum").item()
    return loss / n, right / n


# How sure can one be?


def wilson(hits, n, z=1.96):
    """95 % interval of a share, `hits` of `n` (Wilson 1927): (low, high)."""
    share = hits / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    spare = share * (1 - share) / n + z**2 / (4 * n**2)
    half = z * np.sqrt(spare) / (1 + z**2 / n)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def paired(right_a, right_b):
    """Two classifiers on the same articles: (only a is right, only b is right, p).

    right_a, right_b: is the answer right, for each article? p: exact McNemar test.
    """
    a, b = np.asarray(right_a, dtype=bool), np.asarray(right_b, dtype=bool)
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    differ = only_a + only_b
    return only_a, only_b, float(binomtest(only_a, differ).pvalue) if differ else 1.0


def spread(values):
    """Mean and standard deviation over the seeds (n - 1 below): (mean, deviation)."""
    values = np.asarray(values, dtype=float)
    return float(values.mean()), float(values.std(ddof=1))
