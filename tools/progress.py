"""A teacher's table from a folder of learners' files: `python -m tools.progress FOLDER`.
Each file is one learner's progress.json, renamed or in a folder of the learner's name."""

import argparse
import csv
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_utils.console import say
from course_utils.learner_file import VERSION
from course_utils.overview import Chapter, chapters, guessed, project_line, solved

SECTIONS = ("exercises", "predictions", "projects")


class BadFile(Exception):
    """Why a file says nothing about a learner."""


@dataclass(frozen=True)
class Learner:
    """One file: whose it is, and its sections."""

    name: str
    records: dict[str, dict[str, Any]]


def read(path: Path) -> Learner:
    """One learner's file. Raises `BadFile`."""
    name = path.parent.name if path.stem == "progress" else path.stem
    try:
        whole = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadFile(f"{path}: can't be read ({error.strerror or error})") from None
    except ValueError:
        raise BadFile(f"{path}: is not JSON") from None
    if not isinstance(whole, dict) or not isinstance(whole.get("version"), int):
        raise BadFile(f"{path}: was not written by the course")
    if whole["version"] > VERSION:
        raise BadFile(f"{path}: is of a newer course (version {whole['version']})")
    return Learner(name, {section: _section(whole.get(section)) for section in SECTIONS})


def _section(found: Any) -> dict[str, Any]:
    """The records of a section that are such."""
    if not isinstance(found, dict):
        return {}
    return {key: one for key, one in found.items() if isinstance(one, dict)}


def read_all(folder: Path) -> tuple[list[Learner], list[str]]:
    """All learners in a folder and the folders in it, by name, and what can't be used."""
    learners = []
    problems = []
    for path in sorted(folder.rglob("*.json")):
        try:
            learners.append(read(path))
        except BadFile as error:
            problems.append(str(error))
    return sorted(learners, key=lambda one: one.name.casefold()), problems


def table(learners: list[Learner]) -> list[list[str]]:
    """A row a learner: solved of all, by notebook and together, guesses, hints, goals reached.

    Last comes a row that says how many learners have begun each notebook."""
    every = chapters()
    rows = [["", *[one.number for one in every], "solved", "guesses", "hints", "shown", "goals"]]
    for learner in learners:
        done = [solved(one, learner.records["exercises"]) for one in every]
        kept = learner.records["exercises"].values()
        rows.append(
            [
                learner.name,
                *[f"{n}/{len(one.exercises)}" for n, one in zip(done, every, strict=True)],
                str(sum(done)),
                str(sum(guessed(one, learner.records["predictions"]) for one in every)),
                str(sum(number(one.get("hints")) for one in kept)),
                str(sum(bool(one.get("shown")) for one in kept)),
                str(sum(bool(one.get("reached")) for one in learner.records["projects"].values())),
            ]
        )
    begun = [sum(_begun(one, learner) for learner in learners) for one in every]
    rows.append(["begun by", *map(str, begun), "", "", "", "", ""])
    return rows


def number(value: Any) -> int:
    """A count from a file that a learner may have edited."""
    return value if isinstance(value, int) else 0


def _begun(chapter: Chapter, learner: Learner) -> bool:
    tried = any(one.key in learner.records["exercises"] for one in chapter.exercises)
    return tried or guessed(chapter, learner.records["predictions"]) > 0


def hard_ones(learners: list[Learner], n: int = 5) -> list[str]:
    """The exercises that most who tried them have not solved, or solved late: a line each."""
    found = []
    for chapter in chapters():
        for one in chapter.exercises:
            tries = [
                learner.records["exercises"][one.key]
                for learner in learners
                if number(learner.records["exercises"].get(one.key, {}).get("checks"))
            ]
            open_ = sum(not one_try.get("solved") for one_try in tries)
            checks = sum(number(one_try.get("checks")) for one_try in tries)
            if tries:
                found.append((open_ / len(tries), checks / len(tries), one.key, len(tries)))
    lines = []
    for share, each, key, tried in sorted(found, reverse=True)[:n]:
        lines.append(f"{key}: tried by {tried}, open for {share:.0%}, {each:.1f} checks each")
    return lines


def best_attempts(learners: list[Learner]) -> list[str]:
    """Each learner's best attempt at each project: a line each."""
    lines = []
    for chapter in chapters():
        for learner in learners:
            line = project_line(chapter.project, learner.records["projects"])
            if chapter.project and line != "–":
                lines.append(f"{chapter.project.key}: {learner.name} {line}")
    return lines


def main() -> int:
    """Prints the table, or writes it as CSV; 1 if nothing can be read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--csv", type=Path, help="write the table here, too")
    args = parser.parse_args()
    learners, problems = read_all(args.folder)
    for problem in problems:
        print(problem, file=sys.stderr)
    if not learners:
        print(f"{args.folder} holds no learner's file", file=sys.stderr)
        return 1
    rows = table(learners)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        say("  ".join(map(str.ljust, row, widths)).rstrip())
    for title, lines in (
        ("Hardest", hard_ones(learners)),
        ("Projects", best_attempts(learners)),
    ):
        if lines:
            say("\n".join(["", title, *(f"  {line}" for line in lines)]))
    if args.csv:
        with args.csv.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
