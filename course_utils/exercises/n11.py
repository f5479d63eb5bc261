"""Exercises of notebook 11, AWD-LSTM and generation.
What a perplexity is, what nucleus sampling keeps, and one step of beam search."""

import torch

from course_utils.exercises import exercise
from course_utils.exercises.draws import normal, sizes


def _shares_and_limits(g):
    cases = [
        (torch.tensor([0.1, 0.5, 0.3, 0.1]), 0.7),
        (torch.tensor([0.1, 0.5, 0.3, 0.1]), 0.4),
        (torch.tensor([0.4, 0.35, 0.25]), 1.0),
    ]
    for V in [20, *sizes(g, 3, high=12)]:
        cases.append((normal(g, V).softmax(0), 0.6))
    return cases


def _beams(g):
    cases = [
        (
            torch.tensor([-1.0, -2.0]),
            torch.tensor([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1]]).log(),
            3,
        ),
        (torch.zeros(1), normal(g, 1, 5).log_softmax(1), 2),
    ]
    for _ in range(4):
        B, V = sizes(g, 2)
        (width,) = sizes(g, 1, high=B * V)
        cases.append((normal(g, B), normal(g, B, V).log_softmax(1), width))
    return cases


@exercise(
    "generation-perplexity",
    hint=(
        "Turn each probability into a surprise, -log p, take the mean, and take the exponential "
        "of that. The geometric mean of 1/p is the same number."
    ),
    minutes=5,
    cases=[
        ([0.25, 0.25, 0.25],),
        ([0.5, 0.1],),
        ([0.05, 0.02, 0.30, 0.60, 0.45, 0.10],),
        ([1.0],),
    ],
)
def perplexity_of(probabilities):
    return torch.tensor(probabilities).log().mean().neg().exp().item()


@exercise(
    "generation-nucleus",
    hint=(
        "Sort q from the top. A word stays if the probability of all words *before* it has not "
        "reached top_p yet. Put the survivors back in their places and divide by their sum."
    ),
    minutes=10,
    cases=_shares_and_limits,
)
def nucleus(q, top_p):
    sorted_q, order = q.sort(descending=True, stable=True)
    keep = sorted_q.cumsum(0) - sorted_q < top_p
    kept = torch.zeros_like(q)
    kept[order[keep]] = sorted_q[keep]
    return kept / kept.sum()


@exercise(
    "generation-beam-step",
    hint=(
        "Every beam with every next word: log_p[:, None] + log_probs has the shape (B, V). "
        "Flatten it and take the topk; then // V gives the row and % V the column."
    ),
    minutes=8,
    cases=_beams,
)
def beam_step(log_p, log_probs, width):
    best = (log_p[:, None] + log_probs).flatten().topk(width).indices
    return best // log_probs.shape[1], best % log_probs.shape[1]
