"""How `diagnose` did on networks of the course and of others, with planted faults and without.
Read from results/diagnosed.csv, which `python -m benchmarks.diagnosed` writes; 13 shows it."""

import pandas as pd

from course_utils.results import results

NONE = "none"
LINE = ": "  # between what a fault is called and the line that it changes
RIGHT = {
    "course": "the course's, nothing planted",
    "public": "public, nothing planted (known faults not counted)",
}
GENERAL = "public, one of four general faults"
CHANGED = "public, a changed line"


def trial(tried: pd.DataFrame | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two tables. By what was planted: how often that was asked, and how often it was reported
    (where nothing was planted: how often anything was). And for each kind of fault (row) the share
    of its runs in which each question (column) reported something.

    What a network had as it was published counts in neither. tried: the table as
    `benchmarks.diagnosed` keeps it; None, and the kept one is read."""
    tried = pd.read_csv(results("diagnosed.csv")) if tried is None else tried
    tried = tried.fillna({"found": "", "by design": ""}).reset_index(drop=True)
    tried = tried.assign(planted=tried.fault.str.split(LINE).str[0], reported=_new(tried))
    is_new = [
        kind not in had.split(" · ")
        for kind, had in zip(tried.planted, tried["by design"], strict=True)
    ]
    right = tried[tried.fault == NONE]
    planted = tried[is_new].query("fault != @NONE")
    changes = planted.fault.str.contains(LINE)
    rows = {
        RIGHT[str(group)]: (len(runs), runs.reported.map(len).sum())
        for group, runs in right.groupby("group")
    }
    rows[GENERAL] = (~changes).sum(), planted[~changes].hit.sum()
    rows[CHANGED] = changes.sum(), planted[changes].hit.sum()
    counts = pd.DataFrame.from_dict(rows, orient="index", columns=["asked", "reported"])

    seen = planted.explode("reported")
    shares = pd.crosstab(seen.planted, seen.reported)
    return counts.astype(int), shares.div(planted.planted.value_counts(), axis=0)


def _new(tried: pd.DataFrame) -> pd.Series:
    """What was found in each run and is not there by design."""
    new = []
    for found, known in zip(tried.found, tried["by design"], strict=True):
        before = known.split(" · ")
        new.append([name for name in found.split(" · ") if name and name not in before])
    return pd.Series(new)
