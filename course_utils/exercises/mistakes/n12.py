"""Typical wrong answers to the exercises of notebook 12.
Each with the sentence that names the misconception."""

import csv
import re

import numpy as np

from course_utils.exercises.mistakes import mistake


def _plain(text):
    return "".join(text.lower().split())


@mistake("playground-leak", "Only equal texts are found: capitals and blanks must not count.")
def _(learning, judging):
    return sum(text in learning for text in judging) / len(judging)


@mistake("playground-leak", "Capitals are gone, but blanks still count.")
def _(learning, judging):
    seen = {text.lower() for text in learning}
    return sum(text.lower() in seen for text in judging) / len(judging)


@mistake("playground-leak", "strip takes blanks from the ends only; those inside still count.")
def _(learning, judging):
    seen = {text.lower().strip() for text in learning}
    return sum(text.lower().strip() in seen for text in judging) / len(judging)


@mistake("playground-leak", "You counted different texts; each text to judge by counts.")
def _(learning, judging):
    return len(set(map(_plain, learning)) & set(map(_plain, judging))) / len(judging)


@mistake(
    "playground-leak", "That is the share of the texts to learn from; the others are asked for."
)
def _(learning, judging):
    seen = set(map(_plain, judging))
    return sum(_plain(text) in seen for text in learning) / max(1, len(learning))


@mistake("playground-recall", "That is the precision: divide by the texts that have the label.")
def _(labels, chosen):
    found = []
    for label in sorted(set(labels)):
        right = sum(t == c == label for t, c in zip(labels, chosen, strict=True))
        found.append(right / max(1, list(chosen).count(label)))
    return found


@mistake("playground-recall", "The classes stand in the order of their first text, not sorted.")
def _(labels, chosen):
    found = []
    for label in dict.fromkeys(labels):
        own = [c for t, c in zip(labels, chosen, strict=True) if t == label]
        found.append(own.count(label) / len(own))
    return found


@mistake("playground-recall", "That is the accuracy of all texts, once for each class.")
def _(labels, chosen):
    right = sum(t == c for t, c in zip(labels, chosen, strict=True)) / len(labels)
    return [right for _ in set(labels)]


@mistake("playground-recall", "You divided by all texts; only those of the class count.")
def _(labels, chosen):
    pairs = list(zip(labels, chosen, strict=True))
    return [pairs.count((label, label)) / len(pairs) for label in sorted(set(labels))]


def _found(labels, chosen):
    """How many texts of each class were found, in alphabetical order."""
    pairs = list(zip(labels, chosen, strict=True))
    return {label: pairs.count((label, label)) for label in sorted(set(labels))}


@mistake("playground-recall", "These are counts; a recall is a share of the class: divide.")
def _(labels, chosen):
    return list(_found(labels, chosen).values())


@mistake(
    "playground-recall",
    "You counted how often a class was chosen, also for texts of other classes.",
)
def _(labels, chosen):
    return [list(chosen).count(label) / labels.count(label) for label in sorted(set(labels))]


@mistake("playground-recall", "// cuts every share below 1 down to 0: divide with /.")
def _(labels, chosen):
    return [n // labels.count(label) for label, n in _found(labels, chosen).items()]


@mistake(
    "playground-recall",
    "Only the first class is there: a `return` inside the loop ends it in its first round.",
)
def _(labels, chosen):
    label, n = next(iter(_found(labels, chosen).items()))
    return [n / labels.count(label)]


@mistake("playground-recall", "These are per cent; asked for are shares, from 0 to 1.")
def _(labels, chosen):
    return [100 * n / labels.count(label) for label, n in _found(labels, chosen).items()]


@mistake("playground-recall", "The right numbers in a dict; asked for is a list of them.")
def _(labels, chosen):
    return {label: n / labels.count(label) for label, n in _found(labels, chosen).items()}


@mistake("playground-mean", "You counted each word's part of z; leaving it out changes T, too.")
def _(x, v):
    return x @ v / len(x)


@mistake("playground-mean", "The sign is turned round: d is all words minus all but one.")
def _(x, v):
    return ((x.sum(0) - x) / (len(x) - 1) - x.mean(0)) @ v


@mistake("playground-mean", "That is the score without the word; how far it fell is asked for.")
def _(x, v):
    return (x.sum(0) - x) / (len(x) - 1) @ v


@mistake("playground-mean", "You divided the rest by T - 1, but the whole as well.")
def _(x, v):
    return x @ v / (len(x) - 1)


def _numbers(words, idf, weigh):
    """weigh(n) times idf for words that occur n times, 0 for others."""
    counted = [(words.count(word), weight) for word, weight in idf.items()]
    return [float(weigh(n) * weight) if n else 0.0 for n, weight in counted]


def _scaled(numbers, root):
    return [number / root if root else 0.0 for number in numbers]


def _root(numbers):
    return sum(number**2 for number in numbers) ** 0.5


def _as_due(words, idf):
    return _numbers(words, idf, lambda n: 1 + np.log(n))


@mistake("playground-tfidf", "You took the count itself; 1 + ln n grows more slowly.")
def _(words, idf):
    numbers = _numbers(words, idf, lambda n: n)
    return _scaled(numbers, _root(numbers))


@mistake("playground-tfidf", "Without the 1, a word that occurs once gets ln 1 = 0.")
def _(words, idf):
    numbers = _numbers(words, idf, np.log)
    return _scaled(numbers, _root(numbers))


@mistake("playground-tfidf", "ln(1 + n) is not 1 + ln n.")
def _(words, idf):
    numbers = _numbers(words, idf, np.log1p)
    return _scaled(numbers, _root(numbers))


@mistake("playground-tfidf", "You divided by the sum; divide by the root of the sum of squares.")
def _(words, idf):
    numbers = _as_due(words, idf)
    return _scaled(numbers, sum(numbers))


@mistake("playground-tfidf", "The length is missing: divide by the root of the sum of squares.")
def _(words, idf):
    return _as_due(words, idf)


@mistake("playground-tfidf", "The idf is missing: all words weigh the same here.")
def _(words, idf):
    numbers = _numbers(words, dict.fromkeys(idf, 1.0), lambda n: 1 + np.log(n))
    return _scaled(numbers, _root(numbers))


@mistake("playground-fields", "A ; between quotes is part of the text and must not cut.")
def _(line):
    return [part.strip('"') for part in line.split(";")]


@mistake("playground-fields", "The quotes are still there: they mark the text, they aren't in it.")
def _(line):
    return re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', line)


@mistake("playground-fields", "An empty field is a field, too: ; alone has two of them.")
def _(line):
    return [field for field in next(csv.reader([line], delimiter=";")) if field]


@mistake("playground-fields", "You cut at the first ; that is free, and then no more.")
def _(line):
    first, *rest = next(csv.reader([line], delimiter=";"))
    return [first, ";".join(rest)]
