"""Continues a text with a recurrent language model, by sampling or by beam search.
fastai 2 dropped fastai 1's `beam_search`: here it is without faults, on a core for any model."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import takewhile
from math import ceil
from typing import Any, NamedTuple

import torch
from torch import Tensor

from course_utils.beam import beam_core, check_range, wu_penalty
from course_utils.pieces import BLANK, BYTE, is_piece_vocabulary, join_pieces

__all__ = ["beam_core", "beam_search", "join_tokens", "sample"]

# fastai puts xxbos in front of each document and joins them: the next xxbos ends this one
END = frozenset({"xxbos", "xxeos"})
# filling, and marks of fastai's rules that plain text cannot show
NEVER = frozenset({"xxpad", "xxfake", "xxfld", "xxrep", "xxwrep"})
CLOSING = frozenset(",.;:?!“)…")
OPENING = ("„", "(")
PIECES_A_WORD = 1.5  # German text, vocabulary of 10,000 pieces


def _capitalized(word: str) -> str:
    return word[:1].upper() + word[1:]


CASE: dict[str, Callable[[str], str]] = {"xxmaj": _capitalized, "xxup": str.upper}


def join_tokens(tokens: Sequence[str], sep: str = " ") -> str:
    """The text of `tokens`, joined with `sep` but with German punctuation close to its word; xxmaj
    and xxup are applied."""
    text = ""
    case: Callable[[str], str] = str
    for token in tokens:
        if token in CASE:
            case = CASE[token]
            continue
        inside = text.count('"') % 2 == 1  # straight quotes look alike: the second one closes
        opened = text.endswith(OPENING) or (inside and text.endswith('"'))
        glued = not text or set(token) <= CLOSING or opened or (inside and token == '"')
        text += ("" if glued else sep) + case(token)
        case = str
    return text


# --- The model -----------------------------------------------------------------------------------


def _check_learner(learn: Any) -> None:
    """Raises TypeError unless `learn` is a language model over AWD_LSTM. A classifier's `dls.vocab`
    is a pair of lists, and its encoder has no state to carry on."""
    vocab = getattr(getattr(learn, "dls", None), "vocab", None)
    model = getattr(learn, "model", None)
    encoder = model[0] if isinstance(model, torch.nn.Sequential) and len(model) else None
    flat = vocab is not None and len(vocab) > 0 and isinstance(vocab[0], str)
    if not flat or not hasattr(encoder, "hidden") or not hasattr(encoder, "bs"):
        raise TypeError(
            "sample and beam_search continue a text with a language model, a Learner that "
            f"language_model_learner makes over AWD_LSTM. This {type(learn).__name__} is none (a "
            "classifier, perhaps): it does not predict the next word."
        )


def _ids_of(learn: Any, text: str) -> list[int]:
    """The tokens of `text`; xxbos for a text without any."""
    ids = learn.dls.test_dl([text.strip()]).items[0].tolist() if text.strip() else []
    return ids or [learn.dls.vocab.index("xxbos")]


def _unwanted(token: str, no_unk: bool) -> bool:
    """Marks, an encyclopaedia's ==, and with `no_unk` the unknown: single bytes, in pieces."""
    heading = token.strip(BLANK + "=") == "" and "=" in token
    unknown = token == "xxunk" or bool(BYTE.fullmatch(token))
    return token in NEVER or heading or (no_unk and unknown)


class _Marks(NamedTuple):
    """What a vocabulary says: ids that end a text, ids never emitted, whether it has pieces."""

    ends: list[int]
    never: list[int]
    pieces: bool


@lru_cache(maxsize=8)  # to look through a vocabulary takes as long as a step of the model
def _marks(vocab: tuple[str, ...], no_unk: bool = True) -> _Marks:
    ends = [i for i, token in enumerate(vocab) if token in END]
    never = [i for i, token in enumerate(vocab) if _unwanted(token, no_unk)]
    return _Marks(ends, never, is_piece_vocabulary(vocab))


