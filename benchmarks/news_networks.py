"""Notebook 05's network with one part taken away or changed, for `benchmarks.news_systems parts`.
Each takes the vectors, the number of classes and, where it weighs words, their idf."""

import torch
from torch import Tensor, nn

from course_utils import PaddedLSTM
from course_utils.lessons.n05 import NewsClassifier, OrderFree, pooled


class PathAlone(OrderFree):
    """What goes past the LSTM, without it: the mean of the vectors, weighted word by word."""

    weights: Tensor

    def __init__(self, matrix: Tensor, n_classes: int, weights: Tensor):
        super().__init__(matrix, n_classes, width=matrix.shape[1])
        self.register_buffer("weights", weights)

    def read(self, x: Tensor, vectors: Tensor, lengths: Tensor) -> Tensor:
        weight = self.weights[x][..., None]
        return (weight * vectors).sum(dim=1) / weight.sum(dim=1).clamp(min=1)


class WordByWord(OrderFree):
    """A trained layer as wide as both directions of the LSTM, for each word alone, then pooled."""

    def __init__(self, matrix: Tensor, n_classes: int, width: int = 128):
        super().__init__(matrix, n_classes, width=2 * width)
        self.layer = nn.Linear(matrix.shape[1], width)

    def read(self, x: Tensor, vectors: Tensor, lengths: Tensor) -> Tensor:
        return pooled(self.layer(vectors).tanh(), lengths)


class LastState(NewsClassifier):
    """As the course of 2019: the last state of each direction, nothing pooled."""

    def __init__(self, matrix: Tensor, n_classes: int):
        super().__init__(matrix, n_classes)
        width = 2 * self.lstm.hidden_size
        self.norm = nn.BatchNorm1d(width)
        self.out = nn.Linear(width, n_classes)

    def read(self, x: Tensor, vectors: Tensor, lengths: Tensor) -> Tensor:
        return super().read(x, vectors, lengths)[:, : self.norm.num_features]


class OneDirection(NewsClassifier):
    """An LSTM that reads forwards only."""

    def __init__(self, matrix: Tensor, n_classes: int):
        super().__init__(matrix, n_classes)
        self.lstm = PaddedLSTM(matrix.shape[1], self.lstm.hidden_size)
        width = 3 * self.lstm.hidden_size
        self.norm = nn.BatchNorm1d(width)
        self.out = nn.Linear(width, n_classes)

    def read(self, x: Tensor, vectors: Tensor, lengths: Tensor) -> Tensor:
        output, h_n = self.lstm(vectors, lengths)
        return torch.cat([h_n[-1], pooled(output, lengths)], dim=1)


def without_norm(matrix: Tensor, n_classes: int, weights: Tensor) -> nn.Module:
    model = NewsClassifier(matrix, n_classes)
    model.norm = nn.Identity()  # type: ignore[assignment]
    return model


def without_dropout(matrix: Tensor, n_classes: int, weights: Tensor) -> nn.Module:
    model = NewsClassifier(matrix, n_classes, dropout=0.0, word_dropout=0.0)
    model.vector_dropout.p = 0.0
    return model


def without_scale(matrix: Tensor, n_classes: int, weights: Tensor) -> nn.Module:
    model = NewsClassifier(matrix, n_classes)
    model.emb = nn.Embedding.from_pretrained(matrix, padding_idx=0)
    return model
