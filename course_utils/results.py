"""Where the measured tables lie that notebooks show: results/ of the course's folder.
Found from the package, not from the working directory, which is where a notebook was started."""

import json
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

DISTRIBUTION = "course-utils"


def course_folders() -> Iterator[Path]:
    """Places where the course's folder may be: around the package, and where pip was sent.

    The second counts on Colab, where pip copies the package away from results/; pip notes the
    address that it installed from in direct_url.json (PEP 610)."""
    yield Path(__file__).resolve().parent.parent
    try:
        record = distribution(DISTRIBUTION).read_text("direct_url.json")
    except PackageNotFoundError:  # the package is on the path without having been installed
        return
    address = urlparse(json.loads(record)["url"] if record else "")
    if address.scheme == "file":
        yield Path(url2pathname(address.path))


def results(name: str) -> Path:
    """The path of the measured table `name`, such as "ledger.csv".

    Raises `FileNotFoundError` with the places where it was looked for."""
    paths = [folder / "results" / name for folder in course_folders()]
    for path in paths:
        if path.is_file():
            return path
    raise FileNotFoundError(
        f"{name} is not in {' or '.join(str(path.parent) for path in paths)}. "
        "Tables come with the course's folder: install it with `pip install -e .` from there."
    )
