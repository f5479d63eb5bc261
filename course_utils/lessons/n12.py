"""What notebook 12 defines and others import: its cells tagged `export`.

Made from notebooks/12_playground.ipynb by `python -m tools.export`: edit the notebook.
"""

import json
import re
import tempfile
import unicodedata
from html import escape
from pathlib import Path

import ipywidgets as widgets
import pandas as pd
import torch
from IPython.display import HTML
from safetensors.torch import load, save
from torch import nn

from course_utils import PAD, UNK, PaddedLSTM, Vocabulary, pad_batch, sample

# Words of any language

MARKS = "".join(c for c in map(chr, range(0x300, 0x10000)) if unicodedata.category(c)[0] == "M")
SCRIPTS = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"  # without blanks
ALONE = re.compile(rf"[{SCRIPTS}][{MARKS}]*")
WORD = re.compile(rf"\d+(?:[.,:]\d+)*|[\w{MARKS}]+(?:[-'’/][\w{MARKS}]+)*|[^\w\s]")


def split_words(text):
    return WORD.findall(ALONE.sub(r" \g<0> ", text))


# Look before you train

LIMIT = 1_000  # words of a text that will be read


def report(texts, few=20):
    words = texts.text.map(split_words).map(len)
    table = words.groupby(texts.category).agg(["size", "median", "max"]).astype(int)
    table.columns = ["texts", "median words", "most words"]
    small = table.index[table.texts < few]
    ratio = table.texts.max() / table.texts.min()
    n_long = (words > LIMIT).sum()
    if len(small):
        print(f"⚠ fewer than {few} texts, so expect little of: {', '.join(small)}")
    if ratio > 10:
        print(f"⚠ the largest class is {ratio:.0f} times the smallest: ", end="")
        print("accuracy will hide the small ones")
    if n_long:
        print(f"⚠ longer than {LIMIT:,} words: {n_long} texts; the rest of each is not read")
    return table.sort_values("texts", ascending=False, kind="stable")


# Three competitors


class TextClassifier(nn.Module):
    def __init__(self, matrix, n_classes, hidden_size=64, dropout=0.5, word_dropout=0.1):
        super().__init__()
        self.emb = nn.Embedding.from_pretrained(matrix / matrix.std(), padding_idx=PAD)
        self.vector_dropout = nn.Dropout(0.3)
        self.lstm = PaddedLSTM(matrix.shape[1], hidden_size, bidirectional=True)
        self.norm = nn.BatchNorm1d(6 * hidden_size)
        self.out = nn.Linear(6 * hidden_size, n_classes)
        self.dropout = nn.Dropout(dropout)
        self.word_dropout = word_dropout

    def forward(self, x, lengths):
        if self.training:
            by_lot = torch.rand(x.shape, device=x.device) < self.word_dropout
            x = x.masked_fill(by_lot & (x != PAD), UNK)
        return self.read(self.emb(x), lengths)

    def read(self, e, lengths):
        output, h_n = self.lstm(self.vector_dropout(e), lengths)
        places = torch.arange(e.shape[1], device=e.device)
        padding = (places >= lengths[:, None])[..., None]
        last = torch.cat([h_n[-2], h_n[-1]], dim=1)
        largest = output.masked_fill(padding, -torch.inf).max(dim=1).values
        mean = output.sum(dim=1) / lengths[:, None]
        features = torch.cat([last, largest, mean], dim=1)
        self.norm.train(self.training and len(e) > 1)  # one text has no spread
        return self.out(self.dropout(self.norm(features)))


@torch.no_grad()
def classify(text, model, vocabulary, classes):
    """Every class with its probability, the likeliest first."""
    x, lengths = pad_batch([vocabulary.encode(split_words(text)[:LIMIT])])
    device = next(model.parameters()).device
    p = model.eval()(x.to(device), lengths.to(device))[0].softmax(0)
    table = pd.Series(p.tolist(), classes, name="probability")
    return table.sort_values(ascending=False, kind="stable")


# Why this class?


