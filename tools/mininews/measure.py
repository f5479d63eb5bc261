"""The figures by which a corpus of news is judged: lengths, copying, vocabulary, marks, difficulty.
Each function takes texts, or a table with category and text, and returns plain numbers."""

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from course_utils import load_gnad

WORD = re.compile(r"\w+(?:[-'’]\w+)*")
SENTENCE_END = re.compile(r"(?<=[.!?])[\"'“”»)]?\s+(?=[\"'„»(]?[A-ZÄÖÜ0-9])")
SHORT = (
    "Dr Mag Mio Mrd bzw ca etwa Nr St vgl Prof Ing usw rd Std Abs Art geb Hl Univ Doz Dipl Hg inkl "
    "exkl max min Tel Str Jg Jh mind gest sog allg Co"
)
ABBREVIATION = re.compile(rf"(?:\b\d{{1,2}}|\b[A-Za-zÄÖÜ]|\b(?:{'|'.join(SHORT.split())}))\.$")
ACRONYM = re.compile(r"\b[A-ZÄÖÜ]{2,}\b")
COMPOUND = re.compile(r"\b\w+-\w[\w-]*")
CAPITALISED = "[A-ZÄÖÜ][a-zäöüß]+(?:-[A-ZÄÖÜ][a-zäöüß]+)*"
NAME = re.compile(rf"\b({CAPITALISED}) ({CAPITALISED})\b")


def sentences(text: str) -> list[str]:
    """The sentences of `text`; an abbreviation or an ordinal number does not end one."""
    found = []
    start = 0
    for mark in SENTENCE_END.finditer(text):
        if not ABBREVIATION.search(text[start : mark.start()].rstrip("\"'“”»)")):
            found.append(text[start : mark.end()].strip())
            start = mark.end()
    rest = text[start:].strip()
    return [*found, rest] if rest else found


def shared(items: Sequence[set | list]) -> float:
    """The share of all `items` (a list an article) that also stand in another article."""
    where = defaultdict(set)
    for number, own in enumerate(items):
        for item in own:
            where[item].add(number)
    total = sum(len(own) for own in items)
    return sum(len(where[item]) > 1 for own in items for item in own) / max(1, total)


def grams(words: Sequence[str], n: int) -> list[tuple[str, ...]]:
    return list(zip(*(words[i:] for i in range(n)), strict=False))


def copying(texts: Sequence[str]) -> dict[str, float]:
    """Shares of running 8-grams, sentences (5 words and more) and openings in other articles."""
    words = [text.split() for text in texts]
    long = [[s for s in sentences(text) if len(s.split()) >= 5] for text in texts]
    return {
        "8-grams in another article, %": 100 * shared([grams(w, 8) for w in words]),
        "sentences in another article, %": 100 * shared(long),
        "same first four words, %": 100 * shared([[tuple(w[:4])] for w in words]),
    }


def lengths(texts: Sequence[str]) -> dict[str, float]:
    counts = np.array([len(text.split()) for text in texts])
    parts = np.array([len(s.split()) for text in texts for s in sentences(text)])
    low, middle, high = np.percentile(counts, [5, 50, 95])
    return {
        "words, 5 %": low,
        "words, 50 %": middle,
        "words, 95 %": high,
        "words, longest": counts.max(),
        "sentence, mean words": parts.mean(),
        "sentence, sd": parts.std(),
        "sentences above 25 words, %": 100 * (parts > 25).mean(),
    }


def vocabulary(texts: Sequence[str]) -> dict[str, float]:
    """Types in the first 250,000 words, their growth from 50,000 on, share seen once."""
    running = [word for text in texts for word in WORD.findall(text)][:250_000]
    early = len(set(running[:50_000]))
    late = len(set(running))
    counts = Counter(running)
    return {
        "tokens counted": len(running),
        "types in 250,000 tokens": late,
        "growth exponent": math.log(late / early) / math.log(max(len(running), 50_001) / 50_000),
        "types seen once, %": 100 * sum(n == 1 for n in counts.values()) / late,
    }


def marks(texts: Sequence[str]) -> dict[str, float]:
    text = " ".join(texts)
    thousand = len(text.split()) / 1000
    where = defaultdict(set)
    for number, one in enumerate(texts):
        for name in NAME.findall(one):
            where[name].add(number)
    return {
        "( in 1,000 words": text.count("(") / thousand,
        "acronyms in 1,000 words": len(ACRONYM.findall(text)) / thousand,
        "hyphen compounds in 1,000 words": len(COMPOUND.findall(text)) / thousand,
        "two-word names in 10 articles and more": sum(
            len(numbers) >= 10 for numbers in where.values()
        ),
    }


