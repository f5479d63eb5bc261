"""Origin or destination, measured at length: notebook 08's vectors with few and many tagged requests, three seeds, beside a
bidirectional LSTM that is trained on the tagged requests alone. The definitions are taken out of the notebook itself.

`python -m benchmarks.tagging [SEED …]` writes results/tagging.csv (without an argument the seeds 0, 1, 2; a seed's old rows give way)."""

import random
import sys
import time
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.machine import DEVICE, device_name
from benchmarks.taken import take

RESULTS = Path(__file__).resolve().parent.parent / "results" / "tagging.csv"
TAGGED = (10, 30, 100, 400)
PLACES = ("characters", "characters, blank read", "characters, far side")


class Scratch(nn.Module):
    """A bidirectional LSTM tagger without a language model: embedding, one layer of 64 units a direction, a linear layer."""

    def __init__(self, n_words: int, n_tags: int):
        super().__init__()
        self.emb, self.linear = nn.Embedding(n_words, 64), nn.Linear(128, n_tags)
        self.lstm = nn.LSTM(64, 64, batch_first=True, bidirectional=True)

    def forward(self, x: Tensor) -> Tensor:
        """`x` (B, T) -> (B, T, n_tags)."""
        return self.linear(self.lstm(self.emb(x))[0])


def train_scratch(
    rows: list[tuple[list[int], list[int]]], n_words: int, n_tags: int, seed: int, steps: int = 600
) -> Scratch:
    """Train on (words, tags), 16 requests of one length at most in a batch, for `steps` steps."""
    torch.manual_seed(seed)
    draw, groups = random.Random(seed), {}
    for row in rows:
        groups.setdefault(len(row[0]), []).append(row)
    model = Scratch(n_words, n_tags).to(DEVICE)
    optimizer = torch.optim.Adam(model.parameters(), 5e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=steps)
    lengths = list(groups)
    for _ in range(steps):
        group = groups[draw.choices(lengths, [len(groups[n]) for n in lengths])[0]]
        x, y = (
            torch.tensor(part, device=DEVICE)
            for part in zip(*draw.sample(group, min(16, len(group))))
        )
        loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return model


