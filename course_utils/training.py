"""The training loop that notebook 05 builds by hand, for the notebooks after it.
Accelerate moves it to the GPU, to mixed precision or to several processes; tqdm shows progress and the time that is left."""

import shutil
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import pandas as pd
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import DataLoaderConfiguration, set_seed
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from course_utils.batching import LengthBuckets


@torch.no_grad()
def predict(model: nn.Module, batches: Iterable) -> tuple[Tensor, Tensor]:
    """Logits (N, K) and labels (N,) on the CPU, in the order of `batches`, which yields (*inputs, y).

    The model is in eval mode meanwhile and no gradient is recorded. `ValueError` if there is no batch."""
    training, device = model.training, next(model.parameters()).device
    model.eval()
    try:
        pairs = [
            (model(*(t.to(device) for t in inputs)).float().cpu(), y.cpu())
            for *inputs, y in batches
        ]
    finally:
        model.train(training)
    if not pairs:
        raise ValueError("predict got no batch: is the data set empty?")
    return tuple(torch.cat(parts) for parts in zip(*pairs))


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
    """Train with AdamW and a one-cycle learning rate (Smith 2018) whose peak is `lr`; gradients of all parameters are clipped to the norm
    `clip`. Batches are (*inputs, y); the loss is cross-entropy, averaged over the documents of a batch.

    `precision`: 'no', 'bf16' or 'fp16'; `checkpoint`: a folder written after every epoch; a run that finds one there goes on from it and
    ends with the same weights (on a GPU, nearly: cuDNN rounds in its own order and draws its own dropout). Processes started by torchrun
    share every batch of `LengthBuckets` (other loaders as Accelerate does it) and end as one process would, but for the masks of dropout.
    Returns a row an epoch: train_loss, valid_loss, valid_accuracy, seconds. `FloatingPointError` says when the loss is no longer finite."""
    AcceleratorState._reset_state()  # else a second run in the same notebook could not have another precision
    data = DataLoaderConfiguration(use_seedable_sampler=True)
    accelerator = Accelerator(
        cpu=not torch.cuda.is_available(), mixed_precision=precision, dataloader_config=data
    )
    set_seed(seed, device_specific=True)
    optimizer = torch.optim.AdamW(
        (p for p in model.parameters() if p.requires_grad),
        lr=lr,
        weight_decay=weight_decay,
        fused=True,
    )
    wrapped, optimizer = accelerator.prepare(model, optimizer)
    buckets = [
        s
        for b in (train_batches, valid_batches)
        if isinstance(s := getattr(b, "batch_sampler", None), LengthBuckets)
    ]
    for sampler in buckets if accelerator.num_processes > 1 else ():
        sampler.rank, sampler.ranks = accelerator.process_index, accelerator.num_processes
    if not isinstance(getattr(train_batches, "batch_sampler", None), LengthBuckets):
        train_batches = accelerator.prepare(train_batches)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, lr, total_steps=epochs * len(train_batches)
    )  # of this process
    accelerator.register_for_checkpointing(scheduler)
    history, folder = [], Path(checkpoint) if checkpoint else None
    if folder and (folder / "history.json").is_file():
        history = pd.read_json(folder / "history.json").to_dict("records")
        accelerator.load_state(str(folder / f"epoch{len(history)}"))
    with ExitStack() as afterwards:  # what happens even if a cell is stopped in the middle
        afterwards.callback(
            model.__dict__.pop, "_is_accelerate_prepared", None
        )  # else a second run would leave the model where and as it is
        afterwards.callback(accelerator.unwrap_model, model, keep_fp32_wrapper=False)
        afterwards.callback(lambda: [setattr(sampler, "rank", None) for sampler in buckets])
        bar = afterwards.enter_context(
            tqdm(
                total=epochs * len(train_batches),
                initial=len(history) * len(train_batches),
                desc="training",
                unit="batch",
                leave=False,
                **({} if accelerator.is_main_process else {"disable": True}),
            )
        )
        for epoch in range(len(history), epochs):
            start, sums = time.perf_counter(), torch.zeros(5, dtype=torch.float64)
            for part in (train_batches, getattr(train_batches, "batch_sampler", None)):
                if hasattr(part, "set_epoch"):
                    part.set_epoch(epoch)
            wrapped.train()
            for step, batch in enumerate(train_batches, 1):
                *inputs, y = (t.to(accelerator.device) for t in batch)
                loss = F.cross_entropy(wrapped(*inputs), y)
                if not loss.isfinite():
                    raise FloatingPointError(
                        f"epoch {epoch + 1}, step {step}: the loss is {loss.item()}. Try a lower lr than {lr:g}."
                    )
                everywhere = accelerator.reduce(
                    torch.tensor(len(y), device=accelerator.device)
                )  # gradients are averaged over processes,
                accelerator.backward(
                    loss * (accelerator.num_processes * len(y) / everywhere.item())
                )  # the loss over documents
                if clip:
                    accelerator.clip_grad_norm_(wrapped.parameters(), clip)
                optimizer.step()
                optimizer.zero_grad()
                scheduler.step()
                sums[:2] += torch.tensor([loss.item() * len(y), len(y)])
                bar.update()
            if valid_batches is not None:
                logits, labels = predict(model, valid_batches)
                sums[2:] = torch.tensor(
                    [
                        F.cross_entropy(logits, labels, reduction="sum"),
                        (logits.argmax(1) == labels).sum(),
                        len(labels),
                    ]
                )
            loss_sum, documents, valid_sum, right, judged = accelerator.reduce(
                sums.to(accelerator.device)
            ).tolist()
            judgement = (
                {"valid_loss": valid_sum / judged, "valid_accuracy": right / judged}
                if judged
                else {}
            )
            history.append(
                {
                    "epoch": epoch + 1,
                    "train_loss": loss_sum / documents,
                    **judgement,
                    "seconds": time.perf_counter() - start,
                }
            )
            bar.set_postfix(
                {k: f"{v:.3f}" for k, v in history[-1].items() if k not in ("epoch", "seconds")}
            )
            if folder:
                accelerator.save_state(
                    str(folder / f"epoch{epoch + 1}"), safe_serialization=False
                )  # it drops weights in cuDNN's one buffer
                accelerator.wait_for_everyone()
                if accelerator.is_main_process:
                    pd.DataFrame(history).to_json(folder / "history.json.new", orient="records")
                    (folder / "history.json.new").replace(
                        folder / "history.json"
                    )  # from here on this state counts
                    shutil.rmtree(folder / f"epoch{epoch}", ignore_errors=True)
    return pd.DataFrame(history)
