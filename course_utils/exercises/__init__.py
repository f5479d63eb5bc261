"""The exercises: one module a notebook, each exercise a plain function under a decorator.
The function is the solution that `solution` shows and the reference that `check` compares with."""

from course_utils.exercises.projects import Project, Refused, project, projects
from course_utils.exercises.registry import Cases, Exercise, exercise, exercises

__all__ = [
    "Cases",
    "Exercise",
    "Project",
    "Refused",
    "exercise",
    "exercises",
    "project",
    "projects",
]
