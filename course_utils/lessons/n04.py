"""What notebook 04 defines and others import: its cells tagged `export`.

Made from notebooks/04_padding_and_packing.ipynb by `python -m tools.export`: edit the notebook.
"""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

# A batch pays for its own longest


def pad_batch(documents):
    lengths = torch.tensor([len(document) for document in documents])
    x = torch.zeros(len(documents), int(lengths.max()), dtype=torch.long)
    for row, document in zip(x, documents):
        row[: len(document)] = torch.as_tensor(document)
    return x, lengths


def collate(items):
    documents, labels = zip(*items)
    return *pad_batch(documents), torch.tensor(labels)


def as_it_is(length):
    return length


def padding_share(lengths, batches, width=as_it_is):
    words = sum(lengths[i] for batch in batches for i in batch)
    widths = [width(max(lengths[i] for i in batch)) for batch in batches]
    positions = sum(len(batch) * columns for batch, columns in zip(batches, widths))
    return 1 - words / positions


def cut(order, size=32):
    return [order[i : i + size] for i in range(0, len(order), size)]


# Packing: the rectangle without the grey


def pack_by_hand(x, lengths):
    sorted_lengths, order = lengths.sort(descending=True)  # ties as PyTorch has them
    batch_sizes = [int((lengths > t).sum()) for t in range(int(sorted_lengths[0]))]
    steps = [x[order[:n], t] for t, n in enumerate(batch_sizes)]
    return torch.cat(steps), batch_sizes


def pytorch_pack(x, lengths):
    return pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)


def data_and_batch_sizes(x, lengths):
    return pytorch_pack(x, lengths)[:2]


def some_documents(g):
    B, T, D = torch.randint(1, 9, (3,), generator=g).tolist()
    return torch.randn(B, T, D, generator=g), torch.randint(1, T + 1, (B,), generator=g)


# An LSTM down the staircase


def packed_lstm(x, lengths, W, U, b, cut_steps=torch.split):
    packed = pytorch_pack(x, lengths)
    h = c = x.new_zeros(len(x), len(b) // 4)
    states = []
    for x_t in cut_steps(packed.data @ W.T, packed.batch_sizes.tolist()):
        n = len(x_t)  # documents that still have a word
        i, f, g, o = (x_t + h[:n] @ U.T + b).chunk(4, dim=1)
        c = f.sigmoid() * c[:n] + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        states.append(h)
    packed_states = packed._replace(data=torch.cat(states))
    return pad_packed_sequence(packed_states, batch_first=True)[0]


def pytorch_lstm(x, W, U, b):
    module = nn.LSTM(W.shape[1], len(b) // 4, batch_first=True)
    weights = {
        "weight_ih_l0": W,
        "weight_hh_l0": U,
        "bias_ih_l0": b,
        "bias_hh_l0": torch.zeros(len(b)),
    }
    return torch.func.functional_call(module, weights, (x,))


def one_at_a_time(x, lengths, W, U, b):
    rows = [pytorch_lstm(row[:n], W, U, b)[0] for row, n in zip(x, lengths)]
    return pad_sequence(rows, batch_first=True)


def documents_and_cell(g):
    x, lengths = some_documents(g)
    D = x.size(2)
    H = int(torch.randint(1, 6, (), generator=g))
    cell = [torch.randn(*s, generator=g) for s in [(4 * H, D), (4 * H, H), (4 * H,)]]
    return x, lengths, *cell


# The bidirectional trap


def run(lstm, e, n):
    packed, (h_n, _) = lstm(pytorch_pack(e, n))
    return pad_packed_sequence(packed, batch_first=True)[0], h_n


def moved(before, after):
    return [not torch.allclose(a, b, atol=1e-6) for a, b in zip(before, after)]


# Exact without packing


def reverse_padded(x, lengths):
    steps = torch.arange(x.size(1))
    index = torch.where(steps < lengths[:, None], lengths[:, None] - 1 - steps, steps)
    return x.gather(1, index[..., None].expand_as(x))


def one_direction(x, weights):
    module = nn.LSTM(x.size(2), weights[1].size(1), batch_first=True)
    names = [name for name, _ in module.named_parameters()]
    return torch.func.functional_call(module, dict(zip(names, weights)), (x,))[0]


def dense_lstm(x, lengths, all_weights):
    padded = torch.arange(x.size(1)) >= lengths[:, None]
    rows = torch.arange(len(x))
    h_n = []
    for forward, backward in zip(all_weights[::2], all_weights[1::2]):
        ahead = one_direction(x, forward)
        back = one_direction(reverse_padded(x, lengths), backward)
        h_n += [ahead[rows, lengths - 1], back[rows, lengths - 1]]
        x = torch.cat([ahead, reverse_padded(back, lengths)], dim=-1)
        x = x.masked_fill(padded[..., None], 0)
    return x, torch.stack(h_n)


def pytorch_packed(x, lengths, all_weights):
    module = nn.LSTM(
        x.size(2),
        all_weights[0][1].size(1),
        num_layers=len(all_weights) // 2,
        bidirectional=True,
        batch_first=True,
    )
    names = [name for name, _ in module.named_parameters()]
    weights = dict(zip(names, [weight for one in all_weights for weight in one]))
    packed, (h_n, _) = torch.func.functional_call(module, weights, (pytorch_pack(x, lengths),))
    output, _ = pad_packed_sequence(packed, batch_first=True, total_length=x.size(1))
    return output, h_n


def documents_and_weights(g):
    x, lengths = some_documents(g)
    H = int(torch.randint(1, 6, (), generator=g))
    all_weights = []
    for D in [x.size(2), x.size(2), 2 * H, 2 * H]:
        shapes = [(4 * H, D), (4 * H, H), (4 * H,), (4 * H,)]
        all_weights.append([torch.randn(*shape, generator=g) for shape in shapes])
    return x, lengths, all_weights


# Length buckets: little padding *and* shuffled


def rounded_length(length):
    step = max(8, 1 << max(0, (length - 1).bit_length() - 5))  # 16 widths to each doubling
    return -(-length // step) * step


def length_buckets(lengths, tokens, seed):
    generator = torch.Generator().manual_seed(seed)
    buckets: dict[int, list[int]] = {}
    for i in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        buckets.setdefault(rounded_length(lengths[i]), []).append(i)
    batches = []
    waiting: list[int] = []
    for width, bucket in buckets.items():
        waiting += [bucket[i] for i in torch.randperm(len(bucket), generator=generator)]
        size = max(1, tokens // width)
        while len(waiting) >= size:
            batches.append(waiting[:size])
            waiting = waiting[size:]
    if waiting:
        batches.append(waiting)
    return [batches[i] for i in torch.randperm(len(batches), generator=generator)]
