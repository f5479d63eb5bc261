"""What notebook 10 defines and others import: its cells tagged `export`.

Made from notebooks/10_transfer_learning.ipynb by `python -m tools.export`: edit the notebook.
"""

import hashlib
from math import ceil

import numpy as np
import pandas as pd
import torch
from fastai.text.all import (
    AWD_LSTM,
    CategoryBlock,
    ColReader,
    ColSplitter,
    DataBlock,
    GradientClip,
    IndexSplitter,
    ParamScheduler,
    TextBlock,
    awd_lstm_clas_config,
    awd_lstm_lm_config,
    language_model_learner,
    set_seed,
    text_classifier_learner,
)

from course_utils import tokenize

# Labels are dear, text is cheap

LENGTH = 200


def begin(text):
    return f"xxbos {text}"


def first_words(texts):
    return [tokenize(text)[:LENGTH] for text in texts]


# Stage 1: a language model

SHAPE = {"n_hid": 200, "n_layers": 2}


def block_of(vocab, **options):
    options |= {"vocab": vocab, "tok": first_words, "rules": [begin], "n_workers": 0}
    return TextBlock.from_df("text", **options)


def streams(reading, held, vocab):
    parts = [reading.assign(is_valid=False), held.assign(is_valid=True)]
    both = pd.concat(parts, ignore_index=True)
    block = block_of(vocab, is_lm=True)
    data = DataBlock(block, get_x=ColReader("text"), splitter=ColSplitter())
    return data.dataloaders(both, bs=16, seq_len=30, cache=len(both), num_workers=0)


def language_learner(dls, size, seed=0, drop_mult=0.2):
    set_seed(seed)
    return language_model_learner(
        dls,
        AWD_LSTM,
        config={**awd_lstm_lm_config, **SHAPE, "emb_sz": size},
        drop_mult=drop_mult,
        pretrained=False,
        alpha=0,
        beta=0,
        cbs=GradientClip(0.5),
    )


def begin_with(embedding, vectors, vocab, spread=0.15):
    rows = [i for i, word in enumerate(vocab) if word in vectors]
    start = vectors[[vocab[i] for i in rows]] * (spread / vectors.vectors.std())
    with torch.no_grad():
        embedding.weight[rows] = torch.tensor(start).to(embedding.weight)
    return len(rows)


def fingerprint(articles):
    return hashlib.sha256("\n".join(articles.text).encode()).hexdigest()[:16]


# Stage 2: fit it to the newspaper, gently


def as_in_the_paper(t, T, cut_frac=0.1, ratio=32):
    cut = int(T * cut_frac)
    p = t / cut if t < cut else 1 - (t - cut) / (cut * (1 / cut_frac - 1))
    return (1 + p * (ratio - 1)) / ratio


def slanted_triangle(t, T, cut_frac=0.1, ratio=32):
    cut = T * cut_frac
    p = t / cut if t < cut else 1 - (t - cut) / (T - cut)
    return (1 + p * (ratio - 1)) / ratio


def fit_slanted(learn, epochs, lr):
    if learn.opt is None:
        learn.create_opt()
    n_groups = len(learn.opt.param_lists)
    learn.opt.set_hyper("lr", slice(lr / 2.6 ** (n_groups - 1), lr))
    peaks = np.array([group["lr"] for group in learn.opt.hypers])

    def rates(done):
        return peaks * slanted_triangle(done, 1)

    with learn.no_bar(), learn.no_logging():
        learn.fit(epochs, cbs=ParamScheduler({"lr": rates}))


# Stage 3: a classifier on top


def concat_pool(H, lengths):
    padding = (torch.arange(H.shape[1]) >= lengths[:, None])[..., None]
    last = H[torch.arange(len(H)), lengths - 1]
    largest = H.masked_fill(padding, -torch.inf).amax(1)
    mean = H.masked_fill(padding, 0).sum(1) / lengths[:, None]
    return torch.cat([last, largest, mean], 1)


def labelled_batches(labelled, vocab, classes):
    data = DataBlock(
        (block_of(vocab), CategoryBlock(vocab=classes)),
        get_x=ColReader("text"),
        get_y=ColReader("category"),
        splitter=IndexSplitter([]),
    )
    return data.dataloaders(labelled, bs=16, drop_last=False, num_workers=0)


def classifier(labelled, language_model, vocab, classes, seed=0, drop_mult=0.3):
    set_seed(seed)
    encoder = language_model[0]
    learn = text_classifier_learner(
        labelled_batches(labelled, vocab, classes),
        AWD_LSTM,
        config={**awd_lstm_clas_config, **SHAPE, "emb_sz": encoder.encoder.embedding_dim},
        drop_mult=drop_mult,
        pretrained=False,
        alpha=0,
        beta=0,
        cbs=GradientClip(1.0),
    )
    learn.model[0].module.load_state_dict(encoder.state_dict())
    return learn


def last_epochs(n_labels):
    """As many as make about 150 steps of 16 articles, at least four."""
    return max(4, round(150 / ceil(n_labels / 16)))
