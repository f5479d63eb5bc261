"""Beam search over any model that reads one token at a time.
To sort all successors would cost more than the model, so only those that can win are sorted."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

SLACK = 1e-5  # relative: rounding must not lose a candidate, and one too many does no harm


def check_range(temperature: float = 1.0, top_p: float | None = None, **counts: int | None) -> None:
    """Raises ValueError that names all values out of their range; `counts` must be at least 1."""
    faults = [
        f"{name} must be at least 1, got {value}"
        for name, value in counts.items()
        if value is not None and value < 1
    ]
    if not temperature > 0:
        faults.append(
            f"temperature must be above 0, got {temperature}; for the likeliest take 1e-6"
        )
    if top_p is not None and not 0 < top_p <= 1:
        faults.append(f"top_p must be above 0 and at most 1, got {top_p}")
    if faults:
        raise ValueError("; ".join(faults))


def wu_penalty(length: Any, strength: float) -> Any:
    """What log p is divided by in a ranking of texts of different `length` (a number, or an array
    or tensor of them): ((5 + length) / 6) ** strength (Wu et al. 2016, eq. 14)."""
    return ((5 + length) / 6) ** strength


# --- The winners of one step -------------------------------------------------------------------


class Candidates(NamedTuple):
    """Successors, or finished beams: the beam each belongs to, its token, its score."""

    row: np.ndarray
    token: np.ndarray
    score: np.ndarray


def _pieces(log_probs: Tensor, top_k: int) -> tuple[Tensor, Tensor]:
    """`log_probs` (B, V) as pieces (B, width, P) and the few columns left over. P is a multiple of
    `top_k`; a piece holds every P-th word, since the frequent ones stand together."""
    n_words = log_probs.shape[1]
    n_pieces = top_k * min(8, n_words // top_k)
    width = n_words // n_pieces
    whole = width * n_pieces
    return log_probs[:, :whole].unflatten(1, (width, n_pieces)), log_probs[:, whole:]


def _threshold(
    peaks: Tensor,
    log_p: np.ndarray,
    penalty: np.ndarray,
    done: np.ndarray,
    beam_sz: int,
    top_k: int,
) -> Tensor:
    """The log-probability (B, 1) that a successor needs to get among the `beam_sz` best.

    `peaks` (B, P) are the largest of each piece. Those of `top_k` groups of pieces are `top_k`
    different successors of a beam: the `beam_sz`-th best of them and of `done` bounds what wins."""
    largest = peaks.unflatten(1, (-1, top_k)).amax(1).cpu().double().numpy()
    certain = np.append((log_p[:, None] + largest) / penalty[:, None], done)
    bound = np.partition(certain, -beam_sz)[-beam_sz] if len(certain) >= beam_sz else -np.inf
    needed = bound * penalty - log_p - SLACK * (1 + np.abs(log_p))
    return torch.as_tensor(needed, dtype=peaks.dtype, device=peaks.device)[:, None]


def _candidates(
    pieces: Tensor, rest: Tensor, peaks: Tensor, threshold: Tensor
) -> tuple[Tensor, Tensor]:
    """(row, token) of all successors that reach the `threshold`: only pieces whose peak does are
    looked into."""
    width, n_pieces = pieces.shape[1:]
    row, piece = (peaks >= threshold).nonzero().T
    found, line = (pieces[row, :, piece] >= threshold[row]).nonzero().T
    last_row, last = (rest >= threshold).nonzero().T
    rows = torch.cat([row[found], last_row])
    tokens = torch.cat([line * n_pieces + piece[found], width * n_pieces + last])
    return rows, tokens


def _best(candidates: Candidates, beam_sz: int, top_k: int) -> tuple[np.ndarray, np.ndarray]:
    """(row, token) of the `beam_sz` best of `candidates`, best first, at most `top_k` of a row.
    Of equal scores the lower row, then the lower token comes first, on every machine."""
    row, token, score = candidates
    order = np.lexsort((token, row, -score))[: np.isfinite(score).sum()]
    ranked = row[order]
    by_row = ranked.argsort(kind="stable")
    grouped = ranked[by_row]
    rank = np.arange(len(order)) - np.searchsorted(grouped, grouped)  # among those of its row
    kept = order[np.sort(by_row[rank < top_k])][:beam_sz]
    return row[kept], token[kept]


def _winners(
    log_probs: Tensor,
    log_p: np.ndarray,
    penalty: np.ndarray,
    done: np.ndarray,
    beam_sz: int,
    top_k: int,
) -> tuple[np.ndarray, np.ndarray]:
    """(row, token) of the at most `beam_sz` best among the `top_k` best successors of each row of
    `log_probs` (B, V) and the scores `done` (F,) of finished beams, best first; exact.
    A successor scores (`log_p` + its log-probability) / `penalty`; rows from B on are finished."""
    n_rows, n_words = log_probs.shape
    top_k = min(top_k, n_words)
    pieces, rest = _pieces(log_probs, top_k)
    peaks = pieces.amax(1)
    threshold = _threshold(peaks, log_p, penalty, done, beam_sz, top_k)
    rows, tokens = _candidates(pieces, rest, peaks, threshold)
    values = log_probs[rows, tokens].cpu().double().numpy()
    row = rows.cpu().numpy()
    finished = Candidates(n_rows + np.arange(len(done)), np.zeros(len(done), dtype=int), done)
    growing = Candidates(row, tokens.cpu().numpy(), (log_p[row] + values) / penalty[row])
    both = (np.append(a, b) for a, b in zip(growing, finished, strict=True))
    return _best(Candidates(*both), beam_sz, top_k)


# --- The search --------------------------------------------------------------------------------


class _Beams:
    """The texts of all beams so far. NumPy keeps these books faster than torch."""

    def __init__(self, start: Tensor, length_penalty: float) -> None:
        self.tokens = start.cpu().numpy()
        self.texts = np.empty((1, 0), dtype=int)
        self.log_p = np.zeros(1)
        self.lengths = np.zeros(1)
        # not finished, even if `start` is an end: what ends a text is what begins the next
        self.finished = np.zeros(1, dtype=bool)
        self.length_penalty = length_penalty

    def winners(self, log_probs: Tensor, beam_sz: int, top_k: int) -> tuple[np.ndarray, np.ndarray]:
        """(row, token) of the next beams; rows from len(log_probs) on are finished beams."""
        lengths = self.lengths + ~self.finished  # that the successors will have
        penalty = wu_penalty(lengths, self.length_penalty)
        live = ~self.finished
        done = (self.log_p / penalty)[self.finished]
        return _winners(log_probs, self.log_p[live], penalty[live], done, beam_sz, top_k)

    def grow(self, log_probs: Tensor, row: np.ndarray, token: np.ndarray, ends: np.ndarray) -> None:
        """Replaces the beams by these; each takes its parent's text."""
        grown = row < len(log_probs)
        parents = np.append((~self.finished).nonzero()[0], self.finished.nonzero()[0])[row]
        chosen = log_probs[torch.as_tensor(row[grown]), torch.as_tensor(token[grown])]
        self.tokens = np.where(grown, token, self.tokens[parents])
        self.log_p = self.log_p[parents]
        self.log_p[grown] += chosen.cpu().double().numpy()
        self.lengths = self.lengths[parents] + grown
        self.finished = ~grown | (self.tokens[:, None] == ends).any(axis=1)
        self.texts = np.column_stack([self.texts[parents], self.tokens])


