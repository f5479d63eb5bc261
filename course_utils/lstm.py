"""An LSTM for padded batches with the exact results of packing, at the speed of the dense kernel.
On a CPU a PackedSequence misses oneDNN (pytorch#149194), so each direction runs as a dense call."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from course_utils.batching import as_integers


def reverse_padded(x: Tensor, lengths: Tensor) -> Tensor:
    """Every sequence of `x` (T, B, D) reversed inside its own length; the padding stays.

    Whole rows are copied, which is faster than `gather`.
    """
    n_steps, batch_size = x.shape[:2]
    lengths = lengths.long()
    steps = torch.arange(n_steps, device=x.device)[:, None]
    mirrored = torch.where(steps < lengths, lengths - 1 - steps, steps)
    rows = mirrored * batch_size + torch.arange(batch_size, device=x.device)
    return x.flatten(0, 1).index_select(0, rows.flatten()).view_as(x)


class PaddedLSTM(nn.LSTM):
    """`nn.LSTM` on (x, lengths) that never sees padding; its `state_dict` is that of `nn.LSTM`.

    Constructed like `nn.LSTM` (Hochreiter & Schmidhuber 1997), always batch first, without
    projection.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        device=None,
        dtype=None,
    ):
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first=True,
            dropout=dropout,
            bidirectional=bidirectional,
            device=device,
            dtype=dtype,
        )

    def forward(  # type: ignore[override]
        self, x: Tensor, lengths: Tensor | Iterable[int]
    ) -> tuple[Tensor, Tensor]:
        """`x` (B, T, D), `lengths` (B,) from 1 to T -> `output`, `h_n`.

        `lengths` is a tensor of any integer dtype, or a list, tuple or array of whole numbers.

        `output` (B, T, H · directions) is zero at padding; `h_n` (layers · directions, B, H) has
        each direction's state after its last word. What stands at padded positions, NaN included,
        has no influence. `ValueError` for lengths that do not fit.
        """
        lengths = self._checked(x, lengths)
        if x.is_cuda:
            return self._packed(x, lengths)
        lengths = lengths.to(x.device)
        padded = (torch.arange(x.size(1), device=x.device) >= lengths[:, None])[..., None]
        if x.detach()[padded[..., 0]].any():  # NaN counts; from an embedding, zeros: no copy
            x = x.masked_fill(padded, 0)
        x = x.transpose(0, 1).contiguous()  # time first, as oneDNN wants it: no more copies below
        states: list[Tensor] = []
        for layer in range(self.num_layers):
            if layer and self.dropout:
                x = F.dropout(x, self.dropout, self.training)
            x = self._layer(x, lengths, layer, states)
        return x.transpose(0, 1).masked_fill(padded, 0), torch.stack(states)

    def _packed(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """The same on a GPU, where cuDNN is fast with a PackedSequence."""
        packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
        output, (h_n, _) = super().forward(packed)
        return pad_packed_sequence(output, batch_first=True, total_length=x.size(1))[0], h_n

    def _layer(self, x: Tensor, lengths: Tensor, layer: int, states: list[Tensor]) -> Tensor:
        """(T, B, D) -> (T, B, H · directions); behind the last word anything may stand."""
        forth = self._direction(x, lengths, f"_l{layer}", states)
        if not self.bidirectional:
            return forth
        mirrored = reverse_padded(x, lengths)
        back = self._direction(mirrored, lengths, f"_l{layer}_reverse", states)
        return torch.cat([forth, reverse_padded(back, lengths)], -1)

    def _direction(self, x: Tensor, lengths: Tensor, suffix: str, states: list[Tensor]) -> Tensor:
        """One layer in one direction over (T, B, D); appends its last states (B, H)."""
        names = ["weight_ih", "weight_hh"]
        if self.bias:
            names += ["bias_ih", "bias_hh"]
        weights = [getattr(self, name + suffix) for name in names]
        zero = x.new_zeros(1, x.size(1), self.hidden_size)
        # torch.lstm is what nn.LSTM calls, but undocumented; a module call cannot choose weights.
        # After the weights: has bias, layers, dropout, training, bidirectional, batch first.
        output, _, _ = torch.lstm(
            x, (zero, zero), weights, self.bias, 1, 0.0, self.training, False, False
        )
        states.append(output[lengths - 1, torch.arange(x.size(1), device=x.device)])
        return output

    def _checked(self, x: Tensor, lengths: Tensor | Iterable[int]) -> Tensor:
        """The lengths as int64: smaller types would be taken for masks, or overflow."""
        if x.dim() != 3 or x.size(2) != self.input_size:
            raise ValueError(f"x must be (batch, time, {self.input_size}), not {tuple(x.shape)}")
        lengths = _as_whole_numbers(lengths)
        if lengths.shape != x.shape[:1]:
            raise ValueError(
                f"lengths must have one entry a document: shape ({x.size(0)},), "
                f"not {tuple(lengths.shape)}"
            )
        lengths = lengths.long()
        if lengths.min() < 1 or lengths.max() > x.size(1):
            raise ValueError(
                f"lengths must lie between 1 and {x.size(1)}; "
                f"they go from {lengths.min()} to {lengths.max()}"
            )
        return lengths


def _as_whole_numbers(lengths: Tensor | Iterable[int]) -> Tensor:
    """A tensor stays on its device; a mask, which nobody means for lengths, is refused."""
    kind = getattr(lengths, "dtype", None)
    if str(kind) == "bool" or (isinstance(lengths, Tensor) and not _holds_integers(lengths)):
        raise ValueError(f"lengths must be whole numbers, not {kind}: count each document's words")
    return lengths if isinstance(lengths, Tensor) else as_integers(lengths, "lengths")


def _holds_integers(tensor: Tensor) -> bool:
    dtype = tensor.dtype
    return not (dtype.is_floating_point or dtype.is_complex or dtype == torch.bool)
