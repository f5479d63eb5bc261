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
    """`[Bezirks|Landes]rat` stands for both words; equal brackets in one line take equal choices."""
    groups = list(dict.fromkeys(re.findall(r"\[[^\]]*\]", item)))
    result = []
    for choice in itertools.product(*[g[1:-1].split("|") for g in groups]):
        text = item
        for group, part in zip(groups, choice):
            text = text.replace(group, part)
        result.append(text)
    return result


def read_pool(path: Path) -> Pool:
    pool = Pool(path.stem, path)
    kind = target = None
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = raw.split("#")[0].strip() if raw.lstrip().startswith("#") else raw.strip()
        where = f"{path.name}:{number}"
        if not line:
            continue
        word, _, rest = line.partition(" ")
        if word == "desk":
            pool.desk = rest.strip()
        elif word == "list":
            target, kind = pool.lists.setdefault(rest.strip(), []), None
        elif word == "kind":
            kind = Kind(rest.strip())
            pool.kinds.append(kind)
            target = None
        elif kind is not None and word == "roles":
            target = kind.roles
        elif kind is not None and word in SLOTS:
            target = Slot(word)
            kind.slots.append(target)
        elif word == "-" and isinstance(target, list):
            target.extend(expand(rest.strip()))
        elif word == "|" and isinstance(target, Slot):
            target.variants.append(" ".join(rest.split()))
            target.lines.append(number)
        elif "=" in line and isinstance(target, dict):
            name, _, spec = line.partition("=")
            target[name.strip()] = spec.split()
        else:
            raise PoolError(
                f"{where}: cannot read {line!r}; expected desk, list, kind, roles, a slot ({', '.join(SLOTS)}), "
                "'- item', '| sentence' or 'role = …'"
            )
    return pool


def read_pools(folder: Path = FOLDER) -> tuple[dict[str, Pool], Pool]:
    """All desks by name, and the common pool."""
    common = read_pool(folder / "gemeinsam.txt")
    pools = [
        read_pool(path) for path in sorted(folder.glob("*.txt")) if path.name != "gemeinsam.txt"
    ]
    return {pool.desk: pool for pool in pools}, common
