"""The playground's own functions: what they count, score, colour and export.
They are notebook 12's exported cells; its reader has `test_own_texts.py`."""

import json
import os
import re
import zipfile
from pathlib import Path

import numpy as np
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
        and "3% of the texts are longer than the 200 words a network reads" in out
    )
    book["report"](texts[:30])
    assert capsys.readouterr().out.startswith("0% of the texts are longer than")


def test_colours_are_escaped_and_fit_the_sign(book):
    html = book["coloured"](["<script>alert(1)</script>", 'a"b&c', "x"], [2.0, -1.0, 0.0]).data
    assert "<script" not in html and "&lt;script&gt;" in html and "a&quot;b&amp;c" in html
    assert re.findall(r"rgba\((\d+),.*?,([\d.]+)\)", html) == [
        ("241", "1.00"),
        ("103", "0.50"),
        ("103", "0.00"),
    ]
    assert "nan" not in book["coloured"](["x"], [0.0]).data


# --- The two kinds of models ----------------------------------------------------------------------


def vectors_of(words, seed=0):
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(5)
    numbers = np.random.default_rng(seed).normal(size=(len(words), 5)).astype("float32")
    vectors.add_vectors(list(words), numbers)
    return vectors


LEARNED = [["Graz", "siegt"], ["Linz", "siegt"], ["Handy", "neu"], ["Handy", '"ja"'], ["Oper"]]
LABELS = ["Sport", "Sport", "Web", "Web", "Übrige"]


KINDS = ["counts", "counts of two", "counts of one word", "network", "no order", "German vectors"]


@pytest.fixture(params=[*KINDS, "together"])
def trained(book, request):
    """A model of each kind, as small as can be."""
    if request.param.startswith("counts"):
        n = 4 if request.param.endswith("two") else 5
        limit = 1 if request.param.endswith("word") else None
        return book["WordCounts"](limit).fit(LEARNED[:n], LABELS[:n])
    if request.param == "together":
        network = small_network(book)
        model = book["Together"](book["WordCounts"]().fit(LEARNED, LABELS), network, 7.5)
        model.classes = network.classes
        return model
    return small_network(book, request.param == "German vectors", request.param != "no order")


def small_network(book, german=False, ordered=True):
    from course_utils.german import german_vectors

    vectors = german_vectors() if german else vectors_of(["Graz", "siegt", "Handy", '"ja"'])
    model = book["Network"](book["Lookup"](vectors), ordered=ordered)
    model.classes = sorted(set(LABELS))
    torch.manual_seed(0)
    model.model = book["TextClassifier"](vectors.vector_size, 3, ordered=model.ordered)
    return model


@pytest.mark.parametrize("ordered", [True, False])
def test_padding_and_company_have_no_influence(book, ordered):
    torch.manual_seed(0)
    model = book["TextClassifier"](5, 3, H=4, ordered=ordered).eval()
    x = torch.randn(2, 6, 5)
    both = model(x, torch.tensor([4, 6]))
    torch.testing.assert_close(both[:1], model(x[:1, :4], torch.tensor([4])))
    x[0, 4:] = 7.0
    torch.testing.assert_close(both, model(x, torch.tensor([4, 6])))


def test_only_the_lstm_knows_the_order(book):
    torch.manual_seed(0)
    x = torch.randn(1, 6, 5)
    lengths = torch.tensor([6])
    gaps = []
    for ordered in (True, False):
        model = book["TextClassifier"](5, 3, H=4, ordered=ordered).eval()
        gaps.append((model(x, lengths) - model(x.flip(1), lengths)).abs().max().item())
    assert gaps[0] > 1e-3 and gaps[1] < 1e-6


def test_every_word_is_looked_up_once_and_those_without_a_vector_share_one_row(book):
    vectors = vectors_of(["Graz", "siegt"])
    lookup = book["Lookup"](vectors)
    assert lookup.encode(["siegt", "nie", "Graz", "siegt"]) == [2, 1, 3, 2]
    assert lookup.encode(["Graz", "nirgends"]) == [3, 1] and len(lookup.rows) == 4
    (x, lengths, y) = next(iter(lookup.batches([["Graz"], ["siegt", "nie"]], [0, 1])))
    assert lengths.tolist() == [1, 2] and y.tolist() == [0, 1]
    scaled = vectors.vectors / vectors.vectors.std()
    np.testing.assert_allclose(x[0, 0], scaled[0], rtol=1e-6)
    np.testing.assert_allclose(x[1, :2], [scaled[1], scaled.mean(0)], rtol=1e-5)
    assert not x[0, 1:].any()


def test_scores_are_in_the_order_of_the_texts(book):
    torch.manual_seed(0)
    model = book["Network"](book["Lookup"](vectors_of("abcdef")))
    model.classes = ["x", "y"]
    model.model = book["TextClassifier"](5, 2, H=3)
    texts = [list("abcdef") * 3, ["a"], list("fed"), ["a"]]
    scores = model.scores(texts)
    assert scores.shape == (4, 2) and np.allclose(scores.sum(1), 1)
    assert np.allclose(scores[1], scores[3]) and not np.allclose(scores[0], scores[1])
    for text, row in zip(texts, scores, strict=True):
        np.testing.assert_allclose(model.scores([text])[0], row, rtol=1e-4)


