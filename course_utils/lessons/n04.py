"""What notebook 04 defines and others import: its cells tagged `export`.

Made from notebooks/04_padding_and_packing.ipynb by `python -m tools.export`: edit the notebook.
"""

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

# A batch pays for its own longest


def pad_batch(documents):
    """Documents as one rectangle (B, T), filled up with zeros, and their lengths (B,)."""
    lengths = torch.tensor([len(document) for document in documents])
    x = torch.zeros(len(documents), int(lengths.max()), dtype=torch.long)
    for row, document in zip(x, documents):
        row[: len(document)] = torch.as_tensor(document)
    return x, lengths


def collate(items):
    documents, labels = zip(*items)
    return *pad_batch(documents), torch.tensor(labels)


# Packing: the rectangle without the grey


def pack_by_hand(x, lengths):
    sorted_lengths, order = lengths.sort(descending=True)  # ties as PyTorch has them
    batch_sizes = [int((lengths > t).sum()) for t in range(int(sorted_lengths[0]))]
    steps = [x[order[:n], t] for t, n in enumerate(batch_sizes)]
    return torch.cat(steps), batch_sizes


def pytorch_pack(x, lengths):
    return pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)


def some_documents(g):
    B, T, D = torch.randint(1, 9, (3,), generator=g).tolist()
    return torch.randn(B, T, D, generator=g), torch.randint(1, T + 1, (B,), generator=g)


def documents_and_cell(g):
    x, lengths = some_documents(g)
    H = int(torch.randint(1, 6, (), generator=g))
    shapes = [(4 * H, x.size(2)), (4 * H, H), (4 * H,)]
    return x, lengths, *(torch.randn(*shape, generator=g) for shape in shapes)


# An LSTM down the staircase


def packed_lstm(x, lengths, W_x, W_h, b, cut_steps=torch.split):
    packed = pytorch_pack(x, lengths)
    h = c = x.new_zeros(len(x), len(b) // 4)
    states = []
    for a_t in cut_steps(packed.data @ W_x.T, packed.batch_sizes.tolist()):
        n = len(a_t)  # documents that still have a word
        i, f, g, o = (a_t + h[:n] @ W_h.T + b).chunk(4, dim=1)
        c = f.sigmoid() * c[:n] + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        states.append(h)
    packed_states = packed._replace(data=torch.cat(states))
    return pad_packed_sequence(packed_states, batch_first=True)[0]


# The backward direction reads padding first


def reverse_padded(x, lengths):
    steps = torch.arange(x.size(1))
    index = torch.where(steps < lengths[:, None], lengths[:, None] - 1 - steps, steps)
    return x.gather(1, index[..., None].expand_as(x))


# Length buckets: little padding *and* shuffled


def rounded_length(length):
    """The next of few widths, 16 to each doubling."""
    step = max(8, 1 << max(0, (length - 1).bit_length() - 5))
    return -(-length // step) * step


def length_buckets(lengths, tokens, seed):
    generator = torch.Generator().manual_seed(seed)
    buckets: dict[int, list[int]] = {}
    batches: list[list[int]] = []
    waiting: list[int] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        buckets.setdefault(rounded_length(lengths[i]), []).append(i)
    for width, bucket in buckets.items():
        waiting += [bucket[i] for i in torch.randperm(len(bucket), generator=generator)]
        size = max(1, tokens // width)
        while len(waiting) >= size:
            batches.append(waiting[:size])
            waiting = waiting[size:]
    batches += [waiting] if waiting else []
    return [batches[i] for i in torch.randperm(len(batches), generator=generator)]
