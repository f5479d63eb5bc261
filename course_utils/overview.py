"""`progress`: what is solved, predicted and still open, by notebook, from the learner's own file.
Nothing is sent anywhere; deleting the file begins anew."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from course_utils import learner_file
from course_utils.attempts import written
from course_utils.console import say
from course_utils.exercises import Exercise, Project, exercises, projects
from course_utils.predictions import somebody_is_there

Records = Mapping[str, Mapping[str, Any]]
MORE = "more"
NAMED = r"^Exercises of (the optional )?notebook (\d\d, )?"  # how such a module's docstring begins


@dataclass(frozen=True)
class Chapter:
    """The exercises and the project of one notebook."""

    number: str
    exercises: list[Exercise]
    project: Project | None

    @property
    def title(self) -> str:
        """The notebook's title, as the module of its exercises names it."""
        lines = {one.function.__globals__["__doc__"].splitlines()[0] for one in self.exercises}
        return ", ".join(sorted(re.sub(NAMED, "", line).rstrip(".") for line in lines))


def number_of(module: str) -> str:
    """The number of the notebook to which a module of exercises belongs, "more" for more/."""
    return module[1:] if module[1:].isdigit() else MORE


def chapters() -> list[Chapter]:
    """All notebooks with exercises, in their order."""
    every = list(exercises().values())
    by_number = {number_of(one.module): one for one in projects().values()}
    numbers = dict.fromkeys(number_of(one.module) for one in every)
    return [
        Chapter(number, [one for one in every if number_of(one.module) == number], project)
        for number in numbers
        for project in [by_number.get(number)]
    ]


def solved(chapter: Chapter, records: Records) -> int:
    """How many exercises of a notebook are solved."""
    return sum(bool(records.get(one.key, {}).get("solved")) for one in chapter.exercises)


def guessed(chapter: Chapter, records: Records) -> int:
    """How many guesses were given in a notebook."""
    mine = [one for key, one in records.items() if key.startswith(f"{chapter.number}-")]
    return sum(one.get("guess") is not None for one in mine)


def project_line(project: Project | None, records: Records) -> str:
    """The best attempt at a project beside its goal; a dash for none."""
    best = records.get(project.key, {}).get("best") if project else None
    if project is None or not isinstance(best, int | float):
        return "–"
    sign = "✓ " if project.reached(best) else ""
    return f"{sign}{written(best, project.unit)} (goal {written(project.target, project.unit)})"


def progress(notebook: str = "") -> None:
    """Print what is solved, predicted and open, a line a notebook; of one notebook, such as "04",
    a line an exercise.

    All of it comes from one file on this machine, whose place is printed below: delete it, or send
    it to a teacher, who has `python -m tools.progress`. Raises ValueError for another notebook."""
    every = chapters()
    kept: dict[str, Records] = {"exercises": {}, "predictions": {}, "projects": {}}
    if somebody_is_there():
        for section in kept:
            kept[section], problem = learner_file.read(section)
            if problem:
                say(problem)
                return
    if notebook:
        _one(_chapter(every, notebook), kept)
        return
    rows: list[tuple[str, ...]] = [("", "solved", "open", "guesses", "project")]
    rows += [_row(chapter, kept) for chapter in every]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        say("  ".join(map(str.ljust, row, widths)).rstrip())
    if somebody_is_there():
        say(f"Kept in {learner_file.progress_file()}")


def _chapter(every: list[Chapter], notebook: str) -> Chapter:
    name = str(notebook).zfill(2)
    number = name[:2] if name[:2].isdigit() else name
    found = [chapter for chapter in every if chapter.number == number]
    if not found:
        numbers = ", ".join(chapter.number for chapter in every)
        raise ValueError(f"there are no exercises in {notebook!r}; there are some in {numbers}")
    return found[0]


def _row(chapter: Chapter, kept: Mapping[str, Records]) -> tuple[str, ...]:
    done = solved(chapter, kept["exercises"])
    every = len(chapter.exercises)
    return (
        f"{chapter.number} {chapter.title}",
        f"{done} of {every}",
        str(every - done),
        str(guessed(chapter, kept["predictions"])),
        project_line(chapter.project, kept["projects"]),
    )


def _one(chapter: Chapter, kept: Mapping[str, Records]) -> None:
    """A line an exercise: solved or open, its minutes, and what it took."""
    say(f"{chapter.number} {chapter.title}")
    width = max(len(one.key) for one in chapter.exercises)
    for one in chapter.exercises:
        record = kept["exercises"].get(one.key, {})
        sign = "✓" if record.get("solved") else "○"
        counts = [(record.get("checks"), "check"), (record.get("hints"), "hint")]
        known = [(n, name) for n, name in counts if isinstance(n, int) and n]
        took = [f"{n} {name}{'' if n == 1 else 's'}" for n, name in known]
        took += ["solution shown"] if record.get("shown") else []
        line = f"{sign} {one.key:{width}}  {one.minutes:2} minutes  {', '.join(took)}"
        say(line.rstrip())
    if chapter.project:
        line = project_line(chapter.project, kept["projects"])
        say(f"  project {chapter.project.key}: {line}")
