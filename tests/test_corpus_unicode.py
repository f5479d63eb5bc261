"""Unicode in texts and labels: composed when read, without what nobody sees, and labels that a
reader takes for one are one, or refused with the line."""

import unicodedata

import pytest
from corpus_helpers import GOOD, fault, folder_of, written

from course_utils.corpus import load_gnad


def test_decomposed_characters_are_composed_when_read(tmp_path):
    text = "Sport;Größe für Österreich\r\nWeb;ein Netz\r\n"
    decomposed = unicodedata.normalize("NFD", text)
    assert decomposed != text
    train, _ = load_gnad(folder_of(tmp_path, decomposed, decomposed))
    assert train.text[0] == "Größe für Österreich"


def test_a_greek_question_mark_does_not_become_a_delimiter(tmp_path):
    train, _ = load_gnad(folder_of(tmp_path, GOOD + "Web;Wie\u037e Ja\r\n"))
    assert train.text[3] == "Wie; Ja"


def test_what_nobody_sees_goes_from_texts(tmp_path):
    train, _ = load_gnad(folder_of(tmp_path, GOOD + "Web;Wirt\u00adschaft\u200b\ufeff, ja\r\n"))
    assert train.text[3] == "Wirtschaft, ja"


@pytest.mark.parametrize(
    "label",
    [" Sport", "Sport ", "\tSport", "Sport\u00a0", "\u2003Sport", "Spo\u00adrt", "\ufeffSport"]
    + ["Sport\u200b", "S\u200dport", "\u200eSport"],
)
def test_a_label_is_what_a_reader_sees(tmp_path, label):
    rows = [("Sport", "eins"), (label, "zwei"), ("Web", "drei")]
    train, test = load_gnad(folder_of(tmp_path, written(rows), written(rows)))
    assert train.category.tolist() == test.category.tolist() == ["Sport", "Sport", "Web"]


def test_blanks_inside_a_label(tmp_path):
    rows = [("Land und Leute", "eins"), ("Land\u00a0 und  Leute", "zwei")]
    train, _ = load_gnad(folder_of(tmp_path, written(rows), written(rows)))
    assert set(train.category) == {"Land und Leute"}


@pytest.mark.parametrize("label", ["sport", "SPORT", "ＳＰＯＲＴ"])
def test_labels_that_differ_in_case_only_are_refused_with_the_line(tmp_path, capsys, label):
    message = fault(folder_of(tmp_path, GOOD + f"{label};Noch ein Spiel\r\n"), capsys)
    assert (
        f"train.csv, line 4: category '{label}' is 'Sport' in line 1. Spell both alike" in message
    )


def test_a_test_label_that_differs_in_case_only_is_told_its_spelling(tmp_path, capsys):
    message = fault(folder_of(tmp_path, test="web;Ein Netz.\r\n"), capsys)
    assert "test.csv, line 1: category 'web' does not occur" in message
    assert "Spell it 'Web'" in message


@pytest.mark.parametrize("text", ["\u200b", "\u00ad \ufeff", "\u2060\u00a0"])
def test_a_text_of_invisible_characters_is_empty(tmp_path, capsys, text):
    message = fault(folder_of(tmp_path, GOOD + f"Web;{text}\r\n"), capsys)
    assert "line 4: the text is empty" in message
