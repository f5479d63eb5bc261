"""A training program as people write it, with nine of the museum's faults, for the last exercise.
It runs to its end without an error; `show` numbers its lines, MENDED has the right ones."""

SCRIPT = """\
import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
N, T, V, K = 400, 12, 30, 3
lengths = torch.randint(3, T + 1, (N,))
x = torch.randint(2, V, (N, T)).masked_fill(torch.arange(T) >= lengths[:, None], 0)
y = x[:, 0] % K  # the first word decides
order = torch.argsort(y)
train, held_out = order[:320], order[320:]


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, 32, padding_idx=0)
        self.lstm = nn.LSTM(32, 64)
        self.drop = nn.Dropout(0.1)
        self.out = [nn.Linear(64, K)]

    def forward(self, x, lengths):
        states, _ = self.lstm(self.emb(x))
        last = self.drop(states[:, -1])
        return self.out[0](last).softmax(dim=1)


model = Reader()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
best = -1.0
for epoch in range(30):
    model.train()
    optimizer.zero_grad()
    for rows in train[torch.randperm(len(train))].split(32):
        loss = F.cross_entropy(model(x[rows], lengths[rows]), y[rows])
        loss.backward()
        optimizer.step()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    model.eval()
    with torch.no_grad():
        right = [model(x[r], lengths[r]).argmax(1) == y[r] for r in held_out.split(32)]
    accuracy = torch.stack([r.float().mean() for r in right]).mean()
    if accuracy > best:
        best = accuracy
        weights = model.state_dict()
model.load_state_dict(weights)
"""

# Each fault by the numbers of the lines that may be named for it, as `show` prints them.
FAULTS = [{10}, {18}, {20}, {24}, {25}, {33}, {37, 38}, {42}, {45}]

# What makes the program right again: some lines replaced.
MENDED = {
    10: "order = torch.randperm(N)",
    18: "        self.lstm = nn.LSTM(32, 64, batch_first=True)",
    20: "        self.out = nn.ModuleList([nn.Linear(64, K)])",
    24: "        last = self.drop(states[torch.arange(len(x)), lengths - 1])",
    25: "        return self.out[0](last)",
    33: "",
    36: "        optimizer.zero_grad()\n        loss.backward()",
    37: "        nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
    38: "        optimizer.step()",
    42: "    accuracy = torch.cat(right).float().mean()",
    45: "        weights = {name: value.clone() for name, value in model.state_dict().items()}",
}


def show() -> None:
    """Prints the program with the numbers of its lines."""
    for number, line in enumerate(SCRIPT.splitlines(), 1):
        print(f"{number:2}  {line}".rstrip())


def mended() -> str:
    """The program without its faults."""
    lines = enumerate(SCRIPT.splitlines(), 1)
    return "\n".join(MENDED.get(number, line) for number, line in lines)
