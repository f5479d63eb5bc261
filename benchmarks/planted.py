"""Faults for the public models: one change of a line each, and what `diagnose` should call it.
BY_DESIGN holds what these models can't help on a padded batch, and what is true of them."""

from torch import nn

from benchmarks import public_models as one
from benchmarks import public_models_2 as two

PACKED = "texts and lengths"
COLUMNS = "padded texts"
VECTORS = "vectors of one length"

BATCHES = {
    one.CharRNN: VECTORS,
    one.NameRNN: VECTORS,
    one.PackedBiLSTM: PACKED,
    one.TextRNN: COLUMNS,
    one.TextRNNAttention: COLUMNS,
    one.FastText: COLUMNS,
    one.KimCNN: PACKED,
    one.RowLSTM: VECTORS,
    one.InferSent: PACKED,
    one.WordAttention: PACKED,
    two.SelfAttention: PACKED,
    two.ConcatPooling: PACKED,
    two.DeepAveraging: PACKED,
    two.Transformer: PACKED,
    two.CellLoop: PACKED,
    two.TemporalConvolution: VECTORS,
    two.QuasiRNN: PACKED,
    two.BinaryLSTM: PACKED,
    two.TimeFirst: COLUMNS,
    two.LastOfReal: PACKED,
}

BY_DESIGN = {
    # The last column has one step of the backward direction: its recurrent weights learn nothing.
    one.TextRNN: {"padding", "frozen"},
    one.TextRNNAttention: {"padding"},
    one.FastText: {"padding"},
    two.TimeFirst: {"padding"},
}

ALL_LENGTHS = "torch.full_like(lengths, x.shape[1]).cpu()"
BATCH_FIRST = ", batch_first=True"

