"""The shipped language model: pieces give the text back, fastai takes the weights, what it writes
is plain German text."""

import math
import re

import pytest
import torch

from course_utils import beam_search, sample
from course_utils import language_model as module
from course_utils.generation import join_tokens
from course_utils.language_model import german_pieces, load_language_model, piece_streams
from course_utils.pieces import BLANK, Pieces, is_piece_vocabulary, join_pieces

PROMPTS = ["Der neue BER wird bald", "Wien - Die Regierung", "Donaudampfschifffahrtsgesellscha"]


@pytest.fixture(scope="module")
def pieces():
    return german_pieces()


@pytest.fixture(scope="module")
def learn():
    return load_language_model()


# --- Pieces ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, plain",
    [
        ("Der neue BER wird bald eröffnet.", "Der neue BER wird bald eröffnet."),
        ("„Größe“ – 12.400 Euro", '"Größe" - 12.400 Euro'),
        ("Łódź, Škoda 🙂", "Lodz, Skoda 🙂"),
        ("  zwei\n Zeilen ", "zwei Zeilen"),
    ],
)
def test_pieces_give_the_text_back(pieces, text, plain):
    assert join_pieces(pieces.split(text)) == " " + plain
    assert pieces.processor.decode(pieces.encode(text)) == plain


def test_names_are_fastais(pieces):
    assert len(pieces) == 10_000 == len(set(pieces.names))
    assert pieces.names[:3] == ["xxunk", "xxpad", "xxbos"]
    assert is_piece_vocabulary(pieces.names)
    assert not is_piece_vocabulary(["xxunk", "der", "die"])


def test_a_word_of_ten_thousand_letters(pieces):
    assert join_pieces(pieces.split("ö" * 10_000)) == " " + "ö" * 10_000


def test_bytes_that_spell_nothing_are_left_out():
    assert join_pieces(["▁Wi", "en", "<0xF0>", "<0x9F>"]) == " Wien"


def test_a_missing_vocabulary_says_how_to_mend_it(tmp_path):
    with pytest.raises(ValueError, match="pieces.model cannot be read: .*Install the course anew"):
        Pieces(tmp_path / "pieces.model")


# --- The model ------------------------------------------------------------------------------------


def test_it_has_read_german(learn):
    """A sentence is likelier than its words turned around, by a factor of e a piece and more."""

    def nats(text):
        ids = learn.dls.test_dl([text]).items[0]
        learn.model.eval()
        learn.model.reset()
        with torch.inference_mode():
            logits = learn.model(ids[None, :-1])[0][0]
        return torch.nn.functional.cross_entropy(logits, ids[1:]).item()

    sentence = "Die Bundesregierung hat in der vergangenen Woche einen Entwurf vorgelegt."
    turned = " ".join(sentence.split()[::-1])
    assert nats(sentence) + 1 < nats(turned)
    assert nats(sentence) < math.log(10_000) / 2


def test_all_its_parts_are_tied(learn):
    encoder = learn.model[0].encoder.weight
    assert learn.model[1].decoder.weight is encoder
    assert torch.equal(encoder, learn.model[0].encoder_dp.emb.weight)


def test_the_control_has_the_same_shape_and_other_weights(learn):
    control = load_language_model(pretrained=False, seed=3)
    shapes = [p.shape for p in control.model.parameters()]
    assert shapes == [p.shape for p in learn.model.parameters()]
    assert not torch.equal(control.model[0].encoder.weight, learn.model[0].encoder.weight)
    again = load_language_model(pretrained=False, seed=3)
    assert torch.equal(control.model[0].encoder.weight, again.model[0].encoder.weight)


def test_streams_hold_every_piece_of_the_training_texts(pieces):
    texts = [f"Satz {i} über die Stadt Graz." for i in range(40)]
    dls = piece_streams(texts, texts[:8], pieces, bs=4, seq_len=10)
    x, y = dls.train.one_batch()
    assert x.shape == (4, 10) and torch.equal(x[:, 1:], y[:, :-1])
    whole = sum(len(pieces.encode(text)) + 1 for text in texts)
    seen = sum(batch[0].numel() for batch in dls.train)
    assert whole - 4 * 10 <= seen <= whole


def test_a_damaged_model_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "GERMAN", tmp_path)
    with pytest.raises(ValueError, match="language-model.safetensors cannot be read"):
        module.shipped_weights()


# --- What it writes -------------------------------------------------------------------------------


@pytest.mark.parametrize("prompt", PROMPTS)
def test_samples_are_plain_text(learn, prompt):
    text = sample(learn, prompt, 30, temperature=0.8, top_k=40, seed=1)
    assert text.startswith(prompt)
    assert BLANK not in text and "xx" not in text and "<0x" not in text and "  " not in text
    assert len(text.split()) <= len(prompt.split()) + 30
    assert text == sample(learn, prompt, 30, temperature=0.8, top_k=40, seed=1)


def test_a_piece_may_end_the_prompts_last_word(learn):
    text = sample(learn, "Die Bundesregi", 3, top_k=1, seed=0)
    assert re.match(r"Die Bundesregi\w", text)


@pytest.mark.parametrize("words", [1, 7])
def test_n_words_are_words_not_pieces(learn, words):
    texts = [sample(learn, "Das ist", words, seed=seed) for seed in range(5)]
    assert max(len(text.split()) for text in texts) == 2 + words


def test_an_empty_text_begins_a_document(learn):
    text = sample(learn, "", 5, seed=2)
    assert text and not text.startswith(" ")


def test_beams_are_plain_text_and_best_first(learn):
    beams = beam_search(learn, PROMPTS[0], 8, beam_sz=20, top_k=5, return_all=True)
    scores = [score for _, score in beams]
    assert len(beams) == 20 and scores == sorted(scores, reverse=True)
    assert all(text.startswith(PROMPTS[0]) and BLANK not in text for text, _ in beams)


def test_word_models_are_joined_as_before():
    assert join_tokens(["xxmaj", "das", "ist", '"', "gut", '"', "."]) == 'Das ist "gut".'
