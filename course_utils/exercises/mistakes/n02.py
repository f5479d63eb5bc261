"""Typical wrong answers to the exercises of notebook 02, Word vectors.
Types for tokens, products for cosines, rows that are picked twice, alternatives in a bad order."""

import re

import torch

from course_utils.exercises.mistakes import mistake


@mistake("vectors-unknown-share", "This is the share of *known* tokens.")
def _(tokens, known):
    return sum(token in known for token in tokens) / len(tokens)


@mistake(
    "vectors-unknown-share",
    "You counted types, each different word once; running tokens count as often as they occur.",
)
def _(tokens, known):
    return len(set(tokens) - known) / len(set(tokens))


@mistake("vectors-unknown-share", "This is a count; a share is divided by the number of tokens.")
def _(tokens, known):
    return sum(token not in known for token in tokens)


@mistake(
    "vectors-unknown-share",
    "Different unknown words over all running tokens: types above, tokens below.",
)
def _(tokens, known):
    return len(set(tokens) - known) / len(tokens)


def _without(similarity, i, worst):
    similarity[i] = worst
    return similarity


@mistake("vectors-nearest", "Row i is its own nearest neighbour; it has to be left out.")
def _(M, i):
    unit = M / M.norm(dim=1, keepdim=True)
    return (unit @ unit[i]).argmax()


@mistake(
    "vectors-nearest",
    "A plain product: long vectors win. A cosine is the product of rows of length 1.",
)
def _(M, i):
    return _without(M @ M[i], i, -torch.inf).argmax()


@mistake(
    "vectors-nearest", "This row is the nearest by distance; a cosine asks for the angle only."
)
def _(M, i):
    return _without((M - M[i]).norm(dim=1), i, torch.inf).argmin()


@mistake(
    "vectors-nearest",
    "norm(dim=0) measures the columns. The vectors are the rows: dim=1.",
)
def _(M, i):
    unit = M / M.norm(dim=0, keepdim=True)
    return _without(unit @ unit[i], i, -torch.inf).argmax()


@mistake("vectors-nearest", "This is the similarity; asked for is the row that has it.")
def _(M, i):
    unit = M / M.norm(dim=1, keepdim=True)
    return _without(unit @ unit[i], i, -2).max()


def _cosines(M, i):
    unit = M / M.norm(dim=1, keepdim=True)
    return unit @ unit[i]


@mistake("vectors-nearest", "argsort goes up: the nearest stands at the end, before row i itself.")
def _(M, i):
    return _cosines(M, i).argsort()[1]


@mistake(
    "vectors-nearest",
    "You cut row i out before the argmax, so that all rows behind it have moved up by one.",
)
def _(M, i):
    cosines = _cosines(M, i)
    return torch.cat([cosines[:i], cosines[i + 1 :]]).argmax()


@mistake(
    "vectors-nearest",
    "A 0 at place i is not low enough: cosines go down to -1, and all others may be below 0.",
)
def _(M, i):
    return _without(_cosines(M, i), i, 0).argmax()


@mistake(
    "vectors-gradient",
    "A row that is picked twice counts twice. `result[indices] += 1` reads all rows first and adds "
    "once.",
)
def _(indices, V, E):
    result = torch.zeros(V, E)
    result[indices] += 1
    return result


@mistake(
    "vectors-gradient",
    "This is the gradient with respect to what was looked up, a row a token; asked for is the "
    "matrix, a row a word of the vocabulary.",
)
def _(indices, V, E):
    return torch.ones(len(indices), E)


@mistake("vectors-gradient", "Rows that were not picked are not in the sum; their gradient is 0.")
def _(indices, V, E):
    return torch.ones(V, E)


@mistake("vectors-gradient", "This is the gradient of the mean; the sum is not divided.")
def _(indices, V, E):
    result = torch.zeros(V, E)
    for i in indices:
        result[i] += 1 / len(indices) / E
    return result


NUMBER = r"\d+(?:[.,:]\d+)*"
REST = r"(?:-?[^\W\d_]\w*(?:[-'’]\w+)*)?"
WORD = r"\w+(?:[-'’]\w+)*"
SLASHED = r"\w+(?:[-'’/]\w+)*"


@mistake("vectors-tokenizer", "The slash is mended, but numbers still end before their hyphen.")
def _(text):
    return re.findall(rf"{NUMBER}|{WORD}|[^\w\s]", text)


@mistake("vectors-tokenizer", "The numbers are mended, but words are still joined at the slash.")
def _(text):
    return re.findall(rf"{NUMBER}{REST}|{SLASHED}|[^\w\s]", text)


@mistake(
    "vectors-tokenizer",
    "The part for words comes first and reads the digits of 18.45 as a word. Of two alternatives "
    "re takes the first that fits, not the longer one.",
)
def _(text):
    return re.findall(rf"{WORD}|{NUMBER}{REST}|[^\w\s]", text)


@mistake(
    "vectors-tokenizer",
    "Behind the hyphen of a number you let digits come first: 2018-19 are two years, not a word.",
)
def _(text):
    return re.findall(rf"{NUMBER}(?:-?\w+(?:[-'’]\w+)*)?|{WORD}|[^\w\s]", text)


@mistake("vectors-tokenizer", "You split at blanks; signs are tokens of their own.")
def _(text):
    return text.split()
