"""The systems in the table of few labels: counted words, word vectors, LSTMs, ULMFiT, two paths.
Each gets labelled articles, reads them whole, and gives every test article a score for each desk.
"""

from functools import partial
from typing import Any

import pandas as pd
import torch
from sklearn.svm import LinearSVC
from torch import Tensor, nn
from torch.utils.data import DataLoader

from benchmarks.articles import batches
from benchmarks.transfer_corpus import Corpus, Entry, autocast, faster
from course_utils import Vocabulary, embedding_matrix, fit, predict, tokenize
from course_utils.language_model import SHAPE, german_pieces
from course_utils.lessons import n10
from course_utils.lessons.n05 import NewsClassifier

FEW = 400  # up to so many labels an epoch is short, and batches are small
LARGE = 32_000  # pieces in a batch of ULMFiT's with more: its steps are slow, not its batches
SHARE = 0.15  # of the states' length 1, beside a centred article vector of about 0.4
SEEDS = 3  # of each network in a system of several
HEAVY = ("language model",)
BOTH = ("vectors", "language model")

Features = tuple[Tensor, Tensor]  # (N, D) of all training articles, and of all test articles


def places(labelled: pd.DataFrame) -> list[int]:
    """Where the labelled articles stand among the training articles."""
    return labelled.index.tolist()


def svm(corpus: Corpus, labelled: pd.DataFrame, seed: int, vectors: bool = False) -> Tensor:
    """tf-idf and LinearSVC. vectors: the article's vector stands beside the counts."""
    train, test = corpus.counted
    if vectors:
        train, test = map(n10.side_by_side, corpus.counted, corpus.article_vectors)
    y = corpus.labels(labelled).numpy()
    model = LinearSVC(random_state=seed).fit(train[places(labelled)], y)
    return torch.tensor(model.decision_function(test))


def linear(corpus: Corpus, labelled: pd.DataFrame, features: Features) -> Tensor:
    """A linear layer on features of training and test articles."""
    train, test = features
    y = corpus.labels(labelled)
    layer = n10.train_linear(train[places(labelled)], y, len(corpus.classes), n10.DECAY)
    return layer(test)


def counted_layer(corpus: Corpus, labelled: pd.DataFrame, seed: int) -> Tensor:
    """tf-idf under the linear layer of all that have read, instead of LinearSVC."""
    train, test = corpus.counted
    rows = torch.tensor(train[places(labelled)].toarray(), dtype=torch.float32)
    layer = n10.train_linear(rows, corpus.labels(labelled), len(corpus.classes), n10.DECAY)
    return torch.tensor(test @ layer.weight.numpy().T) + layer.bias


def of_vectors(corpus: Corpus, labelled: pd.DataFrame, seed: int) -> Tensor:
    """The mean of an article's word vectors, by rarity, and a linear layer."""
    return linear(corpus, labelled, corpus.article_vectors)


def scaled(states: Features, labelled: pd.DataFrame) -> Features:
    """Features standardised by the labelled articles, of about length 1."""
    train, test = states
    mean, std = n10.mean_and_std(train[places(labelled)])
    return (train - mean) / std, (test - mean) / std


def of_plain_vectors(corpus: Corpus, labelled: pd.DataFrame, seed: int) -> Tensor:
    """The mean of an article's word vectors, each cut to length 1, treated as the states of a
    language model are."""
    return linear(corpus, labelled, scaled(corpus.plain_vectors, labelled))


def of_mean_vectors(corpus: Corpus, labelled: pd.DataFrame, seed: int) -> Tensor:
    """The same, and each vector keeps its length."""
    return linear(corpus, labelled, scaled(corpus.mean_vectors, labelled))


def of_states(corpus: Corpus, labelled: pd.DataFrame, seed: int, kind: str = "tuned") -> Tensor:
    """The language model's pooled states and a linear layer: stage 3 with a frozen body."""
    return linear(corpus, labelled, scaled(corpus.states(kind), labelled))


def of_means(corpus: Corpus, labelled: pd.DataFrame, seed: int, kind: str = "tuned") -> Tensor:
    """The mean of the language model's states alone, without the last and the largest."""
    pooled = corpus.states(kind)
    width = pooled[0].shape[1] // 3
    train, test = (part[:, -width:] for part in pooled)
    return linear(corpus, labelled, scaled((train, test), labelled))


