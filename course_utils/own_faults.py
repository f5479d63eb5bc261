"""What is wrong with a file of texts, collected; and the rows that a reader made of it.
A fault told alone costs a run for each of its kind, so a reader does not stop at the first."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Place = int | str | tuple[int | str, ...]  # a line, a file, or places that contradict each other
SHOWN = 200  # places of one fault that a message names; `BadTexts.faults` has them all


class BadTexts(ValueError):
    """Texts that cannot be used, with file, line and the way out of each fault.

    `faults` is a list of (what is wrong, its places); the message has one line for each."""

    def __init__(self, message: str, faults: list[tuple[str, list[Place]]] | None = None) -> None:
        super().__init__(message)
        self.faults = faults or []


def _ranges(numbers: list[int]) -> list[str]:
    """[3, 5, 6, 7] as ['3', '5–7']."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]


def _where(places: list[Place], unit: str) -> str:
    """'line 3', 'lines 3, 5–7', 'lines 2 and 6; 8 and 9', 'files Web/1.txt, Web/7.txt'."""
    shown = places[:SHOWN]
    numbers = [place for place in shown if isinstance(place, int)]
    groups = [place for place in shown if isinstance(place, tuple)]
    names = [place for place in shown if isinstance(place, str)]
    parts = [", ".join(_ranges(numbers) + names)] if numbers or names else []
    parts += [" and ".join(map(str, group)) for group in groups]
    more = f" and {len(places) - SHOWN:,} more" if len(places) > SHOWN else ""
    several = len(places) > 1 or groups
    return f"{unit}{'s' if several else ''} {'; '.join(parts)}{more}"


class Faults:
    """Collects what is wrong with one file or folder; `stop` raises all of it at once."""

    def __init__(self, name: str, unit: str = "line") -> None:
        self.name = name
        self.unit = unit
        self.found: dict[str, list[Place]] = {}

    def add(self, what: str, *places: Place) -> None:
        """Adds a fault; without places it concerns the file as a whole, and begins with a verb."""
        self.found.setdefault(what, []).extend(places)

    def add_each(self, what: str, places: Iterable[Place]) -> None:
        """Adds a fault of some rows, if there are any."""
        places = list(places)
        if places:
            self.add(what, *places)

    def stop(self) -> None:
        """Raises `BadTexts` if anything was added."""
        if self.found:
            lines = [
                f"{self.name}, {_where(places, self.unit)}: {what}"
                if places
                else f"{self.name} {what}"
                for what, places in self.found.items()
            ]
            raise BadTexts("\n".join(lines), list(self.found.items()))


@dataclass
class Columns:
    """The names that a text's column and a label's may have, the first that is there counts; or
    numbers, in a table without a header. No names for the label: it is not read."""

    text: tuple[str | int, ...]
    label: tuple[str | int, ...]

    @property
    def by_number(self) -> bool:
        return any(isinstance(name, int) for name in self.text + self.label)


@dataclass
class Rows:
    """What a reader made of a file: lists under `header`, or JSON objects, and their places."""

    rows: list[Any] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    header: list[Any] | None = None
    lost: list[str] = field(default_factory=list)  # lines that gave no row, as they stand
    notes: list[str] = field(default_factory=list)  # what the reader left out, to be printed
