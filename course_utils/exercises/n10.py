"""Exercises of notebook 10, Transfer learning.
A rate a layer, what learns in which round, copies, which texts to label, and pooling."""

import torch

from course_utils.exercises import exercise
from course_utils.exercises.draws import normal, sizes


@exercise(
    "transfer-rates",
    task="""
        *Discriminative.* The learning rates of `n` groups, lowest group first, when the top one
        learns at `top`: a list.
        """,
    hints=(
        "By what is the rate divided on the way from one group to the one below it?",
        "By 2.6. The top group has the power 0; which power has the lowest of n?",
        "The group k, counted from 0 at the bottom, learns at top / 2.6 ** (n - 1 - k).",
    ),
    minutes=5,
    difficulty=1,
    importance=2,
    trains="discriminative rates",
    cases=[(0.01, 4), (0.02, 1), (1.0, 3)],
)
def layer_rates(top, n):
    return [top / 2.6 ** (n - 1 - k) for k in range(n)]


@exercise(
    "transfer-unfreezing",
    task="""
        *Gradual.* `parameters` counts the parameters of each group, lowest first. How many learn in
        round `k` of gradual unfreezing (`k` = 1, 2, …; when all groups are free it stays so)?
        """,
    hints=(
        "Which group learns first, and which joins it in the second round?",
        "In round k the last k groups learn: a slice from the end.",
        "sum(parameters[-k:]); the slice is the whole list where k is larger than its length.",
    ),
    minutes=3,
    difficulty=1,
    importance=2,
    trains="gradual unfreezing",
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
        *Leak.* `isin` finds only copies that are equal character by character. Count the texts of
        `read` whose words (split at white space, capital letters or not) are those of some text of
        `test`.
        """,
    hints=(
        "When are two texts the same, and how could both be brought into one form?",
        "Bring every text into one form; then it is a question about a set.",
        '" ".join(text.lower().split()) is such a form; a set of those of test, a sum over read.',
    ),
    minutes=5,
    difficulty=1,
    importance=3,
    trains="finding what a model must not have read",
    cases=[
        (["Der neue BER", "ganz anders"], ["der  neue BER "]),
        (["a b", "A B", "ab"], ["a b"]),
        (["x"], []),
        ([], ["x"]),
        (["Wien"], ["wien", "WIEN "]),
    ],
)
def leaked(read, test):
    known = {" ".join(text.lower().split()) for text in test}
    return sum(" ".join(text.lower().split()) in known for text in read)


def _vectors_and_numbers(g):
    line = torch.tensor([[0.0], [1.0], [9.0], [10.0], [4.0]])
    cases = [(line, 3), (line, 1), (torch.tensor([[0.0, 0.0], [3.0, 0.0], [0.0, 5.0]]), 2)]
    for n, size in ((9, 4), (12, 5), (20, 6)):
        (D,) = sizes(g, 1, low=2)
        cases.append((normal(g, n, D), size))
    return cases


@exercise(
    "transfer-spread",
    task="""
        *Which articles shall get a label?* Those that differ most. `A` (N, D) holds a vector for
        each article. Choose `n` of them: first article 0, then again and again the one whose
        *nearest* chosen article is farthest away (Euclid's distance). Return their numbers as a
        list, in the order of choice.
        """,
    hints=(
        "What must you know about every article to choose the next one?",
        (
            "Its distance to the nearest article that is chosen. One more choice can only make "
            "this smaller: keep one tensor (N,) and take the minimum with the new distances."
        ),
        (
            "near = (A - A[0]).norm(dim=1); then i = int(near.argmax()) and near = "
            "torch.minimum(near, (A - A[i]).norm(dim=1)), until n are chosen."
        ),
    ),
    minutes=10,
    difficulty=2,
    importance=2,
    trains="choosing what to label",
    cases=_vectors_and_numbers,
)
def spread_out(A, n):
    chosen = [0]
    near = (A - A[0]).norm(dim=1)
    while len(chosen) < n:
        chosen.append(int(near.argmax()))
        near = torch.minimum(near, (A - A[chosen[-1]]).norm(dim=1))
    return chosen


def articles_in_chunks(generator):
    """Articles of one to four chunks of unequal lengths; some with negative states alone."""
    cases = [([torch.tensor([[-5.0]]), torch.tensor([[-2.0], [-3.0], [-4.0]])],)]
    for lengths in ([3], [5, 2], [1, 1, 4], [7, 3, 1, 2]):
        chunks = [normal(generator, n, 6) for n in lengths]
        cases += [(chunks,), ([-chunk.abs() for chunk in chunks],)]
    return cases


@exercise(
    "transfer-stream",
    task=r"""
        *Pool as you read.* `Pooled` keeps the states of a whole article until the end. Write concat
        pooling that needs no more memory for a book than for a page: `chunks` is a list of tensors
        ($T_k$, H), the states of one article piece by piece; return
        $[h_T, \max, \mathrm{mean}]$, (3H,), and hold no more than one chunk and three vectors at a
        time. (Chunks may differ in length. `check` sees the result only: the memory is up to you.)
        """,
    hints=(
        "What must you carry from chunk to chunk so that nothing read before is needed again?",
        (
            "The largest values so far, the sum, and the number of states. The first chunk's "
            "largest values are a good beginning, zeros are not."
        ),
        (
            "largest = torch.maximum(largest, chunk.max(0).values); total = total + chunk.sum(0); "
            "n += len(chunk). Divide once, at the end; h_T is chunks[-1][-1]."
        ),
    ),
    minutes=15,
    difficulty=2,
    importance=2,
    trains="statistics of a stream",
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
