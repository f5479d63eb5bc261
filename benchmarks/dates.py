"""Dates of notebook 07 over several seeds: one vector against attention, no teacher, a harder question; and texts of one, two and
three moments, which show what one vector can hold. Generator, networks and training are taken out of the notebook, so that the
tables and the lesson cannot drift apart.

    python -m benchmarks.dates                                                # everything, three seeds; 20 minutes on one core
    python -m benchmarks.dates --parts once --networks attention --seeds 0    # some of it

writes results/dates.csv and results/dates-content.csv, a row a network and seed; rows that are there already and were not measured again
stay."""

import argparse
import random
from itertools import product
from pathlib import Path

import pandas as pd
import torch

from benchmarks.machine import device_name
from benchmarks.taken import take

RESULTS = Path(__file__).resolve().parent.parent / "results"
GENERATOR = (
    "ONES TENS number ordinal clock part_of_day MONTHS SHORT CENTURY DAY MONTH YEAR TIME ORDER WEEKDAYS SPELLINGS spell fits draw "
    "examples"
).split()
NETWORKS = "JOINTS PIECE pieces OUT START encode collate EncoderDecoder attention real_positions WithAttention greedy trained".split()
WORDS = ("acht Uhr fünfzehn", "Viertel nach acht", "Viertel nach acht morgens", "viertel neun")
MOMENTS = (1, 2, 3)  # in a text


def untaught(with_attention: type, start: int) -> type:
    """The network with attention, trained on what it has written itself: no teacher."""

    class Untaught(with_attention):
        def forward(self, x, lengths, y):
            memory, s = self.read(x, lengths)
            logits, y = [], torch.full((len(x),), start, device=x.device)
            for _ in range(16):
                z, s, _ = self.step(y, s, memory)
                y = z.argmax(1)
                logits.append(z)
            return torch.stack(logits, dim=2)

    return Untaught


def in_words_twice(spelling: tuple) -> bool:
    """Year and time both in words: the pair that the harder question never shows in training."""
    return spelling[2] == "zweitausendneunzehn" and spelling[3] in WORDS


def joined(rows: pd.DataFrame, moments: int) -> pd.DataFrame:
    """Each `moments` rows as one text, and their ISO forms as one answer."""
    groups = [rows.iloc[i : i + moments] for i in range(0, len(rows) - moments + 1, moments)]
    return pd.DataFrame(
        {
            "text": ["; ".join(group.text) for group in groups],
            "iso": ["".join(group.iso) for group in groups],
        }
    )


def prepared(seed: int, network: str = "") -> tuple[dict, pd.DataFrame, pd.DataFrame]:
    """The notebook's definitions, training texts and test texts; each seed has its own split of the spellings and its own moments."""
    scope = take("07", *GENERATOR, *NETWORKS)
    scope["rng"] = rng = random.Random(seed)
    spellings = rng.sample(scope["SPELLINGS"], len(scope["SPELLINGS"]))
    held_out, seen = spellings[: len(spellings) // 5], spellings[len(spellings) // 5 :]
    if network == "a pair never seen":
        held_out, seen = (
            [s for s in spellings if in_words_twice(s) is wanted] for wanted in (True, False)
        )
    return scope, scope["examples"](seen, 9), scope["examples"](held_out, 2)


def learn(scope: dict, network: str, train: pd.DataFrame, epochs: int, seed: int):
    """The trained network and its seconds of training."""
    classes = {
        "one vector": scope["EncoderDecoder"],
        "no teacher": untaught(scope["WithAttention"], scope["START"]),
    }
    scope["train"] = train
    scope["vocabulary"] = scope["Vocabulary"](
        sorted({piece for text in train.text for piece in scope["pieces"](text)})
    )
    torch.manual_seed(seed)
    return scope["trained"](classes.get(network, scope["WithAttention"])(), epochs, seed)


def once(network: str, epochs: int, seed: int) -> dict:
    """One training run as in the notebook: exact answers on the test, on texts to 50 characters and on longer ones."""
    scope, train, test = prepared(seed, network)
    model, seconds = learn(scope, network, train, epochs, seed)
    right = pd.Series(scope["greedy"](model, test.text)[0]) == test.iso
    long = test.text.str.len() > 50
    return {
        "exact": right.mean(),
        "exact, to 50 characters": right[~long].mean(),
        "exact, over 50 characters": right[long].mean(),
        "seconds": seconds,
    }


def content(network: str, epochs: int, seed: int) -> dict:
    """Trained and tested on texts of one, two and three moments; exact is counted moment by moment, so that three are not harder than one
    by the mere count."""
    scope, train, test = prepared(seed)
    train = train.sample(frac=1, random_state=seed)
    third = len(train) // 3
    parts = [
        joined(train[k * third : (k + 1) * third], moments) for k, moments in enumerate(MOMENTS)
    ]
    everything, batches, rng = pd.concat(parts), [], random.Random(seed)
    scope["vocabulary"] = scope["Vocabulary"](
        sorted({piece for text in everything.text for piece in scope["pieces"](text)})
    )
    for _ in range(epochs):
        fresh = []
        for part in parts:  # a batch holds texts with equally many moments
            rows = list(zip(part.text, part.iso))
            rng.shuffle(rows)
            fresh += [scope["collate"](rows[i : i + 64]) for i in range(0, len(rows), 64)]
        rng.shuffle(fresh)
        batches += fresh
    torch.manual_seed(seed)
    model = {"one vector": scope["EncoderDecoder"], "attention": scope["WithAttention"]}[network]()
    log = scope["fit"](model, batches, epochs=1, lr=0.008, seed=seed)
    shares = {}
    for moments in MOMENTS:
        rows = joined(test.sample(frac=1, random_state=seed), moments)
        answers = scope["greedy"](model.eval(), rows.text, 16 * moments)[0]
        right = [
            a[i : i + 16] == iso[i : i + 16]
            for a, iso in zip(answers, rows.iso)
            for i in range(0, 16 * moments, 16)
        ]
        shares[f"exact, {moments} moments"] = sum(right) / len(right)
    return {**shares, "seconds": log.seconds.sum()}


RUNS = {  # the networks of each part and the epochs each is trained
    "once": (once, {"one vector": 3, "attention": 1, "no teacher": 1, "a pair never seen": 1}),
    "content": (content, {"one vector": 6, "attention": 3}),  # equal times
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", nargs="*", default=list(RUNS), choices=RUNS)
    parser.add_argument("--networks", nargs="*")
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1, 2])
    args = parser.parse_args()
    for part in args.parts:
        run, networks = RUNS[part]
        path = RESULTS / ("dates.csv" if part == "once" else f"dates-{part}.csv")
        rows = pd.read_csv(path).to_dict("records") if path.is_file() else []
        for (network, epochs), seed in product(networks.items(), args.seeds):
            if args.networks and network not in args.networks:
                continue
            measured = run(network, epochs, seed)
            measured = {
                key: round(float(value), 0 if key == "seconds" else 4)
                for key, value in measured.items()
            }
            print(part, network, epochs, seed, measured, flush=True)
            rows = [old for old in rows if (old["network"], old["seed"]) != (network, seed)]
            rows.append(
                {
                    "network": network,
                    "epochs": epochs,
                    "seed": seed,
                    **measured,
                    "device": device_name(),
                }
            )
            rows.sort(key=lambda row: (list(networks).index(row["network"]), row["seed"]))
            pd.DataFrame(rows).to_csv(path, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
