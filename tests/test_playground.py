"""The playground takes files that nobody has seen before: what its functions read is held against pandas, and what they
refuse ends in one message with file, line and the way out. The functions are taken out of notebook 11."""

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
import torch

from benchmarks.taken import NOTEBOOKS, take

READING = [
    "BadTexts",
    "PACKED",
    "advice",
    "decoded",
    "layout",
    "from_table",
    "with_header",
    "from_jsonl",
    "from_folder",
    "stop",
    "check_texts",
    "check_labels",
    "READERS",
    "table_of",
    "columns_of",
    "read_texts",
]
REST = [
    "MARKS",
    "ALONE",
    "WORD",
    "split_words",
    "LIMIT",
    "report",
    "TextClassifier",
    "classify",
    "gradient_times_input",
    "leave_one_out",
    "coloured",
    "explain",
    "export",
    "load_classifier",
    "writer",
]


@pytest.fixture(scope="module")
def book():
    return take("11", *READING, *REST)


@pytest.fixture
def read(book, tmp_path):
    """Writes `content` (text, bytes, or a dict of files for a folder) under `name` and reads it."""

    def write_and_read(name, content, **columns):
        files = (
            {name: content}
            if not isinstance(content, dict)
            else {f"{name}/{inner}": part for inner, part in content.items()}
        )
        for inner, part in files.items():
            path = tmp_path / inner
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(part if isinstance(part, bytes) else part.encode("utf-8"))
        return book["read_texts"](tmp_path / name, **columns)

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


def test_a_clean_table_is_read_as_pandas_reads_it(book, tmp_path, capsys):
    rng = np.random.default_rng(0)
    pieces = ["Graz", "Wien", ";", ",", '"', "\n", "ä", " ", "'", "\t", "|", "NA", "1,5"]
    texts = [f"T{i} " + "".join(rng.choice(pieces, 12)) + "." for i in range(200)]
    frame = pd.DataFrame({"category": rng.choice(["Sport", "Web", "Etat"], 200), "text": texts})
    for delimiter in ",;|\t":
        path = tmp_path / "a.csv"
        frame.to_csv(path, index=False, sep=delimiter, lineterminator="\n")
        pd.testing.assert_frame_equal(book["read_texts"](path), frame, check_dtype=False)


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
        r"a\.csv, line 1: byte 0xf[ef] is not UTF-8\. If this is text, then perhaps in utf-16; turn it: Path\(new\)\.write_text\(Path\(old\)\.read_text\('utf-16'\), 'utf-8'\)",
    ),
    "UTF-16 without a mark": (
        "a.csv",
        GOOD.encode("utf-16-le"),
        r"a\.csv, line 1: byte 0x00 is not UTF-8\. If this is text, then perhaps in utf-16",
    ),
    "Windows-1252": (
        "a.csv",
        GOOD.replace("vier", "fünf").encode("cp1252"),
        r"a\.csv, line 5: byte 0xfc is not UTF-8\. If this is text, then perhaps in cp1252",
    ),
    "another delimiter": (
        "a.csv",
        GOOD.replace(",", "^"),
        r"a\.csv has one column only\. A label and a text are needed, divided by , ; \| or a tab\.",
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
        r"a\.csv has no column 'category', only 'Sport', 'Der Sturm war stark .{10}'\. Say which ones: .*; or put a header above, if there is none\.",
    ),
    "a header twice": (
        "a.csv",
        "text,text\neins,zwei\n",
        r"a\.csv, line 1: a name comes twice in \['text', 'text'\]\. Rename one",
    ),
    "a header and nothing more": (
        "a.csv",
        "label,text\n",
        r"a\.csv holds no text, only a header\. Add a line for each\.",
    ),
    "other names": (
        "a.csv",
        "topic,body\nSport,eins\nWeb,zwei\n",
        r"a\.csv has no column 'category', only 'topic', 'body'\. Say which ones: read_texts\(path, text='…', label='…'\)",
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
        r"a\.csv, line 2: the same text has several labels, see line 2, line 6\. Keep one",
    ),
    "NUL bytes": (
        "a.csv",
        GOOD.replace("drei", "dr\0ei"),
        r"a\.csv, line 4: byte 0x00 is not UTF-8\. There are zero bytes in it, so it is no text, or a damaged one\.",
    ),
    "a binary file": (
        "a.csv",
        bytes(range(256)) * 20,
        r"a\.csv, line \d+: byte 0x\w\w is not UTF-8\. There are zero bytes in it",
    ),
    "a picture": (
        "a.csv",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        r"a\.csv, line 1: byte 0x89 is not UTF-8\. There are zero bytes in it",
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
    "a JSON array": (
        "a.jsonl",
        '[\n{"label": "Sport", "text": "eins"}]',
        r"a\.jsonl is one JSON array, not one object a line\. Turn it: pd\.read_json\('a\.jsonl'\)\.to_json",
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
        '{"label": ["Sport"], "text": "eins"}\n{"label": "Web", "text": "zwei"}',
        r"a\.jsonl, line 1: several labels\. Give each text one",
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
        r"The folder texts has no texts\. It needs a sub-folder a class",
    ),
    "a folder with an empty text": (
        "texts",
        {"Sport/1.txt": "eins", "Web/2.txt": " \n"},
        r"texts, file Web/2\.txt: the text is empty",
    ),
    "a folder with Windows-1252": (
        "texts",
        {"Sport/1.txt": "eins", "Web/2.txt": "a\nf\xfcnf".encode("cp1252")},
        r"Web/2\.txt, line 2: byte 0xfc is not UTF-8",
    ),
    "a folder with one class": (
        "texts",
        {"Sport/1.txt": "eins", "Sport/2.txt": "zwei"},
        r"texts, file Sport/1\.txt: every text is labelled 'Sport'",
    ),
}


