"""The folder from which a training that was cut off goes on as if nothing had happened.
It knows what run it belongs to, and refuses another before the first step."""

import json
import pickle
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from accelerate import Accelerator
from torch import nn
from torch.utils.data import DataLoader

from course_utils.batching import LengthBuckets

UNREADABLE = (OSError, EOFError, KeyError, RuntimeError, ValueError, pickle.UnpicklingError)


class Checkpoints:
    """A folder with `history.json`, a row an epoch, and `epochN`, the state after the last epoch.

    `run`: what `describe_run` says of the run; `folder` None: nothing is kept.
    """

    def __init__(self, folder: str | Path | None, accelerator: Accelerator, run: dict[str, Any]):
        self.folder = Path(folder) if folder else None
        self.accelerator = accelerator
        self.run = run

    def load(self) -> list[dict]:
        """The rows of the epochs that are done; everything registered is then as after them.

        `ValueError` if the folder belongs to another run or can't be read, `OSError` if nothing
        can be written there.
        """
        if self.folder is None:
            return []
        history = []
        if (self.folder / "history.json").is_file():
            history = self._load(self.folder)
        if len(history) < self.run["epochs"]:
            self._try_to_write(self.folder)
        return history

    def _load(self, folder: Path) -> list[dict]:
        with _reading(folder):
            frame = pd.read_json(folder / "history.json", precise_float=True)
            last = folder / f"epoch{len(frame)}"
            its_run = json.loads((last / "run.json").read_text(encoding="utf-8"))
        differences = compare_runs(its_run, self.run)
        if differences:
            raise ValueError(
                f"checkpoint {folder} belongs to another run ({'; '.join(differences)}), and a run "
                "can't change on the way because its learning rate is planned for all its epochs: "
                "give fit what that run had, or another folder"
            )
        with _reading(folder):
            self.accelerator.load_state(str(last))
        return frame.to_dict("records")

    @staticmethod
    def _try_to_write(folder: Path) -> None:
        """Before training: after the first epoch it would be too late to learn of it."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            reason = error.strerror or error
            raise type(error)(
                f"checkpoint {folder} can't be written ({reason}), so nothing was trained: "
                "name a folder in which you may write"
            ) from error

    def save(self, history: list[dict]) -> None:
        """Keep the state after the last epoch of `history`; warn if the disk refuses it."""
        if self.folder is None:
            return
        target = self.folder / f"epoch{len(history)}"
        fault: Exception | None = None
        try:
            # Not as safetensors, which drops weights that lie in the one buffer of cuDNN.
            self.accelerator.save_state(str(target), safe_serialization=False)
            if self.accelerator.is_main_process:
                text = json.dumps(self.run, indent=1)
                (target / "run.json").write_text(text, encoding="utf-8")
        except (
            OSError,
            RuntimeError,
        ) as error:  # RuntimeError: what torch.save makes of a full disk
            fault = error
        failed = torch.tensor(int(fault is not None), device=self.accelerator.device)
        failures = self.accelerator.reduce(failed).item()  # waits for every process
        if not failures and self.accelerator.is_main_process:
            try:
                self._make_valid(self.folder, history)
            except OSError as error:
                fault = error
        if fault is not None:
            warnings.warn(
                f"{target} could not be written ({fault}); training goes on, "
                "but if it is cut off now, this epoch is lost",
                stacklevel=3,
            )

    @staticmethod
    def _make_valid(folder: Path, history: list[dict]) -> None:
        """From the moment at which `history.json` is replaced, the new state counts."""
        new = folder / "history.json.new"
        pd.DataFrame(history).to_json(new, orient="records", double_precision=15)
        new.replace(folder / "history.json")
        for epoch in range(1, len(history)):
            shutil.rmtree(folder / f"epoch{epoch}", ignore_errors=True)


@contextmanager
def _reading(folder: Path) -> Iterator[None]:
    """What torch, pandas or the disk say of a damaged file, with the folder and the way out."""
    try:
        yield
    except UNREADABLE as error:
        raise ValueError(
            f"checkpoint {folder} can't be read ({error or type(error).__name__}): "
            "name another folder, or remove this one to begin anew"
        ) from error


def describe_run(model: nn.Module, batches: Any, processes: int, settings: dict) -> dict[str, Any]:
    """What must be the same when a run goes on: settings, model, data, number of processes."""
    sampler = getattr(batches, "batch_sampler", None)
    buckets = sampler if isinstance(sampler, LengthBuckets) else None
    frozen = {name for name, weight in model.named_parameters() if not weight.requires_grad}
    return {
        **settings,
        "processes": processes,
        "batches": len(batches),
        "documents": count_documents(batches),
        "words": sum(buckets.lengths) if buckets else None,
        "tokens a batch": int(buckets.tokens) if buckets else None,
        "seed of the batches": int(buckets.seed) if buckets else None,
        "sampler": type(getattr(batches, "sampler", None)).__name__,
        "model": {
            name: f"{tuple(value.shape)}{' frozen' if name in frozen else ''}"
            for name, value in model.state_dict().items()
        },
    }


def compare_runs(there: dict, here: dict) -> list[str]:
    """A few words on each setting that differs; of the model's parameters, on the first.

    Data that either run could not or did not yet describe count as the same.
    """
    apart = ("model", "data")
    named = [(name, there.get(name), here.get(name)) for name in here if name not in apart]
    digests = {there.get("data"), here.get("data")} - {None}
    mine = here["model"]
    theirs = there.get("model", {})
    weights = [(name, theirs.get(name), mine.get(name)) for name in theirs | mine]
    different = [f"{name} {a} there, {b} here" for name, a, b in named if a != b]
    other_weights = [f"{name} {a} there, {b} here" for name, a, b in weights if a != b]
    if len(digests) > 1:
        different.append("the documents, their labels or their order are not those there")
    return different + [f"in the model {words}" for words in other_weights[:1]]


def count_documents(batches: Any) -> int | None:
    """How many documents there are; None where only a whole pass could tell."""
    if isinstance(batches, DataLoader):
        return len(batches.dataset) if hasattr(batches.dataset, "__len__") else None
    if isinstance(batches, list | tuple):
        return sum(len(batch[-1]) for batch in batches)
    return None
