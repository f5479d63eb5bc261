"""When a notebook was last executed from top to bottom, and with what: kept in its metadata.
`make notebooks` writes it, the site says it below the page; the notebook itself shows nothing."""

import platform
from datetime import date
from importlib.metadata import version
from typing import Any

KEY = "verified"


def stamp(notebook: Any, today: date | None = None) -> None:
    """Notes today's date and the versions of Python and torch."""
    day = today or date.today()
    notebook["metadata"][KEY] = {
        "date": day.isoformat(),
        "python": platform.python_version(),
        "torch": version("torch"),
    }


def sentence(notebook: Any) -> str:
    """What the site says of it; empty where nothing is noted."""
    noted = notebook["metadata"].get(KEY)
    if not noted:
        return ""
    day = date.fromisoformat(noted["date"])
    return (
        f"Last verified on {day.day} {day:%B %Y}: executed from top to bottom "
        f"with Python {noted['python']} and torch {noted['torch']}."
    )
