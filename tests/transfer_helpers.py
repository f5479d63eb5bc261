"""What the tests of transfer share: random numbers, a body, documents, a corpus."""

import numpy as np
import torch
from fastai.text.all import AWD_LSTM

from benchmarks.transfer_corpus import Corpus
from course_utils.lessons import n10


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def body_of(seed=0, p=0.0):
    torch.manual_seed(seed)
    return AWD_LSTM(50, 6, 8, 2, hidden_p=p, input_p=p, embed_p=p, weight_p=p)


def documents_of(*lengths):
    rng = np.random.default_rng(0)
    return [[n10.BEGIN, *rng.integers(3, 50, n - 1).tolist()] for n in lengths]


def corpus_of(articles, n=60):
    train, test = articles
    few = train.groupby("category").head(n // 9).reset_index(drop=True)
    return Corpus(few, test[:20], "few")