@pytest.mark.parametrize("name, content, message", NASTY.values(), ids=NASTY)
def test_a_nasty_file_ends_in_one_clear_message(book, read, tmp_path, name, content, message):
    with pytest.raises(book["BadTexts"]) as caught:
        read(name, content)
    assert re.match(message, str(caught.value), re.DOTALL), str(caught.value)
    assert "\n" not in str(caught.value) and str(tmp_path) not in str(caught.value)
    assert {path.name for path in tmp_path.iterdir()} == {name}


def test_there_are_more_than_twenty_nasty_files():
    assert len(NASTY) > 40


@pytest.mark.parametrize("name", ["missing.csv", "missing", "missing/a.jsonl"])
def test_a_missing_file(book, tmp_path, name):
    with pytest.raises(
        book["BadTexts"],
        match=r"^(missing|missing\.csv|a\.jsonl): .+\. Check name and rights; a relative path starts in the folder of this notebook\.",
    ):
        book["read_texts"](tmp_path / name)


@pytest.mark.parametrize("method", ["read_bytes", "iterdir"])
def test_no_rights(book, read, tmp_path, monkeypatch, method):
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
        book["BadTexts"], match=r"^(Sport|1\.txt): Permission denied\. Check name and rights"
    ):
        book["read_texts"](tmp_path / "texts")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="needs a user whom the rights of a file can stop",
)
def test_no_rights_for_real(book, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(GOOD, encoding="utf-8")
    path.chmod(0)
    with pytest.raises(book["BadTexts"], match=r"^a\.csv: Permission denied"):
        book["read_texts"](path)
    path.chmod(0o600)


# --- What comes after ------------------------------------------------------------------------------------------------


def test_words_of_any_language(book):
    split = book["split_words"]
    from course_utils import tokenize

    for text in [
        'Sie sagte: "geht\'s um 18.45 Uhr?"',
        "12.400 Euro, 3,7 Prozent – E-Mail/SMS",
        "Actually,",
    ]:
        assert split(text) == tokenize(text)
    assert split("हिन्दी में") == ["हिन्दी", "में"]
    assert split("机场iPhone开") == ["机", "场", "iPhone", "开"]
    assert split("ก็ดี") == ["ก็", "ดี"]
    assert split("مُحَمَّد") == ["مُحَمَّد"]


def test_the_report_warns(book, capsys):
    texts = pd.DataFrame(
        {"category": ["A"] * 30 + ["B"] * 2, "text": ["ein Wort"] * 31 + ["Wort " * 1_200]}
    )
    counts = book["report"](texts)
    assert counts.to_numpy().tolist() == [[30, 2, 2], [2, 601, 1200]]
    out = capsys.readouterr().out
    assert (
        "fewer than 20 texts, so expect little of: B" in out
        and "15 times the smallest" in out
        and "longer than 1,000 words: 1 texts" in out
    )
    book["report"](texts[:30])
    assert capsys.readouterr().out == ""


def test_colours_are_escaped_and_fit_the_sign(book):
    html = book["coloured"](["<script>alert(1)</script>", 'a"b&c', "x"], [2.0, -1.0, 0.0]).data
    assert "<script" not in html and "&lt;script&gt;" in html and "a&quot;b&amp;c" in html
    assert re.findall(r"rgba\((\d+),.*?,([\d.]+)\)", html) == [
        ("241", "1.00"),
        ("103", "0.50"),
        ("103", "0.00"),
    ]
    assert "nan" not in book["coloured"](["x"], [0.0]).data


@pytest.fixture
def trained(book):
    from course_utils import Vocabulary

    torch.manual_seed(0)
    vocabulary = Vocabulary(["Graz", "gewinnt", '"ja"', "größer"])
    return (
        book["TextClassifier"](torch.randn(6, 5), 3, hidden_size=4),
        vocabulary,
        ["Sport", "Web", "Übrige"],
    )


def test_the_network_is_that_of_notebook_05(book):
    from benchmarks.models import NewsClassifier
    from course_utils import pad_batch

    matrix = torch.randn(20, 6, generator=torch.Generator().manual_seed(0))
    x, lengths = pad_batch([[2, 3, 4], [5, 6, 7, 8, 9]])
    results = []
    for cls in (book["TextClassifier"], NewsClassifier):
        torch.manual_seed(0)
        model = cls(matrix.clone(), 4, hidden_size=5)
        results.append((model(x, lengths), model.eval()(x, lengths)))
    assert all(torch.equal(a, b) for a, b in zip(*results))


def test_explanations_of_the_network(book, trained):
    """Both methods by their definitions, one word at a time."""
    model, vocabulary, _ = trained
    words, k, by_gradient, by_gaps = book["explain"](
        "Graz gewinnt größer nirgends", model, vocabulary
    )
    assert words == ["Graz", "gewinnt", "größer", "nirgends"]
    ids = torch.tensor([vocabulary.encode(words)])
    logits = model.eval()(ids, torch.tensor([4]))[0]
    assert k == logits.argmax()
    for t in range(4):
        gap = ids.clone()
        gap[0, t] = 1
        assert by_gaps[t] == pytest.approx(
            (logits[k] - model(gap, torch.tensor([4]))[0, k]).item(), abs=1e-6
        )
    assert by_gaps[3] == pytest.approx(0, abs=1e-6)  # unknown already
    e = model.emb(ids).detach()
    for t in range(4):
        step = torch.zeros_like(e)
        step[0, t] = e[0, t] * 1e-3
        slope = (model.read(e + step, torch.tensor([4])) - model.read(e - step, torch.tensor([4])))[
            0, k
        ] / 2e-3
        assert by_gradient[t] == pytest.approx(slope.item(), abs=2e-3)


def test_an_export_comes_back_equal_and_holds_no_pickle(book, trained, tmp_path):
    model, vocabulary, classes = trained
    book["export"](model, vocabulary, classes, tmp_path / "desk")
    assert sorted(path.name for path in (tmp_path / "desk").iterdir()) == [
        "model.json",
        "model.safetensors",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["desk"]
    again, words, names = book["load_classifier"](tmp_path / "desk")
    assert words.words == vocabulary.words and names == classes and not again.training
    text = 'Graz gewinnt "ja" nicht'
    assert book["classify"](text, again, words, names).equals(
        book["classify"](text, model, vocabulary, classes)
    )
    for path in (tmp_path / "desk").iterdir():
        assert not zipfile.is_zipfile(path) and path.read_bytes()[:1] != b"\x80"


def test_an_export_overwrites_nothing(book, trained, tmp_path):
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(
        FileExistsError, match="desk is there already and is not overwritten. Choose another name"
    ):
        book["export"](*trained, tmp_path / "desk")
    assert [path.name for path in (tmp_path / "desk").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("step", ["write_bytes", "write_text", "rename"])
def test_an_export_that_fails_leaves_nothing_behind(book, trained, tmp_path, monkeypatch, step):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, step, fail)
    with pytest.raises(OSError, match="No space left"):
        book["export"](*trained, tmp_path / "desk")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_export_is_not_loaded(book, trained, tmp_path):
    from safetensors import SafetensorError

    book["export"](*trained, tmp_path / "desk")
    weights = tmp_path / "desk" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-7])
    with pytest.raises(SafetensorError):
        book["load_classifier"](tmp_path / "desk")
    with pytest.raises(FileNotFoundError, match=r"model\.json"):
        book["load_classifier"](tmp_path / "nowhere")


