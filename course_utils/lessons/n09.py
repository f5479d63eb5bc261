"""What notebook 09 defines and others import: its cells tagged `export`.

Made from notebooks/09_contextual_embeddings.ipynb by `python -m tools.export`: edit the notebook.
"""

import random
from collections import Counter

import torch
from sklearn.metrics import f1_score
from torch import nn
from torch.nn import functional as F

from course_utils.journeys import TAGS

# The ceiling of every static vector


def commonest_roles(requests):
    counts: dict[str, Counter] = {}
    for tokens, tags in requests:
        for word, tag in zip(tokens, tags):
            counts.setdefault(word, Counter())[tag] += 1
    return {word: tags.most_common(1)[0][0] for word, tags in counts.items()}


def flat(requests):
    return torch.tensor([TAGS.index(tag) for tokens, tags in requests for tag in tags])


def score(requests, guesses):
    return float(f1_score(flat(requests), guesses, labels=[1, 2, 3], average="micro"))


# A language model in both directions


class BiLM(nn.Module):
    def __init__(self, n_words, D, H, n_layers):
        super().__init__()
        sizes = [D] + [H] * (n_layers - 1)
        self.emb = nn.Embedding(n_words, D)
        self.out = nn.Linear(H, n_words)
        self.ahead = nn.ModuleList(nn.LSTM(size, H, batch_first=True) for size in sizes)
        self.back = nn.ModuleList(nn.LSTM(size, H, batch_first=True) for size in sizes)

    def forward(self, x):
        ahead = back = self.emb(x)
        layers = [(ahead, back)]
        for f, b in zip(self.ahead, self.back):
            ahead = f(ahead)[0]
            back = b(back.flip(1))[0].flip(1)
            layers.append((ahead, back))
        return layers  # layer 0 is the embedding; every state is (B, T, H)


def both_ways(ahead, back, x):  # logits (B, T, V), words (B, T)
    next_word = F.cross_entropy(ahead[:, :-1].flatten(0, 1), x[:, 1:].flatten())
    word_before = F.cross_entropy(back[:, 1:].flatten(0, 1), x[:, :-1].flatten())
    return (next_word + word_before) / 2


def lm_loss(model, x):
    return both_ways(*(model.out(h) for h in model(x)[-1]), x)


@torch.no_grad()
def perplexity(model, rows):
    losses = [lm_loss(model, torch.tensor([row])) for row in rows]
    return torch.stack(losses).mean().exp().item()


# Has it seen the answer?


def numbering(texts):
    units = sorted({unit for text in texts for unit in text})
    return {unit: i for i, unit in enumerate(["<unk>", "<s>", "</s>", *units])}


def encode(text, number):
    return [1, *(number.get(unit, 0) for unit in text), 2]


def batches_of_one_length(rows, size, draw):
    groups: dict[int, list] = {}
    for row in draw.sample(rows, len(rows)):
        groups.setdefault(len(row), []).append(row)
    parts = [g[i : i + size] for g in groups.values() for i in range(0, len(g), size)]
    return [torch.tensor(part) for part in draw.sample(parts, len(parts))]


def train_lm(model, rows, epochs, lr, seed=0, size=16):
    draw = random.Random(seed)
    epochs_of_batches = [batches_of_one_length(rows, size, draw) for _ in range(epochs)]
    batches = [x for epoch in epochs_of_batches for x in epoch]
    optimizer = torch.optim.Adam(model.parameters(), lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, len(batches))
    for x in batches:
        loss = lm_loss(model, x.to(model.out.weight.device))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return model.cpu().eval()


def train_bilm(texts, number, seed, device):
    torch.manual_seed(seed)
    model = BiLM(len(number), 128, 128, 2).to(device)
    rows = [encode(text, number) for text in texts]
    return train_lm(model, rows, epochs=3, lr=5e-3, seed=seed)


class Trap(nn.Module):
    def __init__(self, n_words, H):
        super().__init__()
        self.emb = nn.Embedding(n_words, H)
        self.out = nn.Linear(H, n_words)
        self.lstm = nn.LSTM(H, H, 2, batch_first=True, bidirectional=True)

    def forward(self, x):
        return [self.lstm(self.emb(x))[0].chunk(2, dim=2)]


# ELMo: a mixture of layers


def elmo(h, w, gamma):  # h (layers, tokens, 2H)
    return gamma * torch.tensordot(w.softmax(0), h, dims=1)  # the sum over j


class Tagger(nn.Module):
    def __init__(self, n_layers, size):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(n_layers))
        self.gamma = nn.Parameter(torch.ones(()))
        self.linear = nn.Linear(size, len(TAGS))

    def forward(self, h):
        return self.linear(elmo(h, self.w, self.gamma))


def train_tagger(h, y, seed=0):
    torch.manual_seed(seed)
    tagger = Tagger(len(h), h.shape[2])
    optimizer = torch.optim.AdamW(tagger.parameters(), lr=0.01)
    for _ in range(200):
        loss = F.cross_entropy(tagger(h), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return tagger


@torch.no_grad()
def features(requests, vectors, model, number):
    return torch.cat([vectors(model, number, tokens) for tokens, _ in requests], dim=1)


def layers_of(model, number, tokens):
    return torch.cat([torch.cat(pair, 2) for pair in model(row_of(tokens, number))])


def row_of(tokens, number):
    return torch.tensor([encode(tokens, number)])


def word_states(model, number, tokens):
    return layers_of(model, number, tokens)[:, 1:-1]


def neighbours(model, number, tokens):
    h = model.emb(row_of(tokens, number))
    return torch.cat([h[:, :-2], h[:, 1:-1], h[:, 2:]], dim=2)


def context_only(model, number, tokens):
    ahead, back = layers_of(model, number, tokens)[-1].chunk(2, dim=1)
    return torch.cat([ahead[:-2], back[2:]], dim=1)[None]


# Akbik: characters, read at the word's edge


def spans(tokens):
    start = 0
    found = []
    for token in tokens:
        found.append((start, start + len(token)))
        start += len(token) + 1  # the blank
    return found


def at_edges(ahead, back, spans):  # states (T, H) each
    starts, ends = zip(*spans)
    return torch.cat([ahead[[end - 1 for end in ends]], back[list(starts)]], dim=1)


def train_char_lm(texts, letter, seed, device):
    torch.manual_seed(seed)
    model = BiLM(len(letter), 32, 128, 1).to(device)
    rows = [encode(" ".join(text), letter) for text in texts[:2_000]]
    return train_lm(model, rows, epochs=4, lr=1e-2, seed=seed, size=8)


def character_states(model, number, tokens):  # (3 places, tokens, 2H)
    ahead, back = (h[0] for h in model(row_of(" ".join(tokens), number))[-1])
    edges = spans(tokens)
    akbik = at_edges(ahead[1:], back[1:], edges)  # character i stands at i + 1
    blank_read = at_edges(ahead[2:], back, edges)
    starts, ends = zip(*edges)
    far_side = torch.cat([ahead[list(starts)], back[[end + 1 for end in ends]]], dim=1)
    return torch.stack([akbik, blank_read, far_side])