# (model, what it should be called, the line's old text, its new text)
FAULTS: list[tuple[type[nn.Module], str, str, str]] = [
    (one.CharRNN, "detached", "[x_t, h]", "[x_t, h.detach()]"),
    (one.CharRNN, "memory", "x.unbind(1)", "x.unbind(1)[1:]"),
    (one.NameRNN, "memory", "self.rnn(x)", "self.rnn(x[:, -1:])"),
    (one.NameRNN, "detached", "self.h2o(h_n[0])", "self.h2o(h_n[0].detach())"),
    (one.PackedBiLSTM, "lengths", "lengths.cpu()", ALL_LENGTHS),
    (one.PackedBiLSTM, "padding", "lengths.cpu()", ALL_LENGTHS),
    (one.PackedBiLSTM, "chance", "self.dropout(self.emb", "F.dropout(self.emb"),
    (
        one.PackedBiLSTM,
        "company",
        "torch.cat([h_n[-2], h_n[-1]], dim=1)",
        "h_n[-2:].reshape(len(x), -1)",
    ),
    (one.PackedBiLSTM, "frozen", "[h_n[-2], h_n[-1]]", "[h_n[-1], h_n[-1]]"),
    (one.TextRNN, "time axis", BATCH_FIRST, ""),
    (one.TextRNN, "company", BATCH_FIRST, ""),
    (one.TextRNN, "detached", "output[:, -1]", "output[:, -1].detach()"),
    (one.TextRNNAttention, "company", "softmax(dim=1)", "softmax(dim=0)"),
    (one.TextRNNAttention, "time axis", BATCH_FIRST, ""),
    (one.FastText, "memory", "self.embedding(x)", "self.embedding(x[:, 1:])"),
    (one.FastText, "frozen", "self.embedding(x)", "self.embedding(x).detach()"),
    (one.KimCNN, "padding", ".masked_fill(padding[:, None], -torch.inf)", ""),
    (one.KimCNN, "lengths", ".masked_fill(padding[:, None], -torch.inf)", ""),
    (one.KimCNN, "optimizer", "nn.ModuleList(", "list("),
    (
        one.RowLSTM,
        "kept state",
        "output, _ = self.lstm(x, (h0, c0))",
        'output, self.state = self.lstm(x, getattr(self, "state", (h0, c0)))',
    ),
    (one.RowLSTM, "memory", "self.lstm(x, ", "self.lstm(x[:, -2:], "),
    (one.InferSent, "company", "output[order.argsort()]", "output"),
    (one.InferSent, "company", "-1e9", "0"),
    (one.WordAttention, "company", ".masked_fill(padding, -torch.inf)", ""),
    (one.WordAttention, "company", ".softmax(dim=1)", ".softmax(dim=0)"),
    (one.WordAttention, "chance", ", 0.3, self.training", ", 0.3"),
    (two.SelfAttention, "padding", ".masked_fill(padding[..., None], -torch.inf)", ""),
    (two.SelfAttention, "lengths", ".masked_fill(padding[..., None], -torch.inf)", ""),
    (two.SelfAttention, "time axis", BATCH_FIRST, ""),
    # Minus infinity fills whole columns, and a softmax over nothing else is nan: alone and with
    # more padding in one case, on every batch in the other.
    (two.SelfAttention, "nan answers", ".softmax(dim=1)", ".softmax(dim=0)"),
    (two.SelfAttention, "company", ".softmax(dim=1)", ".softmax(dim=0)"),
    (two.SelfAttention, "padding", ".softmax(dim=1)", ".softmax(dim=0)"),
    (two.SelfAttention, "nan answers", "masked_fill(padding", "masked_fill(~padding"),
    (two.ConcatPooling, "padding", "output.masked_fill(padding, 0)", "output"),
    (two.ConcatPooling, "company", "(3 * H)\n", "(3 * H, track_running_stats=False)\n"),
    (two.DeepAveraging, "padding", "dim=1) / lengths[:, None]", "dim=1) / x.shape[1]"),
    (
        two.DeepAveraging,
        "company",
        "self.hidden(mean)",
        "self.hidden((mean - mean.mean(0)) / mean.std(0, correction=0))",
    ),
    (two.DeepAveraging, "frozen", "self.hidden(mean).tanh()", "self.hidden(mean).sign()"),
    (two.Transformer, "padding", ", src_key_padding_mask=padding", ""),
    (
        two.Transformer,
        "frozen",
        "self.places(torch.arange(x.shape[1]))",
        "self.places(torch.arange(x.shape[1])).detach()",
    ),
    (two.CellLoop, "detached", "(e_t, (h, c))", "(e_t, (h.detach(), c.detach()))"),
    (two.CellLoop, "detached", "(e_t, (h, c))", "(e_t, (h.detach(), c))"),
    (two.CellLoop, "padding", "h = torch.where(alive, new_h, h)", "h = new_h"),
    (two.CellLoop, "memory", "self.emb(x).unbind(1)", "self.emb(x[:, 1:]).unbind(1)"),
    (two.TemporalConvolution, "memory", "in range(4)]", "in range(2)]"),
    (two.TemporalConvolution, "frozen", "h[..., -1]", "h[..., -1].detach()"),
    (two.QuasiRNN, "detached", "f_t * c +", "f_t * c.detach() +"),
    (two.QuasiRNN, "padding", "output[torch.arange(len(x)), lengths - 1]", "output[:, -1]"),
    (two.QuasiRNN, "lengths", "output[torch.arange(len(x)), lengths - 1]", "output[:, -1]"),
    (two.BinaryLSTM, "lengths", "lengths.cpu()", ALL_LENGTHS),
    (two.BinaryLSTM, "detached", "hidden[-1]", "hidden[-1].detach()"),
    (two.TimeFirst, "time axis", "bidirectional=True", "bidirectional=True, batch_first=True"),
    (two.LastOfReal, "time axis", BATCH_FIRST, ""),
    (two.LastOfReal, "padding", "output.gather(1, index)[:, 0]", "output[:, -1]"),
    (two.LastOfReal, "detached", "self.lstm(self.emb(x))", "self.lstm(self.emb(x).detach())"),
]
