"""Requests at a ticket office: German sentences, tags at their cities, a role of each withheld."""

import random
import re

import pytest

from course_utils import journeys
from course_utils.journeys import any_role, withheld


def test_cities_are_many_and_single_words():
    assert len(set(journeys.CITIES)) == len(journeys.CITIES) >= 40
    assert len(journeys.CITIES) % 3 == 0
    assert not set(journeys.CITIES) & set(journeys.NEW_CITIES)
    assert all(re.fullmatch(r"\w+", city) for city in journeys.CITIES + journeys.NEW_CITIES)


@pytest.mark.parametrize("frame", journeys.FRAMES + journeys.NEW_FRAMES)
def test_a_frame_is_a_sentence_with_gaps(frame):
    used = re.findall(r"\{(.*?)\}", frame)
    assert set(used) <= {*journeys.ROLES, "when", "ticket", "ride"}
    assert len(set(used)) == len(used)
    assert set(used) & set(journeys.ROLES)
    assert frame[-1] in ".?"
    assert frame[0].isupper() or frame[0] == "{"
    assert "  " not in frame


def words_of(frames):
    return {word for frame in frames for word in journeys.WORD.findall(frame)}


def test_new_frames_are_new_sentences_of_known_words():
    frames = journeys.FRAMES + journeys.NEW_FRAMES
    assert len(set(frames)) == len(frames)
    assert len(journeys.FRAMES) >= 36
    assert words_of(journeys.NEW_FRAMES) <= words_of(journeys.FRAMES)


def filled(frame, cities):
    """A pattern for the words of a request made of `frame`."""
    pattern = re.escape(re.sub(r"\s*([.,?])", r" \1", frame))
    for role, city in cities.items():
        pattern = pattern.replace(re.escape(f"{{{role}}}"), city)
    return re.sub(r"\\\{\w+\\\}", "[\\\\w ]+", pattern)


@pytest.mark.parametrize("frame", journeys.FRAMES + journeys.NEW_FRAMES)
def test_tags_stand_at_their_cities(frame):
    cities = dict(zip(journeys.ROLES, ["Graz", "Wien", "Linz"], strict=True))
    roles = re.findall(r"\{(origin|destination|place)\}", frame)
    for seed in range(3):
        tokens, tags = journeys.request(frame, cities, random.Random(seed))
        pairs = list(zip(tokens, tags, strict=True))
        found = {tag: word for word, tag in pairs if tag != "O"}
        assert found == {role: cities[role] for role in roles}
        assert all((tag == "O") == (word not in cities.values()) for word, tag in pairs)
        assert re.search(filled(frame, cities), " ".join(tokens)), (frame, tokens)


def test_the_same_seed_gives_the_same_requests():
    def draw(seed):
        return journeys.requests(40, journeys.FRAMES, any_role(), seed)

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)


def test_withheld_roles():
    shown = withheld(shown=True)
    hidden = withheld(shown=False)
    for role in journeys.ROLES:
        assert not set(shown[role]) & set(hidden[role])
        assert set(shown[role]) | set(hidden[role]) == set(journeys.CITIES)
    once = sorted(city for cities in hidden.values() for city in cities)
    assert once == sorted(journeys.CITIES)  # every city lacks one role


def pairs(requests):
    return {pair for tokens, tags in requests for pair in zip(tokens, tags, strict=True)}


def test_no_request_shows_a_withheld_role():
    train = pairs(journeys.requests(900, journeys.FRAMES, withheld(shown=True), seed=2))
    test = pairs(journeys.requests(900, journeys.FRAMES, withheld(shown=False), seed=2))
    assert all(tag == "O" for _, tag in train & test)
    assert {word for word, tag in test if tag != "O"} == set(journeys.CITIES)


def test_typos_change_cities_only():
    before = journeys.requests(100, journeys.FRAMES, any_role(), seed=4)
    after = journeys.with_typos(before, seed=5)
    for (words, tags), (changed, same_tags) in zip(before, after, strict=True):
        assert tags == same_tags
        for word, other, tag in zip(words, changed, tags, strict=True):
            assert (word != other) == (tag != "O")
            assert sorted(word) == sorted(other)
            assert word[0] == other[0]
