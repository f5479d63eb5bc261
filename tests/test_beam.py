"""Holds the core of beam search against enumeration and against sorting everything.
It is easy to get nearly right: a state that follows another beam still writes fluently."""

import itertools
import math

import numpy as np
import pytest
import torch
from beam_models import MODELS, START
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import beam
from course_utils.generation import beam_core

quick = settings(max_examples=25, deadline=None)


@torch.no_grad()
def enumerate_all(step, state, vocab, n, eos=(), banned=(), alpha=0.0):
    """Every possible text with its log p, best score first, each run alone: shares
    nothing with the beam."""
    found = {}
    for text in itertools.product([i for i in range(vocab) if i not in banned], repeat=n):
        tokens = START
        current = state
        log_p = 0.0
        length = 0
        for token in text:
            log_probs, current = step(tokens, current)
            log_p = log_p + log_probs[0, token].item()
            length = length + 1
            tokens = torch.tensor([token])
            if token in eos:
                break
        found[text[:length]] = log_p
    return dict(sorted(found.items(), key=lambda item: -score(*item, alpha)))


def score(text, log_p, alpha):
    """Wu et al. 2016, equation 14."""
    return log_p / ((5 + len(text)) ** alpha / (5 + 1) ** alpha)


def cut(sequence, eos):
    """A sequence up to its first end token, that token included."""
    ended = next((i + 1 for i, token in enumerate(sequence) if token in eos), len(sequence))
    assert set(sequence[ended:]) <= {sequence[ended - 1]}, (
        "after its end a sequence repeats its end token"
    )
    return tuple(sequence[:ended])


@quick
@given(
    model=st.sampled_from(list(MODELS)),
    vocab=st.integers(2, 4),
    n=st.integers(1, 4),
    seed=st.integers(0, 10_000),
    eos=st.sampled_from([(), (1,), (0, 1)]),
    ban=st.booleans(),
    alpha=st.sampled_from([0.0, 0.6, 1.0]),
)
def test_a_wide_beam_finds_what_enumeration_finds(model, vocab, n, seed, eos, ban, alpha):
    step, state = model(vocab, seed)
    banned = (vocab - 1,) if ban and vocab > 2 else ()
    sequences, log_p = beam_core(
        step, state, START, n, vocab**n, vocab, eos, banned, alpha, MODELS[model]
    )
    truth = enumerate_all(step, state, vocab, n, eos, banned, alpha)
    texts = [cut(s, eos) for s in sequences.tolist()]
    assert len(texts) == len(truth) and dict(
        zip(texts, log_p.tolist(), strict=True)
    ) == pytest.approx(truth)
    # in the order of the scores; not text by text, for a Markov chain scores two orders of the
    # same transitions alike
    assert [
        score(*item, alpha) for item in zip(texts, log_p.tolist(), strict=True)
    ] == pytest.approx([score(*item, alpha) for item in truth.items()])
    if not banned:
        assert log_p.exp().sum().item() == pytest.approx(1)  # every text, and each once


@quick
@given(
    model=st.sampled_from(list(MODELS)),
    seed=st.integers(0, 10_000),
    beam_sz=st.integers(1, 9),
    top_k=st.integers(1, 6),
)
def test_a_narrow_beam_tells_the_truth_about_its_texts(model, seed, beam_sz, top_k):
    step, state = model(4, seed)
    sequences, log_p = beam_core(
        step, state, START, 3, beam_sz, top_k, eos=(1,), batch_dim=MODELS[model]
    )
    truth = enumerate_all(step, state, 4, 3, eos=(1,))
    texts = [cut(s, (1,)) for s in sequences.tolist()]
    assert len(texts) == len(set(texts)) <= beam_sz
    assert [truth[text] for text in texts] == pytest.approx(log_p.tolist())
    assert log_p.tolist() == sorted(log_p.tolist(), reverse=True)


@quick
@given(model=st.sampled_from(list(MODELS)), seed=st.integers(0, 10_000))
def test_one_beam_with_one_successor_is_greedy(model, seed):
    step, state = model(6, seed)
    sequences, log_p = beam_core(step, state, START, 7, 1, 1, batch_dim=MODELS[model])
    tokens = START
    greedy = []
    total = 0.0
    for _ in range(7):
        log_probs, state = step(tokens, state)
        value, tokens = log_probs[0].max(0, keepdim=True)
        greedy = greedy + tokens.tolist()
        total = total + value.item()
    assert sequences.tolist() == [greedy] and log_p.item() == pytest.approx(total)


def naive_winners(log_probs, log_p, penalty, done, beam_sz, top_k):
    """Every successor of every beam, sorted: the truth about `beam._winners`, ties included."""
    pool = [(-score, len(log_probs) + i, 0) for i, score in enumerate(done.tolist())]
    for row, values in enumerate(log_probs.double().tolist()):
        scores = [-(log_p[row] + value) / penalty[row] for value in values]
        pool += sorted((score, row, token) for token, score in enumerate(scores))[:top_k]
    return [item[1:] for item in sorted(pool) if item[0] < math.inf][:beam_sz]


@settings(max_examples=150, deadline=None)
@given(
    rows=st.integers(1, 12),
    vocab=st.integers(1, 150),
    beam_sz=st.integers(1, 30),
    top_k=st.integers(1, 9),
    seed=st.integers(0, 10_000),
    impossible=st.sampled_from([0.0, 0.5, 0.95]),
    n_done=st.integers(0, 4),
    grain=st.sampled_from([None, 0.5, 4.0]),
    dtype=st.sampled_from([torch.float32, torch.float64]),
)
def test_the_winners_are_those_of_sorting_everything(
    rows, vocab, beam_sz, top_k, seed, impossible, n_done, grain, dtype
):
    """`grain` rounds everything, so that most scores come several times."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape):
        values = torch.randn(*shape, dtype=torch.float64, generator=generator) * 3
        return values if grain is None else (values / grain).round() * grain

    log_probs = (draw(rows, vocab) if grain else draw(rows, vocab).log_softmax(-1)).to(dtype)
    log_probs[torch.rand(rows, vocab, generator=generator) < impossible] = -torch.inf
    log_p = draw(rows).numpy()
    penalty = np.ones(rows) if grain else draw(rows).abs().numpy() + 1
    done = draw(n_done).numpy()
    arguments = (log_probs, log_p, penalty, done, beam_sz, top_k)
    parents, tokens = beam._winners(*arguments)
    assert list(zip(parents.tolist(), tokens.tolist(), strict=True)) == naive_winners(*arguments)


def test_among_equals_the_better_beam_and_the_lower_token_win():
    """A uniform model: every text is as likely as any other, and the order is still given."""
    log_probs = torch.full((3, 3000), -8.0)
    sequences, _ = beam_core(lambda tokens, state: (log_probs[:1].expand(len(tokens), -1), state),
                             (), START, 2, 5, 2)  # fmt: skip
    assert sequences.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    parents, tokens = beam._winners(log_probs, np.zeros(3), np.ones(3), np.zeros(0), 7, 3)
    assert list(zip(parents, tokens, strict=True)) == [
        (0, 0),
        (0, 1),
        (0, 2),
        (1, 0),
        (1, 1),
        (1, 2),
        (2, 0),
    ]
