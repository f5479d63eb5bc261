"""The playground's own functions, what they count and colour, and its notebook on one's own texts.
They are notebook 12's exported cells; its reader has `test_own_texts.py`."""

import json
import os
import re
from pathlib import Path

import pandas as pd
import pytest
from playground_helpers import book  # noqa: F401 (a fixture)

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"


def test_words_of_any_language(book):  # noqa: F811
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


def test_the_report_warns(book, capsys):  # noqa: F811
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


def test_colours_are_escaped_and_fit_the_sign(book):  # noqa: F811
    html = book["coloured"](["<script>alert(1)</script>", 'a"b&c', "x"], [2.0, -1.0, 0.0]).data
    assert "<script" not in html and "&lt;script&gt;" in html and "a&quot;b&amp;c" in html
    assert re.findall(r"rgba\((\d+),.*?,([\d.]+)\)", html) == [
        ("241", "1.00"),
        ("103", "0.71"),  # opacity is the root: 0.5 ** 0.5
        ("103", "0.00"),
    ]
    assert "nan" not in book["coloured"](["x"], [0.0]).data
    assert "for the class, blue: against it; deepest: 2.00<" in html
    assert (
        "<small>orange: more; deepest: 0.25<"
        in book["coloured"](["x"], [0.25], "orange: more").data
    )


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
