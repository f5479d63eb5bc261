"""The project of notebook 10: which articles should somebody label, if only 27 can be?
The score lets the choice be made in twenty pools of mininews and judges on other articles."""

from functools import cache

import torch

from course_utils.exercises.projects import Refused, project, silently

LABELS = 27
POOL = 400
POOLS = 20  # by lot, the score is 48.4 ± 0.9; in five it would be ± 2.2


@cache
def articles() -> tuple[torch.Tensor, torch.Tensor]:
    """The vectors of the training articles of mininews, less their mean, and their desks."""
    from course_utils import load_gnad, load_vectors  # fastai and pandas only where needed
    from course_utils.lessons.n10 import article_vectors, rarity

    train, _ = silently(lambda: load_gnad("mini"))
    vectors = silently(lambda: load_vectors("mini"))
    A = article_vectors(train.text, vectors, rarity(train.text))
    desks = sorted(set(train.category))
    return A - A.mean(0), torch.tensor([desks.index(desk) for desk in train.category])


def _numbers(chosen, n: int, N: int) -> list[int]:
    """What was chosen, as a list, if it keeps the rules."""
    try:
        found = [int(i) for i in chosen]
    except (TypeError, ValueError) as error:
        raise Refused("choose should return a list of row numbers.") from error
    if len(found) != n or len(set(found)) != n:
        raise Refused(f"{n} different rows are wanted, these are {len(set(found))}.")
    if min(found) < 0 or max(found) >= N:
        raise Refused(f"Rows run from 0 to {N - 1}, one of yours is {max(found, key=abs)}.")
    return found


def accuracy_of_choice(choose) -> float:
    """Percent right on the other articles, after learning from those chosen."""
    g = torch.Generator().manual_seed(0)
    _numbers(choose(torch.randn(9, 4, generator=g), 3), 3, 9)
    from course_utils.lessons.n10 import train_linear

    A, y = articles()
    shares = []
    for _ in range(POOLS):
        order = torch.randperm(len(A), generator=g)
        pool = order[:POOL]
        others = order[POOL:]
        chosen = pool[_numbers(choose(A[pool].clone(), LABELS), LABELS, POOL)]
        layer = train_linear(A[chosen], y[chosen], 9)
        shares.append((layer(A[others]).argmax(1) == y[others]).double().mean().item())
    return 100 * sum(shares) / len(shares)


@project(
    "transfer-labels",
    title="Twenty-seven labels of your own",
    goal="""
        Somebody will label 27 articles for you, and you may say which. `choose(A, n)` gets the
        article vectors of a pool, `A` (400, 200) as in this notebook, **no labels**, and returns
        the numbers of `n` different rows. The score lets you choose in twenty pools of the training
        articles of mininews, trains the notebook's linear layer on what you chose and counts what
        it gets right of the articles outside the pool. The usual way draws by lot (from one try to
        the next it moves by about a point). Ideas: far from
        each other (`transfer-spread`, but measure before you believe in it); the middles of
        clusters; articles that stand for many others.
        (An hour without a score, *the thief*: let a copy of the language model read every fourth
        test article four times. Is there a leak that one can measure, though no label was seen?
        Say what your control is.)
        """,
    minutes=60,
    score=accuracy_of_choice,
    better="higher",
    unit="%",
    target=53.0,
    baseline=48.0,
)
def choose(A, n):
    return ...