@contextmanager
def _reading(learn: Any, text: str, no_unk: bool) -> Iterator[tuple]:
    """`(step, state, last token (1,), ids that end a text)` after all of `text` but its last token.

    `step` gives -inf to what is never emitted; its next call writes over what it returned. On
    leaving, the model is as it was found."""
    model = learn.model
    encoder = model[0]
    decoder = model[1].decoder
    weight = decoder.weight
    bias = weight.new_zeros(len(weight)) if decoder.bias is None else decoder.bias
    device = weight.device
    marks = _marks(tuple(learn.dls.vocab), no_unk)
    never = torch.tensor(marks.never, dtype=torch.long, device=device)
    room = weight.new_empty(0)
    ids = torch.tensor(_ids_of(learn, text), dtype=torch.long, device=device)
    training = [(module, module.training) for module in model.modules()]
    carried = (encoder.bs, encoder.hidden)

    def step(tokens: Tensor, states: Any) -> tuple[Tensor, Any]:
        # AWD_LSTM's own forward copies the weights at each step, as if some were to be dropped
        x = encoder.encoder(tokens[:, None])
        grown = []
        for rnn, state in zip(encoder.rnns, states, strict=True):
            x, state = rnn.module(x, state)
            grown.append(state)
        # into the same memory, and in place: B · V new numbers cost a fifth of the model
        room.resize_(len(tokens), len(weight))
        logits = torch.addmm(bias, x[:, -1], weight.T, out=room).float()
        torch.log_softmax(logits, -1, out=logits)
        return logits.index_fill_(1, never, -torch.inf), grown

    try:
        model.eval()
        encoder.bs = 1
        model.reset()  # hands each LSTM its weights, too, none of them dropped
        if len(ids) > 1:
            encoder(ids[None, :-1])
        with warnings.catch_warnings():
            # CUDA says at each step that fastai keeps an LSTM's weights apart
            warnings.simplefilter("ignore", UserWarning)
            yield step, encoder.hidden, ids[-1:], marks.ends
    finally:
        encoder.bs, encoder.hidden = carried
        for module, flag in training:
            module.training = flag


def _decode(learn: Any, text: str, ids: Sequence[int], sep: str, decoder: Callable | None) -> str:
    """`text` as it was written, unknown words and all, and the words of `ids` up to the end."""
    vocab = learn.dls.vocab
    written = [text.strip()] if text.strip() else []
    tokens = list(takewhile(lambda token: token not in END, (vocab[i] for i in ids)))
    if decoder is None and _marks(tuple(vocab)).pieces:
        return "".join(written + [join_pieces(tokens)]).lstrip()
    return decoder(written + tokens) if decoder else join_tokens(written + tokens, sep)


def _begins_word(token: str, pieces: bool) -> bool:
    return token.startswith(BLANK) if pieces else True


# --- Drawing -------------------------------------------------------------------------------------


def _generator(seed: int | None) -> torch.Generator | None:
    """A generator of its own for a seed: torch's random state stays as it is."""
    return None if seed is None else torch.Generator().manual_seed(seed)


def _likeliest(logits: Tensor, top_k: int | None) -> tuple[Tensor, Tensor]:
    """The `top_k` largest of `logits` (V,) and their tokens, largest first; all without `top_k`. Of
    equal ones the lower token comes first: `topk` alone lets the machine choose."""
    if top_k is None or top_k >= len(logits):
        return logits.sort(descending=True, stable=True)
    smallest = logits.topk(top_k).values[-1]
    tokens = (logits >= smallest).nonzero()[:, 0]
    kept, order = logits[tokens].sort(descending=True, stable=True)
    return kept[:top_k], tokens[order[:top_k]]


def _bent(
    log_probs: Tensor, temperature: float, top_k: int | None, top_p: float | None
) -> tuple[Tensor, Tensor]:
    """What `sample` draws from: weights, 0 for what is cut off, and their tokens, likeliest first.

    On the CPU: what a seed draws does not hang on the device."""
    logits = log_probs.cpu().double()
    kept, order = _likeliest((logits - logits.max()) / temperature, top_k)
    p = kept.softmax(dim=0)
    p[p.cumsum(dim=0) - p >= (top_p or torch.inf)] = 0.0
    return p, order