def of_pieces(
    corpus: Corpus, labelled: pd.DataFrame, seed: int, largest: bool = True, read: bool = True
) -> Tensor:
    """The same without an LSTM: largest and mean of the embeddings of an article's pieces, or the
    mean alone. read: embeddings of the language model; else random ones, another draw a seed."""
    if read:
        embedding = corpus.tuned()["0.encoder.weight"]
    else:
        g = torch.Generator().manual_seed(seed)
        embedding = torch.randn(len(german_pieces()), SHAPE["emb_sz"], generator=g)

    def pooled(documents: list[list[int]]) -> Tensor:
        rows = (embedding[document] for document in documents)
        return torch.stack([torch.cat([e.amax(0), e.mean(0)][not largest :]) for e in rows])

    train, test = corpus.documents
    return linear(corpus, labelled, scaled((pooled(train), pooled(test)), labelled))


def both(corpus: Corpus, labelled: pd.DataFrame, seed: int) -> Tensor:
    """Vectors and language model side by side, the body frozen."""
    states = scaled(corpus.states("tuned"), labelled)
    vectors = corpus.article_vectors
    train = torch.cat([SHARE * states[0], vectors[0]], 1)
    test = torch.cat([SHARE * states[1], vectors[1]], 1)
    return linear(corpus, labelled, (train, test))


class WithVectors(nn.Module):
    """Notebook 10's classifier, and past the LSTM the article's vector to the linear layer."""

    def __init__(self, body: nn.Module, mean: Tensor, std: Tensor, head: nn.Module):
        super().__init__()
        self.head = head
        self.read = n10.Pooled(body)
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)

    def forward(self, x: Tensor, lengths: Tensor, vectors: Tensor) -> Tensor:
        states = SHARE * (self.read(x, lengths) - self.mean) / self.std
        return self.head(torch.cat([states, vectors], 1))


def classifier(
    body: nn.Module, documents: list[list[int]], y: Tensor, n_classes: int, own: Tensor | None
) -> nn.Module:
    """Notebook 10's, or one that sees the vectors `own` (N, D) of the articles, too."""
    if own is None:
        return n10.classifier(body, documents, y, n_classes)
    states, _ = predict(n10.Pooled(body), n10.piece_batches(documents))
    mean, std = n10.mean_and_std(states)
    X = torch.cat([SHARE * (states - mean) / std, own], 1)
    network = WithVectors(body, mean, std, n10.train_linear(X, y, n_classes))
    return network.to(next(body.parameters()).device)  # the states came to the CPU


def ulmfit(
    corpus: Corpus,
    labelled: pd.DataFrame,
    seed: int,
    kind: str = "tuned",
    with_vectors: bool = False,
) -> Tensor:
    """Howard & Ruder (2018), as notebook 10 builds it, over a body of one of three kinds.

    with_vectors: the article's vector goes past the LSTM to the linear layer."""
    body = corpus.body(kind, seed)
    chosen = places(labelled)
    read, unread = corpus.documents
    read = [read[i] for i in chosen]
    y = corpus.labels(labelled)
    size = {} if len(labelled) <= FEW else {"size": LARGE}
    data = n10.piece_batches(read, y, shuffle=True, seed=seed, **size)
    unseen = n10.piece_batches(unread)
    own = None
    if with_vectors:
        own = corpus.article_vectors[0][chosen]
        data = beside(data, own)
        unseen = beside(unseen, corpus.article_vectors[1])
    # never within one autocast, which would keep the last layer at its first weights for all steps
    model = classifier(body, read, y, len(corpus.classes), own)
    n10.unfreeze(model, data, n10.rounds_of(len(data)), faster(), n10.STAGE_3_RATE)
    model = classifier(body, read, y, len(corpus.classes), own)
    with autocast():
        logits, _ = predict(model, unseen)
    return logits


class TwoPaths(nn.Module):
    """A network, and past it a linear layer on the article's vector; their logits are added.

    The network's last layer begins at zero, so that training begins with what the vectors say."""

    def __init__(self, network: NewsClassifier, path: nn.Linear):
        super().__init__()
        self.network = network
        self.path = path
        nn.init.zeros_(network.out.weight)
        nn.init.zeros_(network.out.bias)

    def forward(self, x: Tensor, lengths: Tensor, vectors: Tensor) -> Tensor:
        return self.network(x, lengths) + self.path(vectors)


def beside(data: DataLoader, own: Tensor) -> DataLoader:
    """Batches (x, lengths, article vectors, y), in the order that `data` draws."""

    def joined(items: list[tuple[int, Any]]) -> tuple:
        numbers = [number for number, _ in items]
        *inputs, y = data.collate_fn([pair for _, pair in items])
        return *inputs, own[numbers], y

    pairs: Any = data.dataset  # a list serves as a dataset
    numbered: Any = list(enumerate(pairs))
    return DataLoader(numbered, batch_sampler=data.batch_sampler, collate_fn=joined)


