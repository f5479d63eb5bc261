"""What notebook 08 builds: encoder, decoder, attention with its mask, a beam search, the block of a
Transformer, each held against something that shares nothing with it."""

import pandas as pd
import pytest
import torch
from torch import nn

from benchmarks import dates as benchmark
from course_utils import Vocabulary, beam_core
from course_utils.lessons import n08


def attention_in_loops(s, h, lengths, W_q, W_k, v):
    """The equations, text by text and position by position, without padding."""
    c = []
    weights = []
    for s_b, h_b, T in zip(s, h, lengths.tolist(), strict=True):
        e = torch.stack([v @ torch.tanh(W_q @ s_b + W_k @ h_b[j]) for j in range(T)])
        alpha = e.exp() / e.exp().sum()
        c.append(sum(alpha[j] * h_b[j] for j in range(T)))
        weights.append(nn.functional.pad(alpha, (0, h.size(1) - T)))
    return torch.stack(c), torch.stack(weights)


def test_attention_looks_at_real_positions_only():
    g = torch.Generator().manual_seed(0)
    s, h, W, U, v = (
        torch.randn(*shape, generator=g) for shape in [(3, 4), (3, 6, 5), (7, 4), (7, 5), (7,)]
    )
    lengths = torch.tensor([6, 1, 3])
    real = n08.real_positions(h, lengths)
    assert real.sum(1).tolist() == [6, 1, 3]
    assert real[:, 0].all()
    c, alpha = n08.attention(s, h, h @ U.T, real, W, v)
    assert torch.equal(alpha > 0, real)
    torch.testing.assert_close(alpha.sum(1), torch.ones(3))
    torch.testing.assert_close(c[1], h[1, 0])  # a text of one position has nowhere else to look

    spoilt = h.masked_fill(~real[..., None], 1e4)  # what stands at padding has no influence
    again = n08.attention(s, spoilt, spoilt @ U.T, real, W, v)
    torch.testing.assert_close(again, (c, alpha))
    torch.testing.assert_close(attention_in_loops(s, h, lengths, W, U, v), (c, alpha))


def test_neighbours_in_the_batch_do_not_matter():
    g = torch.Generator().manual_seed(1)
    s, h, W, U, v = (
        torch.randn(*shape, generator=g) for shape in [(2, 4), (2, 9, 5), (7, 4), (7, 5), (7,)]
    )
    lengths = torch.tensor([4, 9])
    together = n08.attention(s, h, h @ U.T, n08.real_positions(h, lengths), W, v)
    alone = n08.attention(
        s[:1], h[:1, :4], h[:1, :4] @ U.T, n08.real_positions(h[:1, :4], lengths[:1]), W, v
    )
    torch.testing.assert_close(together[0][:1], alone[0])
    torch.testing.assert_close(together[1][:1, :4], alone[1])


def test_a_position_of_padding_gets_no_gradient():
    g = torch.Generator().manual_seed(2)
    s, h, W, U, v = (
        torch.randn(*shape, generator=g, requires_grad=True)
        for shape in [(2, 4), (2, 5, 5), (7, 4), (7, 5), (7,)]
    )
    real = n08.real_positions(h, torch.tensor([2, 5]))
    n08.attention(s, h, h @ U.T, real, W, v)[0].sum().backward()
    assert not h.grad[0, 2:].any()
    assert h.grad[0, :2].any()
    assert h.grad.isfinite().all()


def small(network="attention"):
    torch.manual_seed(0)
    vocabulary = Vocabulary(["am", "3", ".", "März"])
    return benchmark.NETWORKS[network](vocabulary).eval()


@pytest.mark.parametrize("network", benchmark.NETWORKS)
def test_the_networks_answer_in_16_characters_whatever_they_read(network):
    model = small(network)
    answers, _ = n08.greedy(model, ["am 3. März", "nie"])
    assert [len(answer) for answer in answers] == [16, 16]
    rows = [("am 3. März", "2019-03-03T08:15"), ("nie", "1999-01-01T00:45")]
    x, lengths, y, _ = n08.collate(rows, model.encoder.vocabulary)
    assert model(x, lengths, y).shape == (2, len(n08.OUT), 16)
    assert lengths.tolist() == [4, 1]


