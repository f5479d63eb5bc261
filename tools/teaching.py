"""Renews what docs/teaching.md takes from elsewhere: order, titles, goals, minutes by section.
All else in it is written by hand and stays; a notebook is found by its name without the number."""

import argparse
import re
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import nbformat

from tools import contents, slideshow

ROOT = contents.ROOT
GUIDE = ROOT / "docs" / "teaching.md"
RUN = ROOT / "_build" / "run"
WORDS_A_MINUTE = 130
LESSON = re.compile(r"<!-- lesson (\w+) -->\n.*?<!-- /lesson -->\n?", re.DOTALL)
HAND = """
### Where learners stumble

### Questions to ask

### What to cut
"""
OPENING = """# Teaching guide
For those who give the course. What stands between the marks of a lesson is made by `make teaching`
from the notebooks and the last `make run`; the rest is written by hand.
"""


@dataclass
class Part:
    """A section of a notebook: its heading, the words to read, the seconds that its cells took."""

    title: str
    words: int = 0
    seconds: float = 0.0

    @property
    def minutes(self) -> float:
        """Reading and running."""
        return self.words / WORDS_A_MINUTE + self.seconds / 60


def key(stop: contents.Stop) -> str:
    """The notebook's name without its number, which may change."""
    return stop.file.partition("_")[2]


def seconds_of(cell: dict) -> float:
    """How long a cell ran, by the times that an execution has left in it; 0 without."""
    times = cell.get("metadata", {}).get("execution", {})
    begin = times.get("iopub.execute_input")
    end = times.get("shell.execute_reply")
    if not begin or not end:
        return 0.0
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()


def parts(notebook: dict) -> list[Part]:
    """The sections of a notebook with words and seconds."""
    found: list[Part] = []
    for cell in notebook["cells"]:
        text = slideshow.source(cell)
        if cell["cell_type"] == "markdown":
            if (title := slideshow.heading(text)) is not None:
                found.append(Part(title))
            found[-1].words += len(text.split())
        else:
            found[-1].seconds += seconds_of(cell)
    return found


def goals(notebook: dict) -> list[str]:
    """What the first cell promises, as lines of a list."""
    lines = slideshow.source(notebook["cells"][0]).splitlines()
    return [line for line in lines if line.startswith("- ")]


def lesson(stop: contents.Stop, root: Path = ROOT, run: Path = RUN) -> str:
    """The made part of a lesson, between its marks."""
    name = f"{stop.file}.ipynb"
    path = run / name if (run / name).exists() else root / "notebooks" / name
    notebook = nbformat.read(path, as_version=4)
    rows = [f"| {part.title} | {part.minutes:.0f} |" for part in parts(notebook)[1:]]
    return "\n".join(
        [
            f"<!-- lesson {key(stop)} -->",
            f"## {stop.name}",
            f"[The notebook](../notebooks/{name}): {stop.minutes} minutes for who works alone.",
            "",
            "Afterwards learners can",
            "",
            *goals(notebook),
            "",
            "| section | minutes |",
            "|---|---|",
            *rows,
            "<!-- /lesson -->",
            "",
        ]
    )


def renewed(text: str, root: Path = ROOT) -> str:
    """The guide with its lessons in the order of course.toml, with what was written under each."""
    opening, *rest = re.split(r"(?=<!-- lesson )", text)
    written: dict[str, str] = {}
    for piece in rest:
        found = LESSON.match(piece)
        if found:
            written[found[1]] = piece[found.end() :]
    made = [opening if opening.strip() else OPENING]
    for stop in contents.stops(root):
        made.append(f"{lesson(stop, root)}{written.pop(key(stop), HAND)}")
    for name, hand in written.items():
        if hand.strip() != HAND.strip():
            made.append(f"\n## {name} (no longer in course.toml)\n{hand}")
    return "\n".join(part.strip("\n") + "\n" for part in made)


def main() -> int:
    """Writes the guide, or with --check says whether it is old."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    before = GUIDE.read_text(encoding="utf-8") if GUIDE.exists() else ""
    after = renewed(before)
    if args.check:
        print(
            "docs/teaching.md is old: make teaching" if before != after else "docs/teaching.md: ok"
        )
        return int(before != after)
    GUIDE.write_text(after, encoding="utf-8", newline="\n")
    print(f"{GUIDE.relative_to(ROOT)} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
