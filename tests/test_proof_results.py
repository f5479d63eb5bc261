"""Tests of what `prove` compares: everything that is returned, in whatever form, and gradients only
where there are some."""

import re
from collections import OrderedDict

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence

from course_utils.proof import prove


def numbers(generator):
    (n,) = torch.randint(1, 6, (1,), generator=generator).tolist()
    return torch.randn(n, generator=generator), torch.randint(9, (n,), generator=generator)


EQUAL = {
    "integers": (lambda x, i: (x, i + i), lambda x, i: (x, 2 * i)),
    "a list for a tensor": (lambda x, i: (x, i.tolist()), lambda x, i: (x, i)),
    "a tensor for a list": (lambda x, i: (x, i), lambda x, i: (x, tuple(i.tolist()))),
    "other integer type": (lambda x, i: (x, i.int()), lambda x, i: (x, i)),
    "number for a tensor": (lambda x, i: [x, len(x)], lambda x, i: (x, torch.tensor(len(x)))),
    "bool": (lambda x, i: (x, x > 0), lambda x, i: (x, ~(x <= 0))),
    "complex": (lambda x, i: (x, 1j * x.detach()), lambda x, i: (x, x.detach() * 1j)),
    "texts and None": (lambda x, i: (x, "a", None), lambda x, i: (x, "a", None)),
    "dicts": (lambda x, i: {"x": x, "i": [i]}, lambda x, i: OrderedDict(i=(i,), x=x)),
    "NumPy beside tensors": (lambda x, i: (x, i.numpy()), lambda x, i: (x, i)),
    "an empty list": (lambda x, i: (x, []), lambda x, i: (x, ())),
    "packed": (
        lambda x, i: pack_padded_sequence(x[:, None], [len(x)])[:2],
        lambda x, i: (x, torch.ones(len(x), dtype=torch.int64)),
    ),
}


@pytest.mark.parametrize("mine, theirs", EQUAL.values(), ids=EQUAL)
def test_what_is_equal_in_another_form(capsys, mine, theirs):
    prove(mine, theirs, numbers)
    line = "✓ equal: values and gradients, 50 random cases (tolerance 1e-09)\n"
    assert capsys.readouterr().out == line


UNEQUAL = {
    "integer": (
        lambda x, i: (x, i + (i == 5)),
        lambda x, i: (x, i),
        r"output 2: 1 of \d differ, first at \[\d\]: mine 6, theirs 5",
    ),
    "batch sizes": (
        lambda x, i: (x, [99]),
        lambda x, i: (x, torch.ones(len(x), dtype=torch.int64)),
        r"output 2: (shapes differ: mine \(1,\), theirs \(\d,\)|1 of 1 differ, .*)",
    ),
    "bool": (
        lambda x, i: (x, x > 0.5),
        lambda x, i: (x, x > 0),
        r"output 2: \d of \d differ, first at \[\d\]: mine False, theirs True",
    ),
    "kind": (
        lambda x, i: (x, i.bool()),
        lambda x, i: (x, i),
        r"output 2: kinds differ: mine bool, theirs integer",
    ),
    "length of a list": (
        lambda x, i: (x, [x]),
        lambda x, i: (x, [x, x]),
        r"output 2: mine has 1 items, theirs 2",
    ),
    "number of outputs": (
        lambda x, i: (x, i, i),
        lambda x, i: (x, i),
        r"outputs: mine has 3 items, theirs 2",
    ),
    "key": (
        lambda x, i: (x, {"a": i}),
        lambda x, i: (x, {"b": i}),
        r"output 2: mine has the keys \['a'\], theirs \['b'\]",
    ),
    "value of a key": (
        lambda x, i: {"x": x, "i": i + 1},
        lambda x, i: {"x": x, "i": i},
        r"output 'i': \d of \d differ, first at \[0\]: .*",
    ),
    "text": (lambda x, i: (x, "a"), lambda x, i: (x, "b"), r"output 2: mine 'a', theirs 'b'"),
    "None": (lambda x, i: (x, None), lambda x, i: (x, "b"), r"output 2: mine None, theirs 'b'"),
    "number": (
        lambda x, i: (x, 1.5),
        lambda x, i: (x, 2.0),
        r"output 2: largest difference 0\.5 \(tolerance 1e-09\): mine 1\.5, theirs 2",
    ),
    "a list for a dict": (
        lambda x, i: (x, [i]),
        lambda x, i: (x, {"i": i}),
        r"output 2: mine is a list of 1, theirs a dict of 1",
    ),
    "deep inside": (
        lambda x, i: (x, [(i,), (i, {"z": i * 0 + 1})]),
        lambda x, i: (x, [(i,), (i, {"z": i * 0})]),
        r"output 2, item 2, item 2, item 'z': .*",
    ),
    "detached second output": (
        lambda x, i: (x * 2, x.detach() ** 2),
        lambda x, i: (x * 2, x**2),
        r"gradient with respect to argument 1: .*",
    ),
    "both nothing": (
        lambda x, i: None,
        lambda x, i: None,
        r"both return nothing: there is nothing to compare",
    ),
}


@pytest.mark.parametrize("mine, theirs, message", UNEQUAL.values(), ids=UNEQUAL)
def test_a_difference_anywhere_is_named(mine, theirs, message):
    with pytest.raises(AssertionError) as caught:
        prove(mine, theirs, numbers)
    assert re.fullmatch(r"case \d+: " + message, str(caught.value)), caught.value


def test_gradients_of_nested_arguments_are_named():
    def wrong(x, parts):
        return x * parts["w"][0] * parts["w"][1].detach()

    def right(x, parts):
        return x * parts["w"][0] * parts["w"][1]

    def inputs(g):
        return torch.randn(3, generator=g), {"w": [torch.randn(3, generator=g) for _ in range(2)]}

    with pytest.raises(AssertionError, match="respect to argument 2, item 'w', item 2: largest"):
        prove(wrong, right, inputs)


VALUES_ONLY = {
    "integers": (lambda x, i: i.sum(), lambda x, i: sum(i)),
    "NumPy": (lambda x, i: np.tanh(x.detach().numpy()), lambda x, i: torch.tanh(x)),
    "NumPy theirs": (lambda x, i: torch.tanh(x), lambda x, i: np.tanh(x.detach().numpy())),
    "both detached": (lambda x, i: x.detach(), lambda x, i: x.detach() + 0),
}


@pytest.mark.parametrize("mine, theirs", VALUES_ONLY.values(), ids=VALUES_ONLY)
def test_where_there_are_no_gradients_none_are_claimed(capsys, mine, theirs):
    prove(mine, theirs, numbers)
    assert capsys.readouterr().out == "✓ equal: values, 50 random cases (tolerance 1e-09)\n"
