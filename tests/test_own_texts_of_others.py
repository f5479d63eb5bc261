"""Other people's files: what Excel, annotation programs and published corpora write is read, or
refused with the call that reads it."""

import json
import os
import unicodedata

import pytest
from own_texts_helpers import reader  # noqa: F401 (a fixture)

from course_utils.own_texts import BadTexts

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
