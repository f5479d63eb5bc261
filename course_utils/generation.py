"""Continues a text with a recurrent language model, by sampling or by beam search.
fastai 2 dropped fastai 1's `beam_search`: it stands here without its faults, on a core that serves any recurrent model."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile

import numpy as np
import torch
from torch import Tensor
from torch.utils._pytree import tree_map

END = frozenset(
    {"xxbos", "xxeos"}
)  # fastai puts xxbos in front of each document and joins them: the next xxbos ends this one
NEVER = frozenset(
    {"xxpad", "xxfake", "xxfld", "xxrep", "xxwrep"}
)  # filling, and marks of fastai's rules that plain text cannot show
CASE = {"xxmaj": lambda word: word[:1].upper() + word[1:], "xxup": str.upper}
CLOSING, OPENING = frozenset(",.;:?!“)…"), ("„", "(")


def _check(temperature: float = 1.0, top_p: float | None = None, **counts: int | None) -> None:
    faults = [
        f"{name} must be at least 1, got {value}"
        for name, value in counts.items()
        if value is not None and value < 1
    ]
    faults += [f"temperature must be above 0, got {temperature}; for the likeliest take 1e-6"] * (
        not temperature > 0
    )
    faults += [f"top_p must be above 0 and at most 1, got {top_p}"] * (
        top_p is not None and not 0 < top_p <= 1
    )
    if faults:
        raise ValueError("; ".join(faults))


def _winners(
    log_probs: Tensor,
    log_p: np.ndarray,
    penalty: np.ndarray,
    done: np.ndarray,
    beam_sz: int,
    top_k: int,
) -> tuple[np.ndarray, np.ndarray]:
    """(row, token) of the at most `beam_sz` best among the `top_k` successors of each row of `log_probs` (B, V) and the scores `done` (F,)
    of finished beams, best first; exact. Rows from B on are finished beams.

    Sorting B · V numbers would cost more than the model. But the largest of each of `top_k` pieces of every row are candidates: the
    `beam_sz`-th best of them bounds what can win. A piece takes every `top_k`-th word, as the frequent stand together; finer ones are looked into."""
    (n_rows, n_words), top_k = log_probs.shape, min(top_k, log_probs.shape[1])
    width = n_words // (fine := top_k * min(8, n_words // top_k))
    pieces, rest = (
        log_probs[:, : width * fine].unflatten(1, (width, fine)),
        log_probs[:, width * fine :],
    )
    peaks = pieces.amax(1)
    certain = np.append(
        (log_p[:, None] + peaks.unflatten(1, (-1, top_k)).amax(1).cpu().double().numpy())
        / penalty[:, None],
        done,
    )
    bound = np.partition(certain, -beam_sz)[-beam_sz] if len(certain) >= beam_sz else -np.inf
    cut = torch.as_tensor(
        bound * penalty - log_p - 1e-5 * (1 + np.abs(log_p)),
        dtype=log_probs.dtype,
        device=log_probs.device,
    )[:, None]
    (row, piece), (last_row, last) = (peaks >= cut).nonzero().T, (rest >= cut).nonzero().T
    found, line = (
        (pieces[row, :, piece] >= cut[row]).nonzero().T
    )  # with some slack for rounding: what is too much loses below
    row, token = (
        torch.cat([row[found], last_row]).cpu(),
        torch.cat([line * fine + piece[found], width * fine + last]).cpu(),
    )
    values = log_probs[row, token].cpu().double().numpy()
    row, token = (
        np.append(row, n_rows + np.arange(len(done))),
        np.append(token, np.zeros(len(done), dtype=int)),
    )
    scores = np.append((log_p[row[: len(values)]] + values) / penalty[row[: len(values)]], done)
    order = np.argsort(-scores, kind="stable")[: np.isfinite(scores).sum()]
    by_row = row[order].argsort(kind="stable")
    rank = np.arange(len(order)) - np.searchsorted(
        row[order][by_row], row[order][by_row]
    )  # among the successors of one beam
    kept = order[np.sort(by_row[rank < top_k])][:beam_sz]
    return row[kept], token[kept]


@torch.no_grad()
def beam_core(
    step: Callable,
    state,
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

    `step(tokens (B,), state) -> (log-probabilities (B, V), state)`. `state` is a tensor, or tuples and lists of tensors, with
    the beams along `batch_dim` (1 as in `nn.LSTM`; `()` for a model without state), at first for the one token of `start` (1,).
    Each step takes the `top_k` successors of every beam and keeps the `beam_sz` best overall. A beam that emits a token of
    `eos` keeps its place and score and is not extended. `banned` tokens are never emitted; the others are not renormalised.
    Beams are ranked by log p / ((5 + length) / 6) ** length_penalty (Wu et al. 2016, eq. 14); length counts the end token.

    Returns (sequences (B, at most n_steps), log p in nats (B,)), best first, B at most `beam_sz`; a sequence that ended
    repeats its end token. Raises ValueError when n_steps, beam_sz or top_k is below 1, or no token can be emitted."""
    _check(n_steps=n_steps, beam_sz=beam_sz, top_k=top_k)
    never, ends = (
        torch.tensor(list(banned), dtype=torch.long, device=start.device),
        np.array(list(eos), dtype=int),
    )
    tokens, texts, (log_p, lengths) = (
        start.cpu().numpy(),
        np.empty((1, 0), dtype=int),
        np.zeros((2, 1)),
    )  # NumPy keeps the books faster
    finished = (
        lengths > 0
    )  # not isin(start, ends): the token that ends a text is the one that begins the next
    for _ in range(n_steps):
        live, done = (~finished).nonzero()[0], finished.nonzero()[0]
        log_probs, state = step(torch.as_tensor(tokens[live], device=start.device), state)
        log_probs = log_probs.index_fill(1, never, -torch.inf) if len(never) else log_probs
        lengths = lengths + ~finished
        penalty = ((5 + lengths) / 6) ** length_penalty
        row, token = _winners(
            log_probs, log_p[live], penalty[live], (log_p / penalty)[done], beam_sz, top_k
        )
        if not len(row):
            raise ValueError(
                "no token can be emitted: each is banned or has no finite log-probability"
            )
        parents, grown = np.append(live, done)[row], row < len(live)
        tokens, log_p, lengths = (
            np.where(grown, token, tokens[parents]),
            log_p[parents],
            lengths[parents],
        )
        log_p[grown] += (
            log_probs[torch.as_tensor(row[grown]), torch.as_tensor(token[grown])]
            .cpu()
            .double()
            .numpy()
        )
        finished = ~grown | (tokens[:, None] == ends).any(axis=1)
        texts = np.column_stack(
            [texts[parents], tokens]
        )  # each beam takes its parent's text and state
        state = tree_map(
            lambda part: part.index_select(
                batch_dim, torch.as_tensor(row[~finished], device=part.device)
            ),
            state,
        )
        if finished.all():
            break
    return torch.as_tensor(texts, device=start.device), torch.as_tensor(
        log_p, dtype=log_probs.dtype, device=start.device
    )


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
    """`(step, state, last token (1,), ids that end a text)` after all of `text` but its last token; `step` gives -inf to what is never
    emitted. On leaving, the model is as it was found."""
    model, encoder, vocab = learn.model, learn.model[0], learn.dls.vocab
    ends, never = (
        [i for i, token in enumerate(vocab) if token in names]
        for names in (END, NEVER | {"xxunk"} if no_unk else NEVER)
    )
    ids = learn.dls.test_dl([text.strip()]).items[0].tolist() if text.strip() else []
    ids, never = (
        torch.tensor(i, dtype=torch.long, device=next(model.parameters()).device)
        for i in (ids or [vocab.index("xxbos")], never)
    )
    training, carried = (
        [(module, module.training) for module in model.modules()],
        (encoder.bs, encoder.hidden),
    )

    def step(tokens, state):
        encoder.bs, encoder.hidden = len(tokens), state
        logits = model(tokens[:, None])[0][:, -1].float()
        torch.log_softmax(
            logits, -1, out=logits
        )  # in place, as is the ban: a copy of B · V numbers costs a fifth of the model
        return logits.index_fill_(1, never, -torch.inf), encoder.hidden

    try:
        model.eval()
        encoder.bs = 1
        model.reset()
        if len(ids) > 1:
            encoder(ids[None, :-1])
        yield step, encoder.hidden, ids[-1:], ends
    finally:
        encoder.bs, encoder.hidden = carried
        for module, flag in training:
            module.training = flag


