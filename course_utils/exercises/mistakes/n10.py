"""Typical wrong answers to the exercises of notebook 10.
Each with the sentence that names the misconception."""

import torch

from course_utils.exercises.mistakes import mistake


@mistake("transfer-rates", "Your list begins with the top group; the lowest comes first.")
def _(top, n):
    return [top / 2.6**k for k in range(n)]


@mistake("transfer-rates", "You divided once too often: the top group learns at top itself.")
def _(top, n):
    return [top / 2.6 ** (n - k) for k in range(n)]


@mistake("transfer-rates", "Every layer divides again: it is a power of 2.6, not a multiple.")
def _(top, n):
    return [top / (2.6 * (n - 1 - k)) if k < n - 1 else top for k in range(n)]


@mistake("transfer-rates", "All lower groups have the same rate; each should divide once more.")
def _(top, n):
    return [top / 2.6] * (n - 1) + [top]


@mistake("transfer-unfreezing", "You unfroze from below; the last groups learn first.")
def _(parameters, k):
    return sum(parameters[:k])


@mistake("transfer-unfreezing", "Only the new group learns; those of earlier rounds go on, too.")
def _(parameters, k):
    return parameters[-min(k, len(parameters))]


@mistake("transfer-unfreezing", "You counted the groups that are still frozen.")
def _(parameters, k):
    return sum(parameters[:-k])


@mistake("transfer-unfreezing", "One group too many: in round 1 only the last one learns.")
def _(parameters, k):
    return sum(parameters[-k - 1 :])


def _form(text):
    return " ".join(text.lower().split())


@mistake("transfer-leak", "Only equal texts are found: capitals and blanks must not count.")
def _(read, test):
    return sum(text in test for text in read)


@mistake("transfer-leak", "Blanks inside a text still count: split it and join the words again.")
def _(read, test):
    known = {text.lower().strip() for text in test}
    return sum(text.lower().strip() in known for text in read)


@mistake("transfer-leak", "You took all blanks away, so the words 'a b' and 'ab' are the same.")
def _(read, test):
    known = {"".join(text.lower().split()) for text in test}
    return sum("".join(text.lower().split()) in known for text in read)


@mistake("transfer-leak", "You counted different texts; every text of read counts, doubles too.")
def _(read, test):
    return len({_form(text) for text in read} & {_form(text) for text in test})


@mistake("transfer-leak", "You counted the texts of test; those of read are asked for.")
def _(read, test):
    known = {_form(text) for text in read}
    return sum(_form(text) in known for text in test)


def _chosen(A, n, far):
    """`n` rows of A, first row 0, then where `far` of the distances to the chosen is largest."""
    chosen = [0]
    while len(chosen) < n:
        distances = torch.stack([(A - A[i]).norm(dim=1) for i in chosen])
        chosen.append(int(far(distances).argmax()))
    return chosen


@mistake(
    "transfer-spread",
    "You look at the last choice only, so you go back and forth; all that are chosen count.",
)
def _(A, n):
    return _chosen(A, n, lambda distances: distances[-1])


@mistake(
    "transfer-spread",
    "You took the largest mean distance, which finds outliers again and again: take the nearest.",
)
def _(A, n):
    return _chosen(A, n, lambda distances: distances.mean(0))


@mistake("transfer-spread", "You chose what is farthest from the first article, n times.")
def _(A, n):
    return (A - A[0]).norm(dim=1).argsort(descending=True)[: n - 1].tolist() + [0]


@mistake(
    "transfer-spread", "You took the distance to the farthest chosen article, not the nearest."
)
def _(A, n):
    return _chosen(A, n, lambda distances: distances.amax(0))


@mistake("transfer-spread", "You chose the nearest each time; the farthest differs most.")
def _(A, n):
    chosen = [0]
    while len(chosen) < n:
        near = torch.stack([(A - A[i]).norm(dim=1) for i in chosen]).amin(0)
        near[chosen] = torch.inf
        chosen.append(int(near.argmin()))
    return chosen


def _pooled(last, largest, mean):
    return torch.cat([last, largest, mean])


@mistake(
    "transfer-stream", "A mean of means is wrong: long chunks must count more than short ones."
)
def _(chunks):
    means = torch.stack([chunk.mean(0) for chunk in chunks]).mean(0)
    return _pooled(chunks[-1][-1], torch.cat(chunks).amax(0), means)


@mistake(
    "transfer-stream", "Your maximum begins at 0, so it is wrong where all states are negative."
)
def _(chunks):
    whole = torch.cat(chunks)
    return _pooled(whole[-1], whole.amax(0).clamp(min=0), whole.mean(0))


@mistake("transfer-stream", "That is the sum in place of the mean: divide by the number of states.")
def _(chunks):
    whole = torch.cat(chunks)
    return _pooled(whole[-1], whole.amax(0), whole.sum(0))


@mistake("transfer-stream", "You divided the sum by the number of chunks, not of states.")
def _(chunks):
    whole = torch.cat(chunks)
    return _pooled(whole[-1], whole.amax(0), whole.sum(0) / len(chunks))


@mistake("transfer-stream", "Only the last chunk is pooled: carry maximum and sum over the chunks.")
def _(chunks):
    return _pooled(chunks[-1][-1], chunks[-1].amax(0), chunks[-1].mean(0))


@mistake("transfer-stream", "The order is another one: the last state, the largest, the mean.")
def _(chunks):
    whole = torch.cat(chunks)
    return _pooled(whole.amax(0), whole.mean(0), whole[-1])


@mistake("transfer-stream", "You took the first state; the first part is the *last* one, h_T.")
def _(chunks):
    whole = torch.cat(chunks)
    return _pooled(whole[0], whole.amax(0), whole.mean(0))


@mistake(
    "transfer-stream",
    "Three rows; asked for is one vector (3H,): torch.cat joins, torch.stack makes a new axis.",
)
def _(chunks):
    whole = torch.cat(chunks)
    return torch.stack([whole[-1], whole.amax(0), whole.mean(0)])
