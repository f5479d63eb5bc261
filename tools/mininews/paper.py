"""The newspaper as its authors left it: a list of assignments and a text file for each.
Nothing is generated: what stands in the corpus stands in articles/, word for word."""

import csv
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
DESKS = (
    "Etat", "Inland", "International", "Kultur", "Panorama",
    "Sport", "Web", "Wirtschaft", "Wissenschaft",
)  # fmt: skip


@dataclass(frozen=True)
class Article:
    """One piece of the newspaper; `story` is '' for a piece that stands alone."""

    id: str
    date: str  # 2031-MM-DD
    desk: str
    story: str
    kind: str
    text: str


def text_of(path: Path) -> str:
    """An article as it stands in the corpus: its paragraphs joined by blanks."""
    return " ".join(path.read_text(encoding="utf-8").split())


def newspaper(folder: Path = HERE) -> list[Article]:
    """All articles in the order of their identifiers.

    `ValueError` names every assignment without a text, and every text without one or elsewhere."""
    with (folder / "assignments.csv").open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file, delimiter=";"), key=lambda row: row["id"])
    paths = {path.stem: path for path in (folder / "articles").glob("*/*.txt")}
    wanted = {row["id"]: row["desk"] for row in rows}
    faults = [f"{key}: no text" for key in wanted if key not in paths]
    faults += [f"{path}: no assignment" for key, path in sorted(paths.items()) if key not in wanted]
    faults += [
        f"{key}: in {paths[key].parent.name}, assigned to {desk}"
        for key, desk in wanted.items()
        if key in paths and (paths[key].parent.name != desk or desk not in DESKS)
    ]
    if len(wanted) < len(rows):
        faults.append("assignments.csv: an identifier comes twice")
    if faults:
        raise ValueError("\n".join(faults))
    return [
        Article(
            row["id"],
            row["date"],
            row["desk"],
            row["story"],
            row["kind"],
            text_of(paths[row["id"]]),
        )
        for row in rows
    ]
