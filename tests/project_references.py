"""Two answers to each of the first projects: a reference that reaches the goal, and the usual way.
The references are one way of many; none of them is shown to learners."""

from collections import Counter as Counts

import numpy as np
import torch
from torch import nn

from course_utils.exercises.projects import silently

# --- 01: an Elman network that looks far back ----------------------------------------------------


class Elman(nn.Module):
    def __init__(self, D, H, K):
        super().__init__()
        self.rnn = nn.RNN(D, H, batch_first=True)
        self.output = nn.Linear(H, K)

    def forward(self, x):
        return self.output(self.rnn(x)[0][:, -1])


def trained(x, y, seed, *, far):
    torch.manual_seed(seed)
    network = Elman(x.shape[2], 64 if far else 32, 10)
    if far:  # the state begins as its own copy: nothing fades, nothing grows
        nn.init.eye_(network.rnn.weight_hh_l0)
        nn.init.normal_(network.rnn.weight_ih_l0, std=0.1)
        nn.init.zeros_(network.rnn.bias_ih_l0)
        nn.init.zeros_(network.rnn.bias_hh_l0)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.003 if far else 0.01)
    for _ in range(400 if far else 200):
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(x), y).backward()
        if far:
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
    return network


# --- 02: vectors from pieces of words ------------------------------------------------------------


def longest_ending(words, known):
    by_ending: dict[str, list] = {}
    for word, vector in known.items():
        for n in range(1, len(word) + 1):
            by_ending.setdefault(word[-n:], []).append(vector)
    means = {}
    made = []
    for word in words:
        ending = next((word[k:] for k in range(len(word)) if word[k:] in by_ending), "")
        if ending not in means:
            means[ending] = np.mean(by_ending.get(ending, list(known.values())[:1]), axis=0)
        made.append(means[ending])
    return np.stack(made)


def pieces_of(word):
    """All n-grams of 3 to 6 letters, with marks at both ends, as numbers of a hashed table."""
    marked = f"<{word}>"
    found = {marked[i : i + n] for n in range(3, 7) for i in range(len(marked) - n + 1)}
    return [sum(ord(c) * 31**k for k, c in enumerate(piece)) % 60_000 for piece in sorted(found)]


def bags(words):
    rows = [pieces_of(word) for word in words]
    offsets = torch.tensor([0, *[len(row) for row in rows[:-1]]]).cumsum(0)
    return torch.tensor([i for row in rows for i in row]), offsets


def from_pieces(words, known):
    """fastText's idea: a word is the mean of its pieces; they learn from the known vectors."""
    torch.manual_seed(0)
    listed = list(known)
    goals = torch.tensor(np.stack([known[word] for word in listed]))
    table = nn.EmbeddingBag(60_000, goals.shape[1], mode="mean", sparse=True)
    nn.init.zeros_(table.weight)
    optimizer = torch.optim.SparseAdam(table.parameters(), lr=0.02)
    for _ in range(5):
        for part in torch.randperm(len(listed)).split(1024):
            made = table(*bags([listed[i] for i in part.tolist()]))
            loss = ((made - goals[part]) ** 2).sum(1).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        return table(*bags(words)).numpy()


# --- 03: an LSTM that counts ---------------------------------------------------------------------


