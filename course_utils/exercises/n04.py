"""Exercises of notebook 04, Padding and packing.
From the staircase back to lengths, a mean over words, batches by a budget, a packed GRU."""

import torch

from course_utils.exercises import exercise
from course_utils.exercises.draws import normal, sizes, whole


def _batch_sizes(g):
    cases = [([5, 4, 4, 3, 3, 2, 1, 1, 1],), ([1, 1, 1],), ([4],), ([3, 3, 1],)]
    for _ in range(3):
        (T,) = sizes(g, 1)
        cases.append((sorted(sizes(g, T, high=9), reverse=True),))
    return cases


def _states_and_lengths(g):
    cases = [
        (torch.tensor([[[1.0, 2.0], [3.0, 4.0], [9.0, 9.0]]]), torch.tensor([2])),
        (normal(g, 3, 5, 2), torch.tensor([5, 2, 1])),
        (normal(g, 2, 4, 3), torch.tensor([3, 3])),
        (normal(g, 1, 1, 4), torch.tensor([1])),
    ]
    for _ in range(3):
        B, T, H = sizes(g, 3)
        cases.append((normal(g, B, T, H), whole(g, 1, T, B)))
    return cases


def _lengths_and_budgets(g):
    cases = [([1, 2, 3, 4, 5, 6], 12), ([5, 5, 5, 5], 10), ([3, 7, 50], 20), ([8], 4)]
    for _ in range(3):
        n, tokens = sizes(g, 2, low=5, high=20)
        cases.append((sorted(sizes(g, n, high=9)), tokens))
    return cases


def _packed_words_and_a_gru(g):
    cases = []
    for _ in range(5):
        B, D, H = sizes(g, 3)
        lengths = sorted(sizes(g, B, high=6), reverse=True)
        batch_sizes = [sum(length > t for length in lengths) for t in range(lengths[0])]
        words = normal(g, sum(lengths), D)
        cases.append((words, batch_sizes, normal(g, 3 * H, D), normal(g, 3 * H, H)))
    return cases


@exercise(
    "padding-lengths",
    task="""
        The way back from the staircase: given `batch_sizes` as a list, return the lengths of the
        documents as a list, longest first.
        """,
    hints=(
        "In how many steps does the longest document stand? And the second longest?",
        "The second longest stands in every step whose size is above 1, the third in every step "
        "whose size is above 2. Count steps, not words.",
        "For document k, counted from 0: `sum(size > k for size in batch_sizes)`; there are "
        "`batch_sizes[0]` documents.",
    ),
    minutes=5,
    difficulty=1,
    importance=2,
    trains="reading batch_sizes",
    cases=_batch_sizes,
)
def lengths_of(batch_sizes):
    return [sum(size > k for size in batch_sizes) for k in range(batch_sizes[0])]


@exercise(
    "padding-mean",
    task="""
        Instead of the last state, take the **mean** of each document's states. `output` comes from
        a dense LSTM, so what stands at the padding is not zero.
        """,
    hints=(
        "Which places of `output` must not count, and by what is the sum divided?",
        "Build a mask of words: place t is a word where t < length. Set everything else to zero, "
        "add up over time, and divide by the lengths, not by T.",
        "`words = torch.arange(T) < lengths[:, None]`; then "
        "`output.masked_fill(~words[..., None], 0).sum(1)`.",
    ),
    minutes=8,
    difficulty=2,
    importance=3,
    trains="masks, and what padding does to a mean",
    cases=_states_and_lengths,
    gradients=True,
)
def mean_state(output, lengths):
    """output (B, T, H), lengths (B,); returns (B, H)."""
    words = torch.arange(output.size(1)) < lengths[:, None]
    return output.masked_fill(~words[..., None], 0).sum(1) / lengths[:, None]


@exercise(
    "padding-budget",
    task="""
        A simpler sampler: `lengths` come sorted, short first. Fill a batch as long as documents ×
        longest ≤ `tokens`, then open the next; a document above the budget goes alone. Return how
        many documents each batch gets, as a list.
        """,
    hints=(
        "When a document comes, which one would be the longest of the batch?",
        "The lengths rise, so the new document would be its longest: would (size + 1) times its "
        "length still fit? If not, open a new batch, unless the present one is empty.",
        "Start with `sizes = [0]`. If `sizes[-1] and (sizes[-1] + 1) * length > tokens`, append a "
        "0; then add 1 to the last.",
    ),
    minutes=8,
    difficulty=2,
    importance=2,
    trains="batches by a budget of positions",
    cases=_lengths_and_budgets,
)
def budget_batches(lengths, tokens):
    sizes = [0]
    for length in lengths:
        if sizes[-1] and (sizes[-1] + 1) * length > tokens:
            sizes.append(0)
        sizes[-1] += 1
    return sizes


@exercise(
    "padding-gru",
    task=r"""
        A GRU down the staircase. `data` and `batch_sizes` come from packing, documents sorted,
        longest first. PyTorch's GRU computes
        $$r = \sigma(a_r + b_r) \quad z = \sigma(a_z + b_z) \quad n = \tanh(a_n + r \odot b_n)
        \quad h_t = (1 - z) \odot n + z \odot h_{t-1}$$
        where $(a_r, a_z, a_n)$ are the three parts of $W_x x_t$ and $(b_r, b_z, b_n)$ those of
        $W_h h_{t-1}$ (no bias here). Return each document's last state.
        """,
    hints=(
        "How many rows of `h` have a word at this step, and what happens to the others?",
        "The words of a step are the next n rows of `data @ W_x.T`, n from `batch_sizes`; they go "
        "with the first n rows of `h`. Only these rows are new.",
        "Go through `(data @ W_x.T).split(batch_sizes)`, cut each part with `chunk(3, dim=1)`, and "
        "end with `h = torch.cat([new, h[n:]])`: the last states of short documents stay.",
    ),
    minutes=15,
    difficulty=3,
    importance=2,
    trains="packed data, and the GRU's equations",
    cases=_packed_words_and_a_gru,
    gradients=True,
)
def packed_gru(data, batch_sizes, W_x, W_h):
    """data (words, D), W_x (3H, D), W_h (3H, H); returns (B, H)."""
    h = data.new_zeros(batch_sizes[0], W_h.size(1))
    for a in (data @ W_x.T).split(batch_sizes):
        n = len(a)
        a_r, a_z, a_n = a.chunk(3, dim=1)
        b_r, b_z, b_n = (h[:n] @ W_h.T).chunk(3, dim=1)
        r = torch.sigmoid(a_r + b_r)
        z = torch.sigmoid(a_z + b_z)
        new = torch.tanh(a_n + r * b_n)
        h = torch.cat([(1 - z) * new + z * h[:n], h[n:]])
    return h
