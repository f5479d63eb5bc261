"""Exercises of notebook 12, Playground.
Leaks, recall, a mean without one word, tf-idf by hand, fields in quotes."""

import numpy as np
import torch

from course_utils.exercises import exercise
from course_utils.exercises.draws import normal, sizes


@exercise(
    "playground-leak",
    task="""
        *Leaks.* A text that stands in both parts makes the judgement too kind. Return the share of
        the texts in `judging` (a list) that also stand in `learning`, where capitals and blanks
        don't count.
        """,
    hints=(
        "Which differences between two texts shall not count, and how can you remove them?",
        "Bring both sides to one form, put the texts to learn from into a set, and look up.",
        '"".join(text.lower().split()) is such a form; divide the count by len(judging).',
    ),
    minutes=8,
    difficulty=1,
    importance=3,
    trains="looking for leaks before looking at results",
    cases=[
        (["Graz gewinnt", "Ein Telefon"], ["graz  gewinnt", "Noch eines"]),
        (["a", "b"], ["c"]),
        (["Wien\n"], ["wien", "WIEN", "Linz", " Wien "]),
        ([], ["Graz"]),
        (["ein Tor"], ["ein  Tor", "Ein Tor", "kein Tor"]),
    ],
)
def leaked(learning, judging):
    def plain(text):
        return "".join(text.lower().split())

    seen = {plain(text) for text in learning}
    return sum(plain(text) in seen for text in judging) / len(judging)


@exercise(
    "playground-recall",
    task="""
        *Recall.* From two lists, the labels and what was chosen for each text, return the recall of
        each class, as a list in alphabetical order of the classes.
        """,
    hints=(
        "Which texts have a part in the recall of one class, and which don't?",
        "Those whose label it is: of how many of them was it chosen, too?",
        (
            "For each label of sorted(set(labels)): own = [c for t, c in zip(labels, chosen) if "
            "t == label]; its recall is own.count(label) / len(own)."
        ),
    ),
    minutes=5,
    difficulty=1,
    importance=3,
    trains="looking behind an accuracy",
    cases=[
        (["Web", "Sport", "Sport"], ["Web", "Web", "Sport"]),
        (["b", "a", "b", "b"], ["a", "a", "b", "b"]),
        (["a", "b"], ["c", "b"]),
        (["a", "a"], ["a", "a"]),
    ],
)
def recalls(labels, chosen):
    found = []
    for label in sorted(set(labels)):
        own = [c for t, c in zip(labels, chosen, strict=True) if t == label]
        found.append(own.count(label) / len(own))
    return found


def _vectors(g):
    cases = [
        (torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([1.0, -1.0])),
        (torch.ones(4, 2), torch.ones(2)),
    ]
    for _ in range(4):
        T, D = sizes(g, 2, low=2)
        cases.append((normal(g, T, D), normal(g, D)))
    return cases


@exercise(
    "playground-mean",
    task=r"""
        *Averages.* Let the score be a mean: $z = v \cdot \frac1T \sum_t x_t$, with `x` (T, D) and
        `v` (D,). Return $d_t$, how far $z$ falls for each word when that word is *left out* (so
        that T − 1 words are left), as a tensor (T,).
        """,
    hints=(
        "What is the mean of all words but one, and must you add them up anew for each?",
        "With the sum S of all rows, the mean without word t is (S - x[t]) / (T - 1): no loop.",
        "(total / T - (total - x) / (T - 1)) @ v, with total = x.sum(0).",
    ),
    minutes=8,
    difficulty=2,
    importance=1,
    trains="what leaving a word out measures",
    cases=_vectors,
    gradients=True,
)
def falls_of_mean(x, v):
    T = len(x)
    total = x.sum(0)
    return (total / T - (total - x) / (T - 1)) @ v


@exercise(
    "playground-tfidf",
    task=r"""
        *tf-idf by hand.* Turn a text (a list of words) into the numbers that the SVM gets. `idf` is
        a dict of the known words. A known word that occurs $n$ times has
        $(1 + \ln n) \cdot \mathrm{idf}$, a word that doesn't occur 0; then all are divided by the
        root of the sum of their squares. Return a list in the order of `idf`; zeros if no word is
        known.
        """,
    hints=(
        "What does a word get that occurs once, and what one that doesn't occur?",
        (
            "For each word of idf count n; the number is 0.0 if n is 0, else (1 + ln n) times its "
            "idf. Then the root of the sum of squares, and a division, unless the root is 0."
        ),
        (
            "numbers = [(1 + np.log(n)) * w if n else 0.0 ...] with n = words.count(word); "
            "root = sum(number**2 for number in numbers) ** 0.5."
        ),
    ),
    minutes=15,
    difficulty=2,
    importance=2,
    trains="the numbers of the rival that is hard to beat",
    cases=[
        (["Graz", "siegt"], {"Graz": 2.0, "siegt": 1.0}),
        (["Graz", "Graz", "Graz", "und"], {"siegt": 1.5, "Graz": 2.0, "und": 1.0}),
        (["Linz"], {"Graz": 2.0, "siegt": 1.0}),
        (["a", "b", "a", "c"], {"c": 3.0, "a": 1.2, "d": 2.0}),
    ],
)
def tfidf(words, idf):
    numbers = []
    for word, weight in idf.items():
        n = words.count(word)
        numbers.append(float((1 + np.log(n)) * weight) if n else 0.0)
    root = sum(number**2 for number in numbers) ** 0.5
    return [number / root if root else 0.0 for number in numbers]


@exercise(
    "playground-fields",
    task="""
        *Fields.* Cut a line at every `;` that does not stand between double quotes, and take off
        the quotes. (No quotes inside quotes.)
        """,
    hints=(
        "What must you remember on the way along the line to know whether a ; cuts?",
        (
            "Whether a quote is open. Or: cut at every double quote first; the odd pieces are "
            "quoted, and only in the others is ; a delimiter. Python's csv module does it, too."
        ),
        'next(csv.reader([line], delimiter=";")), or a loop with quoted = not quoted at each ".',
    ),
    minutes=10,
    difficulty=2,
    importance=1,
    trains="reading a format as it is written down",
    cases=[
        ("Sport;Graz gewinnt",),
        ('Sport;"Graz – stark; das Tor hielt"',),
        ('"a;b";"c;d;e";f',),
        (";",),
    ],
)
def fields(line):
    found = [""]
    quoted = False
    for character in line:
        if character == '"':
            quoted = not quoted
        elif character == ";" and not quoted:
            found.append("")
        else:
            found[-1] += character
    return found
