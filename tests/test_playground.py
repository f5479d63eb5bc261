"""The playground's own functions: what they count, colour, explain, export and write.
They are notebook 12's exported cells; its reader has `test_own_texts.py`."""

import json
import os
import re
import zipfile
from pathlib import Path

import pandas as pd
import pytest
import torch

from course_utils.lessons import n12

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"


@pytest.fixture(scope="module")
def book():
    return vars(n12)


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
    from course_utils import pad_batch
    from course_utils.lessons.n05 import NewsClassifier

    matrix = torch.randn(20, 6, generator=torch.Generator().manual_seed(0))
    x, lengths = pad_batch([[2, 3, 4], [5, 6, 7, 8, 9]])
    results = []
    for cls in (book["TextClassifier"], NewsClassifier):
        torch.manual_seed(0)
        model = cls(matrix.clone(), 4, hidden_size=5)
        results.append((model(x, lengths), model.eval()(x, lengths)))
    assert all(torch.equal(a, b) for a, b in zip(*results, strict=True))


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
@pytest.mark.training
def test_the_whole_notebook_on_a_handful_of_texts_of_ones_own(tmp_path, monkeypatch, name, content):
    """Only the one line is changed."""
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(NOTEBOOKS.parent), os.environ.get("PYTHONPATH", "")])
    )
    notebook = nbformat.read(next(NOTEBOOKS.glob("12_*.ipynb")), as_version=4)
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
