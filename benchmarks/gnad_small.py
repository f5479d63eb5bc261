"""gnad-small, the real articles that the smaller measurements use: 10kGNAD's test file, split once.
The articles are not part of this repository; `make data` fetches them, and this cuts them.

    python -m benchmarks.gnad_small FOLDER          # writes FOLDER/train.csv and FOLDER/test.csv
"""

import argparse
import csv
import io
from pathlib import Path

from sklearn.model_selection import StratifiedShuffleSplit

from course_utils.paths import data_folder

TEST_SIZE = 206  # of the 1,028 articles


def rows_of(path: Path) -> list[list[str]]:
    """The rows (category, text) of a file in 10kGNAD's dialect."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter=";", quotechar="'"))


def write(path: Path, rows: list[list[str]]) -> None:
    """`rows` in 10kGNAD's dialect, in one step."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=";", quotechar="'", lineterminator="\r\n").writerows(rows)
    scratch = path.with_name(path.name + ".new")
    scratch.write_bytes(buffer.getvalue().encode("utf-8"))
    scratch.replace(path)


def cut(source: Path, folder: Path) -> tuple[int, int]:
    """Split `source` into `folder`/train.csv and test.csv, stratified, in the file's order."""
    rows = rows_of(source)
    split = StratifiedShuffleSplit(1, test_size=TEST_SIZE, random_state=0)
    train, test = next(split.split(rows, [category for category, _ in rows]))
    folder.mkdir(parents=True, exist_ok=True)
    for name, chosen in (("train.csv", train), ("test.csv", test)):
        write(folder / name, [rows[i] for i in sorted(chosen)])
    return len(train), len(test)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--source", type=Path, help="10kGNAD's test.csv; by default the fetched one"
    )
    args = parser.parse_args()
    source = args.source or data_folder() / "10kGNAD" / "test.csv"
    if not source.is_file():
        parser.error(f"{source} is not there: `make data` fetches it, or give --source")
    train, test = cut(source, args.folder)
    print(f"{args.folder}: {train} training and {test} test articles")


if __name__ == "__main__":
    main()
