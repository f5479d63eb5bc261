"""Typical wrong answers to the exercises of notebook 01, The Elman network.
Terms that were left out or kept, sides taken for each other, and a derivative that is missing."""

import torch

from course_utils.exercises.mistakes import mistake


@mistake("elman-parameters", "The recurrent matrix is missing: W_h maps H numbers to H.")
def _(D, H, K):
    return H * D + H + K * H + K


@mistake("elman-parameters", "You counted the matrices only; each equation has a bias, too.")
def _(D, H, K):
    return H * D + H * H + K * H


@mistake(
    "elman-parameters",
    "Two biases for the state: nn.RNN keeps two, the equation here has one.",
)
def _(D, H, K):
    return H * D + H * H + 2 * H + K * H + K


@mistake("elman-parameters", "The output is missing: W_z and its bias learn as well.")
def _(D, H, K):
    return H * D + H * H + H


def _states(x, W_x, W_h, b, h=None):
    h = torch.zeros(len(b)) if h is None else h
    states = []
    for x_t in x:
        h = torch.tanh(W_x @ x_t + W_h @ h + b)
        states.append(h)
    return torch.stack(states)


@mistake("elman-forgetful", "These states still remember: the term with W_h is the memory.")
def _(x, W_x, W_h, b):
    return _states(x, W_x, W_h, b)


@mistake("elman-forgetful", "The tanh is missing; without it the state is not squashed.")
def _(x, W_x, W_h, b):
    return x @ W_x.T + b


@mistake("elman-forgetful", "The bias b is missing. It is no memory: it is the same at every step.")
def _(x, W_x, W_h, b):
    return torch.tanh(x @ W_x.T)


@mistake("elman-forgetful", "You kept the last state only; asked for are the states of all words.")
def _(x, W_x, W_h, b):
    return torch.tanh(x @ W_x.T + b)[-1]


@mistake("elman-order", "You read from left to right; the last row of x has to come first.")
def _(x, W_x, W_h, b):
    return _states(x, W_x, W_h, b)[-1]


@mistake("elman-order", "These are all states; asked for is the one after the last word read.")
def _(x, W_x, W_h, b):
    return _states(x.flip(0), W_x, W_h, b)


@mistake(
    "elman-order",
    "This is the state after the first word read. Reading from the right, the last state has read "
    "the text's first word last.",
)
def _(x, W_x, W_h, b):
    return _states(x.flip(0), W_x, W_h, b)[0]


@mistake("elman-order", "flip(1) turns round the numbers of each word; the words lie on axis 0.")
def _(x, W_x, W_h, b):
    return _states(x.flip(1), W_x, W_h, b)[-1]


@mistake("elman-order", "The state starts as ones; an Elman network starts from zeros.")
def _(x, W_x, W_h, b):
    return _states(x.flip(0), W_x, W_h, b, torch.ones(len(b)))[-1]


def _backwards(x, W_x, W_h, b, *, slope=True, turned=True, back=None, every=0.0):
    """The gradients, with one of the usual slips; `every` is what each step's own loss adds."""
    rows = []
    past = torch.ones(len(b))
    for h_t in _states(x, W_x, W_h, b).flip(0):
        da = past * (1 - h_t**2) if slope else past
        rows.append(W_x.T @ da)
        past = (W_h.T if back is None else back) @ da + every
    return torch.stack(rows[::-1] if turned else rows)


@mistake("elman-gradient", "The slope of tanh is missing: 1 - h_t ** 2 at every step.")
def _(x, W_x, W_h, b):
    return _backwards(x, W_x, W_h, b, slope=False)


@mistake(
    "elman-gradient",
    "The rows stand in the order in which you went back: the last word's gradient comes first.",
)
def _(x, W_x, W_h, b):
    return _backwards(x, W_x, W_h, b, turned=False)


@mistake("elman-gradient", "The way back through W_h goes through its transpose, W_h.T.")
def _(x, W_x, W_h, b):
    return _backwards(x, W_x, W_h, b, back=W_h)


@mistake(
    "elman-gradient",
    "This is the gradient of the sum of all states. Only the last one is asked for, so nothing is "
    "added on the way back.",
)
def _(x, W_x, W_h, b):
    return _backwards(x, W_x, W_h, b, every=1.0)


@mistake(
    "elman-gradient",
    "Each word reached only its own step; a word also acts through all states that come after it.",
)
def _(x, W_x, W_h, b):
    slopes = 1 - _states(x, W_x, W_h, b) ** 2
    return slopes @ W_x


@mistake(
    "elman-gradient",
    "Each step took the slope at the state *before* it: the list of states begins with the zeros, "
    "so every index is one too low.",
)
def _(x, W_x, W_h, b):
    states = torch.cat([torch.zeros(1, len(b)), _states(x, W_x, W_h, b)])
    rows = []
    past = torch.ones(len(b))
    for h_before in states[:-1].flip(0):
        da = past * (1 - h_before**2)
        rows.append(W_x.T @ da)
        past = W_h.T @ da
    return torch.stack(rows[::-1])


@mistake(
    "elman-gradient",
    "The first word got nothing: the way back ends at t = 0, and range(T - 1, 0, -1) ends at 1.",
)
def _(x, W_x, W_h, b):
    rows = _backwards(x, W_x, W_h, b)
    rows[0] = 0
    return rows


@mistake(
    "elman-gradient",
    "tanh twice: h_t has been squashed already, so its slope is 1 - h_t ** 2.",
)
def _(x, W_x, W_h, b):
    rows = []
    past = torch.ones(len(b))
    for h_t in _states(x, W_x, W_h, b).flip(0):
        da = past * (1 - torch.tanh(h_t) ** 2)
        rows.append(W_x.T @ da)
        past = W_h.T @ da
    return torch.stack(rows[::-1])


@mistake("elman-gradient", "The way back from a_t to the word goes through the transpose, W_x.T.")
def _(x, W_x, W_h, b):
    rows = []
    past = torch.ones(len(b))
    for h_t in _states(x, W_x, W_h, b).flip(0):
        da = past * (1 - h_t**2)
        rows.append(W_x @ da)
        past = W_h.T @ da
    return torch.stack(rows[::-1])
