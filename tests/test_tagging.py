"""Notebook 09: what its language model has read, and where Akbik's states stand, by other means
than the notebook's."""

import random

import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import tagging
from benchmarks.tables import RESULTS
from course_utils import journeys
from course_utils.journeys import any_role
from course_utils.lessons import n09


def drawn(n, seed):
    return journeys.requests(n, journeys.FRAMES, any_role(), seed)


def word_by_word(requests, role_of):
    words = [word for tokens, _ in requests for word in tokens]
    return torch.tensor([n09.TAGS.index(role_of.get(word, "O")) for word in words])


def test_the_ceiling_is_one():
    """Another tag for one city never scores higher than its commonest role."""
    test = drawn(300, seed=3)
    best = n09.commonest_roles(test)
    ceiling = n09.score(test, word_by_word(test, best))
    for city in journeys.CITIES[:12]:
        for tag in n09.TAGS:
            other = word_by_word(test, {**best, city: tag})
            assert n09.score(test, other) <= ceiling + 1e-12


def test_the_score_counts_what_it_should():
    test = [(["ab", "Graz", "nach", "Wien"], ["O", "origin", "O", "destination"])]
    assert n09.score(test, torch.tensor([0, 1, 0, 2])) == 1
    assert n09.score(test, torch.tensor([0, 2, 0, 2])) == 0.5
    assert n09.score(test, torch.tensor([0, 0, 0, 2])) == pytest.approx(2 / 3)


TOKENS = st.lists(
    st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=6),
    min_size=1,
    max_size=8,
)


@given(tokens=TOKENS)
def test_spans_cut_out_the_words(tokens):
    text = " ".join(tokens)
    assert [text[start:end] for start, end in n09.spans(tokens)] == tokens


def test_states_at_the_edges():
    tokens = ["Von", "Rom", "nach", "Ulm", "."]
    text = " ".join(tokens)
    place = torch.arange(len(text))[:, None].float()  # a state that says where it stands
    edges = n09.at_edges(place, place, n09.spans(tokens)).long().tolist()
    assert edges == [[2, 0], [6, 4], [11, 8], [15, 13], [17, 17]]
    assert [(text[i], text[j]) for i, j in edges] == [(token[-1], token[0]) for token in tokens]


def test_the_three_places_of_character_states():
    """By a model whose state is the number of the character just read: 0 before the first."""

    class Counting(torch.nn.Module):
        def forward(self, x):
            place = torch.arange(x.shape[1]).view(1, -1, 1).float()
            return [(place, place)]

    text = "ab Graz"  # with its marks: a stands at 1, b at 2, the blank at 3, G at 4, z at 7
    letter = n09.numbering([text])
    akbik, blank_read, far_side = n09.character_states(Counting(), letter, text.split()).long()
    assert akbik.tolist() == [[2, 1], [7, 4]]
    assert blank_read.tolist() == [[3, 0], [8, 3]]
    assert far_side.tolist() == [[0, 3], [3, 8]]


def test_elmo_against_einsum():
    h = torch.randn(3, 7, 4)
    w = torch.randn(3)
    s = torch.exp(w) / torch.exp(w).sum()
    expected = 1.7 * torch.einsum("j,jtd->td", s, h)
    torch.testing.assert_close(n09.elmo(h, w, torch.tensor(1.7)), expected)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("t", range(9))
def test_neither_half_has_seen_the_answer(layers, t):
    torch.manual_seed(0)
    model = n09.BiLM(11, 4, 6, layers)
    x = torch.randint(11, (3, 9))
    other = x.clone()
    other[:, t] = (x[:, t] + 1) % 11
    for (ahead, back), (ahead_2, back_2) in zip(model(x)[1:], model(other)[1:], strict=True):
        assert torch.equal(ahead[:, :t], ahead_2[:, :t])
        assert torch.equal(back[:, t + 1 :], back_2[:, t + 1 :])
        assert not torch.allclose(ahead[:, t:], ahead_2[:, t:])
        assert not torch.allclose(back[:, : t + 1], back_2[:, : t + 1])


@pytest.mark.parametrize(
    "vectors, layers, size",
    [(n09.word_states, 3, 12), (n09.neighbours, 1, 18), (n09.context_only, 1, 12)],
)
def test_vectors_have_a_row_for_each_word(vectors, layers, size):
    requests = drawn(3, seed=0)
    number = n09.numbering(tokens for tokens, tags in requests)
    model = n09.BiLM(len(number), 6, 6, 2)
    h = n09.features(requests, vectors, model, number)
    assert h.shape == (layers, len(n09.flat(requests)), size)
    assert not h.requires_grad


def test_context_only_does_not_look_at_the_word():
    torch.manual_seed(0)
    number = n09.numbering([["ab", "Graz", "Wien", "?"]])
    model = n09.BiLM(len(number), 6, 6, 2)
    graz, wien = (n09.context_only(model, number, ["ab", city, "?"]) for city in ("Graz", "Wien"))
    assert torch.equal(graz[0, 1], wien[0, 1])
    assert not torch.equal(graz[0, 0], wien[0, 0])  # its neighbours look at it


def test_batches_hold_one_length_and_every_row_once():
    rows = [[i] * (2 + i % 5) for i in range(83)]
    batches = n09.batches_of_one_length(rows, 8, random.Random(0))
    assert sorted(row for batch in batches for row in batch.tolist()) == sorted(rows)
    assert max(map(len, batches)) <= 8


def test_unknown_words_are_unknown():
    number = n09.numbering([["ab", "Graz"], ["Graz", "."]])
    assert len(number) == 6
    assert n09.encode(["ab", "Kufstein"], number) == [1, number["ab"], 0, 2]


def test_no_tag_shows_a_withheld_role():
    data = tagging.Data.draw(0, 400, 10, 50)

    def roles(requests):
        pairs = (pair for tokens, tags in requests for pair in zip(tokens, tags, strict=True))
        return {(word, tag) for word, tag in pairs if tag != "O"}

    hidden = roles(data.tests["withheld role"])
    assert not hidden & roles(data.train[tagging.WITHHELD])
    assert hidden & roles(data.train[tagging.EVERY])


@pytest.mark.training
def test_the_measurement_runs_small():
    table = tagging.measure(0, tagged=(10, 20), n_unlabelled=40, n_test=10)
    assert table.F1.between(0, 1).all()
    assert set(table["tagged requests"]) == {10, 20}
    assert not table.duplicated(tagging.KEYS).any()
    linear = 9 * 2 + 4  # all with 20, roles shown and withheld; four also with 10
    kinds = linear + 2 * 2 + 3  # BiLSTM: 20 twice; from scratch: 10, 20, 20 withheld
    assert len(table) == kinds * 6


def test_the_kept_measurement():
    table = pd.read_csv(RESULTS / "tagging.csv")
    assert set(table.seed) == {0, 1, 2}
    assert set(table["tagged requests"]) == set(tagging.TAGGED)
    f1 = table[table["tagged requests"] == 400].set_index(["tags", "tagger", "vectors", "test"]).F1
    every = f1[tagging.EVERY, "linear"]
    assert every["context only", "any role"].min() >= 0.95
    assert every["static", "any role"].max() < 0.55
    held = f1[tagging.WITHHELD, "linear"]
    assert held["static", "withheld role"].max() < 0.1
    assert held["characters", "withheld role"].max() < every["characters", "withheld role"].min()
