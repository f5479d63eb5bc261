"""Origin or destination: notebook 09's vectors with few and many tagged requests, measured.
Beside them stands a bidirectional LSTM that is trained on the tagged requests alone.

    python -m benchmarks.tagging [SEED …]       # without an argument the seeds 0, 1, 2

writes results/tagging.csv, a row a seed, kind of vector, number of tagged requests and test.
"""

import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.machine import DEVICE, device_name
from benchmarks.tables import keep
from course_utils.lessons import n09

TAGGED = (10, 30, 100, 400)
PLACES = ("characters", "characters, blank read", "characters, far side")
UNLABELLED = 4_000
TESTED = 300

Request = tuple[list[str], list[str]]  # tokens, tags
Requests = list[Request]


class Scratch(nn.Module):
    """A bidirectional LSTM tagger without a language model: one layer of 64 units a direction."""

    def __init__(self, n_words: int, n_tags: int):
        super().__init__()
        self.emb = nn.Embedding(n_words, 64)
        self.lstm = nn.LSTM(64, 64, batch_first=True, bidirectional=True)
        self.linear = nn.Linear(128, n_tags)

    def forward(self, x: Tensor) -> Tensor:
        """`x` (B, T) -> (B, T, n_tags)."""
        return self.linear(self.lstm(self.emb(x))[0])


def train_scratch(
    rows: list[tuple[list[int], list[int]]], n_words: int, n_tags: int, seed: int, steps: int = 600
) -> Scratch:
    """Train on (words, tags), at most 16 requests of one length in a batch, for `steps` steps."""
    torch.manual_seed(seed)
    draw = random.Random(seed)
    groups: dict[int, list] = defaultdict(list)
    for row in rows:
        groups[len(row[0])].append(row)
    lengths = list(groups)
    model = Scratch(n_words, n_tags).to(DEVICE)
    optimizer = torch.optim.Adam(model.parameters(), 5e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=steps)
    for _ in range(steps):
        group = groups[draw.choices(lengths, [len(groups[n]) for n in lengths])[0]]
        words, tags = zip(*draw.sample(group, min(16, len(group))), strict=True)
        x = torch.tensor(words, device=DEVICE)
        y = torch.tensor(tags, device=DEVICE)
        loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return model


def cities_by_role(held_out: bool) -> dict[str, list[str]]:
    """Each role's cities: two thirds of them, or the third in which the role is never trained."""
    return {
        role: [city for i, city in enumerate(n09.CITIES) if (i % 3 == k) == held_out]
        for k, role in enumerate(n09.ROLES)
    }


@dataclass
class Data:
    """Tagged requests to learn from, tests by name, and untagged texts for the language models."""

    train: Requests
    tests: dict[str, Requests]
    texts: list[list[str]]

    @classmethod
    def draw(cls, seed: int, n_tagged: int, n_unlabelled: int, n_test: int) -> "Data":
        """The language models, too, read only requests that keep to the split of the roles."""
        start = 100 * seed
        known = cities_by_role(held_out=False)
        new = cities_by_role(held_out=True)
        anywhere = {role: n09.CITIES for role in n09.ROLES}
        unseen = {role: n09.NEW_CITIES for role in n09.ROLES}
        tests = {
            "any role": n09.requests(n_test, n09.FRAMES, anywhere, start + 3),
            "new role": n09.requests(n_test, n09.FRAMES, new, start + 4),
            "new role, new frame": n09.requests(n_test, n09.NEW_FRAMES, new, start + 5),
            "new city": n09.requests(n_test, n09.FRAMES, unseen, start + 9),
        }
        tests["typo, new role"] = n09.with_typos(tests["new role"], start + 10)
        train = n09.requests(n_tagged, n09.FRAMES, known, start + 2)
        untagged = n09.requests(n_unlabelled, n09.FRAMES, known, start + 6)
        return cls(train, tests, [tokens for tokens, _ in untagged])


Vectors = Callable[[list[str]], Tensor]  # tokens of a request -> (kinds, tokens, size)


def vectors_of(data: Data, seed: int) -> dict[str, Callable[[list[str]], Tensor]]:
    """Functions from a request's tokens to its vectors, from language models of `seed`."""
    number = n09.numbering(data.texts)
    letter = n09.numbering(" ".join(tokens) for tokens in data.texts)
    bilm = n09.train_bilm(data.texts, number, seed, DEVICE)
    char_lm = n09.train_char_lm(data.texts, letter, seed, DEVICE)
    return {
        "layers": lambda tokens: n09.word_states(bilm, number, tokens),
        "places": lambda tokens: n09.character_states(char_lm, letter, tokens),
        "neighbours": lambda tokens: n09.neighbours(bilm, number, tokens),
        "context only": lambda tokens: n09.context_only(bilm, number, tokens),
    }