@torch.inference_mode()
def sample(
    learn: Any,
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
    """`text` and at most `n_words` words after it, drawn from the model token by token; it stops
    where the model ends the text.

    A token is a word or a mark, or with a vocabulary of pieces a part of a word.

    `learn` is a fastai language-model Learner over AWD_LSTM. Log-probabilities are divided by
    `temperature`; then the `top_k` likeliest tokens are kept (Fan et al. 2018), of these the fewest
    whose probability reaches `top_p` (Holtzman et al. 2020). `no_unk` never emits the unknown word.
    `seed` leaves torch's random state alone; None draws from it. An empty `text` starts from xxbos.
    `decoder` makes a text of the list [text, token, ...], by default `join_tokens` with `sep`.
    Raises ValueError for n_words or top_k below 1, temperature not above 0, top_p outside (0, 1];
    TypeError for a learner that is no such language model."""
    check_range(temperature, top_p, n_words=n_words, top_k=top_k)
    _check_learner(learn)
    generator = _generator(seed)
    vocab = learn.dls.vocab
    pieces = _marks(tuple(vocab)).pieces
    ids: list[int] = []
    room = n_words
    with _reading(learn, text, no_unk) as (step, state, token, ends):
        while True:
            log_probs, state = step(token, state)
            p, order = _bent(log_probs[0], temperature, top_k, top_p)
            token = order[p.multinomial(1, generator=generator)].to(token.device)
            room -= _begins_word(vocab[int(token)], pieces)
            if room < 0:  # the next word has begun
                break
            ids.append(int(token))
            if ids[-1] in ends or (room == 0 and not pieces) or len(ids) == 10 * n_words:
                break
    return _decode(learn, text, ids, sep, decoder)


Ranked = list[tuple[str, float]]


@torch.inference_mode()
def beam_search(
    learn: Any,
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
) -> str | Ranked:
    """`text` and at most `n_words` tokens after it, drawn from a final beam; arguments and meaning
    are those of fastai 1. With a vocabulary of pieces it takes 1.5 pieces for a word.

    A beam that ends its text early is finished and competes as it is; `top_k`, `beam_sz`,
    `length_penalty`: see `beam_core`. At the end one beam is drawn with probability proportional to
    exp(score / temperature), score being log p, after the length penalty if there is one:
    `temperature` has no part in the search; towards 0 the draw becomes the best beam.
    `return_all=True` draws nothing and returns every beam as (text, log p in nats), best score
    first. `learn`, `no_unk`, `seed`, `sep`, `decoder` and an empty `text`: as in `sample`.
    Raises ValueError for n_words, top_k or beam_sz below 1, temperature not above 0; TypeError for
    a learner that is no language model over AWD_LSTM."""
    check_range(temperature, n_words=n_words, top_k=top_k, beam_sz=beam_sz)
    _check_learner(learn)
    pieces = _marks(tuple(learn.dls.vocab)).pieces
    n_steps = ceil(PIECES_A_WORD * n_words) if pieces else n_words
    with _reading(learn, text, no_unk) as (step, state, token, ends):
        beams, log_p = beam_core(
            step, state, token, n_steps, beam_sz, top_k, ends, length_penalty=length_penalty
        )
    beams = beams.cpu()
    log_p = log_p.cpu().double()
    if return_all:
        texts = [_decode(learn, text, ids, sep, decoder) for ids in beams.tolist()]
        return list(zip(texts, log_p.tolist(), strict=True))
    words = (~torch.isin(beams, beams.new_tensor(ends))).sum(dim=1)
    lengths = (words + 1).clamp(max=beams.shape[1])  # the end token counts
    scores = log_p / wu_penalty(lengths, length_penalty)
    weights = ((scores - scores.max()) / temperature).softmax(dim=0)
    drawn = weights.multinomial(1, generator=_generator(seed))[0]
    return _decode(learn, text, beams[drawn].tolist(), sep, decoder)
