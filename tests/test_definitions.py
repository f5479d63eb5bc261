"""What a notebook builds by hand and a later one imports from course_utils: both are compared."""

import numpy as np
import pytest
import torch
from gensim.models import KeyedVectors

import course_utils
from course_utils.batching import LengthBuckets
from course_utils.lessons import n02, n03, n04, n05
from course_utils.lstm import reverse_padded


@pytest.mark.parametrize(
    "text",
    [
        'Sie sagte: "geht\'s um 18.45 Uhr?"',
        "12.400 Euro, 3,7 Prozent – E-Mail/SMS",
        "Actually,",
        "",
    ],
)
def test_tokenizer_of_02(text):
    assert n02.tokenize(text) == course_utils.tokenize(text)


def test_embedding_matrix_of_02():
    vectors = KeyedVectors(4)
    vectors.add_vectors(["die", "neue"], np.arange(8, dtype="float32").reshape(2, 4))
    vocabulary = course_utils.Vocabulary(["die", "BER", "neue"])
    mine = n02.embedding_matrix(vocabulary.words, vectors)
    theirs = course_utils.embedding_matrix(vocabulary, vectors)
    known = [0, 1, 2, 4]  # words without a vector are random in both
    assert torch.equal(mine[known], theirs[known])
    assert mine.shape == theirs.shape and mine.dtype == theirs.dtype


def test_lstm_of_03():
    generator = torch.Generator().manual_seed(0)
    shapes = {"W": (8, 3), "U": (8, 2), "b": (8,), "x": (5, 3)}
    drawn = {name: torch.randn(*shape, generator=generator) for name, shape in shapes.items()}
    module = course_utils.PaddedLSTM(3, 2)
    weights = {"weight_ih_l0": drawn["W"], "weight_hh_l0": drawn["U"], "bias_ih_l0": drawn["b"]}
    module.load_state_dict({**weights, "bias_hh_l0": torch.zeros(8)})
    states, _ = n03.lstm(drawn["x"], drawn["W"], drawn["U"], drawn["b"])
    output, _ = module(drawn["x"][None], torch.tensor([5]))
    torch.testing.assert_close(states, output[0])


@pytest.mark.parametrize("lengths", [[3], [5, 1, 4], [7, 7, 2, 6]])
def test_padding_of_04(lengths):
    documents = [list(range(1, n + 1)) for n in lengths]
    x, n = course_utils.pad_batch(documents)
    mine, my_lengths = n04.pad_batch(documents)
    assert torch.equal(mine, x) and torch.equal(my_lengths, n)
    embedded = x[..., None].double()
    theirs = reverse_padded(embedded.transpose(0, 1), n)  # time first
    assert torch.equal(n04.reverse_padded(embedded, n).transpose(0, 1), theirs)


def test_rounded_lengths_of_04():
    different = [
        n for n in range(1, 4000) if n04.rounded_length(n) != course_utils.rounded_length(n)
    ]
    assert different == []


def test_buckets_of_04():
    lengths = [int(n) for n in np.random.default_rng(0).lognormal(5.7, 0.6, 300)]
    batches = n04.length_buckets(lengths, 4000, 0)
    assert sorted(i for batch in batches for i in batch) == list(range(300))
    theirs = LengthBuckets(lengths, 4000).batches()
    mine_padded = course_utils.padding_share(lengths, batches, rounded=True)
    theirs_padded = course_utils.padding_share(lengths, theirs, rounded=True)
    assert abs(mine_padded - theirs_padded) < 0.05


def test_classifier_of_05():
    """What a padded batch says of a document does not depend on its neighbours."""
    generator = torch.Generator().manual_seed(0)
    matrix = torch.randn(20, 6, generator=generator)
    x, lengths = course_utils.pad_batch([[2, 3, 4], [5, 6, 7, 8, 9]])
    torch.manual_seed(0)
    model = n05.NewsClassifier(matrix.clone(), 4, hidden_size=5, num_layers=2).eval()
    logits = model(x, lengths)
    assert logits.shape == (2, 4)
    alone, alone_length = course_utils.pad_batch([[2, 3, 4]])
    torch.testing.assert_close(model(alone, alone_length), logits[:1])


def test_classifier_of_05_takes_a_batch_of_one():
    """In training, too: one article has no spread, so batch norm uses what it has collected."""
    torch.manual_seed(0)
    model = n05.NewsClassifier(torch.randn(20, 6), 4, hidden_size=5).train()
    before = model.norm.running_mean.clone()
    model(*course_utils.pad_batch([[2, 3, 4]])).sum().backward()
    assert torch.equal(model.norm.running_mean, before)
    model(*course_utils.pad_batch([[2, 3, 4], [5, 6, 7]]))
    assert not torch.equal(model.norm.running_mean, before)
    assert model.emb.weight.grad is None
