"""Exercises of notebook 11, AWD-LSTM and generation.
A locked mask, the nucleus, one step of a beam, words that would repeat, a repetition penalty."""

import torch

from course_utils.exercises import exercise
from course_utils.exercises.draws import normal, sizes


def _states_and_masks(g):
    cases = []
    for p in (0.5, 0.25, 0.4, 0.1):
        B, T, D = sizes(g, 3)
        keep = (torch.rand(B, D, generator=g) > p).float()
        cases.append((normal(g, B, T, D), keep, p))
    return cases


@exercise(
    "generation-locked",
    task="""
        *Locked, with a given mask.* `x` is (B, T, D), `keep` (B, D) holds ones and zeros. Apply it
        to every step, and scale by 1 / (1 − `p`).
        """,
    hints=(
        "Which axis does the mask lack, and why is it the same along it?",
        "It lacks the time: an axis of length 1 in the middle is repeated for every step.",
        "keep[:, None] has the shape (B, 1, D).",
    ),
    minutes=5,
    difficulty=1,
    importance=2,
    trains="one mask for all steps",
    cases=_states_and_masks,
    gradients=True,
)
def locked(x, keep, p):
    return x * keep[:, None] / (1 - p)


def _shares_and_limits(g):
    cases = [
        (torch.tensor([0.1, 0.5, 0.3, 0.1]), 0.7),
        (torch.tensor([0.1, 0.5, 0.3, 0.1]), 0.4),
        (torch.tensor([0.4, 0.35, 0.25]), 1.0),
        (torch.tensor([0.125, 0.5, 0.25, 0.125]), 0.75),  # two words reach it exactly
    ]
    for V in [20, *sizes(g, 3, high=12)]:
        cases.append((torch.randn(V, generator=g).softmax(0), 0.6))  # no ties
    return cases


@exercise(
    "generation-nucleus",
    task="""
        *Nucleus.* Given probabilities `q` (V,), set to zero all but the fewest likeliest words that
        together reach `top_p`, and let the rest sum to 1 again.
        """,
    hints=(
        "In which order must you look at the words, and which one is the last that stays?",
        (
            "Sort q from the top. A word stays if the probability of all words *before* it has "
            "not reached top_p yet. Put the survivors back in their places."
        ),
        (
            "sorted_q, order = q.sort(descending=True); keep = sorted_q.cumsum(0) - sorted_q < "
            "top_p; kept[order[keep]] = sorted_q[keep] in a tensor of zeros. Divide by its sum."
        ),
    ),
    minutes=10,
    difficulty=2,
    importance=3,
    trains="what top-p keeps",
    cases=_shares_and_limits,
)
def nucleus(q, top_p):
    sorted_q, order = q.sort(descending=True, stable=True)
    keep = sorted_q.cumsum(0) - sorted_q < top_p
    kept = torch.zeros_like(q)
    kept[order[keep]] = sorted_q[keep]
    return kept / kept.sum()


def _beams(g):
    cases = [
        (
            torch.tensor([-1.0, -2.0]),
            torch.tensor([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1]]).log(),
            3,
        ),
        (torch.zeros(1), torch.randn(1, 5, generator=g).log_softmax(1), 2),
    ]
    for _ in range(4):
        B, V = sizes(g, 2)
        (width,) = sizes(g, 1, high=B * V)
        # Not `normal`: with two decimals there would be ties.
        log_probs = torch.randn(B, V, generator=g).log_softmax(1)
        cases.append((normal(g, B), log_probs, width))
    return cases


@exercise(
    "generation-beam-step",
    task="""
        One step of a beam search: `log_p` (B,) are the beams so far, `log_probs` (B, V) their next
        words. Return, for the best `width` texts, the parent (which beam) and the token, as two
        tensors, best first.
        """,
    hints=(
        "How likely is each beam with each next word, and how many such texts are there?",
        "log_p[:, None] + log_probs has the shape (B, V). Flatten it and take the topk.",
        "Of an index into the flattened (B, V), // V gives the row and % V the column.",
    ),
    minutes=8,
    difficulty=2,
    importance=2,
    trains="all beams at once",
    cases=_beams,
)
def beam_step(log_p, log_probs, width):
    best = (log_p[:, None] + log_probs).flatten().topk(width).indices
    return best // log_probs.shape[1], best % log_probs.shape[1]


@exercise(
    "generation-banned",
    task="""
        *No sequence twice.* `text` is a list of numbers. Which numbers must not come next, if no
        sequence of `n` numbers may stand in the text twice? Return them as a list in ascending
        order, each once.
        """,
    hints=(
        "With what would a repeated sequence begin, if it ended with the next number?",
        (
            "With the last n - 1 numbers of the text. Wherever these stand earlier, the number "
            "behind them is banned."
        ),
        (
            "last = text[len(text) - n + 1 :] (text[-(n - 1) :] fails for n = 1); for each i "
            "with text[i : i + n - 1] == last and i + n - 1 < len(text), ban text[i + n - 1]."
        ),
    ),
    minutes=10,
    difficulty=2,
    importance=2,
    trains="a rule that a sampler can obey",
    cases=[
        ([5, 1, 2, 9, 1, 2], 3),
        ([1, 2, 1, 3, 1, 2, 1], 2),
        ([4, 4, 7], 1),
        ([1, 2, 3], 3),
        ([3, 1, 2, 0, 1, 2, 3, 2, 8, 1, 2], 3),
    ],
)
def banned(text, n):
    last = text[len(text) - n + 1 :]
    starts = range(len(text) - n + 1)
    return sorted({text[i + n - 1] for i in starts if text[i : i + n - 1] == last})


def _logits_and_texts(g):
    cases = [
        (torch.tensor([2.0, 1.0, -1.0]), [0, 2], 2.0, 1.0),
        (torch.tensor([2.0, 1.0, -1.0]), [0, 0, 0], 1.5, 0.5),
    ]
    for _ in range(3):
        (V,) = sizes(g, 1, low=3, high=9)
        text = torch.randint(V, (5,), generator=g).tolist()
        cases.append((normal(g, V), text, 1.3, 0.8))
    return cases


@exercise(
    "generation-penalty",
    task="""
        *Never the same again.* To punish repetition, Keskar et al. (2019) divided the logits of all
        words that are already in the text. Here is a corrected form: such logits are divided by
        `penalty` where they are positive, and multiplied by it where they are negative. Given `z`
        (V,), the text so far as a list of numbers, `penalty` and a `temperature`, return the
        probabilities of the next word.
        """,
    hints=(
        "Why would dividing a negative logit help the word instead of punishing it?",
        (
            "Take the numbers of the text once each and change these logits in a copy of z, each "
            "by its sign; then temperature and softmax."
        ),
        (
            "used = sorted(set(text)); z[used] = torch.where(z[used] > 0, z[used] / penalty, "
            "z[used] * penalty); at the end (z / temperature).softmax(0)."
        ),
    ),
    minutes=15,
    difficulty=2,
    importance=2,
    trains="changing logits before a draw",
    cases=_logits_and_texts,
)
def penalised(z, text, penalty, temperature):
    z = z.clone()
    used = sorted(set(text))
    z[used] = torch.where(z[used] > 0, z[used] / penalty, z[used] * penalty)
    return (z / temperature).softmax(0)