def measure(
    seed: int, tagged: tuple[int, ...] = TAGGED, n_unlabelled: int = 4_000, n_test: int = 300
) -> pd.DataFrame:
    """All vectors on all tests, for every number of tagged requests. Language models, requests and taggers are those of `seed`;
    the language models too read only requests that keep to the split."""
    s, start = take("08"), time.perf_counter()
    cities, roles, draw = s["CITIES"], s["ROLES"], 100 * seed
    anywhere = {role: cities for role in roles}
    known = {
        role: [city for i, city in enumerate(cities) if i % 3 != k] for k, role in enumerate(roles)
    }
    new = {role: cities[k::3] for k, role in enumerate(roles)}
    requests = s["requests"]
    tests = {
        "any role": requests(n_test, s["FRAMES"], anywhere, draw + 3),
        "new role": requests(n_test, s["FRAMES"], new, draw + 4),
        "new role, new frame": requests(n_test, s["NEW_FRAMES"], new, draw + 5),
        "new city": requests(
            n_test, s["FRAMES"], {role: s["NEW_CITIES"] for role in roles}, draw + 9
        ),
    }
    tests["typo, new role"] = s["with_typos"](tests["new role"], draw + 10)
    train = requests(max(tagged), s["FRAMES"], known, draw + 2)
    texts = [tokens for tokens, tags in requests(n_unlabelled, s["FRAMES"], known, draw + 6)]
    number, letter = s["numbering"](texts), s["numbering"](" ".join(tokens) for tokens in texts)
    s.update(
        device=DEVICE,
        number=number,
        letter=letter,
        bilm=s["train_bilm"](texts, number, seed, DEVICE),
        char_lm=s["train_char_lm"](texts, letter, seed, DEVICE),
    )
    parts, rows = {"train": train, **tests}, []

    def judge(name: str, h: dict) -> None:
        for n in tagged:
            y = s["flat"](train[:n])
            tagger = s["train_tagger"](h["train"][:, : len(y)], y, seed)
            with torch.no_grad():
                rows.extend(
                    (seed, name, n, test, s["score"](tests[test], tagger(h[test]).argmax(1)))
                    for test in tests
                )

    layers, places, near, context = (
        {part: s["features"](some, s[vectors]) for part, some in parts.items()}
        for vectors in ("word_states", "character_states", "neighbours", "context_only")
    )
    for name, chosen in {"static": [0], "layer 1": [1], "layer 2": [2], "ELMo": [0, 1, 2]}.items():
        judge(name, {part: h[chosen] for part, h in layers.items()})
    for k, name in enumerate(PLACES):
        judge(name, {part: h[[k]] for part, h in places.items()})
    judge("neighbours", near)
    judge("context only", context)
    encode = s["encode"]
    for n in tagged:
        known_words = s["numbering"]([tokens for tokens, tags in train[:n]])
        model = train_scratch(
            [
                (encode(tokens, known_words), [0, *map(s["TAGS"].index, tags), 0])
                for tokens, tags in train[:n]
            ],
            len(known_words),
            len(s["TAGS"]),
            seed,
        )
        with torch.no_grad():
            for test, some in tests.items():
                guesses = [
                    model(torch.tensor([encode(tokens, known_words)], device=DEVICE))[0, 1:-1]
                    .argmax(1)
                    .cpu()
                    for tokens, tags in some
                ]
                rows.append((seed, "from scratch", n, test, s["score"](some, torch.cat(guesses))))
    table = pd.DataFrame(rows, columns=["seed", "vectors", "tagged requests", "test", "F1"])
    print(f"seed {seed}: {time.perf_counter() - start:.0f} s on {device_name()}", flush=True)
    return table.assign(F1=table.F1.round(4), device=device_name())


def tagger_of_states(
    seed: int, n_tagged: int = 400, n_unlabelled: int = 4_000, n_test: int = 300
) -> dict:
    """The row of the ledger: a tagger on the states of the bidirectional language model on either side of a word, which has not seen the
    test's cities in their roles. Tags of the test (words that are no city are 'O'), the tagger's guesses, seconds, parameters."""
    s, draw = take("08"), 100 * seed
    known, new = (
        {
            role: [city for i, city in enumerate(s["CITIES"]) if (i % 3 == k) == held]
            for k, role in enumerate(s["ROLES"])
        }
        for held in (False, True)
    )
    train, test = (
        s["requests"](n_tagged, s["FRAMES"], known, draw + 2),
        s["requests"](n_test, s["FRAMES"], new, draw + 4),
    )
    texts = [tokens for tokens, tags in s["requests"](n_unlabelled, s["FRAMES"], known, draw + 6)]
    number, start = s["numbering"](texts), time.perf_counter()
    s.update(device=DEVICE, number=number, bilm=s["train_bilm"](texts, number, seed, DEVICE))
    tagger = s["train_tagger"](s["features"](train, s["context_only"]), s["flat"](train), seed)
    seconds = time.perf_counter() - start
    with torch.no_grad():
        guesses = tagger(s["features"](test, s["context_only"])).argmax(1)
    return {
        "truth": s["flat"](test).tolist(),
        "predicted": guesses.tolist(),
        "seconds": seconds,
        "parameters": sum(p.numel() for model in (s["bilm"], tagger) for p in model.parameters()),
    }


def main(seeds: list[int]) -> None:
    for seed in seeds:
        new = measure(seed)
        old = (
            pd.read_csv(RESULTS) if RESULTS.exists() else new[:0]
        )  # read late: another seed may have been measured meanwhile
        table = pd.concat([old[old.seed != seed], new]).sort_values("seed", kind="stable")
        table.astype({"seed": int, "tagged requests": int}).to_csv(
            RESULTS, index=False, lineterminator="\n"
        )


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]] or [0, 1, 2])
