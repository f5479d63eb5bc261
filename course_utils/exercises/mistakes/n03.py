"""Typical wrong answers to the exercises of notebook 03, One document at a time.
A gate too few, a sum for a mean, and gradients cut before they are averaged."""

import torch

from course_utils.exercises.mistakes import mistake


@mistake("lstm-parameters", "One bias a gate: PyTorch keeps two, one for x and one for h.")
def _(D, H):
    return 4 * (H * D + H * H + H)


@mistake("lstm-parameters", "Three parts have gates' names, but the candidate g has weights, too.")
def _(D, H):
    return 3 * (H * D + H * H + 2 * H)


@mistake("lstm-parameters", "The matrices that read h are missing: H by H for each gate.")
def _(D, H):
    return 4 * (H * D + 2 * H)


@mistake("lstm-parameters", "This is an Elman network; an LSTM has four such parts.")
def _(D, H):
    return H * D + H * H + 2 * H


@mistake("lstm-eta", "// cuts the seconds a step down to a whole number.")
def _(seconds, done, total):
    return seconds // done * (total - done)


@mistake("lstm-eta", "This is the time of all steps; what is asked for is what is left.")
def _(seconds, done, total):
    return seconds / done * total


@mistake("lstm-eta", "Turned round: done / seconds are steps a second, not seconds a step.")
def _(seconds, done, total):
    return done / seconds * (total - done)


@mistake("lstm-eta", "Seconds so far over all steps: only the steps that are done took them.")
def _(seconds, done, total):
    return seconds / total * (total - done)


@mistake("lstm-forgetting", "Multiplied t times is a power, f ** t, and not f times t.")
def _(c_0, f, t):
    return c_0 * f * t


@mistake("lstm-forgetting", "1 - f is what is lost in a step. f is what is kept.")
def _(c_0, f, t):
    return c_0 * (1 - f) ** t


@mistake("lstm-forgetting", "One step too few: the first step forgets, too.")
def _(c_0, f, t):
    return c_0 * f ** (t - 1)


@mistake("lstm-forgetting", "This is the share that is kept; times c_0 it is the cell.")
def _(c_0, f, t):
    return f**t


def _cut(rows, clip):
    return rows * (clip / rows.norm(dim=1, keepdim=True)).clamp(max=1)


@mistake(
    "lstm-steps",
    "You cut each document's gradient before the mean. One step is one vector: average first, cut "
    "the mean.",
)
def _(gradients, size, clip):
    return torch.stack([_cut(group, clip).mean(0) for group in gradients.split(size)])


@mistake("lstm-steps", "You took sums. With a sum, the step grows with the size of the group.")
def _(gradients, size, clip):
    return _cut(torch.stack([group.sum(0) for group in gradients.split(size)]), clip)


@mistake("lstm-steps", "The left-over documents are lost: they are a smaller last group.")
def _(gradients, size, clip):
    whole = [group for group in gradients.split(size) if len(group) == size]
    return _cut(torch.stack([group.mean(0) for group in whole]), clip)


@mistake(
    "lstm-steps",
    "The last group was divided by `size`, though it has fewer documents: its step is too short.",
)
def _(gradients, size, clip):
    return _cut(torch.stack([group.sum(0) / size for group in gradients.split(size)]), clip)


@mistake(
    "lstm-steps",
    "Every mean has the norm `clip` now. A shorter one stays as it is: the factor is at most 1.",
)
def _(gradients, size, clip):
    means = torch.stack([group.mean(0) for group in gradients.split(size)])
    return means * (clip / means.norm(dim=1, keepdim=True))


@mistake(
    "lstm-steps",
    "You cut each entry at `clip`, which turns the vector. Its norm is to be cut, its direction "
    "stays.",
)
def _(gradients, size, clip):
    means = torch.stack([group.mean(0) for group in gradients.split(size)])
    return means.clamp(-clip, clip)


def _means(gradients, size):
    return torch.stack([group.mean(0) for group in gradients.split(size)])


@mistake(
    "lstm-steps",
    "The means are right, but none of them is cut. (clip_grad_norm_ cuts the .grad of parameters; "
    "plain vectors have none.)",
)
def _(gradients, size, clip):
    return _means(gradients, size)


@mistake(
    "lstm-steps",
    "One norm for all steps together: each step is a vector of its own, so its norm is that of its "
    "row, dim=1.",
)
def _(gradients, size, clip):
    means = _means(gradients, size)
    return means * (clip / means.norm()).clamp(max=1)


@mistake(
    "lstm-steps",
    "chunk(size) makes `size` groups; asked for are groups of `size` documents: split(size).",
)
def _(gradients, size, clip):
    return _cut(torch.stack([group.mean(0) for group in gradients.chunk(size)]), clip)
