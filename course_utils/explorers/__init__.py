"""The interactive explorers of the course, one file each.
Each shows a widget where a kernel runs, and every step as a table where none does."""

from course_utils.explorers.elman_stepper import ElmanStepper, elman_stepper

__all__ = ["ElmanStepper", "elman_stepper"]
