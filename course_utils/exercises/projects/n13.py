"""Project of notebook 13, The bug museum: a training program with nine faults, to be read.
The score counts the faults named, and takes one off for each line that is in order."""

from course_utils.exercises.projects import Refused, project
from course_utils.museum.script import FAULTS, SCRIPT

LINES = len(SCRIPT.splitlines())


def _faults_named(answer) -> float:
    named = answer()
    if not isinstance(named, list | tuple | set) or not all(type(n) is int for n in named):
        raise Refused("return a list of whole numbers, the numbers of lines")
    outside = sorted(n for n in named if not 1 <= n <= LINES)
    if outside:
        raise Refused(f"the program has the lines 1 to {LINES}, not {outside[0]}")
    lines = set(named)
    hits = sum(bool(lines & fault) for fault in FAULTS)
    return float(hits - len(lines - set().union(*FAULTS)))


@project(
    "museum-script",
    title="Nine faults in one program",
    goal="""
        `show()` prints a program that runs to its end. Nine of its lines are wrong, or in the wrong
        place; each is an exhibit of the museum. Return their numbers. Each fault named counts one,
        and each line named that is in order takes one off: try out what you suspect before you name
        it (`SCRIPT` in the same module is its text). `diagnose` alone shows four.
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
