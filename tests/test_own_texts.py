"""`read_texts` takes files that nobody has seen before: what it reads is held against pandas, and
what is harmless is read as it was meant, with labels or without."""

import csv
import io
import json

import numpy as np
import pandas as pd
import pytest
from own_texts_helpers import TEXTS, reader, table  # noqa: F401 (a fixture)

from course_utils.own_texts import read_texts

EXPECTED = pd.DataFrame(TEXTS, columns=["category", "text"])
HARMLESS = {
    "comma": ("a.csv", table()),
    "semicolon in the texts and as delimiter": ("a.csv", table(";")),
    "everything quoted": ("a.csv", table(quoting=csv.QUOTE_ALL)),
    "tab": ("a.tsv", table("\t")),
    "tab in a file called .csv": ("a.csv", table("\t")),
    "bar": ("a.txt", table("|")),
    "the corpus's own quote character": ("a.csv", table(";", "'", quoting=csv.QUOTE_ALL)),
    "Windows line ends": ("a.csv", table(lineterminator="\r\n")),
    "byte order mark": ("a.csv", b"\xef\xbb\xbf" + table().encode("utf-8")),
    "blank lines": ("a.csv", "\n" + table().replace('\nWeb,"Ein', '\n\nWeb,"Ein') + "\n\n"),
    "capital suffix": ("a.CSV", table()),
    "columns the other way round, and one more": (
        "a.csv",
        table(rows=[(t, 7, c) for c, t in TEXTS], header=("text", "id", "category")),
    ),
    "JSON lines": ("a.jsonl", "\n".join(json.dumps({"label": c, "text": t}) for c, t in TEXTS)),
    "JSON lines, blank ones, Windows, mark": (
        "a.jsonl",
        "\ufeff"
        + "\r\n\r\n".join(json.dumps({"label": c, "text": t}, ensure_ascii=False) for c, t in TEXTS)
        + "\r\n",
    ),
    "JSON lines with different keys beside the two": (
        "a.ndjson",
        "\n".join(
            json.dumps({f"more{i}": i, "text": t, "label": c}) for i, (c, t) in enumerate(TEXTS)
        ),
    ),
}


@pytest.mark.parametrize("name, content", HARMLESS.values(), ids=HARMLESS)
def test_a_harmless_file_is_read_as_it_was_meant(read, name, content):
    pd.testing.assert_frame_equal(read(name, content), EXPECTED, check_dtype=False)


def test_a_folder(read):
    files = {f"{label}/{i}.txt": text for i, (label, text) in enumerate(TEXTS)}
    noise = {
        ".git/x.txt": "no",
        "__MACOSX/._0.txt": "no",
        "Sport/._0.txt": b"\0",
        "Sport/notes.md": "no",
        "readme.txt": "no",
        "empty/x.csv": "",
    }
    mine = read("texts", files | noise)
    assert sorted(map(tuple, mine.values.tolist())) == sorted(TEXTS)


def test_a_tab_separated_file_that_quotes_nothing(read):
    content = 'text\tlabel\n"Great" movie\tpos\nIt\'s "fine\tneg\nWell; or, not\tpos\n"Bad\tneg\n'
    assert read("a.tsv", content).text.tolist() == [
        '"Great" movie',
        "It's \"fine",
        "Well; or, not",
        '"Bad',
    ]


def test_labels_may_be_numbers_and_numbers_stay_as_written(read):
    assert read("a.csv", "label,text\n007,eins\n007,zwei\n1,drei\n1,NA\n").values.tolist() == [
        ["007", "eins"],
        ["007", "zwei"],
        ["1", "drei"],
        ["1", "NA"],
    ]
    lines = [
        {"label": i % 2, "text": word} for i, word in enumerate(["eins", "zwei", "drei", "vier"])
    ]
    assert read("a.jsonl", "\n".join(map(json.dumps, lines))).category.tolist() == [
        "0",
        "1",
        "0",
        "1",
    ]


def test_columns_by_name(read):
    content = "topic,body,text\nSport,eins,x\nWeb,zwei,y\nSport,drei,z\nWeb,vier,w\n"
    assert read("a.csv", content, text="body", label="topic").text.tolist() == [
        "eins",
        "zwei",
        "drei",
        "vier",
    ]


def test_a_very_long_text(read):
    long = "Wort " * 60_000  # more than csv's own limit of 131,072 characters
    assert (
        read("a.csv", f"label,text\nSport,{long}x\nSport,kurz\nWeb,auch kurz\nWeb,kürzer\n")
        .text.str.len()
        .max()
        == len(long) + 1
    )


def test_doubled_texts_of_one_class_are_dropped_and_counted(read, capsys):
    assert len(read("a.csv", "label,text\nSport,a\nSport,a\nSport,b\nWeb,c\nWeb,d\n")) == 4
    assert capsys.readouterr().out == "a.csv: 4 texts in 2 classes; doubled and dropped: 1.\n"


def test_a_clean_table_is_read_as_pandas_reads_it(tmp_path, capsys):
    rng = np.random.default_rng(0)
    pieces = ["Graz", "Wien", ";", ",", '"', "\n", "ä", " ", "'", "\t", "|", "NA", "1,5"]
    texts = [f"T{i} " + "".join(rng.choice(pieces, 12)) + "." for i in range(200)]
    frame = pd.DataFrame({"category": rng.choice(["Sport", "Web", "Etat"], 200), "text": texts})
    for delimiter in ",;|\t":
        path = tmp_path / "a.csv"
        frame.to_csv(path, index=False, sep=delimiter, lineterminator="\n")
        pd.testing.assert_frame_equal(read_texts(path), frame, check_dtype=False)


def test_reading_without_labels(read, capsys):
    book = read("a.txt", "Ein Absatz,\r\nzwei Zeilen\r\n\r\n\r\nNoch einer\r\n", label=False)
    assert book.to_dict("list") == {"text": ["Ein Absatz,\nzwei Zeilen", "Noch einer"]}
    assert capsys.readouterr().out == "a.txt: 2 texts; doubled and dropped: 0.\n"
    assert read("b.txt", "eins\nzwei\n", label=False).text.tolist() == ["eins", "zwei"]
    assert read("c.txt", "id\ttext\n1\ta\n2\tb\n", label=False).text.tolist() == ["a", "b"]
    assert read("d.csv", 'text\n"a, b"\nc, d\n', label=False).text.tolist() == ["a, b", "c, d"]
    files = {"1.txt": "eins", "x/2.txt": "zwei", "x/y/3.txt": "drei", "x/n.md": "no"}
    assert sorted(read("v", files, label=False).text) == ["drei", "eins", "zwei"]
    assert read("e.jsonl", '{"text": "a"}', label=False).text.tolist() == ["a"]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_file_whose_name_the_console_lacks_is_read_and_named(read, monkeypatch, encoding):
    console = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr("sys.stdout", console)
    assert len(read("тексты.csv", table())) == 4
    console.seek(0)
    assert console.read().startswith("\\u0442\\u0435\\u043a")
