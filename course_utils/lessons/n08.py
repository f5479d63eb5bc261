"""What notebook 08 defines and others import: its cells tagged `export`.

Made from notebooks/08_sequence_to_sequence.ipynb by `python -m tools.export`: edit the notebook.
"""

import re
from datetime import datetime, timedelta
from functools import partial
from itertools import product

import pandas as pd
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from course_utils import LengthBuckets, PaddedLSTM, fit, pad_batch

# A date has a thousand faces

ONES = (
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn "
    "vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn"
).split()
TENS = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()


def number(n):
    if n < 20:
        return ONES[n]
    ten, one = divmod(n, 10)
    if one == 0:
        return TENS[ten - 2]
    return ("ein" if one == 1 else ONES[one]) + "und" + TENS[ten - 2]


def ordinal(n):
    irregular = {1: "erst", 3: "dritt", 7: "siebt", 8: "acht"}
    return irregular.get(n, number(n) + ("t" if n < 20 else "st"))


def clock(t):
    hour = number((t.hour - 1) % 12 + 1)
    coming = number(t.hour % 12 + 1)
    return {
        0: f"Punkt {hour}",
        5: f"fünf nach {hour}",
        10: f"zehn nach {hour}",
        15: f"Viertel nach {hour}",
        20: f"zwanzig nach {hour}",
        25: f"fünf vor halb {coming}",
        30: f"halb {coming}",
        35: f"fünf nach halb {coming}",
        40: f"zwanzig vor {coming}",
        45: f"Viertel vor {coming}",
        50: f"zehn vor {coming}",
        55: f"fünf vor {coming}",
    }[t.minute]


PARTS_OF_DAY = {
    22: "nachts",
    18: "abends",
    14: "nachmittags",
    12: "mittags",
    10: "vormittags",
    5: "morgens",
    0: "nachts",
}


def part_of_day(t):
    return next(name for start, name in PARTS_OF_DAY.items() if t.hour >= start)


MONTHS = (
    "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
).split()
SHORT = dict(zip((1, 2, 4, 8, 9, 10, 11, 12), "Jan. Febr. Apr. Aug. Sept. Okt. Nov. Dez.".split()))
CENTURY = {19: "neunzehnhundert", 20: "zweitausend"}