class Counter(nn.Module):
    """One cell: in at every step, nothing forgotten, +1 for an a and -1 for a b."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, 1, batch_first=True)
        with torch.no_grad():
            for p in self.lstm.parameters():
                p.zero_()
            self.lstm.bias_ih_l0 += torch.tensor([20.0, 20.0, 0.0, 20.0])  # i, f, g, o
            self.lstm.weight_ih_l0[2] = torch.tensor([20.0, -20.0])

    def forward(self, x):
        _, (h_n, _) = self.lstm(x)
        return 0.5 - h_n.abs()


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, 8, batch_first=True)
        self.out = nn.Linear(8, 1)

    def forward(self, x):
        return self.out(self.lstm(x)[0][:, -1])


def plainly_trained():
    """Trained on strings of 20 letters, a third of them balanced."""
    torch.manual_seed(0)
    network = Plain()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(300):
        n = torch.randint(8, 13, (64, 1))
        letters = (torch.rand(64, 20).argsort(1) < n).long()
        x = nn.functional.one_hot(1 - letters, 2).float()
        y = (letters.sum(1, keepdim=True) == 10).float()
        optimizer.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(network(x), y).backward()
        optimizer.step()
    return network


# --- 04: a sampler -------------------------------------------------------------------------------


def filled(order, lengths, tokens, most=1000):
    batches: list[list[int]] = [[]]
    for i in order:
        longest = max([lengths[i], *[lengths[j] for j in batches[-1]]])
        if batches[-1] and ((len(batches[-1]) + 1) * longest > tokens or len(batches[-1]) == most):
            batches.append([])
        batches[-1].append(i)
    return batches


def pools_of_256(lengths, tokens, seed):
    g = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(lengths), generator=g).tolist()
    pools = [sorted(order[k : k + 256], key=lengths.__getitem__) for k in range(0, len(order), 256)]
    return [batch for pool in pools for batch in filled(pool, lengths, tokens)]


def blurred(lengths, tokens, seed):
    """Sorted by lengths that are off by up to 38 words: neighbours are like, but others each time.

    Most pairs stand in the batches of short documents, so no batch has more than 26."""
    g = torch.Generator().manual_seed(seed)
    blur = 38 * (2 * torch.rand(len(lengths), generator=g) - 1)
    order = sorted(range(len(lengths)), key=lambda i: lengths[i] + float(blur[i]))
    return filled(order, lengths, tokens, most=26)


# --- 00 and 05: desks ----------------------------------------------------------------------------


def desk_by_rare_words():
    """The mean vector of a text, rare words counting more, and a linear layer."""
    from sklearn.linear_model import LogisticRegression

    from course_utils import load_gnad, load_vectors, tokenize

    train, _ = silently(load_gnad)
    vectors = silently(load_vectors)
    found = Counts(word for text in train.text for word in set(tokenize(text)))

    def mean(text):
        words = [word for word in tokenize(text) if word in vectors]
        weights = np.log(len(train) / np.array([found.get(word, 1) for word in words]))
        total = (vectors[words] * weights[:, None]).sum(axis=0)
        return total / np.linalg.norm(total)

    model = LogisticRegression(C=10, max_iter=300, class_weight="balanced")
    model.fit(np.stack([mean(text) for text in train.text]), train.category)
    return lambda text: str(model.predict([mean(text)])[0])


def desk_by_the_notebook():
    """The reader that notebook 00 trains, in short."""
    from course_utils import load_gnad, load_vectors, tokenize

    train, _ = silently(load_gnad)
    vectors = silently(load_vectors)
    desks = sorted(set(train.category))
    scale = vectors.vectors.std()

    def as_numbers(text):
        words = [word for word in tokenize(text) if word in vectors][:60]
        return torch.tensor(np.stack([vectors[word] for word in words]) / scale)

    train = train.sample(min(2_000, len(train)), random_state=0)
    read = [(as_numbers(text), desk) for text, desk in zip(train.text, train.category, strict=True)]
    read = [(x, desks.index(desk)) for x, desk in read if len(x) == 60]
    x = torch.stack([one for one, _ in read])
    y = torch.tensor([desk for _, desk in read])
    torch.manual_seed(0)
    reader = nn.ModuleList([nn.LSTM(200, 64, batch_first=True), nn.Linear(64, len(desks))])
    optimizer = torch.optim.AdamW(reader.parameters(), lr=0.003)
    for _ in range(6):
        for batch in torch.randperm(len(x)).split(64):
            z = reader[1](reader[0](x[batch])[0])
            loss = nn.functional.cross_entropy(z.flatten(0, 1), y[batch].repeat_interleave(60))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    def desk_of(text):
        with torch.no_grad():
            return desks[int(reader[1](reader[0](as_numbers(text)[None])[0])[0, -1].argmax())]

    return desk_of


def answers_by_words_and_vectors():
    """Word counts and the mean vector, rare words counting more, together: 100 words suffice."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVC

    from course_utils import load_vectors, tokenize
    from course_utils.exercises.projects.n05 import WORDS, halves

    vectors = silently(load_vectors)
    fitting, _ = halves()
    read = [tokenize(text)[:WORDS] for text in fitting.text]
    holding = Counts(word for words in read for word in set(words))

    def mean(words):
        known = [word for word in words if word in vectors]
        weights = np.array([np.log((1 + len(read)) / (1 + holding[w])) + 1 for w in known]) ** 2
        return weights @ vectors[known] / weights.sum()

    texts = [" ".join(words) for words in read]
    svm = make_pipeline(
        TfidfVectorizer(sublinear_tf=True, lowercase=False), LinearSVC(random_state=0)
    ).fit(texts, fitting.category)
    linear = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=500))
    linear.fit([mean(words) for words in read], fitting.category)

    def desks_of(texts):
        by_words = svm.decision_function(texts)
        by_vectors = linear.decision_function([mean(tokenize(text)) for text in texts])
        both = by_words / by_words.std() + by_vectors / by_vectors.std()
        return svm.classes_[both.argmax(axis=1)].tolist()

    return desks_of


def answers_of_the_control():
    from course_utils.exercises.projects.n05 import control_answers

    return lambda texts: control_answers()


REFERENCES = {
    "start-desks": desk_by_rare_words,
    "elman-far": lambda: lambda x, y, seed: trained(x, y, seed, far=True),
    "vectors-unknown": lambda: from_pieces,
    "lstm-counts": lambda: Counter,
    "padding-repair": lambda: blurred,
    "training-control": answers_by_words_and_vectors,
}
USUAL = {
    "start-desks": desk_by_the_notebook,
    "elman-far": lambda: lambda x, y, seed: trained(x, y, seed, far=False),
    "vectors-unknown": lambda: longest_ending,
    "lstm-counts": lambda: plainly_trained,
    "padding-repair": lambda: pools_of_256,
    "training-control": answers_of_the_control,
}
