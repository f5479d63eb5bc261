"""Packs the newspaper into course_utils/data/mininews, in 10kGNAD's dialect.
Equal texts give equal bytes: no time stamp, no name, one order."""

import csv
import gzip
import io
from pathlib import Path

from tools.mininews.paper import HERE, Article, newspaper
from tools.mininews.split import split

TARGET = HERE.parent.parent / "course_utils" / "data" / "mininews"


def dialect(articles: list[Article]) -> str:
    """10kGNAD's dialect: delimiter ;, quote character ', quoted where needed, CRLF."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", quotechar="'", lineterminator="\r\n")
    writer.writerows((article.desk, article.text) for article in articles)
    return buffer.getvalue()


def write(path: Path, text: str) -> None:
    """Gzip with the one header that all Python versions write, and in one step."""
    scratch = path.with_name(path.name + ".new")
    with (
        scratch.open("wb") as raw,
        gzip.GzipFile("", "wb", compresslevel=9, fileobj=raw, mtime=0) as file,
    ):
        file.write(text.encode("utf-8"))
    scratch.replace(path)


def build(folder: Path = HERE, target: Path = TARGET) -> dict[str, int]:
    """Write {train,test}.csv.gz; returns sizes in bytes."""
    train, test = split(newspaper(folder))
    target.mkdir(parents=True, exist_ok=True)
    sizes = {}
    for name, part in (("train", train), ("test", test)):
        path = target / f"{name}.csv.gz"
        write(path, dialect(part))
        sizes[path.name] = path.stat().st_size
    return sizes
