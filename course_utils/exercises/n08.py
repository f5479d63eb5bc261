"""Exercises of notebook 08, Sequence to sequence.
A softmax without the padding, attention by products, the first mistake, a teacher who leaves."""

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


@exercise(
    "attention-softmax",
    task="""
        Given scores `e` (B, T) and `lengths` (B,), return the weights `alpha` (B, T): a softmax
        over each text's own positions, 0 at padding.
        """,
    hints=(
        "Which score must a position have so that e to this score is 0?",
        "Give padding the score minus infinity, before the softmax and not after it.",
        (
            "real = torch.arange(e.size(1)) < lengths[:, None]; then e.masked_fill(~real, "
            "-torch.inf) and the softmax over dimension 1."
        ),
    ),
    minutes=5,
    difficulty=1,
    importance=3,
    trains="a mask where it belongs: before the softmax",
    cases=_scores_and_lengths,
    gradients=True,
)
def masked_softmax(e, lengths):
    real = torch.arange(e.size(1)) < lengths[:, None]
    return e.masked_fill(~real, -torch.inf).softmax(1)


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


@exercise(
    "attention-dot",
    task=r"""
        *Dot-product attention* needs no parameters at all: $e_{ij} = s_{i-1}^\top h_j$ (after Luong
        et al. 2015, who take the state after the step, $s_i$, where we take the one before it).
        Return $c_i$ (B, H) for `s` (B, H), `h` (B, T, H) and `lengths`.
        """,
    hints=(
        "Which two products are needed, and what happens between them?",
        (
            "The scores of all positions of all texts are one batched product: (B, T, H) times "
            "(B, H, 1). Mask, softmax, and a second product blends the rows of h."
        ),
        "e = (h @ s[:, :, None])[:, :, 0]; after mask and softmax (alpha[:, None] @ h)[:, 0].",
    ),
    minutes=10,
    difficulty=2,
    importance=3,
    trains="batched products of states and scores",
    cases=_states_and_lengths,
    gradients=True,
)
def dot_attention(s, h, lengths):
    e = (h @ s[:, :, None])[:, :, 0]
    real = torch.arange(h.size(1)) < lengths[:, None]
    alpha = e.masked_fill(~real, -torch.inf).softmax(1)
    return (alpha[:, None] @ h)[:, 0]


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
    "seq2seq-first-mistake",
    task="""
        How far did it get? For characters `written` and `right`, both (B, T), return the position
        of the first mistake in each row, and T where there is none.
        """,
    hints=(
        "How many characters stand before the first mistake, and how many where there is none?",
        "Count the characters up to the first mistake: those for which all so far were right.",
        (
            "cumprod(1) over (written == right).long() stays 1 up to the first mistake and is 0 "
            "from there on. Sum it over dimension 1."
        ),
    ),
    minutes=8,
    difficulty=2,
    importance=1,
    trains="cumulated products in place of a loop",
    cases=_written_and_right,
)
def first_mistake(written, right):
    return (written == right).long().cumprod(1).sum(1)


def _queries_and_lengths(g):
    one = torch.tensor([[[1.0], [0.0], [2.0]]])
    values = torch.tensor([[[10.0], [20.0], [90.0]]])
    cases = [
        (one, torch.tensor([[[0.0], [1.0], [3.0]]]), values, torch.tensor([2])),
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
        A Transformer that *writes* must not look ahead: position $i$ may ask only positions
        $j \le i$. Write self-attention with this *causal* mask for one head: `q`, `k`, `v`
        (B, T, d) and `lengths` give the blends (B, T, d), with scores $q_i^\top k_j / \sqrt{d}$
        and no weight at padding. (Positions behind a text's end ask like all others.)
        """,
    hints=(
        "Which two conditions must position j meet, and which of them is the same for all texts?",
        (
            "j <= i gives a mask (T, T), j < length a mask (B, T). Both together are a mask "
            "(B, T, T) for the scores q k^T / sqrt(d)."
        ),
        (
            "places = torch.arange(T); past = places <= places[:, None]; real = places < "
            "lengths[:, None]. Mask with ~(past & real[:, None]), softmax over dimension 2, @ v."
        ),
    ),
    minutes=15,
    difficulty=3,
    importance=3,
    trains="two masks in one, the heart of every writing Transformer",
    cases=_queries_and_lengths,
    gradients=True,
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
        character where its number in `draws` lies below `p`, and else the one that the network has
        `written`; all three (B,).
        """,
    hints=(
        "For which texts does the teacher speak, and what do the others read?",
        "A function of PyTorch chooses between two tensors, place by place, by a condition.",
        "torch.where(condition, right, written), with draws < p as the condition.",
    ),
    minutes=5,
    difficulty=1,
    importance=2,
    trains="letting the teacher leave, text by text",
    cases=_right_written_draws,
)
def next_input(right, written, draws, p):
    return torch.where(draws < p, right, written)
