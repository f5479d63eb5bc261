"""Models of one token at a time, each a step and a state, for the tests of beam search.
Each is small enough for its texts to be enumerated."""

import torch
from torch import nn

START = torch.tensor([0])


def markov(vocab: int, seed: int):
    """(step, state): a random transition table; nothing to remember."""
    table = (
        torch.randn(
            vocab, vocab, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)
        )
        .mul(2)
        .log_softmax(-1)
    )
    return lambda tokens, state: (table[tokens], state), ()


def lstm(vocab: int, seed: int):
    """(step, state): a random two-layer nn.LSTM, its state (h, c) with the batch in dimension 1."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        emb = nn.Embedding(vocab, 5)
        rnn = nn.LSTM(5, 6, num_layers=2)
        out = nn.Linear(6, vocab)
    for module in (emb, rnn, out):
        module.double()
        for parameter in module.parameters():
            parameter.data.mul_(3)  # strong enough for the history to matter

    def step(tokens, state):
        output, state = rnn(emb(tokens)[None], state)
        return out(output[0]).log_softmax(-1), state

    return step, tuple(torch.zeros(2, 1, 6, dtype=torch.float64) for _ in "hc")


def history_hash(vocab: int, seed: int):
    """(step, state (B,)): log-probabilities from a hash of the whole history, so that one wrong
    parent shows."""

    def step(tokens, state):
        code = (state * 31 + tokens + 1 + seed) % 10007
        logits = torch.sin((code[:, None].double() + 0.5) * (torch.arange(vocab) + 1.7)) * 3
        return logits.log_softmax(-1), code

    return step, torch.zeros(1, dtype=torch.long)


MODELS = {markov: 1, lstm: 1, history_hash: 0}  # with the batch dimension of the state
