"""Tokens become a text with its blanks and capitals, and what can't be continued, or not so, is
refused in a sentence."""

import subprocess
import sys

import pandas as pd
import pytest
from generation_helpers import TEXTS, known_learner, listed  # noqa: F401 (a fixture)
from torch import nn

from course_utils import generation
from course_utils.generation import beam_search, join_tokens, sample


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
