"""Do AWD-LSTM's five dropouts help? Notebook 11's fit, with none, a fifth, half and all of them.

    python -m benchmarks.dropouts                              # results/dropouts.csv
    python -m benchmarks.dropouts --shares 0.2 --seeds 0       # some of its rows

Each run fits a copy of the shipped language model to the same 100 articles, once, as the notebook
does; `drop_mult` multiplies fastai's five shares, `seed` draws the order of the batches and the
masks. The perplexity is per word, on the same 30 articles held out; `nats` says what each of them
costs, in their order, for paired comparisons.
"""

import argparse
import time
from itertools import product
from math import exp

import torch
from fastai.text.all import LMLearner, set_seed
from torch.nn import functional as F

from benchmarks.machine import corpus_name, device_name, digest
from benchmarks.tables import keep
from course_utils import load_gnad, load_language_model, tokenize
from course_utils.language_model import german_pieces

SHARES = (0.0, 0.2, 1.0)
SEEDS = (0, 1, 2)
# At a rate of 0 fastai's WeightDropout hands the weight itself back, as a parameter, and the next
# reset fails; this rate drops nothing.
NONE = 1e-9
KEYS = ["corpus", "drop_mult", "seed"]


def articles() -> tuple[list[str], list[str]]:
    """The 100 articles that notebook 11 fits to, and the 30 that it holds out."""
    train, _ = load_gnad()
    texts = train.sample(min(len(train), 900), random_state=0).text.tolist()
    return texts[30:130], texts[:30]


@torch.no_grad()
def nats_of(learn: LMLearner, texts: list[str]) -> list[float]:
    """The surprise of each text, in nats, read from its beginning with a fresh state."""
    model = learn.model.eval()
    pieces = german_pieces()
    found = []
    for text in texts:
        model.reset()
        x = torch.tensor([[2, *pieces.encode(text)]], device=learn.dls.device)
        z = model(x[:, :-1])[0][0]
        found.append(F.cross_entropy(z, x[0, 1:], reduction="sum").item())
    return found


def fitted(texts: list[str], held: list[str], drop_mult: float, seed: int) -> dict:
    """One fit, as a row of the table."""
    set_seed(seed)
    learn = load_language_model(texts, held, drop_mult or NONE, seed, bs=16, seq_len=50)
    start = time.perf_counter()
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(1, 1e-3)
    seconds = time.perf_counter() - start
    nats = nats_of(learn, held)
    words = sum(len(tokenize(text)) for text in held)
    return {
        "drop_mult": drop_mult,
        "seed": seed,
        "perplexity": round(exp(sum(nats) / words), 1),
        "nats": " ".join(f"{value:.1f}" for value in nats),
        "seconds": round(seconds, 1),
        "device": device_name("cpu"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shares", nargs="*", type=float, default=list(SHARES))
    parser.add_argument("--seeds", nargs="*", type=int, default=list(SEEDS))
    args = parser.parse_args()
    texts, held = articles()
    for seed, drop_mult in product(args.seeds, args.shares):
        row = {"corpus": corpus_name()} | fitted(texts, held, drop_mult, seed)
        keep([row], "dropouts", KEYS, digest([*texts, *held]))
        print(row, flush=True)


if __name__ == "__main__":
    main()