def kinds_of(layers: int) -> dict[str, tuple[str, list[int]]]:
    """Names of the table: which vectors, and which of their first dimension."""
    kinds = {"static": ("layers", [0])}
    kinds |= {f"layer {k}": ("layers", [k]) for k in range(1, layers)}
    kinds["ELMo"] = ("layers", list(range(layers)))
    kinds |= {name: ("places", [k]) for k, name in enumerate(PLACES)}
    return kinds


def judged(data: Data, seed: int, tagged: tuple[int, ...]) -> list[dict]:
    """F1 of a tagger on each kind of vector, for each number of tagged requests and each test."""
    parts = {"train": data.train, **data.tests}
    states = {
        name: {part: features(some, vectors) for part, some in parts.items()}
        for name, vectors in vectors_of(data, seed).items()
    }
    kinds: dict[str, tuple[str, list[int] | slice]] = {**kinds_of(len(states["layers"]["train"]))}
    kinds |= {name: (name, slice(None)) for name in ("neighbours", "context only")}
    rows = []
    for name, (source, chosen) in kinds.items():
        h = {part: some[chosen] for part, some in states[source].items()}
        for n in tagged:
            y = n09.flat(data.train[:n])
            tagger = n09.train_tagger(h["train"][:, : len(y)], y, seed)
            for test, requests in data.tests.items():
                with torch.no_grad():
                    guesses = tagger(h[test]).argmax(1)
                rows.append(row(seed, name, n, test, n09.score(requests, guesses)))
    return rows


def features(requests: Requests, vectors: Vectors) -> Tensor:
    """The vectors of all requests, one after the other: (kinds, all tokens, size)."""
    with torch.no_grad():
        return torch.cat([vectors(tokens) for tokens, _ in requests], dim=1)


def row(seed: int, name: str, n: int, test: str, f1: float) -> dict:
    return {"seed": seed, "vectors": name, "tagged requests": n, "test": test, "F1": round(f1, 4)}


def from_scratch(data: Data, seed: int, tagged: tuple[int, ...]) -> list[dict]:
    """The same for a tagger that knows nothing but the tagged requests."""
    rows = []
    for n in tagged:
        words = n09.numbering([tokens for tokens, _ in data.train[:n]])
        pairs = [
            (n09.encode(tokens, words), [0, *map(n09.TAGS.index, tags), 0])
            for tokens, tags in data.train[:n]
        ]
        model = train_scratch(pairs, len(words), len(n09.TAGS), seed)
        for test, requests in data.tests.items():
            guesses = torch.cat([tags_of(model, n09.encode(t, words)) for t, _ in requests])
            rows.append(row(seed, "from scratch", n, test, n09.score(requests, guesses)))
    return rows


@torch.no_grad()
def tags_of(model: Scratch, words: list[int]) -> Tensor:
    """The likeliest tag of each word but the two at the edges."""
    return model(torch.tensor([words], device=DEVICE))[0, 1:-1].argmax(1).cpu()


def measure(
    seed: int,
    tagged: tuple[int, ...] = TAGGED,
    n_unlabelled: int = UNLABELLED,
    n_test: int = TESTED,
) -> pd.DataFrame:
    """All vectors on all tests, for every number of tagged requests."""
    start = time.perf_counter()
    data = Data.draw(seed, max(tagged), n_unlabelled, n_test)
    rows = judged(data, seed, tagged) + from_scratch(data, seed, tagged)
    print(f"seed {seed}: {time.perf_counter() - start:.0f} s on {device_name()}", flush=True)
    return pd.DataFrame(rows).assign(device=device_name())


def tagger_of_states(
    seed: int, n_tagged: int = 400, n_unlabelled: int = UNLABELLED, n_test: int = TESTED
) -> dict:
    """The row of the ledger: a tagger on the states on either side of a word.

    It has not seen the test's cities in their roles. Returns the test's tags (words that are no
    city are 'O'), the tagger's guesses, seconds and parameters."""
    data = Data.draw(seed, n_tagged, n_unlabelled, n_test)
    test = data.tests["new role"]
    start = time.perf_counter()
    number = n09.numbering(data.texts)
    bilm = n09.train_bilm(data.texts, number, seed, DEVICE)

    def states(tokens: list[str]) -> Tensor:
        return n09.context_only(bilm, number, tokens)

    tagger = n09.train_tagger(features(data.train, states), n09.flat(data.train), seed)
    seconds = time.perf_counter() - start
    with torch.no_grad():
        guesses = tagger(features(test, states)).argmax(1)
    return {
        "truth": n09.flat(test).tolist(),
        "predicted": guesses.tolist(),
        "seconds": seconds,
        "parameters": sum(p.numel() for model in (bilm, tagger) for p in model.parameters()),
    }


def main(seeds: list[int]) -> None:
    for seed in seeds:
        keep(measure(seed), "tagging", ["seed", "vectors", "tagged requests", "test"])


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]] or [0, 1, 2])
