"""Exercises of notebook 12, Playground.
Leaks between what is learned from and judged by, a mean without one word, fields in quotes."""

import torch

from course_utils.exercises import exercise
from course_utils.exercises.draws import normal, sizes


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
    "playground-leak",
    hint=(
        'Bring both sides to one form, for instance " ".join(text.lower().split()), put the texts '
        "to learn from into a set, and count those to judge by that are in it."
    ),
    minutes=8,
    cases=[
        (["Graz gewinnt", "Ein Telefon"], ["graz  gewinnt", "Noch eines"]),
        (["a", "b"], ["c"]),
        (["Wien\n"], ["wien", "WIEN", "Linz", " Wien "]),
        ([], ["Graz"]),
    ],
)
def leaked(learning, judging):
    def plain(text):
        return "".join(text.lower().split())

    seen = {plain(text) for text in learning}
    return sum(plain(text) in seen for text in judging) / len(judging)


@exercise(
    "playground-mean",
    hint=(
        "With the sum S of all rows, the mean without word t is (S - e[t]) / (T - 1): no loop is "
        "needed. A word that is weaker than the average makes z rise when it goes, so its fall "
        "is negative."
    ),
    minutes=8,
    cases=_vectors,
)
def falls_of_mean(e, v):
    T = len(e)
    total = e.sum(0)
    return (total / T - (total - e) / (T - 1)) @ v


@exercise(
    "playground-fields",
    hint=(
        "Python's csv module does it: csv.reader takes a list of lines and a delimiter. By hand: "
        "cut at every double quote first; the odd pieces are quoted, and only in the others is ; "
        "a delimiter."
    ),
    minutes=10,
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