def test_both_read_no_more_than_they_may(book):
    limit = book["LIMIT"]
    long = [["Graz"] * limit + ["Handy"] * 50, ["Graz"] * limit]
    network = small_network(book)
    np.testing.assert_allclose(*network.scores(long), rtol=1e-5)
    some = book["WordCounts"](limit).fit(LEARNED, LABELS)
    np.testing.assert_array_equal(*some.scores(long))
    everything = book["WordCounts"]().fit(LEARNED, LABELS)
    whole, beginning = everything.scores(long)
    assert not np.allclose(whole, beginning)


class Given:
    """A model whose scores are known."""

    classes = ("a", "b")

    def __init__(self, scores):
        self.z = np.array(scores)

    def scores(self, documents):
        return self.z


@pytest.mark.parametrize(
    "margins, p, chosen",
    [([2.0, -2.0], [0.4, 0.6], 0), ([0.1, -0.1], [0.1, 0.9], 1), ([1.0, 0.0], [0.0, 1.0], 1)],
)
def test_together_the_surer_one_decides(book, margins, p, chosen):
    both = book["Together"](Given([margins]), Given([p]), 1.0)
    (shares,) = both.scores([["Graz"]])
    assert shares.argmax() == chosen and np.isclose(shares.sum(), 1)
    odds = np.exp(margins[0] - margins[1]) * max(p[0], 1e-9) / p[1]
    assert np.isclose(shares[0] / shares[1], odds**0.5)


def test_spread_ignores_what_all_classes_share(book):
    z = np.random.default_rng(0).normal(size=(9, 4))
    shifted = z + np.arange(9)[:, None]
    assert np.isclose(book["spread"](z), book["spread"](shifted))
    assert np.isclose(book["spread"](3 * z), 3 * book["spread"](z))


def test_leaving_one_out_by_its_definition(book):
    class Sum:
        classes = ("low", "high")

        def scores(self, documents):
            sums = [sum(map(len, words)) for words in documents]
            return np.array([[5.0, s] for s in sums])

    answer, falls = book["leave_one_out"](Sum(), ["a", "bbb", "cc"])
    assert answer == "high" and falls.tolist() == [1, 3, 2]


def test_serving_names_the_two_likeliest(book):
    class Fixed:
        classes = ("a", "b", "c")

        def scores(self, documents):
            assert documents == [["Graz", "siegt", "!"], ["x"]]
            return np.array([[0.1, 0.7, 0.2], [0.5, 0.5, 0.0]])

    table = book["serve"](Fixed(), ["Graz siegt!", "x"])
    assert table.iloc[0].tolist() == ["Graz siegt!", "b", 0.7, "c", 0.2]
    assert table.iloc[1].tolist() == ["x", "a", 0.5, "b", 0.5]


# --- Exports --------------------------------------------------------------------------------------


def test_an_export_comes_back_equal_and_holds_no_pickle(book, trained, tmp_path):
    book["export"](trained, tmp_path / "desk")
    assert sorted(path.name for path in (tmp_path / "desk").iterdir()) == [
        "model.json",
        "model.safetensors",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["desk"]
    again = book["load_classifier"](tmp_path / "desk")
    assert type(again) is type(trained) and again.classes == trained.classes
    new = [*LEARNED, ["Graz", "Graz", "nirgends", "Siegerehrung"]]
    np.testing.assert_array_equal(again.scores(new), trained.scores(new))
    for path in (tmp_path / "desk").iterdir():
        assert not zipfile.is_zipfile(path) and path.read_bytes()[:1] != b"\x80"


def test_an_export_of_the_courses_vectors_only_names_them(book, tmp_path):
    from course_utils.german import german_vectors

    model = book["Network"](book["Lookup"](german_vectors()))
    model.classes = ["a", "b"]
    model.model = book["TextClassifier"](200, 2, H=4)
    book["export"](model, tmp_path / "desk")
    assert (tmp_path / "desk" / "model.safetensors").stat().st_size < 100_000


@pytest.fixture
def small(book):
    return book["WordCounts"]().fit(LEARNED, LABELS)


def test_an_export_overwrites_nothing(book, small, tmp_path):
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(
        FileExistsError, match="desk is there already and is not overwritten. Choose another name"
    ):
        book["export"](small, tmp_path / "desk")
    assert [path.name for path in (tmp_path / "desk").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("step", ["write_bytes", "write_text", "rename"])
def test_an_export_that_fails_leaves_nothing_behind(book, small, tmp_path, monkeypatch, step):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, step, fail)
    with pytest.raises(OSError, match="No space left"):
        book["export"](small, tmp_path / "desk")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_export_is_not_loaded(book, small, tmp_path):
    from safetensors import SafetensorError

    book["export"](small, tmp_path / "desk")
    weights = tmp_path / "desk" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-7])
    with pytest.raises(SafetensorError):
        book["load_classifier"](tmp_path / "desk")
    with pytest.raises(FileNotFoundError, match=r"model\.json"):
        book["load_classifier"](tmp_path / "nowhere")


# --- The notebook ---------------------------------------------------------------------------------

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
    line = 'path = workshop / "news.csv"\n'
    (cell,) = [cell for cell in notebook.cells if cell.source.startswith(line)]
    cell.source = cell.source.replace(line, f"path = {str(tmp_path / name)!r}\n")
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
        and "largest difference of a score: 0.0\n" in printed
    )
    assert [path.name for path in tmp_path.iterdir()] == [name]
