"""A SentencePiece vocabulary, and texts as memory-mapped files of its pieces.
German compounds have no end; pieces (Kudo 2018) spell what a list of words would call unknown."""

import json
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import sentencepiece as spm

from tools.german.texts import documents, sentences, text_files

UNKNOWN = 0  # these three stand where fastai's AWD_LSTM expects them
PADDING = 1
BEGIN = 2
HELD_OUT = 100  # every hundredth document is never trained on


def train_pieces(folder: Path, target: Path, size: int = 10_000, lines: int = 600_000) -> Path:
    """Learn `size` pieces from at most `lines` lines of each file; `target` is a .model file."""

    def stream() -> Iterator[str]:
        for path in text_files(folder):
            yield from islice((line for line in sentences([path]) if len(line) < 4000), lines)

    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = target.with_suffix(".new")
    with scratch.open("wb") as model:
        spm.SentencePieceTrainer.train(
            sentence_iterator=stream(),
            model_writer=model,
            vocab_size=size,
            model_type="unigram",
            character_coverage=0.9999,
            byte_fallback=True,
            normalization_rule_name="identity",
            unk_id=UNKNOWN,
            pad_id=PADDING,
            bos_id=BEGIN,
            eos_id=-1,
            num_threads=1,
            input_sentence_size=1_000_000,
            shuffle_input_sentence=True,
            minloglevel=2,
        )
    return scratch.replace(target)


def write_pieces(path: Path, model: Path, target: Path) -> dict:
    """Encode the documents of `path` into `target`.train.u16 and .valid.u16, a BEGIN before each.

    Returns counts (documents, words, pieces); they also stand in `target`.json, written last."""
    encoder = spm.SentencePieceProcessor(model_file=str(model))
    counts = {"documents": 0, "words": 0, "train": 0, "valid": 0}
    starts = []
    files = {part: part_of(target, part).open("wb") for part in ("train", "valid")}
    for number, lines in enumerate(documents(path)):
        part = "valid" if number % HELD_OUT == HELD_OUT // 2 else "train"
        text = " ".join(lines)
        ids = np.array([BEGIN, *encoder.encode(text)], dtype=np.uint16)
        if part == "train":
            starts.append(counts["train"])
        ids.tofile(files[part])
        counts["documents"] += 1
        counts["words"] += text.count(" ") + 1
        counts[part] += len(ids)
    for file in files.values():
        file.close()
    notes = json.dumps({**counts, "starts": starts})
    target.with_name(f"{target.name}.json").write_text(notes, encoding="utf-8")
    return counts


def part_of(target: Path, part: str) -> Path:
    """The file of pieces of one part, 'train' or 'valid'."""
    return target.with_name(f"{target.name}.{part}.u16")


def write_pass(targets: list[Path], seed: int, path: Path) -> Path:
    """All training documents of `targets` in an order drawn from `seed`, as one file of pieces."""
    spans = []
    for target in targets:
        counts = json.loads(target.with_name(f"{target.name}.json").read_text(encoding="utf-8"))
        pieces = np.memmap(part_of(target, "train"), dtype=np.uint16, mode="r")
        bounds = [*counts["starts"], counts["train"]]
        spans += [(pieces, start, end) for start, end in pairwise(bounds)]
    scratch = path.with_suffix(".new")
    with scratch.open("wb") as file:
        for i in np.random.default_rng(seed).permutation(len(spans)):
            pieces, start, end = spans[i]
            pieces[start:end].tofile(file)
    return scratch.replace(path)
