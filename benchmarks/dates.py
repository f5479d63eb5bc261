"""Dates of notebook 08 over several seeds: one vector against attention, each trained to the end.
And harder questions: texts of two and three moments, no teacher, a Transformer's block as encoder.

    python -m benchmarks.dates                                  # everything; 90 minutes on a core
    python -m benchmarks.dates --parts once --networks attention --seeds 0      # some of it

writes results/dates.csv and results/dates-content.csv, a row a network, number of epochs and seed.
Networks and training are the notebook's own, so that tables and lesson cannot drift apart.
"""

import argparse
import random
from collections.abc import Callable
from functools import partial
from itertools import product

import pandas as pd
import torch
from torch import Tensor, nn

from benchmarks.machine import device_name
from benchmarks.tables import keep
from course_utils import Vocabulary, dates, fit
from course_utils.lessons import n08

IN_WORDS = ("acht Uhr fünfzehn", "Viertel nach acht", "Viertel nach acht morgens", "viertel neun")
MOMENTS = (1, 2, 3)  # in a text
SIGNS = 16  # of a moment's ISO form
PLACES = 200  # positions that the block's encoder can tell apart


class Untaught(n08.WithAttention):
    """The network with attention, trained on what it has written itself: no teacher."""

    def forward(self, x: Tensor, lengths: Tensor, y: Tensor) -> Tensor:
        """`y` (B, SIGNS) is not read -> logits (B, K, SIGNS)."""
        memory, s = self.read(x, lengths)
        written = torch.full((len(x),), n08.START, device=x.device)
        logits = []
        for _ in range(SIGNS):
            z, s, _ = self.step(written, s, memory)
            written = z.argmax(1)
            logits.append(z)
        return torch.stack(logits, dim=2)


class BlockEncoder(nn.Module):
    """One block of a Transformer in place of the encoder's LSTM; its c is the mean of its states.

    positions: add a learned vector of its place to that of each piece."""

    def __init__(self, vocabulary: Vocabulary, size: int = 128, positions: bool = True):
        super().__init__()
        self.vocabulary = vocabulary
        self.embedding = nn.Embedding(len(vocabulary), size, padding_idx=0)
        self.places = nn.Embedding(PLACES, size) if positions else None
        self.block = n08.Block(size, n_heads=4, width=2 * size)

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """`x` (B, T) -> states (B, T, H), zero at padding, and their mean (B, H)."""
        h = self.embedding(x)
        if self.places is not None:
            h = h + self.places(torch.arange(x.size(1), device=x.device))
        real = n08.real_positions(h, lengths)
        h = self.block(h, real).masked_fill(~real[..., None], 0)
        return h, h.sum(1) / lengths[:, None]


def with_block(vocabulary: Vocabulary, positions: bool) -> nn.Module:
    return n08.WithAttention(BlockEncoder(vocabulary, positions=positions))


NETWORKS: dict[str, Callable[[Vocabulary], nn.Module]] = {
    "one vector": lambda vocabulary: n08.EncoderDecoder(n08.Encoder(vocabulary)),
    "attention": lambda vocabulary: n08.WithAttention(n08.Encoder(vocabulary)),
    "no teacher": lambda vocabulary: Untaught(n08.Encoder(vocabulary)),
    "a pair never seen": lambda vocabulary: n08.WithAttention(n08.Encoder(vocabulary)),
    "block": partial(with_block, positions=True),
    "block without positions": partial(with_block, positions=False),
}


def in_words_twice(spelling: tuple) -> bool:
    """Year and time both in words: the pair that the harder question never shows in training."""
    return spelling[2] == "zweitausendneunzehn" and spelling[3] in IN_WORDS


def joined(rows: pd.DataFrame, moments: int) -> pd.DataFrame:
    """Each `moments` rows as one text, and their ISO forms as one answer."""
    groups = [rows.iloc[i : i + moments] for i in range(0, len(rows) - moments + 1, moments)]
    texts = ["; ".join(group.text) for group in groups]
    return pd.DataFrame({"text": texts, "iso": ["".join(group.iso) for group in groups]})


