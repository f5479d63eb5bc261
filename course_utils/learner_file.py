"""What a learner has guessed and solved, in one local file to be deleted or sent to a teacher.
Nothing leaves the machine; a file that can't be read or written costs one sentence, no notebook."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock

from course_utils.paths import progress_folder

VERSION = 1
PATIENCE = 5  # seconds that a notebook waits for another one to write


def progress_file() -> Path:
    """Where the file lies: in the folder COURSE_CACHE, else ~/.local/share/rnn-text-course."""
    return progress_folder() / "progress.json"


def read(section: str) -> tuple[dict[str, dict[str, Any]], str]:
    """The records of a section by their key, and a sentence if they can't be read.

    section: "predictions" or "exercises". Without a file there are no records."""
    whole, problem = _read()
    records = whole.get(section, {})
    if not isinstance(records, dict):
        return {}, _broken(f"'{section}' is not what the course writes")
    return {key: one for key, one in records.items() if isinstance(one, dict)}, problem


def note(section: str, key: str, record: dict[str, Any]) -> str:
    """Keeps a record under its key, beside all others; a sentence if that can't be done.

    The file is replaced in one step: another notebook reads the old or the new one, never half."""
    path = progress_file()
    with _alone(path):
        return _note(path, section, key, record)


def _note(path: Path, section: str, key: str, record: dict[str, Any]) -> str:
    whole, problem = _read()
    if problem:
        return problem
    records, problem = read(section)
    if problem:
        return problem
    whole = {**whole, "version": VERSION, section: {**records, key: record}}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    except OSError as error:
        reason = error.strerror or error
        return f"Not kept: {path} can't be written ({reason}). COURSE_CACHE names another folder."
    return ""


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """While one notebook writes, a second one waits, so that neither loses what the other kept.

    The lock is a file among the system's temporary ones; where that can't be, nobody waits."""
    name = hashlib.sha256(str(path).encode("utf-8")).hexdigest()[:16]
    lock = FileLock(Path(tempfile.gettempdir(), f"rnn-text-course-{name}.lock"), timeout=PATIENCE)
    with suppress(OSError, NotImplementedError):  # no right to make it, no locks on this system
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _read() -> tuple[dict[str, Any], str]:
    """The whole file, and a sentence if it can't be read."""
    path = progress_file()
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}, ""
    except OSError as error:
        return {}, f"{path} can't be read ({error.strerror or error}): nothing is remembered."
    except (ValueError, RecursionError):
        return {}, _broken("it is not JSON")
    if not isinstance(whole, dict):
        return {}, _broken("it is not what the course writes")
    return whole, ""


def _broken(reason: str) -> str:
    return f"{progress_file()} is damaged ({reason}): nothing is remembered until it is deleted."


def _replace(path: Path, text: str) -> None:
    """Writes `text` beside the file and puts it in its place."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=".progress-")
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.replace(name, path)
    except OSError:
        os.unlink(name)
        raise
