"""Exercises of notebook 08, Sequence to sequence.
A softmax that leaves out the padding, attention by products, and where a copy first goes wrong."""

import torch

from course_utils.exercises import exercise
from course_utils.exercises.draws import normal, sizes, whole


def _scores_and_lengths(g):
    cases = [
        (normal(g, 3, 5), torch.tensor([5, 2, 1])),
        (normal(g, 2, 4), torch.tensor([4, 4])),
        (100 * torch.ones(2, 3), torch.tensor([1, 2])),
    ]
    for _ in range(3):
        B, T = sizes(g, 2)
        cases.append((normal(g, B, T), whole(g, 1, T, B)))
    return cases


def _states_and_lengths(g):
    cases = [
        (normal(g, 3, 4), normal(g, 3, 5, 4), torch.tensor([5, 2, 1])),
        (normal(g, 2, 3), normal(g, 2, 4, 3), torch.tensor([3, 3])),
        (torch.zeros(1, 2), normal(g, 1, 6, 2), torch.tensor([4])),
    ]
    for _ in range(3):
        B, T, H = sizes(g, 3)
        cases.append((normal(g, B, H), normal(g, B, T, H), whole(g, 1, T, B)))
    return cases


def _written_and_right(g):
    cases = [
        (
            torch.tensor([[2, 0, 1, 9], [2, 0, 9, 9], [1, 9, 1, 0]]),
            torch.tensor([[2, 0, 1, 9], [2, 0, 1, 9], [2, 0, 1, 9]]),
        ),
        (torch.tensor([[1], [2]]), torch.tensor([[1], [1]])),
        (whole(g, 0, 2, 20, 6), whole(g, 0, 2, 20, 6)),
    ]
    for _ in range(3):
        B, T = sizes(g, 2)
        cases.append((whole(g, 0, 1, B, T), whole(g, 0, 1, B, T)))
    return cases


@exercise(
    "attention-softmax",
    task="""
        Given scores `e` (B, T) and `lengths` (B,), return the weights `alpha` (B, T): a softmax
        over each text's own positions, 0 at padding.
        """,
    hints=(
        (
            "Build the mask torch.arange(T) < lengths[:, None] and give every other score minus"
            " infinity, before the softmax and not after it."
        ),
    ),
    minutes=5,
    difficulty=2,
    importance=2,
    trains="",
    cases=_scores_and_lengths,
)
def masked_softmax(e, lengths):
    real = torch.arange(e.size(1)) < lengths[:, None]
    return e.masked_fill(~real, -torch.inf).softmax(1)


@exercise(
    "attention-dot",
    task=r"""
        *Dot-product attention* needs no parameters at all: $e_{ij} = s_{i-1}^\top h_j$ (after
        Luong et al. 2015, who take the state after the step, $s_i$, where we take the one before
        it). Return $c_i$ (B, H) for `s` (B, H), `h` (B, T, H) and `lengths`.
        """,
    hints=(
        (
            "The scores of all positions of all texts are one batched product: (B, T, H) times "
            "(B, H, 1). Mask, softmax, and a second product blends the rows of h."
        ),
    ),
    minutes=10,
    difficulty=3,
    importance=2,
    trains="",
    cases=_states_and_lengths,
)
def dot_attention(s, h, lengths):
    e = (h @ s[:, :, None])[:, :, 0]
    real = torch.arange(h.size(1)) < lengths[:, None]
    alpha = e.masked_fill(~real, -torch.inf).softmax(1)
    return (alpha[:, None] @ h)[:, 0]


@exercise(
    "seq2seq-first-mistake",
    task="""
        How far did it get? For characters `written` and `right`, both (B, T), return the position
        of the first mistake in each row, and T where there is none.
        """,
    hints=(
        (
            'Find where written and right differ. cumprod over "equal so far" (as numbers) '
            "stays 1 up to the first mistake and is 0 from there on: its sum is the answer."
        ),
    ),
    minutes=8,
    difficulty=2,
    importance=2,
    trains="",
    cases=_written_and_right,
)
def first_mistake(written, right):
    return (written == right).long().cumprod(1).sum(1)


def _queries_and_lengths(g):
    cases = [
        (normal(g, 2, 4, 3), normal(g, 2, 4, 3), normal(g, 2, 4, 3), torch.tensor([4, 2])),
        (torch.zeros(1, 3, 2), normal(g, 1, 3, 2), normal(g, 1, 3, 2), torch.tensor([3])),
    ]
    for _ in range(3):
        B, T, d = sizes(g, 3)
        q, k, v = (normal(g, B, T, d) for _ in range(3))
        cases.append((q, k, v, whole(g, 1, T, B)))
    return cases


@exercise(
    "attention-causal",
    task=r"""
        A Transformer that *writes* must not look ahead: position $i$ may ask only positions $j
        \le i$. Write self-attention with this *causal* mask for one head: `q`, `k`, `v` (B, T, d)
        and `lengths` give the blends (B, T, d), with scores $q_i^\top k_j / \sqrt{d}$ and no
        weight at padding.
        """,
    hints=(
        (
            "Position i may look at j if j <= i and j < length. torch.arange(T) beside itself "
            "as a column gives the first condition (T, T), compared with lengths the second (B,"
            " T); both together are a mask (B, T, T) for the scores q k^T / sqrt(d)."
        ),
    ),
    minutes=15,
    difficulty=3,
    importance=2,
    trains="",
    cases=_queries_and_lengths,
)
def causal_attention(q, k, v, lengths):
    places = torch.arange(q.size(1))
    past = places <= places[:, None]  # (T, T): row i may look at column j
    real = places < lengths[:, None]  # (B, T)
    e = q @ k.transpose(1, 2) / q.size(2) ** 0.5
    alpha = e.masked_fill(~(past & real[:, None]), -torch.inf).softmax(2)
    return alpha @ v


def _right_written_draws(g):
    cases = [
        (torch.tensor([1, 2, 3]), torch.tensor([4, 5, 6]), torch.tensor([0.2, 0.7, 0.5]), 0.6),
        (torch.tensor([1, 2]), torch.tensor([3, 4]), torch.tensor([0.0, 0.99]), 1.0),
        (torch.tensor([1, 2]), torch.tensor([3, 4]), torch.tensor([0.0, 0.99]), 0.0),
    ]
    for _ in range(3):
        (B,) = sizes(g, 1)
        draws = torch.rand(B, generator=g)
        cases.append((whole(g, 0, 12, B), whole(g, 0, 12, B), draws, 0.5))
    return cases


@exercise(
    "seq2seq-scheduled",
    task="""
        Scheduled sampling, one step: for each text of a batch the next input is the `right`
        character where its number in `draws` lies below `p`, and else the one that the network
        has `written`; all three (B,).
        """,
    hints=(
        (
            "torch.where(condition, right, written) chooses for each text of the batch. The "
            "teacher speaks where the number drawn from [0, 1) lies below p."
        ),
    ),
    minutes=5,
    difficulty=2,
    importance=2,
    trains="",
    cases=_right_written_draws,
)
def next_input(right, written, draws, p):
    return torch.where(draws < p, right, written)
