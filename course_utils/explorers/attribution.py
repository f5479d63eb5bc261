"""Which words decided: for a network by gradients and by leaving words out, for a linear model
exactly. Both are measured in the same way, so that one may lay them side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_utils.batching import pad_batch
from course_utils.vectors import UNK

GRADIENTS = "integrated gradients"
OCCLUSION = "a word left out"
STEPS = 48  # points on the way from the baseline; the error that stays is shown


@contextmanager
def _embedded_as(model: Any, e: Tensor) -> Iterator[None]:
    """Inside, `model.emb` gives `e` (B, T, D), whatever words it is asked for."""
    hook = model.emb.register_forward_hook(lambda module, given, output: e)
    try:
        yield
    finally:
        hook.remove()


class Network:
    """A classifier with an embedding `emb`, called with (x, lengths), and its words decoded."""

    def __init__(self, model: Any, vocabulary: Any):
        self.model = model.eval()
        self.vocabulary = vocabulary
        self.device = next(model.parameters()).device

    def _indices(self, words: Sequence[str]) -> Tensor:
        return torch.tensor(self.vocabulary.encode(list(words)), device=self.device)

    def _logits(self, e: Tensor, indices: Tensor) -> Tensor:
        """Logits (B, K) of vectors (B, T, D) in place of those of the words `indices` (T,)."""
        x = indices.expand(len(e), -1)
        with _embedded_as(self.model, e):
            return self.model(x, torch.full((len(e),), len(indices), device=self.device))

    @torch.no_grad()
    def as_read(self, words: Sequence[str]) -> np.ndarray:
        """Probabilities (T, K) after each word."""
        ids = self._indices(words).tolist()
        x, lengths = pad_batch([ids[:t] for t in range(1, len(ids) + 1)])
        logits = self.model(x.to(self.device), lengths.to(self.device))
        return logits.double().softmax(1).cpu().numpy()

    @torch.no_grad()
    def of_all(self, words: Sequence[str]) -> np.ndarray:
        """Probabilities (K,) after the last word, read once."""
        indices = self._indices(words)
        logits = self.model(indices[None], torch.tensor([len(indices)], device=self.device))
        return logits[0].double().softmax(0).cpu().numpy()

    @torch.no_grad()
    def logit(self, words: Sequence[str], k: int) -> float:
        """The logit of class `k`."""
        indices = self._indices(words)
        return float(self._logits(self.model.emb(indices)[None], indices)[0, k])

    def gradients(self, words: Sequence[str], k: int) -> tuple[np.ndarray, float]:
        """Integrated gradients (T,) of the logit of class `k` from a text of unknown words
        (Sundararajan et al. 2017), and how much they miss of the difference to that text."""
        indices = self._indices(words)
        end = self.model.emb(indices).detach()
        start = self.model.emb.weight[UNK].detach().expand_as(end)
        places = (torch.arange(STEPS, device=self.device) + 0.5) / STEPS  # midpoints
        e = (start + places[:, None, None] * (end - start)).requires_grad_()
        with torch.backends.cudnn.flags(enabled=False):  # cuDNN has no gradient in eval mode
            (slope,) = torch.autograd.grad(self._logits(e, indices)[:, k].sum(), e)
        scores = ((end - start) * slope.mean(0)).sum(-1)
        with torch.no_grad():
            z = self._logits(torch.stack([end, start]), indices)[:, k]
        missed = float(z[0] - z[1] - scores.sum())
        return scores.double().cpu().numpy(), missed

    @torch.no_grad()
    def occlusion(self, words: Sequence[str], k: int) -> np.ndarray:
        """How much the logit of class `k` falls (T,) if a word is replaced by the unknown one."""
        indices = self._indices(words)
        e = self.model.emb(indices)
        gaps = e.repeat(len(e), 1, 1)
        gaps[range(len(e)), range(len(e))] = self.model.emb.weight[UNK]
        whole = self._logits(e[None], indices)[0, k]
        return (whole - self._logits(gaps, indices)[:, k]).double().cpu().numpy()


class WordCounts:
    """A scikit-learn pipeline of a vectorizer and a linear classifier over at least three classes,
    such as tf-idf and `LinearSVC`."""

    def __init__(self, pipeline: Any):
        self.pipeline = pipeline
        self.classifier = pipeline[-1]
        self._words = _vectorizer(pipeline)
        if np.atleast_2d(self.classifier.coef_).shape[0] < 3:
            raise ValueError("the word counts need a linear classifier over at least three classes")

    def decision(self, words: Sequence[str]) -> np.ndarray:
        """The decision values (K,)."""
        return np.asarray(self.pipeline.decision_function([" ".join(words)]))[0]

    def shares(self, words: Sequence[str], k: int) -> tuple[np.ndarray, float]:
        """What each word (T,) adds to the decision for class `k`, exactly, and what is left: the
        intercept and features that are no single words. A repeated word shares in equal parts."""
        x = self.pipeline[:-1].transform([" ".join(words)])
        row = np.asarray(x.todense())[0] * self.classifier.coef_[k]
        analyze = self._words.build_analyzer()
        column = self._words.vocabulary_
        features = [[column[f] for f in analyze(word) if f in column] for word in words]
        counts = np.zeros(len(row))
        for own in features:
            np.add.at(counts, own, 1)
        scores = np.array([sum(row[j] / counts[j] for j in own) for own in features])
        return scores, float(self.decision(words)[k] - scores.sum())

    def occlusion(self, words: Sequence[str], k: int) -> np.ndarray:
        """How much the decision value of class `k` falls (T,) without a word."""
        without = [" ".join([*words[:t], *words[t + 1 :]]) for t in range(len(words))]
        values = np.asarray(self.pipeline.decision_function(without))
        return self.decision(words)[k] - values[:, k]


def _vectorizer(pipeline: Any) -> Any:
    """The step of the pipeline that knows words."""
    for _, part in pipeline.steps:
        if hasattr(part, "build_analyzer"):
            return part
    raise ValueError("the pipeline has no step that counts words, such as TfidfVectorizer")


class Verdict:
    """All numbers of one text: probabilities as it is read, and which words decided for `k`."""

    def __init__(self, network: Network, counts: WordCounts, words: list[str]):
        self.network = network
        self.counts = counts
        self.words = words
        self.p = network.as_read(words)
        self.decision = counts.decision(words)
        self._scores: dict[tuple[str, int], tuple[np.ndarray, np.ndarray]] = {}
        self.missed: dict[int, float] = {}
        self.rest: dict[int, float] = {}

    def scores(self, method: str, k: int) -> tuple[np.ndarray, np.ndarray]:
        """A number a word for class `k`, from the network and from the word counts."""
        if (method, k) not in self._scores:
            if method == GRADIENTS:
                ours, self.missed[k] = self.network.gradients(self.words, k)
                theirs, self.rest[k] = self.counts.shares(self.words, k)
            else:
                ours = self.network.occlusion(self.words, k)
                theirs = self.counts.occlusion(self.words, k)
            self._scores[method, k] = (ours, theirs)
        return self._scores[method, k]
