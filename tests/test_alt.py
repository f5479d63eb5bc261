"""Text alternatives of drawn pictures: from the cell into the output, from there onto the page."""

import nbformat
import pytest

from tools import alt, contents, execution, notebooks

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
PIXEL += "rkJggg=="
SOURCE = """\
# alt: Bars of padding; the last
#   is a twentieth of the "first".
# the first word counts
plt.barh(names, shares)
#   indented, but no alternative
plt.show()"""
TEXT = 'Bars of padding; the last is a twentieth of the "first".'


def drawing(source, pictures=1):
    data = {"image/png": PIXEL, "text/plain": "<Figure size 1x1 with 1 Axes>"}
    outputs = [nbformat.v4.new_output("display_data", dict(data)) for _ in range(pictures)]
    return nbformat.v4.new_code_cell(source, outputs=outputs)


def book(*cells):
    return nbformat.v4.new_notebook(cells=list(cells))


@pytest.mark.parametrize(
    "source, texts",
    [
        (SOURCE, [TEXT]),
        ("x = 1", []),
        ("# alt: one\n# alt: two\n#   goes on\nplt.show()", ["one", "two goes on"]),
        ("if drawn:\n    # alt: inside\n    #   a block\n    plt.show()", ["inside a block"]),
        ("# alternative: no", []),
    ],
)
def test_what_a_cell_says_of_its_pictures(source, texts):
    assert alt.alt_texts(source) == texts


def test_lines_without_the_alternative():
    assert alt.without_alt(SOURCE) == SOURCE.splitlines()[2:]


def test_the_alternative_goes_to_the_output_and_changes_with_its_cell():
    notebook = book(drawing("# alt: the first picture\n# alt: the second one", 2))
    first, second = notebook.cells[0].outputs
    first.metadata["image/png"] = {"width": 100}
    alt.describe(notebook)
    assert first.metadata == {"image/png": {"width": 100, "alt": "the first picture"}}
    assert second.metadata == {"image/png": {"alt": "the second one"}}
    notebook.cells[0].source = "# alt: the first again"
    alt.describe(notebook)
    assert first.metadata["image/png"]["alt"] == "the first again" and second.metadata == {}
    nbformat.validate(notebook)


def test_what_lacks_or_says_nothing_is_found():
    cells = [drawing("plt.show()"), drawing("# alt: a plot"), drawing(SOURCE)]
    assert alt.missing(book(*cells, nbformat.v4.new_markdown_cell("# alt: x"))) == [
        "cell 0: 1 pictures, 0 lines '# alt: …'",
        "cell 1: '# alt: a plot' says nothing",
    ]


def test_a_page_has_the_alternative():
    notebook = book(drawing(SOURCE), drawing("plt.show()"))
    notebook.cells[1].outputs[0].data["image/png"] = PIXEL.replace("A", "B", 1)
    alt.describe(notebook)
    html = execution.page(notebook)
    assert '<img alt="Bars of padding; the last is a twentieth of the &quot;first&quot;."' in html
    assert html.count("<img") == 2 and html.count("No description has been provided") == 1


def test_the_notebooks_are_furnished_with_it(tmp_path):
    first = [nbformat.v4.new_markdown_cell("# T"), nbformat.v4.new_code_cell("")]
    notebook = book(*first, drawing(SOURCE))
    notebooks.furnish(notebook, tmp_path / f"{contents.stops()[-1].file}.ipynb")
    assert notebook.cells[2].outputs[0].metadata["image/png"]["alt"] == TEXT