def _decode(learn, text: str, ids: Sequence[int], sep: str, decoder: Callable | None) -> str:
    prompt, vocab = (
        [text.strip()] if text.strip() else [],
        learn.dls.vocab,
    )  # as it was written, unknown words and all
    words = prompt + list(takewhile(lambda token: token not in END, (vocab[i] for i in ids)))
    return decoder(words) if decoder else join_tokens(words, sep)


@torch.inference_mode()
def sample(
    learn,
    text: str,
    n_words: int,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    no_unk: bool = True,
    seed: int | None = None,
    sep: str = " ",
    decoder: Callable | None = None,
) -> str:
    """`text` and at most `n_words` tokens after it, each drawn from the model; it stops where the model ends the text.

    `learn` is a fastai language-model Learner over AWD_LSTM. Log-probabilities are divided by `temperature`; then the `top_k`
    likeliest tokens are kept (Fan et al. 2018), of these the fewest whose probability reaches `top_p` (Holtzman et al. 2020).
    `no_unk` never emits the unknown word. `seed` leaves torch's random state alone; None draws from it. An empty `text` starts
    from xxbos. `decoder` makes a text of the list [text, token, ...], by default `join_tokens` with `sep`.
    Raises ValueError for n_words or top_k below 1, temperature not above 0, top_p outside (0, 1]."""
    _check(temperature, top_p, n_words=n_words, top_k=top_k)
    generator, ids = (
        None if seed is None else torch.Generator().manual_seed(seed),
        [],
    )  # torch's own stream stays untouched
    with _reading(learn, text, no_unk) as (step, state, token, ends):
        for _ in range(n_words):
            log_probs, state = step(token, state)
            logits = (
                log_probs[0].cpu().double()
            )  # drawn on the CPU: what a seed draws does not hang on the device
            kept, order = ((logits - logits.max()) / temperature).topk(
                min(top_k or len(logits), len(logits))
            )
            p = kept.softmax(dim=0)
            p[p.cumsum(dim=0) - p >= (top_p or torch.inf)] = 0.0
            token = order[p.multinomial(1, generator=generator)].to(token.device)
            ids.append(int(token))
            if ids[-1] in ends:
                break
    return _decode(learn, text, ids, sep, decoder)


