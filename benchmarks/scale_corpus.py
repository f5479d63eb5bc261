"""A corpus of 10kGNAD's size out of plain German texts, to try whether the notebooks bear it.
Its nine classes come from a clustering: times and memory mean something on it, accuracies don't.

    python -m tools.german fetch SOURCE               # or any folder with .txt and .txt.xz files
    python -m benchmarks.scale_corpus SOURCE FOLDER   # writes FOLDER/train.csv and FOLDER/test.csv
    COURSE_DATA=FOLDER python -m tools.notebooks run 00 01 02 03 04 05 10

Documents in SOURCE are apart by a line with a form feed. A text begins where an article, one of
its sections or a speech begins, and goes on within its document until it has as many words as an
article of 10kGNAD drawn by chance. The texts stay in FOLDER, outside this repository."""

import argparse
import lzma
import math
import random
import re
from collections.abc import Iterator
from pathlib import Path

from sklearn.cluster import MiniBatchKMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

from benchmarks.gnad_small import write

TRAIN = 9_245  # articles of 10kGNAD
TEST = 1_028
CLASSES = 9
MEDIAN = 298  # words of an article in 10kGNAD's test file, whose mean is 368
SPREAD = 0.64  # of their logarithms
LEAST = 30
MOST = 4_800  # its longest
DIMENSIONS = 100
HEADING = re.compile(r"^=+ ")
HECKLING = re.compile(r"^\(.*\)$")
SPEAKER = re.compile(r"^(?:[^.!?:]|Dr\.|Prof\.|Parl\.){2,120}:$")


def text_files(source: Path) -> list[Path]:
    """The .txt and .txt.xz files of `source`, by name. `ValueError` if there are none."""
    files = sorted(path for path in source.iterdir() if path.name.endswith((".txt", ".txt.xz")))
    if not files:
        raise ValueError(f"{source} holds no .txt and no .txt.xz file")
    return files


def lines_of(path: Path) -> Iterator[str]:
    """The lines of a file as it is read, without blanks around them; "" at a document's end."""
    opener = lzma.open if path.suffix == ".xz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        for line in file:
            text = line.strip()
            if line.strip(" \n") == "\f":
                yield ""
            elif text and not HECKLING.match(text):
                yield text
    yield ""


def drawn_length(random_numbers: random.Random) -> int:
    """Words of an article, as 10kGNAD's are spread: log-normal."""
    length = random_numbers.lognormvariate(math.log(MEDIAN), SPREAD)
    return round(min(max(length, LEAST), MOST))


def texts_of(path: Path, random_numbers: random.Random) -> Iterator[str]:
    """Texts of one file, each from a border on until its drawn length is reached.

    What follows up to the next border is left out; so is a text that its document cuts short."""
    words: list[str] = []
    wanted = drawn_length(random_numbers)
    border = True
    for line in lines_of(path):
        if not line:  # a document ends
            words.clear()
            border = True
        elif HEADING.match(line) or SPEAKER.match(line):
            border = True
        elif border or words:
            words += line.split()
            border = False
        if len(words) >= wanted:
            yield " ".join(words)
            words.clear()
            wanted = drawn_length(random_numbers)


def chosen_from(path: Path, number: int, random_numbers: random.Random) -> list[str]:
    """`number` texts of a file, any with the same chance (reservoir sampling), in its order."""
    kept: dict[int, str] = {}
    places: list[int] = []
    for position, text in enumerate(texts_of(path, random_numbers)):
        if len(places) < number:
            places.append(position)
            kept[position] = text
            continue
        place = random_numbers.randrange(position + 1)
        if place < number:
            del kept[places[place]]
            places[place] = position
            kept[position] = text
    if len(kept) < number:
        raise ValueError(f"{path} has {len(kept):,} texts, and {number:,} are needed")
    return [kept[position] for position in sorted(kept)]


def clustered(texts: list[str], classes: int) -> list[str]:
    """A class for each text: k-means on their tf-idf values in few dimensions."""
    counting = TfidfVectorizer(sublinear_tf=True, min_df=2, max_df=0.1, max_features=30_000)
    weights = counting.fit_transform(texts)
    dimensions = min(DIMENSIONS, weights.shape[1] - 1)
    reduced = make_pipeline(TruncatedSVD(dimensions, random_state=0), Normalizer())
    points = reduced.fit_transform(weights)
    means = MiniBatchKMeans(classes, batch_size=1024, n_init=5, random_state=0)
    return [f"Gruppe {number + 1}" for number in means.fit_predict(points)]


def make(
    source: Path, folder: Path, train: int = TRAIN, test: int = TEST, classes: int = CLASSES
) -> dict[str, int]:
    """Writes `folder`/train.csv and test.csv; each file of `source` gives an equal share.

    Returns how many texts each class has. The same files give the same corpus."""
    random_numbers = random.Random(0)
    files = text_files(source)
    texts: list[str] = []
    for number, path in enumerate(files):
        share = (train + test - len(texts)) // (len(files) - number)
        texts += chosen_from(path, share, random_numbers)
    labels = clustered(texts, classes)
    split = StratifiedShuffleSplit(1, train_size=train, test_size=test, random_state=0)
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in zip(("train", "test"), next(split.split(texts, labels)), strict=True):
        write(folder / f"{name}.csv", [[labels[i], texts[i]] for i in rows])
    return {label: labels.count(label) for label in sorted(set(labels))}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scale_corpus",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", type=Path, help="plain texts: .txt or .txt.xz")
    parser.add_argument("folder", type=Path, help="where train.csv and test.csv go")
    args = parser.parse_args()
    sizes = make(args.source, args.folder)
    print(f"{args.folder}: {TRAIN:,} training and {TEST:,} test texts")
    print(", ".join(f"{label}: {size:,}" for label, size in sizes.items()))


if __name__ == "__main__":
    main()
