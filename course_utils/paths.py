"""Where the course's data lie. A notebook, `make` and a terminal start in different folders,
so a relative path in an environment variable has to mean the same folder for all of them."""

import os
import tempfile
from pathlib import Path

import pooch


def base_folder() -> Path:
    """What relative paths in COURSE_CACHE and COURSE_DATA start from: the repository's root, or
    without a repository the home folder."""
    root = Path(__file__).resolve().parents[1]
    return root if (root / "pyproject.toml").is_file() else Path.home()


def from_environment(variable: str) -> str:
    """The variable's value without the blanks that `set NAME=value && …` leaves on Windows; '' if
    it is not set."""
    return os.environ.get(variable, "").strip()


def absolute(path: str | os.PathLike, base: Path | None = None) -> Path:
    """`path` with ~ replaced, below `base` (by default the current folder) if it is relative, and
    without '..'."""
    return Path(os.path.abspath(os.path.join(base or "", os.path.expanduser(path))))


def data_folder() -> Path:
    """The folder of downloaded data: environment variable COURSE_CACHE, else the system's cache
    folder."""
    named = from_environment("COURSE_CACHE")
    return absolute(named or pooch.os_cache("rnn-text-course"), base_folder())


def progress_folder() -> Path:
    """Where a learner's own progress is kept: in COURSE_CACHE, else ~/.local/share, since what lies
    in a cache folder may be cleared away."""
    named = from_environment("COURSE_CACHE")
    return absolute(named or "~/.local/share/rnn-text-course", base_folder())


def why_not_writable(folder: Path) -> str:
    """Why nothing can be kept in `folder`, which is made if it is not there; '' if something
    can."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return error.strerror or str(error)
