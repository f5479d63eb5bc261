"""The training loop that notebook 05 builds by hand, for the notebooks after it.
Accelerate moves it to a GPU, to mixed precision or to several processes; tqdm shows progress."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import DataLoaderConfiguration, set_seed
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from tqdm import tqdm

from course_utils.batching import LengthBuckets
from course_utils.checkpoints import Checkpoints, count_documents, describe_run
from course_utils.data_digest import digest_data
from course_utils.generators import GeneratorStates, find_generators
from course_utils.machine import choose_threads, lstm_takes_bfloat16
from course_utils.prediction import on_device, predict


def fit(
    model: nn.Module,
    train_batches,
    valid_batches=None,
    *,
    epochs: int,
    lr: float,
    weight_decay: float = 0.01,
    clip: float = 1.0,
    seed: int = 0,
    precision: str = "no",
    checkpoint: str | Path | None = None,
) -> pd.DataFrame:
    """Train with AdamW and a one-cycle learning rate (Smith 2018) whose peak is `lr`.

    Batches are (*inputs, y); the loss is cross-entropy, averaged over the documents of a batch.
    Returns a row an epoch: train_loss, valid_loss, valid_accuracy, seconds.

    weight_decay, clip: AdamW's, and the norm to which the gradients of all parameters are clipped.
    precision: 'no', 'bf16' or 'fp16'; on a CPU 'no', or 'bf16' where it has instructions for it.
    checkpoint: a folder that is written after every epoch. The same call with the same folder
        goes on where it was cut off and ends with the same weights (on a GPU, nearly: cuDNN
        rounds in its own order and draws its own dropout). That holds for samplers and data sets
        with `set_epoch`, and for random generators, torch's, NumPy's or Python's, that they,
        their transforms or `collate_fn` hold, as attributes or in lists, dicts and closures. A
        folder of a run with other settings, model or data is refused: to train longer, fit the
        model again with another folder. Documents and labels to train on are compared where
        they lie in lists, arrays or tensors, in a data set of your own in public attributes
        with an entry a document; of streams and all others, only how many there are.

    Processes that torchrun starts share every batch of `LengthBuckets` (other loaders as
    Accelerate does it) and end as one process would, but for the masks of dropout.

    `ValueError` or `OSError` before the first step for what can't be trained or kept,
    `FloatingPointError` as soon as the loss is no longer finite.
    """
    _check_request(epochs, train_batches, valid_batches)
    settings = {
        "epochs": int(epochs),
        "lr": float(lr),
        "weight_decay": float(weight_decay),
        "clip": float(clip or 0),
        "seed": int(seed),
        "precision": precision,
    }
    threads = choose_threads()
    accelerator = _new_accelerator(precision)
    set_seed(seed, device_specific=True)
    with ExitStack() as afterwards:  # what happens even if a cell is stopped in the middle
        _share_buckets(accelerator, [train_batches, valid_batches], afterwards)
        run = describe_run(model, train_batches, accelerator.num_processes, settings)
        if checkpoint:
            run["data"] = digest_data(train_batches)
        generators = find_generators(train_batches if checkpoint else None, "train")
        generators |= find_generators(valid_batches if checkpoint else None, "valid")
        afterwards.callback(_make_plain, model, accelerator)
        trainer = _Trainer(accelerator, model, train_batches, settings)
        accelerator.register_for_checkpointing(trainer.scheduler, GeneratorStates(generators))
        checkpoints = Checkpoints(checkpoint, accelerator, run)
        history = checkpoints.load()
        trainer.bar = afterwards.enter_context(trainer.progress(len(history), threads))
        for epoch in range(len(history), epochs):
            start = time.perf_counter()
            row = {"epoch": epoch + 1, **trainer.train_epoch(epoch)}
            if valid_batches is not None:
                row |= trainer.judge(valid_batches, epoch)
            row["seconds"] = time.perf_counter() - start
            trainer.show(row)
            history.append(row)
            checkpoints.save(history)
    return pd.DataFrame(history)


class _Trainer:
    """What an epoch needs: model, optimizer and schedule, made ready for the device."""

    bar: tqdm

    def __init__(self, accelerator: Accelerator, model: nn.Module, batches, settings: dict):
        self.accelerator = accelerator
        self.plain_model = model
        self.settings = settings
        optimizer = torch.optim.AdamW(
            (weight for weight in model.parameters() if weight.requires_grad),
            lr=settings["lr"],
            weight_decay=settings["weight_decay"],
            fused=True,
        )
        self.model, self.optimizer = accelerator.prepare(model, optimizer)
        self.batches = batches
        if _buckets(batches) is None:
            self.batches = accelerator.prepare(batches)
        self.total_steps = settings["epochs"] * len(self.batches)  # of this process
        if not self.total_steps:
            raise ValueError(_no_batch(batches, "train on"))
        self.scheduler = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, settings["lr"], total_steps=self.total_steps
        )

    def train_epoch(self, epoch: int) -> dict[str, float]:
        """One pass over the training data; its mean loss."""
        _set_epoch(self.batches, epoch)
        self.model.train()
        loss_sum = 0.0
        n_documents = 0
        for step, batch in enumerate(self.batches, 1):
            *inputs, y = on_device(batch, self.accelerator.device)
            loss = F.cross_entropy(self._logits(inputs), y)
            if not loss.isfinite():
                raise FloatingPointError(
                    f"epoch {epoch + 1}, step {step}: the loss is {loss.item()}. "
                    f"Try a lower lr than {self.settings['lr']:g}."
                )
            self._update(loss, len(y))
            loss_sum += loss.item() * len(y)
            n_documents += len(y)
            self.bar.update()
        loss_sum, everywhere = self._sum_over_processes(loss_sum, n_documents)
        return {"train_loss": loss_sum / everywhere}

    def _logits(self, inputs: list[Tensor]) -> Tensor:
        """The model's; `ValueError` if it has an LSTM that this CPU can't run in bfloat16."""
        try:
            return self.model(*inputs)
        except RuntimeError as error:
            on_cpu = self.accelerator.device.type == "cpu"
            if self.settings["precision"] != "bf16" or not on_cpu or lstm_takes_bfloat16():
                raise
            raise ValueError(
                "this CPU has no instructions for an LSTM in bfloat16: leave out "
                "precision='bf16', or train on a GPU"
            ) from error

    def _update(self, loss: Tensor, n_documents: int) -> None:
        """One step of the optimizer on a loss averaged over the documents of this process."""
        counted = torch.tensor(n_documents, device=self.accelerator.device)
        everywhere = self.accelerator.reduce(counted).item()
        # Gradients are averaged over the processes, the loss over the documents of all of them.
        share = self.accelerator.num_processes * n_documents / everywhere
        self.accelerator.backward(loss * share)
        if self.settings["clip"]:
            self.accelerator.clip_grad_norm_(self.model.parameters(), self.settings["clip"])
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.scheduler.step()

    def judge(self, batches, epoch: int) -> dict[str, float]:
        """Loss and accuracy on the validation data."""
        _set_epoch(batches, epoch)
        logits, y = predict(self.plain_model, batches)
        loss_sum, right, n_documents = self._sum_over_processes(
            F.cross_entropy(logits, y, reduction="sum").item(),
            (logits.argmax(1) == y).sum().item(),
            len(y),
        )
        return {"valid_loss": loss_sum / n_documents, "valid_accuracy": right / n_documents}

    def _sum_over_processes(self, *numbers: float) -> list[float]:
        mine = torch.tensor(numbers, dtype=torch.float64, device=self.accelerator.device)
        return self.accelerator.reduce(mine).tolist()

    def progress(self, epochs_done: int, threads: int) -> tqdm:
        """A bar over all steps, in the first process; on a CPU it names the number of threads."""
        on_cpu = self.accelerator.device.type == "cpu"
        # Only the others name `disable`: naming it would overrule the variable TQDM_DISABLE.
        bar = tqdm if self.accelerator.is_main_process else partial(tqdm, disable=True)
        return bar(
            total=self.total_steps,
            initial=epochs_done * len(self.batches),
            desc=f"training, CPU threads: {threads}" if on_cpu else "training",
            unit="batch",
            leave=False,
        )

    def show(self, row: dict[str, float]) -> None:
        """The epoch's losses, at the end of the bar."""
        shown = {name: f"{x:.3f}" for name, x in row.items() if name not in ("epoch", "seconds")}
        self.bar.set_postfix(shown)


