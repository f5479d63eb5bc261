"""Exhibits of cells written by hand: what goes wrong between the equation and its line of code.
A loop that runs and a loss that falls prove nothing: each of these trained somewhere."""

from types import ModuleType

import torch
from torch import Tensor, nn

from course_utils.museum.exhibit import Exhibit

# --- The activation is missing --------------------------------------------------------------------


def largest_states(m: ModuleType, steps: int) -> list[float]:
    """The largest number in the state after each step, of a cell that reads ones."""
    cell = m.Elman(4, 16, 2)
    cell.W_h.weight.data *= 4
    h = torch.zeros(1, 16)
    sizes = []
    for _ in range(steps):
        _, h = cell(torch.ones(1, 4), h)
        sizes.append(h.abs().max().item())
    return sizes


def _growth(m: ModuleType) -> str:
    sizes = largest_states(m, 40)
    return (
        f"largest state after 1, 20 and 40 steps: {sizes[0]:.1g}, {sizes[19]:.1g}, {sizes[39]:.1g}"
    )


def _is_unbounded(m: ModuleType, g: torch.Generator) -> bool:
    _, new = m.Elman(4, 8, 2)(100 * torch.randn(5, 4, generator=g), torch.zeros(5, 8))
    return bool(new.abs().max() > 1)


NO_TANH = Exhibit(
    key="no tanh",
    title="States without bounds",
    old="new = torch.tanh(self.W_x(x_t) + self.W_h(h))",
    new="new = self.W_x(x_t) + self.W_h(h)",
    symptom=_growth,
    detect=_is_unbounded,
    diagnoses={
        "The state has no activation.": "Yes. A tanh could not leave (-1, 1), and without one the "
        "whole recurrence is a single linear map, however many steps it takes.",
        "Weights four times as large are too much for any cell.": "The right cell has the same "
        "ones, and stays at 1.",
        "The gradients explode.": "They do, too, but the states alone show it, without a backward "
        "pass.",
    },
    mend="Put the activation round the sum, as the equation has it.",
    test="Feed inputs of size 100: no state may leave [-1, 1].",
    thread="https://github.com/pytorch/tutorials/issues/647",
)

# --- The output comes from the state before -------------------------------------------------------


def _first_outputs(m: ModuleType) -> str:
    output, _ = m.Elman(10, 8, 3)(torch.eye(10), torch.zeros(10, 8))
    n = len(torch.unique(output.round(decimals=4), dim=0))
    return f"ten texts with ten different first words; different outputs after one word: {n}"


def _ignores_its_input(m: ModuleType, g: torch.Generator) -> bool:
    cell = m.Elman(4, 8, 3)
    h = torch.randn(1, 8, generator=g).tanh().expand(2, 8)
    output, _ = cell(torch.randn(2, 4, generator=g), h)
    return torch.equal(output[0], output[1])


OLD_STATE = Exhibit(
    key="old state",
    title="Ten words, one answer",
    old="return self.W_z(new), new",
    new="return self.W_z(h), new",
    symptom=_first_outputs,
    detect=_ignores_its_input,
    diagnoses={
        "The output is computed from the state before.": "Yes. The word that has just been read "
        "can't show before the next step, and the last word never. (In the thread's network the "
        "output saw the word itself, but not the new state.)",
        "The words have equal vectors.": "No: they are ten different one-hot vectors.",
        "The state isn't passed on.": "No: it is, and later outputs differ. It is the output that "
        "lags.",
    },
    mend="Compute the output from the new state.",
    test="Two different words from the same state must get different outputs.",
    thread="https://github.com/pytorch/pytorch/issues/4573",
)

# --- The second layer gets the cell ---------------------------------------------------------------


def _what_enters(m: ModuleType, x: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    """The states that leave the lower layer, and what enters the upper one."""
    network = m.TwoLayers(x.shape[2], 6)
    left: list[Tensor] = []
    entered: list[Tensor] = []
    network.lower.register_forward_hook(lambda module, given, result: left.append(result[0]))
    network.upper.register_forward_pre_hook(lambda module, given: entered.append(given[0]))
    network(x)
    return left, entered


def _largest_entering(m: ModuleType) -> str:
    _, entered = _what_enters(m, 10 * torch.randn(1, 1, 4).expand(1, 40, 4))
    largest = max(x.abs().max().item() for x in entered)
    return f"largest number that enters the upper layer in 40 steps: {largest:.1f}"


def _enters_something_else(m: ModuleType, g: torch.Generator) -> bool:
    left, entered = _what_enters(m, torch.randn(2, 5, 4, generator=g))
    return not all(torch.equal(a, b) for a, b in zip(left, entered, strict=True))


CELL_STATE = Exhibit(
    key="cell state",
    title="Too large for a state",
    old="h2, c2 = self.upper(h1, h2, c2)",
    new="h2, c2 = self.upper(c1, h2, c2)",
    symptom=_largest_entering,
    detect=_enters_something_else,
    diagnoses={
        "The upper layer reads the cell, not the state.": "Yes. A state is an output gate times a "
        "tanh and lies in (-1, 1); only the cell can be larger.",
        "The inputs aren't normalised.": "They are large, but no input can push a state beyond 1.",
        "The layers are in the wrong order.": "No: two layers of one kind have no wrong order.",
    },
    mend="Hand the lower layer's h to the upper layer; c stays where it is.",
    test="Hook both layers: what enters the upper one equals the state that leaves the lower one.",
    thread="https://github.com/pytorch/examples/issues/167",
)

# --- Gates in another order -----------------------------------------------------------------------


def _difference_from_pytorch(m: ModuleType, x: Tensor) -> float:
    theirs = nn.LSTMCell(x.shape[2], 6)
    mine = m.LSTMCell(x.shape[2], 6)
    with torch.no_grad():
        mine.gates.weight.copy_(torch.cat([theirs.weight_ih, theirs.weight_hh], dim=1))
        mine.gates.bias.copy_(theirs.bias_ih + theirs.bias_hh)
    h = c = torch.zeros(len(x), 6)
    their_state = h, c
    for x_t in x.unbind(1):
        h, c = mine(x_t, h, c)
        their_state = theirs(x_t, their_state)
    return (h - their_state[0]).abs().max().item()


GATE_ORDER = Exhibit(
    key="gate order",
    title="The same weights, another network",
    old="i, f, g, o = self.gates",
    new="i, f, o, g = self.gates",
    symptom=lambda m: (
        "weights copied from nn.LSTMCell; largest difference of the states after ten "
        f"steps: {_difference_from_pytorch(m, torch.randn(3, 10, 4)):.2f}"
    ),
    detect=lambda m, g: _difference_from_pytorch(m, torch.randn(3, 6, 4, generator=g)) > 1e-5,
    diagnoses={
        "The gates are cut in another order.": "Yes. PyTorch writes i, f, g, o; ONNX and others "
        "don't. All shapes fit, and training from scratch hides it. (In the thread weights in "
        "ONNX's order, i, o, f, g, were read in PyTorch's.)",
        "One of PyTorch's two biases is missing.": "No: the copied bias is the sum of both.",
        "Rounding adds up.": "No: rounding would show in the seventh digit.",
    },
    mend="Name the gates in the order in which the weights were written.",
    test="Copy the weights of `nn.LSTMCell`, run six steps, compare the states.",
    thread="https://github.com/CrispStrobe/CrispASR/pull/106",
)

EXHIBITS = [NO_TANH, OLD_STATE, CELL_STATE, GATE_ORDER]
