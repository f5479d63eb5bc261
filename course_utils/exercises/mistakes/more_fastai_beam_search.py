"""Typical wrong answers to the exercises of Where fastai 1's beam search failed.
Each with the sentence that names the misconception."""

import torch

from course_utils.exercises.mistakes import mistake


@mistake(
    "search-chances",
    "For large costs all weights are 0, and 0 / 0 is no number: take the smallest cost from all "
    "of them first.",
)
def _(costs, temperature):
    weights = torch.exp(-costs / temperature)
    return weights / weights.sum()


@mistake("search-chances", "These are weights; divided by their sum they are chances.")
def _(costs, temperature):
    return torch.exp((costs.min() - costs) / temperature)


@mistake("search-chances", "The wrong way round: the dearest beam is drawn most often.")
def _(costs, temperature):
    return torch.softmax(costs / temperature, 0)


@mistake("search-chances", "The temperature is missing: costs are divided by it.")
def _(costs, temperature):
    return torch.softmax(-costs, 0)


@mistake("search-chances", "Costs are divided by the temperature, not multiplied.")
def _(costs, temperature):
    return torch.softmax(-costs * temperature, 0)


def _searched(table, prompt, n, beam_sz, stops=True):
    table = table.clone()
    if stops:
        table[1] = -torch.inf
        table[1, 1] = 0.0
    texts = torch.tensor([prompt])
    costs = torch.zeros(1)
    for _ in range(n):
        grown = (costs[:, None] - table[texts[:, -1]]).flatten()
        best = grown.argsort(stable=True)[:beam_sz]
        words = (best % len(table))[:, None]
        texts = torch.cat([texts[best // len(table)], words], 1)
        costs = grown[best]
    return texts[0].tolist()


def _cut(text, behind=1):
    return text[: text.index(1) + behind] if 1 in text else text


@mistake(
    "search-mended",
    "Fault 1 is left: the texts begin with the prompt, so it must not be put in front of them.",
)
def _(table, prompt, n, beam_sz):
    return prompt + _cut(_searched(table, prompt, n, beam_sz))


@mistake("search-mended", "Fault 4 is left: the loop looks for no end.")
def _(table, prompt, n, beam_sz):
    return _searched(table, prompt, n, beam_sz, stops=False)


@mistake(
    "search-mended",
    "You cut the cheapest text behind its end. But in the search the ended beams went on and grew "
    "dearer; an ended beam has to keep its cost.",
)
def _(table, prompt, n, beam_sz):
    return _cut(_searched(table, prompt, n, beam_sz, stops=False))


@mistake("search-mended", "An ended text repeats its end: cut behind the first.")
def _(table, prompt, n, beam_sz):
    return _searched(table, prompt, n, beam_sz)


@mistake("search-mended", "The end is missing: it is a word of the text, and is paid for.")
def _(table, prompt, n, beam_sz):
    return _cut(_searched(table, prompt, n, beam_sz), behind=0)


@mistake("search-mended", "The prompt is missing in front of what was written.")
def _(table, prompt, n, beam_sz):
    return _cut(_searched(table, prompt, n, beam_sz))[len(prompt) :]