def accuracy(train: pd.DataFrame, test: pd.DataFrame) -> float:
    vectorizer = TfidfVectorizer(sublinear_tf=True)
    model = LinearSVC().fit(vectorizer.fit_transform(train.text), train.category)
    return float((model.predict(vectorizer.transform(test.text)) == test.category).mean())


def difficulty(train: pd.DataFrame, test: pd.DataFrame) -> dict[str, float]:
    """tf-idf + LinearSVC on whole articles, their beginnings, their ends; nearest neighbours."""

    def cut(table, part):
        return table.assign(text=[" ".join(text.split()[part]) for text in table.text])

    first = slice(100)
    last = slice(-100, None)
    head = slice(150)
    table = TfidfVectorizer(sublinear_tf=True).fit_transform(cut(train, head).text)
    near = (table @ table.T).toarray()
    np.fill_diagonal(near, -1)
    labels = train.category.to_numpy()
    return {
        "tf-idf + LinearSVC, whole": accuracy(train, test),
        "tf-idf + LinearSVC, first 100 words": accuracy(cut(train, first), cut(test, first)),
        "tf-idf + LinearSVC, last 100 words": accuracy(cut(train, last), cut(test, last)),
        "nearest neighbour has the desk": float((labels[near.argmax(1)] == labels).mean()),
        "neighbour above cosine .2, %": 100 * float((near.max(1) > 0.2).mean()),
    }


def counted(train: Sequence[str], test: Sequence[str], order: int, discount: float = 0.75) -> float:
    """Perplexity a word of an interpolated Kneser-Ney model (Kneser & Ney 1995).

    Words seen once in `train` count as one word."""
    counts = Counter(w for text in train for w in WORD.findall(text))

    def read(texts: Sequence[str]) -> Iterator[list[str]]:
        for text in texts:
            yield ["<s>"] * (order - 1) + [
                w if counts[w] > 1 else "<unk>" for w in WORD.findall(text)
            ]

    levels = kneser_ney_counts(list(read(train)), order)
    size = len({w for w, n in counts.items() if n > 1}) + 1
    total = 0.0
    number = 0
    for words in read(test):
        for i in range(order - 1, len(words)):
            total -= math.log(
                probability(levels, tuple(words[i - order + 1 : i]), words[i], size, discount)
            )
            number += 1
    return math.exp(total / number)


def kneser_ney_counts(texts: list[list[str]], order: int) -> list[tuple[Counter, Counter, Counter]]:
    """For each length: counts of n-grams, sums by history, different continuations by history."""
    raw: list[Counter] = [Counter() for _ in range(order)]
    raw[order - 1] = Counter(g for words in texts for g in grams(words, order))
    for n in range(order - 1, 0, -1):
        raw[n - 1] = Counter(gram[1:] for gram in raw[n])
    levels = []
    for counts in raw:
        sums: Counter = Counter()
        kinds: Counter = Counter()
        for gram, count in counts.items():
            sums[gram[:-1]] += count
            kinds[gram[:-1]] += 1
        levels.append((counts, sums, kinds))
    return levels


def probability(levels, history: tuple[str, ...], word: str, size: int, discount: float) -> float:
    p = 1 / size
    for n, (counts, sums, kinds) in enumerate(levels):
        context = history[len(history) - n :] if n else ()
        if context in sums:
            seen = max(counts[(*context, word)] - discount, 0) / sums[context]
            p = seen + discount * kinds[context] / sums[context] * p
    return p


def measure(train: pd.DataFrame, test: pd.DataFrame) -> dict[str, float]:
    """All figures of a corpus given as `load_gnad` returns it."""
    texts = list(train.text)
    bigram, fivegram = (counted(texts, list(test.text), n) for n in (2, 5))
    return {
        "articles": len(train) + len(test),
        **lengths([*train.text, *test.text]),
        **copying(texts),
        **vocabulary(texts),
        **marks(texts),
        **difficulty(train, test),
        "perplexity, 2-grams": bigram,
        "perplexity, 5-grams": fivegram,
        "5-grams / 2-grams": fivegram / bigram,
    }


REAL = Path(__file__).with_name("real.json")


def report(source: str) -> str:
    """The figures of `source` (as `load_gnad` takes it) beside those of the real corpus."""
    figures = measure(*load_gnad(source))
    real = json.loads(REAL.read_text(encoding="utf-8"))
    lines = [f"{'':44} {'this corpus':>12} {'10kGNAD':>12}"]
    lines += [f"{name:44} {value:12.3f} {real[name]:12.3f}" for name, value in figures.items()]
    return "\n".join(lines)
