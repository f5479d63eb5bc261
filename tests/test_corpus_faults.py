"""Feeds the loader every bad folder we could think of, and several faults at once.
A reader with a broken file has only the message: it names file, line and way out, in one line."""

import csv
import gzip
import re

import pytest
from corpus_helpers import GOOD, TEST, fault, folder_of, written

from course_utils.corpus import FORMAT

# --- Bad ones -------------------------------------------------------------------------------------

ROWS = [
    ("Sport", "Das Spiel begann."),
    ("Web", "Ein Netz; der Rest."),
    ("Web", 'Er sagte "ja" dazu.'),
    ("Sport", "Wie geht's?"),
]
BAD = {  # what is wrong: the file, the line that must be named, a word of the way out
    "comma": (written(ROWS, delimiter=","), 1, "delimiter ';'"),
    "tab": (written(ROWS, delimiter="\t"), 1, "delimiter ';'"),
    "double quotes": (written(ROWS, quotechar='"'), 2, "quote character '"),
    "double quotes everywhere": (
        written(ROWS, quotechar='"', quoting=csv.QUOTE_ALL),
        1,
        "quote character '",
    ),
    "double quotes, no semicolon": (written(ROWS[2:], quotechar='"'), 1, "quote character '"),
    "pandas' defaults": (
        "," + written([("category", "text"), *ROWS], delimiter=",", quotechar='"'),
        1,
        "no header",
    ),
    "one column": (GOOD + "Das ist nur ein Text.\r\n", 4, "two columns"),
    "three columns": (GOOD + "Web;Titel;Text\r\n", 4, "two columns"),
    "blank line": (GOOD + "\r\n" + GOOD, 4, "delete it"),
    "blank line at the end": (GOOD + "\r\n", 4, "delete it"),
    "empty text": (GOOD + "Web;\r\n", 4, "delete the line"),
    "text of blanks": (GOOD + "Web; \t\u00a0 \r\n", 4, "delete the line"),
    "empty category": (GOOD + ";Ein Text.\r\n", 4, "delete the line"),
    "header": ("category;text\r\n" + GOOD, 1, "Delete it"),
    "header of another kind": ("Label;Text\r\n" + GOOD, 1, "Delete it"),
    "unclosed quote": (GOOD + "Web;'Ein Netz; ein Wort\r\n" + GOOD, 4, "close every quote"),
    "unclosed quote in the last line": (
        GOOD + "Web;'Ein Netz; ein Wort\r\n",
        4,
        "close every quote",
    ),
    "unclosed quote, closed by a later one": (
        GOOD + "Web;'Ein Netz\r\nSport;Das Spiel'\r\n",
        4,
        "one article a line",
    ),
    "quote not doubled": (GOOD + "Web;'Wie geht's; wie steht's?'\r\n", 4, "doubled inside a field"),
    "newline inside a text": (GOOD + written([("Web", "Titel\nText")]), 4, "one article a line"),
    "lines that end in CR": (GOOD.replace("\r\n", "\r"), 1, "end every line"),
    "latin-1": (GOOD.encode() + "Web;Fußball\r\n".encode("latin-1"), 4, "encoding UTF-8"),
    "latin-1 after a byte order mark": (
        (GOOD + "Web;").encode("utf-8-sig") + b"\xfc\r\n",
        4,
        "encoding UTF-8",
    ),
    "utf-16": (GOOD.encode("utf-16"), 1, "encoding UTF-8"),
    "utf-16 without mark": (GOOD.encode("utf-16-le"), 1, "encoding UTF-8"),
}


@pytest.mark.parametrize("content, line, way_out", BAD.values(), ids=BAD)
@pytest.mark.parametrize("name", ["train", "test"])
def test_a_bad_file_is_named_with_its_line_and_the_way_out(
    tmp_path, capsys, name, content, line, way_out
):
    message = fault(folder_of(tmp_path, **{name: content}), capsys)
    assert message.startswith(f"{tmp_path / name}.csv, line {line}: ")
    assert way_out in message


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf"], ids=["empty", "only a byte order mark"])
def test_an_empty_file(tmp_path, capsys, content):
    assert (
        fault(folder_of(tmp_path, train=content), capsys)
        == f"{tmp_path / 'train.csv'} is empty. {FORMAT}"
    )


