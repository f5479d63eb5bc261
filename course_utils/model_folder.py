"""A trained model as a folder: its numbers as safetensors, a note of words and settings as JSON.
Reading it runs no code, as a pickle might; written in one step, it is there whole or not at all."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor

__all__ = ["read_model", "write_model"]

NUMBERS = "model.safetensors"
NOTE = "model.json"


def write_model(folder: str | Path, note: Mapping[str, Any], numbers: Mapping[str, Any]) -> None:
    """`numbers` (arrays or tensors by name) and `note` (what JSON can hold) into a new folder.

    Both are written under another name on the same disk and moved into place together.
    Raises `FileExistsError` if the folder is there already."""
    folder = Path(folder)
    if folder.exists():
        raise FileExistsError(
            f"{folder.name} is there already and is not overwritten. Choose another name."
        )
    tensors = {name: torch.as_tensor(x).cpu().contiguous() for name, x in numbers.items()}
    with tempfile.TemporaryDirectory(dir=folder.parent) as beside:
        new = Path(beside, "new")
        new.mkdir()
        (new / NUMBERS).write_bytes(save(tensors))
        (new / NOTE).write_text(json.dumps(note), encoding="utf-8")
        new.rename(folder)


def read_model(folder: str | Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The note and the numbers of `write_model`.

    Raises `FileNotFoundError` if a file is missing, safetensors' `SafetensorError` if the numbers
    are damaged."""
    note = json.loads(Path(folder, NOTE).read_text(encoding="utf-8"))
    return note, load(Path(folder, NUMBERS).read_bytes())
