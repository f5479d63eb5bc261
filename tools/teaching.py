"""Renews what docs/teaching.md takes from elsewhere: order, titles, goals, minutes by section.
All else in it is written by hand and stays; a notebook is found by its name without the number.
Text is read from notebooks/, run times from _build/run/ where the same cell was run there, and a
paragraph between the marks of a run says whose times they are. Where no run is at hand, the minutes
stay that the guide has."""

import argparse
import re
import sys
import textwrap
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import nbformat

from tools import contents, slideshow

ROOT = contents.ROOT
GUIDE = ROOT / "docs" / "teaching.md"
RUN = ROOT / "_build" / "run"
WORDS_A_MINUTE = 130
LINES_A_MINUTE = 8  # of program text, read together and talked about
EXERCISES = "Exercises"
WAIT = 30  # seconds from which on a section is named among those for which a room waits
LESSON = re.compile(r"<!-- lesson (\w+) -->\n.*?<!-- /lesson -->\n?", re.DOTALL)
RUN_MARKS = re.compile(r"(?<=<!-- run -->\n).*?(?=<!-- /run -->)", re.DOTALL)
NO_RUN = "In this copy no run was at hand, so the column *computing* is empty.\n"
HAND = """
### Where learners stumble

### Questions to ask

### What to cut
"""
OPENING = """# Teaching guide
For those who give the course. What stands between the marks of a lesson is made by `make teaching`
from the notebooks and the last `make run`; the rest is written by hand.

<!-- run -->
<!-- /run -->
"""

Entry = contents.Stop | contents.More


@dataclass
class Part:
    """A section: its heading, words to read, seconds that its cells took, lines of program text,
    and the minutes that its exercises name."""

    title: str
    words: int = 0
    seconds: float = 0.0
    lines: int = 0
    named: int = 0

    @property
    def minutes(self) -> float:
        """Reading and running; for exercises what they name."""
        return self.named or self.words / WORDS_A_MINUTE + self.seconds / 60

    @property
    def in_class(self) -> float:
        """Minutes with a group, where program text is read together, too."""
        return self.named or self.minutes + self.lines / LINES_A_MINUTE

    def row(self) -> str:
        """Its line in the table of a lesson."""
        reading = "–" if self.named else f"{self.words / WORDS_A_MINUTE:.1f}"
        computing = f"{self.seconds / 60:.1f}" if self.seconds >= 3 else "–"
        minutes = max(1, round(self.in_class))
        return f"| {self.title} | {minutes} | {reading} | {computing} | {self.lines or '–'} |"


def key(entry: Entry) -> str:
    """The notebook's name without its number, which may change."""
    return re.sub(r"^\d\d_", "", entry.file)


def entries(root: Path = ROOT) -> list[Entry]:
    """The notebooks of the course, behind each those of more/ that go on from it."""
    more = contents.optional(root)
    found: list[Entry] = []
    for stop in contents.stops(root):
        found += [stop, *(one for one in more if one.belongs_to == stop.number)]
    return found


def path_of(entry: Entry) -> str:
    """Its file, seen from notebooks/."""
    return f"{'more/' if isinstance(entry, contents.More) else ''}{entry.file}.ipynb"


def seconds_of(cell: dict) -> float:
    """How long a cell ran, by the times that an execution has left in it; 0 without."""
    times = cell.get("metadata", {}).get("execution", {})
    begin = times.get("iopub.execute_input")
    end = times.get("shell.execute_reply")
    if not begin or not end:
        return 0.0
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()


def words_of(text: str) -> int:
    """How many words of a cell are read: not those that only describe a picture."""
    return len(re.sub(r"!\[[^\]]*\]\([^)]*\)", "", text).split())


def minutes_named(text: str) -> int:
    """The minutes that exercises name; a project's are not among them, it is for afterwards."""
    return sum(
        int(found)
        for task in re.split(r"\n(?=\*\*)", text)
        if not re.search(r"\bproject\b", task[:160].lower())
        for found in re.findall(r"\b(\d+) min", task)[:1]
    )


def parts(notebook: dict) -> list[Part]:
    """The sections of a notebook with words and seconds."""
    found: list[Part] = []
    for cell in notebook["cells"]:
        text = slideshow.source(cell)
        if cell["cell_type"] == "markdown":
            for piece in re.split(r"\n(?=## )", text):  # a heading may stand inside a cell
                if (title := slideshow.heading(piece)) is not None:
                    found.append(Part(title))
                found[-1].words += words_of(piece)
                if found[-1].title == EXERCISES:
                    found[-1].named += minutes_named(piece)
        else:
            found[-1].seconds += seconds_of(cell)
            if "google.colab" not in text:
                found[-1].lines += sum(1 for line in text.splitlines() if line.strip())
    return found


def with_times(entry: Entry, root: Path, run: Path) -> dict:
    """The notebook with the times of its run, cell by cell, where the program text is the same."""
    notebook = nbformat.read(root / "notebooks" / path_of(entry), as_version=4)
    recorded = run / f"{entry.file}.ipynb"
    if not recorded.exists():
        return notebook
    times = {
        slideshow.source(cell): cell["metadata"].get("execution", {})
        for cell in nbformat.read(recorded, as_version=4)["cells"]
        if cell["cell_type"] == "code"
    }
    for cell in notebook["cells"]:
        if slideshow.source(cell) in times:
            cell["metadata"]["execution"] = times[slideshow.source(cell)]
    return notebook


def goals(notebook: dict) -> list[str]:
    """What the first cell promises, as lines of a list."""
    lines = slideshow.source(notebook["cells"][0]).splitlines()
    return [line for line in lines if line.startswith("- ")]