def test_an_unknown_category_in_test(tmp_path, capsys):
    message = fault(folder_of(tmp_path, test=TEST + "Netz;Ein Netz.\r\n"), capsys)
    assert message.startswith(
        f"{tmp_path / 'test.csv'}, line 2: category 'Netz' does not occur in train.csv"
    )
    assert "Sport, Web" in message and "Correct it" in message


@pytest.mark.parametrize("missing", ["train.csv", "test.csv"])
def test_a_missing_file(tmp_path, capsys, missing):
    (folder_of(tmp_path) / missing).unlink()
    message = fault(tmp_path, capsys)
    assert message.startswith(f"{tmp_path / missing} is missing") and "`make data`" in message


@pytest.mark.parametrize(
    "make, what", [(lambda path: None, "does not exist"), (lambda path: path.touch(), "is a file")]
)
def test_what_is_no_folder(tmp_path, capsys, make, what):
    make(tmp_path / "news")
    message = fault(tmp_path / "news", capsys)
    assert message.startswith(
        f"{tmp_path / 'news'} {what}. Give 'mini', 'full' (after `make data`) or a folder"
    )


PACKED = gzip.compress(GOOD.encode() * 50, mtime=0)


@pytest.mark.parametrize(
    "content",
    [
        PACKED[:-10],
        PACKED[:40],
        PACKED[:30] + b"\xff" * 20 + PACKED[50:],
        PACKED[:-8] + b"\0" * 8,
        GOOD.encode(),
    ],
    ids=["cut at the end", "cut in the middle", "corrupted", "wrong checksum", "not gzipped"],
)
def test_a_damaged_gzip_file(tmp_path, capsys, content):
    (folder_of(tmp_path) / "train.csv").unlink()
    (tmp_path / "train.csv.gz").write_bytes(content)
    assert re.fullmatch(
        rf"{re.escape(str(tmp_path / 'train.csv.gz'))} cannot be read: .+\. "
        r"Check its rights, or fetch it again\.",
        fault(tmp_path, capsys),
    )


# --- All faults at once ---------------------------------------------------------------------------


def test_all_faults_of_both_files_are_listed(tmp_path, capsys):
    train = GOOD + "Web;\r\n\r\nsport;Ein Spiel\r\nWeb;Titel;Text\r\n"
    message = fault(folder_of(tmp_path, train, TEST + ";Ein Text\r\n"), capsys)
    assert message.startswith(f"{tmp_path / 'train.csv'}, line 4: the text is empty. Fill it in")
    for rest in (
        "train.csv line 5 (0 columns instead of 2)",
        "train.csv line 6 (category 'sport' is 'Sport' in line 1)",
        "train.csv line 7 (3 columns instead of 2)",
        "test.csv line 2 (the category is empty)",
    ):
        assert rest in message


def test_many_faults_are_counted(tmp_path, capsys):
    message = fault(folder_of(tmp_path, GOOD + "Web;\r\n" * 30), capsys)
    assert "train.csv line 24 (" in message and "line 25 (" not in message
    assert message.endswith(", and 9 more.")


def test_every_line_in_another_encoding_is_named(tmp_path, capsys):
    bad = "Web;Fußball\r\n".encode("latin-1")
    message = fault(folder_of(tmp_path, GOOD.encode() + bad + GOOD.encode() + bad), capsys)
    assert "line 4: not UTF-8 (byte 0xdf)" in message and "train.csv line 8 (not UTF-8" in message


def test_the_line_after_a_field_of_several_lines_is_not_read(tmp_path, capsys):
    message = fault(folder_of(tmp_path, GOOD + "Web;'Ein\r\nNetz'\r\n;\r\n"), capsys)
    assert "line 4: a field runs over several lines" in message and "Further" not in message
