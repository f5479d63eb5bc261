"""What `read_texts` refuses ends in one message that names file, line and way out: a table of
nasty files, missing ones, and some that nobody may read."""

import io
import os
import re
import zipfile
from pathlib import Path

import pytest
from own_texts_helpers import reader, table  # noqa: F401 (a fixture)

from course_utils.own_texts import BadTexts, read_texts


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
        r"a\.csv, line 1: not UTF-8\. If this is text, then perhaps in utf-16: "
        r"read_texts\(path, encoding='utf-16'\)\.",
    ),
    "UTF-16 without a mark": (
        "a.csv",
        GOOD.encode("utf-16-le"),
        r"a\.csv, line 1: not UTF-8\. If this is text, then perhaps in utf-16-le: ",
    ),
    "Windows-1252": (
        "a.csv",
        GOOD.replace("vier", "fünf").encode("cp1252"),
        r"a\.csv, line 5: not UTF-8\. If this is text, then perhaps in cp1252: "
        r"read_texts\(path, encoding='cp1252'\)\.",
    ),
    "another delimiter": (
        "a.csv",
        GOOD.replace(",", "^"),
        r"a\.csv has one column only\. A label and a text are needed, divided by , ; \| "
        r"or a tab; without labels: read_texts\(path, label=False\)\.",
    ),
    "two delimiters": (
        "a.csv",
        GOOD.replace("Web,zwei", "Web;zwei"),
        r"a\.csv, line 3: 1 column, the header has 2\. Is a ',' missing, or was the line cut",
    ),
    "a delimiter in a text": (
        "a.csv",
        GOOD.replace("drei", "drei, oder vier"),
        r"a\.csv, line 4: 3 columns, the header has 2\. Put quotes around a text that holds ','",
    ),
    "after blank lines": (
        "a.csv",
        GOOD.replace("Web,zwei", "\n\nWeb"),
        r"a\.csv, line 5: 1 column",
    ),
    "a line broken off": ("a.csv", GOOD.replace("Web,zwei", "Web"), r"a\.csv, line 3: 1 column"),
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
        r"a\.csv has no column 'text' and no column 'label' or 'category', only "
        r"'Sport', 'Der Sturm war stark .{10}'\. Say which ones: .*\. If there is no "
        r"header, put one above, or say the columns' numbers, 0 for the first\.",
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
        r"a\.csv has no column 'text' and no column 'label' or 'category', only "
        r"'topic', 'body'\. Say which ones: read_texts\(path, text='…', label='…'\); "
        r"without labels: label=False\.",
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
        r"a\.csv, line 4: not UTF-8\. There are zero bytes in it, so it is no text, or "
        r"a damaged one\.",
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
        match=r"^(missing|missing\.csv|a\.jsonl): .+\. Check name and rights; a relative path "
        r"starts in the folder of this notebook\.",
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
