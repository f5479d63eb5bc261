"""The random generators that a run draws from: found wherever a loader leads, saved, put back.
A run that goes on with a generator at its start is another run, and nothing would show it."""

import functools
import random
from collections import deque
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

AnyGenerator = torch.Generator | np.random.Generator | np.random.RandomState | random.Random
MOST_LEVELS = 12  # loader, data set, transform, partial, function, closure, … and some to spare
PLAIN: frozenset[type] = frozenset(
    {int, float, complex, bool, str, bytes, type(None), np.int64, np.float64}
)
LEAVES: tuple[type, ...] = (
    *(*PLAIN, np.generic, np.ndarray, Tensor, pd.DataFrame, pd.Series, pd.Index),
    *(nn.Module, ModuleType, type),
)
GLOBAL: tuple[Any, ...] = tuple(  # of Python and NumPy one gets at them by their methods
    getattr(method, "__self__", None) for method in (random.random, np.random.rand)
)
GLOBAL += (torch.default_generator,)


def find_generators(owner: Any, path: str) -> dict[str, AnyGenerator]:
    """The random generators that are reached from a loader: attributes of its samplers, data set
    and their transforms, what lies in lists and dicts, and what functions hold (closure,
    defaults, the names of their module that they use, `functools.partial`).

    Keys are the ways to them, such as 'train.sampler.generator'; one may be found on several.
    The generators of the process are left out, Accelerate keeps them; so are a model's own.
    """
    found: dict[str, AnyGenerator] = {}
    seen: dict[int, Any] = {}  # holds the objects, or a number might come again
    waiting = deque([(owner, path, 0)])  # first come, first served: the shortest way counts
    while waiting:
        value, way, level = waiting.popleft()
        if isinstance(value, AnyGenerator):
            if not _is_the_process_own(value):
                found[way] = value
        elif id(value) not in seen and level < MOST_LEVELS:
            seen[id(value)] = value
            parts = _parts(value)
            waiting.extend((part, way + name, level + 1) for name, part in parts)
    return found


def _is_the_process_own(generator: AnyGenerator) -> bool:
    no_state = isinstance(generator, random.SystemRandom)
    return no_state or any(generator is other for other in GLOBAL)


def _parts(owner: Any) -> Iterator[tuple[str, Any]]:
    """What may hold a generator, with its name behind that of `owner`, in a stable order."""
    if isinstance(owner, dict):
        yield from _items(owner)
    elif isinstance(owner, list | tuple | deque):
        yield from _items(dict(enumerate(owner)) if not _all_plain(owner) else {})
    elif isinstance(owner, functools.partial):
        yield from ((".func", owner.func), (".args", owner.args), (".keywords", owner.keywords))
    elif isinstance(owner, FunctionType):
        yield from _held_by(owner)
    elif hasattr(type(owner), "__self__"):  # a method
        yield ".__self__", owner.__self__
        yield ".__func__", getattr(owner, "__func__", None)
    if hasattr(owner, "__dict__") and not isinstance(owner, LEAVES):
        attributes = vars(owner).items()
        yield from ((f".{name}", x) for name, x in attributes if not isinstance(x, LEAVES))


def _all_plain(values: Any) -> bool:
    """Fast, because documents are lists of numbers, and there are many."""
    return PLAIN.issuperset(map(type, values))


def _items(owner: dict) -> Iterator[tuple[str, Any]]:
    if _all_plain(owner.values()):
        return
    for number, (key, value) in enumerate(owner.items()):
        if not isinstance(value, LEAVES):
            name = repr(key) if isinstance(key, str | int) else f"number {number}"
            yield f"[{name}]", value


def _held_by(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """What a function has caught, its defaults, and generators and functions of its module."""
    yield ".defaults", function.__defaults__
    yield ".keywords", function.__kwdefaults__
    names = function.__code__.co_freevars
    for name, cell in zip(names, function.__closure__ or (), strict=True):
        try:
            value = cell.cell_contents
        except ValueError:  # the name has no value yet
            continue
        if not isinstance(value, LEAVES):
            yield f".{name}", value
    for name in _global_names(function.__code__):
        value = function.__globals__.get(name)
        mine = isinstance(value, FunctionType) and value.__globals__ is function.__globals__
        if mine or isinstance(value, AnyGenerator):
            yield f".{name}", value


def _global_names(code: CodeType) -> list[str]:
    """The names that a function looks up, also in the functions and comprehensions within."""
    within = [part for part in code.co_consts if isinstance(part, CodeType)]
    return sorted({*code.co_names, *(name for part in within for name in _global_names(part))})


class GeneratorStates:
    """Generators for `Accelerator.register_for_checkpointing`: it only keeps the global ones."""

    def __init__(self, generators: dict[str, AnyGenerator]):
        self.generators = generators

    def state_dict(self) -> dict[str, Any]:
        """The states as each library gives them."""
        return {way: _state(generator) for way, generator in self.generators.items()}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Put the generators, which may have drawn meanwhile, back to their states.

        Some may have no partner: Accelerate gives shuffled loaders one that the epoch decides.
        """
        for way in saved.keys() & self.generators.keys():
            _set_state(self.generators[way], saved[way])


def _state(generator: AnyGenerator) -> Any:
    if isinstance(generator, np.random.Generator):
        return generator.bit_generator.state
    if isinstance(generator, random.Random):
        return generator.getstate()
    return generator.get_state()


def _set_state(generator: AnyGenerator, state: Any) -> None:
    if isinstance(generator, np.random.Generator):
        generator.bit_generator.state = state
    elif isinstance(generator, random.Random):
        generator.setstate(state)
    else:
        generator.set_state(state)
