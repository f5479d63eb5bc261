"""Feeds the loader good folders, and texts that only look like a fault: every one survives,
character for character."""

import gzip
import tempfile
from pathlib import Path

import pytest
from corpus_helpers import GOOD, TEST, folder_of, written
from hypothesis import given
from hypothesis import strategies as st

from course_utils.corpus import load_gnad
from course_utils.tokens import TOKEN, normalise


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: text.encode(), id="as it should be"),
        pytest.param(lambda text: text.encode("utf-8-sig"), id="byte order mark"),
        pytest.param(lambda text: text.replace("\r\n", "\n").encode(), id="LF instead of CRLF"),
        pytest.param(lambda text: text.removesuffix("\r\n").encode(), id="no newline at the end"),
    ],
)
def test_a_good_folder_loads(tmp_path, capsys, change):
    train, test = load_gnad(folder_of(tmp_path, change(GOOD), change(TEST)))
    assert list(train.columns) == list(test.columns) == ["category", "text"]
    assert train.category.tolist() == ["Sport", "Web", "Sport"]
    assert train.text.tolist() == [
        'Das Spiel begann "gut".',
        "Ein Netz; ein 'Wort', der Rest",
        "Es ging weiter.",
    ]
    assert test.values.tolist() == [["Web", "Ein Abend in Österreich."]]
    assert (
        capsys.readouterr().out
        == f"Corpus: folder {tmp_path}: 3 training and 1 test articles in 2 categories.\n"
    )


def test_gzipped_files_load_as_well(tmp_path):
    for name, text in (("train.csv.gz", GOOD), ("test.csv.gz", TEST)):
        (tmp_path / name).write_bytes(gzip.compress(text.encode()))
    train, test = load_gnad(tmp_path)
    assert (len(train), len(test)) == (3, 1)


FIELD = st.text(
    st.one_of(st.sampled_from(';\'"" ,.\t\v\f\x1c\x85\u2028ß'), st.characters(codec="utf-8")),
    min_size=1,
).filter(lambda text: TOKEN.search(normalise(text)) and not set(text) & set("\0\r\n"))
NAMES = st.lists(st.sampled_from(["Sport", "Web; Netz", "Kultur's", "Ö"]), min_size=1)
ORDINARY = (
    "Sport",
    'Er sagte "ja" dazu.',
)  # as every newspaper has it: the " inside are not doubled


@given(names=NAMES, data=st.data())
def test_every_text_survives_character_for_character(names, data):
    drawn = [ORDINARY, *((name, data.draw(FIELD)) for name in names)]
    rows = [(name, normalise(text)) for name, text in drawn]
    with tempfile.TemporaryDirectory() as folder:
        train, test = load_gnad(folder_of(Path(folder), written(drawn), written(drawn)))
    assert (
        list(train.itertuples(index=False, name=None))
        == list(test.itertuples(index=False, name=None))
        == rows
    )


@pytest.mark.parametrize(
    "text",
    [
        '"Ja; nein"',
        '""',
        '"',
        "'",
        "''",
        ";",
        '"Er sagte ""ja"" dazu"',
        "a\vb\fc\x1cd\x85e\u2028f\u2029g",
        "x" * 200_000,
        "Ein Tab\tdarin",
        "ends with a quote'",
    ],
)
def test_texts_that_only_look_like_a_fault(tmp_path, text):
    train, _ = load_gnad(folder_of(tmp_path, written([ORDINARY, ("Web", text)])))
    assert train.text[1] == text


def test_the_embedded_corpus_loads(capsys):
    train, test = load_gnad("mini")
    assert len(train) == 963 and len(test) == 242 and train.category.nunique() == 9
    assert (
        capsys.readouterr().out == "Corpus: mininews (embedded, invented articles): "
        "963 training and 242 test articles in 9 categories.\n"
    )
