"""What site and decks are made of, without a browser: formulas, glossary, prose, slides, links.
The made examples are small; every committed notebook is run through the rules as well."""

import json
import re
from datetime import date

import nbformat
import pytest

from tools import addresses, colab_copies, contents, execution, slideshow, verified
from tools.execution import ROOT, notebook_paths

for needed in ("math_core", "ziamath"):
    pytest.importorskip(needed)

from tools.web import blocks, formulas, glossary, pack, page, prose, source  # noqa: E402

NOTEBOOKS = notebook_paths()
each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def notebook(*cells):
    """A notebook of (kind, text) pairs."""
    kinds = {"md": nbformat.v4.new_markdown_cell, "py": nbformat.v4.new_code_cell}
    return nbformat.v4.new_notebook(cells=[kinds[kind](text) for kind, text in cells])


# --- Formulas -------------------------------------------------------------------------------------


def test_a_formula_becomes_mathml():
    written = formulas.mathml(r"h_t = \tanh(W_h x_t)")
    assert written.startswith("<math>") and "<msub>" in written and "$" not in written
    assert 'display="block"' in formulas.framed(r"\frac12")
    assert "<mtable" in formulas.mathml(
        r"\bigl(\begin{smallmatrix}1&1\\-1&-1\end{smallmatrix}\bigr)"
    )


def test_a_formula_that_cannot_be_shown_is_named():
    with pytest.raises(formulas.FormulaError, match=r"\\nosuch"):
        formulas.mathml(r"x + \nosuch{y}")


