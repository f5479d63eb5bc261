"""What notebook 12 defines and others import: its cells tagged `export`.

Made from notebooks/12_playground.ipynb by `python -m tools.export`: edit the notebook.
"""

import re
import unicodedata
from html import escape
from textwrap import shorten

import numpy as np
import pandas as pd
import torch
from gensim.models import KeyedVectors
from IPython.display import HTML
from scipy.special import softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.svm import LinearSVC
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from course_utils import UNK, LengthBuckets, PaddedLSTM, load_vectors, pad_batch, predict
from course_utils import fit as train_network
from course_utils.lessons.n05 import pooled
from course_utils.model_folder import read_model, write_model
from course_utils.subwords import SubwordVectors
from course_utils.tokens import normalise

# Words, and a look before the race

MARKS = "".join(c for c in map(chr, range(0x300, 0x10000)) if unicodedata.category(c)[0] == "M")
# without blanks:
SCRIPTS = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
ALONE = re.compile(rf"[{SCRIPTS}][{MARKS}]*")
WORD = re.compile(rf"\d+(?:[.,:]\d+)*|[\w{MARKS}]+(?:[-'’/][\w{MARKS}]+)*|[^\w\s]")


def split_words(text):
    return WORD.findall(ALONE.sub(r" \g<0> ", normalise(text)))


LIMIT = 200  # words of a text that a network reads


def report(texts, few=20):
    words = texts.text.map(split_words).map(len)
    table = words.groupby(texts.category).agg(["size", "median", "max"]).astype(int)
    table.columns = ["texts", "median words", "most words"]
    small = table.index[table.texts < few]
    ratio = table.texts.max() / table.texts.min()
    if len(small):
        print(f"⚠ fewer than {few} texts, so expect little of: {', '.join(small)}")
    if ratio > 10:
        print(f"⚠ the largest class is {ratio:.0f} times the smallest: ", end="")
        print("accuracy will hide the small ones")
    long = (words > LIMIT).mean()
    print(f"{long:.0%} of the texts are longer than the {LIMIT} words a network reads")
    return table.sort_values("texts", ascending=False, kind="stable")


# Three rivals, one input


class WordCounts:
    """tf-idf and a linear SVM; `scores` are margins, no probabilities."""

    def __init__(self, limit=None):
        self.limit = limit
        self.tfidf = TfidfVectorizer(analyzer=self.counted, sublinear_tf=True)
        # the setting of the best counting published for 10kGNAD (notebook 05)
        self.svm = LinearSVC(C=1.6, class_weight="balanced", random_state=0)

    def counted(self, words):
        return [word.lower() for word in words[: self.limit] if word[:1].isalnum()]

    def fit(self, documents, labels):
        self.svm.fit(self.tfidf.fit_transform(documents), labels)
        self.classes = self.svm.classes_.tolist()
        return self

    def scores(self, documents):
        z = self.svm.decision_function(self.tfidf.transform(documents))
        return z if z.ndim == 2 else np.column_stack([-z, z])


class TextClassifier(nn.Module):
    """Vectors (B, T, D) to logits (B, K), by an LSTM in both directions or by none."""

    def __init__(self, D, K, H=64, ordered=True):
        super().__init__()
        self.drop_vectors = nn.Dropout(0.3)
        self.lstm = PaddedLSTM(D, H, bidirectional=True) if ordered else None
        self.norm = nn.BatchNorm1d(4 * H if ordered else 2 * D)
        self.drop = nn.Dropout(0.5)
        self.out = nn.Linear(self.norm.num_features, K)

    def forward(self, x, lengths):
        h = self.drop_vectors(x)
        if self.lstm:
            h, _ = self.lstm(h, lengths)
        self.norm.train(self.training and len(x) > 1)  # one text has no spread
        return self.out(self.drop(self.norm(pooled(h, lengths))))


def regress(norm, out, batches):
    """Fits both layers by logistic regression; folds of these texts choose `C`."""
    x, y = map(torch.cat, zip(*((pooled(x, n), y) for x, n, y in batches)))
    z = F.batch_norm(x, norm.running_mean, norm.running_var, training=True, momentum=1.0)
    one = LogisticRegression(max_iter=1000)
    cv = KFold(3, shuffle=True, random_state=0)
    one = GridSearchCV(one, {"C": [0.003, 0.01, 0.03]}, cv=cv).fit(z, y).best_estimator_
    for mine, row in ((out.weight, one.coef_), (out.bias, one.intercept_)):
        rows = row if len(row) > 1 else np.concatenate([-row, row]) / 2  # of two classes
        mine.data = torch.tensor(rows, dtype=torch.float32)


class Lookup:
    """Numbers for words, and the vector of each; row 0 is padding, row 1 unknown."""

    def __init__(self, vectors):
        self.vectors = vectors
        self.scale = vectors.vectors.std()
        mean = vectors.vectors.mean(0) / self.scale
        self.rows = [np.zeros_like(mean), mean]
        self.index = {}

    def encode(self, words):
        for word in words:
            if word not in self.index and word in self.vectors:
                self.index[word] = len(self.rows)
                self.rows.append(self.vectors[word] / self.scale)
        return [self.index.get(word, UNK) for word in words]

    def batches(self, documents, y, shuffle=False):
        """Batches of like length (notebook 04): vectors (B, T, D), lengths, labels."""
        rows = list(zip(map(self.encode, documents), y, strict=True))
        table = torch.tensor(np.stack(self.rows))
        buckets = LengthBuckets([len(ids) for ids, _ in rows], tokens=6_000, shuffle=shuffle)

        def collate(batch):
            ids, lengths, labels = pad_batch(*zip(*batch, strict=True), rounded=True)
            return F.embedding(ids, table), lengths, labels

        return DataLoader(rows, batch_sampler=buckets, collate_fn=collate)


