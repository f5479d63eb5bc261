"""The classifier that notebook 05 builds, for measurements; a test holds it against the notebook's definition."""

import torch
from torch import Tensor, nn

from course_utils import PaddedLSTM


class NewsClassifier(nn.Module):
    """Embedding, bidirectional LSTM, concat pooling [last, largest, mean] (Howard & Ruder 2018), linear layer.

    `forward(x, lengths)`: x (B, T) word indices, lengths (B,) -> logits (B, n_classes).
    """

    def __init__(
        self,
        matrix: Tensor,
        n_classes: int,
        hidden_size: int = 64,
        num_layers: int = 1,
        dropout: float = 0.5,
        word_dropout: float = 0.2,
    ):
        super().__init__()
        self.emb = nn.Embedding.from_pretrained(matrix, freeze=False, padding_idx=0)
        self.lstm = PaddedLSTM(
            matrix.shape[1],
            hidden_size,
            num_layers,
            bidirectional=True,
            dropout=dropout if num_layers > 1 else 0.0,
        )
        self.dropout, self.word_dropout = nn.Dropout(dropout), word_dropout
        self.out = nn.Linear(6 * hidden_size, n_classes)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        if self.training:
            hidden = (torch.rand(x.shape, device=x.device) < self.word_dropout) & (x > 0)
            x = x.masked_fill(hidden, 1)
        output, h_n = self.lstm(self.dropout(self.emb(x)), lengths)
        padding = (torch.arange(x.shape[1], device=x.device) >= lengths[:, None])[..., None]
        last = torch.cat([h_n[-2], h_n[-1]], dim=1)
        largest = output.masked_fill(padding, -torch.inf).max(dim=1).values
        mean = output.sum(dim=1) / lengths[:, None]
        return self.out(self.dropout(torch.cat([last, largest, mean], dim=1)))
