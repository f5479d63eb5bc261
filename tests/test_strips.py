"""Explorers and exhibits of the notebooks as slides show them, without a browser."""

import nbformat
import pytest
from bs4 import BeautifulSoup

from tools.execution import notebook_paths

pytest.importorskip("sphinx_revealjs")

from tools.web import strips  # noqa: E402

FRAME = """<section aria-label="{name}, frame {n} of 2"><p><b>{n} of 2.</b> Said {n}.</p>
<p style="font-size:15px;max-width:640px">text {n}</p><div style="font-size:12px">about it</div>
<table style="font:13px monospace"><tr>{cells}</tr></table>
<details><summary>A title</summary><p>long</p></details></section>"""


def strip(name, columns=3):
    cells = "".join(f"<td>{k}</td>" for k in range(columns))
    frames = "".join(FRAME.format(name=name, n=n, cells=cells) for n in (1, 2))
    return f'<div class="explorer-strip">{frames}</div>'


def test_frames_stay_and_their_small_sizes_go():
    (shown,) = strips.slides(strip("Bench"))
    frames = BeautifulSoup(shown, "html.parser").find_all(class_="explorer-frame")
    assert [frame.p.get_text() for frame in frames] == ["Said 1.", "Said 2."]
    assert [frame.get("aria-label") for frame in frames][1] == "Bench, frame 2 of 2"
    assert "px" not in shown and "<section" not in shown and "<details" not in shown
    assert "A title" in shown and "long" not in shown and 'class="note"' in shown


def test_a_tall_explorer_is_spread_and_equal_frames_are_one():
    slides = strips.slides(strip("Decision reader"))
    assert [one.count("explorer-frame") - 1 for one in slides] == [2, 1, 1]
    assert "text 1" in slides[0] and "text" not in slides[1]


def test_a_wide_table_loses_columns_and_says_so():
    row = "".join("<td>1</td>" for _ in range(9))
    tree = BeautifulSoup(f"<table><caption>x</caption><tr>{row}</tr></table>", "html.parser")
    strips.narrowed(tree.table, 5)
    assert len(tree.find_all("td")) == 6
    assert tree.caption.get_text() == "x (5 of 8)"


@pytest.mark.parametrize("path", notebook_paths(), ids=lambda path: path.stem)
def test_every_plan_shows_what_its_explorer_has(path):
    """A piece that is neither on a slide nor known to repeat the sentence would be lost."""
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            html = output.get("data", {}).get("text/html", "")
            if "explorer-strip" in html:
                before = BeautifulSoup(html, "html.parser")
                after = BeautifulSoup("".join(strips.slides(html)), "html.parser")
                assert bool(after.find_all("table")) == bool(before.find_all("table"))
                assert {svg["aria-label"] for svg in before.find_all("svg")} == {
                    svg["aria-label"] for svg in after.find_all("svg")
                }


def test_an_exhibits_answers_wait_for_the_key_that_goes_on():
    shown = strips.exhibit('<div style="max-width:60em"><details><p>x</p></details></div>')
    assert '<details class="fragment custom">' in shown and "60em" not in shown


def test_an_exhibits_code_keeps_its_lines_and_indents():
    code = '<span>class</span> A:\n    <span>"""Says."""</span>\n\n    <span>def</span> f(self):'
    html = strips.exhibit(f'<div><div style="font:13px monospace">{code}</div></div>')
    assert code in html
