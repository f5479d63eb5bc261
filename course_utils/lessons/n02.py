"""What notebook 02 defines and others import: its cells tagged `export`.

Made from notebooks/02_word_vectors.ipynb by `python -m tools.export`: edit the notebook.
"""

import re

import numpy as np
import torch
from torch import nn

# What is a word?

TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|\w+(?:[-'’/]\w+)*|[^\w\s]")


def tokenize(text):
    return TOKEN.findall(text)


# Two special words

PAD = 0
UNK = 1


# Into the network: `nn.Embedding`


def one_hot_product(M, indices):
    return nn.functional.one_hot(indices, len(M)).to(M.dtype) @ M


def lookup(M, indices):
    return nn.functional.embedding(indices, M)


def matrix_and_indices(g):
    V, E, N = torch.randint(1, 9, (3,), generator=g).tolist()
    return torch.randn(V, E, generator=g), torch.randint(V, (N,), generator=g)


# The matrix for our vocabulary


def embedding_matrix(words, vectors, seed=0):
    rng = np.random.default_rng(seed)
    shape = (len(words), vectors.vector_size)
    matrix = rng.normal(0, vectors.vectors.std(), shape).astype("float32")
    for i, word in enumerate(words):
        if word in vectors:
            matrix[i] = vectors[word]
    matrix[PAD] = 0
    matrix[UNK] = vectors.vectors.mean(0)
    return torch.from_numpy(matrix)
