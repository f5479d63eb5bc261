"""What notebook 08 defines and others import: its cells tagged `export`.

Made from notebooks/08_sequence_to_sequence.ipynb by `python -m tools.export`: edit the notebook.
"""

from functools import partial

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from course_utils import LengthBuckets, PaddedLSTM, fit, pad_batch
from course_utils.dates import pieces

# Pieces in, characters out

OUT = "0123456789-T:"
START = len(OUT)  # what the decoder reads before it has written anything


def encode(texts, vocabulary):
    return pad_batch([vocabulary.encode(pieces(text)) for text in texts])


def signs(texts):
    return torch.tensor([[OUT.index(sign) for sign in text] for text in texts])


def collate(rows, vocabulary):
    texts, isos = zip(*rows)
    y = signs(isos)  # goes in, one step late, and should come out
    return *encode(texts, vocabulary), y, y


# Encoder and decoder


class Encoder(nn.Module):
    def __init__(self, vocabulary, size=128):
        super().__init__()
        self.vocabulary = vocabulary
        self.embedding = nn.Embedding(len(vocabulary), 32, padding_idx=0)
        self.lstm = PaddedLSTM(32, size // 2, bidirectional=True)

    def forward(self, x, lengths):  # (B, T) -> h (B, T, H), c (B, H)
        h, h_n = self.lstm(self.embedding(x), lengths)
        return h, torch.cat([h_n[0], h_n[1]], dim=1)


class EncoderDecoder(nn.Module):
    def __init__(self, encoder, size=128):
        super().__init__()
        self.encoder = encoder
        self.start = nn.Linear(size, size)
        self.embedding = nn.Embedding(len(OUT) + 1, 32)
        self.cell = nn.GRUCell(32 + size, size)
        self.output = nn.Linear(2 * size, len(OUT))

    def read(self, x, lengths):
        _, c = self.encoder(x, lengths)
        return c, torch.tanh(self.start(c))  # what there is to look at, and s_0

    def look(self, s, memory):
        return memory, None

    def step(self, y, s, memory):
        c, alpha = self.look(s, memory)
        s = self.cell(torch.cat([self.embedding(y), c], dim=1), s)
        return self.output(torch.cat([s, c], dim=1)), s, alpha

    def forward(self, x, lengths, y):
        memory, s = self.read(x, lengths)
        logits = []
        for y_before in F.pad(y[:, :-1], (1, 0), value=START).unbind(1):
            z, s, _ = self.step(y_before, s, memory)
            logits.append(z)
        return torch.stack(logits, dim=2)  # (B, K, 16): cross-entropy wants K second


def trained(model, train, epochs, seed=0):
    lengths = [len(pieces(text)) for text in train.text]
    loader: DataLoader = DataLoader(
        train[["text", "iso"]].to_numpy(),
        collate_fn=partial(collate, vocabulary=model.encoder.vocabulary),
        batch_sampler=LengthBuckets(lengths, tokens=1_200, seed=seed),
    )
    log = fit(model, loader, epochs=epochs, lr=0.008, seed=seed)
    return model.cpu().eval(), log.seconds.sum()


@torch.no_grad()
def greedy(model, texts, n=16):
    memory, s = model.read(*encode(texts, model.encoder.vocabulary))
    y = torch.full((len(texts),), START)
    written = []
    alphas = []
    for _ in range(n):
        z, s, alpha = model.step(y, s, memory)
        y = z.argmax(1)
        written.append(y)
        alphas.append(alpha)
    return ["".join(OUT[i] for i in row) for row in torch.stack(written, 1)], alphas


# Attention


def real_positions(h, lengths):
    return torch.arange(h.size(1), device=h.device) < lengths[:, None]


def attention(s, h, keys, real, W_q, v):
    e = torch.tanh((s @ W_q.T)[:, None] + keys) @ v  # (B, T)
    alpha = e.masked_fill(~real, -torch.inf).softmax(dim=1)
    return (alpha[:, None] @ h)[:, 0], alpha  # c_i (B, H), α_i (B, T)


class WithAttention(EncoderDecoder):
    def __init__(self, encoder, size=128, scores=64):
        super().__init__(encoder, size)
        self.W_q = nn.Linear(size, scores, bias=False)
        self.W_k = nn.Linear(size, scores, bias=False)
        self.v = nn.Parameter(torch.randn(scores) / scores**0.5)

    def read(self, x, lengths):
        h, c = self.encoder(x, lengths)
        return (h, self.W_k(h), real_positions(h, lengths)), torch.tanh(self.start(c))

    def look(self, s, memory):
        h, keys, real = memory
        return attention(s, h, keys, real, self.W_q.weight, self.v)


# Greedy and beam


@torch.no_grad()
def beam(model, text, width, n=16):
    memory, s = model.read(*encode([text], model.encoder.vocabulary))
    beams = [("", 0.0, START, s)]  # written so far, log p, last character, state
    for _ in range(n):
        longer = []
        for written, log_p, y, s in beams:
            z, s, _ = model.step(torch.tensor([y]), s, memory)
            for k, more in enumerate(z.log_softmax(1)[0].tolist()):
                longer.append((written + OUT[k], log_p + more, k, s))
        beams = sorted(longer, key=lambda beam: -beam[1])[:width]
    return [(written, log_p) for written, log_p, _, _ in beams]


# From attention to the Transformer


def multi_head(q, k, v, real, n_heads):  # (B, T, H) each
    q, k, v = (part.unflatten(2, (n_heads, -1)).transpose(1, 2) for part in (q, k, v))
    e = q @ k.transpose(2, 3) / q.size(3) ** 0.5  # (B, heads, T, T)
    alpha = e.masked_fill(~real[:, None, None], -torch.inf).softmax(dim=3)
    return (alpha @ v).transpose(1, 2).flatten(2), alpha


class Block(nn.Module):
    def __init__(self, size, n_heads, width):
        super().__init__()
        self.n_heads = n_heads
        self.qkv = nn.Linear(size, 3 * size)
        self.out = nn.Linear(size, size)
        self.wide = nn.Linear(size, width)
        self.narrow = nn.Linear(width, size)
        self.norm_1 = nn.LayerNorm(size)
        self.norm_2 = nn.LayerNorm(size)

    def attend(self, x, real):
        mixed, alpha = multi_head(*self.qkv(x).chunk(3, dim=2), real, self.n_heads)
        return self.out(mixed), alpha

    def forward(self, x, real):
        a = self.norm_1(x + self.attend(x, real)[0])
        return self.norm_2(a + self.narrow(self.wide(a).relu()))
