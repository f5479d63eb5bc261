"""`read_texts` takes files that nobody has seen before: what it reads is held against pandas, and what it refuses
ends in one message that names every fault with file, line and way out."""

import csv
import io
import json
import os
import re
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from course_utils.own_texts import BadTexts, read_texts


@pytest.fixture
def read(tmp_path):
    """Writes `content` (text, bytes, or a dict of files for a folder) under `name` and reads it."""

    def write_and_read(name, content, **options):
        files = (
            {name: content}
            if not isinstance(content, dict)
            else {f"{name}/{inner}": part for inner, part in content.items()}
        )
        for inner, part in files.items():
            path = tmp_path / inner
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(part if isinstance(part, bytes) else part.encode("utf-8"))
        return read_texts(tmp_path / name, **options)

    return write_and_read


# --- Files that are harmless -----------------------------------------------------------------------------------------

TEXTS = [
    ("Sport", 'Graz – Der Sturm war stark; das Tor hielt, sagt "er".'),
    ("Web", "Ein Telefon,\nzwei Zeilen"),
    ("Sport", "Linz\tverliert"),
    ("Web", "Größe 'L'"),
]
EXPECTED = pd.DataFrame(TEXTS, columns=["category", "text"])


def table(
    delimiter=",",
    quotechar='"',
    lineterminator="\n",
    rows=TEXTS,
    header=("label", "text"),
    **options,
):
    file = io.StringIO(newline="")
    csv.writer(
        file, delimiter=delimiter, quotechar=quotechar, lineterminator=lineterminator, **options
    ).writerows([header, *rows])
    return file.getvalue()


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


# --- Files that are not ----------------------------------------------------------------------------------------------


def zipped():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.csv", table())
    return file.getvalue()


