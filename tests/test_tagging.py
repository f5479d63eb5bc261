"""Notebook 09: what its generator writes, what its language model has read, and where Akbik's
states stand, by other means than the notebook's."""

import random
import re

import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import tagging
from benchmarks.tables import RESULTS
from course_utils.lessons import n09

ANYWHERE = {role: n09.CITIES for role in n09.ROLES}
NEW = {role: n09.CITIES[k::3] for k, role in enumerate(n09.ROLES)}
KNOWN = {role: [city for city in n09.CITIES if city not in NEW[role]] for role in n09.ROLES}


def test_cities_are_many_and_single_words():
    assert len(set(n09.CITIES)) == len(n09.CITIES) >= 40
    assert len(n09.CITIES) % 3 == 0
    assert not set(n09.CITIES) & set(n09.NEW_CITIES)
    assert all(re.fullmatch(r"\w+", city) for city in n09.CITIES + n09.NEW_CITIES)


@pytest.mark.parametrize("frame", n09.FRAMES + n09.NEW_FRAMES)
def test_a_frame_is_a_sentence_with_gaps(frame):
    used = re.findall(r"\{(.*?)\}", frame)
    assert set(used) <= {*n09.ROLES, "when", "ticket", "ride"}
    assert len(set(used)) == len(used)
    assert set(used) & set(n09.ROLES)
    assert frame[-1] in ".?"
    assert frame[0].isupper() or frame[0] == "{"
    assert "  " not in frame


def words_of(frames):
    return {word for frame in frames for word in n09.WORD.findall(frame)}


def test_new_frames_are_new_sentences_of_known_words():
    frames = n09.FRAMES + n09.NEW_FRAMES
    assert len(set(frames)) == len(frames)
    assert len(n09.FRAMES) >= 36
    assert words_of(n09.NEW_FRAMES) <= words_of(n09.FRAMES)


def filled(frame, cities):
    """A pattern for the words of a request made of `frame`."""
    pattern = re.escape(re.sub(r"\s*([.,?])", r" \1", frame))
    for role, city in cities.items():
        pattern = pattern.replace(re.escape(f"{{{role}}}"), city)
    return re.sub(r"\\\{\w+\\\}", "[\\\\w ]+", pattern)


@pytest.mark.parametrize("frame", n09.FRAMES + n09.NEW_FRAMES)
def test_tags_stand_at_their_cities(frame):
    cities = dict(zip(n09.ROLES, ["Graz", "Wien", "Linz"], strict=True))
    roles = re.findall(r"\{(origin|destination|place)\}", frame)
    for seed in range(3):
        tokens, tags = n09.request(frame, cities, random.Random(seed))
        pairs = list(zip(tokens, tags, strict=True))
        found = {tag: word for word, tag in pairs if tag != "O"}
        assert found == {role: cities[role] for role in roles}
        assert all((tag == "O") == (word not in cities.values()) for word, tag in pairs)
        assert re.search(filled(frame, cities), " ".join(tokens)), (frame, tokens)


def test_the_same_seed_gives_the_same_requests():
    def draw(seed):
        return n09.requests(40, n09.FRAMES, KNOWN, seed)

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)


def test_the_role_split():
    for role in n09.ROLES:
        assert not set(KNOWN[role]) & set(NEW[role])
        assert set(KNOWN[role]) | set(NEW[role]) == set(n09.CITIES)
    once = sorted(city for cities in NEW.values() for city in cities)
    assert once == sorted(n09.CITIES)  # every city has one new role
    train = set(n09.roles_in(n09.requests(900, n09.FRAMES, KNOWN, seed=2)))
    test = set(n09.roles_in(n09.requests(900, n09.FRAMES, NEW, seed=2)))
    assert not train & test
    assert {city for city, _ in test} == set(n09.CITIES)


def test_the_ceiling_is_one():
    test = n09.requests(300, n09.FRAMES, ANYWHERE, seed=3)
    counts = n09.by_word(test)
    best = {city: roles.most_common(1)[0][0] for city, roles in counts.items()}
    ceiling = n09.score(test, n09.word_by_word(test, best))
    right = sum(max(roles.values()) for roles in counts.values())
    everything = sum(roles.total() for roles in counts.values())
    assert ceiling == pytest.approx(right / everything)
    for city in n09.CITIES[:12]:  # another tag for one city never scores higher
        for tag in n09.TAGS:
            other = n09.word_by_word(test, {**best, city: tag})
            assert n09.score(test, other) <= ceiling + 1e-12


def test_typos_change_cities_only():
    before = n09.requests(100, n09.FRAMES, NEW, seed=4)
    after = n09.with_typos(before, seed=5)
    for (words, tags), (changed, same_tags) in zip(before, after, strict=True):
        assert tags == same_tags
        for word, other, tag in zip(words, changed, tags, strict=True):
            assert (word != other) == (tag != "O")
            assert sorted(word) == sorted(other)
            assert word[0] == other[0]


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
    requests = n09.requests(3, n09.FRAMES, KNOWN, seed=0)
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


@pytest.mark.training
def test_the_measurement_runs_small():
    table = tagging.measure(0, tagged=(10, 20), n_unlabelled=40, n_test=10)
    assert table.F1.between(0, 1).all()
    assert set(table["tagged requests"]) == {10, 20}
    assert len(table) == 10 * 2 * 5


def test_the_kept_measurement():
    table = pd.read_csv(RESULTS / "tagging.csv")
    assert set(table.seed) == {0, 1, 2}
    assert set(table["tagged requests"]) == set(tagging.TAGGED)
    f1 = table[table["tagged requests"] == 400].set_index(["vectors", "test"]).F1
    assert f1["context only", "new role"].min() >= 0.95
    assert f1["context only", "any role"].min() >= 0.95
    assert f1["static", "new role"].max() < 0.1
