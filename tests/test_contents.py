"""course.toml is the one table of contents: what is made from it is compared with what is there."""

import dataclasses

import nbformat
import pytest

from tools import contents, notebooks


def test_course_toml_readme_and_notebooks_say_the_same():
    assert notebooks.drift() == [], "run: make links"


def test_the_ways_on_from_a_notebook():
    assert contents.links("00") == "[01 The Elman network](01_elman_network.ipynb) →"
    assert contents.links("01").startswith("← [00 Start here](00_start_here.ipynb) · [02 ")
    assert contents.links("03") == (
        "← [02 Word vectors](02_word_vectors.ipynb) · the map: "
        "[00 Start here](00_start_here.ipynb) · "
        "[04 Padding and packing](04_padding_and_packing.ipynb) →"
    )
    assert " · more: [Exact and fast on a CPU](more/exact_and_fast.ipynb) · " in contents.links(
        "04"
    )
    assert contents.more_links("exact_and_fast") == (
        "← [04 Padding and packing](../04_padding_and_packing.ipynb) · the map: "
        "[00 Start here](../00_start_here.ipynb)"
    )
    assert "→" not in contents.links(contents.stops()[-1].number)


def test_the_table_has_a_row_a_notebook_and_goes_between_the_markers():
    table = contents.table("notebooks/")
    rows = [line for line in table.splitlines() if line.startswith("| [")]
    assert len(rows) == len(contents.stops()) + len(contents.optional())
    start = contents.stops()[0]
    assert f"| [00 Start here](notebooks/00_start_here.ipynb) | {start.minutes} | " in table
    races = next(more for more in contents.optional() if more.file == "races_of_memory")
    address = "notebooks/more/races_of_memory.ipynb"
    assert f"| [Races of memory]({address}) | {races.minutes} | 06 | {races.line} |" in table
    text = f"above\n{contents.BEGIN}\nold\n{contents.END}\nbelow"
    new = contents.with_table(text, table, "README.md")
    assert new == f"above\n{contents.BEGIN}\n{table}\n{contents.END}\nbelow"
    assert contents.with_table(new, table, "README.md") == new
    for wrong in ("no markers", text + text, f"{contents.END} {contents.BEGIN}"):
        with pytest.raises(contents.ContentsError, match="README.md: write"):
            contents.with_table(wrong, table, "README.md")


def test_a_first_cell_that_says_otherwise_is_found():
    stop = next(stop for stop in contents.stops() if stop.number == "03")
    needs = "needs: [01 x](01_elman_network.ipynb), [02 y](02_word_vectors.ipynb)"
    assert contents.first_cell_faults(stop, f"# T\n**{stop.minutes} minutes** · {needs}") == []
    assert len(contents.first_cell_faults(stop, f"# T\n**7 minutes** · {needs}")) == 1
    other = dataclasses.replace(stop, needs=["01"])
    assert len(contents.first_cell_faults(other, f"**{stop.minutes} minutes** · {needs}")) == 1
    more = contents.optional()[0]
    back = "[04 Padding and packing](../04_padding_and_packing.ipynb)"
    right = f"**{more.minutes} minutes** · belongs to: {back}"
    assert contents.first_cell_faults_of_more(more, right) == []
    assert len(contents.first_cell_faults_of_more(more, "**7 minutes**")) == 2


def test_an_optional_notebook_belongs_to_one_of_the_course():
    numbers = {stop.number for stop in contents.stops()}
    belongs = [more.belongs_to for more in contents.optional()]
    assert set(belongs) <= numbers and belongs == sorted(belongs)


def test_a_notebook_that_is_not_listed_is_found(tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "98_new.ipynb").touch()
    (tmp_path / "notebooks" / "more").mkdir()
    (tmp_path / "notebooks" / "more" / "extra.ipynb").touch()
    text = (contents.ROOT / "course.toml").read_text(encoding="utf-8")
    (tmp_path / "course.toml").write_text(text, encoding="utf-8")
    faults = contents.missing_files(tmp_path)
    assert {"98_new: not in course.toml", "more/extra: not in course.toml"} <= set(faults)
    assert "04_padding_and_packing: in course.toml only" in faults
    assert "more/races_of_memory: in course.toml only" in faults


def test_furnishing_twice_changes_nothing_more(tmp_path):
    cells = [
        nbformat.v4.new_markdown_cell("# T"),
        nbformat.v4.new_code_cell("import sys"),
        nbformat.v4.new_markdown_cell(f"{contents.BEGIN}\n{contents.END}"),
        nbformat.v4.new_code_cell("1"),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    path = tmp_path / "04_padding_and_packing.ipynb"
    notebooks.furnish(notebook, path)
    once = nbformat.writes(notebook)
    assert notebook.cells[1].source == notebooks.setup_cell()
    assert "(05_batched_lstm_training.ipynb)" in notebook.cells[2].source
    assert notebook.cells[-1].source == contents.links("04")
    notebooks.furnish(notebook, path)
    assert nbformat.writes(notebook) == once
    nbformat.validate(notebook)


def test_an_optional_notebook_is_furnished_with_the_way_back(tmp_path):
    (tmp_path / "more").mkdir()
    cells = [nbformat.v4.new_markdown_cell("# T"), nbformat.v4.new_code_cell("")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebooks.furnish(notebook, tmp_path / "more" / "exact_and_fast.ipynb")
    assert notebook.cells[1].source == notebooks.setup_cell()
    assert notebook.cells[-1].source == contents.more_links("exact_and_fast")