def _new_accelerator(precision: str) -> Accelerator:
    # Accelerate holds its settings for the whole process: without this a second run in the same
    # notebook could not have another precision. No public function does it.
    AcceleratorState._reset_state()
    return Accelerator(
        cpu=not torch.cuda.is_available(),
        mixed_precision=precision,
        dataloader_config=DataLoaderConfiguration(use_seedable_sampler=True),
    )


def _make_plain(model: nn.Module, accelerator: Accelerator) -> None:
    """Undo what `prepare` did to the model, so that it can be saved, copied and trained again."""
    accelerator.unwrap_model(model, keep_fp32_wrapper=False)
    # Accelerate's mark of a prepared model: with it a second run would leave the model as it is.
    model.__dict__.pop("_is_accelerate_prepared", None)


def _check_request(epochs: int, train_batches, valid_batches) -> None:
    """`ValueError` that names all that keeps this training from its first step."""
    faults = []
    if not isinstance(epochs, int | np.integer) or epochs < 1:
        faults.append(f"epochs must be a whole number from 1, not {epochs!r}")
    for batches, purpose in ((train_batches, "train on"), (valid_batches, "validate on")):
        if isinstance(batches, Iterator):
            faults.append(f"the batches to {purpose} can be read only once: make them a list")
        elif _length(batches) == 0:
            faults.append(_no_batch(batches, purpose))
    if not isinstance(train_batches, Iterator) and _length(train_batches) is None:
        faults.append("the batches to train on have no length, which the learning rate needs")
    if faults:
        raise ValueError("; ".join(faults))


