"""Feeds the loader good folders and every bad one we could think of.
A reader with a broken file has only the message: it must name file, line and way out, in one line."""

import csv
import gzip
import io
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.corpus import FORMAT, CorpusError, choose_source, load_gnad

GOOD = "Sport;Das Spiel begann \"gut\".\r\nWeb;'Ein Netz; ein ''Wort'', der Rest'\r\nSport;Es ging weiter.\r\n"
TEST = "Web;Ein Abend in Österreich.\r\n"


def folder_of(path, train=GOOD, test=TEST):
    """A corpus folder with the given contents, text or bytes."""
    for name, content in (("train.csv", train), ("test.csv", test)):
        (path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def written(rows, **dialect):
    """CSV text as Python's own writer makes it, in 10kGNAD's dialect unless told otherwise."""
    buffer = io.StringIO()
    csv.writer(
        buffer, **{"delimiter": ";", "quotechar": "'", "lineterminator": "\r\n", **dialect}
    ).writerows(rows)
    return buffer.getvalue()


def fault(folder, capsys):
    """The message of a folder that must not load: one line, and no word on stdout."""
    with pytest.raises(CorpusError) as caught:
        load_gnad(folder)
    message = str(caught.value)
    assert "\n" not in message and "\r" not in message and capsys.readouterr().out == ""
    return message


# --- Good folders ----------------------------------------------------------------------------------------------------


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
        == f"Corpus: folder {tmp_path.name}: 3 training and 1 test articles in 2 categories.\n"
    )


def test_gzipped_files_load_as_well(tmp_path):
    for name, text in (("train.csv.gz", GOOD), ("test.csv.gz", TEST)):
        (tmp_path / name).write_bytes(gzip.compress(text.encode()))
    train, test = load_gnad(tmp_path)
    assert (len(train), len(test)) == (3, 1)


FIELD = st.text(
    st.one_of(st.sampled_from(';\'"" ,.\t\v\f\x1c\x85\u2028ß'), st.characters(codec="utf-8")),
    min_size=1,
).filter(lambda text: text.strip() and not set(text) & set("\0\r\n"))
NAMES = st.lists(st.sampled_from(["Sport", "Web; Netz", "Kultur's", "Ö"]), min_size=1)
ORDINARY = (
    "Sport",
    'Er sagte "ja" dazu.',
)  # as every newspaper has it: the " inside are not doubled


@given(names=NAMES, data=st.data())
def test_every_text_survives_byte_for_byte(names, data):
    rows = [ORDINARY, *((name, data.draw(FIELD)) for name in names)]
    with tempfile.TemporaryDirectory() as folder:
        train, test = load_gnad(folder_of(Path(folder), written(rows), written(rows)))
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
        "\ufeffmittendrin",
        "ends with a quote'",
    ],
)
def test_texts_that_only_look_like_a_fault(tmp_path, text):
    train, _ = load_gnad(folder_of(tmp_path, written([ORDINARY, ("Web", text)])))
    assert train.text[1] == text


def test_the_embedded_corpus_loads(capsys):
    train, test = load_gnad("mini")
    assert len(train) == 1800 and len(test) == 200 and train.category.nunique() == 9
    assert (
        capsys.readouterr().out
        == "Corpus: mininews (embedded, invented articles): 1,800 training and 200 test articles in 9 categories.\n"
    )


# --- Bad ones --------------------------------------------------------------------------------------------------------

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
    message = fault(folder_of(tmp_path, test=TEST + "web;Ein Netz.\r\n"), capsys)
    assert message.startswith(
        f"{tmp_path / 'test.csv'}, line 2: category 'web' does not occur in train.csv"
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
        rf"{re.escape(str(tmp_path / 'train.csv.gz'))} cannot be read: .+\. Check its rights, or fetch it again\.",
        fault(tmp_path, capsys),
    )


# --- Which corpus ----------------------------------------------------------------------------------------------------


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty download folder and no COURSE_DATA."""
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    return tmp_path


def downloaded(cache):
    (cache / "10kGNAD").mkdir()
    return folder_of(cache / "10kGNAD")


def test_without_a_download_mininews(cache):
    assert choose_source() == "mini"


def test_half_a_download_does_not_count(cache):
    (downloaded(cache) / "test.csv").unlink()
    assert choose_source() == "mini"


def test_the_download_comes_before_mininews(cache, capsys):
    downloaded(cache)
    assert choose_source() == "full"
    assert len(load_gnad()[0]) == 3
    assert (
        capsys.readouterr().out
        == "Corpus: 10kGNAD: 3 training and 1 test articles in 2 categories.\n"
    )


@pytest.mark.parametrize(
    "value, expected",
    [("mini", "mini"), ("full", "full"), ("../news", Path("../news")), ("", "full")],
)
def test_course_data_comes_before_the_download(cache, monkeypatch, value, expected):
    downloaded(cache)
    monkeypatch.setenv("COURSE_DATA", value)
    assert choose_source() == expected


@pytest.mark.parametrize("value", ["mini", "full", "news", Path("news")])
def test_the_argument_comes_before_course_data(cache, monkeypatch, value):
    monkeypatch.setenv("COURSE_DATA", "elsewhere")
    assert choose_source(value) == (value if value in ("mini", "full") else Path("news"))


def test_full_without_a_download_says_how_to_get_it(cache, capsys):
    assert "`make data`" in fault("full", capsys)