@each
def test_every_formula_of_the_course_can_be_shown(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            html = page.markdown(cell.source)
            assert not re.search(
                r"\$[^$<>\n]+\$|\\begin\{", re.sub(r"<(code|pre).*?</\1>", "", html)
            )


def test_the_font_has_what_formulas_use():
    used = formulas.characters([formulas.mathml(r"\sum_t \bar a_t \odot \sqrt{x} \in \mathbb{R}")])
    assert {"∑", "⊙", "∈", "ℝ"} <= set(used)
    from io import BytesIO

    from fontTools.ttLib import TTFont

    face = TTFont(BytesIO(formulas.font(used)))
    assert set(map(ord, "∑⊙√ℝ")) <= set(face.getBestCmap())
    assert "MATH" in face


def test_a_page_asks_nobody_and_holds_its_figures():
    html = page.page(notebook(("md", "# T\n$x^2$ ![a figure with a text](../img/elman_cell.svg)")))
    assert "<math" in html and "../img" not in html and "data:image/svg+xml" in html
    assert re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="https?:', html) == []
    assert "cdnjs" not in html


# --- Glossary -------------------------------------------------------------------------------------


def test_the_glossary_has_fifty_terms_in_order_and_none_twice():
    terms = glossary.load()
    names = [name.lower() for term in terms for name in term.names]
    assert len(terms) >= 50
    assert len(set(names)) == len(names)
    main = [term.name.lower() for term in terms]
    assert main == sorted(main)
    assert all(len(term.text.split()) >= 6 for term in terms)


@pytest.mark.parametrize(
    "text, found",
    [
        ("Two LSTMs and a gate.", ["LSTMs", "gate"]),
        ("an AWD-LSTM", ["AWD-LSTM"]),
        ("vocabularies, not a subvocabulary", ["vocabularies"]),
        ("the hidden\nstate", ["hidden\nstate"]),
        ("investigate propagate", []),
    ],
)
def test_terms_are_found_as_whole_words(text, found):
    terms = glossary.load()
    seen = [match[0] for match in glossary.pattern(terms).finditer(text)]
    assert seen == found
    assert all(sum(term.means(word) for term in terms) == 1 for word in seen)


def test_most_terms_are_used_in_the_notebooks():
    texts = " ".join(
        cell.source
        for path in NOTEBOOKS
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "markdown"
    )
    unused = [t.name for t in glossary.load() if not glossary.pattern([t]).search(texts)]
    assert len(unused) <= 10, unused


# --- Prose ----------------------------------------------------------------------------------------


def test_markdown_is_taken_apart():
    text = "## H\nOne: \n$$x$$\nand on.\n\n- a\n- b\n\n![alt](../img/a.svg)\n\n| a |\n|---|\n| 1 |"
    kinds = [piece.kind for piece in prose.pieces(text)]
    assert kinds == ["heading", "paragraph", "formula", "paragraph", "list", "figure", "table"]


@pytest.mark.parametrize(
    "text, limit, short",
    [
        ("It is so and so. It is not.", 5, "It is so and so. It is not."),
        ("One two three four five six seven. Eight nine.", 7, "One two three four five six seven."),
        ("**3.** Write the one that clips all. Use it.", 3, "**3.** Write the one that clips all."),
        ("In $a. B$ stands no end of it. More.", 3, "In $a. B$ stands no end of it."),
    ],
)  # fmt: skip
def test_a_paragraph_is_shortened_to_whole_sentences(text, limit, short):
    assert prose.shortened(text, limit) == short


# --- Slides ---------------------------------------------------------------------------------------


def test_slide_types_follow_headings_and_text():
    cells = notebook(
        ("md", "# T"),
        ("py", 'if "google.colab" in x: pass'),
        ("md", "## A\nfirst"),
        ("py", "1"),
        ("md", "then"),
        ("py", "2"),
        ("py", "3"),
        ("md", "and so it ends"),
        ("md", "## Read on\n- x"),
    )["cells"]
    expected = ["slide", "skip", "slide", "-", "subslide", "-", "-", "-", "skip"]
    assert slideshow.slide_types(cells) == expected
    marked = slideshow.mark(notebook(("md", "# T")))
    assert marked["cells"][0]["metadata"]["slideshow"] == {"slide_type": "slide"}


@each
def test_a_deck_has_its_length_and_no_slide_too_much(path):
    slides = pack.deck(nbformat.read(path, as_version=4))
    assert pack.FEWEST <= len(slides) <= pack.MOST
    # a single block may be a little higher: the browser makes it smaller, and a test looks at that
    assert [s.title for s in slides if s.height > 1.12 * blocks.HEIGHT] == []


@each
def test_what_a_slide_leaves_out_is_in_its_notes(path):
    """Every paragraph of the sections shown is on a slide or in the speaker's notes."""
    book = nbformat.read(path, as_version=4)
    said = "\n".join(slide.notes for slide in pack.deck(book))
    kinds = slideshow.slide_types(book.cells)
    for cell, kind in zip(book.cells, kinds, strict=True):
        if cell.cell_type == "markdown" and kind != "skip":
            paragraphs = [p.text for p in prose.pieces(cell.source) if p.kind == "paragraph"]
            left = [text for text in paragraphs if text not in said]
            assert [text for text in left if addresses.BADGE not in text] == []


def test_long_code_and_long_outputs_are_split_and_cut():
    text = "\n\n".join(f"def f{i}():\n    return {i}" for i in range(12))
    parts = pack.parts_of_code(blocks.code(text), 16)
    assert len(parts) > 1 and all(part.height <= blocks.HEIGHT for part in parts)
    short = pack.cut("\n".join(map(str, range(50))), 10)
    assert short.split("\n")[0] == "0" and short.split("\n")[-1] == "49"
    assert len(short.split("\n")) == 10 and "41 lines more" in short


def test_outputs_are_escaped():
    assert "<script>" not in blocks.text_output("<script>alert(1)</script>").html


def test_a_guess_becomes_a_question_and_its_cell_goes():
    book = notebook(
        ("md", "# T"), ("py", 'bet = guess(\n    "k",\n    "How many?",\n)'), ("py", "1")
    )
    said = "a line\nYour guess, in %: <b>?\n  a  one\n  b  two three\n"
    book.cells[1].outputs = [nbformat.v4.new_output("stream", text=said)]
    shown = [block for section in blocks.sections(book) for block in section.blocks]
    assert [block.kind for block in shown] == ["text", "question", "code"]
    assert "<strong>&lt;b&gt;?</strong> (%)" in shown[1].html
    assert "<li>one</li><li>two three</li>" in shown[1].html


def test_long_imports_and_double_empty_lines_are_no_part_of_a_slide():
    text = "import a\nimport b\nfrom c import d\n\n\nx = 1\n\n\n\ny = 2\n# alt: a long enough text"
    (shown,) = blocks.sections(notebook(("md", "# T"), ("py", text)))[0].blocks
    assert shown.program == "x = 1\n\ny = 2"
    only = notebook(("md", "# T"), ("py", "import a\nimport b\nimport c"))
    assert blocks.sections(only)[0].blocks[0].weight == 0


def test_an_answer_waits_for_a_click():
    book = notebook(("md", "# T"), ("md", "## A\n**Predict first.** What comes?"), ("py", "1 + 1"))
    output = nbformat.v4.new_output("execute_result", {"text/plain": "2"}, execution_count=1)
    book.cells[2].outputs = [output]
    assert [b.answer for s in blocks.sections(book) for b in s.blocks] == [False, False, True]


def test_the_day_of_the_last_execution_is_kept_and_stands_below_the_page(tmp_path):
    book = notebook(("md", "# T"), ("py", "1"))
    assert verified.sentence(book) == ""
    verified.stamp(book, date(2026, 3, 9))
    book.metadata["widgets"] = {}
    kept = execution.normalise(book)
    assert verified.sentence(kept).startswith("Last verified on 9 March 2026: executed from top")
    (tmp_path / "notebooks").mkdir()
    nbformat.write(kept, tmp_path / "notebooks" / "01_t.ipynb")
    source.write_notebook("01_t", "https://g/o/n", set(), tmp_path, tmp_path / "out")
    shown = nbformat.read(tmp_path / "out" / "notebooks" / "01_t.ipynb", as_version=4)
    assert shown.cells[-1].source == f"*{verified.sentence(kept)}*"


# --- Source of the site ---------------------------------------------------------------------------


def test_links_to_a_heading_are_in_small_letters():
    text = "[a](01_x.ipynb#The-Same-Words) [b](01_x.ipynb) [c](https://e.org/#Up)"
    expected = "[a](01_x.ipynb#the-same-words) [b](01_x.ipynb) [c](https://e.org/#Up)"
    assert source.lowered(text) == expected


def test_links_that_leave_the_site_lead_to_the_repository():
    pages = {"notebooks/01_a.ipynb", "docs/teaching.md"}
    lead = source.homeward
    assert lead("[x](../README.md#a)", "https://g/r", "notebooks", pages) == (
        "[x](https://g/r/blob/main/README.md#a)"
    )
    assert lead("![x](../img/a.svg)", "https://g/r", "notebooks", pages) == "![x](../img/a.svg)"
    assert (
        lead("[x](../01_a.ipynb)", "https://g/r", "notebooks/more", pages) == "[x](../01_a.ipynb)"
    )


def test_the_source_has_every_notebook_and_paper(tmp_path):
    source.write("https://g/r", root=ROOT, source=tmp_path / "source")
    written = {p.stem for p in (tmp_path / "source" / "notebooks").rglob("*.ipynb")}
    assert written == {path.stem for path in NOTEBOOKS}
    index = (tmp_path / "source" / "index.md").read_text(encoding="utf-8")
    for stop in contents.stops():
        assert f"{stop.name} <notebooks/{stop.file}>" in index


# --- Colab ----------------------------------------------------------------------------------------


def test_addresses_come_from_one():
    address = "https://github.com/owner/name"
    assert addresses.site(address) == "https://owner.github.io/name"
    assert addresses.on_colab(address, "more/a.ipynb") == (
        "https://colab.research.google.com/github/owner/name/blob/colab/notebooks/more/a.ipynb"
    )
    assert "](https://colab" in addresses.badge(address, "a.ipynb")


@pytest.mark.parametrize(
    "text, found",
    [
        ("![a](../img/a.svg)", "![a](https://o.github.io/n/img/a.svg)"),
        ("[r](../README.md)", "[r](https://github.com/o/n/blob/main/README.md)"),
        ("[x](https://a.org) $a[1](2)$", "[x](https://a.org) $a[1](2)$"),
    ],
)
def test_copies_for_colab_have_absolute_addresses(text, found):
    text = text.replace("$a[1](2)$", "")
    made = colab_copies.absolute(text, "https://github.com/o/n", "01_a.ipynb")
    assert made == found.replace("$a[1](2)$", "")


def test_all_copies_are_written_and_hold_no_local_picture(tmp_path):
    names = colab_copies.write(copies=tmp_path / "colab")
    assert len(names) == len(NOTEBOOKS)
    for name in names:
        cells = json.loads((tmp_path / "colab" / "notebooks" / name).read_text("utf-8"))["cells"]
        text = "".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
        assert "../img" not in text and not re.search(r"\]\(\d\d_\w+\.ipynb\)", text)
