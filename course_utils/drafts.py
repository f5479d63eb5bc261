"""Writes sentence by sentence: of several drafts of the next one, the likeliest is kept.
Sampling alone has variety and faults, search alone goes in circles: this stands between them."""

import re
from typing import Any, NamedTuple

import torch
from torch import Tensor

from course_utils.beam import check_range, wu_penalty
from course_utils.generation import (
    _begins_word,
    _check_learner,
    _decode,
    _generator,
    _marks,
    _reading,
    sample,
)
from course_utils.pieces import BLANK

LONGEST = 60  # tokens of a draft; one that has not ended by then is dropped
SHORTEST = 4  # words of a sentence
END = re.compile(r"(?P<last>\S*[^\W\d])[.!?][\"”“)]*$")
END_MARK = re.compile(r"[.!?][\"”“)]*$")
SHORTENED = frozenset(
    ["Dr", "Prof", "Mag", "Hr", "Fr", "St", "Nr", "Art", "Abs", "Mio", "Mrd", "bzw", "ca", "usw"]
    + ["etc", "Jh", "vgl", "z", "B", "u", "a", "d", "h"]
)


class Draft(NamedTuple):
    """A sentence that ends, and its score: log p in nats under the length penalty."""

    tokens: list[int]
    text: str
    score: float


def ends_sentence(text: str) -> bool:
    """Whether a sentence is complete at the end of `text`: *er ging.*, but not *am 3.* or *Dr.*"""
    end = END.search(text)
    return end is not None and end["last"].lstrip('"„“(') not in SHORTENED


class _Knobs(NamedTuple):
    n: int
    temperature: float
    top_p: float | None
    length_penalty: float
    generator: torch.Generator | None
    barred: list[int]  # tokens never drawn


FEW = 512  # to sort all of a vocabulary takes longer than a step of the model


def _likeliest(p: Tensor, top_p: float) -> tuple[Tensor, Tensor]:
    """For each row of `p` (N, V) the fewest likeliest tokens that reach `top_p`, others 0; and
    which tokens these are. Of equal ones the lower token comes first."""
    order = torch.arange(p.shape[1]).expand_as(p)
    if p.shape[1] > FEW:
        few = p.topk(FEW).indices.sort(1).values
        if bool((p.gather(1, few).sum(1) >= top_p).all()):
            order = few
    p, places = p.gather(1, order).sort(descending=True, stable=True)
    p[p.cumsum(1) - p >= top_p] = 0.0
    return p, order.gather(1, places)


def _draw(log_probs: Tensor, knobs: _Knobs) -> Tensor:
    """A token for each row of (N, V), on the CPU and in double precision as in `sample`."""
    logits = log_probs.cpu().double() / knobs.temperature
    logits[:, knobs.barred] = -torch.inf
    p = logits.softmax(1)
    p, order = _likeliest(p, knobs.top_p or torch.inf)
    drawn = p.multinomial(1, generator=knobs.generator)
    return order.gather(1, drawn)[:, 0].to(log_probs.device)


def _sentence(learn: Any, tokens: list[int]) -> str | None:
    """The text of `tokens` if they are a whole sentence."""
    if not tokens or not END_MARK.search(learn.dls.vocab[tokens[-1]]):
        return None
    text = _decode(learn, "", tokens, " ", None)
    return text if ends_sentence(text) and _words(text) >= SHORTEST else None


class _Open(NamedTuple):
    """A draft that has not ended: its tokens and their log p in nats."""

    tokens: list[int]
    log_p: float


def _hopes(draft: _Open, done: list[Draft], length_penalty: float) -> bool:
    """Whether the draft may still become the best: its log p can only fall."""
    if len(draft.tokens) >= LONGEST:
        return False
    at_best = draft.log_p / wu_penalty(LONGEST, length_penalty)
    return all(at_best > other.score for other in done)


