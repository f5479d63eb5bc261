"""What the notebooks need of a corpus: less is an error where the course chose it, and a sentence
where the caller named the folder."""

import pytest
from corpus_helpers import enough, fault, folder_of

from course_utils import corpus
from course_utils.corpus import load_gnad

THREE = ("Sport", "Web", "Etat")
SMALL = {
    "one category": (enough(names=("Web",)), "'Web' is the only category"),
    "one article": ([enough()[0] + "Etat;Einer\r\n", enough()[1]], "'Etat' has 1 in training"),
    "nine articles": (enough(train=9), "'Sport' has 9 in training; 'Web' has 9 in training"),
    "58 in all": (enough(train=29), "there are 58 training articles in all"),
    "a rare category": (
        [
            enough(1500)[0] + enough(11, names=("Etat",))[0],
            enough(names=THREE)[1],
        ],
        "'Etat' has 11 in training, of 3,011",
    ),
    "not in test": ([enough()[0], enough(names=("Web",))[1]], "'Sport' has none in test"),
    "short texts": (enough(words=80), "only 0 have 100 words"),
    "15 long texts": (
        [
            enough(7)[0] + enough(1)[0].partition("\n")[0] + "\n" + enough(30, words=40)[0],
            enough()[1],
        ],
        "only 15 have 100 words",
    ),
}


def test_the_least_that_the_notebooks_need(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_DATA", str(folder_of(tmp_path, *enough())))
    assert [len(part) for part in load_gnad()] == [60, 2]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("files, missing", SMALL.values(), ids=SMALL)
def test_less_is_an_error_where_the_course_chose_the_corpus(
    tmp_path, monkeypatch, capsys, files, missing
):
    monkeypatch.setenv("COURSE_DATA", str(folder_of(tmp_path, *files)))
    message = fault(None, capsys)
    assert message.startswith(
        f"{tmp_path} is too small for the course's notebooks, which need at least"
    )
    assert missing in message and "Add articles" in message


@pytest.mark.parametrize("files, missing", SMALL.values(), ids=SMALL)
def test_less_is_said_where_the_caller_named_the_folder(tmp_path, capsys, files, missing):
    train, _ = load_gnad(folder_of(tmp_path, *files))
    said = capsys.readouterr()
    assert len(train) > 0 and said.out.startswith("Corpus: folder")
    assert missing in said.err and said.err.count("\n") == 1


def test_long_articles_are_counted_no_further_than_needed(tmp_path, monkeypatch):
    asked = []

    def noted(text):
        asked.append(text)
        return text.split()

    monkeypatch.setattr(corpus, "tokenize", noted)
    load_gnad(folder_of(tmp_path, *enough(train=200)))
    assert len(asked) == corpus.MIN_LONG
