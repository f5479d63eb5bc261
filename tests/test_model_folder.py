"""A model's folder: numbers and a note come back equal, and nothing is left half-written."""

import numpy as np
import pytest
import torch

from course_utils.model_folder import read_model, write_model

NOTE = {"classes": ["Übrige", "Web"], "limit": None, "scale": 7.5}


def test_numbers_of_any_kind_come_back_equal(tmp_path):
    numbers = {
        "array": np.arange(6, dtype="float64").reshape(2, 3).T,
        "tensor": torch.tensor([1.5, -2.0]),
        "count": torch.tensor(3),
    }
    write_model(tmp_path / "desk", NOTE, numbers)
    note, again = read_model(tmp_path / "desk")
    assert note == NOTE and sorted(again) == sorted(numbers)
    for name, x in numbers.items():
        torch.testing.assert_close(again[name], torch.as_tensor(x), rtol=0, atol=0)
    assert [path.name for path in tmp_path.iterdir()] == ["desk"]


def test_a_note_that_is_no_json_leaves_nothing_behind(tmp_path):
    with pytest.raises(TypeError, match="not JSON serializable"):
        write_model(tmp_path / "desk", {"classes": {"a"}}, {"x": torch.ones(1)})
    assert list(tmp_path.iterdir()) == []


def test_a_name_without_a_folder_means_the_folder_one_is_in(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_model("desk", NOTE, {"x": torch.ones(1)})
    assert read_model("desk")[0] == NOTE
    with pytest.raises(FileExistsError, match="desk is there already"):
        write_model("desk", NOTE, {"x": torch.ones(1)})
