"""The project of notebook 11: to write what is likely, and never the same again.
The score lets the learner's choice write with the shipped model and asks it how likely that was."""

from functools import cache
from typing import Any

import torch
from torch import Tensor

from course_utils.exercises.projects import Refused, project
from course_utils.lessons.n07 import ngrams

PROMPTS = ("Die Stadt liegt an der", "Im Winter", "Meine Damen und Herren, wir müssen")
PIECES = 80
BEGIN = 2  # the piece before every text
MOST = 2  # percent of three-piece sequences that may come again
LEAST = 70  # of a hundred pieces must be different


@cache
def writer() -> Any:
    """The language model that came with the course."""
    from course_utils import load_language_model  # fastai only where it is needed

    return load_language_model().model.cpu().eval()


@torch.no_grad()
def _written(next_piece, prompt: str, seed: int) -> tuple[list[int], list[float]]:
    """The pieces of a text with its prompt, and the surprise of each that was chosen."""
    from course_utils.language_model import german_pieces

    model = writer()
    model.reset()
    g = torch.Generator().manual_seed(seed)
    text = german_pieces().encode(prompt)
    z = model(torch.tensor([[BEGIN, *text]]))[0][0, -1]
    surprises = []
    for _ in range(PIECES):
        piece = int(next_piece(z.clone(), list(text), g))
        if not 0 <= piece < len(z):
            raise Refused(f"There are {len(z):,} pieces; {piece} is none of them.")
        surprises.append(-z.log_softmax(0)[piece].item())
        text.append(piece)
        z = model(torch.tensor([[piece]]))[0][0, -1]
    return text, surprises


def again(text: list[int]) -> float:
    """Percent of the three-piece sequences that the text had before."""
    grams = ngrams(text, 3)
    return 100 * (1 - len(set(grams)) / len(grams))


def kinds(text: list[int]) -> float:
    """How many of a hundred of the pieces that were written are different."""
    return 100 * len(set(text[-PIECES:])) / PIECES


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def nats_without_circles(next_piece) -> float:
    """Mean surprise of what was written, if hardly anything in it comes again."""
    next_piece(torch.tensor([0.0, 1.0, 2.0, 3.0, 4.0]), [3, 4, 3], torch.Generator())
    texts = []
    found = []
    for seed, prompt in enumerate(PROMPTS):
        text, surprises = _written(next_piece, prompt, seed)
        if min(text) < 3:
            raise Refused("Piece 0, 1 or 2 was chosen: they are marks and no part of a text.")
        texts.append(text)
        found += surprises
    repeats = _mean([again(text) for text in texts])
    different = _mean([kinds(text) for text in texts])
    if repeats > MOST or different < LEAST:
        raise Refused(
            f"{repeats:.0f} % of the three-piece sequences had come before, {MOST} % may; "
            f"{different:.0f} of a hundred pieces are different, {LEAST} must be. "
            f"(As likely as this: {_mean(found):.2f} nats per piece.)"
        )
    return _mean(found)


def drawn(z: Tensor, text: list[int], g: torch.Generator) -> int:
    """The usual way: a draw from the probabilities as they are."""
    z[:3] = -torch.inf
    return int(z.softmax(0).multinomial(1, generator=g))


@project(
    "generation-fresh",
    title="Likely, and never the same again",
    goal="""
        Greedy text is likely and goes in circles, drawn text doesn't repeat itself and makes no
        sense. Write the choice between: `next_piece(z, text, g)` gets the logits `z` (V,) of the
        course's German model, the numbers of all pieces so far and a `torch.Generator`, and
        returns the number of the next piece (0, 1 and 2 are marks, which no text may have). It
        writes 80 pieces after each of three prompts. The score is the mean surprise that the model
        itself had over the pieces chosen, in nats. It is refused where more than 2 % of the
        three-piece sequences come again, or fewer than 70 of a hundred pieces are different.
        Ideas: `generation-penalty`, `generation-banned`, `nucleus`; a window for the penalty; what
        a banned step costs later. Read what it wrote, too. (An afternoon without a score: 20
        continuations of 40 words by `fitted` that one may show, judged by somebody who doesn't
        know the settings.)
        """,
    minutes=60,
    score=nats_without_circles,
    better="lower",
    unit="nats",
    target=2.3,
    baseline=4.41,
)
def next_piece(z, text, g):
    return ...
