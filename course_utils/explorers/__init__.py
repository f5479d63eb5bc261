"""The interactive explorers of the course, one file each.
Each shows a widget where a kernel runs, and every step as frames where none does."""

from course_utils.explorers.elman_stepper import ElmanStepper, elman_stepper
from course_utils.explorers.gate_microscope import GateMicroscope, gate_microscope

__all__ = [
    "ElmanStepper",
    "GateMicroscope",
    "elman_stepper",
    "gate_microscope",
]
