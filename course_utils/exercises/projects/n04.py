"""The project of notebook 04, Padding and packing: documents that seldom meet again.
Batches of like length hold the same documents epoch after epoch; that can be had for less."""

from collections.abc import Callable, Iterable
from itertools import combinations, pairwise

import torch

from course_utils.exercises.projects import Refused, project

TOKENS = 8192
EPOCHS = 4
PADDING = 10.0  # per cent that is allowed
BATCHES = 1.25  # times as many batches as the buckets have


def document_lengths() -> list[int]:
    """1,000 lengths as news has them: most around 300 words, a few very long."""
    generator = torch.Generator().manual_seed(0)
    logarithms = 5.7 + 0.6 * torch.randn(1000, generator=generator)
    return logarithms.exp().clamp(20, 2500).long().tolist()


def pairs(batches: list[list[int]]) -> set[tuple[int, int]]:
    """All pairs of documents that share a batch."""
    return {pair for batch in batches for pair in combinations(sorted(batch), 2)}


def padding(batches: list[list[int]], lengths: list[int]) -> float:
    """The share of positions that no word fills, in %."""
    positions = sum(len(batch) * max(lengths[i] for i in batch) for batch in batches)
    return 100 * (1 - sum(lengths) / positions)


def check_rules(batches: list[list[int]], lengths: list[int]) -> None:
    """Raises `Refused` for an epoch that breaks a rule."""
    if sorted(i for batch in batches for i in batch) != list(range(len(lengths))):
        raise Refused(
            "Each document stands in one batch of an epoch, once, as its place in `lengths`: the "
            f"numbers 0 to {len(lengths) - 1}."
        )
    large = [batch for batch in batches if len(batch) * max(lengths[i] for i in batch) > TOKENS]
    if any(len(batch) > 1 for batch in large):
        raise Refused(f"A batch has more than {TOKENS:,} positions and more than one document.")


def _as_lists(made: Iterable) -> list[list[int]]:
    """The batches as lists of whole numbers, without empty ones."""
    batches = list(made)
    for batch in batches:
        if not hasattr(batch, "__len__") or getattr(batch, "ndim", 1) == 0:
            raise Refused(f"A batch is a list of document numbers, such as [3, 5], not {batch!r}.")
    return [[int(i) for i in batch] for batch in batches if len(batch)]


def meet_again(my_batches: Callable) -> float:
    """The share of pairs that meet again in the next epoch, in %."""
    lengths = document_lengths()
    epochs = []
    for seed in range(EPOCHS):
        epochs.append(_as_lists(my_batches(list(lengths), TOKENS, seed)))
        check_rules(epochs[-1], lengths)
    wasted = sum(padding(batches, lengths) for batches in epochs) / EPOCHS
    if wasted > PADDING:
        raise Refused(f"{wasted:.1f} % of the positions are padding; {PADDING:g} % are allowed.")
    fewest = sum(map(len, epochs)) / EPOCHS
    allowed = BATCHES * len(sorted_batches(lengths))
    if fewest > allowed:
        raise Refused(f"{fewest:.0f} batches an epoch; {allowed:.0f} are allowed.")
    met = [pairs(batches) for batches in epochs]
    return 100 * sum(len(now & later) / len(now) for now, later in pairwise(met)) / (EPOCHS - 1)


def sorted_batches(lengths: list[int]) -> list[list[int]]:
    """Documents by their length, filled into batches: the fewest that there can be."""
    batches: list[list[int]] = [[]]
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batches[-1] and (len(batches[-1]) + 1) * lengths[i] > TOKENS:
            batches.append([])
        batches[-1].append(i)
    return batches


@project(
    "padding-repair",
    title="little padding, and seldom the same company",
    goal="""
        Batches of like length hold the same documents again and again. Write
        `my_batches(lengths, tokens, seed)`, which returns the batches of one epoch as lists of
        document numbers: each document once, and no batch above `tokens` positions (documents times
        longest) unless it is a single document. Four epochs are measured on 1,000 documents
        with the lengths of news. The score is the share of pairs that meet again in the next epoch;
        it counts if at most 10 % of the positions are padding and there are at most a quarter more
        batches than a sorted corpus needs. (Which batches hold most of the pairs?)
        """,
    minutes=60,
    score=meet_again,
    better="lower",
    unit="% of pairs",
    target=14,
    baseline=20,
)
def my_batches(lengths, tokens, seed):
    """lengths: words of each document; returns lists of document numbers."""
    return ...
