"""What the tests of generation share: a small German AWD-LSTM, trained for a few seconds or not at
all, and the beam with its log-probabilities."""

import math
import re

import pandas as pd
import pytest

from course_utils.generation import beam_search


def ranked_beam(*arguments, **keywords) -> list[tuple[str, float]]:
    """All texts of the last beam, with their log-probabilities."""
    found = beam_search(*arguments, return_all=True, **keywords)
    assert isinstance(found, list)
    return found


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


@pytest.fixture(name="learn", scope="module")
def trained_learner():
    """Trained for a few seconds on plain tokens, xxbos in front of each text."""
    return small_learner([lambda text: "xxbos " + text], epochs=8)


@pytest.fixture(name="known")
def known_learner():
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
