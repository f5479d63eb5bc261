"""The playground's exports: a model comes back equal and without a pickle; nothing is overwritten,
and what fails leaves nothing behind."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from playground_helpers import LABELS, LEARNED, book, small_network  # noqa: F401 (a fixture)

KINDS = ["counts", "counts of two", "counts of one word", "network", "no order", "German vectors"]


@pytest.fixture(params=[*KINDS, "together"])
def trained(book, request):  # noqa: F811
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


def test_an_export_comes_back_equal_and_holds_no_pickle(book, trained, tmp_path):  # noqa: F811
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


def test_an_export_of_the_courses_vectors_only_names_them(book, tmp_path):  # noqa: F811
    from course_utils.german import german_vectors

    model = book["Network"](book["Lookup"](german_vectors()))
    model.classes = ["a", "b"]
    model.model = book["TextClassifier"](200, 2, H=4)
    book["export"](model, tmp_path / "desk")
    assert (tmp_path / "desk" / "model.safetensors").stat().st_size < 100_000


@pytest.fixture
def small(book):  # noqa: F811
    return book["WordCounts"]().fit(LEARNED, LABELS)


def test_an_export_overwrites_nothing(book, small, tmp_path):  # noqa: F811
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(
        FileExistsError, match="desk is there already and is not overwritten. Choose another name"
    ):
        book["export"](small, tmp_path / "desk")
    assert [path.name for path in (tmp_path / "desk").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("step", ["write_bytes", "write_text", "rename"])
def test_an_export_that_fails_leaves_nothing_behind(
    book,  # noqa: F811
    small,
    tmp_path,
    monkeypatch,
    step,
):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, step, fail)
    with pytest.raises(OSError, match="No space left"):
        book["export"](small, tmp_path / "desk")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_export_is_not_loaded(book, small, tmp_path):  # noqa: F811
    from safetensors import SafetensorError

    book["export"](small, tmp_path / "desk")
    weights = tmp_path / "desk" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-7])
    with pytest.raises(SafetensorError):
        book["load_classifier"](tmp_path / "desk")
    with pytest.raises(FileNotFoundError, match=r"model\.json"):
        book["load_classifier"](tmp_path / "nowhere")
