"""Ten more public models, written anew from their descriptions: pooling, cells by hand, others.
Not all are recurrent: what classifies sequences must bear the same questions."""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from benchmarks.public_models import D, H, K, V


class SelfAttention(nn.Module):
    """Lin et al. 2017: several rows of attention over the states of both directions."""

    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, D, padding_idx=0)
        self.lstm = nn.LSTM(D, H, batch_first=True)
        self.hops = nn.Sequential(nn.Linear(H, H, bias=False), nn.Tanh(), nn.Linear(H, 2))
        self.out = nn.Linear(2 * H, K)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        output, _ = self.lstm(self.emb(x))
        padding = torch.arange(x.shape[1]) >= lengths[:, None]
        A = self.hops(output).masked_fill(padding[..., None], -torch.inf).softmax(dim=1)
        return self.out((A.transpose(1, 2) @ output).flatten(1))


class ConcatPooling(nn.Module):
    """Howard & Ruder 2018, the head: last state, maximum and mean of a GRU."""

    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, D, padding_idx=0)
        self.gru = nn.GRU(D, H, batch_first=True)
        self.norm = nn.BatchNorm1d(3 * H)
        self.out = nn.Linear(3 * H, K)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        output, _ = self.gru(self.emb(x))
        padding = (torch.arange(x.shape[1]) >= lengths[:, None])[..., None]
        last = output[torch.arange(len(x)), lengths - 1]
        largest = output.masked_fill(padding, -torch.inf).amax(dim=1)
        mean = output.masked_fill(padding, 0).sum(dim=1) / lengths[:, None]
        return self.out(self.norm(torch.cat([last, largest, mean], dim=1)))


class DeepAveraging(nn.Module):
    """Iyyer et al. 2015: the mean of the real words' vectors, two layers, words dropped."""

    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, D, padding_idx=0)
        self.hidden = nn.Linear(D, H)
        self.drop = nn.Dropout1d(0.3)
        self.out = nn.Linear(H, K)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        e = self.drop(self.emb(x))
        real = torch.arange(x.shape[1]) < lengths[:, None]
        mean = (e * real[..., None]).sum(dim=1) / lengths[:, None]
        return self.out(self.hidden(mean).tanh())


class Transformer(nn.Module):
    """Vaswani et al. 2017, one layer of the encoder, with a mask for padding; a mean on top."""

    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, D, padding_idx=0)
        self.places = nn.Embedding(512, D)
        self.layer = nn.TransformerEncoderLayer(D, 2, 12, dropout=0.1, batch_first=True)
        self.out = nn.Linear(D, K)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        padding = torch.arange(x.shape[1]) >= lengths[:, None]
        e = self.emb(x) + self.places(torch.arange(x.shape[1]))
        output = self.layer(e, src_key_padding_mask=padding)
        output = output.masked_fill(padding[..., None], 0)
        return self.out(output.sum(dim=1) / lengths[:, None])


class CellLoop(nn.Module):
    """An `nn.LSTMCell` in a loop, as tutorials write it; a text that has ended keeps its state."""

    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, D, padding_idx=0)
        self.cell = nn.LSTMCell(D, H)
        self.out = nn.Linear(H, K)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        h = c = self.emb.weight.new_zeros(len(x), H)
        for t, e_t in enumerate(self.emb(x).unbind(1)):
            new_h, new_c = self.cell(e_t, (h, c))
            alive = (t < lengths)[:, None]
            h = torch.where(alive, new_h, h)
            c = torch.where(alive, new_c, c)
        return self.out(h)


class TemporalConvolution(nn.Module):
    """Bai et al. 2018 on sequences of one length: causal, dilated; the last step decides."""

    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv1d(D, D, 3, dilation=2**n) for n in range(4)])
        self.out = nn.Linear(D, K)

    def forward(self, x: Tensor) -> Tensor:
        h = x.transpose(1, 2)
        for n, conv in enumerate(self.convs):
            h = h + conv(nn.functional.pad(h, (2 * 2**n, 0))).tanh()
        return self.out(h[..., -1])


class QuasiRNN(nn.Module):
    """Bradbury et al. 2016: gates from a convolution, a pooling that carries one state along."""

    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, D, padding_idx=0)
        self.conv = nn.Conv1d(D, 2 * H, 2)
        self.out = nn.Linear(H, K)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        e = nn.functional.pad(self.emb(x).transpose(1, 2), (1, 0))
        z, f = self.conv(e).transpose(1, 2).chunk(2, dim=2)
        c = z.new_zeros(len(x), H)
        states = []
        for z_t, f_t in zip(z.tanh().unbind(1), f.sigmoid().unbind(1), strict=True):
            c = f_t * c + (1 - f_t) * z_t
            states.append(c)
        output = torch.stack(states, dim=1)
        return self.out(output[torch.arange(len(x)), lengths - 1])


class BinaryLSTM(nn.Module):
    """Raschka et al. 2022, chapter 15: one direction, packed, one probability a text."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, D, padding_idx=0)
        self.rnn = nn.LSTM(D, H, batch_first=True)
        self.fc1 = nn.Linear(H, H)
        self.fc2 = nn.Linear(H, 1)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        packed = pack_padded_sequence(
            self.embedding(x), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        _, (hidden, _) = self.rnn(packed)
        return self.fc2(self.fc1(hidden[-1]).relu()).sigmoid()


class TimeFirst(nn.Module):
    """d2l's sentiment analysis: time first, first and last column of two directions."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, D)
        self.encoder = nn.LSTM(D, H, num_layers=2, bidirectional=True)
        self.decoder = nn.Linear(4 * H, K)

    def forward(self, x: Tensor) -> Tensor:
        output, _ = self.encoder(self.embedding(x.T))
        return self.decoder(torch.cat([output[0], output[-1]], dim=1))


class LastOfReal(nn.Module):
    """A common answer to a common question: a dense LSTM, and `gather` at the last real word."""

    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, D, padding_idx=0)
        self.lstm = nn.LSTM(D, H, batch_first=True)
        self.out = nn.Linear(H, K)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        output, _ = self.lstm(self.emb(x))
        index = (lengths - 1)[:, None, None].expand(-1, 1, H)
        return self.out(output.gather(1, index)[:, 0])
