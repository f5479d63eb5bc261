"""`diagnose` where answers or gradients are no numbers: the nan is found, and nothing else is said
of what it touches. Equal infinities are equal."""

import torch
from diagnosis_helpers import Right, batch, seeded  # noqa: F401 (a fixture)
from torch import nn

from course_utils import diagnose


class Attention(nn.Module):
    """A GRU and attention, masked with minus infinity, over columns of padding and of words."""

    def __init__(self, axis=1):
        super().__init__()
        self.axis = axis
        self.emb = nn.Embedding(50, 6, padding_idx=0)
        self.gru = nn.GRU(6, 5, batch_first=True)
        self.score = nn.Linear(5, 1)
        self.out = nn.Linear(5, 3)

    def forward(self, x, lengths):
        output, _ = self.gru(self.emb(x))
        padding = torch.arange(x.shape[1]) >= lengths[:, None]
        scores = self.score(output)[..., 0].masked_fill(padding, -torch.inf)
        return self.out((scores.softmax(self.axis)[..., None] * output).sum(dim=1))


def test_attention_over_the_texts_is_nan_alone_and_with_more_padding():
    """nan is larger than nothing: the museum's own exhibit was "nothing found in 11 checks"."""
    assert diagnose(Attention(), batch()).names == []
    found = diagnose(Attention(axis=0), batch())
    assert found.names == ["nan answers", "company", "padding"]
    sentence = found.findings[0].sentence
    assert "are nan for a text alone and with more columns of padding: zero" in sentence


def test_the_batch_is_asked_about_as_it_is_given_with_all_its_padding():
    x, lengths, y = batch()
    wide = torch.cat([x, torch.zeros_like(x)], dim=1)
    assert diagnose(Attention(), (wide, lengths, y)).names == []
    found = diagnose(Attention(axis=0), (wide, lengths, y))
    assert "are nan on the batch that was given, for a text alone and with" in str(found)


class Standardised(Right):
    """Takes mean and spread from the other texts: a text alone is divided by zero."""

    def forward(self, x, lengths):
        z = super().forward(x, lengths)
        return (z - z.mean(0)) / z.std(0, correction=0)


def test_a_text_that_is_nan_alone_has_another_answer_in_company():
    found = diagnose(Standardised(), batch())
    assert found.names == ["nan answers", "company"]
    assert "are nan for a text alone: zero" in found.findings[0].sentence


class Never(Right):
    """Zero divided by zero, always."""

    def forward(self, x, lengths):
        return super().forward(x, lengths) * 0 / 0


def test_where_all_answers_are_nan_nothing_else_is_said_of_them():
    found = diagnose(Never(), batch())
    assert found.names == ["nan answers"]
    assert "are nan on the batch that was given: zero" in found.findings[0].sentence
    compared = {"chance", "kept state", "company", "padding", "lengths", "memory", "detached"}
    assert compared <= found.unchecked.keys()
    assert found.unchecked["padding"] == "the answers are nan: mend that first"


class Distance(Right):
    """How far the first state is from the others: the root of zero has no slope at itself."""

    def forward(self, x, lengths):
        output, _ = self.lstm(self.emb(x))
        apart = (output - output[:, :1]).square().sum(2).sqrt()
        far = torch.arange(x.shape[1]) < lengths[:, None]
        return self.out(output[:, 0]) + (apart * far).amax(1)[:, None]


def test_a_gradient_that_is_nan_is_found_where_the_answers_are_numbers():
    found = diagnose(Distance(), batch())
    assert found.names == ["nan answers"]
    sentence = found.findings[0].sentence
    assert "The answers are numbers, but the gradient of emb.weight" in sentence
    assert "out.weight" not in sentence


class Overflows(Right):
    """The softmax as it is typed, for a network that is very sure: nan in float32 only."""

    def forward(self, x, lengths):
        p = (100 + super().forward(x, lengths)).exp()
        return p / p.sum(dim=1, keepdim=True)


def test_what_is_nan_in_float32_only_is_found_in_its_own_precision():
    assert Overflows()(*batch()[:2]).isnan().all()
    assert diagnose(Overflows(), batch()).names == ["nan answers"]


class MaskedClass(Right):
    """One class is ruled out: its score is minus infinity for all texts."""

    last = False

    def forward(self, x, lengths):
        output, _ = self.lstm(self.emb(x))
        there = x.shape[1] - 1 if self.last else lengths - 1
        scores = self.out(output[torch.arange(len(x)), there])
        return scores.masked_fill(torch.tensor([False, False, True]), -torch.inf)


def test_equal_infinities_are_equal_and_hide_nothing():
    assert diagnose(MaskedClass(), batch()).names == []
    wrong = MaskedClass()
    wrong.last = True
    assert diagnose(wrong, batch()).names == ["padding", "lengths"]
