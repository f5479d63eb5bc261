"""Holds `generation` against enumeration, known distributions and a small AWD-LSTM.
Beam search is easy to get nearly right: a state that follows another beam still writes fluently."""

import itertools
import math
import re
import subprocess
import sys
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare
from torch import nn

from course_utils import beam, generation
from course_utils.generation import beam_core, beam_search, join_tokens, sample

quick = settings(max_examples=25, deadline=None)


def ranked_beam(*arguments, **keywords) -> list[tuple[str, float]]:
    """All texts of the last beam, with their log-probabilities."""
    found = beam_search(*arguments, return_all=True, **keywords)
    assert isinstance(found, list)
    return found


START = torch.tensor([0])


# --- Models of one token at a time, and the truth about them -------------------------------------


def markov(vocab: int, seed: int):
    """(step, state): a random transition table; nothing to remember."""
    table = (
        torch.randn(
            vocab, vocab, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)
        )
        .mul(2)
        .log_softmax(-1)
    )
    return lambda tokens, state: (table[tokens], state), ()


def lstm(vocab: int, seed: int):
    """(step, state): a random two-layer nn.LSTM, its state (h, c) with the batch in dimension 1."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        emb = nn.Embedding(vocab, 5)
        rnn = nn.LSTM(5, 6, num_layers=2)
        out = nn.Linear(6, vocab)
    for module in (emb, rnn, out):
        module.double()
        for parameter in module.parameters():
            parameter.data.mul_(3)  # strong enough for the history to matter

    def step(tokens, state):
        output, state = rnn(emb(tokens)[None], state)
        return out(output[0]).log_softmax(-1), state

    return step, tuple(torch.zeros(2, 1, 6, dtype=torch.float64) for _ in "hc")


def history_hash(vocab: int, seed: int):
    """(step, state (B,)): log-probabilities from a hash of the whole history, so that one wrong
    parent shows."""

    def step(tokens, state):
        code = (state * 31 + tokens + 1 + seed) % 10007
        logits = torch.sin((code[:, None].double() + 0.5) * (torch.arange(vocab) + 1.7)) * 3
        return logits.log_softmax(-1), code

    return step, torch.zeros(1, dtype=torch.long)


MODELS = {markov: 1, lstm: 1, history_hash: 0}  # with the batch dimension of the state


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


# --- The core ------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("top_k", [None, 1, 3, 40, 3000, 5000])
def test_the_likeliest_of_equals_are_the_lower_tokens(top_k):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randint(-4, 1, (3000,), generator=generator).double()
    kept, tokens = generation._likeliest(logits, top_k)
    expected = sorted(range(3000), key=lambda token: -logits[token])[:top_k]
    assert tokens.tolist() == expected and torch.equal(kept, logits[expected])


def test_a_state_of_named_tuples_follows_its_beams():
    class State(NamedTuple):
        h: torch.Tensor
        c: torch.Tensor

    step, (h, c) = lstm(4, 1)

    def named(tokens, state):
        log_probs, after = step(tokens, tuple(state))
        return log_probs, State(*after)

    a = beam_core(step, (h, c), START, 4, 8, 4)
    b = beam_core(named, State(h, c), START, 4, 8, 4)
    assert all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def test_top_k_limits_the_successors_of_each_beam():
    step, state = markov(6, 3)
    sequences, _ = beam_core(step, state, START, 3, 1000, 2)
    assert len(sequences) == 2**3
    assert all(
        len(set(sequences[(sequences[:, :i] == s[:i]).all(1), i].tolist())) == 2
        for s in sequences
        for i in range(3)
    )


def test_fastai_1s_rule_per_step():
    """Against the rule in words: top_k successors of each beam, the beam_sz cheapest overall, the
    unknown word out but not renormalised."""
    step, _ = history_hash(8, 5)
    beams = [((), 0.0, torch.zeros(1, dtype=torch.long))]
    for _ in range(5):
        grown = []
        for text, log_p, state in beams:
            log_probs, after = step(torch.tensor([text[-1] if text else 0]), state)
            best = sorted((i for i in range(8) if i != 2), key=lambda i: -log_probs[0, i].item())[
                :3
            ]
            grown += [(text + (i,), log_p + log_probs[0, i].item(), after) for i in best]
        beams = sorted(grown, key=lambda beam: -beam[1])[:7]
    sequences, log_p = beam_core(*history_hash(8, 5), START, 5, 7, 3, banned=(2,), batch_dim=0)
    assert [tuple(s) for s in sequences.tolist()] == [text for text, _, _ in beams]
    assert log_p.tolist() == pytest.approx([p for _, p, _ in beams])


def test_finished_beams_stay_and_the_search_stops_when_all_are():
    table = torch.tensor(
        [[0.0, 0.9, 0.1], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]
    ).log()  # 1 ends; impossible is impossible
    sequences, log_p = beam_core(
        lambda tokens, state: (table[tokens], state), (), START, 50, 10, 3, eos=(1,)
    )
    assert sequences.tolist() == [[1, 1], [2, 1]]
    assert log_p.exp().tolist() == pytest.approx([0.9, 0.1])


def test_length_penalty_lets_the_longer_text_win():
    table = torch.tensor([[1e-9, 0.5, 0.5], [1e-9, 1.0, 1e-9], [1e-9, 0.7, 0.3]]).log()

    def step(tokens, state):
        return table[tokens], state

    first = [
        beam_core(step, (), START, 2, 9, 3, eos=(1,), banned=(0,), length_penalty=a)[0][0].tolist()
        for a in (0.0, 6.0)
    ]
    assert first == [[1, 1], [2, 1]]


def test_lists_nest_and_nothing_of_the_model_changes():
    step, (h, c) = lstm(4, 1)

    def nested(tokens, state):
        log_probs, (h, c) = step(tokens, (state[0][0], state[1]))
        return log_probs, [[h], c]

    a = beam_core(step, (h, c), START, 4, 8, 4)
    b = beam_core(nested, [[h], c], START, 4, 8, 4)
    assert all(torch.equal(x, y) for x, y in zip(a, b, strict=True))
    assert not a[1].requires_grad and not h.any()

    table = torch.zeros(1, 3)  # a model that hands out its own memory
    beam_core(
        lambda tokens, state: (table.expand(len(tokens), 3), state),
        (),
        START,
        3,
        9,
        3,
        eos=(1,),
        banned=(0,),
    )
    assert torch.equal(table, torch.zeros(1, 3))


@pytest.mark.parametrize("wrong", ["n_steps", "beam_sz", "top_k"])
def test_the_core_says_what_is_wrong(wrong):
    step, state = markov(3, 0)
    with pytest.raises(ValueError, match=f"{wrong} must be at least 1, got 0"):
        beam_core(step, state, START, **{"n_steps": 2, "beam_sz": 2, "top_k": 2, wrong: 0})
    with pytest.raises(ValueError, match="no token can be emitted"):
        beam_core(step, state, START, 2, 2, 2, banned=(0, 1, 2))


# --- A small German AWD-LSTM ---------------------------------------------------------------------

TEXTS = [
    "Der Zug fährt heute nicht .",
    "Die Bahn baut um .",
    "Der Bus fährt schon .",
    "Wien wartet auf den Zug , sagt die Bahn .",
    "Der Minister sagt : „ Die Bahn baut . “",
]
P = {
    "Zug": 0.4,
    "Bahn": 0.2,
    "Bus": 0.1,
    "Wien": 0.1,
    "xxunk": 0.2,
}  # the next word of the learner `known`


def words(items):
    return (re.findall(r"\w+|[^\w\s]", text) for text in items)


def small_learner(rules, epochs, tok=words):
    from fastai.text.all import (
        AWD_LSTM,
        ColReader,
        DataBlock,
        RandomSplitter,
        TextBlock,
        awd_lstm_lm_config,
        language_model_learner,
        set_seed,
    )

    set_seed(1)
    block = TextBlock.from_df(
        "text", is_lm=True, seq_len=8, min_freq=1, tok=tok, rules=rules, n_workers=0
    )
    block = DataBlock(blocks=block, get_x=ColReader("text"), splitter=RandomSplitter(0.1, seed=1))
    dls = block.dataloaders(pd.DataFrame({"text": TEXTS * 40}), bs=8, seq_len=8, device="cpu")
    config = {**awd_lstm_lm_config, "emb_sz": 16, "n_hid": 16, "n_layers": 2}
    learn = language_model_learner(dls, AWD_LSTM, config=config, pretrained=False, drop_mult=0.1)
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(epochs, 0.03) if epochs else learn.create_opt()
    return learn


@pytest.fixture(scope="module")
def learn():
    """Trained for a few seconds on plain tokens, xxbos in front of each text."""
    return small_learner([lambda text: "xxbos " + text], epochs=8)


@pytest.fixture
def known():
    """An untrained learner whose next word has the distribution P whatever came before."""
    learn = small_learner([lambda text: "xxbos " + text], epochs=0)
    decoder = learn.model[1].decoder
    decoder.weight.data.zero_()
    decoder.bias.data.fill_(-1e4)
    for word, share in P.items():
        decoder.bias.data[learn.dls.vocab.index(word)] = math.log(share)
    return learn


def listed(tokens):
    return "|".join(tokens)


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


# --- Distributions -------------------------------------------------------------------------------


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


# --- Text and errors -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tokens, text",
    [
        ([], ""),
        (
            [
                "Der",
                "Minister",
                "sagt",
                ":",
                "„",
                "Nein",
                "!",
                "“",
                "(",
                "Wien",
                ")",
                "…",
                "und",
                ";",
                ",",
                "...",
                "gut",
                "?",
            ],
            "Der Minister sagt: „Nein!“ (Wien)… und;,... gut?",
        ),
        (["Er rief: „", "Halt", "!", "“"], "Er rief: „Halt!“"),
        (["xxmaj", "der", "xxup", "orf", "xxmaj", "ö", "xxmaj"], "Der ORF Ö"),
        (["xxmaj", "zdf-Chef"], "Zdf-Chef"),
    ],
    ids=str,
)
def test_join_tokens(tokens, text):
    assert join_tokens(tokens) == text


def test_sep_and_decoder(known):
    text = sample(known, "Die", 3, top_k=1, sep="_")
    assert text == "Die_Zug_Zug_Zug"
    assert (
        sample(known, " Die ", 2, top_k=1, decoder=listed)
        == "Die|Zug|Zug"
        == beam_search(known, "Die", 2, top_k=1, decoder=listed)
    )


@pytest.mark.parametrize(
    "generate, options, message",
    [
        (sample, {"n_words": 0}, "n_words must be at least 1, got 0"),
        (sample, {"top_k": 0}, "top_k must be at least 1"),
        (sample, {"top_p": 0.0}, "top_p must be above 0 and at most 1, got 0.0"),
        (sample, {"top_p": 1.1}, "top_p must be above 0"),
        (sample, {"temperature": 0.0}, "temperature must be above 0, got 0.0"),
        (beam_search, {"n_words": -1}, "n_words must be at least 1, got -1"),
        (beam_search, {"top_k": 0}, "top_k must be at least 1"),
        (beam_search, {"beam_sz": 0}, "beam_sz must be at least 1"),
        (beam_search, {"temperature": float("nan")}, "temperature must be above 0"),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_values_out_of_range(generate, options, message):
    with pytest.raises(ValueError, match=message):
        generate(None, "Der", **{"n_words": 3, **options})


@pytest.fixture(scope="module")
def classifier():
    from fastai.text.all import AWD_LSTM, TextDataLoaders, text_classifier_learner

    frame = pd.DataFrame({"text": TEXTS * 4, "label": ["a", "b", "a", "b", "b"] * 4})
    dls = TextDataLoaders.from_df(frame, bs=4, n_workers=0, device="cpu")
    return text_classifier_learner(dls, AWD_LSTM, pretrained=False)


@pytest.mark.parametrize("generate", [sample, beam_search])
def test_what_is_no_language_model_is_refused_in_a_sentence(generate, classifier, known):
    with pytest.raises(TypeError, match=r"continue a text with a language model.*Learner is none"):
        generate(classifier, "Der", 3)
    with pytest.raises(TypeError, match="This Sequential.* is none"):
        generate(nn.Sequential(nn.Linear(2, 2)), "Der", 3)
    known.model = nn.Sequential(nn.Embedding(9, 4), nn.Linear(4, 9))
    with pytest.raises(TypeError, match="over AWD_LSTM"):
        generate(known, "Der", 3)


@pytest.mark.training
def test_importing_the_module_does_not_import_fastai():
    code = (
        "import importlib.util as u, sys; s = u.spec_from_file_location('g', sys.argv[1]); "
        "m = u.module_from_spec(s); "
        "s.loader.exec_module(m); assert not any(n.startswith('fastai') for n in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, generation.__file__], check=True)
