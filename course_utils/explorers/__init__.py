"""The interactive explorers of the course, one file each.
Each shows a widget where a kernel runs, and every step as frames where none does."""

from course_utils.explorers.decision_reader import DecisionReader, decision_reader
from course_utils.explorers.elman_stepper import ElmanStepper, elman_stepper
from course_utils.explorers.gate_microscope import GateMicroscope, gate_microscope
from course_utils.explorers.packing_bench import PackingBench, packing_bench
from course_utils.explorers.word_desk import WordDesk, word_desk
from course_utils.explorers.writing_desk import WritingDesk, writing_desk

__all__ = [
    "DecisionReader",
    "ElmanStepper",
    "GateMicroscope",
    "PackingBench",
    "WordDesk",
    "WritingDesk",
    "decision_reader",
    "elman_stepper",
    "gate_microscope",
    "packing_bench",
    "word_desk",
    "writing_desk",
]
