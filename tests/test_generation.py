"""Holds `sample` and `beam_search` against a small AWD-LSTM: its own probabilities, its end of a
text, a seed that decides, and a model that is left as it was."""

import re

import pytest
import torch
from generation_helpers import (  # noqa: F401 (fixtures)
    known_learner,
    listed,
    ranked_beam,
    small_learner,
    trained_learner,
)

from course_utils import generation
from course_utils.generation import beam_search, sample


def teacher_forced(learn, prompt, tokens):
    """log p of `tokens` after `prompt`, from one pass over the whole text."""
    vocab = list(learn.dls.vocab)
    model = learn.model.eval()
    ids = torch.tensor([[vocab.index(token) for token in prompt + tokens]])
    model[0].bs = 1
    model.reset()
    with torch.no_grad():
        log_probs = model(ids)[0][0].log_softmax(-1)
    at = torch.arange(len(prompt) - 1, ids.shape[1] - 1)
    return log_probs[at, ids[0, len(prompt) :]].sum().item()


def test_the_ranked_beam_carries_the_models_own_probabilities(learn):
    ranked = ranked_beam(learn, "Die Bahn", 6, top_k=8, beam_sz=40, decoder=listed)
    log_p = [p for _, p in ranked]
    assert 1 < len(ranked) <= 40 and log_p == sorted(log_p, reverse=True)
    for text, p in ranked:
        tokens = text.split("|")[1:]
        ended = len(tokens) < 6
        assert p == pytest.approx(
            teacher_forced(learn, ["xxbos", "Die", "Bahn"], tokens + ["xxbos"] * ended), abs=1e-4
        )


@pytest.mark.parametrize("generate", [sample, beam_search])
def test_prompt_once_no_unknown_word_and_the_end(learn, generate):
    prompt = "Der Kanzler"  # not in the vocabulary: cannot come a second time by chance
    for seed in range(5):
        text = generate(learn, prompt, 30, seed=seed, top_k=5)
        assert text.startswith(prompt) and text.count(prompt) == 1 and len(text) > len(prompt)
        assert "xx" not in text.removeprefix(prompt)
    best = ranked_beam(learn, "Die Bahn", 30, beam_sz=50)[0][0]
    assert (
        best.endswith(".") and len(best.split()) < 12
    )  # the model ends the text here: 30 words were allowed


@pytest.mark.parametrize("generate", [sample, beam_search])
def test_n_words_is_the_number_of_words(known, generate):
    for n_words in (1, 2, 7):
        assert (
            len(generate(known, "Die Bahn", n_words, decoder=listed, top_k=4, seed=1).split("|"))
            == 1 + n_words
        )
    assert len(generate(known, "", 3, decoder=listed, top_k=4, seed=1).split("|")) == 3


@pytest.mark.parametrize("generate", [sample, beam_search])
def test_nothing_is_computed_after_the_end(known, generate):
    known.model[1].decoder.bias.data[known.dls.vocab.index("xxbos")] = 100.0
    calls = []
    known.model[0].rnns[0].module.register_forward_hook(lambda *_: calls.append(1))
    assert generate(known, "Die Bahn", 9, top_k=1) == "Die Bahn"
    assert len(calls) == 2  # all of the prompt but its last word, and a step


@pytest.mark.parametrize("generate", [sample, beam_search])
def test_a_seed_decides_and_leaves_everything_as_it_was(learn, generate):
    learn.model.train()
    learn.model[1].eval()
    learn.model[0].bs = 3
    learn.model.reset()
    hidden = learn.model[0].hidden
    flags = [m.training for m in learn.model.modules()]
    stream = torch.get_rng_state()
    texts = [generate(learn, "Der", 8, seed=seed) for seed in (1, 1, 2, 3, 4)]
    assert texts[0] == texts[1] and len(set(texts)) > 1
    assert torch.equal(stream, torch.get_rng_state())
    assert flags == [m.training for m in learn.model.modules()] and any(flags) and not all(flags)
    assert learn.model[0].hidden is hidden and learn.model[0].bs == 3

    def unseeded():
        return [generate(learn, "Der", 8) for _ in range(5)]

    torch.manual_seed(1)
    first = unseeded()
    torch.manual_seed(1)
    assert first == unseeded() and len(set(first)) > 1
    learn.model.train()


def test_the_model_trains_on_afterwards(learn):
    sample(learn, "Der", 3)
    learn.model.train()
    learn.model.reset()
    learn.model(torch.zeros(2, 4, dtype=torch.long))[0].sum().backward()
    assert learn.model[0].rnns[0].weight_hh_l0_raw.grad is not None
    learn.zero_grad()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("generate", [sample, beam_search])
def test_the_models_device_is_used_and_changes_nothing(known, generate):
    here = generate(known, "Die Bahn", 6, seed=3)
    known.model.cuda()
    assert generate(known, "Die Bahn", 6, seed=3) == here


def test_an_error_inside_restores_the_model(learn):
    learn.model.train()
    with pytest.raises(RuntimeError, match="stop"), generation._reading(learn, "Der", True):
        raise RuntimeError("stop")
    assert learn.model.training


def test_a_text_without_tokens_starts_from_the_beginning(learn):
    empty, blank = (ranked_beam(learn, text, 6, beam_sz=20) for text in ("", "  "))
    assert empty == blank and empty[0][0].split()[0] in {"Der", "Die", "Wien"}
    silent = small_learner(
        [], epochs=0, tok=lambda items: (re.findall(r"\w+", text) for text in items)
    )  # adds no xxbos
    assert sample(silent, "…", 4, seed=1, decoder=listed) == "…|" + sample(
        silent, "", 4, seed=1, decoder=listed
    )


def test_fastais_own_rules():
    learn = small_learner(None, epochs=3)
    ranked = ranked_beam(learn, "Die Bahn", 20, beam_sz=50)
    assert ranked[0][0].startswith("Die Bahn baut") and not any("xx" in text for text, _ in ranked)
    assert ranked_beam(learn, "", 20, beam_sz=50)[0][0][0].isupper()


def test_length_penalty_reorders_the_ranked_beam_and_the_draw(learn):
    plain, long = (
        ranked_beam(learn, "Der", 25, beam_sz=50, decoder=listed, length_penalty=a)
        for a in (0.0, 3.0)
    )
    assert len(long[0][0]) > len(plain[0][0])
    lengths = [min(text.count("|") + 1, 25) for text, _ in long]
    scores = [p / ((5 + n) / 6) ** 3.0 for n, (_, p) in zip(lengths, long, strict=True)]
    assert scores == pytest.approx(sorted(scores, reverse=True))
    coldest = beam_search(
        learn, "Der", 25, beam_sz=50, decoder=listed, length_penalty=3.0, temperature=1e-9, seed=0
    )
    assert coldest == long[0][0]