def test_the_sliders_write_what_sample_writes(book, monkeypatch):
    calls = []

    def sample(learn, text, n_words, **knobs):
        calls.append((text, n_words, knobs))
        return f"{text} <b>{knobs['temperature']}</b>"

    monkeypatch.setitem(book, "sample", sample)
    start, temperature, top_k, top_p, seed, page = book["writer"](None, "Graz", n_words=9).children
    assert calls[-1] == (
        "Graz",
        9,
        {"sep": " ", "temperature": 0.8, "top_k": 50, "top_p": 0.9, "seed": 0},
    )
    temperature.value, top_k.value, top_p.value, seed.value, start.value = 1.2, 7, 0.5, 3, "Wien"
    assert (
        calls[-1]
        == ("Wien", 9, {"sep": " ", "temperature": 1.2, "top_k": 7, "top_p": 0.5, "seed": 3})
        and len(calls) == 6
    )
    assert "Wien &lt;b&gt;1.2&lt;/b&gt;" in page.value


ENGLISH = "".join(
    f"{label}\t{subject} {verb} {thing}.\n"
    for label, verbs in [("praise", ("love", "enjoy")), ("blame", ("hate", "regret"))]
    for verb in verbs
    for subject in ("I", "We", "They all")
    for thing in ("this film", "the music", "every <b>scene</b>")
)
CHINESE = "".join(
    json.dumps({"category": label, "text": f"{who}{what}"}, ensure_ascii=False) + "\n"
    for label, what in [("体育", "赢了比赛"), ("网络", "买了新手机")]
    for who in ("我", "他们", "小王", "老师", "朋友")
)


@pytest.mark.parametrize(
    "name, content",
    [("mine.tsv", "label\ttext\n" + ENGLISH), ("mine.jsonl", CHINESE)],
    ids=["English", "Chinese"],
)
def test_the_whole_notebook_on_a_handful_of_texts_of_ones_own(tmp_path, monkeypatch, name, content):
    """Only the one line is changed."""
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(NOTEBOOKS.parent), os.environ.get("PYTHONPATH", "")])
    )
    notebook = nbformat.read(next(NOTEBOOKS.glob("11_*.ipynb")), as_version=4)
    (line,) = [cell for cell in notebook.cells if cell.source == 'path = workshop / "news.csv"']
    line.source = f"path = {str(tmp_path / name)!r}"
    (tmp_path / name).write_text(content, encoding="utf-8")
    NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=300,
        store_widget_state=False,
        resources={"metadata": {"path": str(tmp_path)}},
    ).execute()
    printed = "".join(
        output.get("text", "")
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    )
    assert (
        f"{name}: {content.count(chr(10)) - name.endswith('.tsv')} texts in 2 classes" in printed
        and "the same logits, bit by bit: True" in printed
    )
    assert [path.name for path in tmp_path.iterdir()] == [name]
