"""Notebook 08: what its generator writes, what its language model has read, and where Akbik's states stand, by other means than the notebook's."""

import random
import re

import pandas as pd
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks import tagging
from benchmarks.taken import take

CONSTANTS = ["CITIES", "NEW_CITIES", "ROLES", "TAGS", "FRAMES", "NEW_FRAMES", "FILL", "WORD"]
FUNCTIONS = [
    "request",
    "requests",
    "typo",
    "with_typos",
    "roles_in",
    "by_word",
    "flat",
    "score",
    "word_by_word",
    "numbering",
    "encode",
    "spans",
    "at_edges",
    "elmo",
    "BiLM",
    "lm_loss",
    "batches_of_one_length",
    "Tagger",
]


@pytest.fixture(scope="module")
def book():
    return take("08", *CONSTANTS, *FUNCTIONS)


@pytest.fixture(scope="module")
def split(book):
    """Which city may take which role in training, and which role is left for the test."""
    known = {
        role: [city for i, city in enumerate(book["CITIES"]) if i % 3 != k]
        for k, role in enumerate(book["ROLES"])
    }
    return known, {role: book["CITIES"][k::3] for k, role in enumerate(book["ROLES"])}


def test_cities_are_many_and_single_words(book):
    assert len(set(book["CITIES"])) == len(book["CITIES"]) >= 40 and len(book["CITIES"]) % 3 == 0
    assert not set(book["CITIES"]) & set(book["NEW_CITIES"])
    assert all(re.fullmatch(r"\w+", city) for city in book["CITIES"] + book["NEW_CITIES"])


def test_frames(book):
    frames, slots = book["FRAMES"] + book["NEW_FRAMES"], {*book["ROLES"], "when", "ticket", "ride"}
    assert len(set(frames)) == len(frames) and len(book["FRAMES"]) >= 36
    for frame in frames:
        used = re.findall(r"\{(.*?)\}", frame)
        assert (
            set(used) <= slots and len(set(used)) == len(used) and set(used) & set(book["ROLES"])
        ), frame
        assert (
            frame[-1] in ".?" and (frame[0].isupper() or frame[0] == "{") and "  " not in frame
        ), frame
    words = {word for frame in book["FRAMES"] for word in book["WORD"].findall(frame)}
    fresh = {word for frame in book["NEW_FRAMES"] for word in book["WORD"].findall(frame)} - words
    assert not fresh, fresh  # new sentences from known words


def test_tags_stand_at_their_cities(book):
    for frames in (book["FRAMES"], book["NEW_FRAMES"]):
        for frame in frames:
            cities = dict(zip(book["ROLES"], ["Graz", "Wien", "Linz"]))
            for seed in range(3):
                tokens, tags = book["request"](frame, cities, random.Random(seed))
                assert len(tokens) == len(tags)
                found = {tag: word for word, tag in zip(tokens, tags) if tag != "O"}
                assert found == {
                    role: cities[role]
                    for role in re.findall(r"\{(origin|destination|place)\}", frame)
                }
                assert [tag == "O" for tag in tags] == [
                    word not in cities.values() for word in tokens
                ]
                skeleton = re.escape(re.sub(r"\s*([.,?])", r" \1", frame))
                for role, city in cities.items():
                    skeleton = skeleton.replace(re.escape(f"{{{role}}}"), city)
                skeleton = re.sub(r"\\\{\w+\\\}", "[\\\\w ]+", skeleton)
                assert re.search(skeleton, " ".join(tokens)), (frame, tokens)


def test_the_same_seed_gives_the_same_requests(book, split):
    draw = lambda seed: book["requests"](40, book["FRAMES"], split[0], seed)
    assert draw(1) == draw(1) != draw(2)


def test_the_role_split(book, split):
    known, new = split
    for role in book["ROLES"]:
        assert not set(known[role]) & set(new[role]) and set(known[role]) | set(new[role]) == set(
            book["CITIES"]
        )
    assert sorted(city for cities in new.values() for city in cities) == sorted(
        book["CITIES"]
    )  # every city has one new role
    train, test = (
        set(book["roles_in"](book["requests"](900, book["FRAMES"], cities, seed=2)))
        for cities in split
    )
    assert not train & test and {city for city, _ in test} == set(book["CITIES"])


