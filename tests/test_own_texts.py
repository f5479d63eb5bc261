"""`read_texts` takes files that nobody has seen before: what it reads is held against pandas,
and what it refuses ends in one message that names every fault with file, line and way out."""

import csv
import io
import json
import os
import re
import unicodedata
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


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_file_whose_name_the_console_lacks_is_read_and_named(read, monkeypatch, encoding):
    console = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr("sys.stdout", console)
    assert len(read("тексты.csv", table())) == 4
    console.seek(0)
    assert console.read().startswith("\\u0442\\u0435\\u043a")


# --- Files that are harmless ---------------------------------------------------------------------

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


# --- Files that are not --------------------------------------------------------------------------


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


# --- Does it quote? ------------------------------------------------------------------------------


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


# --- All faults at once --------------------------------------------------------------------------


def test_all_faults_of_a_table_are_named_at_once(read):
    content = b"label,text\nA,a\nB\nA, \n,d\nC,e\nA,x,y\nB,a\nB,b\nA,f\xfcr\n"
    with pytest.raises(BadTexts) as caught:
        read("a.csv", content)
    found = {what.split(".")[0].split(",")[0]: places for what, places in caught.value.faults}
    assert found == {
        "not UTF-8": [10],
        "1 columns": [3],
        "3 columns": [7],
        "the text is empty": [4],
        "the label is missing": [5],
        "the only text of its class": [6],
        "the same text has several labels": [(2, 8)],
    }


def test_all_faults_of_json_lines_are_named_at_once(read):
    rows = ['{"label": "A", "text": "a"}', '{"label": "A', "3", '{"label": "B", "text": 3}',
            '{"text": "c"}', '{"label": ["A", "B"], "text": "d"}', '{"label": "B"}']  # fmt: skip
    with pytest.raises(BadTexts) as caught:
        read("a.jsonl", "\n".join(rows))
    named = [place for _, places in caught.value.faults for place in places]
    assert sorted(named) == [2, 3, 4, 5, 6, 7]


@pytest.fixture
def mixed():
    """A folder of 202 files, 24 of which are in another encoding."""
    files = {f"a/{i:03}.txt": f"für {i}" for i in range(101)}
    files |= {f"b/{i:03}.txt": f"über {i}" for i in range(101)}
    return files | {f"b/{i:03}.txt": f"über {i}".encode("cp1252") for i in range(0, 96, 4)}


def test_all_badly_encoded_files_of_a_folder_are_named_at_once(read, mixed):
    with pytest.raises(BadTexts) as caught:
        read("texts", mixed)
    assert all(f"b/{i:03}.txt" in str(caught.value) for i in range(0, 96, 4))
    assert len(caught.value.faults) == 1 and "encoding='cp1252'" in str(caught.value)


def test_a_folder_may_hold_two_encodings(read, mixed, capsys):
    texts = read("texts", mixed, encoding="cp1252").text
    assert sorted(texts) == sorted(
        [f"für {i}" for i in range(101)] + [f"über {i}" for i in range(101)]
    )
    assert "read as cp1252: 24 of 202 files, the others as UTF-8" in capsys.readouterr().out


def test_a_message_stays_readable_and_the_error_has_all(read):
    content = "label,text\n" + "".join(f"A,t{i}\nB,\n" for i in range(500))
    with pytest.raises(
        BadTexts, match=r"lines 3, 5, 7,.* and 300 more: the text is empty"
    ) as caught:
        read("a.csv", content)
    assert (
        len(dict(caught.value.faults)["the text is empty. Fill it in or delete the line."]) == 500
    )


# --- Other people's files ------------------------------------------------------------------------

FOUR = [["ham", "a"], ["spam", "b"], ["ham", "c"], ["spam", "d"]]
JSON_FOUR = [
    {"id": i, "data": {"text": t, "Meta": {"label": [c]}}} for i, (c, t) in enumerate(FOUR)
]
LINES = "ham\ta\nspam\tb\nham\tc\nspam\td\n"
OTHERS = {
    "nameless columns": ("a.csv", "v1,v2,,,\n" + LINES.replace("\t", ",").replace("\n", ",,,\n"),
                         {"text": "v2", "label": "v1"}),
    "an index": ("a.csv", ",label,text\n0,ham,a\n1,spam,b\n2,ham,c\n3,spam,d\n", {}),
    "any case": ("a.tsv", " Label\tTEXT \n" + LINES, {}),
    "any case, asked for": ("a.tsv", "Class\tBody\n" + LINES, {"text": "BODY", "label": "class"}),
    "Excel's first line": ("a.csv", "\ufeffsep=\t\r\nlabel\ttext\r\n" + LINES, {}),
    "Excel's empty rows": ("a.csv", "label;text;x\nham;a;1,5\nspam;b\nham;c;2,5\nspam;d;1\n;;\n"
                           .replace("b\n", "b;\n"), {}),
    "a blank after commas": ("a.csv", 'label, text\nham, "a"\nspam, b\nham, c\nspam, d\n', {}),
    "no header": ("a.tsv", LINES, {"text": 1, "label": 0}),
    "UTF-16": ("a.tsv", ("label\ttext\n" + LINES).encode("utf-16"), {"encoding": "utf-16"}),
    "old Macs": ("a.tsv", ("label\ttext\n" + LINES).replace("\n", "\r"), {}),
    "labels with blanks": ("a.tsv",
                           "label\ttext\n" + LINES.replace("spam\tb", "\u00a0spam \tb"), {}),
    "nested JSON": ("a.jsonl", "\n".join(map(json.dumps, JSON_FOUR)),
                    {"text": "data.text", "label": "data.meta.label"}),
    "an array": ("a.json", json.dumps(JSON_FOUR, indent=1),
                 {"text": "data.text", "label": "data.meta.label.0"}),
    "a key with a dot": ("a.jsonl",
                         "\n".join(json.dumps({"m.label": c, "text": t}) for c, t in FOUR),
                         {"label": "m.label"}),
}  # fmt: skip