def _length(batches) -> int | None:
    try:
        return len(batches)
    except TypeError:  # None, or a loader of a stream
        return None


def _no_batch(batches, purpose: str) -> str:
    words = f"there is no batch to {purpose}"
    if not isinstance(batches, DataLoader):
        return words
    return (
        f"{words}: {count_documents(batches)} documents, batch_size {batches.batch_size}, "
        f"drop_last {batches.drop_last}; take more documents, smaller batches or drop_last=False"
    )


def _buckets(batches) -> LengthBuckets | None:
    sampler = getattr(batches, "batch_sampler", None)
    return sampler if isinstance(sampler, LengthBuckets) else None


def _share_buckets(accelerator: Accelerator, loaders: list, afterwards: ExitStack) -> None:
    """Each of several processes gets its part of every batch; `afterwards` batches are whole."""
    if accelerator.num_processes == 1:
        return
    for sampler in filter(None, map(_buckets, loaders)):
        afterwards.callback(_set_ranks, sampler, sampler.rank, sampler.ranks)
        _set_ranks(sampler, accelerator.process_index, accelerator.num_processes)
        len(sampler)  # its own sentence, before training, if there are fewer documents than ranks


def _set_ranks(sampler: LengthBuckets, rank: int | None, ranks: int) -> None:
    sampler.rank = rank
    sampler.ranks = ranks


def _set_epoch(batches: Any, epoch: int) -> None:
    """Loaders and samplers whose order depends on the number of the epoch learn it."""
    parts: list[Any] = [batches, getattr(batches, "batch_sampler", None)]
    for part in parts:
        if hasattr(part, "set_epoch"):
            part.set_epoch(epoch)
