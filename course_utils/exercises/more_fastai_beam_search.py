"""Exercises of the optional notebook Where fastai 1's beam search failed.
The chances of its last draw, however dear the beams, and a search that stops at an end."""

import torch

from course_utils.exercises import exercise


def _costs(g):
    return [
        (torch.tensor([106.0, 107.0]), 1.0),
        (torch.tensor([2.0, 1.0, 4.0]), 0.5),
        (torch.tensor([300.0]), 1.0),
        (torch.tensor([70.0, 71.0, 75.0]), 0.1),
        (torch.tensor([3.0, 3.0, 5.0]), 2.0),
        (120 + 4 * torch.rand(6, generator=g), 3.0),
    ]


@exercise(
    "search-chances",
    task="""
        *Fault 3.* `costs` (B,) are the costs of the beams, −log p. Return the chances (B,) with
        which each is drawn: proportional to exp(−cost / `temperature`), and their sum is 1. They
        have to be right for costs of 300, too.
        """,
    hints=(
        "Which number can be taken from all costs without a change of the odds?",
        "The smallest cost: then the cheapest beam has the weight 1, and no sum is 0.",
        "torch.softmax does this by itself. What has to stand in it, and with which sign?",
    ),
    minutes=4,
    difficulty=1,
    importance=2,
    trains="a safe exponential",
    cases=_costs,
)
def chances(costs, temperature):
    weights = torch.exp((costs.min() - costs) / temperature)
    return weights / weights.sum()


def _tables(g):
    example = torch.tensor([[0.0, 0.4, 0.6], [0.0, 0.5, 0.5], [0.0, 0.4, 0.6]]).log()
    late = torch.tensor([[0.0, 0.05, 0.95], [0.0, 0.1, 0.9], [0.0, 0.3, 0.7]]).log()
    open_end = torch.tensor([[0.0, 0.0, 1.0], [0.0, 0.5, 0.5], [0.0, 0.1, 0.9]]).log()
    cases = [
        (example, [0], 6, 50),
        (example, [0, 2, 2], 3, 50),
        (example, [0], 6, 1),  # one beam alone loses the end
        (late, [0], 3, 50),
        (open_end, [0, 2], 3, 50),
    ]
    for V, n, beam_sz in ((4, 4, 30), (5, 5, 3), (5, 4, 8), (6, 3, 2)):
        table = (2 * torch.randn(V, V, generator=g)).log_softmax(1)
        cases.append((table, [0, 2], n, beam_sz))
    return cases


@exercise(
    "search-mended",
    task="""
        *Faults 1, 3 and 4.* Mend `old_search`: copy its lines and change them. `table` (V, V) takes
        the place of `ending`, and each step looks at all V successors; word 1 ends a text. A beam
        that has ended stays as it is, at its cost, and competes with the others. No draw: return
        the cheapest text as a list, the prompt once (it holds no end), at most `n` words behind it,
        and nothing behind an end. (Fault 5 then shows: for `ending` the answer is `[0, 1]`.)
        """,
    hints=(
        "An ended beam must not become dearer. What would the row of word 1 have to say for that?",
        (
            "After an end only another end, at no cost: in a copy of the table, row 1 is −inf "
            "everywhere, and 0 at the end itself. In the loop `top_k` becomes `len(table)`."
        ),
        (
            "table = table.clone(); table[1] = -torch.inf; table[1, 1] = 0. At the end take "
            "texts[0], which is the cheapest, and cut it behind its first 1."
        ),
    ),
    minutes=10,
    difficulty=2,
    importance=2,
    trains="a beam that ends",
    cases=_tables,
    keeps=True,
)
def mended(table, prompt, n, beam_sz):
    table = table.clone()
    table[1] = -torch.inf
    table[1, 1] = 0.0  # after an end only the end, at no cost
    texts = torch.tensor([prompt])
    costs = torch.zeros(1)
    for _ in range(n):
        log_p, words = table[texts[:, -1]].topk(len(table))
        grown = (costs[:, None] - log_p).flatten()
        best = grown.argsort(stable=True)[:beam_sz]
        texts = torch.cat([texts.repeat_interleave(len(table), 0), words.reshape(-1, 1)], 1)
        texts = texts[best]
        costs = grown[best]
    cheapest = texts[0].tolist()
    return cheapest[: cheapest.index(1) + 1] if 1 in cheapest else cheapest