@pytest.mark.parametrize("network", benchmark.NETWORKS)
def test_a_neighbour_in_the_batch_changes_no_answer(network):
    model = small(network)
    texts = ["am 3. März", "am 3. März " * 9]
    x, lengths = n08.encode(texts, model.encoder.vocabulary)
    y = torch.randint(13, (2, 16), generator=torch.Generator().manual_seed(0))
    if network == "no teacher":  # one other rounding would change all that follows
        pytest.skip("feeds back what it writes")
    with torch.no_grad():
        together = model(x, lengths, y)[:1]
        alone = model(x[:1, :4], lengths[:1], y[:1])
    torch.testing.assert_close(together, alone)


def test_a_beam_of_one_is_greedy():
    model = small()
    text = "am 3. März"
    assert n08.beam(model, text, 1)[0][0] == n08.greedy(model, [text])[0][0]


@pytest.mark.parametrize("width", [1, 3, 10])
def test_the_beam_is_that_of_the_package(width):
    model = small()
    text = "am 3. März"
    memory, s = model.read(*n08.encode([text], model.encoder.vocabulary))

    def step(y, s):
        spread = [part.expand(len(y), *part.shape[1:]) for part in memory]
        z, s, _ = model.step(y, s, spread)
        return z.log_softmax(1), s

    with torch.no_grad():
        sequences, log_p = beam_core(
            step, s, torch.tensor([n08.START]), 16, width, top_k=len(n08.OUT), batch_dim=0
        )
    mine = n08.beam(model, text, width)
    assert [text for text, _ in mine] == ["".join(n08.OUT[i] for i in row) for row in sequences]
    torch.testing.assert_close(torch.tensor([p for _, p in mine]), log_p)


def weights_of(block, layer):
    """The weights of `block` under the names that `layer` gives them."""
    return dict(zip(layer.state_dict(), block.state_dict().values(), strict=True))


def test_a_block_is_a_layer_of_torch():
    torch.manual_seed(0)
    block = n08.Block(12, 3, 20)
    layer = nn.TransformerEncoderLayer(12, 3, 20, dropout=0.0, batch_first=True)
    layer.load_state_dict(weights_of(block, layer))
    x = torch.randn(2, 5, 12)
    real = n08.real_positions(x, torch.tensor([5, 2]))
    theirs = layer(x, src_key_padding_mask=~real)
    torch.testing.assert_close(block(x, real)[real], theirs[real])


def test_heads_look_at_real_positions_only_and_do_not_know_their_order():
    torch.manual_seed(0)
    block = n08.Block(12, 3, 20)
    x = torch.randn(2, 5, 12)
    real = n08.real_positions(x, torch.tensor([5, 2]))
    _, alpha = block.attend(x, real)
    assert alpha.shape == (2, 3, 5, 5)
    assert not alpha[1, ..., 2:].any()
    torch.testing.assert_close(alpha.sum(3), torch.ones(2, 3, 5))
    order = torch.randperm(5)
    shuffled = block(x[:1, order], real[:1])
    torch.testing.assert_close(block(x[:1], real[:1])[:, order], shuffled)


def test_positions_tell_the_block_about_order():
    with_places = small("block").encoder
    without = small("block without positions").encoder
    x = torch.tensor([[2, 3, 4, 5]])
    turned = x.flip(1)
    lengths = torch.tensor([4])
    torch.testing.assert_close(without(x, lengths)[1], without(turned, lengths)[1])
    assert not torch.allclose(with_places(x, lengths)[1], with_places(turned, lengths)[1])


def places_and_parts(rows):
    return {part for spelling in rows.spelling for part in enumerate(spelling)}


def test_the_harder_question_of_the_benchmark_shows_no_pair_in_training():
    train, test = benchmark.examples(0, "a pair never seen")
    assert not any(map(benchmark.in_words_twice, train.spelling))
    assert all(map(benchmark.in_words_twice, test.spelling))
    assert places_and_parts(test) <= places_and_parts(train)  # each part alone was seen


def test_moments_are_joined_with_their_answers():
    rows = pd.DataFrame({"text": list("abcde"), "iso": list("ABCDE")})
    assert benchmark.joined(rows, 2).to_dict("list") == {
        "text": ["a; b", "c; d"],
        "iso": ["AB", "CD"],
    }
