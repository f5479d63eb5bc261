"""Feeds the loader good folders and every bad one we could think of.
A reader with a broken file has only the message: it names file, line and way out, in one line."""

import csv
import gzip
import io
import os
import re
import tempfile
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils import corpus
from course_utils.corpus import FORMAT, CorpusError, choose_source, load_gnad
from course_utils.paths import base_folder, data_folder
from course_utils.tokens import TOKEN, normalise

GOOD = (
    'Sport;Das Spiel begann "gut".\r\n'
    "Web;'Ein Netz; ein ''Wort'', der Rest'\r\n"
    "Sport;Es ging weiter.\r\n"
)
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


def enough(train=30, test=1, words=120, names=("Sport", "Web")):
    """Files with just what the notebooks need, or otherwise."""
    row = [("eins zwei drei vier " * (words // 4)).strip()]
    return [written([[name, *row] for name in names] * count) for count in (train, test)]


def fault(folder, capsys):
    """The message of a folder that must not load: one line, and no word on stdout."""
    with pytest.raises(CorpusError) as caught:
        load_gnad(folder)
    message = str(caught.value)
    assert "\n" not in message and "\r" not in message and capsys.readouterr().out == ""
    return message


# --- Good folders ---------------------------------------------------------------------------------


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
        == f"Corpus: folder {tmp_path}: 3 training and 1 test articles in 2 categories.\n"
    )


def test_gzipped_files_load_as_well(tmp_path):
    for name, text in (("train.csv.gz", GOOD), ("test.csv.gz", TEST)):
        (tmp_path / name).write_bytes(gzip.compress(text.encode()))
    train, test = load_gnad(tmp_path)
    assert (len(train), len(test)) == (3, 1)


FIELD = st.text(
    st.one_of(st.sampled_from(';\'"" ,.\t\v\f\x1c\x85\u2028ß'), st.characters(codec="utf-8")),
    min_size=1,
).filter(lambda text: TOKEN.search(normalise(text)) and not set(text) & set("\0\r\n"))
NAMES = st.lists(st.sampled_from(["Sport", "Web; Netz", "Kultur's", "Ö"]), min_size=1)
ORDINARY = (
    "Sport",
    'Er sagte "ja" dazu.',
)  # as every newspaper has it: the " inside are not doubled


@given(names=NAMES, data=st.data())
def test_every_text_survives_character_for_character(names, data):
    drawn = [ORDINARY, *((name, data.draw(FIELD)) for name in names)]
    rows = [(name, normalise(text)) for name, text in drawn]
    with tempfile.TemporaryDirectory() as folder:
        train, test = load_gnad(folder_of(Path(folder), written(drawn), written(drawn)))
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
        "ends with a quote'",
    ],
)
def test_texts_that_only_look_like_a_fault(tmp_path, text):
    train, _ = load_gnad(folder_of(tmp_path, written([ORDINARY, ("Web", text)])))
    assert train.text[1] == text


def test_the_embedded_corpus_loads(capsys):
    train, test = load_gnad("mini")
    assert len(train) == 963 and len(test) == 242 and train.category.nunique() == 9
    assert (
        capsys.readouterr().out == "Corpus: mininews (embedded, invented articles): "
        "963 training and 242 test articles in 9 categories.\n"
    )


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


# --- Which corpus ---------------------------------------------------------------------------------


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
    folder_of(downloaded(cache), *enough())
    assert choose_source() == "full"
    assert len(load_gnad()[0]) == 60
    folder = cache / "10kGNAD"
    assert (
        capsys.readouterr().out
        == f"Corpus: 10kGNAD ({folder}): 60 training and 2 test articles in 2 categories.\n"
    )


