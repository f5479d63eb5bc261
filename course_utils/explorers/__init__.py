"""The interactive explorers of the course, one file each, named as the function that shows it.
Each shows a widget where a kernel runs, and every step as frames where none does."""

# Nothing is imported here: each explorer loads with its own module, some of them need fastai.
NAMES = [
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