def test_the_ceiling_is_one(book):
    test = book["requests"](
        300, book["FRAMES"], {role: book["CITIES"] for role in book["ROLES"]}, seed=3
    )
    counts = book["by_word"](test)
    best = {city: roles.most_common(1)[0][0] for city, roles in counts.items()}
    ceiling = book["score"](test, book["word_by_word"](test, best))
    assert ceiling == pytest.approx(
        sum(max(roles.values()) for roles in counts.values())
        / sum(roles.total() for roles in counts.values())
    )
    for city in book["CITIES"][:12]:  # another tag for one city never scores higher
        for tag in book["TAGS"]:
            assert (
                book["score"](test, book["word_by_word"](test, {**best, city: tag}))
                <= ceiling + 1e-12
            )


def test_typos_change_cities_only(book, split):
    before = book["requests"](100, book["FRAMES"], split[1], seed=4)
    after = book["with_typos"](before, seed=5)
    for (words, tags), (changed, same_tags) in zip(before, after, strict=True):
        assert tags == same_tags
        for word, other, tag in zip(words, changed, tags, strict=True):
            assert (
                (word != other) == (tag != "O")
                and sorted(word) == sorted(other)
                and word[0] == other[0]
            )


TOKENS = st.lists(
    st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=6),
    min_size=1,
    max_size=8,
)


@given(tokens=TOKENS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_spans_cut_out_the_words(book, tokens):
    spans, text = book["spans"], " ".join(tokens)
    assert [text[start:end] for start, end in spans(tokens)] == tokens


def test_states_at_the_edges(book):
    tokens = "Von Rom nach Ulm .".split()
    text = " ".join(tokens)
    place = torch.arange(len(text))[:, None].float()  # a state that says where it stands
    edges = book["at_edges"](place, place, book["spans"](tokens)).long().tolist()
    assert edges == [[2, 0], [6, 4], [11, 8], [15, 13], [17, 17]]
    assert [(text[i], text[j]) for i, j in edges] == [(token[-1], token[0]) for token in tokens]


def test_elmo_against_einsum(book):
    h, w, gamma = torch.randn(3, 7, 4), torch.randn(3), torch.tensor(1.7)
    torch.testing.assert_close(
        book["elmo"](h, w, gamma),
        gamma * torch.einsum("j,jtd->td", torch.exp(w) / torch.exp(w).sum(), h),
    )


@pytest.mark.parametrize("layers", [1, 2])
def test_neither_half_has_seen_the_answer(book, layers):
    torch.manual_seed(0)
    model, x = book["BiLM"](11, 4, 6, layers), torch.randint(11, (3, 9))
    for t in range(9):
        other = x.clone()
        other[:, t] = (x[:, t] + 1) % 11
        for (ahead, back), (ahead_2, back_2) in zip(model(x)[1:], model(other)[1:]):
            assert torch.equal(ahead[:, :t], ahead_2[:, :t]) and torch.equal(
                back[:, t + 1 :], back_2[:, t + 1 :]
            )
            assert not torch.allclose(ahead[:, t:], ahead_2[:, t:]) and not torch.allclose(
                back[:, : t + 1], back_2[:, : t + 1]
            )


def test_batches_hold_one_length_and_every_row_once(book):
    rows = [[i] * (2 + i % 5) for i in range(83)]
    batches = book["batches_of_one_length"](rows, 8, random.Random(0))
    assert sorted(row for batch in batches for row in batch.tolist()) == sorted(rows)
    assert max(map(len, batches)) <= 8


def test_unknown_words_are_unknown(book):
    number = book["numbering"]([["ab", "Graz"], ["Graz", "."]])
    assert (
        book["encode"](["ab", "Kufstein"], number) == [1, number["ab"], 0, 2] and len(number) == 6
    )


def test_the_measurement_runs_small():
    table = tagging.measure(0, tagged=(10, 20), n_unlabelled=40, n_test=10)
    assert (
        table.F1.between(0, 1).all()
        and set(table["tagged requests"]) == {10, 20}
        and len(table) == 10 * 2 * 5
    )


def test_the_kept_measurement():
    table = pd.read_csv(tagging.RESULTS)
    assert set(table.seed) == {0, 1, 2} and set(table["tagged requests"]) == set(tagging.TAGGED)
    f1 = table[table["tagged requests"] == 400].set_index(["vectors", "test"]).F1
    assert (
        f1["context only", "new role"].min() >= 0.95
        and f1["context only", "any role"].min() >= 0.95
    )
    assert f1["static", "new role"].max() < 0.1