def table(sections: list[Part]) -> list[str]:
    """Minutes by section and in all; what is only to be read afterwards is left out."""
    shown = [part for part in sections if part.title not in slideshow.LEFT_OUT]
    lesson = [part for part in shown if part.title != EXERCISES]
    whole = Part(
        "**in all**" if lesson == shown else "**without exercises**",
        sum(part.words for part in lesson),
        sum(part.seconds for part in lesson),
        sum(part.lines for part in lesson),
    )
    head = ["| section | minutes | reading | computing | lines of code |", "|---|---|---|---|---|"]
    return [*head, *(part.row() for part in shown), whole.row()]


def kept_seconds(made: str) -> dict[str, float]:
    """By section, what its row of an older guide says of computing."""
    rows = re.findall(r"^\| ([^|*]+) \| \d+ \| [^|]+ \| (\d+\.\d) \| [^|]+ \|$", made, re.MULTILINE)
    return {title: 60 * float(minutes) for title, minutes in rows}


def sections_of(notebook: dict, made: str) -> list[Part]:
    """The sections; where nobody has run the notebook, with the seconds of the older guide."""
    found = parts(notebook)[1:]
    if day_of(notebook) is None:
        kept = kept_seconds(made)
        for part in found:
            part.seconds = kept.get(part.title, 0.0)
    return found


def lesson(entry: Entry, root: Path = ROOT, run: Path = RUN, made: str = "") -> str:
    """The made part of a lesson, between its marks; `made` is what an older guide has there."""
    notebook = with_times(entry, root, run)
    if isinstance(entry, contents.More):
        name = f"More to {entry.belongs_to}: {entry.title}"
    else:
        name = entry.name
    alone = f"{entry.minutes} minutes for who works alone"
    return "\n".join(
        [
            f"<!-- lesson {key(entry)} -->",
            f"## {name}",
            f"[The notebook](../notebooks/{path_of(entry)}): {alone}.",
            "",
            "It says to its reader: afterwards you can",
            "",
            *goals(notebook),
            "",
            *table(sections_of(notebook, made)),
            "<!-- /lesson -->",
            "",
        ]
    )


def day_of(notebook: dict) -> datetime | None:
    """When its first cell was run; None where no times are noted."""
    noted = [cell.get("metadata", {}).get("execution", {}) for cell in notebook["cells"]]
    begins = [times["iopub.execute_input"] for times in noted if "iopub.execute_input" in times]
    return datetime.fromisoformat(min(begins)) if begins else None


def said_of_run(root: Path = ROOT, run: Path = RUN) -> str:
    """Whose times stand in the column computing, and for which sections a room waits; nothing
    where no run is at hand."""
    read = [(entry, with_times(entry, root, run)) for entry in entries(root)]
    dated = [(day, entry, notebook) for entry, notebook in read if (day := day_of(notebook))]
    if not dated:
        return ""
    waits = []
    seconds = 0.0
    for _, entry, notebook in dated:
        number = "" if isinstance(entry, contents.More) else f"{entry.number} "
        for part in parts(notebook):
            seconds += part.seconds
            if part.seconds >= WAIT:
                waits.append(f"{number}*{part.title}* ({part.seconds / 60:.1f})")
    day = min(day for day, _, _ in dated)
    text = (
        f"In this copy the column *computing* holds the times of a run on {day.day} {day:%B %Y}: "
        f"{len(dated)} of {len(read)} notebooks, {seconds / 60:.0f} minutes in all; a dash stands "
        "for less than three seconds."
    )
    if waits:
        text += f" The sections for which a room waits, in minutes: {', '.join(waits)}."
    return textwrap.fill(text, 126, break_on_hyphens=False) + "\n"


def renewed(text: str, root: Path = ROOT, run: Path = RUN) -> str:
    """The guide with its lessons in the order of course.toml, with what was written under each."""
    opening, *rest = re.split(r"(?=<!-- lesson )", text)
    written: dict[str, str] = {}
    older: dict[str, str] = {}
    for piece in rest:
        found = LESSON.match(piece)
        if found:
            older[found[1]] = found[0]
            written[found[1]] = piece[found.end() :]
    opening = opening if opening.strip() else OPENING
    older_said = RUN_MARKS.search(opening)
    said = said_of_run(root, run) or (older_said[0] if older_said else "") or NO_RUN
    made = [RUN_MARKS.sub(lambda _: said, opening)]
    for entry in entries(root):
        name = key(entry)
        chapter = lesson(entry, root, run, older.get(name, ""))
        made.append(f"{chapter}{written.pop(name, HAND)}")
    for name, hand in written.items():
        if hand.strip() != HAND.strip():
            made.append(f"\n## {name} (no longer in course.toml)\n{hand}")
    return "\n".join(part.strip("\n") + "\n" for part in made)


def without_minutes(text: str) -> str:
    """The guide without what a run has measured, which is not there in a fresh clone."""
    row = r"^\| ([^|]+) \| [^|]+ \| ([^|]+) \| [^|]+ \| ([^|]+) \|$"
    return RUN_MARKS.sub("", re.sub(row, r"| \1 | \2 | \3 |", text, flags=re.MULTILINE))


def main(arguments: list[str] | None = None) -> int:
    """Writes the guide, or with --check says whether it is old."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args(arguments)
    before = GUIDE.read_text(encoding="utf-8") if GUIDE.exists() else ""
    after = renewed(before)
    if args.check:
        old = without_minutes(before) != without_minutes(after)
        print("docs/teaching.md is old: make teaching" if old else "docs/teaching.md: ok")
        return int(old)
    GUIDE.write_text(after, encoding="utf-8", newline="\n")
    print(f"{GUIDE.relative_to(ROOT)} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
