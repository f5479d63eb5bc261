"""The writing desk: it draws as `sample`, ranks as `beam_search`, and shows the model's numbers."""

import pytest
import torch
from explorer_helpers import HOSTILE, assert_harmless, controls, said, strip_of, view, visible

from course_utils import beam_search, load_language_model, sample
from course_utils.explorers.writing import Copies, Writing
from course_utils.explorers.writing_desk import BARS, WritingDesk, _widget

PROMPT = "Der neue BER wird"


@pytest.fixture(scope="module")
def learn():
    return load_language_model()


@pytest.fixture
def writing(learn):
    return Writing(learn, PROMPT)


@pytest.mark.parametrize("settings", [(1.0, 50, 1.0), (0.7, 20, 0.9), (1.5, 200, 0.5)])
@pytest.mark.parametrize("seed", [0, 1])
def test_steps_are_those_of_sample(learn, settings, seed):
    temperature, top_k, top_p = settings
    writing = Writing(learn, PROMPT, seed)
    writing.set(*settings)
    expected = sample(learn, PROMPT, 8, temperature, top_k, top_p, seed=seed)
    while len(writing.text()) < len(expected):
        writing.step()
    assert writing.text() == expected


def test_several_steps_are_as_many_single_ones(learn, writing):
    writing.step(5)
    single = Writing(learn, PROMPT)
    for _ in range(5):
        single.step()
    assert writing.written == single.written and len(single.written) == 5
    # what one step has said stays as it was when the next one was made
    while len(writing.written):
        assert writing.choices(BARS) == single.choices(BARS)
        writing.undo()
        single.undo()


def test_choices_are_the_models_probabilities(learn, writing):
    ids = torch.tensor([learn.dls.test_dl([PROMPT]).items[0].tolist()])
    learn.model.eval()
    learn.model.reset()
    with torch.no_grad():
        logits = learn.model(ids)[0][0, -1]
    p = logits.double().softmax(0)
    choices = writing.choices(BARS)
    assert len(choices) == BARS
    for option in choices:
        assert option.p == pytest.approx(float(p[option.token]), abs=1e-5)
        assert option.piece == learn.dls.vocab[option.token]
    assert [o.p for o in choices] == sorted((o.p for o in choices), reverse=True)
    writing.set(0.5, 4, 1.0)
    sharp = [o.drawn for o in writing.choices(BARS)]
    squares = [o.p**2 for o in choices[:4]]
    assert sharp == pytest.approx([s / sum(squares) for s in squares] + [0] * 6)
    assert writing.open_pieces() == 4
    writing.set(1.0, 200, choices[0].p + choices[1].p / 2)
    assert [bool(o.drawn) for o in writing.choices(4)] == [True, True, False, False]
    assert writing.open_pieces() == 2


