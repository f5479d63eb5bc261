"""Exercises of notebook 10, Transfer learning.
A learning rate a layer, what learns in which round, whether a test text was read, and pooling."""

import torch

from course_utils.exercises import exercise


@exercise(
    "transfer-rates",
    task="""
        *Discriminative*. The learning rates of `n` groups, lowest group first, when the top one
        learns at `top`: a list.
        """,
    hints=(
        (
            "The top group learns at top, the one below at top / 2.6, the next at top / 2.6 / "
            "2.6. Which power of 2.6 belongs to the lowest of n?"
        ),
    ),
    minutes=5,
    difficulty=2,
    importance=2,
    trains="",
    cases=[(0.01, 4), (0.02, 1), (1.0, 3)],
)
def layer_rates(top, n):
    return [top / 2.6 ** (n - 1 - k) for k in range(n)]


@exercise(
    "transfer-unfreezing",
    task="""
        *Gradual*. `parameters` counts the parameters of each group, lowest first. How many learn
        in round `k` of gradual unfreezing (`k` = 1, 2, …; when all groups are free it stays so)?
        """,
    hints=(
        (
            "In round 1 only the last group learns, in round 2 the last two. A slice from the "
            "end does it, also when k is larger than the list."
        ),
    ),
    minutes=3,
    difficulty=1,
    importance=2,
    trains="",
    cases=[
        ([800, 240, 120, 15], 1),
        ([800, 240, 120, 15], 3),
        ([800, 240, 120, 15], 4),
        ([800, 240, 120, 15], 9),
        ([7], 1),
    ],
)
def learning(parameters, k):
    return sum(parameters[-k:])


@exercise(
    "transfer-leak",
    task="""
        *Leak*. `isin` finds only copies that are equal to the last blank. Count the texts of
        `read` whose words (split at white space, capital letters or not) are those of some text
        of `test`.
        """,
    hints=(
        (
            "Bring every text into one form first: text.lower().split(), joined again. Then it "
            "is a question about a set."
        ),
    ),
    minutes=5,
    difficulty=2,
    importance=2,
    trains="",
    cases=[
        (["Der neue BER", "ganz anders"], ["der  neue BER "]),
        (["a b", "A B", "ab"], ["a b"]),
        (["x"], []),
        ([], ["x"]),
    ],
)
def leaked(read, test):
    known = {" ".join(text.lower().split()) for text in test}
    return sum(" ".join(text.lower().split()) in known for text in read)


def articles_in_chunks(generator):
    """Articles of one to four chunks of unequal lengths; some with negative states alone."""
    cases = []
    for lengths in ([3], [5, 2], [1, 1, 4], [7, 3, 1, 2]):
        chunks = [torch.randn(n, 6, generator=generator) for n in lengths]
        cases += [(chunks,), ([-chunk.abs() for chunk in chunks],)]
    return cases


@exercise(
    "transfer-stream",
    task=r"""
        *Pool as you read*. `Pooled` keeps the states of a whole article until the end. Write
        concat pooling that needs no more memory for a book than for a page: `chunks` is a list of
        tensors ($T_k$, H), the states of one article piece by piece; return $[h_T, \max,
        \mathrm{mean}]$, (3H,), and hold no more than one chunk and three vectors at a time.
        (Chunks may differ in length: a mean of means is wrong.)
        """,
    hints=(
        (
            "Carry three things from chunk to chunk: the largest values so far, the sum, and "
            "the number of states. The first chunk's largest values are a good beginning, zeros"
            " are not. Divide by the number once, at the end."
        ),
    ),
    minutes=15,
    difficulty=3,
    importance=2,
    trains="",
    cases=articles_in_chunks,
)
def pool_as_you_read(chunks):
    largest = chunks[0].max(0).values
    total = torch.zeros_like(largest)
    n = 0
    for chunk in chunks:
        largest = torch.maximum(largest, chunk.max(0).values)
        total = total + chunk.sum(0)
        n += len(chunk)
    return torch.cat([chunks[-1][-1], largest, total / n])