def _select(state: Any, rows: np.ndarray, batch_dim: int) -> Any:
    """The parts of a state (a tensor, or tuples and lists of tensors) that belong to `rows`."""
    if isinstance(state, Tensor):
        return state.index_select(batch_dim, torch.as_tensor(rows, device=state.device))
    parts = [_select(part, rows, batch_dim) for part in state]
    return type(state)(*parts) if hasattr(state, "_fields") else type(state)(parts)


@torch.no_grad()
def beam_core(
    step: Callable[[Tensor, Any], tuple[Tensor, Any]],
    state: Any,
    start: Tensor,
    n_steps: int,
    beam_sz: int,
    top_k: int,
    eos: Sequence[int] = (),
    banned: Sequence[int] = (),
    length_penalty: float = 0.0,
    batch_dim: int = 1,
) -> tuple[Tensor, Tensor]:
    """Beam search (Lowerre 1976) over any model that reads one token at a time.

    `step(tokens (B,), state) -> (log-probabilities (B, V), state)`. `state` is a tensor, or tuples
    and lists of tensors, with the beams along `batch_dim` (1 as in `nn.LSTM`; `()` for a model
    without state), at first for the one token of `start` (1,). Each step takes the `top_k`
    successors of every beam and keeps the `beam_sz` best overall; of equal ones those of the better
    beam, then the lower token. A beam that emits a token of `eos` keeps its place and score and is
    not extended. `banned` tokens are never emitted; the others are not renormalised. Beams are
    ranked by log p / ((5 + length) / 6) ** length_penalty (see `wu_penalty`); length counts the
    end token.

    Returns (sequences (B, at most n_steps), log p in nats (B,)), best first, B at most `beam_sz`; a
    sequence that ended repeats its end token. Raises ValueError when n_steps, beam_sz or top_k is
    below 1, or no token can be emitted."""
    check_range(n_steps=n_steps, beam_sz=beam_sz, top_k=top_k)
    never = torch.tensor(list(banned), dtype=torch.long, device=start.device)
    ends = np.array(list(eos), dtype=int)
    beams = _Beams(start, length_penalty)
    for _ in range(n_steps):
        live = torch.as_tensor(beams.tokens[~beams.finished], device=start.device)
        log_probs, state = step(live, state)
        if len(never):
            log_probs = log_probs.index_fill(1, never, -torch.inf)
        row, token = beams.winners(log_probs, beam_sz, top_k)
        if not len(row):
            raise ValueError(
                "no token can be emitted: each is banned or has no finite log-probability"
            )
        beams.grow(log_probs, row, token, ends)
        state = _select(state, row[~beams.finished], batch_dim)
        if beams.finished.all():
            break
    sequences = torch.as_tensor(beams.texts, device=start.device)
    return sequences, torch.as_tensor(beams.log_p, dtype=log_probs.dtype, device=start.device)
