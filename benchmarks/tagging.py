"""Origin or destination: notebook 09's vectors with few and many tagged requests, measured.
Each comparison with its control: tags that withhold a role of each city, and tags that don't.

    python -m benchmarks.tagging                               # three seeds, everything
    python -m benchmarks.tagging 1 --vectors "from scratch"    # some of it

writes results/tagging.csv: a row a seed, roles that the tags showed, kind of tagger and of vectors,
number of tagged requests and test. The language models have read every city in every role.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.machine import DEVICE, device_name
from benchmarks.tables import keep
from course_utils import PaddedLSTM, journeys
from course_utils.journeys import FRAMES, NEW_CITIES, NEW_FRAMES, Request, any_role, withheld
from course_utils.lessons import n09

TAGGED = (10, 30, 100, 400)
SCRATCH = "from scratch"
FEW = ("static", "neighbours", "layer 2", "characters, far side")  # also with fewer tagged requests
BY_LSTM = ("ELMo", "characters")  # also under a bidirectional LSTM
PLACES = ("characters", "characters, blank read", "characters, far side")
UNLABELLED = 4_000
TESTED = 300
EVERY = "every role"
WITHHELD = "one withheld"  # a role of each city
KEYS = ["seed", "tags", "tagger", "vectors", "tagged requests", "test"]

Requests = list[Request]
Vectors = dict[str, Tensor]  # by part: (kinds, all tokens, size)


def untagged(n: int, cities: dict[str, list[str]], seed: int) -> list[list[str]]:
    return [tokens for tokens, _ in journeys.requests(n, FRAMES, cities, seed)]


@dataclass
class Data:
    """Tagged requests to learn from, tests by name, and untagged texts for the language models."""

    train: dict[str, Requests]  # with every role, and with a role of each city withheld
    tests: dict[str, Requests]
    texts: list[list[str]]

    @classmethod
    def draw(cls, seed: int, n_tagged: int, n_unlabelled: int, n_test: int) -> "Data":
        start = 100 * seed
        shown = {EVERY: any_role(), WITHHELD: withheld(shown=True)}
        hidden = withheld(shown=False)
        tests = {
            "any role": journeys.requests(n_test, FRAMES, any_role(), start + 3),
            "new frame": journeys.requests(n_test, NEW_FRAMES, any_role(), start + 11),
            "new city": journeys.requests(n_test, FRAMES, any_role(NEW_CITIES), start + 9),
            "withheld role": journeys.requests(n_test, FRAMES, hidden, start + 4),
            "withheld role, new frame": journeys.requests(n_test, NEW_FRAMES, hidden, start + 5),
        }
        tests["typo"] = journeys.with_typos(tests["any role"], start + 10)
        train = {k: journeys.requests(n_tagged, FRAMES, v, start + 2) for k, v in shown.items()}
        return cls(train, tests, untagged(n_unlabelled, any_role(), start + 6))

    def parts(self) -> dict[str, Requests]:
        return {**self.train, **self.tests}


# --- Vectors --------------------------------------------------------------------------------------


class Readers:
    """Two language models that have read the same texts, and the vectors that they give."""

    def __init__(self, texts: list[list[str]], seed: int):
        self.number = n09.numbering(texts)
        self.letter = n09.numbering(" ".join(tokens) for tokens in texts)
        self.bilm = n09.train_bilm(texts, self.number, seed, DEVICE)
        self.char_lm = n09.train_char_lm(texts, self.letter, seed, DEVICE)

    def vectors(self, parts: dict[str, Requests]) -> dict[str, Vectors]:
        """By name of the table: the vectors of all parts."""
        layers = self._of(parts, n09.word_states, self.bilm, self.number)
        places = self._of(parts, n09.character_states, self.char_lm, self.letter)
        found = {
            "static": _chosen(layers, [0]),
            "layer 1": _chosen(layers, [1]),
            "layer 2": _chosen(layers, [2]),
            "ELMo": layers,
        }
        found |= {name: _chosen(places, [k]) for k, name in enumerate(PLACES)}
        for name, make in (("neighbours", n09.neighbours), ("context only", n09.context_only)):
            found[name] = self._of(parts, make, self.bilm, self.number)
        return found

    def _of(self, parts: dict[str, Requests], make: Callable, model: nn.Module, number: dict):
        return {part: n09.features(some, make, model, number) for part, some in parts.items()}


def _chosen(vectors: Vectors, kinds: list[int]) -> Vectors:
    return {part: h[kinds] for part, h in vectors.items()}


# --- Taggers that read their neighbours -----------------------------------------------------------


class Reader(nn.Module):
    """A bidirectional LSTM of 64 units over the vectors of a request, as Akbik et al. (2018) and
    Peters et al. (2018) have one; the vectors are mixed as ELMo's layers are."""

    def __init__(self, n_kinds: int, size: int):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(n_kinds))
        self.gamma = nn.Parameter(torch.ones(()))
        self.lstm = PaddedLSTM(size, 64, bidirectional=True)
        self.linear = nn.Linear(128, len(n09.TAGS))

    def forward(self, h: Tensor, lengths: list[int]) -> Tensor:
        """`h` (kinds, all tokens, size), `lengths` of the requests -> (all tokens, tags)."""
        n = torch.tensor(lengths)
        real = torch.arange(max(lengths)) < n[:, None]
        x = h.new_zeros(*real.shape, h.size(2))
        x[real] = n09.elmo(h, self.w, self.gamma)
        output, _ = self.lstm(x, n)
        return self.linear(output[real])


