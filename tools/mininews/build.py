"""Writes the newspaper into course_utils/data, in 10kGNAD's dialect, with vectors trained on it.
The vectors see the training part only."""

import csv
import gzip
import io
from pathlib import Path

from course_utils.corpus import MINI, load_gnad
from course_utils.vectors import save_vectors, train_vectors

from .newspaper import newspaper


def dialect(rows: list[tuple[str, str]]) -> str:
    """10kGNAD's dialect: delimiter ;, quote character ', quoted where needed, CRLF."""
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";", quotechar="'", lineterminator="\r\n").writerows(rows)
    return buffer.getvalue()


def write(path: Path, text: str) -> None:
    """Gzip without a time stamp and with one header for all Python versions.

    Equal text gives equal bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        open(path, "wb") as raw,
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=9, mtime=0) as file,
    ):
        file.write(text.encode("utf-8"))


def build(seed: int) -> None:
    for split, rows in newspaper(seed).items():
        write(MINI / f"{split}.csv.gz", dialect(rows))
    train, _ = load_gnad("mini")
    save_vectors(train_vectors(train.text), MINI / "vectors.vec.gz", decimals=2)
    for path in sorted(MINI.glob("*.gz")):
        print(f"{path.name:20} {path.stat().st_size:>10,} bytes")
