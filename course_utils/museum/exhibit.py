"""What an exhibit is: a change to the right code, its symptom, its detector, and where it happened.
The faulty version is made from the right one's text, so the two can't drift apart."""

import ast
import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

import torch

SPECIMEN = Path(__file__).with_name("specimen.py")


@dataclass(frozen=True, eq=False)
class Exhibit:
    """One fault that people made in public.

    key, title: its name in code, and in the notebook.
    old, new: the text of the right code that is replaced, and what replaces it.
    symptom: what one sees, as a sentence with numbers, measured on any version of the code.
    detect: the test that would have caught it; called as detect(code, generator), it says whether
        something is wrong.
    diagnoses: what a reader may think, each with a reply; the first is right.
    mend, test: what to do, and the test in words. thread: the address of the public thread.
    """

    key: str
    title: str
    old: str
    new: str
    symptom: Callable[[ModuleType], str]
    detect: Callable[[ModuleType, torch.Generator], bool]
    diagnoses: dict[str, str]
    mend: str
    test: str
    thread: str


def changed_text(exhibit: Exhibit) -> str:
    """The specimen with the exhibit's change; `ValueError` if it does not fit exactly once."""
    text = SPECIMEN.read_text(encoding="utf-8")
    if text.count(exhibit.old) != 1:
        raise ValueError(
            f"{exhibit.key}: the line to change stands {text.count(exhibit.old)} times in "
            f"{SPECIMEN.name}; it must stand there once"
        )
    return text.replace(exhibit.old, exhibit.new)


def code_as_it_ran(exhibit: Exhibit) -> str:
    """The function or class that holds the exhibit's change, faulty, with its decorators."""
    text = changed_text(exhibit)
    return _lines(text, _holding(ast.parse(text).body, exhibit))


def method_as_it_ran(exhibit: Exhibit) -> str:
    """The method that holds the exhibit's change, faulty, indented as in the file; `ValueError` if
    the change stands in no class."""
    text = changed_text(exhibit)
    part = _holding(ast.parse(text).body, exhibit)
    if not isinstance(part, ast.ClassDef):
        raise ValueError(f"{exhibit.key}: the change stands in no class")
    return _lines(text, _holding(part.body, exhibit))


def _holding(parts: Sequence[ast.stmt], exhibit: Exhibit) -> ast.stmt:
    """The one of the parts that holds the exhibit's first line."""
    before, *_ = SPECIMEN.read_text(encoding="utf-8").partition(exhibit.old)
    changed = before.count("\n") + 1
    for part in parts:
        if _first_line(part) <= changed <= (part.end_lineno or part.lineno):
            return part
    raise ValueError(f"{exhibit.key}: line {changed} stands in no function and no class")


def _first_line(part: ast.stmt) -> int:
    return min(node.lineno for node in [part, *getattr(part, "decorator_list", [])])


def _lines(text: str, part: ast.stmt) -> str:
    return "\n".join(text.splitlines()[_first_line(part) - 1 : part.end_lineno])


@cache
def right_code() -> ModuleType:
    """The specimen as it is."""
    return _run(SPECIMEN.read_text(encoding="utf-8"), "right")


@cache
def faulty_code(exhibit: Exhibit) -> ModuleType:
    """The specimen with the exhibit's fault."""
    return _run(changed_text(exhibit), exhibit.key)


def _run(text: str, name: str) -> ModuleType:
    module = ModuleType(f"specimen_{name}")
    exec(compile(text, f"<specimen: {name}>", "exec"), module.__dict__)
    return module


def difference(exhibit: Exhibit) -> list[str]:
    """The lines that differ, each with "- " (right) or "+ " (faulty) before it, right ones first.

    A line that has only moved looks the same in both: then all lines of the change are shown."""
    right = SPECIMEN.read_text(encoding="utf-8").splitlines()
    lines = list(difflib.ndiff(right, changed_text(exhibit).splitlines()))
    old = [line[2:].strip() for line in lines if line[0] == "-"]
    new = [line[2:].strip() for line in lines if line[0] == "+"]
    if old == new:
        old = [line.strip() for line in exhibit.old.splitlines()]
        new = [line.strip() for line in exhibit.new.splitlines()]
    return [*(f"- {line}" for line in old), *(f"+ {line}" for line in new)]


def fires(exhibit: Exhibit, code: ModuleType, seed: int) -> bool:
    """Whether the exhibit's detector finds something wrong; code that stops is wrong, too."""
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # for the weights of the networks
        try:
            return bool(exhibit.detect(code, generator))
        except (RuntimeError, ValueError, TypeError, IndexError, KeyError):
            return True


def symptom_of(exhibit: Exhibit, code: ModuleType) -> str:
    """The symptom's sentence, from fixed draws."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return exhibit.symptom(code)
