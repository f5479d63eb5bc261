"""Project of notebook 13, The bug museum: a training program with nine faults, to be read.
The score counts the faults named, and takes one off for each line that is in order."""

from collections.abc import Iterable
from numbers import Integral

from course_utils.exercises.projects import Refused, project
from course_utils.museum.script import FAULTS, SCRIPT

LINES = len(SCRIPT.splitlines())


def _faults_named(answer) -> float:
    named = answer()
    numbers = list(named) if isinstance(named, Iterable) else [named]
    odd = [n for n in numbers if not isinstance(n, Integral) or isinstance(n, bool)]
    if odd or not isinstance(named, Iterable):
        raise Refused(f"Return a list of the numbers of lines, such as [3, 5], not {named!r}.")
    lines = {int(n) for n in numbers}
    outside = sorted(n for n in lines if not 1 <= n <= LINES)
    if outside:
        raise Refused(f"The program has the lines 1 to {LINES}, as `show()` counts: {outside[0]}?")
    hits = sum(bool(lines & fault) for fault in FAULTS)
    return float(hits - len(lines - set().union(*FAULTS)))


@project(
    "museum-script",
    title="Nine faults in one program",
    goal="""
        `show()` prints a program that runs to its end. Nine of its lines are wrong, or in the wrong
        place; each is an exhibit of the museum, one of them in the depot. Return the numbers of the
        lines (of two that have changed places, either will do). Each fault named counts one, and
        each line named that is in order takes one off: try out what you suspect before you name it
        (`SCRIPT` in the same module is its text). `diagnose`, given the texts in the program's
        order, shows four of the nine, in several lines.
        """,
    minutes=40,
    score=_faults_named,
    better="higher",
    unit="of 9",
    target=8,
    baseline=4,
    given="from course_utils.museum.script import show\n\nshow()",
)
def faulty_lines():
    return ...