GOOD = "label,text\nSport,eins\nWeb,zwei\nSport,drei\nWeb,vier\n"
NASTY = {
    "an empty file": ("a.csv", "", r"a\.csv has nothing in it\. A label and a text are needed"),
    "blank lines only": ("a.csv", "\n\n", r"a\.csv has nothing in it"),
    "an empty JSONL": ("a.jsonl", "", r"a\.jsonl holds no text\. Add a line"),
    "UTF-16": (
        "a.csv",
        GOOD.encode("utf-16"),
        r"a\.csv, line 1: not UTF-8\. If this is text, then perhaps in utf-16: read_texts\(path, encoding='utf-16'\)\.",
    ),
    "UTF-16 without a mark": (
        "a.csv",
        GOOD.encode("utf-16-le"),
        r"a\.csv, line 1: not UTF-8\. If this is text, then perhaps in utf-16-le: ",
    ),
    "Windows-1252": (
        "a.csv",
        GOOD.replace("vier", "fünf").encode("cp1252"),
        r"a\.csv, line 5: not UTF-8\. If this is text, then perhaps in cp1252: read_texts\(path, encoding='cp1252'\)\.",
    ),
    "another delimiter": (
        "a.csv",
        GOOD.replace(",", "^"),
        r"a\.csv has one column only\. A label and a text are needed, divided by , ; \| or a tab; without labels: read_texts\(path, label=False\)\.",
    ),
    "two delimiters": (
        "a.csv",
        GOOD.replace("Web,zwei", "Web;zwei"),
        r"a\.csv, line 3: 1 columns, the header has 2\.",
    ),
    "a delimiter in a text": (
        "a.csv",
        GOOD.replace("drei", "drei, oder vier"),
        r"a\.csv, line 4: 3 columns, the header has 2\. Put quotes around a text that holds ','",
    ),
    "after blank lines": (
        "a.csv",
        GOOD.replace("Web,zwei", "\n\nWeb"),
        r"a\.csv, line 5: 1 columns",
    ),
    "a line broken off": ("a.csv", GOOD.replace("Web,zwei", "Web"), r"a\.csv, line 3: 1 columns"),
    "a quote that is never closed": (
        "a.csv",
        GOOD.replace("drei", '"drei'),
        r"a\.csv, line 4: a quote character \" opens and does not close .* it is doubled: \"\"\.",
    ),
    "a quote that is not doubled": (
        "a.csv",
        GOOD.replace("zwei", '"zwei "oder" drei"'),
        r"a\.csv, line 3: a quote character \" opens",
    ),
    "after a text of two lines": (
        "a.csv",
        GOOD.replace("eins", '"eins\nund"').replace("vier", '"vier'),
        r"a\.csv, line 6: a quote character",
    ),
    "one column": ("a.csv", "text\neins\nzwei\n", r"a\.csv has one column only\."),
    "no header": (
        "a.csv",
        f"Sport,{'Der Sturm war stark ' * 9}\nWeb,zwei\n",
        r"a\.csv has no column 'text' and no column 'label' or 'category', only 'Sport', 'Der Sturm war stark .{10}'\. Say which ones: .*\. If there is no header, put one above, or say the columns' numbers, 0 for the first\.",
    ),
    "a header twice": (
        "a.csv",
        "text,text\neins,zwei\n",
        r"a\.csv has the column 'text' 2 times\. Rename one\.",
    ),
    "a header and nothing more": (
        "a.csv",
        "label,text\n",
        r"a\.csv holds no text, only a header\. Add a line for each\.",
    ),
    "other names": (
        "a.csv",
        "topic,body\nSport,eins\nWeb,zwei\n",
        r"a\.csv has no column 'text' and no column 'label' or 'category', only 'topic', 'body'\. Say which ones: read_texts\(path, text='…', label='…'\); without labels: label=False\.",
    ),
    "one class": (
        "a.csv",
        "label,text\nSport,eins\nSport,zwei\n",
        r"a\.csv, line 2: every text is labelled 'Sport'\. Two classes are the least\.",
    ),
    "a class of one text": (
        "a.csv",
        GOOD + "Kultur,fünf\n",
        r"a\.csv, line 6: the only text of its class\. Add another or delete it\.",
    ),
    "an empty text": (
        "a.csv",
        GOOD.replace("drei", "  "),
        r"a\.csv, line 4: the text is empty\. Fill it in or delete the line\.",
    ),
    "an empty label": (
        "a.csv",
        GOOD.replace("Web,vier", ",vier"),
        r"a\.csv, line 5: the label is missing\.",
    ),
    "NaN for a label": (
        "a.csv",
        GOOD.replace("Web,vier", "nan,vier"),
        r"a\.csv, line 5: the label is missing\.",
    ),
    "numbers for texts": (
        "a.csv",
        "label,text\nSport,12\nWeb,1.5\nSport,3\nWeb,4\n",
        r"a\.csv, line 2: all texts are numbers\. Is this the right column\?",
    ),
    "one text, two classes": (
        "a.csv",
        GOOD + "Web,eins\n",
        r"a\.csv, lines 2 and 6: the same text has several labels\. Keep one",
    ),
    "NUL bytes": (
        "a.csv",
        GOOD.replace("drei", "dr\0ei"),
        r"a\.csv, line 4: not UTF-8\. There are zero bytes in it, so it is no text, or a damaged one\.",
    ),
    "a binary file": (
        "a.csv",
        bytes(range(256)) * 20,
        r"a\.csv, lines 1–21: not UTF-8\. There are zero bytes in it",
    ),
    "a picture": (
        "a.csv",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        r"a\.csv, lines 1, 3: not UTF-8\. There are zero bytes in it",
    ),
    "a zip called .csv": (
        "a.csv",
        zipped(),
        r"a\.csv is a zip archive or an Excel file, whatever it is called\. Unpack it",
    ),
    "a suffix that says nothing": (
        "a.xlsx",
        zipped(),
        r"a\.xlsx is no folder and ends in none of \.csv, \.tsv",
    ),
    "JSONL, the last line cut": (
        "a.jsonl",
        '{"label": "Sport", "text": "eins"}\n{"label": "Web", "te',
        r"a\.jsonl, line 2: not a whole JSON object \(.+\)\. Was the file cut off\?",
    ),
    "JSONL, one line without the key": (
        "a.jsonl",
        '{"label": "Sport", "text": "eins"}\n{"label": "Web", "body": "zwei"}',
        r"a\.jsonl, line 2: there is no text\. Fill it in",
    ),
    "JSONL, null": (
        "a.jsonl",
        '{"label": "Sport", "text": "eins"}\n\n{"label": null, "text": "zwei"}',
        r"a\.jsonl, line 3: the label is missing",
    ),
    "JSONL, NaN": (
        "a.jsonl",
        '{"label": "Sport", "text": "eins"}\n{"label": NaN, "text": "zwei"}',
        r"a\.jsonl, line 2: the label is missing",
    ),
    "JSONL, a number for a text": (
        "a.jsonl",
        '{"label": "Sport", "text": 12}\n{"label": "Web", "text": "zwei"}',
        r"a\.jsonl, line 1: the text is no string",
    ),
    "JSONL, a list of labels": (
        "a.jsonl",
        '{"label": ["Sport", "Web"], "text": "eins"}\n{"label": "Web", "text": "zwei"}',
        r"a\.jsonl, line 1: several labels",
    ),
    "JSONL, a line that is no object": (
        "a.jsonl",
        '{"label": "Sport", "text": "eins"}\n"zwei"',
        r"a\.jsonl, line 2: no JSON object\.",
    ),
    "JSONL, half a character": (
        "a.jsonl",
        '{"label": "Sport", "text": "\\ud83d"}\n{"label": "Web", "text": "zwei"}',
        r"a\.jsonl, line 1: half a character",
    ),
    "a folder without texts": (
        "texts",
        {"Sport/a.csv": GOOD, "b.txt": "eins"},
        r"texts is a folder without texts\. It needs a sub-folder a class",
    ),
    "a folder with an empty text": (
        "texts",
        {"Sport/1.txt": "eins", "Web/2.txt": " \n"},
        r"texts, file Web/2\.txt: the text is empty",
    ),
    "a folder with Windows-1252": (
        "texts",
        {"Sport/1.txt": "eins", "Web/2.txt": "a\nf\xfcnf".encode("cp1252")},
        r"texts, file Web/2\.txt \(line 2\): not UTF-8\. .* cp1252",
    ),
    "a folder with one class": (
        "texts",
        {"Sport/1.txt": "eins", "Sport/2.txt": "zwei"},
        r"texts, file Sport/1\.txt: every text is labelled 'Sport'",
    ),
}


