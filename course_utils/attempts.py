"""Projects: `attempt` measures what the learner has made and keeps it, `leaderboard` ranks it.
The only rivals are one's own attempts, the notebook's own way and the goal."""

import inspect
import math
import time
from datetime import datetime
from typing import Any

from course_utils import learner_file
from course_utils.console import say
from course_utils.exercises.projects import Project, Refused, projects
from course_utils.exercises.running import own_line
from course_utils.exercises.wording import kind, raised, unknown
from course_utils.predictions import somebody_is_there

SHOWN = 5  # attempts in the leaderboard
_HERE: dict[str, list[dict[str, Any]]] = {}  # the attempts, where no file can keep them


class _NotAttempted(Exception):
    """The learner's function has returned `...`."""


def _project(key: str) -> Project:
    known = projects()
    if key not in known:
        raise KeyError(unknown("project", key, known))
    return known[key]


def written(value: float, unit: str) -> str:
    """A score with its unit: 0.412, 27.3 %, 8 of 10."""
    text = str(round(value)) if value == round(value) else f"{value:.4g}"
    return f"{text} {unit}".strip()


def _watched(answer: Any) -> Any:
    """The answer; of a plain function a copy that says when it still returns `...`, or nothing."""
    if not inspect.isfunction(answer):
        return answer

    def watched(*arguments: Any, **named: Any) -> Any:
        result = answer(*arguments, **named)
        if result is ...:
            raise _NotAttempted
        if result is None:
            raise Refused(f"{answer.__name__} returned None. Is its `return` missing?")
        return result

    return watched


def attempt(key: str, answer: Any, what: str = "") -> None:
    """Measure an answer to a project, keep it in the learner's own file and print the leaderboard.

    answer: the function, class or network that the project asks for. what: a few words on what is
    new in it, by which the leaderboard calls it; without them the answer's own name.
    Answers that are `...` or return it are not attempted yet. `KeyError` for an unknown project."""
    project = _project(key)
    begin = time.perf_counter()
    try:
        if answer is ...:
            raise _NotAttempted
        if not callable(answer):
            raise Refused(_no_function(project, answer))
        score = float(project.score(_watched(answer)))
    except _NotAttempted:
        say(f"○ {key}: not attempted yet. {_aim(project)}")
        return
    except Refused as refused:
        say(f"✗ {key}: not counted. {refused}")
        return
    except Exception as error:  # whatever the learner's code raises is the outcome to report
        say(_raised(key, error))
        return
    if not math.isfinite(score):
        say(f"✗ {key}: not counted. The score came to {score}, which is no result.")
        return
    seconds = time.perf_counter() - begin
    _done(project, score, seconds, what or getattr(answer, "__name__", type(answer).__name__))


def _no_function(project: Project, answer: Any) -> str:
    call = f'attempt("{project.key}", {project.name})'
    return f"This is {kind(answer)}, no function or class. Hand it over without brackets: {call}."


def _raised(key: str, error: Exception) -> str:
    line = own_line(error)
    where = f"\n    in line {line[0]} of yours: {line[1]}" if line else ""
    return f"✗ {key}: {raised(error)}{where}"


def _aim(project: Project) -> str:
    goal = written(project.target, project.unit)
    return f"Goal: {goal} (the usual way: {written(project.baseline, project.unit)})."


def _done(project: Project, score: float, seconds: float, what: str) -> None:
    """Says how it went, keeps it and prints the leaderboard."""
    sign = "✓" if project.reached(score) else "·"
    end = "The goal is reached." if project.reached(score) else _aim(project)
    say(f"{sign} {project.key}: {written(score, project.unit)} in {seconds:.0f} s. {end}")
    now = datetime.now().isoformat(timespec="minutes")
    record = {"what": what, "score": score, "seconds": round(seconds, 1), "when": now}
    kept = [*attempts_of(project.key), record]
    _HERE[project.key] = kept
    if somebody_is_there():
        best = min if project.better == "lower" else max
        whole = {"attempts": kept, "best": best(one["score"] for one in kept)}
        whole["reached"] = project.reached(whole["best"])
        problem = learner_file.note("projects", project.key, whole)
        if problem:
            say(problem)
    leaderboard(project.key)


def attempts_of(key: str) -> list[dict[str, Any]]:
    """The attempts that are kept of a project, oldest first."""
    if not somebody_is_there():
        return _HERE.get(key, [])
    found = learner_file.read("projects")[0].get(key, {}).get("attempts")
    if not isinstance(found, list):
        return _HERE.get(key, [])
    return [one for one in found if isinstance(one, dict) and isinstance(one.get("score"), float)]


def leaderboard(key: str) -> None:
    """Print one's best attempts at a project, best first, between its goal and the usual way.

    `KeyError` for an unknown project."""
    project = _project(key)
    mine = sorted(attempts_of(key), key=lambda one: one["score"], reverse=project.better != "lower")
    rows = [(one["score"], 1, f"{one.get('what', '')} ({one.get('when', '')})") for one in mine]
    rows = [*rows[:SHOWN], (project.target, 0, "the goal"), (project.baseline, 2, "the usual way")]
    side = -1 if project.better == "higher" else 1
    for score, whose, name in sorted(rows, key=lambda row: (side * row[0], row[1])):
        place = "→" if whose == 1 else " "
        say(f"  {place} {written(score, project.unit):>14}  {name}")