def lstm(
    corpus: Corpus,
    labelled: pd.DataFrame,
    seed: int,
    vectors: bool = False,
    path: bool = False,
) -> Tensor:
    """Notebook 05's classifier on whole articles, at least 150 steps.

    With random embeddings of the labelled articles' words, or with frozen word vectors of all
    words. path: and the article's vector goes past the LSTM."""
    known = pd.concat([corpus.train, corpus.test]) if vectors else labelled
    vocab = Vocabulary.from_texts(known.text, min_count=1 if vectors else 2)

    def pairs(part: pd.DataFrame) -> list[tuple[list[int], int]]:
        documents = [vocab.encode(tokenize(text)) for text in part.text]
        return list(zip(documents, corpus.labels(part).tolist(), strict=True))

    torch.manual_seed(seed)
    if vectors:
        matrix = embedding_matrix(vocab, corpus.german.vectors, seed=seed)
    else:
        matrix = torch.randn(len(vocab), 100)
    classifier = NewsClassifier(matrix, len(corpus.classes), freeze=vectors)
    network: nn.Module = classifier
    tokens = 3_000 if len(labelled) <= FEW else 12_000
    reading = batches(pairs(labelled), True, seed, tokens)
    unseen = batches(pairs(corpus.test), tokens=12_000)
    if path:
        own = corpus.article_vectors
        y = corpus.labels(labelled)
        layer = n10.train_linear(own[0][places(labelled)], y, len(corpus.classes))
        network = TwoPaths(classifier, layer)
        reading = beside(reading, own[0][places(labelled)])
        unseen = beside(unseen, own[1])
    epochs = max(14, round(150 / len(reading)))
    fit(network, reading, epochs=epochs, lr=0.005, seed=seed)
    return predict(network, unseen)[0]


def together(corpus: Corpus, labelled: pd.DataFrame, seed: int, parts: tuple[str, ...]) -> Tensor:
    """The mean of the probabilities that the systems `parts` give, three seeds of each.

    What the table has measured with the same labels is kept, and not trained again."""
    logits = [
        corpus.scores(part, MODELS[part], labelled, one) for part in parts for one in range(SEEDS)
    ]
    return torch.stack([z.float().softmax(1) for z in logits]).mean(0)


FEW_SIZES = (5, 10, None)
ALL = (None,)
READERS = ("vectors + language model, frozen", "vectors + LSTM on vectors")
MODELS: dict[str, Entry] = {
    "tf-idf + LinearSVC": Entry(svm, draws=10),
    "tf-idf + linear layer": Entry(counted_layer, draws=10),
    "vectors": Entry(of_vectors, ("vectors",), draws=10),
    "tf-idf + vectors": Entry(partial(svm, vectors=True), ("vectors",), draws=10),
    "vectors without rarity": Entry(of_plain_vectors, ("vectors",), draws=10),
    "vectors, lengths kept": Entry(of_mean_vectors, ("vectors",), draws=10),
    "LSTM from scratch": Entry(lstm, (), FEW_SIZES),
    "LSTM on vectors": Entry(partial(lstm, vectors=True), ("vectors",), FEW_SIZES),
    "vectors + LSTM on vectors": Entry(
        partial(lstm, vectors=True, path=True), ("vectors",), FEW_SIZES, draws=5
    ),
    "pieces without order": Entry(of_pieces, HEAVY, draws=10),
    "pieces, mean alone": Entry(partial(of_pieces, largest=False), HEAVY, draws=10),
    "random pieces, mean alone": Entry(partial(of_pieces, largest=False, read=False), draws=10),
    "language model, frozen": Entry(of_states, HEAVY, draws=10),
    "frozen, mean alone": Entry(of_means, HEAVY, draws=10),
    "frozen, mean alone, without stage 2": Entry(
        partial(of_means, kind="shipped"), HEAVY, draws=10
    ),
    "frozen, without stage 2": Entry(partial(of_states, kind="shipped"), HEAVY, draws=10),
    "vectors + language model, frozen": Entry(both, BOTH, draws=10),
    "ULMFiT, nothing read": Entry(partial(ulmfit, kind="untrained"), (), FEW_SIZES),
    "ULMFiT, without stage 2": Entry(partial(ulmfit, kind="shipped"), HEAVY, (5, 10)),
    "ULMFiT": Entry(ulmfit, HEAVY, FEW_SIZES),
    "vectors + ULMFiT": Entry(partial(ulmfit, with_vectors=True), BOTH, (5, 10), draws=5),
    "three LSTMs together": Entry(
        partial(together, parts=("vectors + LSTM on vectors",)), ("vectors",), ALL, draws=1
    ),
    "all together": Entry(partial(together, parts=READERS), BOTH, ALL, draws=1),
}
