"""What the rows of the ledger train: the four models of the 2019 course in their loop, and ours.
Each returns predictions for the test articles in their order, a history and the model."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.articles import Articles, batches, epochs_for
from benchmarks.machine import DEVICE
from course_utils import PaddedLSTM, embedding_matrix, fit, load_vectors, predict
from course_utils.lessons.n05 import NewsClassifier

STEP = 256  # articles a step of the 2019 loop


@dataclass(frozen=True)
class Reference:
    """A model of 2019: its LSTM, its optimiser, and how many epochs without progress end it."""

    lstm: dict
    optimizer: Callable
    patience: int


def sgd(parameters) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=0.1, momentum=0.9)


def adam(parameters) -> torch.optim.Optimizer:
    return torch.optim.Adam(parameters, lr=0.01)


DEEP = {"bidirectional": True, "dropout": 0.01}
REFERENCES = {
    "reference-lstm64-sgd": Reference({"hidden_size": 64}, sgd, 10),
    "reference-lstm64-adam": Reference({"hidden_size": 64}, adam, 10),
    "reference-2x128": Reference({"hidden_size": 128, "num_layers": 2, **DEEP}, adam, 5),
    "reference-4x64": Reference({"hidden_size": 64, "num_layers": 4, **DEEP}, adam, 5),
}


class ReferenceModel(nn.Module):
    """The 2019 course's model: frozen vectors, LSTM, its output at the last word, linear layer.

    Of both directions it takes the output at the last word, as it was; the backward one has read
    nothing but that word there."""

    def __init__(self, matrix: Tensor, n_classes: int, **lstm):
        super().__init__()
        self.emb = nn.Embedding.from_pretrained(matrix)
        self.lstm = PaddedLSTM(matrix.shape[1], **lstm)
        directions = 2 if self.lstm.bidirectional else 1
        self.out = nn.Linear(self.lstm.hidden_size * directions, n_classes)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """`x` (B, T), `lengths` (B,) -> logits (B, n_classes)."""
        output, _ = self.lstm(self.emb(x), lengths)
        return self.out(output[torch.arange(len(x), device=x.device), lengths - 1])


def reference_epoch(
    model: ReferenceModel, optimizer: torch.optim.Optimizer, articles: Articles
) -> None:
    """One pass of the 2019 loop: 256 articles a step, in the file's order.

    The step's articles go through in pieces of like length, whose gradients are added up."""
    model.train()
    for first in range(0, len(articles.fitting), STEP):
        step = articles.fitting[first : first + STEP]
        for x, lengths, y in batches(step):
            logits = model(x.to(DEVICE), lengths.to(DEVICE))
            loss = F.cross_entropy(logits, y.to(DEVICE), reduction="sum") / len(step)
            loss.backward()
        nn.utils.clip_grad_norm_(model.lstm.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()


def train_reference(
    model: ReferenceModel,
    optimizer: torch.optim.Optimizer,
    articles: Articles,
    patience: int,
    max_epochs: int = 100,
) -> list[dict]:
    """The loop of 2019, stopped after `patience` epochs without progress.

    Returns a row an epoch, valid_accuracy and the seconds so far; leaves the best weights."""
    history: list[dict] = []
    best = -1.0
    best_epoch = 0
    kept: dict[str, Tensor] = {}
    start = time.perf_counter()
    for epoch in range(1, max_epochs + 1):
        reference_epoch(model, optimizer, articles)
        logits, y = predict(model, batches(articles.validation))
        accuracy = (logits.argmax(1) == y).double().mean().item()
        seconds = time.perf_counter() - start
        history.append({"epoch": epoch, "valid_accuracy": accuracy, "seconds": seconds})
        if accuracy > best:
            best = accuracy
            best_epoch = epoch
            kept = {name: value.clone() for name, value in model.state_dict().items()}
        if epoch - best_epoch >= patience:
            break
    model.load_state_dict(kept)
    return history


Result = tuple[list[int], list[dict], nn.Module]


def reference(row: str, articles: Articles, matrix: Tensor) -> Result:
    recipe = REFERENCES[row]
    model = ReferenceModel(matrix, len(articles.classes), **recipe.lstm).to(DEVICE)
    optimizer = recipe.optimizer([p for p in model.parameters() if p.requires_grad])
    history = train_reference(model, optimizer, articles, recipe.patience)
    logits, _ = predict(model, batches(articles.test))
    return logits.argmax(1).tolist(), history, model


def ours(articles: Articles, matrix: Tensor, seed: int, freeze: bool) -> Result:
    """Notebook 05's classifier, trained as there."""
    model = NewsClassifier(matrix, len(articles.classes), freeze=freeze)
    frame = fit(
        model,
        batches(articles.fitting, True, seed),
        batches(articles.validation),
        epochs=epochs_for(len(articles.fitting)),
        lr=0.005,
        seed=seed,
    )
    rows = frame.assign(seconds=frame.seconds.cumsum())[["epoch", "valid_accuracy", "seconds"]]
    logits, _ = predict(model, batches(articles.test))
    return logits.argmax(1).tolist(), rows.to_dict("records"), model


def trained(row: str, articles: Articles, seed: int) -> Result:
    """The network of a row of the ledger: one of REFERENCES, 'ours-scratch' or 'ours-vectors'."""
    torch.manual_seed(seed)
    matrix = embedding_matrix(articles.vocabulary, load_vectors(), seed=seed)
    if row in REFERENCES:
        return reference(row, articles, matrix)
    if row == "ours-scratch":
        matrix = torch.randn(matrix.shape) * matrix[2:].std()
        matrix[0] = 0
    return ours(articles, matrix, seed, freeze=row == "ours-vectors")