def _drafts(learn: Any, text: str, knobs: _Knobs) -> list[Draft]:
    """Those of `n` drafts of the next sentence that end; hopeless ones are given up on the way."""
    vocab = learn.dls.vocab
    pieces = _marks(tuple(vocab)).pieces
    drafts = [_Open([], 0.0)] * knobs.n
    done: list[Draft] = []
    with _reading(learn, text, True) as (step, state, token, ends):
        state = [tuple(s.expand(-1, knobs.n, -1) for s in pair) for pair in state]
        token = token.expand(knobs.n)
        while drafts:
            state = [tuple(s.contiguous() for s in pair) for pair in state]
            log_probs, state = step(token, state)
            token = _draw(log_probs, knobs)
            gained = log_probs.gather(1, token[:, None])[:, 0].tolist()
            grown: dict[int, _Open] = {}  # by row
            for row, one in enumerate(token.tolist()):
                tokens, log_p = drafts[row]
                over = one in ends or _begins_word(vocab[one], pieces)
                if over and (sentence := _sentence(learn, tokens)):
                    score = log_p / wu_penalty(len(tokens), knobs.length_penalty)
                    done.append(Draft(tokens, sentence, score))
                elif one not in ends:
                    grown[row] = _Open([*tokens, one], log_p + gained[row])
            rows = [i for i, d in grown.items() if _hopes(d, done, knobs.length_penalty)]
            drafts = [grown[row] for row in rows]
            state = [tuple(s[:, rows] for s in pair) for pair in state]
            token = token[rows]
    return done


def _words(text: str) -> int:
    return len(text.split())


def repeats(before: str, sentence: str, n: int = 3) -> int:
    """How many `n`-word sequences that end in `sentence` the text before it, or it, had already."""
    words = f"{before} {sentence}".split()
    grams = list(zip(*(words[i:] for i in range(n)), strict=False))
    first = max(0, _words(before) - n + 1)
    return sum(grams[i] in grams[:i] for i in range(first, len(grams)))


@torch.inference_mode()
def sample_best(
    learn: Any,
    text: str,
    n_words: int,
    n: int = 16,
    temperature: float = 0.6,
    top_p: float | None = 0.85,
    length_penalty: float = 0.8,
    seed: int | None = None,
) -> str:
    """`text` and whole sentences after it, at most `n_words` words (between blanks) together.

    Of each sentence `n` drafts are drawn as `sample` draws, all at once. Kept is the one that
    repeats the fewest three-word sequences of the text (Paulus et al. 2018 block them), and of
    these the one with the highest log-probability under the model itself (temperature 1, nothing
    cut off) after the length penalty of `beam_search`. A large `n` nears a search. No word begins
    with a bare blank: that piece stands before all rare words, and low temperatures overrate it.
    A draft whose log-probability falls too far behind that of a finished one is given up before its
    repetitions are counted. Where no draft ends within `n_words`, `sample` writes.

    `learn`, `temperature`, `top_p`, `seed`: as in `sample`.
    Raises ValueError for n_words or n below 1, temperature not above 0, top_p outside (0, 1];
    TypeError for a learner that is no language model over AWD_LSTM."""
    check_range(temperature, top_p, n_words=n_words, n=n)
    _check_learner(learn)
    barred = [i for i, token in enumerate(learn.dls.vocab) if token == BLANK]
    knobs = _Knobs(n, temperature, top_p, length_penalty, _generator(seed), barred)
    written = text.strip()
    room = n_words
    while room > 0:
        drafts = [d for d in _drafts(learn, written, knobs) if _words(d.text) <= room]
        if not drafts:
            break
        best = min(drafts, key=lambda draft: (repeats(written, draft.text), -draft.score))
        room -= _words(best.text)
        written = _decode(learn, written, best.tokens, " ", None)
    if room < n_words:
        return written
    return sample(learn, text, n_words, temperature, top_p=top_p, seed=seed)
