"""Exercises of notebook 13, The bug museum.
The ends of an upper layer, a fair accuracy, a loss for each text, and a detector of bad company."""

import torch
from torch import nn

from course_utils.exercises import exercise
from course_utils.exercises.draws import normal, sizes, whole


def _ends_of_two_directions(g):
    """Shapes tell the axes apart: no case has as many texts as units."""
    cases = [(torch.arange(1.0, 25.0).view(4, 3, 2),)]
    for _ in range(3):
        B, H = sizes(g, 2, low=2)
        cases.append((normal(g, 4, B, H + 1 if B == H else H),))
    return cases


def _logits_and_targets(g):
    few = torch.tensor([[[0.0, 1.0], [2.0, 0.0], [5.0, 0.0]], [[0.0, 3.0], [4.0, 0.0], [1.0, 1.0]]])
    cases = [(few, torch.tensor([[1, 1, 0], [1, 0, 0]]))]
    for _ in range(4):
        B, T = sizes(g, 2, low=3)
        lengths = whole(g, 1, T - 1, B)
        lengths[0] = T
        targets = whole(g, 1, 5, B, T).masked_fill(torch.arange(T) >= lengths[:, None], 0)
        cases.append((normal(g, B, T, 6), targets))
    return cases


def _batches(g):
    cases = [([(128, 128), (0, 1)],), ([(3, 4)],)]
    for _ in range(3):
        full, rest, n = sizes(g, 3, low=2, high=9)
        of = [full + rest] * n + [rest]
        cases.append(([(sizes(g, 1, low=0, high=size)[0], size) for size in of],))
    return cases


class Reader(nn.Module):
    """Scores (B, 3) of texts of indices (B, T); `way` says how it reads."""

    vectors: torch.Tensor
    W_h: torch.Tensor

    def __init__(self, way: str, g: torch.Generator):
        super().__init__()
        self.way = way
        self.register_buffer("vectors", normal(g, 9, 3))
        self.register_buffer("W_h", normal(g, 3, 3))

    def forward(self, x, lengths):
        h = self.W_h.new_zeros(len(x), 3)
        states = []
        for x_t in x.unbind(1):
            h = torch.tanh(self.vectors[x_t] + h @ self.W_h)
            states.append(h)
        output = torch.stack(states, dim=1)
        if self.way == "last column":
            return output[:, -1]
        last = output[torch.arange(len(x)), lengths - 1]
        return last - last.mean(dim=0) if self.way == "mean of the batch" else last

    def __repr__(self) -> str:
        return f"a reader ({self.way})"


def _readers_and_texts(g):
    cases = []
    for way in ("last word", "last column", "mean of the batch", "last column"):
        B, T = sizes(g, 2, low=3, high=5)
        lengths = whole(g, 1, T - 1, B)
        lengths[0] = T
        x = whole(g, 1, 8, B, T).masked_fill(torch.arange(T) >= lengths[:, None], 0)
        cases.append((Reader(way, g).double(), x, lengths))
    return cases


@exercise(
    "museum-ends",
    task="""
        `h_n` (4, B, H) holds the last states of an `nn.LSTM` with two layers, each in both
        directions. Return the upper layer's ends, one row for each text, (B, 2H), forwards first.
        """,
    hints=(
        "In which order do layers and directions stand in `h_n`? The documentation of `nn.LSTM` "
        "says it.",
        "Layer by layer, and in each layer forwards, then backwards. The upper layer has the last "
        "two. `view` never moves a number, so don't ask it to put them side by side.",
        "`torch.cat` of `h_n[2]` and `h_n[3]`, along the units.",
    ),
    minutes=4,
    difficulty=1,
    importance=3,
    trains="reading shapes as axes with a meaning",
    cases=_ends_of_two_directions,
    gradients=True,
)
def both_ends(h_n):
    return torch.cat([h_n[2], h_n[3]], dim=1)


@exercise(
    "museum-accuracy",
    task="""
        `batches` is a list of pairs: how many answers of a batch are right, and how many texts it
        has. Return the accuracy over all texts.
        """,
    hints=(
        "How much does one text of the last, small batch count?",
        "Each text should count the same, so count texts, not batches.",
        "One sum of what is right, one sum of what there is, and a single division.",
    ),
    minutes=3,
    difficulty=1,
    importance=3,
    trains="suspicion of averages of averages",
    cases=_batches,
)
def accuracy(batches):
    return sum(right for right, _ in batches) / sum(n for _, n in batches)


@exercise(
    "museum-loss",
    task="""
        Which text surprises a language model most? Return one loss a text, (B,): the mean
        cross-entropy over the text's real tokens. `logits` (B, T, V), `targets` (B, T), padding
        is 0, and no text is empty.
        """,
    hints=(
        "Which targets are no words, and by what should each text's sum be divided?",
        '`cross_entropy` with `reduction="none"` gives a loss for each position, and 0 where '
        "`ignore_index` stands. It wants the words in axis 1: (B, V, T).",
        '`cross_entropy(logits.transpose(1, 2), targets, ignore_index=0, reduction="none")`; then '
        "the sum of each row, divided by the row's number of real tokens.",
    ),
    minutes=8,
    difficulty=2,
    importance=3,
    trains="losses on padded batches",
    cases=_logits_and_targets,
    gradients=True,
)
def text_losses(logits, targets):
    losses = nn.functional.cross_entropy(
        logits.transpose(1, 2), targets, ignore_index=0, reduction="none"
    )
    return losses.sum(dim=1) / (targets != 0).sum(dim=1)


@exercise(
    "museum-detector",
    task="""
        Write a detector. `model(x, lengths)` gives scores (B, K) for padded texts `x` (B, T). Ask
        about each text alone, cut to its own length, too. Return (B): the largest amount by which
        a score of each text differs between the two. Right networks get zeros.
        """,
    hints=(
        "What should a text's answer not depend on? Take both of it away.",
        "One call with the whole batch; one a text with `x[i : i + 1, :n]` and its own length.",
        "`torch.cat` the answers of the single texts, subtract, `.abs().amax(dim=1)`.",
    ),
    minutes=15,
    difficulty=2,
    importance=3,
    trains="asking a network a question with a known answer",
    cases=_readers_and_texts,
)
def moved_by_company(model, x, lengths):
    together = model(x, lengths)
    pairs = enumerate(lengths.tolist())
    alone = [model(x[i : i + 1, :n], lengths[i : i + 1]) for i, n in pairs]
    return (torch.cat(alone) - together).abs().amax(dim=1)
