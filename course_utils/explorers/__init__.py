"""The interactive explorers of the course, one file each.
Each shows a widget where a kernel runs, and every step as frames where none does."""

from course_utils.explorers.attention_map import AttentionMap, attention_map
from course_utils.explorers.decision_reader import DecisionReader, decision_reader
from course_utils.explorers.dropout_board import DropoutBoard, dropout_board
from course_utils.explorers.elman_stepper import ElmanStepper, elman_stepper
from course_utils.explorers.gate_microscope import GateMicroscope, gate_microscope
from course_utils.explorers.packing_bench import PackingBench, packing_bench
from course_utils.explorers.two_berlins import TwoBerlins, two_berlins
from course_utils.explorers.word_desk import WordDesk, word_desk
from course_utils.explorers.writing_desk import WritingDesk, writing_desk

__all__ = [
    "AttentionMap",
    "DecisionReader",
    "DropoutBoard",
    "ElmanStepper",
    "GateMicroscope",
    "PackingBench",
    "TwoBerlins",
    "WordDesk",
    "WritingDesk",
    "attention_map",
    "decision_reader",
    "dropout_board",
    "elman_stepper",
    "gate_microscope",
    "packing_bench",
    "two_berlins",
    "word_desk",
    "writing_desk",
]