@torch.inference_mode()
def beam_search(
    learn,
    text: str,
    n_words: int,
    no_unk: bool = True,
    top_k: int = 10,
    beam_sz: int = 1000,
    temperature: float = 1.0,
    sep: str = " ",
    decoder: Callable | None = None,
    *,
    length_penalty: float = 0.0,
    return_all: bool = False,
    seed: int | None = None,
) -> str | list[tuple[str, float]]:
    """`text` and at most `n_words` tokens after it, drawn from a final beam; arguments and meaning are those of fastai 1.

    A beam that ends its text early is finished and competes as it is; `top_k`, `beam_sz`, `length_penalty`: see `beam_core`. At the end
    one beam is drawn with probability proportional to exp(score / temperature), score being log p, after the length penalty if there is
    one: `temperature` has no part in the search; towards 0 the draw becomes the best beam. `return_all=True` draws nothing and returns
    every beam as (text, log p in nats), best score first. `learn`, `no_unk`, `seed`, `sep`, `decoder` and an empty `text`: as in `sample`.
    Raises ValueError for n_words, top_k or beam_sz below 1, temperature not above 0."""
    _check(temperature, n_words=n_words, top_k=top_k, beam_sz=beam_sz)
    with _reading(learn, text, no_unk) as (step, state, token, ends):
        beams, log_p = beam_core(
            step, state, token, n_words, beam_sz, top_k, ends, length_penalty=length_penalty
        )
    beams, log_p = beams.cpu(), log_p.cpu().double()
    if return_all:
        return [
            (_decode(learn, text, ids, sep, decoder), p)
            for ids, p in zip(beams.tolist(), log_p.tolist())
        ]
    lengths = ((~torch.isin(beams, beams.new_tensor(ends))).sum(dim=1) + 1).clamp(
        max=beams.shape[1]
    )
    scores = log_p / ((5 + lengths) / 6) ** length_penalty
    weights, generator = (
        ((scores - scores.max()) / temperature).softmax(dim=0),
        None if seed is None else torch.Generator().manual_seed(seed),
    )
    return _decode(
        learn, text, beams[weights.multinomial(1, generator=generator)[0]].tolist(), sep, decoder
    )
