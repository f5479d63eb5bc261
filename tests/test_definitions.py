"""What a notebook builds by hand and a later one imports: the definition is taken out of the notebook and held against the helper."""

import numpy as np
import pytest
import torch

import course_utils
from benchmarks import models
from benchmarks.taken import take
from course_utils.batching import LengthBuckets


def test_tokenizer_of_02(monkeypatch):
    tokenize = take("02", "TOKEN", "tokenize")["tokenize"]
    for text in [
        'Sie sagte: "geht\'s um 18.45 Uhr?"',
        "12.400 Euro, 3,7 Prozent – E-Mail/SMS",
        "Actually,",
    ]:
        assert tokenize(text) == course_utils.tokenize(text)


def test_embedding_matrix_of_02():
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(4)
    vectors.add_vectors(["die", "neue"], np.arange(8, dtype="float32").reshape(2, 4))
    vocabulary = course_utils.Vocabulary(["die", "BER", "neue"])
    mine = take("02", "embedding_matrix", words=vocabulary.words, vectors=vectors, PAD=0, UNK=1)[
        "embedding_matrix"
    ]()
    theirs = course_utils.embedding_matrix(vocabulary, vectors)
    known = [0, 1, 2, 4]  # words without a vector are random in both
    assert torch.equal(mine[known], theirs[known])
    assert mine.shape == theirs.shape


@pytest.mark.parametrize("lengths", [[3], [5, 1, 4], [7, 7, 2, 6]])
def test_padding_of_04(lengths):
    scope = take("04", "pad_batch", "reverse_padded")
    documents = [list(range(1, n + 1)) for n in lengths]
    x, n = course_utils.pad_batch(documents)
    mine = scope["pad_batch"](documents)
    assert torch.equal(mine[0], x) and torch.equal(mine[1], n)
    from course_utils.lstm import reverse_padded  # time first

    assert torch.equal(
        scope["reverse_padded"](x[..., None].double(), n).transpose(0, 1),
        reverse_padded(x.T[..., None].double(), n),
    )


def test_buckets_of_04():
    scope = take("04", "rounded_length", "length_buckets")
    assert all(scope["rounded_length"](n) == course_utils.rounded_length(n) for n in range(1, 4000))
    lengths = [int(n) for n in np.random.default_rng(0).lognormal(5.7, 0.6, 300)]
    batches = scope["length_buckets"](lengths, 4000, 0)
    assert sorted(i for batch in batches for i in batch) == list(range(300))
    assert (
        abs(
            course_utils.padding_share(lengths, batches, rounded=True)
            - course_utils.padding_share(
                lengths, LengthBuckets(lengths, 4000).batches(), rounded=True
            )
        )
        < 0.05
    )


def test_classifier_of_05():
    mine = take("05", "NewsClassifier")["NewsClassifier"]
    matrix = torch.randn(20, 6, generator=torch.Generator().manual_seed(0))
    x, lengths = course_utils.pad_batch([[2, 3, 4], [5, 6, 7, 8, 9]])
    results = []
    for cls in (mine, models.NewsClassifier):
        torch.manual_seed(0)
        model = cls(matrix.clone(), 4, hidden_size=5, num_layers=2)
        results.append((model(x, lengths), model.eval()(x, lengths)))
    assert all(torch.equal(a, b) for a, b in zip(*results))


def test_lstm_of_03():
    scope = take("03", "lstm_step", "lstm")
    generator = torch.Generator().manual_seed(0)
    W, U, b, x = (torch.randn(*s, generator=generator) for s in [(8, 3), (8, 2), (8,), (5, 3)])
    module = course_utils.PaddedLSTM(3, 2)
    module.load_state_dict(
        {"weight_ih_l0": W, "weight_hh_l0": U, "bias_ih_l0": b, "bias_hh_l0": torch.zeros(8)}
    )
    states, _ = scope["lstm"](x, W, U, b)
    torch.testing.assert_close(states, module(x[None], torch.tensor([5]))[0][0])
