"""The project of notebook 01, The Elman network: how far back can it look?
The sentences grow in the middle, so that the word that decides lies further and further back."""

from collections.abc import Callable
from itertools import combinations

import torch
from torch import nn

from course_utils.exercises.projects import Refused, project

CITIES = ["Wien", "Berlin", "Graz", "Linz", "Bern", "Köln", "Prag", "Rom", "Paris", "Genf"]
BETWEEN = 16  # times "sehr" between a preposition and its city
SEEN = 120  # sentences to learn from; the other 60 are held out, their pairs of cities with them


def four_sentences(a: str, b: str, n: int) -> list[tuple[list[str], str]]:
    """Two journeys in both orders of their ends, each with its destination."""
    far = ["sehr"] * n

    def words(first: str, one: str, then: str, other: str) -> list[str]:
        return [first, *far, one, "fährt", "ein", "Zug", then, *far, other]

    return [
        (words("von", a, "nach", b), b),
        (words("nach", b, "von", a), b),
        (words("von", b, "nach", a), a),
        (words("nach", a, "von", b), a),
    ]


def journeys(n: int) -> tuple[torch.Tensor, torch.Tensor]:
    """All 180 sentences as one-hot words (B, T, D), and the numbers of their destinations."""
    pairs = list(combinations(CITIES, 2))
    order = torch.randperm(len(pairs), generator=torch.Generator().manual_seed(0)).tolist()
    data = [sentence for i in order for sentence in four_sentences(*pairs[i], n)]
    vocabulary = sorted({word for words, _ in data for word in words})
    numbers = torch.tensor([[vocabulary.index(word) for word in words] for words, _ in data])
    return nn.functional.one_hot(numbers).float(), torch.tensor([CITIES.index(c) for _, c in data])


def held_out_share(train: Callable) -> float:
    """The mean held-out share of three networks that `train` has made."""
    x, y = journeys(BETWEEN)
    shares = []
    for seed in range(3):
        network = train(x[:SEEN].clone(), y[:SEEN].clone(), seed)
        kinds = {type(part) for part in network.modules()} if callable(network) else set()
        if not kinds or kinds & {nn.LSTM, nn.GRU, nn.MultiheadAttention, nn.Conv1d}:
            raise Refused("`train` returns an Elman network: no gates, no attention, no windows.")
        network.eval()
        with torch.no_grad():
            right = network(x[SEEN:]).argmax(1) == y[SEEN:]
        shares.append(right.float().mean().item())
    return sum(shares) / len(shares)


@project(
    "elman-far",
    title="how far back can an Elman network look?",
    goal="""
        Sixteen times *sehr* stands between *nach* or *von* and its city (*nach sehr sehr Wien* is
        no German, but will do), so that pairs of neighbours no longer decide. Trained as above, a
        network guesses between the two cities: 0.50. Write `train(x, y, seed)`, which returns a
        trained Elman network; the score is the mean held-out share of three seeds.

        The width, the number of steps, the learning rate, clipped gradients and the starting values
        of $W_h$ are yours to choose (look at these first); gates are not allowed. Keep to a minute
        for the three.
        """,
    minutes=45,
    score=held_out_share,
    better="higher",
    unit="",
    target=0.9,
    baseline=0.5,
)
def train(x, y, seed):
    """x (B, T, D) one-hot, y (B,); returns a module from (B, T, D) to (B, 10)."""
    return ...