@pytest.mark.parametrize(("width", "depth", "branches"), [(1, 3, 3), (3, 3, 3), (4, 6, 2)])
def test_tree_ends_in_the_beams_of_beam_search(learn, writing, width, depth, branches):
    nodes = writing.tree(width, depth, branches)
    desk = WritingDesk(learn, PROMPT, width=width, depth=depth)
    found = desk.beams(nodes)
    options = {"beam_sz": width, "top_k": branches, "return_all": True}
    theirs = beam_search(learn, PROMPT, depth * 2 // 3, **options)  # 1.5 pieces a word
    written = [PROMPT + beam.replace("▁", " ") for beam, _ in found]
    assert [text for text, _ in theirs] == written
    assert [log_p for _, log_p in theirs] == pytest.approx([p for _, p in found], abs=1e-4)
    for level in range(1, depth + 1):
        own = [node for node in nodes if node.depth == level]
        kept = [node.log_p for node in own if node.kept]
        assert len(kept) == min(width, len(own))
        assert all(node.log_p <= min(kept) for node in own if not node.kept)
    assert all(node.kept for node in nodes if node.survives)


def test_undo_takes_pieces_and_dice_back(writing):
    start = writing.choices(3)
    for _ in range(6):
        writing.step()
    once = writing.text()
    for _ in range(9):
        writing.undo()
    assert writing.text() == PROMPT and writing.choices(3) == start
    for _ in range(6):
        writing.step()
    assert writing.text() == once


def test_the_model_is_left_as_it_was(learn):
    learn.model.train()
    hidden = learn.model[0].hidden
    writing = Writing(learn, PROMPT)
    writing.step()
    writing.tree(2, 2, 2)
    assert learn.model.training and learn.model[0].hidden is hidden


def test_taking_and_the_end(learn, writing):
    second = writing.choices(2)[1]
    writing.take(second.token)
    assert writing.continuation() == second.piece.replace("▁", " ")
    writing.take(learn.dls.vocab.index("xxbos"))
    assert writing.ended
    text = writing.text()
    writing.step()
    writing.take(second.token)
    assert writing.text() == text == PROMPT + second.piece.replace("▁", " ")
    with pytest.raises(ValueError, match="no piece 10000"):
        writing.take(10_000)


def test_repetition_and_copies(learn, writing):
    pieces = learn.dls.vocab
    for _ in range(3):
        for piece in ("▁und", "▁das"):
            writing.take(pieces.index(piece))
    # Der neue BER wird und das und das und das: 8 runs of three, 6 end in the new words
    assert writing.repeated() == (2, 6)
    copies = Copies(["Der Zug und das Haus.", "Er und das und die"])
    assert copies.longest(["das", "und", "das", "und", "das"]) == ["und", "das", "und"]
    assert copies.longest(["Zu"]) == [] == copies.longest([])


@pytest.mark.training
def test_every_control_over_its_range_shows_the_numbers(learn):
    desk = WritingDesk(learn, PROMPT, ["Der neue Bahnhof wird in Wien eröffnet."])
    box = _widget(desk)
    have = controls(box)

    def true_to_the_model():
        text = visible(view(box))
        for option in desk.writing.choices(BARS):
            assert f"{option.p:.1%}" in text
            assert (f"{option.drawn:.1%}" if option.drawn else "cut off") in text
        assert all(f"{log_p:.2f}" in text for _, log_p in desk.beams(desk.nodes()))
        assert desk.writing.continuation().strip() in text
        assert f"pieces that may be drawn {desk.writing.open_pieces()} " in " ".join(text.split())

    for value in [n / 10 for n in range(1, 31, 4)]:
        have["temperature"].value = value
        true_to_the_model()
    for value in (1, 2, 9, 200):
        have["top k"].value = value
        true_to_the_model()
    for value in (0.05, 0.3, 0.95, 1.0):
        have["top p"].value = value
        true_to_the_model()
    for width in (1, 2, 3, 4, 5):
        have["beam width"].value = width
        for depth in range(6):
            have["beam steps"].value = depth
            assert ("<svg" in view(box)) == (depth > 0)
    true_to_the_model()
    for name in ("step", "5 steps", "undo"):
        have[name].click()
        true_to_the_model()
    assert "pieces written: 5" in said(box)
    for rank in range(BARS):
        chosen = desk.writing.choices(BARS)[rank]
        have["your choice"].value = rank
        have["take it"].click()
        assert desk.writing.written[-1] == chosen.token or desk.writing.ended
    have["begin again"].click()
    assert desk.writing.text() == PROMPT


@pytest.mark.parametrize("text", [*HOSTILE.values(), ""], ids=[*HOSTILE, "empty"])
def test_hostile_beginnings_are_shown_as_text(learn, text):
    box = _widget(WritingDesk(learn, PROMPT))
    have = controls(box)
    have["begin with"].value = text
    have["5 steps"].click()
    assert_harmless(view(box))
    assert len(view(box)) < 80_000


def test_errors(writing):
    with pytest.raises(ValueError, match="temperature must be above 0"):
        writing.set(0, 5, 1.0)
    with pytest.raises(TypeError, match="language model"):
        Writing(object(), PROMPT)


def test_a_new_seed_keeps_the_text_and_begin_again_starts_it_anew(learn):
    desk = WritingDesk(learn, PROMPT)
    box = _widget(desk)
    have = controls(box)
    have["5 steps"].click()
    text = desk.writing.text()
    have["seed"].value = 7
    assert desk.writing.text() == text and "seed 7" in said(box)
    for _ in range(5):
        have["undo"].click()
    have["step"].click()
    assert desk.writing.text() == _steps(learn, 7, 1)  # nothing of the old dice is left
    have["begin again"].click()
    assert desk.writing.text() == PROMPT == have["begin with"].value
    have["5 steps"].click()
    assert desk.writing.text() == _steps(learn, 7, 5)


def _steps(learn, seed, n):
    writing = Writing(learn, PROMPT, seed)
    writing.step(n)
    return writing.text()


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5])
def test_the_beam_loses_nothing_by_its_branches(learn, width):
    desk = WritingDesk(learn, "Die Stadt liegt an der", width=width, depth=3)
    branches = max(3, width)
    assert desk.branches == branches
    assert f"each text tried with its {branches} likeliest pieces" in visible(desk.html())
    more = desk.beams(desk.writing.tree(width, 3, 10))
    assert [text for text, _ in desk.beams(desk.nodes())] == [text for text, _ in more]


