"""The project of notebook 09: where in the states of a character model does a role stand?
The score trains a small model of characters once, then a linear tagger on what is chosen of it."""

from functools import cache

import torch
from torch import Tensor, nn

from course_utils.exercises.projects import Refused, project
from course_utils.journeys import FRAMES, NEW_FRAMES, any_role, requests

SIZE = 64
LONGEST = 8 * SIZE  # numbers a word may get


@cache
def reader() -> tuple[nn.Module, dict[str, int]]:
    """A language model of characters that has read 800 requests, and its characters' numbers."""
    from course_utils.lessons.n09 import BiLM, encode, numbering, train_lm  # sklearn where needed

    texts = [" ".join(tokens) for tokens, _ in requests(800, FRAMES, any_role(), seed=6)]
    letter = numbering(texts)
    torch.manual_seed(0)
    model = BiLM(len(letter), 32, SIZE, 1)
    rows = [encode(text, letter) for text in texts]
    return train_lm(model, rows, epochs=2, lr=1e-2, size=8), letter


@cache
def read_requests() -> dict[str, list]:
    """Tagged requests to learn from and to judge by, with the states of both halves."""
    from course_utils.lessons.n09 import row_of, spans

    model, letter = reader()
    found = {}
    for part, frames, n, seed in (("train", FRAMES, 400, 2), ("new", NEW_FRAMES, 200, 11)):
        found[part] = requests(n, frames, any_role(), seed=seed)
        states = []
        with torch.no_grad():
            for tokens, _ in found[part]:
                ahead, back = (h[0] for h in model(row_of(" ".join(tokens), letter))[-1])
                states.append((ahead, back, spans(tokens)))
        found[f"{part} states"] = states
    return found


def _checked(made, words: int) -> Tensor:
    v = torch.as_tensor(made, dtype=torch.float32)
    if v.ndim != 2 or len(v) != words:
        raise Refused(f"{words} words need a tensor ({words}, size), this is {tuple(v.shape)}.")
    if v.shape[1] > LONGEST:
        raise Refused(f"A word may get {LONGEST} numbers, it gets {v.shape[1]}.")
    return v


def f1_of_place(vectors) -> float:
    """F1 on new frames of a linear tagger on the learner's vectors."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from course_utils.lessons.n09 import flat, score

    g = torch.Generator().manual_seed(0)
    _checked(vectors(*torch.randn(2, 9, 4, generator=g), [(0, 2), (3, 7)]), 2)
    data = read_requests()
    X = {}
    for part in ("train", "new"):
        made = [_checked(vectors(*args), len(args[2])) for args in data[f"{part} states"]]
        X[part] = torch.cat(made).numpy()
    tagger = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
    tagger.fit(X["train"], flat(data["train"]))
    return score(data["new"], torch.tensor(tagger.predict(X["new"])))


def akbiks_place(ahead, back, spans):
    """The usual way: both halves when they have read the word."""
    starts, ends = zip(*spans, strict=True)
    return torch.cat([ahead[list(ends)], back[[start + 1 for start in starts]]], dim=1)


@project(
    "context-place",
    title="Akbik's place, repaired",
    goal="""
        Make of the states of a character model the vectors in which a linear tagger finds the
        roles best. `vectors(ahead, back, spans)` gets the states of both halves, (T + 2, 64) each,
        over `<s>`, the T characters and `</s>` (the character i stands in row i + 1), and the
        words' (start, end); it returns a tensor (words, size) with at most 512 numbers a word. The
        score is the F1 of all roles on the test *new frame*, after 400 tagged requests; the
        model has read 800 requests and stays as it is. The usual way is Akbik's place. Ideas: the
        far side; the states of the neighbours beside those of the word; the end of the sentence.
        """,
    minutes=60,
    score=f1_of_place,
    better="higher",
    unit="F1",
    target=0.9,
    baseline=0.34,
)
def vectors(ahead, back, spans):
    return ...
