"""What notebook 09 defines and others import: its cells tagged `export`.

Made from notebooks/09_contextual_embeddings.ipynb by `python -m tools.export`: edit the notebook.
"""

import random
import re
from collections import Counter

import torch
from sklearn.metrics import f1_score
from torch import nn
from torch.nn import functional as F

# One word, three errands

CITIES = """
Berlin Wien Hamburg München Graz Köln Zürich Linz Frankfurt Prag Salzburg Stuttgart Basel
Innsbruck Leipzig Rom Klagenfurt Dresden Bern Villach Hannover Paris Bregenz Nürnberg
Mailand Passau Bremen Budapest Dortmund Venedig Ulm Kiel Warschau Augsburg Genf Rostock
Freiburg London Mainz Kassel Brüssel Erfurt Regensburg Mannheim Würzburg Triest Luzern
Münster
""".split()
ROLES = ["origin", "destination", "place"]
TAGS = ["O", *ROLES]


JOURNEYS = (
    """
Ich suche {ticket} von {origin} nach {destination}.
Ich suche {ticket} nach {destination}, ab {origin}.
Nach {destination} möchte ich, und zwar ab {origin}.
Nach {destination} möchte ich {when}, und zwar von {origin} aus.
Gibt es {when} {ticket} von {origin} nach {destination}?
Gibt es {when} {ticket} nach {destination}, am liebsten ab {origin}?
Wann kommt {ride} aus {origin} in {destination} an?
Wann fährt {ride} nach {destination} in {origin} ab?
Fährt {ride}, der {when} in {origin} abfährt, bis {destination} durch?
In {origin} will ich {when} einsteigen, in {destination} aussteigen.
Aussteigen möchte ich in {destination}, einsteigen in {origin}.
{destination} ist mein Ziel, {origin} mein Start.
{origin} ist mein Start, {destination} mein Ziel.
Was kostet {ride} von {origin} nach {destination}?
Was kostet {ride} nach {destination}, wenn ich in {origin} einsteige?
Ich will {when} in {origin} losfahren und in {destination} ankommen.
Ich will {when} in {destination} ankommen und in {origin} losfahren.
Wie komme ich nach {destination}, wenn ich {when} in {origin} losfahre?
""".strip()
    .replace("\n", " | ")
    .split(" | ")
)


ERRANDS = (
    """
Ist das Hotel in {place} am Bahnhof? | Gibt es in {place} am Bahnhof ein Hotel?
Wie wird {when} das Wetter in {place}? | Ich suche {when} ein Zimmer in {place}.
Ich suche ein Hotel im Zentrum von {place}. | Hat der Bahnhof von {place} einen Aufzug?
Welche Museen hat {place}? | Wie groß ist {place}? | Ist {place} im Winter schön?
In {place} brauche ich {when} ein Zimmer. | Muss ich in {place} umsteigen?
Fährt {ride} von {origin} nach {destination} über {place}?
Fährt {ride} nach {destination} über {place}?
Ich fahre {when} von {origin} nach {destination} und muss in {place} umsteigen.
Ich brauche {ticket} von {origin} nach {destination} und ein Hotel in {place}.
Nach {destination} fahre ich über {place}.
Ab {origin} fliege ich {when}, das Hotel ist in {place}.
Hält {ride} nach {destination} auch in {place}?
Hält {ride} aus {origin} auch in {place}? | Ich möchte {when} ab {origin} fliegen.
Wann fährt {ride} in {origin} ab? | In {origin} geht es {when} los.
Ich starte {when} in {origin}. | Ist {ride} aus {origin} pünktlich?
Ich möchte {when} nach {destination}. | Wann kommt {ride} in {destination} an?
In {destination} will ich {when} ankommen. | Ich brauche {ticket} nach {destination}.
""".strip()
    .replace("\n", " | ")
    .split(" | ")
)
FRAMES = [*JOURNEYS, *ERRANDS]


NEW_FRAMES = (
    """
Ich suche {when} ein Hotel in {place}.
Ich starte {when} in {origin} und möchte nach {destination}.
Nach {destination} möchte ich {when}, ab {origin}. | Gibt es {when} {ticket} ab {origin}?
Was kostet {ride} nach {destination} über {place}?
Hält {ride} von {origin} nach {destination} auch in {place}?
Muss ich in {place} umsteigen, wenn ich in {origin} einsteige?
Ich brauche {when} ein Zimmer in {place}.
Ich will {when} nach {destination} und muss in {place} umsteigen.
In {place} brauche ich {when} ein Hotel im Zentrum.
In {origin} geht es {when} los, in {destination} will ich ankommen.
Wie groß ist der Bahnhof von {place}?
""".strip()
    .replace("\n", " | ")
    .split(" | ")
)


FILL = {
    "when": [
        "heute",
        "morgen",
        "übermorgen",
        "am Freitag",
        "am Montag",
        "nächste Woche",
        "morgen früh",
        "heute Abend",
    ],
    "ticket": [
        "einen Flug",
        "einen Zug",
        "einen Nachtzug",
        "einen Bus",
        "eine Verbindung",
        "eine Fahrkarte",
        "ein Ticket",
    ],
    "ride": ["der Zug", "der Nachtzug", "der Schnellzug", "der Bus"],
}
WORD = re.compile(r"\{\w+\}|\w+|[^\w\s]")


def request(frame, cities, draw):
    tokens = []
    tags = []
    for piece in WORD.findall(frame):
        slot = piece[1:-1]
        if slot in ROLES:
            tokens.append(cities[slot])
            tags.append(slot)
        else:
            words = WORD.findall(draw.choice(FILL[slot])) if slot in FILL else [piece]
            tokens += words
            tags += ["O"] * len(words)
    return tokens, tags


