"""What the tests of `diagnose` share: a batch, the network that they change, one seed for all."""

import pytest
import torch
from torch import nn


def batch(seed=0):
    g = torch.Generator().manual_seed(seed)
    lengths = torch.tensor([9, 4, 7, 6, 3, 8] * 4)
    x = torch.randint(2, 50, (24, 9), generator=g)
    x = x.masked_fill(torch.arange(9) >= lengths[:, None], 0)
    return x, lengths, torch.arange(24)[torch.randperm(24, generator=g)] % 3


class Right(nn.Module):
    """The network that the tests change: dense, the last real word, dropout."""

    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(50, 6, padding_idx=0)
        self.lstm = nn.LSTM(6, 5, batch_first=True)
        self.dropout = nn.Dropout(0.5)
        self.out = nn.Linear(5, 3)

    def forward(self, x, lengths):
        output, _ = self.lstm(self.emb(x))
        return self.out(self.dropout(output[torch.arange(len(x)), lengths - 1]))


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)