@pytest.mark.parametrize("name, content, options", OTHERS.values(), ids=OTHERS)
def test_other_peoples_files(read, name, content, options):
    assert read(name, content, **options).values.tolist() == FOUR


def test_words_in_nameless_columns_are_mentioned(read, capsys):
    read("a.csv", "label,text,,\nham,a,,\nham,b, und mehr,\nspam,c,,\nspam,d,,\n")
    assert "in 1 lines, first in line 3; was a text cut" in capsys.readouterr().out


def test_texts_and_labels_are_composed(read):
    content = "label,text\nGrün,Größe\nRot,b\nRot,c\n" + unicodedata.normalize(
        "NFD", "Grün,Größer\n"
    )
    texts = read("a.csv", content)
    assert texts.category.tolist() == ["Grün", "Rot", "Rot", "Grün"]
    assert texts.text[3] == "Größer"


REFUSED = {
    "nested JSON": ("a.jsonl", json.dumps(JSON_FOUR[0]), {},
                    r"only 'id', 'data.text', 'data.Meta.label'\. Say which ones: "
                    r"read_texts\(path, text='data.text', label='data.Meta.label'\)"),
    "capitals": ("a.tsv", "label\ttext\n" + LINES + "Ham\te\n", {},
                 r"a\.tsv, line 6: the label 'Ham' is 'ham' elsewhere"),
    "an unknown encoding": ("a.tsv", LINES, {"encoding": "utf-99"}, "knows no encoding 'utf-99'"),
    "the wrong encoding": ("a.tsv", LINES.encode("utf-16"), {"encoding": "cp1252"},
                           "not UTF-8, and not cp1252"),
    "train and test": ("aclImdb", {"train/pos/1.txt": "a", "test/pos/1.txt": "b"}, {},
                       r"aclImdb holds parts .*: test, train\. .* path = 'aclImdb/train'"),
    "train and test without classes": ("v", {"Train_1/1.txt": "a", "val/1.txt": "b"}, {},
                                       "holds parts of a corpus"),
    "compounds": ("v", {"Trainingsdaten/1.txt": "a", "Testdaten/1.txt": "b"}, {}, "holds parts"),
    "short compounds": ("v", {"traindata/1.txt": "a", "test set/1.txt": "b"}, {}, "holds parts"),
    "held out": ("v", {"train/1.txt": "a", "held-out/1.txt": "b"}, {}, "holds parts"),
    "holdout": ("v", {"training/1.txt": "a", "holdout/1.txt": "b"}, {}, "holds parts"),
    "one part": ("v", {"train/pos/1.txt": "a", "train/neg/1.txt": "b"}, {}, "holds parts"),
    "deeper texts": ("v", {"a/1.txt": "a", "a/2.txt": "b", "b/x/1.txt": "c"}, {},
                     r"v, file b/: texts lie deeper"),
    "a lost backslash": ("a\tb.csv", LINES, {}, r"holds a sign that is none: .* r\"C:"),
    "labels that are texts": ("a.csv", "label,text\n" + "".join(f"l{i},t{i}\n" for i in range(30)),
                              {}, "30 of 30 classes have one text only. Is this the right column"),
    "one object": ("a.json", json.dumps({"data": JSON_FOUR}, indent=1), {}, "is one JSON object"),
    "a cut array": ("a.json", '[{"label": 1,', {}, "no whole JSON array"),
    "depth": ("a.jsonl", "\n" + '{"a":' * 100_000, {}, r"line 2: not a whole JSON object"),
    "no object in an array": ("a.json", '[{"label": 1, "text": "a"}, 3]', {}, "object 2: no JSON"),
    "columns alike": ("a.csv", "label,Text,TEXT\na,b,c\n", {}, "the column 'Text' 2 times"),
}  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
@pytest.mark.parametrize("name, content, options, message", REFUSED.values(), ids=REFUSED)
def test_what_is_refused(read, name, content, options, message):
    with pytest.raises(BadTexts, match=message):
        read(name, content, **options)


def test_classes_whose_names_begin_like_parts(read):
    files = {
        f"{c}/{i}.txt": f"{c} {i}" for c in ("Trainer", "testimonials", "Developer") for i in "12"
    }
    assert set(read("v", files).category) == {"Trainer", "testimonials", "Developer"}


def test_a_column_may_be_named_in_another_form(read):
    composed = "größe"
    taken_apart = unicodedata.normalize("NFD", "größe")
    table = f"{composed},text\n" + "".join(f"{c},text {c} {i}\n" for c in "ab" for i in range(3))
    assert set(read("a.csv", table, label=taken_apart).category) == {"a", "b"}


def test_a_class_of_trains_and_texts_without_labels(read, capsys):
    files = {f"{c}/{i}.txt": f"{c} {i}" for c in ("bus", "train", "unsup") for i in "12"}
    assert set(read("v", files).category) == {"bus", "train"}
    assert "not read, for it has no labels: unsup" in capsys.readouterr().out


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
