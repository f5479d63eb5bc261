"""Continues a text with a recurrent language model, by sampling or by beam search.
fastai 2 dropped fastai 1's `beam_search`: it stands here without its faults, on a core that serves any recurrent model."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

END = ("xxbos", "xxeos")  # fastai puts xxbos in front of each document and joins them: the next xxbos ends this one
NEVER = ("xxpad", "xxfake", "xxfld", "xxrep", "xxwrep")  # filling, and marks of fastai's rules that plain text cannot show
CASE = {"xxmaj": lambda word: word[:1].upper() + word[1:], "xxup": str.upper}
CLOSING, OPENING = frozenset(",.;:?!“)…"), ("„", "(")


def _check(temperature: float = 1.0, top_p: float | None = None, **counts: int | None) -> None:
    faults = [f"{name} must be at least 1, got {value}" for name, value in counts.items() if value is not None and value < 1]
    faults += [f"temperature must be above 0, got {temperature}; for the likeliest take 1e-6"] * (not temperature > 0)
    faults += [f"top_p must be above 0 and at most 1, got {top_p}"] * (top_p is not None and not 0 < top_p <= 1)
    if faults:
        raise ValueError("; ".join(faults))


def _winners(log_probs: Tensor, log_p: Tensor, penalty: Tensor, beam_sz: int, top_k: int) -> tuple[Tensor, Tensor]:
    """(parents, tokens) of the at most `beam_sz` best among the `top_k` successors of each beam, best first; exact.

    Sorting B · V numbers would cost more than the model. But the largest of each of `top_k` pieces of every row are themselves
    candidates: the `beam_sz`-th best of them bounds from below what can win, and only the few pieces above it are looked into."""
    (n_rows, n_words), top_k = log_probs.shape, min(top_k, log_probs.shape[1])
    width = n_words // top_k
    pieces = log_probs[:, : top_k * width].unflatten(1, (top_k, width))
    heights = (log_p[:, None] + pieces.amax(2)) / penalty[:, None]
    bound = heights.flatten().topk(beam_sz).values[-1] if heights.numel() >= beam_sz else heights.new_tensor(-torch.inf)
    row, piece = (heights >= bound).nonzero(as_tuple=True)
    inside, rest = torch.arange(width, device=row.device), torch.arange(top_k * width, n_words, device=row.device)
    token = torch.cat([(piece[:, None] * width + inside).flatten(), rest.repeat(n_rows)])
    row = torch.cat([row.repeat_interleave(width), torch.arange(n_rows, device=row.device).repeat_interleave(len(rest))])
    scores = (log_p[row] + log_probs[row, token]) / penalty[row]
    kept = ((scores >= bound) & scores.isfinite()).nonzero()[:, 0]
    kept = kept[scores[kept].argsort(descending=True, stable=True)]
    rows, order = row[kept].sort(stable=True)
    rank = torch.arange(len(kept), device=row.device) - torch.searchsorted(rows, rows)  # among the successors of one beam
    kept = kept[(rank < top_k)[order.argsort()]][:beam_sz]
    return row[kept], token[kept]


@torch.no_grad()
def beam_core(step: Callable, state, start: Tensor, n_steps: int, beam_sz: int, top_k: int, eos: Sequence[int] = (),
              banned: Sequence[int] = (), length_penalty: float = 0.0, batch_dim: int = 1) -> tuple[Tensor, Tensor]:
    """Beam search (Lowerre 1976) over any model that reads one token at a time.

    `step(tokens (B,), state) -> (log-probabilities (B, V), state)`. `state` is a tensor, or tuples and lists of tensors, with
    the beams along `batch_dim` (1 as in `nn.LSTM`; `()` for a model without state), at first for the one token of `start` (1,).
    Each step takes the `top_k` successors of every beam and keeps the `beam_sz` best overall. A beam that emits a token of
    `eos` keeps its place and score and is not extended. `banned` tokens are never emitted; the others are not renormalised.
    Beams are ranked by log p / ((5 + length) / 6) ** length_penalty (Wu et al. 2016, eq. 14); length counts the end token.

    Returns (sequences (B, at most n_steps), log p in nats (B,)), best first, B at most `beam_sz`; a sequence that ended
    repeats its end token. Raises ValueError when n_steps, beam_sz or top_k is below 1, or no token can be emitted."""
    _check(n_steps=n_steps, beam_sz=beam_sz, top_k=top_k)
    tokens, device, history = start, start.device, []
    ends, never = (torch.tensor(list(ids), dtype=torch.long, device=device) for ids in (eos, banned))
    log_p, lengths = torch.zeros(1, device=device), torch.zeros(1, dtype=torch.long, device=device)
    finished = lengths > 0  # not isin(start, ends): the token that ends a text is the one that begins the next
    for _ in range(n_steps):
        log_probs, state = step(tokens, state)
        log_probs = log_probs.index_fill(1, never, -torch.inf) if len(never) else log_probs
        if finished.any():  # a finished beam has one successor: itself, at no cost
            log_probs = log_probs.masked_fill(finished[:, None], -torch.inf)
            log_probs[finished, tokens[finished]] = 0.0
        lengths = lengths + ~finished
        parents, successors = _winners(log_probs, log_p, ((5 + lengths) / 6) ** length_penalty, beam_sz, top_k)
        if not len(parents):
            raise ValueError("no token can be emitted: each is banned or has no finite log-probability")
        tokens, log_p, lengths = successors, log_p[parents] + log_probs[parents, successors], lengths[parents]
        state = tree_map(lambda part: part.index_select(batch_dim, parents), state)  # each beam takes its parent's
        finished = torch.isin(tokens, ends)
        history.append((parents, tokens))
        if finished.all():
            break
    columns, beams = [], torch.arange(len(tokens), device=device)
    for parents, tokens in reversed(history):  # each beam's text, followed back through its parents
        columns.append(tokens[beams])
        beams = parents[beams]
    return torch.stack(columns[::-1], dim=1), log_p


def join_tokens(tokens: Sequence[str], sep: str = " ") -> str:
    """The text of `tokens`, joined with `sep` but with German punctuation close to its word; xxmaj and xxup are applied."""
    text, case = "", str
    for token in tokens:
        if token in CASE:
            case = CASE[token]
            continue
        inside = text.count('"') % 2 == 1  # straight quotes look alike: the second one closes
        opened = text.endswith(OPENING) or (inside and text.endswith('"'))
        glued = not text or set(token) <= CLOSING or opened or (inside and token == '"')
        text, case = text + ("" if glued else sep) + case(token), str
    return text


@contextmanager
def _reading(learn, text: str, no_unk: bool) -> Iterator[tuple]:
    """`(step, state, last token (1,), ids that end a text, ids never emitted)` after all of `text` but its last token.
    On leaving, the model is as it was found."""
    model, encoder, vocab = learn.model, learn.model[0], learn.dls.vocab
    ends, never = ([i for i, token in enumerate(vocab) if token in names] for names in (END, NEVER + ("xxunk",) * no_unk))
    ids = learn.dls.test_dl([text.strip()]).items[0].tolist() if text.strip() else []
    ids = torch.tensor(ids or [vocab.index("xxbos")], device=next(model.parameters()).device)
    training, carried = [(module, module.training) for module in model.modules()], (encoder.bs, encoder.hidden)

    def step(tokens, state):
        encoder.bs, encoder.hidden = len(tokens), state
        return model(tokens[:, None])[0][:, -1].float().log_softmax(dim=-1), encoder.hidden

    try:
        model.eval()
        encoder.bs = 1
        model.reset()
        if len(ids) > 1:
            encoder(ids[None, :-1])
        yield step, encoder.hidden, ids[-1:], ends, never
    finally:
        encoder.bs, encoder.hidden = carried
        for module, flag in training:
            module.training = flag


def _decode(learn, text: str, ids: Sequence[int], sep: str, decoder: Callable | None) -> str:
    prompt = [text.strip()] if text.strip() else []  # as it was written, unknown words and all
    words = prompt + list(takewhile(lambda token: token not in END, (learn.dls.vocab[i] for i in ids)))
    return decoder(words) if decoder else join_tokens(words, sep)


@torch.no_grad()
def sample(learn, text: str, n_words: int, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None,
           no_unk: bool = True, seed: int | None = None, sep: str = " ", decoder: Callable | None = None) -> str:
    """`text` and at most `n_words` tokens after it, each drawn from the model; it stops where the model ends the text.

    `learn` is a fastai language-model Learner over AWD_LSTM. Log-probabilities are divided by `temperature`; then the `top_k`
    likeliest tokens are kept (Fan et al. 2018), of these the fewest whose probability reaches `top_p` (Holtzman et al. 2020).
    `no_unk` never emits the unknown word. `seed` leaves torch's random state alone; None draws from it. An empty `text` starts
    from xxbos. `decoder` makes a text of the list [text, token, ...], by default `join_tokens` with `sep`.
    Raises ValueError for n_words or top_k below 1, temperature not above 0, top_p outside (0, 1]."""
    _check(temperature, top_p, n_words=n_words, top_k=top_k)
    generator, ids = None if seed is None else torch.Generator().manual_seed(seed), []  # torch's own stream stays untouched
    with _reading(learn, text, no_unk) as (step, state, token, ends, never):
        for _ in range(n_words):
            log_probs, state = step(token, state)
            logits = log_probs[0].cpu().double()  # drawn on the CPU: what a seed draws does not hang on the device
            logits[never] = -torch.inf
            kept, order = ((logits - logits.max()) / temperature).topk(min(top_k or len(logits), len(logits)))
            p = kept.softmax(dim=0)
            p[p.cumsum(dim=0) - p >= (top_p or torch.inf)] = 0.0
            token = order[p.multinomial(1, generator=generator)].to(token.device)
            ids.append(int(token))
            if ids[-1] in ends:
                break
    return _decode(learn, text, ids, sep, decoder)


@torch.no_grad()
def beam_search(learn, text: str, n_words: int, no_unk: bool = True, top_k: int = 10, beam_sz: int = 1000,
                temperature: float = 1.0, sep: str = " ", decoder: Callable | None = None, *, length_penalty: float = 0.0,
                return_all: bool = False, seed: int | None = None) -> str | list[tuple[str, float]]:
    """`text` and at most `n_words` tokens after it, drawn from a final beam; arguments and meaning are those of fastai 1.

    A beam that ends its text early is finished and competes as it is; `top_k`, `beam_sz`, `length_penalty`: see `beam_core`. At the end
    one beam is drawn with probability proportional to exp(score / temperature), score being log p, after the length penalty if there is
    one: `temperature` has no part in the search; towards 0 the draw becomes the best beam. `return_all=True` draws nothing and returns
    every beam as (text, log p in nats), best score first. `learn`, `no_unk`, `seed`, `sep`, `decoder` and an empty `text`: as in `sample`.
    Raises ValueError for n_words, top_k or beam_sz below 1, temperature not above 0."""
    _check(temperature, n_words=n_words, top_k=top_k, beam_sz=beam_sz)
    with _reading(learn, text, no_unk) as (step, state, token, ends, never):
        beams, log_p = beam_core(step, state, token, n_words, beam_sz, top_k, ends, never, length_penalty)
    beams, log_p = beams.cpu(), log_p.cpu().double()
    if return_all:
        return [(_decode(learn, text, ids, sep, decoder), p) for ids, p in zip(beams.tolist(), log_p.tolist())]
    lengths = ((~torch.isin(beams, beams.new_tensor(ends))).sum(dim=1) + 1).clamp(max=beams.shape[1])
    scores = log_p / ((5 + lengths) / 6) ** length_penalty
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    chosen = ((scores - scores.max()) / temperature).softmax(dim=0).multinomial(1, generator=generator)
    return _decode(learn, text, beams[chosen[0]].tolist(), sep, decoder)
