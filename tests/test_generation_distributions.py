"""Holds what is drawn against known distributions: a learner whose next word is distributed the
same whatever came before."""

import math

import pytest
import torch
from generation_helpers import P, known_learner, listed, ranked_beam  # noqa: F401 (a fixture)
from scipy.stats import chisquare

from course_utils import generation
from course_utils.generation import beam_search, sample


@pytest.mark.parametrize(
    "options, expected",
    [
        ({}, {"Zug": 4 / 8, "Bahn": 2 / 8, "Bus": 1 / 8, "Wien": 1 / 8}),
        ({"no_unk": False}, P),
        ({"temperature": 0.5}, {"Zug": 16 / 22, "Bahn": 4 / 22, "Bus": 1 / 22, "Wien": 1 / 22}),
        ({"top_k": 2}, {"Zug": 2 / 3, "Bahn": 1 / 3}),
        ({"top_k": 1}, {"Zug": 1.0}),
        ({"top_p": 0.45}, {"Zug": 1.0}),
        ({"top_p": 0.6}, {"Zug": 2 / 3, "Bahn": 1 / 3}),
        ({"top_p": 1.0}, {"Zug": 4 / 8, "Bahn": 2 / 8, "Bus": 1 / 8, "Wien": 1 / 8}),
        (
            {"temperature": 2.0, "top_k": 2, "top_p": 0.99},
            {"Zug": 2**0.5 / (1 + 2**0.5), "Bahn": 1 / (1 + 2**0.5)},
        ),
        ({"temperature": 1e-300}, {"Zug": 1.0}),
    ],
)
def test_sample_draws_from_the_distribution_it_names(known, options, expected):
    drawn = sample(known, "Die", 800, seed=7, decoder=listed, **options).split("|")[1:]
    assert len(drawn) == 800 and set(drawn) == set(expected)
    if len(expected) > 1:
        assert (
            chisquare(
                [drawn.count(word) for word in expected], [800 * p for p in expected.values()]
            ).pvalue
            > 0.001
        )


@pytest.mark.parametrize("top_k", [None, 1, 3, 40, 3000, 5000])
def test_the_likeliest_of_equals_are_the_lower_tokens(top_k):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randint(-4, 1, (3000,), generator=generator).double()
    kept, tokens = generation._likeliest(logits, top_k)
    expected = sorted(range(3000), key=lambda token: -logits[token])[:top_k]
    assert tokens.tolist() == expected and torch.equal(kept, logits[expected])


@pytest.mark.parametrize(
    "temperature, expected", [(1.0, [4 / 7, 2 / 7, 1 / 7]), (0.5, [16 / 21, 4 / 21, 1 / 21])]
)
def test_beam_search_draws_from_the_final_beam(known, temperature, expected):
    known.model[1].decoder.bias.data[
        known.dls.vocab.index("Wien")
    ] = -1e4  # no tie for the third place
    drawn = [
        beam_search(known, "", 1, top_k=3, beam_sz=3, temperature=temperature, seed=seed)
        for seed in range(400)
    ]
    assert (
        chisquare(
            [drawn.count(word) for word in ("Zug", "Bahn", "Bus")], [400 * p for p in expected]
        ).pvalue
        > 0.001
    )


def test_costs_beyond_float32s_exponential_still_draw(known):
    """exp(-cost) is 0 in float32 above 103 nats; here each beam costs about 800."""
    known.model[1].decoder.bias.data.zero_()
    known.model[1].decoder.bias.data[
        [known.dls.vocab.index(token) for token in generation.END if token in known.dls.vocab]
    ] = -1e4
    ranked = ranked_beam(known, "", 230, top_k=4, beam_sz=16)
    assert all(p < -700 and math.isfinite(p) and math.exp(p) < 1e-300 for _, p in ranked)
    texts = {beam_search(known, "", 230, top_k=4, beam_sz=16, seed=seed) for seed in range(2)}
    assert len(texts) > 1 and texts <= {text for text, _ in ranked}