def train_reader(h: Tensor, lengths: list[int], y: Tensor, seed: int, steps: int = 200) -> Reader:
    torch.manual_seed(seed)
    model = Reader(len(h), h.shape[2])
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    for _ in range(steps):
        loss = F.cross_entropy(model(h, lengths), y)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return model


class Scratch(nn.Module):
    """The rival without a language model: embeddings of its own under the same LSTM.

    In training a fifth of the words is unknown, so that it learns what to make of new names."""

    def __init__(self, n_words: int):
        super().__init__()
        self.emb = nn.Embedding(n_words, 64)
        self.reader = Reader(1, 64)

    def forward(self, words: Tensor, lengths: list[int]) -> Tensor:
        if self.training:
            words = words.masked_fill(torch.rand(len(words)) < 0.2, 0)
        return self.reader(self.emb(words)[None], lengths)


def train_scratch(train: Requests, number: dict[str, int], seed: int, steps: int = 200) -> Scratch:
    torch.manual_seed(seed)
    model = Scratch(len(number))
    words = words_of(train, number)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    for _ in range(steps):
        loss = F.cross_entropy(model(words, lengths_of(train)), n09.flat(train))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return model.eval()


def lengths_of(requests: Requests) -> list[int]:
    return [len(tokens) for tokens, _ in requests]


def words_of(requests: Requests, number: dict[str, int]) -> Tensor:
    return torch.tensor([number.get(word, 0) for tokens, _ in requests for word in tokens])


# --- The table ------------------------------------------------------------------------------------