def test_the_likeliest_piece_is_not_on_the_way_to_the_best_text(learn):
    # docs/explorers.md answers a learner with it
    desk = WritingDesk(learn, "Die Schule beginnt", width=1)
    ((text, log_p),) = desk.beams(desk.nodes())
    assert text == "▁mit▁dem▁Namen" and log_p == pytest.approx(-6.08, abs=0.02)
    first = [node for node in desk.nodes() if node.depth == 1]
    assert [node.piece for node in first[:2]] == ["▁mit", "▁in"]
    assert [node.log_p for node in first[:2]] == pytest.approx([-1.3, -1.7], abs=0.06)
    desk.search(2, 3)
    text, log_p = desk.beams(desk.nodes())[0]
    assert text == "▁in▁der▁Stadt" and log_p == pytest.approx(-5.86, abs=0.02)


def test_without_texts_nothing_is_said_of_copies(learn):
    desk = WritingDesk(learn, PROMPT)
    desk.writing.step(3)
    assert "from the texts" not in desk.html() + desk.status() and desk.copied() == []
    assert "from the texts" in WritingDesk(learn, PROMPT, ["Der Zug"]).status()


def test_a_beginning_that_is_cut_is_said(learn):
    box = _widget(WritingDesk(learn, PROMPT))
    controls(box)["begin with"].value = "ab" * 250
    sentence = "Only the first 400 of 500 letters are read."
    assert sentence in visible(view(box)) and sentence in said(box)
    controls(box)["begin with"].value = "Heute"
    assert "Only the first" not in view(box) + said(box)


def test_a_full_page_is_no_end_of_the_text(learn, monkeypatch):
    monkeypatch.setattr("course_utils.explorers.writing.MOST_PIECES", 3)
    monkeypatch.setattr("course_utils.explorers.writing_desk.MOST_PIECES", 3)
    desk = WritingDesk(learn, PROMPT)
    und = learn.dls.vocab.index("▁und")
    for _ in range(4):
        desk.writing.take(und)
    assert desk.writing.full and len(desk.writing.written) == 3
    assert "page is full with 3 pieces; take pieces back" in visible(desk.html())
    assert "the page is full" in desk.status() and "ended" not in desk.html() + desk.status()
    assert "∎" not in desk.html()
    desk.writing.undo()
    desk.writing.take(learn.dls.vocab.index("xxbos"))
    desk.writing.undo()
    assert not desk.writing.ended


def test_the_strip_shows_the_states_that_a_call_asks_for(learn, monkeypatch):
    states = [{"width": 1}, {"top_p": 0.5}, {"prompt": "Die Stadt", "width": 2}]
    frames, box = strip_of(monkeypatch, "writing_desk", learn, "Die Schule beginnt", states=states)
    captions = [caption for caption, _, _ in frames]
    assert ["beam of 3" in captions[0], "beam of 1" in captions[1]] == [True, True]
    assert "beam of 2" in captions[3] and captions[3].startswith("…Die Stadt")
    assert "top p 1.00" in captions[1] and "top p 0.50" in captions[2] + captions[3]
    writing = Writing(learn, "Die Schule beginnt")
    writing.set(1.0, 50, 0.5)
    assert f"pieces that may be drawn: {writing.open_pieces()}" in captions[2]
    have = controls(box)
    assert have["begin with"].value == "Die Schule beginnt"
    assert (have["top p"].value, have["beam width"].value) == (1.0, 3)
    drawn, _ = strip_of(monkeypatch, "writing_desk", learn, PROMPT)
    assert [f"pieces written: {n}" in one[0] for n, one in enumerate(drawn)] == [True] * 4
