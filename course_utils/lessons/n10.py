"""What notebook 10 defines and others import: its cells tagged `export`.

Made from notebooks/10_transfer_learning.ipynb by `python -m tools.export`: edit the notebook.
"""

from collections import Counter

import numpy as np
import torch
from fastai.text.all import DataLoaders, GradientClip, Learner, ParamScheduler
from scipy.sparse import csr_matrix, hstack
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from course_utils import LengthBuckets, pad_batch, predict, tokenize
from course_utils.language_model import german_pieces

# What forty-five labels can do


def rarity(texts):
    holding = Counter(word for text in texts for word in set(tokenize(text)))
    return {w: 1 + np.log((1 + len(texts)) / (1 + n)) for w, n in holding.items()}


def article_vectors(texts, vectors, idf):
    rarest = max(idf.values())  # and words of no training article are as rare
    unit = {}
    sums = []
    for text in texts:
        a = np.zeros(vectors.vector_size)
        for word, n in Counter(tokenize(text)).items():
            if word not in unit:
                unit[word] = vectors.get_vector(word, norm=True) if word in vectors else 0
            a += n * idf.get(word, rarest) * unit[word]
        sums.append(a)
    return F.normalize(torch.tensor(np.array(sums), dtype=torch.float32))


DECAY = 0.1  # benchmarks.transfer --inside --only vectors --set DECAY=1 tries others


def train_linear(X, y, n_classes, decay=DECAY, steps=300):
    layer = nn.Linear(X.shape[1], n_classes)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.1)
    falling = torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0, total_iters=steps)
    for _ in range(steps):
        cost = decay / (2 * len(y)) * layer.weight.square().sum()
        loss = F.cross_entropy(layer(X), y) + cost
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        falling.step()
    return layer.requires_grad_(False)


def side_by_side(counts, A):  # (N, V) sparse and (N, D) to (N, V + D) sparse
    return hstack([counts, csr_matrix(A.numpy())], format="csr")


def interval(a, b, n=2_000):
    """Mean of a − b and its 95 % interval. a, b (D, N): right or not, a row a draw."""
    gap = np.asarray(a, float) - np.asarray(b, float)
    D, N = gap.shape
    rng = np.random.default_rng(0)
    means = []
    for _ in range(n):
        row = gap[rng.integers(D, size=D)].mean(0)
        means.append(row[rng.integers(N, size=N)].mean())
    return gap.mean(), *np.quantile(means, [0.025, 0.975])


def written(gap):
    """As text: * if zero lies outside, (*) if a fourth entry, the draws, is below ten."""
    mean, low, high, *draws = gap
    star = " (*)" if draws and draws[0] < 10 else " *"
    return f"{mean:+.2f} [{low:+.2f}, {high:+.2f}]" + star * (not low <= 0 <= high)


# Stage 2: fit it to the newspaper, gently


def as_in_the_paper(t, T, cut_frac=0.1, ratio=32):
    cut = int(T * cut_frac)
    p = t / cut if t < cut else 1 - (t - cut) / (cut * (1 / cut_frac - 1))
    return (1 + p * (ratio - 1)) / ratio


def slanted_triangle(t, T, cut_frac=0.1, ratio=32):
    cut = T * cut_frac
    p = t / cut if t < cut else 1 - (t - cut) / (T - cut)
    return (1 + p * (ratio - 1)) / ratio


STAGE_2_RATE = 2e-3


def fit_slanted(learn, epochs, lr):
    if learn.opt is None:
        learn.create_opt()
    n_groups = len(learn.opt.param_lists)
    learn.opt.set_hyper("lr", slice(lr / 2.6 ** (n_groups - 1), lr))
    peaks = np.array([group["lr"] for group in learn.opt.hypers])

    def rates(done):
        return peaks * slanted_triangle(done, 1)  # one a group

    with learn.no_bar(), learn.no_logging():
        learn.fit(epochs, cbs=ParamScheduler({"lr": rates}))


# Stage 3: a classifier on top


def concat_pool(h, lengths):  # (B, T, H) to (B, 3H)
    steps = torch.arange(h.shape[1], device=h.device)
    padding = (steps >= lengths[:, None])[..., None]
    last = h[torch.arange(len(h)), lengths - 1]
    largest = h.masked_fill(padding, -torch.inf).amax(1)
    mean = h.masked_fill(padding, 0).sum(1) / lengths[:, None]
    return torch.cat([last, largest, mean], 1)


class Pooled(nn.Module):
    """Pieces (B, T) and lengths to pooled states (B, 3H), all of the article."""

    def __init__(self, body, bptt=70):
        super().__init__()
        self.body = body
        self.bptt = bptt

    def forward(self, x, lengths):
        self.body.reset()  # h_0 = c_0 = 0
        chunks = [self.body(chunk) for chunk in x.split(self.bptt, dim=1)]
        return concat_pool(torch.cat(chunks, 1).float(), lengths)


BEGIN = 2  # the piece that stands before each article


def pieces_of(texts):
    pieces = german_pieces()
    return [[BEGIN, *pieces.encode(text)] for text in texts]


def piece_batches(documents, y=None, shuffle=False, seed=0, size=16_000):  # pieces
    def collate(items):
        pieces, labels = zip(*items)
        # lengths rounded up; piece 1 is padding
        return pad_batch(pieces, labels, rounded=True, padding=1)

    labels = [0] * len(documents) if y is None else y.tolist()
    buckets = LengthBuckets(map(len, documents), size, seed=seed, shuffle=shuffle)
    pairs = list(zip(documents, labels))
    return DataLoader(pairs, batch_sampler=buckets, collate_fn=collate)


FLOOR = 0.1  # of the median spread


def mean_and_std(states):
    std = states.std(0)
    std = torch.maximum(std, FLOOR * std.median()) + 1e-6
    return states.mean(0), std * states.shape[1] ** 0.5


class ArticleClassifier(nn.Module):
    """A body, its pooled states standardised, and a linear layer."""

    def __init__(self, body, mean, std, head):
        super().__init__()
        self.read = Pooled(body)
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)
        self.head = head

    def forward(self, x, lengths):
        return self.head((self.read(x, lengths) - self.mean) / self.std)


def with_head(body, states, y, n_classes):
    mean, std = mean_and_std(states)
    head = train_linear((states - mean) / std, y, n_classes)
    return ArticleClassifier(body, mean, std, head)


def classifier(body, documents, y, n_classes):
    states, _ = predict(Pooled(body), piece_batches(documents))
    network = with_head(body, states, y, n_classes)
    return network.to(next(body.parameters()).device)  # the states came to the CPU


STAGE_3_RATE = 2e-3


def layers_of(model):
    body = model.read.body
    groups = [body.encoder, *body.rnns, model.head]
    return [list(group.parameters()) for group in groups]


def rounds_of(n_batches):
    """(groups that stay frozen, epochs): about 12 steps or more in the last round."""
    return [(2, 1), (1, 1), (0, max(2, round(12 / n_batches)))]


def unfreeze(model, batches, rounds, cbs=(), lr=STAGE_3_RATE):
    model.requires_grad_(True)
    learn = Learner(DataLoaders(batches, []), model, F.cross_entropy, splitter=layers_of)
    learn.add_cbs([GradientClip(1.0), *cbs])
    for frozen, epochs in rounds:
        learn.freeze_to(frozen)
        fit_slanted(learn, epochs, lr)
