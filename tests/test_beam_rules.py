"""The rules of beam search, one by one: successors of a beam, ends, the length penalty, states of
every form, and values that are refused."""

from typing import NamedTuple

import pytest
import torch
from beam_models import START, history_hash, lstm, markov

from course_utils.generation import beam_core


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
