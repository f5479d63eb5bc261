"""Writes sentence by sentence: of several drafts, one that repeats little and is likely is kept.
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
MARKS = '.,;:!?"„“”()–-'  # at a word, and no part of it
SHORTENED = frozenset(
    ["Dr", "Prof", "Mag", "Hr", "Fr", "St", "Nr", "Art", "Abs", "Mio", "Mrd", "bzw", "ca", "usw"]
    + ["etc", "Jh", "vgl", "z", "B", "u", "a", "d", "h"]
)


class Draft(NamedTuple):
    """Tokens, what they say, their score (log p in nats under the length penalty), and how much of
    it the text had already."""

    tokens: list[int]
    text: str
    score: float
    again: int


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


class _Open(NamedTuple):
    """A draft that has not ended: its tokens, their log p in nats, and how much of its whole words
    the text had already."""

    tokens: list[int]
    log_p: float
    again: int


def _said(learn: Any, before: str, draft: _Open, length_penalty: float) -> Draft:
    """The draft as it stands after `before`, its last word being whole."""
    tokens, log_p, _ = draft
    text = _decode(learn, "", tokens, " ", None)
    again = repeats(before, text) + repeated_words(before, text)
    return Draft(tokens, text, log_p / wu_penalty(len(tokens), length_penalty), again)


def _whole(learn: Any, draft: Draft) -> bool:
    """Whether it is a whole sentence."""
    last = learn.dls.vocab[draft.tokens[-1]] if draft.tokens else ""
    marked = END_MARK.search(last) is not None
    return marked and ends_sentence(draft.text) and _words(draft.text) >= SHORTEST


def _hopes(draft: _Open, done: list[Draft], length_penalty: float) -> bool:
    """Whether the draft may still become the best: its log p can only fall, what it repeats only
    grow."""
    if len(draft.tokens) >= LONGEST:
        return False
    at_best = (draft.again, -draft.log_p / wu_penalty(LONGEST, length_penalty))
    return all(at_best < _rank(other) for other in done)


def _rank(draft: Draft) -> tuple[int, float]:
    """The smallest is the best: who repeats least, and of these the likeliest."""
    return draft.again, -draft.score


def _drafts(learn: Any, text: str, knobs: _Knobs, room: int) -> list[Draft]:
    """Those of `n` drafts of the next sentence that end within `room` words; drafts that can't
    become the best are given up on the way."""
    vocab = learn.dls.vocab
    pieces = _marks(tuple(vocab)).pieces
    drafts = [_Open([], 0.0, 0)] * knobs.n
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
                draft = drafts[row]
                if one in ends or _begins_word(vocab[one], pieces):
                    said = _said(learn, text, draft, knobs.length_penalty)
                    if _words(said.text) > room:
                        continue
                    if _whole(learn, said):
                        done.append(said)
                        continue
                    draft = draft._replace(again=said.again)
                if one not in ends:
                    grown[row] = _Open([*draft.tokens, one], draft.log_p + gained[row], draft.again)
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


def repeated_words(before: str, sentence: str, letters: int = 5) -> int:
    """How many of the words of `letters` letters or more in `sentence` begin with the same
    `letters` letters as a word before them, in it or in `before`: *Stadtteil* after *Stadt*."""
    stems = [word.strip(MARKS).lower()[:letters] for word in f"{before} {sentence}".split()]
    places = range(_words(before), len(stems))
    return sum(len(stems[i]) == letters and stems[i] in stems[:i] for i in places)


@torch.inference_mode()
def sample_best(
    learn: Any,
    text: str,
    n_words: int,
    n: int = 16,
    temperature: float = 0.7,
    top_p: float | None = 0.85,
    length_penalty: float = 0.8,
    seed: int | None = None,
) -> str:
    """`text` and whole sentences after it, at most `n_words` words (between blanks) together.

    Of each sentence `n` drafts are drawn as `sample` draws, all at once. Kept is the one that
    repeats least of the text, in three-word sequences (Paulus et al. 2018 block them) and in words
    of five letters or more, and of these the one with the highest log-probability under the model
    itself (temperature 1, nothing cut off) after the length penalty of `beam_search`. A large `n`
    nears a search. No word begins with a bare blank: that piece stands before all rare words, and
    low temperatures overrate it.
    Where no draft ends within `n_words`, `sample` writes.

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
        drafts = _drafts(learn, written, knobs, room)
        if not drafts:
            break
        best = min(drafts, key=_rank)
        room -= _words(best.text)
        written = _decode(learn, written, best.tokens, " ", None)
    if room < n_words:
        return written
    return sample(learn, text, n_words, temperature, top_p=top_p, seed=seed)