def test_a_gzipped_download_counts(cache):
    for name in ("train.csv", "test.csv"):
        path = downloaded(cache) / name if name == "train.csv" else cache / "10kGNAD" / name
        path.with_name(f"{name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    assert choose_source() == "full"


@pytest.mark.parametrize(
    "value, expected",
    [
        ("mini", "mini"),
        ("mini ", "mini"),  # Windows: set COURSE_DATA=mini && make run
        ("full", "full"),
        (os.path.join("..", "news"), base_folder().parent / "news"),
        (os.path.join("~", "news"), Path.home() / "news"),
        ("", "full"),
        (" ", "full"),
    ],
)
def test_course_data_comes_before_the_download(cache, monkeypatch, value, expected):
    downloaded(cache)
    monkeypatch.setenv("COURSE_DATA", value)
    assert choose_source() == expected


@pytest.mark.parametrize("value", ["mini", "full", "news", Path("news")])
def test_the_argument_comes_before_course_data(cache, monkeypatch, value):
    monkeypatch.setenv("COURSE_DATA", "elsewhere")
    assert choose_source(value) == (value if value in ("mini", "full") else Path.cwd() / "news")


def test_full_without_a_download_says_how_to_get_it(cache, capsys):
    assert "`make data`" in fault("full", capsys)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_folder_whose_name_the_console_lacks_is_read_and_named(monkeypatch, tmp_path, encoding):
    folder = tmp_path / "Łask→"
    folder.mkdir()
    console = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr("sys.stdout", console)
    load_gnad(folder_of(folder, *enough()))
    console.seek(0)
    assert "\\u0141ask->: 60 training" in console.read()


# --- Paths that mean the same everywhere ----------------------------------------------------------


def test_the_base_of_relative_paths_is_the_repository():
    assert (base_folder() / "pyproject.toml").is_file()
    assert (base_folder() / "course_utils").is_dir()


def test_without_a_repository_it_is_the_home_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(
        "course_utils.paths.__file__", str(tmp_path / "site-packages" / "x" / "paths.py")
    )
    assert base_folder() == Path.home()


@pytest.mark.parametrize(
    "variable, seen", [("COURSE_CACHE", data_folder), ("COURSE_DATA", choose_source)]
)
def test_a_relative_variable_means_one_folder_from_everywhere(
    monkeypatch, tmp_path, variable, seen
):
    monkeypatch.setenv(variable, os.path.join("some", "..", "cache"))
    (tmp_path / "cache").mkdir()
    places = set()
    for folder in (tmp_path, tmp_path / "cache"):
        monkeypatch.chdir(folder)
        places.add(seen())
    assert places == {base_folder() / "cache"}


def test_messages_name_the_whole_path(monkeypatch, tmp_path, capsys):
    folder_of(tmp_path, *enough())
    monkeypatch.chdir(tmp_path.parent)
    load_gnad(tmp_path.name)
    assert f"folder {tmp_path}:" in capsys.readouterr().out
    monkeypatch.setenv("COURSE_DATA", "no such folder")
    assert fault(None, capsys).startswith(f"{base_folder() / 'no such folder'} does not exist")


def test_mininews_says_where_a_named_cache_had_no_corpus(cache, capsys):
    load_gnad()
    said = capsys.readouterr()
    assert said.out.startswith("Corpus: mininews") and said.out.count("\n") == 1
    assert said.err == f"No whole 10kGNAD in {cache / '10kGNAD'}: `make data` fetches it.\n"
    load_gnad("mini")
    assert capsys.readouterr().err == ""


# --- Unicode and labels ---------------------------------------------------------------------------


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


# --- Files that are none --------------------------------------------------------------------------


def test_a_gzipped_file_under_a_plain_name(tmp_path):
    train, _ = load_gnad(folder_of(tmp_path, gzip.compress(GOOD.encode())))
    assert len(train) == 3


def test_an_excel_file_under_a_csv_name(tmp_path, capsys):
    message = fault(folder_of(tmp_path, b"PK\x03\x04" + bytes(99)), capsys)
    assert f"{tmp_path / 'train.csv'} is a zip archive or an Excel file. Save it as CSV" in message


def test_a_folder_instead_of_a_file(tmp_path, capsys):
    (folder_of(tmp_path) / "train.csv").unlink()
    (tmp_path / "train.csv").mkdir()
    assert "train.csv is a folder, not a file" in fault(tmp_path, capsys)


def test_a_link_to_nowhere(tmp_path, capsys):
    (folder_of(tmp_path) / "train.csv").unlink()
    try:
        (tmp_path / "train.csv").symlink_to(tmp_path / "gone.csv")
    except OSError:
        pytest.skip("this system gives no right to make links")
    assert "train.csv is missing: a link to what is not there" in fault(tmp_path, capsys)


def test_what_the_folder_holds_instead_is_listed(tmp_path, capsys):
    assert "this one holds nothing" in fault(tmp_path, capsys)
    for name in ("Train.txt", "Test.txt"):
        (tmp_path / name).touch()
    assert "this one holds Test.txt, Train.txt." in fault(tmp_path, capsys)


def test_a_folder_that_may_not_be_looked_into(tmp_path, monkeypatch, capsys):
    def denied(path):  # not chmod: root may look everywhere
        raise PermissionError(13, "Permission denied", str(path))

    folder_of(tmp_path)
    monkeypatch.setattr(Path, "is_dir", denied)
    assert fault(tmp_path, capsys) == (
        f"{tmp_path} cannot be read: Permission denied. Check its rights."
    )


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch, capsys):
    def denied(path):
        raise PermissionError(13, "Permission denied", str(path))

    folder_of(tmp_path)
    monkeypatch.setattr(Path, "read_bytes", denied)
    message = fault(tmp_path, capsys)
    assert message.startswith(f"{tmp_path / 'train.csv'} cannot be read: ")
    assert "Check its rights" in message


# --- What the notebooks need ----------------------------------------------------------------------

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