def examples(seed: int, network: str = "") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training and test texts; each seed has its own split of the spellings and its own moments."""
    rng = random.Random(seed)
    spellings = rng.sample(dates.SPELLINGS, len(dates.SPELLINGS))
    if network == "a pair never seen":
        held_out = [s for s in spellings if in_words_twice(s)]
        seen = [s for s in spellings if not in_words_twice(s)]
    else:
        held_out = spellings[: len(spellings) // 5]
        seen = spellings[len(spellings) // 5 :]
    return dates.examples(seen, 9, rng), dates.examples(held_out, 2, rng)


def vocabulary_of(texts: pd.Series) -> Vocabulary:
    return Vocabulary(sorted({piece for text in texts for piece in dates.pieces(text)}))


def once(network: str, epochs: int, seed: int) -> dict[str, float]:
    """One training run as in the notebook: exact answers, on texts to 50 characters, on longer."""
    train, test = examples(seed, network)
    vocabulary = vocabulary_of(train.text)
    torch.manual_seed(seed)
    model, seconds = n08.trained(NETWORKS[network](vocabulary), train, epochs, seed)
    right = pd.Series(n08.greedy(model, test.text)[0]) == test.iso
    long = test.text.str.len() > 50
    return {
        "exact": right.mean(),
        "exact, to 50 characters": right[~long].mean(),
        "exact, over 50 characters": right[long].mean(),
        "seconds": seconds,
    }


def content_batches(
    parts: list[pd.DataFrame], epochs: int, seed: int, collate: Callable
) -> list[tuple]:
    """Batches of 64 texts with equally many moments, shuffled anew in every epoch."""
    rng = random.Random(seed)
    batches = []
    for _ in range(epochs):
        fresh = []
        for part in parts:
            rows = list(zip(part.text, part.iso, strict=True))
            rng.shuffle(rows)
            fresh += [collate(rows[i : i + 64]) for i in range(0, len(rows), 64)]
        rng.shuffle(fresh)
        batches += fresh
    return batches


def exact_moments(model: nn.Module, rows: pd.DataFrame, moments: int) -> float:
    """Share of right answers, counted moment by moment, so that three are not harder by count."""
    answers = n08.greedy(model.eval(), rows.text, SIGNS * moments)[0]
    cuts = [slice(i, i + SIGNS) for i in range(0, SIGNS * moments, SIGNS)]
    right = [a[cut] == iso[cut] for a, iso in zip(answers, rows.iso, strict=True) for cut in cuts]
    return sum(right) / len(right)


def content(network: str, epochs: int, seed: int) -> dict[str, float]:
    """Trained and tested on texts of one, two and three moments."""
    train, test = examples(seed)
    train = train.sample(frac=1, random_state=seed)
    test = test.sample(frac=1, random_state=seed)
    third = len(train) // 3
    parts = [joined(train[k * third : (k + 1) * third], n) for k, n in enumerate(MOMENTS)]
    vocabulary = vocabulary_of(pd.concat(parts).text)
    batches = content_batches(parts, epochs, seed, partial(n08.collate, vocabulary=vocabulary))
    torch.manual_seed(seed)
    model = NETWORKS[network](vocabulary)
    log = fit(model, batches, epochs=1, lr=0.008, seed=seed)
    model.cpu()
    shares = {
        f"exact, {moments} moments": exact_moments(model, joined(test, moments), moments)
        for moments in MOMENTS
    }
    return {**shares, "seconds": log.seconds.sum()}


Run = Callable[[str, int, int], dict[str, float]]
ONCE = {  # epochs; each number is a run of its own, with its own schedule of the learning rate
    "one vector": (3, 6),
    "attention": (1, 3),
    "no teacher": (1,),
    "a pair never seen": (1,),
    "block": (1,),
    "block without positions": (1,),
}
RUNS: dict[str, tuple[Run, dict[str, tuple[int, ...]]]] = {
    "once": (once, ONCE),
    "content": (content, {"one vector": (6,), "attention": (3,)}),  # 6 and 3: about equal times
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", nargs="*", default=list(RUNS), choices=RUNS)
    parser.add_argument("--networks", nargs="*", choices=list(NETWORKS))
    parser.add_argument("--epochs", nargs="*", type=int, help="only runs of so many epochs")
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1, 2])
    args = parser.parse_args()
    for part in args.parts:
        run, networks = RUNS[part]
        wanted = [
            (network, epochs)
            for network, numbers in networks.items()
            for epochs in numbers
            if network in (args.networks or networks) and epochs in (args.epochs or numbers)
        ]
        for (network, epochs), seed in product(wanted, args.seeds):
            found = {k: round(float(v), 4) for k, v in run(network, epochs, seed).items()}
            row = {"network": network, "epochs": epochs, "seed": seed, **found}
            print(part, row, flush=True)
            name = "dates" if part == "once" else f"dates-{part}"
            keep([{**row, "device": device_name()}], name, ["network", "epochs", "seed"])


if __name__ == "__main__":
    main()
