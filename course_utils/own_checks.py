"""What can be wrong with texts and labels that a reader has found: missing, doubled, alone, or two.
Each check names all the rows that it concerns, so that a file is mended once."""

import unicodedata
from typing import Any

import pandas as pd

from course_utils.own_faults import Faults

MEND = "Fill it in or delete the line."
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u2060\ufeff"))  # signs without width


def check_texts(texts: pd.Series, faults: Faults) -> pd.Series:
    """The texts in NFC; those that are none are faults and come back empty."""
    is_text = texts.map(lambda text: isinstance(text, str)).astype(bool)
    strings = texts.where(is_text, "").map(lambda text: unicodedata.normalize("NFC", text))
    empty = is_text & (strings.str.strip() == "")
    faults.add_each(f"there is no text. {MEND}", texts.index[texts.isna()])
    faults.add_each(
        "the text is no string. Put it in quotes.", texts.index[~is_text & texts.notna()]
    )
    faults.add_each(f"the text is empty. {MEND}", texts.index[empty])
    halves = strings.str.contains("[\ud800-\udfff]")
    faults.add_each("half a character (a lone surrogate). Write it anew.", texts.index[halves])
    filled = strings[strings != ""]
    if len(filled) and filled.str.fullmatch(r"[\d\s.,:+-]+").all():
        faults.add("all texts are numbers. Is this the right column?", texts.index[0])
    return strings


def _one_label(label: Any) -> Any:
    """A label as text; None if it is missing, a list or dict if there are several in it."""
    if isinstance(label, list) and len(label) <= 1:
        label = label[0] if label else None
    if label is None or isinstance(label, list | dict):
        return label
    if isinstance(label, float) and label.is_integer():
        label = int(label)  # JSON may write 1 and 1.0 for one class
    words = unicodedata.normalize("NFC", str(label)).translate(INVISIBLE).split()
    joined = " ".join(words)
    return None if joined.lower() in ("", "nan") else joined


def _check_spellings(labels: pd.Series, faults: Faults) -> pd.Series:
    """Labels that differ in capitals only; the labels in the more frequent spelling."""
    spelling = {}
    counts = labels.value_counts()
    for _, alike in counts.groupby(counts.index.str.casefold(), sort=False):
        if len(alike) > 1:
            best, *others = alike.sort_values(ascending=False, kind="stable").index
            for other in others:
                spelling[other] = best
                faults.add_each(
                    f"the label {other!r} is {best!r} elsewhere. Write it in one way.",
                    labels.index[labels == other],
                )
    return labels.replace(spelling)


def _check_classes(labels: pd.Series, lost: list[str], faults: Faults) -> None:
    """Classes must be two at least, and each have two texts; lines that were lost may hold more."""
    counts = labels.value_counts()
    elsewhere = "\n".join(lost)
    singles = [label for label in counts.index[counts == 1] if label not in elsewhere]
    if len(counts) == 1 and not lost:
        faults.add(
            f"every text is labelled {labels.iloc[0]!r}. Two classes are the least.",
            labels.index[0],
        )
    elif len(singles) > 10 and len(singles) > len(counts) / 2:
        faults.add(
            f"{len(singles):,} of {len(counts):,} classes have one text only. Is this the right "
            "column?",
            labels.index[labels == singles[0]][0],
        )
    else:
        faults.add_each(
            "the only text of its class. Add another or delete it.",
            labels.index[labels.isin(singles)],
        )


def _check_twins(texts: pd.Series, labels: pd.Series, faults: Faults) -> None:
    """A text that has several labels teaches nothing."""
    several = labels.groupby(texts).transform("nunique") > 1
    twins = texts[several & (texts != "")]
    faults.add_each(
        "the same text has several labels. Keep one of them.",
        [tuple(group.index) for _, group in twins.groupby(twins, sort=False)],
    )


def check_labels(table: pd.DataFrame, lost: list[str], faults: Faults) -> pd.Series:
    """The labels as text, without blanks around them."""
    labels = table.category.map(_one_label)
    several = labels.map(lambda label: isinstance(label, list | dict)).astype(bool)
    faults.add_each(
        "several labels, or none that is text or a number. Give each text one; what is nested is "
        "named by a path, as in label='meta.label'.",
        table.index[several],
    )
    faults.add_each(f"the label is missing. {MEND}", table.index[labels.isna() & ~several])
    given = labels[labels.notna() & ~several].astype(str)
    if len(given):
        given = _check_spellings(given, faults)
        _check_classes(given, lost, faults)
        _check_twins(table.text[given.index], given, faults)
    return labels
