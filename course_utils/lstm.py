"""An LSTM for padded batches with the exact results of packing, at the speed of the dense kernel.
On a CPU a PackedSequence misses oneDNN and takes a slow path (pytorch#149194), so each direction runs as a dense call."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


def reverse_padded(x: Tensor, lengths: Tensor) -> Tensor:
    """Every sequence of `x` (T, B, D) reversed inside its own length; the padding stays. Whole rows are copied, which beats gather."""
    steps = torch.arange(x.size(0), device=x.device)[:, None]
    mirror = torch.where(steps < lengths, lengths - 1 - steps, steps) * x.size(1) + torch.arange(
        x.size(1), device=x.device
    )
    return x.flatten(0, 1).index_select(0, mirror.flatten()).view_as(x)


class PaddedLSTM(nn.LSTM):
    """`nn.LSTM` on (x, lengths) that never sees padding; parameters and `state_dict` are those of `nn.LSTM`.

    Constructed like `nn.LSTM` (Hochreiter & Schmidhuber 1997), always batch first, without projection."""

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
            True,
            dropout,
            bidirectional,
            device=device,
            dtype=dtype,
        )

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """`x` (B, T, D), `lengths` (B,) whole numbers from 1 to T -> `output` (B, T, H · directions), zero at padding, and
        `h_n` (layers · directions, B, H), each direction's state after its last word. What stands at padded positions,
        NaN included, has no influence. `ValueError` for lengths that do not fit."""
        self._check(x, lengths)
        if x.is_cuda:
            packed, (h_n, _) = super().forward(
                pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
            )
            return pad_packed_sequence(packed, batch_first=True, total_length=x.size(1))[0], h_n
        lengths, states = lengths.to(x.device), []
        padded = torch.arange(x.size(1), device=x.device) >= lengths[:, None]
        if x.detach()[
            padded
        ].any():  # NaN counts; where padding is zero already, as from an embedding, a copy is saved
            x = x.masked_fill(padded[..., None], 0)
        x = (
            x.transpose(0, 1).contiguous()
        )  # time first, as oneDNN wants it: from here on nothing is copied for its sake
        for layer in range(self.num_layers):
            if layer and self.dropout:
                x = F.dropout(x, self.dropout, self.training)
            outputs = [self._direction(x, lengths, f"_l{layer}", states)]
            if self.bidirectional:
                back = self._direction(
                    reverse_padded(x, lengths), lengths, f"_l{layer}_reverse", states
                )
                outputs.append(reverse_padded(back, lengths))
            x = (
                torch.cat(outputs, -1) if self.bidirectional else outputs[0]
            )  # behind the last word anything may stand: nothing reads it
        return x.transpose(0, 1).masked_fill(padded[..., None], 0), torch.stack(states)

    def _direction(self, x: Tensor, lengths: Tensor, suffix: str, states: list[Tensor]) -> Tensor:
        """One layer in one direction over (T, B, D); appends its last states (B, H)."""
        weights = [
            getattr(self, name + suffix)
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")[: 4 if self.bias else 2]
        ]
        zero = x.new_zeros(1, x.size(1), self.hidden_size)
        output = torch._VF.lstm(
            x, (zero, zero), weights, self.bias, 1, 0.0, self.training, False, False
        )[0]
        states.append(output[lengths - 1, torch.arange(x.size(1), device=x.device)])
        return output

    def _check(self, x: Tensor, lengths: Tensor) -> None:
        if x.dim() != 3 or x.size(2) != self.input_size:
            raise ValueError(f"x must be (batch, time, {self.input_size}), not {tuple(x.shape)}")
        if (
            not isinstance(lengths, Tensor)
            or lengths.is_floating_point()
            or lengths.dtype == torch.bool
        ):
            raise ValueError(
                f"lengths must be a tensor of whole numbers, not {getattr(lengths, 'dtype', type(lengths).__name__)}"
            )
        if lengths.shape != x.shape[:1]:
            raise ValueError(
                f"lengths must have one entry a document: shape ({x.size(0)},), not {tuple(lengths.shape)}"
            )
        if lengths.min() < 1 or lengths.max() > x.size(1):
            raise ValueError(
                f"lengths must lie between 1 and {x.size(1)}; they go from {lengths.min()} to {lengths.max()}"
            )
