"""What a model says of documents, in their own order.
Batches of like length mix them up, and whoever compares predictions with texts needs it back."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset
from tqdm import tqdm

PATIENCE = 5  # seconds without a progress bar


@torch.no_grad()
def predict(model: nn.Module, batches: Iterable) -> tuple[Tensor, Tensor]:
    """Logits (N, K) and labels (N,) on the CPU, without gradients and with the model in eval mode.

    `batches` yields (*inputs, y). From a `DataLoader` they come in the order of its data set,
    even if its sampler takes the documents in another, as `LengthBuckets` does: the order inside
    a batch must be the sampler's, and each document must come once. Otherwise the order is that
    of the batches. `ValueError` if there is no batch, or if labels are missing.
    """
    batches, order = _with_known_order(batches)
    device = next((weight.device for weight in model.parameters()), torch.device("cpu"))
    training = model.training
    logits: list[Tensor] = []
    labels: list[Tensor] = []
    model.eval()
    try:
        for batch in tqdm(batches, desc="predicting", leave=False, delay=PATIENCE):
            *inputs, y = on_device(batch, device)
            logits.append(model(*inputs).float().cpu())
            labels.append(y.cpu())
            if len(logits[-1]) != len(y):
                raise ValueError(f"a batch has {len(logits[-1])} predictions and {len(y)} labels")
    finally:
        model.train(training)
    if not logits:
        raise ValueError("predict got no batch: is the data set empty?")
    all_logits = torch.cat(logits)
    all_labels = torch.cat(labels)
    if sorted(order) != list(range(len(all_labels))):
        return all_logits, all_labels
    place = torch.tensor(order).argsort()
    return all_logits[place], all_labels[place]


def _with_known_order(batches: Iterable) -> tuple[Iterable, list[int]]:
    """The same batches, and which documents they hold, one after the other; [] if nobody knows."""
    if type(batches) is not DataLoader or isinstance(batches.dataset, IterableDataset):
        return batches, []
    if batches.batch_sampler is None:  # a loader that does not batch
        return batches, []
    drawn = [list(indices) for indices in batches.batch_sampler]
    loader = DataLoader(
        batches.dataset,
        batch_sampler=drawn,
        collate_fn=batches.collate_fn,
        num_workers=batches.num_workers,
        pin_memory=batches.pin_memory,
        timeout=batches.timeout,
        worker_init_fn=batches.worker_init_fn,
        multiprocessing_context=batches.multiprocessing_context,
        generator=batches.generator,
    )
    return loader, [i for indices in drawn for i in indices]


def on_device(batch: Iterable, device: torch.device) -> list[Tensor]:
    """A batch's tensors, or what can become one by position: lists, arrays, Series."""
    columns = (x if isinstance(x, Tensor) else torch.as_tensor(np.array(x)) for x in batch)
    return [column.to(device) for column in columns]
