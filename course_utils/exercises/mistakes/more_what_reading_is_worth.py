"""Typical wrong answers to the exercise of What reading is worth, part by part.
Each with the sentence that names the misconception."""

from itertools import combinations, pairwise, permutations

from course_utils.exercises.mistakes import mistake


def _differ(x, y):
    return [part for part in {**x, **y} if x.get(part) != y.get(part)]


def _judging(pairs, differ=_differ):
    found = []
    for (first, x), (second, y) in pairs:
        parts = differ(x, y)
        if len(parts) == 1:
            found.append((first, second, parts[0]))
    return found


@mistake(
    "worth-pairs",
    "You compared only the parts that both have: one that a system lacks is a difference, too.",
)
def _(systems):
    pairs = combinations(systems.items(), 2)
    return _judging(pairs, lambda x, y: [part for part in x if part in y and x[part] != y[part]])


@mistake("worth-pairs", "You asked the first system for its parts. The second may have another.")
def _(systems):
    pairs = combinations(systems.items(), 2)
    return _judging(pairs, lambda x, y: [part for part in x if x[part] != y.get(part)])


@mistake("worth-pairs", "Each pair once: who comes first in systems stands first.")
def _(systems):
    return _judging(permutations(systems.items(), 2))


@mistake("worth-pairs", "Not only neighbours: any two systems may differ in one part.")
def _(systems):
    return _judging(pairwise(systems.items()))


@mistake(
    "worth-pairs",
    "Some of these differ in more than one part: which of them made the difference can't be said.",
)
def _(systems):
    return [
        (first, second, part)
        for (first, x), (second, y) in combinations(systems.items(), 2)
        for part in _differ(x, y)
    ]
