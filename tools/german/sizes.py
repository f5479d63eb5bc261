"""Vectors and language models of texts cut to a number of words: what is more reading worth?
Each size gets a folder laid out as course_utils/data/german; benchmarks.reading measures them."""

import json
import shutil
from collections.abc import Collection, Iterator
from math import floor
from pathlib import Path

from course_utils.german import GERMAN
from tools.german.lm import Shape
from tools.german.pieces import write_pieces
from tools.german.reading import Reading, Recipe
from tools.german.ship import ship_language_model, ship_vectors
from tools.german.texts import SEPARATOR, documents, text_files
from tools.german.vectors import train, write_words

PARTS = ("vectors", "lm")
PASSES = 2  # of a language model, as the shipped one; vectors have gensim's three epochs
PART = 3_000  # words: longer documents are cut, so that small texts have a held-out part, too
SMALL = 8_000_000  # words: below, smaller steps, else there would be too few of them


def number_of_words(lines: list[str]) -> int:
    return sum(line.count(" ") + 1 for line in lines)


def sizes_of(folder: Path, note: Path) -> dict[str, list[int]]:
    """Words of each document of each file, counted once and kept in `note`."""
    if not note.is_file():
        counted = {
            path.name: [number_of_words(lines) for lines in documents(path, str.strip)]
            for path in text_files(folder)
        }
        note.write_text(json.dumps(counted), encoding="utf-8")
    return json.loads(note.read_text(encoding="utf-8"))


def spread_out(number: int, share: float) -> list[bool]:
    """Which of `number` documents make up `share` of them, evenly from the first to the last."""
    return [floor((i + 1) * share) > floor(i * share) for i in range(number)]


def in_parts(lines: list[str], most: int = PART) -> Iterator[list[str]]:
    """A document in parts of about `most` words, cut between lines."""
    part: list[str] = []
    for line in lines:
        part.append(line)
        if number_of_words(part) >= most:
            yield part
            part = []
    if part:
        yield part


def cut(folder: Path, target: Path, words: int, note: Path) -> int:
    """Write texts of about `words` words, the same share of every file; the number written."""
    sizes = sizes_of(folder, note)
    share = min(1.0, words / sum(map(sum, sizes.values())))
    target.mkdir(parents=True, exist_ok=True)
    written = 0
    for path in text_files(folder):
        wanted = spread_out(len(sizes[path.name]), share)
        scratch = target / f"{path.name.partition('.')[0]}.new"
        with scratch.open("w", encoding="utf-8", newline="\n") as file:
            for keep, lines in zip(wanted, documents(path, str.strip), strict=True):
                for part in in_parts(lines) if keep else ():
                    file.write("\n".join(part) + f"\n{SEPARATOR}\n")
                    written += number_of_words(part)
        scratch.replace(scratch.with_suffix(".txt"))
    return written


def make(
    folder: Path,
    out: Path,
    words: int,
    shape: Shape | None = None,
    parts: Collection[str] = PARTS,
) -> Path:
    """OUT/WORDS/german: vectors and a language model that have read `words` words of `folder`, or
    one of the two.

    May be broken off; goes on where it stopped. The pieces are the shipped ones at every size, so
    that all models have one shape."""
    place = out / str(words)
    texts = place / "texts"
    done = place / "read.json"
    target = place / "german"
    target.mkdir(parents=True, exist_ok=True)
    if not done.is_file():
        read = cut(folder, texts, words, out / "documents.json")
        done.write_text(json.dumps({"words": read, "passes": PASSES}), encoding="utf-8")
    if "vectors" in parts and not (target / "vectors.json").is_file():
        write_words(texts, place / "words.txt")
        ship_vectors(train(place / "words.txt"), target)
        (place / "words.txt").unlink()
    if "lm" in parts and not (target / "language-model.safetensors").is_file():
        read_language_model(texts, place, words, shape or Shape())
        ship_language_model(place, target)
    return target


def read_language_model(texts: Path, place: Path, words: int, shape: Shape) -> None:
    """PASSES over the texts, the last fifth with a falling rate."""
    model = place / "pieces.model"
    shutil.copyfile(GERMAN / "pieces.model", model)
    targets = []
    pieces = 0
    for path in text_files(texts):
        targets.append(place / "tokens" / path.stem)
        targets[-1].parent.mkdir(exist_ok=True)
        pieces += write_pieces(path, model, targets[-1])["train"]
    recipe = Recipe() if words >= SMALL else Recipe(streams=24)
    steps = max(1, PASSES * pieces // (recipe.streams * recipe.bptt))
    recipe.warmup = min(recipe.warmup, max(1, steps // 10))
    Reading(place / "lm", targets, shape, recipe).run(steps, decay=steps // 5)
