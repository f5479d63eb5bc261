"""What is read for the figure on reading: texts cut evenly, one shape for all sizes; and the table,
which takes over what the low-shot table has and measures the rest once."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from benchmarks import reading, tables, transfer_corpus
from benchmarks.transfer import KEYS as LOWSHOT_KEYS
from benchmarks.transfer_corpus import Corpus, Entry, German
from course_utils import load_gnad
from course_utils.language_model import german_pieces
from tools.german import sizes
from tools.german.lm import Shape
from tools.german.texts import documents


@pytest.mark.parametrize(
    "number, share, kept", [(10, 0.5, [1, 3, 5, 7, 9]), (7, 1.0, [*range(7)]), (9, 0.2, [4])]
)
def test_documents_are_taken_evenly(number, share, kept):
    assert np.flatnonzero(sizes.spread_out(number, share)).tolist() == kept


def test_long_documents_are_cut_between_lines():
    lines = ["ein Wort mehr"] * 10
    parts = list(sizes.in_parts(lines, most=8))
    assert [len(part) for part in parts] == [3, 3, 3, 1]
    assert sum(parts, []) == lines
    assert list(sizes.in_parts([])) == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two files of two hundred documents of 40 and 20 words."""
    folder = tmp_path_factory.mktemp("texts")
    rng = np.random.default_rng(0)
    words = ["der", "die", "Haus", "Hund", "läuft", "grün", "über", "Straße", "Brücke", "oft"]
    for name, length in (("a", 40), ("b", 20)):
        texts = [" ".join(rng.choice(words, length)) for _ in range(200)]
        (folder / f"{name}.txt").write_text("\n\f\n".join(texts), encoding="utf-8")
    return folder


def test_every_file_gives_its_share(folder, tmp_path):
    note = tmp_path / "documents.json"
    assert sizes.cut(folder, tmp_path / "texts", 2_400, note) == 2_400
    made = {path.name: list(documents(path)) for path in (tmp_path / "texts").iterdir()}
    assert {name: len(texts) for name, texts in made.items()} == {"a.txt": 40, "b.txt": 40}
    whole = list(documents(folder / "a.txt"))
    assert made["a.txt"] == whole[4::5]
    assert json.loads(note.read_text(encoding="utf-8"))["b.txt"] == [20] * 200


def test_more_words_than_there_are_means_all(folder, tmp_path):
    assert sizes.cut(folder, tmp_path / "texts", 10**9, tmp_path / "documents.json") == 12_000


@pytest.mark.training
def test_a_size_is_read_once_and_laid_out_as_what_ships(folder, tmp_path):
    shape = Shape(len(german_pieces()), 4, 6, 2)
    target = sizes.make(folder, tmp_path, 4_000, shape)
    names = {path.name for path in target.iterdir()}
    assert names == {path.name for path in German().folder.iterdir()} - {"README.md"}
    written = [path.stat().st_mtime_ns for path in sorted(target.iterdir())]
    assert sizes.make(folder, tmp_path, 4_000, shape) == target
    assert [path.stat().st_mtime_ns for path in sorted(target.iterdir())] == written
    assert German(target).weights()["0.encoder.weight"].shape == (len(german_pieces()), 4)
    assert German(target).vectors.vector_size == 200


# --- The table ------------------------------------------------------------------------------------


def test_what_ships_has_read():
    size = reading.Size(None)
    assert size.passes["vectors"] == 3
    assert 0.5 < size.passes["language model"] < 10


class Same:
    """A system that says the first desk, and counts how often it was asked."""

    def __init__(self):
        self.calls = 0

    def __call__(self, corpus, labelled, seed):
        self.calls += 1
        return torch.ones(len(corpus.test), len(corpus.classes))


@pytest.fixture
def table(tmp_path, monkeypatch):
    """A table of one system that has read and one that has not, over mininews."""
    systems = {"counts": Same(), "reads": Same()}
    entries = {"counts": Entry(systems["counts"]), "reads": Entry(systems["reads"], ("vectors",))}
    monkeypatch.setattr(reading, "MODELS", entries)
    monkeypatch.setattr(reading, "SYSTEMS", tuple(entries))
    monkeypatch.setattr(transfer_corpus, "KEPT", tmp_path)
    monkeypatch.setattr(reading, "PER_DESK", (5, None))
    monkeypatch.setenv("COURSE_DATA", "mini")
    return SimpleNamespace(systems=systems, folder=tmp_path, path=tmp_path / "reading-mininews.csv")


@pytest.mark.training
def test_each_row_is_measured_once(table):
    size = reading.Size(None)
    assert not reading.measure(size, -1.0, table.folder)
    assert not table.path.is_file()
    for _ in range(2):
        assert reading.measure(size, float("inf"), table.folder)
    rows = pd.read_csv(table.path)
    assert rows.groupby(["model", "labels"]).draw.apply(list).to_list() == [[0, 1, 2], [0]] * 2
    assert [system.calls for system in table.systems.values()] == [4, 4]
    assert set(rows[rows.model == "counts"].words) == {0} == set(rows[rows.model == "counts"].read)
    assert set(rows[rows.model == "reads"].read) == {3 * reading.WORDS}


@pytest.mark.training
def test_rows_of_the_low_shot_table_are_taken_over(table):
    size = reading.Size(None)
    files = Corpus(*load_gnad("mini"), "mininews").files(("vectors",))
    row = {"model": "reads", "labels": 45, "draw": 1, "accuracy": 0.9, "seconds": 7.0,
           "right": "x.", "files": files, "device": "some"}  # fmt: skip
    tables.keep([row], "lowshot-mininews", LOWSHOT_KEYS, folder=table.folder)
    assert reading.measure(size, float("inf"), table.folder)
    assert table.systems["reads"].calls == 3
    rows = pd.read_csv(table.path).set_index(["model", "labels", "draw"])
    assert rows.accuracy["reads", 45, 1] == 0.9


@pytest.mark.training
def test_other_files_are_measured_again(table, monkeypatch):
    reading.measure(reading.Size(None), float("inf"), table.folder)
    monkeypatch.setattr(Corpus, "files", lambda self, needs: "another" if needs else "")
    reading.measure(reading.Size(None), float("inf"), table.folder)
    assert [system.calls for system in table.systems.values()] == [4, 8]
    assert len(pd.read_csv(table.path)) == 8