def requests(n, frames, cities, seed):
    draw = random.Random(seed)
    found: list = []
    while len(found) < n:
        chosen = {role: draw.choice(cities[role]) for role in ROLES}
        if len(set(chosen.values())) == len(ROLES):
            found.append(request(draw.choice(frames), chosen, draw))
    return found


# A split that no memory can cheat


def roles_in(requests):
    pairs = [pair for tokens, tags in requests for pair in zip(tokens, tags)]
    return Counter((word, tag) for word, tag in pairs if tag != "O")


# The ceiling of every static vector


def by_word(requests):
    counts: dict[str, Counter] = {}
    for (city, role), n in roles_in(requests).items():
        counts.setdefault(city, Counter())[role] += n
    return counts


def flat(requests):
    return torch.tensor([TAGS.index(tag) for tokens, tags in requests for tag in tags])


def score(requests, guesses):
    return f1_score(flat(requests), guesses, labels=[1, 2, 3], average="micro")


def word_by_word(requests, role_of):
    words = [word for tokens, tags in requests for word in tokens]
    return torch.tensor([TAGS.index(role_of.get(word, "O")) for word in words])


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


def lm_loss(model, x):
    ahead, back = model(x)[-1]
    next_word = F.cross_entropy(model.out(ahead[:, :-1]).flatten(0, 1), x[:, 1:].flatten())
    word_before = F.cross_entropy(model.out(back[:, 1:]).flatten(0, 1), x[:, :-1].flatten())
    return (next_word + word_before) / 2


# The trap: a model that sees the answer


def batches_of_one_length(rows, size, draw):
    groups: dict[int, list] = {}
    for row in draw.sample(rows, len(rows)):
        groups.setdefault(len(row), []).append(row)
    batches = []
    for group in groups.values():
        for start in range(0, len(group), size):
            batches.append(torch.tensor(group[start : start + size]))
    return batches


def train_lm(model, rows, epochs, lr, seed=0, size=16):
    device = next(model.parameters()).device
    draw = random.Random(seed)
    batches = [batches_of_one_length(rows, size, draw) for _ in range(epochs)]
    steps = sum(map(len, batches))
    optimizer = torch.optim.Adam(model.parameters(), lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps)
    for epoch in batches:
        for x in draw.sample(epoch, len(epoch)):
            loss = lm_loss(model, x.to(device))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    return model


def numbering(texts):
    units = sorted({unit for text in texts for unit in text})
    return {unit: i for i, unit in enumerate(["<unk>", "<s>", "</s>", *units])}


def encode(text, number):
    return [1, *(number.get(unit, 0) for unit in text), 2]


def train_bilm(texts, number, seed, device):
    torch.manual_seed(seed)
    model = BiLM(len(number), 128, 128, 2).to(device)
    rows = [encode(text, number) for text in texts]
    return train_lm(model, rows, epochs=3, lr=5e-3, seed=seed)


# ELMo: a mixture of layers


def elmo(h, w, gamma):  # h (layers, tokens, 2H)
    s = w.softmax(0)
    return gamma * torch.tensordot(s, h, dims=1)  # the sum over j


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
def layers_of(model, number, tokens):
    x = torch.tensor([encode(tokens, number)], device=next(model.parameters()).device)
    return torch.stack([torch.cat(pair, dim=2)[0] for pair in model(x)]).cpu()


def features(requests, vectors, model, number):
    return torch.cat([vectors(model, number, tokens) for tokens, tags in requests], dim=1)


def word_states(model, number, tokens):
    return layers_of(model, number, tokens)[:, 1:-1]


@torch.no_grad()
def neighbours(model, number, tokens):
    x = torch.tensor([encode(tokens, number)], device=next(model.parameters()).device)
    h = model.emb(x).cpu()
    return torch.cat([h[:, :-2], h[:, 1:-1], h[:, 2:]], dim=2)


def context_only(model, number, tokens):
    ahead, back = layers_of(model, number, tokens)[2].chunk(2, dim=1)
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


def train_char_lm(texts, letter, seed, device, epochs=4):
    torch.manual_seed(seed)
    model = BiLM(len(letter), 32, 128, 1).to(device)
    rows = [encode(" ".join(text), letter) for text in texts[:2_000]]
    return train_lm(model, rows, epochs, lr=1e-2, seed=seed, size=8)


NEW_CITIES = """Kufstein Potsdam Lübeck Trier Bozen Jena Steyr Aachen Bamberg
Dornbirn Konstanz Görlitz Krems Chur Wels Leoben Lienz Speyer""".split()


def typo(city, draw):
    i = draw.choice([i for i in range(1, len(city) - 1) if city[i] != city[i + 1]])
    return city[:i] + city[i + 1] + city[i] + city[i + 2 :]


def with_typos(requests, seed):
    draw = random.Random(seed)
    changed = []
    for tokens, tags in requests:
        words = [typo(word, draw) if tag != "O" else word for word, tag in zip(tokens, tags)]
        changed.append((words, tags))
    return changed


@torch.no_grad()
def character_states(model, number, tokens):  # (3 places, tokens, 2H)
    text = " ".join(tokens)
    x = torch.tensor([encode(text, number)], device=next(model.parameters()).device)
    ahead, back = (states[0].cpu() for states in model(x)[-1])
    edges = spans(tokens)
    starts, ends = zip(*edges)
    akbik = at_edges(ahead[1:], back[1:], edges)  # character i stands at i + 1
    blank_read = at_edges(ahead[2:], back, edges)
    behind = [end + 1 for end in ends]
    far_side = torch.cat([ahead[list(starts)], back[behind]], dim=1)
    return torch.stack([akbik, blank_read, far_side])
