"""Is a notebook still a lesson? Cells, words, lines and pictures of its main path, and the limits:
`python -m tools.limits`, or with numbers, `python -m tools.limits 04`, with every place to mend."""

import argparse
import ast
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from course_utils import explorers
from tools.alt import pictures_of, without_alt
from tools.cells import IMPORTS, MAGIC
from tools.execution import name_of, select

CELLS = 70
WORDS = (900, 1600)
LINES = 15
LINES_OF_ONE = 25  # a class or a loop
COLUMNS = 90
PICTURES = 2
UNANNOUNCED = 0.2  # of the code cells
A_MINUTE = 130  # words, read aloud
EXERCISES = re.compile(r"^#+ Exercises", re.MULTILINE)
IGNORED = {"nbval-ignore-output", "nbval-skip"}
LOOPS = (ast.For, ast.While, ast.ClassDef)
VERDICT = re.compile(r"\b(?:True|False)\b")


@dataclass
class Measures:
    """What was counted in one notebook; the places are cell numbers, from 0."""

    name: str
    cells: int = 0
    words: int = 0
    code: int = 0
    longest: int = 0
    columns: int = 0
    pictures: int = 0
    verdicts: int = 0
    compared: float = 1.0
    long: list[tuple[int, int, int]] = field(default_factory=list)  # cell, lines, allowed
    wide: list[tuple[int, int]] = field(default_factory=list)  # cell, columns
    unannounced: list[int] = field(default_factory=list)

    @property
    def minutes(self) -> float:
        """To read the prose aloud."""
        return self.words / A_MINUTE


def main_path(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """The cells before the exercises."""
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown" and EXERCISES.search(cell.source):
            return notebook.cells[:number]
    return notebook.cells


def words_of(markdown: str) -> int:
    """Words that are read: no code, no formulas of their own, no pictures, no addresses."""
    text = re.sub(r"```.*?```|\$\$.*?\$\$", " ", markdown, flags=re.DOTALL)
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)|<[^>]+>", " ", text)
    text = re.sub(r"\]\([^)]*\)", "] ", text)
    return sum(bool(re.search(r"\w", word)) for word in text.split())


def parsed(source: str) -> list[ast.stmt]:
    """The statements of a cell; none if it is there to fail."""
    try:
        return ast.parse(MAGIC.sub("pass", source)).body
    except SyntaxError:
        return []


def lines_of(source: str) -> int:
    """Lines that are read: without blank ones, imports and text alternatives."""
    text = "\n".join(without_alt(source))
    imports = [node for node in parsed(text) if isinstance(node, IMPORTS)]
    left_out = {
        number for node in imports for number in range(node.lineno, (node.end_lineno or 0) + 1)
    }
    lines = enumerate(text.splitlines(), start=1)
    return sum(bool(line.strip()) and number not in left_out for number, line in lines)


def allowed_lines(source: str) -> int:
    """More where a class or a loop is the greater part of the cell."""
    for statement in parsed(source):
        for node in ast.walk(statement):
            if isinstance(node, LOOPS):
                size = (node.end_lineno or node.lineno) - node.lineno + 1
                if 2 * size > lines_of(source):
                    return LINES_OF_ONE
    return LINES


def verdicts_of(cell: nbformat.NotebookNode) -> int:
    """Lines of output that say True or False."""
    lines: list[str] = []
    for output in cell.outputs:
        text = output.get("text", "") or output.get("data", {}).get("text/plain", "")
        lines += text.splitlines()
    return sum(bool(VERDICT.search(line)) for line in lines)


def is_explorer(source: str) -> bool:
    """Whether the cell calls one of the course's widgets."""
    names = "|".join(re.escape(name) for name in explorers.NAMES)
    return bool(re.search(rf"\b(?:{names})\(", source))


def measure_code(measures: Measures, number: int, cell: nbformat.NotebookNode) -> None:
    """Adds one code cell."""
    measures.code += 1
    size = lines_of(cell.source)
    measures.longest = max(measures.longest, size)
    if size > allowed_lines(cell.source):
        measures.long.append((number, size, allowed_lines(cell.source)))
    widest = max(map(len, cell.source.splitlines()), default=0)
    measures.columns = max(measures.columns, widest)
    if widest > COLUMNS:
        measures.wide.append((number, widest))
    measures.pictures += len(pictures_of(cell)) + is_explorer(cell.source)
    measures.verdicts += verdicts_of(cell)


def measure(path: Path) -> Measures:
    """Counts a notebook's main path; the set-up cell is none of the author's."""
    notebook = nbformat.read(path, as_version=4)
    measures = Measures(name_of(path))
    before = ""
    for number, cell in enumerate(main_path(notebook)):
        measures.cells += 1
        if cell.cell_type == "markdown":
            measures.words += words_of(cell.source)
            measures.pictures += len(re.findall(r"!\[[^\]]*\]\((?!https:)", cell.source))
        elif "google.colab" not in cell.source:
            measure_code(measures, number, cell)
            if before == "code" and lines_of(cell.source):  # imports explain themselves
                measures.unannounced.append(number)
        before = cell.cell_type
    tags = [cell.metadata.get("tags", []) for cell in notebook.cells if cell.cell_type == "code"]
    measures.compared = sum(not IGNORED & set(one) for one in tags) / max(1, len(tags))
    return measures


def faults(measures: Measures) -> list[str]:
    """What is beyond a limit, a line each; optional notebooks have limits for their code only."""
    found = [f"cell {number}: {size} lines, at most {most}" for number, size, most in measures.long]
    found += [f"cell {number}: {wide} columns, at most {COLUMNS}" for number, wide in measures.wide]
    if measures.name.startswith("more/"):
        return found
    if measures.cells > CELLS:
        found.append(f"{measures.cells} cells, at most {CELLS}")
    if not WORDS[0] <= measures.words <= WORDS[1]:
        found.append(f"{measures.words:,} words of prose, {WORDS[0]} to {WORDS[1]:,} are due")
    if measures.pictures < PICTURES:
        found.append(f"{measures.pictures} pictures and explorers, at least {PICTURES}")
    if len(measures.unannounced) > UNANNOUNCED * measures.code:
        places = ", ".join(map(str, measures.unannounced))
        found.append(
            f"{len(measures.unannounced)} of {measures.code} code cells without a sentence before: "
            f"{places}"
        )
    return found


def row(measures: Measures) -> str:
    """A notebook's line in the table."""
    return (
        f"{measures.name:30} {measures.cells:5} {measures.words:6,} {measures.minutes:7.1f} "
        f"{measures.longest:7} {measures.columns:7} {measures.pictures:8} "
        f"{len(measures.unannounced):5}/{measures.code:<3} {measures.verdicts:8} "
        f"{measures.compared:8.0%}"
    )


def main(arguments: list[str] | None = None) -> int:
    """Prints the table, for named notebooks what is beyond a limit. 1 if something is."""
    parser = argparse.ArgumentParser(prog="python -m tools.limits", description=__doc__)
    parser.add_argument("notebooks", nargs="*", help="beginnings of names, such as 04")
    names = parser.parse_args(arguments).notebooks
    print(
        f"{'before the exercises':30} cells  words minutes longest columns pictures  bare/code "
        "verdicts compared"
    )
    bad = 0
    for path in select(names):
        measures = measure(path)
        print(row(measures))
        found = faults(measures)
        bad += bool(found)
        for fault in found if names else []:
            print(f"    {fault}")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