def gradient_times_input(z, e, k):
    (slope,) = torch.autograd.grad(z(e[None])[0, k], e, create_graph=True)
    return (e * slope).sum(-1)


def leave_one_out(z, e, k, u):
    gaps = e.repeat(len(e), 1, 1)
    gaps[range(len(e)), range(len(e))] = u
    return z(e[None])[0, k] - z(gaps)[:, k]


def coloured(words, scores):
    top = max(map(abs, scores)) or 1.0
    spans = ""
    for word, score in zip(words, scores):
        colour = "241,163,64" if score > 0 else "103,169,207"
        style = f"background:rgba({colour},{abs(score) / top:.2f})"
        spans += f'<span style="{style}">{escape(word)}</span> '
    page = "background:#fff;color:#1a1a1a;padding:6px 10px;line-height:1.7"
    return HTML(f'<div style="{page}">{spans}</div>')


def explain(text, model, vocabulary, limit=100):
    """Words, chosen class, gradient × input, leave one out."""
    words = split_words(text)[:limit]
    device = next(model.parameters()).device
    ids = torch.tensor(vocabulary.encode(words), device=device)
    e = model.eval().emb(ids).detach().requires_grad_()
    u = model.emb.weight[UNK].detach()

    def z(e):
        return model.read(e, torch.full((len(e),), e.shape[1], device=device))

    with torch.backends.cudnn.flags(enabled=False):  # cuDNN has no gradient in eval mode
        k = z(e[None])[0].argmax().item()
        by_gradient = gradient_times_input(z, e, k)
        by_gaps = leave_one_out(z, e.detach(), k, u)
    return words, k, by_gradient.tolist(), by_gaps.tolist()


# Take it home


def export(model, vocabulary, classes, folder):
    folder = Path(folder)
    if folder.exists():
        raise FileExistsError(
            f"{folder.name} is there already and is not overwritten. Choose another name."
        )
    note = {
        "classes": classes,
        "size": model.emb.embedding_dim,
        "hidden_size": model.lstm.hidden_size,
        "words": vocabulary.words[2:],  # the first two are <pad> and <unk>
    }
    state = model.state_dict()
    weights = {name: weight.detach().cpu().contiguous() for name, weight in state.items()}
    with tempfile.TemporaryDirectory(dir=folder.parent) as beside:  # the same disk: moving works
        new = Path(beside, "new")
        new.mkdir()
        (new / "model.safetensors").write_bytes(save(weights))
        (new / "model.json").write_text(json.dumps(note), encoding="utf-8")
        new.rename(folder)


def load_classifier(folder):
    note = json.loads(Path(folder, "model.json").read_text(encoding="utf-8"))
    blank = torch.rand(len(note["words"]) + 2, note["size"])  # overwritten at once
    model = TextClassifier(blank, len(note["classes"]), note["hidden_size"])
    model.load_state_dict(load(Path(folder, "model.safetensors").read_bytes()))
    return model.eval(), Vocabulary(note["words"]), note["classes"]


# Let it write


def sliders():
    return {
        "temperature": widgets.FloatSlider(value=0.8, min=0.1, max=2.0, step=0.1),
        "top_k": widgets.IntSlider(value=50, min=1, max=200),
        "top_p": widgets.FloatSlider(value=0.9, min=0.05, max=1.0, step=0.05),
        "seed": widgets.IntSlider(value=0, min=0, max=50),
    }


def writer(learn, prompt, n_words=60, sep=" "):
    start = widgets.Text(value=prompt, description="begin with", continuous_update=False)
    page = widgets.HTML()
    knobs = sliders()

    def write(_=None):
        turned = {name: knob.value for name, knob in knobs.items()}
        text = sample(learn, start.value, n_words, sep=sep, **turned)
        style = "background:#fff;color:#1a1a1a;padding:6px 10px"
        page.value = f'<div style="{style}">{escape(text)}</div>'

    for name, knob in knobs.items():
        knob.description = name
        knob.continuous_update = False  # write when the mouse lets go
    for control in (start, *knobs.values()):
        control.observe(write, names="value")
    write()
    return widgets.VBox([start, *knobs.values(), page])
