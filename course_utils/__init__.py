"""Helpers of the course on recurrent networks for text; all public names are found here.
Modules load when a name is first asked for, so that a notebook waits only for what it needs."""

import os
from importlib import import_module

# Linux: PyTorch takes large tensors in large pages, which trains LSTMs faster. It reads this once,
# so it stands before the import of torch, which `machine` does.
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")

from course_utils.machine import choose_threads, flush_denormals

flush_denormals()  # COURSE_DENORMALS=keep: leave them
choose_threads()  # COURSE_THREADS=2: that many

_HOME = {
    "load_gnad": "corpus",
    "CorpusError": "corpus",
    "read_texts": "own_texts",
    "BadTexts": "own_texts",
    "load_vectors": "vectors",
    "load_language_model": "language_model",
    "Vocabulary": "vectors",
    "embedding_matrix": "vectors",
    "tokenize": "vectors",
    "PAD": "vectors",
    "UNK": "vectors",
    "pad_batch": "batching",
    "padding_share": "batching",
    "LengthBuckets": "batching",
    "rounded_length": "batching",
    "PaddedLSTM": "lstm",
    "fit": "training",
    "predict": "prediction",
    "prove": "proof",
    "diagnose": "diagnosis",
    "beam_search": "generation",
    "sample": "generation",
    "sample_best": "drafts",
    "beam_core": "generation",
    "check": "checks",
    "hint": "checks",
    "solution": "checks",
    "attempt": "attempts",
    "leaderboard": "attempts",
    "progress": "overview",
    "guess": "predictions",
    "attention_map": "explorers.attention_map",
    "decision_reader": "explorers.decision_reader",
    "dropout_board": "explorers.dropout_board",
    "elman_stepper": "explorers.elman_stepper",
    "gate_microscope": "explorers.gate_microscope",
    "packing_bench": "explorers.packing_bench",
    "two_berlins": "explorers.two_berlins",
    "word_desk": "explorers.word_desk",
    "writing_desk": "explorers.writing_desk",
}
__all__ = sorted(_HOME)


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"course_utils has no name {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(f"course_utils.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
