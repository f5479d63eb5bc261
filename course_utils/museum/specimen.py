"""The right code of the museum, in one file that reads from cells to language models.
Every exhibit is this very text with one line changed: so each line here is one that went wrong."""

import copy
from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

PAD = 0
UNK = 1


# --- Cells by hand --------------------------------------------------------------------------------


class Elman(nn.Module):
    """One step of an Elman network: x_t (B, D), h (B, H) -> output (B, K), new state (B, H)."""

    def __init__(self, n_inputs: int, hidden_size: int, n_outputs: int):
        super().__init__()
        self.W_x = nn.Linear(n_inputs, hidden_size)  # its bias is b
        self.W_h = nn.Linear(hidden_size, hidden_size, bias=False)
        self.W_z = nn.Linear(hidden_size, n_outputs)

    def forward(self, x_t: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        new = torch.tanh(self.W_x(x_t) + self.W_h(h))
        return self.W_z(new), new


class LSTMCell(nn.Module):
    """One step of an LSTM with PyTorch's gates: x_t (B, D), h and c (B, H) -> new h and c."""

    def __init__(self, n_inputs: int, hidden_size: int):
        super().__init__()
        self.gates = nn.Linear(n_inputs + hidden_size, 4 * hidden_size)

    def forward(self, x_t: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        i, f, g, o = self.gates(torch.cat([x_t, h], dim=1)).chunk(4, dim=1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c


class TwoLayers(nn.Module):
    """Two LSTM cells, one above the other: x (B, T, D) -> states of the upper one (B, T, H)."""

    def __init__(self, n_inputs: int, hidden_size: int):
        super().__init__()
        self.hidden_size = hidden_size
        self.lower = LSTMCell(n_inputs, hidden_size)
        self.upper = LSTMCell(hidden_size, hidden_size)

    def forward(self, x: Tensor) -> Tensor:
        h1 = c1 = h2 = c2 = x.new_zeros(len(x), self.hidden_size)
        states = []
        for x_t in x.unbind(1):
            h1, c1 = self.lower(x_t, h1, c1)
            h2, c2 = self.upper(h1, h2, c2)
            states.append(h2)
        return torch.stack(states, dim=1)


# --- Reading texts --------------------------------------------------------------------------------


def number_words(words: Sequence[str], known: dict[str, int]) -> list[int]:
    """Indices of the words; padding has 0, what is not known has 1."""
    return [known.get(word, UNK) for word in words]


def trainable_vectors(matrix: Tensor) -> nn.Embedding:
    """Word vectors to start from, which learn with the rest."""
    return nn.Embedding.from_pretrained(matrix, freeze=False, padding_idx=PAD)


class LastWord(nn.Module):
    """The state after the last word, from a dense LSTM: x (B, T), lengths (B,) -> (B, H)."""

    def __init__(self, n_words: int, size: int, hidden_size: int):
        super().__init__()
        self.emb = nn.Embedding(n_words, size, padding_idx=PAD)
        self.lstm = nn.LSTM(size, hidden_size, batch_first=True)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        output, _ = self.lstm(self.emb(x))
        return output[torch.arange(len(x)), lengths - 1]


class Summaries(nn.Module):
    """Four ways from packed states in two directions to one vector a text, by name."""

    def __init__(self, n_words: int, size: int, hidden_size: int):
        super().__init__()
        self.emb = nn.Embedding(n_words, size, padding_idx=PAD)
        self.lstm = nn.LSTM(size, hidden_size, batch_first=True, bidirectional=True)
        self.score = nn.Linear(2 * hidden_size, 1)

    def forward(self, x: Tensor, lengths: Tensor) -> dict[str, Tensor]:
        packed = pack_padded_sequence(
            self.emb(x), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        states, (h_n, _) = self.lstm(packed)
        output, _ = pad_packed_sequence(states, batch_first=True, total_length=x.shape[1])
        padding = torch.arange(x.shape[1]) >= lengths[:, None]
        scores = self.score(output)[..., 0].masked_fill(padding, -torch.inf)
        attention = scores.softmax(dim=1)
        return {
            "ends": h_n.transpose(0, 1).reshape(len(x), -1),
            "mean": output.sum(dim=1) / lengths[:, None],
            "largest": output.masked_fill(padding[..., None], -torch.inf).amax(dim=1),
            "attention": attention,
            "looked at": (attention[..., None] * output).sum(dim=1),
        }


# --- What learns ----------------------------------------------------------------------------------


class Stacked(nn.Module):
    """Several LSTMs, one above the other, dropout after each: (B, T, H) -> (B, T, H)."""

    def __init__(self, hidden_size: int, n_layers: int, dropout: float = 0.3):
        super().__init__()
        self.dropout = dropout
        self.layers = nn.ModuleList(
            [nn.LSTM(hidden_size, hidden_size, batch_first=True) for _ in range(n_layers)]
        )

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = F.dropout(layer(x)[0], self.dropout, training=self.training)
        return x


class DroppedWeights(nn.Module):
    """An LSTM whose recurrent weights are dropped, one mask a pass (Merity et al. 2017)."""

    def __init__(self, n_inputs: int, hidden_size: int, dropout: float = 0.5):
        super().__init__()
        self.lstm = nn.LSTM(n_inputs, hidden_size, batch_first=True)
        self.dropout = dropout

    def forward(self, x: Tensor) -> Tensor:
        name = "weight_hh_l0"
        weights: dict[str, Tensor] = dict(self.lstm.named_parameters())
        weights[name] = F.dropout(weights[name], self.dropout, self.training)
        return functional_call(self.lstm, weights, (x,))[0]


def optimizer_for(reader: nn.Module, head: nn.Module, lr: float = 0.1) -> torch.optim.Optimizer:
    """For a network in two parts: what reads, and the layer that decides."""
    return torch.optim.SGD([*reader.parameters(), *head.parameters()], lr=lr)


# --- Training and measuring -----------------------------------------------------------------------


def class_loss(logits: Tensor, y: Tensor) -> Tensor:
    """Mean cross-entropy of logits (B, K) at the right classes (B,)."""
    return F.cross_entropy(logits, y)


def number_loss(prediction: Tensor, y: Tensor) -> Tensor:
    """Mean square error of a network's one output a text (B, 1) at the right numbers (B,)."""
    return F.mse_loss(prediction.squeeze(1), y)


def update(
    model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor, clip: float = 1.0
) -> float:
    """One step of training; `clip` is the longest gradient."""
    loss = class_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), clip)
    optimizer.step()
    return loss.item()


def gradient_of(model: nn.Module, documents: Sequence[tuple[Tensor, Tensor]]) -> None:
    """Leaves in the model the mean gradient of documents that come one at a time."""
    model.zero_grad()
    for x, y in documents:
        loss = class_loss(model(x), y)
        (loss / len(documents)).backward()


def best_weights(model: nn.Module, epochs: Iterable[Callable[[], float]]) -> dict[str, Tensor]:
    """The weights of the best of several epochs, each of which trains and returns its score."""
    best = float("-inf")
    weights: dict[str, Tensor] = {}
    for epoch in epochs:
        score = epoch()
        if score > best:
            best = score
            weights = copy.deepcopy(model.state_dict())
    return weights


@torch.no_grad()
def scores(model: nn.Module, x: Tensor) -> Tensor:
    """What the model says of held-out texts; it is left in the mode it had."""
    training = model.training
    model.eval()
    logits = model(x)
    model.train(training)
    return logits


def accuracy(answers: Sequence[tuple[Tensor, Tensor]]) -> float:
    """Share of right guesses over batches of (guesses, right classes)."""
    right = torch.cat([guess == y for guess, y in answers])
    return right.float().mean().item()


def split(n_texts: int, share: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Positions of the texts to train on, and of those held out."""
    order = torch.randperm(n_texts, generator=generator)
    n_train = int(n_texts * share)
    return order[:n_train], order[n_train:]


def windows(text: Tensor, size: int, share: float) -> tuple[Tensor, Tensor]:
    """Overlapping windows (N, size) of one long text, to train on and held out."""
    cut = int(len(text) * share)
    every = text.unfold(0, size, 1)
    return every[: cut - size + 1], every[cut:]


# --- Language models ------------------------------------------------------------------------------


class LanguageModel(nn.Module):
    """Next tokens from those so far: x (B, T), state -> logits (B, T, V), state."""

    def __init__(self, n_words: int, size: int, hidden_size: int):
        super().__init__()
        self.emb = nn.Embedding(n_words, size)
        self.lstm = nn.LSTM(size, hidden_size, batch_first=True)
        self.out = nn.Linear(hidden_size, n_words)

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor] | None = None):
        output, state = self.lstm(self.emb(x), state)
        return self.out(output), state


def inputs_and_targets(tokens: Tensor) -> tuple[Tensor, Tensor]:
    """What the model reads, and what it should say: tokens (B, T) -> two tensors (B, T - 1)."""
    return tokens[:, :-1], tokens[:, 1:]


def token_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy of a language model: logits (B, T, V), padded targets (B, T)."""
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=PAD)


@torch.no_grad()
def write(model: nn.Module, token: int, n_tokens: int) -> list[int]:
    """The likeliest continuation of a token."""
    state = None
    written = []
    for _ in range(n_tokens):
        logits, state = model(torch.tensor([[token]]), state)
        token = int(logits[0, -1].argmax())
        written.append(token)
    return written