class Network:
    """A `TextClassifier` over the vectors of a `Lookup`; `scores` are probabilities."""

    def __init__(self, lookup, ordered=True, seed=0):
        self.lookup = lookup
        self.ordered = ordered
        self.seed = seed
        self.limit = LIMIT

    def fit(self, documents, labels):
        self.classes = sorted(set(labels))
        torch.manual_seed(self.seed)
        D = len(self.lookup.rows[0])
        self.model = TextClassifier(D, len(self.classes), ordered=self.ordered)
        y = [self.classes.index(label) for label in labels]
        documents = [words[: self.limit] or [""] for words in documents]
        epochs = int(np.clip(1_000_000 / sum(map(len, documents)), 5, 20))
        batches = self.lookup.batches(documents, y, shuffle=self.ordered)
        if not self.ordered:
            regress(self.model.norm, self.model.out, batches)
            return self
        train_network(self.model, batches, epochs=epochs, lr=0.005, seed=self.seed)
        return self

    def scores(self, documents):
        documents = [words[: self.limit] or [""] for words in documents]
        batches = self.lookup.batches(documents, [0] * len(documents))
        return predict(self.model, batches)[0].softmax(1).numpy()


# Together


def log(p):
    return np.log(p.clip(1e-9))


def spread(z):
    return (z - z.mean(1, keepdims=True)).std()


class Together:
    """Word counts and a network; `scale` brings the margins to the spread of log p."""

    def __init__(self, counts, network, scale):
        self.counts = counts
        self.network = network
        self.scale = scale

    def fit(self, documents, labels):
        self.network.fit(documents, labels)
        self.classes = self.counts.fit(documents, labels).classes
        return self

    def scores(self, documents):
        margins = self.counts.scores(documents)
        z = log(self.network.scores(documents)) + self.scale * margins
        return softmax(z / 2, axis=1)


# The winner serves


def serve(model, texts):
    """For each text the likeliest class, its score, and the second one."""
    scores = model.scores([split_words(text) for text in texts])
    rows = []
    for text, row in zip(texts, scores, strict=True):
        first, second = np.argsort(-row, kind="stable")[:2]
        answer = [model.classes[first], row[first], model.classes[second], row[second]]
        rows.append([shorten(text, 80, placeholder=" …"), *answer])
    return pd.DataFrame(rows, columns=["text", "class", "score", "second", "its score"])


# Why this class?


def leave_one_out(model, words):
    """The chosen class, and how far its score falls without each word."""
    whole = model.scores([words])[0]
    k = whole.argmax()
    without = [words[:t] + words[t + 1 :] or [""] for t in range(len(words))]
    return model.classes[k], whole[k] - model.scores(without)[:, k]


def coloured(words, scores, legend="orange: for the class, blue: against it"):
    """The words on orange where the score is above 0, on blue where below; a legend."""
    top = max(map(abs, scores)) or 1.0
    html = '<p style="background:#fff;color:#1a1a1a;padding:6px">'
    for word, score in zip(words, scores, strict=True):
        colour = "241,163,64" if score > 0 else "103,169,207"
        style = f"background:rgba({colour},{(abs(score) / top) ** 0.5:.2f})"
        html += f'<span style="{style}">{escape(word)}</span> '
    return HTML(f"{html}<br><small>{legend}; deepest: {top:.2f}</small></p>")


# Take it home


def pack(model):
    """A note and numbers: all there is in word counts, in a network, or in both."""
    note = {"classes": model.classes}
    numbers = {}
    for part in (getattr(model, "counts", model), getattr(model, "network", model)):
        if isinstance(part, WordCounts):
            words = part.tfidf.get_feature_names_out().tolist()
            note |= {"limit": part.limit, "words": words}
            numbers |= {"idf": part.tfidf.idf_, "coef": part.svm.coef_}
            numbers["intercept"] = part.svm.intercept_
        else:
            scale = float(getattr(model, "scale", 1))
            note |= {"ordered": part.ordered, "scale": scale, "reads": part.limit}
            numbers |= part.model.state_dict()
            if not isinstance(part.lookup.vectors, SubwordVectors):
                note["vectors of"] = part.lookup.vectors.index_to_key
                numbers["vectors"] = part.lookup.vectors.vectors
    return note, numbers


def counts_from(note, numbers):
    model = WordCounts(note["limit"])
    model.classes = note["classes"]
    model.tfidf.set_params(vocabulary=note["words"])
    model.tfidf.idf_ = numbers.pop("idf").numpy()
    model.svm.coef_ = numbers.pop("coef").numpy()
    model.svm.intercept_ = numbers.pop("intercept").numpy()
    model.svm.classes_ = np.array(note["classes"])
    return model


def network_from(note, numbers):
    if "vectors" in numbers:
        table = numbers.pop("vectors").numpy()
        vectors = KeyedVectors(table.shape[1])
        vectors.add_vectors(note["vectors of"], table)
    else:
        vectors = load_vectors("mini")
    model = Network(Lookup(vectors), note["ordered"])
    model.limit = note["reads"]
    model.classes = note["classes"]
    D = vectors.vector_size
    model.model = TextClassifier(D, len(model.classes), ordered=model.ordered)
    model.model.load_state_dict(numbers)
    return model


def export(model, folder):
    write_model(folder, *pack(model))


def load_classifier(folder):
    note, numbers = read_model(folder)
    counts = counts_from(note, numbers) if "words" in note else None
    network = network_from(note, numbers) if "ordered" in note else None
    if not (counts and network):
        return counts or network
    model = Together(counts, network, note["scale"])
    model.classes = note["classes"]
    return model
