"""Reads the pools: one text file a desk, written for an editor and not for a programmer.
README.md in this folder explains the format; every fault is reported with file and line."""

import itertools
import re
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent / "pools"
SLOTS = ("kicker", "lead", "then", "maybe", "many", "end")


class PoolError(ValueError):
    """A fault in a pool file, with its file and line."""


@dataclass
class Slot:
    what: str
    variants: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


@dataclass
class Kind:
    name: str
    roles: dict[str, list[str]] = field(default_factory=dict)
    slots: list[Slot] = field(default_factory=list)


@dataclass
class Pool:
    desk: str
    path: Path
    lists: dict[str, list[str]] = field(default_factory=dict)
    kinds: list[Kind] = field(default_factory=list)


def expand(item: str) -> list[str]:
    """`[Bezirks|Landes]rat` stands for both words; equal brackets take equal choices."""
    groups = list(dict.fromkeys(re.findall(r"\[[^\]]*\]", item)))
    result = []
    for choice in itertools.product(*[g[1:-1].split("|") for g in groups]):
        text = item
        for group, part in zip(groups, choice, strict=True):
            text = text.replace(group, part)
        result.append(text)
    return result


class _Reader:
    """Takes the lines of a pool one after the other; `target` is where items and variants go."""

    def __init__(self, path: Path):
        self.pool = Pool(path.stem, path)
        self.kind: Kind | None = None
        self.target: list[str] | dict[str, list[str]] | Slot | None = None

    def take(self, line: str, number: int) -> None:
        word, _, rest = line.partition(" ")
        if not (self._heading(word, rest.strip()) or self._entry(word, rest.strip(), line, number)):
            raise PoolError(
                f"{self.pool.path.name}:{number}: cannot read {line!r}; expected desk, list, kind, "
                f"roles, a slot ({', '.join(SLOTS)}), '- item', '| sentence' or 'role = …'"
            )

    def _heading(self, word: str, name: str) -> bool:
        if word == "desk":
            self.pool.desk = name
        elif word == "list":
            self.target = self.pool.lists.setdefault(name, [])
            self.kind = None
        elif word == "kind":
            self.kind = Kind(name)
            self.pool.kinds.append(self.kind)
            self.target = None
        elif self.kind is not None and word == "roles":
            self.target = self.kind.roles
        elif self.kind is not None and word in SLOTS:
            slot = Slot(word)
            self.kind.slots.append(slot)
            self.target = slot
        else:
            return False
        return True

    def _entry(self, word: str, rest: str, line: str, number: int) -> bool:
        if word == "-" and isinstance(self.target, list):
            self.target.extend(expand(rest))
        elif word == "|" and isinstance(self.target, Slot):
            self.target.variants.append(" ".join(rest.split()))
            self.target.lines.append(number)
        elif "=" in line and isinstance(self.target, dict):
            name, _, spec = line.partition("=")
            self.target[name.strip()] = spec.split()
        else:
            return False
        return True


def read_pool(path: Path) -> Pool:
    reader = _Reader(path)
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = raw.split("#")[0].strip() if raw.lstrip().startswith("#") else raw.strip()
        if line:
            reader.take(line, number)
    return reader.pool


def read_pools(folder: Path = FOLDER) -> tuple[dict[str, Pool], Pool]:
    """All desks by name, and the common pool."""
    common = read_pool(folder / "gemeinsam.txt")
    pools = [
        read_pool(path) for path in sorted(folder.glob("*.txt")) if path.name != "gemeinsam.txt"
    ]
    return {pool.desk: pool for pool in pools}, common
