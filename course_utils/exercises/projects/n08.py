"""The project of notebook 08: attention that still finds its way in texts longer than any it read.
The score builds one network round the learner's attention and trains it, always in the same way."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_utils.exercises.projects import Refused, project

KINDS = 8
SIZE = 32
TAUGHT = (3, 4, 5, 6)
ASKED = 12
STEPS = 250


class Reverser(nn.Module):
    """Writes the letters of a text backwards; `look` is the attention that it is given."""

    def __init__(self, look: nn.Module):
        super().__init__()
        self.letters = nn.Embedding(KINDS, SIZE)
        self.read = nn.GRU(SIZE, SIZE // 2, batch_first=True, bidirectional=True)
        self.written = nn.Embedding(KINDS + 1, SIZE)
        self.cell = nn.GRUCell(2 * SIZE, SIZE)
        self.out = nn.Linear(2 * SIZE, KINDS)
        self.look = look

    def forward(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """Logits (B, T, KINDS); with the right letters `y` the teacher speaks."""
        h, ends = self.read(self.letters(x))
        s = torch.cat([*ends], dim=1)
        alpha = h.new_zeros(h.shape[:2])
        before = x.new_full(x.shape[:1], KINDS)
        logits = []
        for i in range(x.shape[1]):
            alpha = weights(self.look, s, h, alpha)
            c = (alpha[:, None] @ h)[:, 0]
            s = self.cell(torch.cat([self.written(before), c], dim=1), s)
            logits.append(self.out(torch.cat([s, c], dim=1)))
            before = logits[-1].argmax(1) if y is None else y[:, i]
        return torch.stack(logits, dim=1)


def weights(look, s: Tensor, h: Tensor, alpha: Tensor) -> Tensor:
    """What `look` gives, if these are weights."""
    given = look(s, h, alpha)
    if not isinstance(given, Tensor) or given.shape != alpha.shape:
        raise Refused(f"The attention should give a tensor {tuple(alpha.shape)}: a weight a state.")
    if given.min() < -1e-5 or (given.sum(1) - 1).abs().max() > 1e-3:
        raise Refused("The weights of a text must not be negative and must sum to 1.")
    return given


def _texts(n: int, T: int, g: torch.Generator) -> Tensor:
    return torch.randint(KINDS, (n, T), generator=g)


def exact_when_longer(attention) -> float:
    """Percent of texts of 12 letters that are right to the last, after training on 3 to 6."""
    torch.manual_seed(0)
    look = attention(SIZE)
    if not isinstance(look, nn.Module):
        raise Refused(f"attention(size) should return an nn.Module, not {type(look).__name__}.")
    model = Reverser(look)
    g = torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0.05, total_iters=STEPS)
    for step in range(STEPS):
        x = _texts(48, TAUGHT[step % len(TAUGHT)], g)
        loss = F.cross_entropy(model(x, x.flip(1)).flatten(0, 1), x.flip(1).flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    x = _texts(400, ASKED, torch.Generator().manual_seed(1))
    with torch.no_grad():
        right = model.eval()(x).argmax(2) == x.flip(1)
    return 100 * right.all(1).double().mean().item()


class Additive(nn.Module):
    """The notebook's attention, which looks at states only."""

    def __init__(self, size: int):
        super().__init__()
        self.W_q = nn.Linear(size, size, bias=False)
        self.W_k = nn.Linear(size, size, bias=False)
        self.v = nn.Linear(size, 1, bias=False)

    def forward(self, s: Tensor, h: Tensor, alpha: Tensor) -> Tensor:
        return self.v(torch.tanh(self.W_q(s)[:, None] + self.W_k(h)))[..., 0].softmax(1)


@project(
    "seq2seq-longer",
    title="Longer than anything it read",
    goal="""
        A small encoder and decoder learn to write letters backwards, from texts of 3 to 6 letters.
        The score is the share of texts of **12** letters that it then writes without a mistake,
        alone. You bring the attention: `attend(size)` returns an `nn.Module` whose
        `forward(s, h, alpha)` gets the state `s` (B, size), the states `h` (B, T, size) and the
        weights of the step before, `alpha` (B, T), all 0 at the first step; it returns this step's
        weights, which sum to 1. (All texts of a batch have one length: no mask.) The usual way is
        Bahdanau's attention, which was shown no text so long and loses its place. Ideas: where did
        it look a step ago? A convolution over `alpha` (Chorowski et al. 2015); keys that know how
        far from the end they stand. (An evening without a score: let the teacher of this
        notebook's networks leave by degrees, with `next_input` and a `p` that falls from 1 to 0.
        Does any `p` between beat both ends, paired on the same texts?)
        """,
    minutes=60,
    score=exact_when_longer,
    better="higher",
    unit="%",
    target=95.0,
    baseline=0.0,
)
def attend(size):
    return ...