def year_in_words(t):
    return CENTURY[t.year // 100] + (number(t.year % 100) if t.year % 100 else "")


DAY = {
    "3.": lambda t: f"{t.day}.",
    "03.": lambda t: f"{t:%d}.",
    "dritten": lambda t: ordinal(t.day),
}
MONTH = {
    "Januar": lambda t: MONTHS[t.month - 1],
    "Jan.": lambda t: SHORT[t.month],
    "Jänner": lambda t: "Jänner",
    "1.": lambda t: f"{t.month}.",
    "01.": lambda t: f"{t:%m}.",
}
YEAR = {
    "2019": lambda t: f"{t.year}",
    "19": lambda t: f"{t:%y}",
    "zweitausendneunzehn": year_in_words,
}


def time_in_words(t):
    hour = "ein" if t.hour == 1 else number(t.hour)
    return f"{hour} Uhr {number(t.minute) if t.minute else ''}".strip()


def quarter(t):
    return {15: "viertel ", 45: "drei viertel "}[t.minute] + number(t.hour % 12 + 1)


TIME = {
    "8.15 Uhr": lambda t: f"{t.hour}.{t:%M} Uhr",
    "08.15 Uhr": lambda t: f"{t:%H.%M} Uhr",
    "8:15 Uhr": lambda t: f"{t.hour}:{t:%M} Uhr",
    "08:15 Uhr": lambda t: f"{t:%H:%M} Uhr",
    "8:15": lambda t: f"{t.hour}:{t:%M}",
    "08:15": lambda t: f"{t:%H:%M}",
    "8 Uhr 15": lambda t: f"{t.hour} Uhr {t.minute or ''}".strip(),
    "acht Uhr fünfzehn": time_in_words,
    "Viertel nach acht": clock,
    "Viertel nach acht morgens": lambda t: f"{clock(t)} {part_of_day(t)}",
    "viertel neun": quarter,
}


ORDER = {
    "{date}, {time}": "er",
    "am {date} um {time}": "en",
    "{time} am {date}": "en",
    "um {time} am {date}": "en",
    "{time}, {date}": "er",
    "{weekday}, {date}, {time}": "er",
    "{weekday}, der {date}, {time}": "e",
    "am {weekday}, dem {date} um {time}": "en",
    "um {time} am {weekday}, dem {date}": "en",
}


def in_use(spelling):
    day, month, year, time, order = spelling
    figures = day != "dritten" and year != "zweitausendneunzehn"
    return month in ("Januar", "Jan.", "Jänner") or figures


SPELLINGS = [s for s in product(DAY, MONTH, YEAR, TIME, ORDER) if in_use(s)]


WEEKDAYS = "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag".split()


def spell(t, spelling):
    day, month, year, time, order = spelling
    day_and_ending = DAY[day](t) + (ORDER[order] if day == "dritten" else "")
    between = "" if month in ("1.", "01.") else " "
    date = between.join([day_and_ending, MONTH[month](t), YEAR[year](t)])
    return order.format(date=date, time=TIME[time](t), weekday=WEEKDAYS[t.weekday()])


def fits(t, spelling):
    day, month, year, time, order = spelling
    clashes = [
        day == "03." and t.day > 9,
        month == "01." and t.month > 9,
        time.startswith("08") and t.hour > 9,
        month == "Jänner" and t.month > 1,
        month == "Jan." and t.month not in SHORT,
        time in ("Viertel nach acht", "viertel neun") and not 1 <= t.hour <= 12,
    ]
    return not any(clashes)


HOURS = 36_525 * 24


def minutes_of(time):
    if time.startswith("Viertel"):
        return range(0, 60, 5)
    if time == "viertel neun":
        return (15, 45)
    return range(60)


def draw(spelling, rng):
    minutes = minutes_of(spelling[3])
    while True:
        later = timedelta(hours=rng.randrange(HOURS), minutes=rng.choice(minutes))
        t = datetime(1969, 1, 1) + later
        if fits(t, spelling):
            return t


# What may the test not have seen?


def examples(spellings, n, rng):
    """n moments for each spelling: rows of text, ISO form, spelling."""
    rows = []
    for spelling in spellings:
        for _ in range(n):
            t = draw(spelling, rng)
            rows.append((spell(t, spelling), f"{t:%Y-%m-%dT%H:%M}", spelling))
    return pd.DataFrame(rows, columns=["text", "iso", "spelling"])


# Pieces in, characters out

JOINTS = sorted([*ONES, *TENS, "ein", "und", "hundert", "tausend"], key=len, reverse=True)
PIECE = re.compile(rf"\d|{'|'.join(JOINTS)}|\w+|[^\w\s]")
OUT = "0123456789-T:"
START = len(OUT)  # what the decoder reads before it has written anything


def pieces(text):
    return PIECE.findall(text)


def encode(texts, vocabulary, device="cpu"):
    x, lengths = pad_batch([vocabulary.encode(pieces(text)) for text in texts])
    return x.to(device), lengths.to(device)


def collate(rows, vocabulary):
    texts, isos = zip(*rows)
    x, lengths = encode(texts, vocabulary)
    y = torch.tensor([[OUT.index(sign) for sign in iso] for iso in isos])
    return x, lengths, y, y  # y goes in, one step late, and y should come out


# Encoder, decoder


class EncoderDecoder(nn.Module):
    def __init__(self, vocabulary, size=128):
        super().__init__()
        self.vocabulary = vocabulary
        self.pieces = nn.Embedding(len(vocabulary), 32, padding_idx=0)
        self.encoder = PaddedLSTM(32, size // 2, bidirectional=True)
        self.start = nn.Linear(size, size)
        self.signs = nn.Embedding(len(OUT) + 1, 32)
        self.decoder = nn.GRUCell(32 + size, size)
        self.output = nn.Linear(2 * size, len(OUT))

    def read(self, x, lengths):
        h, h_n = self.encoder(self.pieces(x), lengths)
        c = torch.cat([h_n[0], h_n[1]], dim=1)
        return self.memory(h, c, lengths), torch.tanh(self.start(c))

    def memory(self, h, c, lengths):
        return (c,)

    def look(self, s, memory):
        return memory[0], None

    def step(self, y, s, memory):
        c, alpha = self.look(s, memory)
        s = self.decoder(torch.cat([self.signs(y), c], dim=1), s)
        return self.output(torch.cat([s, c], dim=1)), s, alpha

    def forward(self, x, lengths, y):
        memory, s = self.read(x, lengths)
        logits = []
        for y_before in F.pad(y[:, :-1], (1, 0), value=START).unbind(1):
            z, s, _ = self.step(y_before, s, memory)
            logits.append(z)
        return torch.stack(logits, dim=2)  # (B, K, 16): cross-entropy wants classes second


def trained(model, train, epochs, seed=0):
    lengths = [len(pieces(text)) for text in train.text]
    loader: DataLoader = DataLoader(
        train[["text", "iso"]].to_numpy(),
        collate_fn=partial(collate, vocabulary=model.vocabulary),
        batch_sampler=LengthBuckets(lengths, tokens=1_200, seed=seed),
    )
    log = fit(model, loader, epochs=epochs, lr=0.008, seed=seed)
    return model.eval(), log.seconds.sum()


@torch.no_grad()
def greedy(model, texts, n=16):
    device = next(model.parameters()).device
    memory, s = model.read(*encode(texts, model.vocabulary, device))
    y = torch.full((len(texts),), START, device=device)
    written = []
    alphas = []
    for _ in range(n):
        z, s, alpha = model.step(y, s, memory)
        y = z.argmax(1)
        written.append(y)
        alphas.append(alpha)
    return ["".join(OUT[i] for i in row) for row in torch.stack(written, 1)], alphas


# Attention


def attention(s, h, Uh, real, W, v):
    e = torch.tanh((s @ W.T)[:, None] + Uh) @ v  # (B, T)
    alpha = e.masked_fill(~real, -torch.inf).softmax(dim=1)
    return (alpha[:, None] @ h)[:, 0], alpha  # c_i (B, H), α_i (B, T)


def real_positions(h, lengths):
    return torch.arange(h.size(1), device=h.device) < lengths[:, None]


def attention_in_loops(s, h, lengths, W, U, v):
    c = []
    weights = []
    for s_b, h_b, T in zip(s, h, lengths.tolist()):
        e = torch.stack([v @ torch.tanh(W @ s_b + U @ h_b[j]) for j in range(T)])
        alpha = e.exp() / e.exp().sum()
        c.append(sum(alpha[j] * h_b[j] for j in range(T)))
        weights.append(F.pad(alpha, (0, h.size(1) - T)))
    return torch.stack(c), torch.stack(weights)


class WithAttention(EncoderDecoder):
    def __init__(self, vocabulary, size=128, scores=64):
        super().__init__(vocabulary, size)
        self.W = nn.Linear(size, scores, bias=False)
        self.U = nn.Linear(size, scores, bias=False)
        self.v = nn.Parameter(torch.randn(scores) / scores**0.5)

    def memory(self, h, c, lengths):
        return h, self.U(h), real_positions(h, lengths)

    def look(self, s, memory):
        h, Uh, real = memory
        return attention(s, h, Uh, real, self.W.weight, self.v)
