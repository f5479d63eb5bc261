"""Whether a file quotes its texts: marks that are none stay, texts of several lines are one, and
where both may be meant `read_texts` asks, and merges nothing without a word."""

import csv

import numpy as np
import pandas as pd
import pytest
from own_texts_helpers import reader  # noqa: F401 (a fixture)

from course_utils.own_texts import BadTexts, read_texts


def test_a_file_that_quotes_nothing_keeps_its_quotation_marks(read):
    texts = ['"See you at nine"', '"Win a prize now', "Ok then", "Call this number"]
    labels = ["ham", "spam", "ham", "spam"]
    lines = [f"{label}\t{text}\n" for label, text in zip(labels, texts, strict=True)]
    assert read("a.tsv", "label\ttext\n" + "".join(lines)).text.tolist() == texts
    reviews = ['"A triumph"', '"Never again', 'And right"', "Slow", "Two hours"]
    lines = [f"{text}\t{i % 2}\n" for i, text in enumerate(reviews)]
    assert read("a.tsv", "text\tlabel\n" + "".join(lines)).text.tolist() == reviews


DOUBTFUL = {
    "commas, two marks in two rows": 'label,text\nS,"a\nW,b"\nS,c\nW,d\nW,e\n',
    "the label on the right": 'text,label\n"a,S\nb",W\nc,S\nd,W\ne,S\n',
    "all of the file in one text": 'text,label\n"a,S\nb,W\nc,S\nd",W\n',
    "tabs, nothing else that tells": 'label\ttext\nS\t"a\nW\tb"\nS\tc\nW\td\nW\te\n',
    "numbers in front": 'id;label;text\n1;S;"a\n2;W;b"\n3;S;c\n4;W;d\n5;W;e\n',
    "one column": 'text\n"a\nb"\nc\n',
}


@pytest.mark.parametrize("content", DOUBTFUL.values(), ids=DOUBTFUL)
def test_texts_are_never_merged_without_a_word(read, content):
    options = {"label": False} if content.startswith("text\n") else {}
    with pytest.raises(BadTexts, match=r"^a\.csv, lines 2–\d: do these lines hold one text"):
        read("a.csv", content, **options)


def test_a_text_of_several_lines_is_one(read):
    mail = "Liebe Leute\nkommt, bitte"
    content = f'label,text\nWeb,"{mail}"\nSport,x\nWeb,y\nSport,z\n'
    assert read("a.csv", content).text[0] == mail
    quoted = f'"label","text"\n"Web","{mail}\nSport,b"\n"Sport","x"\n"Web","y"\n"Sport","z"\n'
    assert read("a.csv", quoted).text[0] == f"{mail}\nSport,b"  # all columns are quoted
    tabs = 'label\ttext\nWeb\t"a\nb"\nSport\t"c ""d"""\nWeb\te\nSport\tf\n'
    assert read("a.tsv", tabs).text.tolist() == ["a\nb", 'c "d"', "e", "f"]


def test_a_tab_separated_file_that_quotes_and_was_cut_is_not_taken_for_one_that_does_not(read):
    content = '"label"\t"text"\n"W"\t"a"\n"S"\t"b ""c"""\n"W"\t"d"\n"S"\t"e'
    with pytest.raises(BadTexts, match=r"^a\.tsv, line 5: a quote character"):
        read("a.tsv", content)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
def test_what_a_program_wrote_comes_back_or_is_refused(tmp_path, capsys, delimiter, quoting):
    """Never something else, whatever stands in the texts, and nearly always the same."""
    rng = np.random.default_rng(0)
    pieces = ["Graz", ",", ";", "\t", "|", '"', "\n", "'", '""', "neg", "\tneg\n", "pos,", " a"]
    path = tmp_path / "a.csv"
    refused = 0
    for _ in range(60):
        texts = [f"{''.join(rng.choice(pieces, 5)).strip()} {i}." for i in range(8)]
        frame = pd.DataFrame({"category": ["neg", "pos"] * 4, "text": texts})
        frame.to_csv(path, index=False, sep=delimiter, quoting=quoting, lineterminator="\n")
        try:
            pd.testing.assert_frame_equal(read_texts(path), frame, check_dtype=False)
        except BadTexts:
            refused += 1
    assert refused < 20
