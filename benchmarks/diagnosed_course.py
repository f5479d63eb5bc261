"""The course's own networks that classify sequences, ready to be asked by `diagnose`.
Those that do something else with a sequence are asked for one answer a text by a thin wrapper."""

from collections.abc import Iterator
from typing import Any

import torch
from fastai.text.all import AWD_LSTM, awd_lstm_clas_config, get_text_classifier
from torch import Tensor, nn

from benchmarks.public_models import D, H, K, V
from course_utils import Vocabulary
from course_utils.lessons import more_races_of_memory as races
from course_utils.lessons import n05, n07, n08, n09, n10, n12

Case = tuple[str, nn.Module, tuple, dict[str, Any]]  # name, model, batch, options


class Decoded(nn.Module):
    """All characters that notebook 08's network would write to a fixed text, as scores."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        y = torch.zeros(len(x), 4, dtype=torch.long)
        return self.network(x, lengths, y).flatten(1)


class BothEnds(nn.Module):
    """Notebook 09's language models in both directions: the next word, and the one before."""

    def __init__(self, network: n09.BiLM):
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        ahead, back = self.network(x)[-1]
        return self.network.out(ahead[:, -1]) + self.network.out(back[:, 0])


def course(texts: tuple, full: tuple, vectors: tuple) -> Iterator[Case]:
    """The networks, each with a batch: padded texts with lengths, full ones, or vectors."""
    yield from _of_articles(texts)
    yield from _of_vectors(texts, vectors)
    words = Vocabulary([f"w{i}" for i in range(V - 2)])
    for network in (n08.EncoderDecoder, n08.WithAttention):
        decoder = network(n08.Encoder(words, 8), 8)
        yield f"08 {network.__name__}", Decoded(decoder), texts, {}
    yield "07 LanguageModel", n07.LanguageModel(V, D), full, {"answer": lambda out: out[0][:, -1]}
    yield "09 BiLM", BothEnds(n09.BiLM(V, D, H, 2)), full, {}
    shape = {**awd_lstm_clas_config, "emb_sz": D, "n_hid": H, "n_layers": 2}
    classifier = get_text_classifier(AWD_LSTM, V, K, config=shape, drop_mult=0.3)
    yield "10 fastai's text classifier", classifier, full, {"pad": 1}


def _of_articles(texts: tuple) -> Iterator[Case]:
    """Notebooks 05 and 10: indices and lengths."""
    matrix = torch.randn(V, D)
    frozen = {"frozen": ["emb"]}
    rarity = torch.rand(V).index_fill(0, torch.tensor([0]), 0.0)  # padding has none
    path = n05.WithPath(matrix, K, rarity, hidden_size=H)
    two_layers = n05.NewsClassifier(matrix, K, H, num_layers=2, freeze=False)
    yield "05 OrderFree", n05.OrderFree(matrix, K), texts, frozen
    yield "05 NewsClassifier", n05.NewsClassifier(matrix, K, H), texts, frozen
    yield "05 NewsClassifier, two layers, not frozen", two_layers, texts, {}
    yield "05 WithPath", path, texts, frozen
    body = AWD_LSTM(V, D, H, 2, pad_token=1)
    mean = torch.zeros(3 * D)
    std = torch.ones(3 * D)
    head = nn.Linear(3 * D, K)
    yield "10 ArticleClassifier", n10.ArticleClassifier(body, mean, std, head), texts, {}


def _of_vectors(texts: tuple, vectors: tuple) -> Iterator[Case]:
    """Notebook 12, padded, and the races of memory, all of one length."""
    x, lengths, y = texts
    padded = (vectors[0].masked_fill((x == 0)[..., None], 0.0), lengths, y)
    for ordered, name in ((True, "LSTM"), (False, "control")):
        yield f"12 TextClassifier, {name}", n12.TextClassifier(D, K, H, ordered), padded, {}
    for kind in ("RNN", "LSTM", "GRU"):
        network = races.Recurrent(kind, D, H, K)
        yield f"more Recurrent {kind}", network, vectors, {"answer": _last}
    yield "more TCN", races.TCN(D, H, K, 3), vectors, {"answer": _last}


def _last(output: Tensor) -> Tensor:
    return output[:, -1]
