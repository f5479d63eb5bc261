"""Ten public models of recurrent networks for text, written anew from their descriptions.
`diagnose` is tried on them and on those of `public_models_2`, as they are and with faults."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

V = 60  # words
D = 6  # size of a vector
H = 5  # hidden units
K = 3  # classes


class CharRNN(nn.Module):
    """PyTorch's tutorial on names, 2017: an Elman cell on one-hot letters, a loop outside torch."""

    def __init__(self):
        super().__init__()
        self.i2h = nn.Linear(D + H, H)
        self.h2o = nn.Linear(H, K)

    def forward(self, x: Tensor) -> Tensor:
        h = x.new_zeros(len(x), H)
        for x_t in x.unbind(1):
            h = torch.tanh(self.i2h(torch.cat([x_t, h], dim=1)))
        return self.h2o(h).log_softmax(dim=1)


class NameRNN(nn.Module):
    """The same tutorial today: `nn.RNN`, its last hidden state, a linear layer."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(D, H, batch_first=True)
        self.h2o = nn.Linear(H, K)

    def forward(self, x: Tensor) -> Tensor:
        _, h_n = self.rnn(x)
        return self.h2o(h_n[0]).log_softmax(dim=1)


class PackedBiLSTM(nn.Module):
    """bentrevett's sentiment analysis, 2018: two packed layers in two directions."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, D, padding_idx=0)
        self.rnn = nn.LSTM(
            D, H, num_layers=2, bidirectional=True, dropout=0.5, batch_first=True
        )  # fmt: skip
        self.fc = nn.Linear(2 * H, K)
        self.dropout = nn.Dropout(0.5)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        e = self.dropout(self.embedding(x))
        packed = pack_padded_sequence(e, lengths.cpu(), batch_first=True, enforce_sorted=False)
        _, (h_n, _) = self.rnn(packed)
        return self.fc(self.dropout(torch.cat([h_n[-2], h_n[-1]], dim=1)))


class TextRNN(nn.Module):
    """A Chinese collection of text classifiers, 2019: two directions, the last column of 32."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, D)
        self.lstm = nn.LSTM(D, H, 2, bidirectional=True, batch_first=True, dropout=0.5)
        self.fc = nn.Linear(2 * H, K)

    def forward(self, x: Tensor) -> Tensor:
        output, _ = self.lstm(self.embedding(x))
        return self.fc(output[:, -1])


class TextRNNAttention(nn.Module):
    """The same collection: one vector asks all columns, padding among them (Zhou et al. 2016)."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, D)
        self.lstm = nn.LSTM(D, H, bidirectional=True, batch_first=True)
        self.w = nn.Parameter(torch.randn(2 * H))
        self.fc = nn.Linear(2 * H, K)

    def forward(self, x: Tensor) -> Tensor:
        output, _ = self.lstm(self.embedding(x))
        alpha = (output.tanh() @ self.w).softmax(dim=1)
        return self.fc((output * alpha[..., None]).sum(dim=1).relu())


class FastText(nn.Module):
    """bentrevett, after Joulin et al. 2016: the plain mean of all columns."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, D, padding_idx=0)
        self.fc = nn.Linear(D, K)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.embedding(x).mean(dim=1))


class KimCNN(nn.Module):
    """Kim 2014: convolutions of several widths, each one's maximum; padding is masked here."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, D, padding_idx=0)
        self.convs = nn.ModuleList([nn.Conv1d(D, H, k, padding=k // 2) for k in (1, 3)])
        self.dropout = nn.Dropout(0.5)
        self.fc = nn.Linear(2 * H, K)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        padding = torch.arange(x.shape[1]) >= lengths[:, None]
        e = self.embedding(x).transpose(1, 2)
        maxima = [
            conv(e).relu().masked_fill(padding[:, None], -torch.inf).amax(dim=2)
            for conv in self.convs
        ]
        return self.fc(self.dropout(torch.cat(maxima, dim=1)))


class RowLSTM(nn.Module):
    """yunjey's tutorial, 2017: the rows of an image through two LSTM layers."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(D, H, 2, batch_first=True)
        self.fc = nn.Linear(H, K)

    def forward(self, x: Tensor) -> Tensor:
        h0 = x.new_zeros(2, x.size(0), H)
        c0 = x.new_zeros(2, x.size(0), H)
        output, _ = self.lstm(x, (h0, c0))
        return self.fc(output[:, -1])


class InferSent(nn.Module):
    """Conneau et al. 2017, mended: sorted, packed, unsorted, the maximum over real words."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, D, padding_idx=0)
        self.lstm = nn.LSTM(D, H, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(2 * H, K)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        n, order = lengths.sort(descending=True, stable=True)
        packed = pack_padded_sequence(self.embedding(x[order]), n.cpu(), batch_first=True)
        output, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        output = output[order.argsort()]
        padding = torch.arange(output.shape[1]) >= lengths[:, None]
        return self.fc(output.masked_fill(padding[..., None], -1e9).amax(dim=1))


class WordAttention(nn.Module):
    """Yang et al. 2016, the lower half of the hierarchy: a GRU, and attention over real words."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, D, padding_idx=0)
        self.gru = nn.GRU(D, H, bidirectional=True, batch_first=True)
        self.project = nn.Linear(2 * H, H)
        self.context = nn.Linear(H, 1, bias=False)
        self.fc = nn.Linear(2 * H, K)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        packed = pack_padded_sequence(
            self.embedding(x), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        output, _ = pad_packed_sequence(self.gru(packed)[0], batch_first=True)
        padding = torch.arange(output.shape[1]) >= lengths[:, None]
        scores = self.context(self.project(output).tanh())[..., 0]
        alpha = scores.masked_fill(padding, -torch.inf).softmax(dim=1)
        return self.fc(F.dropout((alpha[..., None] * output).sum(dim=1), 0.3, self.training))