@pytest.mark.parametrize("name, content, message", NASTY.values(), ids=NASTY)
def test_a_nasty_file_ends_in_one_clear_message(read, tmp_path, name, content, message):
    with pytest.raises(BadTexts) as caught:
        read(name, content)
    lines = str(caught.value).split("\n")
    assert any(re.match(message, line) for line in lines), str(caught.value)
    assert all(line.startswith(name) for line in lines) and str(tmp_path) not in str(caught.value)
    assert len(lines) == len(caught.value.faults)
    assert {path.name for path in tmp_path.iterdir()} == {name}


def test_there_are_more_than_twenty_nasty_files():
    assert len(NASTY) > 40


@pytest.mark.parametrize("name", ["missing.csv", "missing", "missing/a.jsonl"])
def test_a_missing_file(tmp_path, name):
    with pytest.raises(
        BadTexts,
        match=r"^(missing|missing\.csv|a\.jsonl): .+\. Check name and rights; a relative path starts in the folder of this notebook\.",
    ):
        read_texts(tmp_path / name)


@pytest.mark.parametrize("method", ["read_bytes", "iterdir"])
def test_no_rights(read, tmp_path, monkeypatch, method):
    """Simulated, since the superuser may read everything."""
    (tmp_path / "texts" / "Sport").mkdir(parents=True)
    (tmp_path / "texts" / "Sport" / "1.txt").write_text("eins", encoding="utf-8")
    real = getattr(Path, method)

    def refuse(path):
        if path.name in ("Sport", "1.txt"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(Path, method, refuse)
    with pytest.raises(
        BadTexts, match=r"^(Sport|1\.txt): Permission denied\. Check name and rights"
    ):
        read_texts(tmp_path / "texts")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="needs a user whom the rights of a file can stop",
)
def test_no_rights_for_real(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(GOOD, encoding="utf-8")
    path.chmod(0)
    with pytest.raises(BadTexts, match=r"^a\.csv: Permission denied"):
        read_texts(path)
    path.chmod(0o600)