class Table:
    """Rows of one seed: F1 of a tagger on every test."""

    def __init__(self, seed: int, data: Data):
        self.seed = seed
        self.data = data
        self.rows: list[dict] = []

    def add(self, names: tuple[str, str, str], n: int, guess: Callable[[str], Tensor]) -> None:
        """`names`: of tags, tagger and vectors. `guess` maps a test to logits."""
        with torch.no_grad():
            for test, requests in self.data.tests.items():
                f1 = n09.score(requests, guess(test).argmax(1))
                found = (self.seed, *names, n, test, round(f1, 4))
                self.rows.append(dict(zip([*KEYS, "F1"], found, strict=True)))

    def linear(self, tags: str, name: str, vectors: Vectors, n: int) -> None:
        y = n09.flat(self.data.train[tags][:n])
        tagger = n09.train_tagger(vectors[tags][:, : len(y)], y, self.seed)
        self.add((tags, "linear", name), n, lambda test: tagger(vectors[test]))

    def reader(self, tags: str, name: str, vectors: Vectors, n: int) -> None:
        train = self.data.train[tags][:n]
        y = n09.flat(train)
        h = vectors[tags][:, : len(y)]
        tagger = train_reader(h, lengths_of(train), y, self.seed)
        tests = self.data.tests
        self.add((tags, "BiLSTM", name), n, lambda t: tagger(vectors[t], lengths_of(tests[t])))

    def scratch(self, tags: str, n: int) -> None:
        train = self.data.train[tags][:n]
        number = n09.numbering([tokens for tokens, _ in train])
        tagger = train_scratch(train, number, self.seed)
        tests = self.data.tests
        self.add(
            (tags, "BiLSTM", SCRATCH),
            n,
            lambda t: tagger(words_of(tests[t], number), lengths_of(tests[t])),
        )


def measure(
    seed: int,
    tagged: tuple[int, ...] = TAGGED,
    n_unlabelled: int = UNLABELLED,
    n_test: int = TESTED,
    wanted: list[str] | None = None,
) -> pd.DataFrame:
    """All vectors, or those wanted, on all tests; with fewer tags than the most only what the
    notebook draws, with tags that show every role."""
    start = time.perf_counter()
    most = max(tagged)
    data = Data.draw(seed, most, n_unlabelled, n_test)
    table = Table(seed, data)
    kinds: dict[str, Vectors] = {}
    if wanted != [SCRATCH]:
        kinds = Readers(data.texts, seed).vectors(data.parts())
    for tags in (EVERY, WITHHELD):
        for name, vectors in kinds.items():
            if wanted and name not in wanted:
                continue
            for n in tagged if tags == EVERY and name in FEW else (most,):
                table.linear(tags, name, vectors, n)
            if name in BY_LSTM:
                table.reader(tags, name, vectors, most)
        if not wanted or SCRATCH in wanted:
            for n in tagged if tags == EVERY else (most,):
                table.scratch(tags, n)
    print(f"seed {seed}: {time.perf_counter() - start:.0f} s on {device_name()}", flush=True)
    return pd.DataFrame(table.rows).assign(device=device_name())


def tagger_of_states(
    seed: int, n_tagged: int = 400, n_unlabelled: int = UNLABELLED, n_test: int = TESTED
) -> dict:
    """The row of the ledger: a tagger on the states on either side of a word.

    Neither tagger nor language model has seen the test's cities in their roles. Returns the test's
    tags (words that are no city are 'O'), the tagger's guesses, seconds and parameters."""
    data = Data.draw(seed, n_tagged, n_unlabelled, n_test)
    train = data.train[WITHHELD]
    test = data.tests["withheld role"]
    start = time.perf_counter()
    texts = untagged(n_unlabelled, withheld(shown=True), 100 * seed + 6)
    number = n09.numbering(texts)
    bilm = n09.train_bilm(texts, number, seed, DEVICE)
    h = n09.features(train, n09.context_only, bilm, number)
    tagger = n09.train_tagger(h, n09.flat(train), seed)
    seconds = time.perf_counter() - start
    with torch.no_grad():
        guesses = tagger(n09.features(test, n09.context_only, bilm, number)).argmax(1)
    return {
        "truth": n09.flat(test).tolist(),
        "predicted": guesses.tolist(),
        "seconds": seconds,
        "parameters": sum(p.numel() for model in (bilm, tagger) for p in model.parameters()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("seeds", nargs="*", type=int, default=[0, 1, 2])
    parser.add_argument("--vectors", nargs="*", help="only these rows")
    args = parser.parse_args()
    for seed in args.seeds:
        keep(measure(seed, wanted=args.vectors), "tagging", KEYS)


if __name__ == "__main__":
    main()
