"""The table of contents, from course.toml: README's table, links under a notebook, the stops.
One source, because six hand-kept copies had begun to say different things."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BEGIN = "<!-- contents -->"
END = "<!-- /contents -->"


class ContentsError(Exception):
    """Where course.toml and the files say different things, a line a fault."""


@dataclass(frozen=True)
class Stop:
    """One notebook of the course, as course.toml describes it."""

    file: str
    title: str
    minutes: int
    line: str
    needs: list[str]
    stop: str

    @property
    def number(self) -> str:
        """Its number, such as "04"."""
        return self.file[:2]

    @property
    def name(self) -> str:
        """Number and title, as links show them."""
        return f"{self.number} {self.title}"

    def link(self, folder: str = "") -> str:
        """A Markdown link to the notebook, seen from where `folder` leads to it."""
        return f"[{self.name}]({folder}{self.file}.ipynb)"


@dataclass(frozen=True)
class More:
    """An optional notebook in notebooks/more/, as course.toml describes it."""

    file: str
    title: str
    minutes: int
    line: str
    belongs_to: str  # the number of the notebook whose subject it goes on with

    def link(self, folder: str = "") -> str:
        """A Markdown link to the notebook, seen from where `folder` leads to notebooks/."""
        return f"[{self.title}]({folder}more/{self.file}.ipynb)"


def stops(root: Path = ROOT) -> list[Stop]:
    """The notebooks in the order of the course."""
    with (root / "course.toml").open("rb") as file:
        return [Stop(**entry) for entry in tomllib.load(file)["notebook"]]


def optional(root: Path = ROOT) -> list[More]:
    """The notebooks of more/, in the order of those that they belong to."""
    with (root / "course.toml").open("rb") as file:
        return [More(**entry) for entry in tomllib.load(file).get("more", [])]


def stop_of(number: str, root: Path = ROOT) -> Stop:
    """The notebook with this number."""
    return next(stop for stop in stops(root) if stop.number == number)


def cover_stops(root: Path = ROOT) -> list[str]:
    """What the railway line on the cover writes beside its stops."""
    return [stop.stop for stop in stops(root)]


def table(folder: str = "notebooks/", root: Path = ROOT) -> str:
    """The table of contents in Markdown, its links beginning with `folder`."""
    rows = ["| | minutes | |", "|---|---|---|"]
    rows += [f"| {stop.link(folder)} | {stop.minutes} | {stop.line} |" for stop in stops(root)]
    if optional(root):
        rows += ["", "More, for whoever wants to know; nothing above needs it:", ""]
        rows += ["| | minutes | after | |", "|---|---|---|---|"]
    for more in optional(root):
        after = more.belongs_to
        rows.append(f"| {more.link(folder)} | {more.minutes} | {after} | {more.line} |")
    return "\n".join(rows)


def with_table(text: str, contents: str, name: str) -> str:
    """`text` with `contents` between the two markers.

    Raises `ContentsError` if `name` doesn't have each marker once, in their order."""
    pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    if len(pattern.findall(text)) != 1 or text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ContentsError(f"{name}: write {BEGIN} and {END} once each, around its table")
    return pattern.sub(lambda _: f"{BEGIN}\n{contents}\n{END}", text)


def links(number: str, root: Path = ROOT) -> str:
    """The line under notebook `number`: the one before, the map, more of its subject, the next."""
    course = stops(root)
    at = [stop.number for stop in course].index(number)
    parts = []
    if at > 0:
        parts.append(f"← {course[at - 1].link()}")
    if at > 1:
        parts.append(f"the map: {course[0].link()}")
    further = [more.link() for more in optional(root) if more.belongs_to == number]
    if further:
        parts.append(f"more: {', '.join(further)}")
    if at < len(course) - 1:
        parts.append(f"{course[at + 1].link()} →")
    return " · ".join(parts)


def more_links(file: str, root: Path = ROOT) -> str:
    """The line under notebooks/more/`file`: back to what it belongs to, and the map."""
    more = next(more for more in optional(root) if more.file == file)
    back = stop_of(more.belongs_to, root).link("../")
    return f"← {back} · the map: {stops(root)[0].link('../')}"


def first_cell_faults(stop: Stop, text: str) -> list[str]:
    """Where the notebook's first cell says something else than course.toml: minutes and needs."""
    faults = minutes_faults(stop, text)
    needs = next((line for line in text.splitlines() if "needs:" in line), "")
    linked = re.findall(r"\]\((\d\d)_\w+\.ipynb\)", needs)
    if sorted(linked) != sorted(stop.needs):
        faults.append(f"{stop.file}: course.toml needs {stop.needs}, the first cell links {linked}")
    return faults


def minutes_faults(entry: Stop | More, text: str) -> list[str]:
    """A line if the first cell names other minutes than course.toml."""
    minutes = re.search(r"\*\*(\d+) minutes", text)
    if minutes and int(minutes[1]) == entry.minutes:
        return []
    return [f"{entry.file}: course.toml says {entry.minutes} minutes, the first cell doesn't"]


def first_cell_faults_of_more(more: More, text: str, root: Path = ROOT) -> list[str]:
    """Where the first cell of a notebook in more/ says something else than course.toml."""
    faults = minutes_faults(more, text)
    back = f"belongs to: {stop_of(more.belongs_to, root).link('../')}"
    if back not in text:
        faults.append(f"{more.file}: its first cell doesn't say: {back}")
    return faults


def missing_files(root: Path = ROOT) -> list[str]:
    """Notebooks that course.toml doesn't have, and entries without a notebook."""
    folder = root / "notebooks"
    there = {path.stem for path in folder.glob("[0-9][0-9]_*.ipynb")}
    there |= {f"more/{path.stem}" for path in folder.glob("more/*.ipynb")}
    listed = {stop.file for stop in stops(root)}
    listed |= {f"more/{more.file}" for more in optional(root)}
    faults = [f"{name}: not in course.toml" for name in sorted(there - listed)]
    return faults + [f"{name}: in course.toml only" for name in sorted(listed - there)]
