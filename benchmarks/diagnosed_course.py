"""The course's own networks that classify sequences, ready to be asked by `diagnose`.
Those that do something else with a sequence are asked for one answer a text by a thin wrapper."""

from collections.abc import Iterator
from typing import Any

import torch
from fastai.text.all import AWD_LSTM, awd_lstm_clas_config, get_text_classifier
from torch import Tensor, nn

from benchmarks.public_models import D, H, K, V
from course_utils import Vocabulary
from course_utils.lessons import n05, n06, n07, n08, n11

Case = tuple[str, nn.Module, tuple, dict[str, Any]]  # name, model, batch, options


class Decoded(nn.Module):
    """All characters that notebook 07's network would write to a fixed text, as scores."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        y = torch.zeros(len(x), 4, dtype=torch.long)
        return self.network(x, lengths, y).flatten(1)


class BothEnds(nn.Module):
    """Notebook 08's language models in both directions: the next word, and the one before."""

    def __init__(self, network: n08.BiLM):
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        ahead, back = self.network(x)[-1]
        return self.network.out(ahead[:, -1]) + self.network.out(back[:, 0])


def course(texts: tuple, full: tuple, vectors: tuple) -> Iterator[Case]:
    """The networks, each with a batch: padded texts with lengths, full ones, or vectors."""
    matrix = torch.randn(V, D)
    yield "05 NewsClassifier", n05.NewsClassifier(matrix, K, H), texts, {"frozen": ["emb"]}
    two_layers = n05.NewsClassifier(matrix, K, H, num_layers=2, freeze=False)
    yield "05 NewsClassifier, two layers, not frozen", two_layers, texts, {}
    yield "11 TextClassifier", n11.TextClassifier(matrix, K, H), texts, {}
    for kind in ("RNN", "LSTM", "GRU"):
        yield f"06 Recurrent {kind}", n06.Recurrent(kind, D, H, K), vectors, {"answer": _last}
    yield "06 TCN", n06.TCN(D, H, K, 3), vectors, {"answer": _last}
    words = Vocabulary([f"w{i}" for i in range(V - 2)])
    for network in (n07.EncoderDecoder, n07.WithAttention):
        yield f"07 {network.__name__}", Decoded(network(words, 8)), texts, {}
    yield "08 BiLM", BothEnds(n08.BiLM(V, D, H, 2)), full, {}
    shape = {**awd_lstm_clas_config, "emb_sz": D, "n_hid": H, "n_layers": 2}
    classifier = get_text_classifier(AWD_LSTM, V, K, config=shape, drop_mult=0.3)
    yield "09 ULMFiT classifier", classifier, full, {"pad": 1}


def _last(output: Tensor) -> Tensor:
    return output[:, -1]
