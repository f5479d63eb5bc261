"""What the first cell of every notebook runs on Colab: update the course, install what lacks.
It moves nothing that Colab ships, and without a network it ends in one sentence."""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path

from packaging.requirements import Requirement

COURSE = Path(__file__).resolve().parent.parent
DRIVE = Path("/content/drive")


class SetupError(RuntimeError):
    """One sentence that says why the course cannot start here."""


def update(course: Path) -> str:
    """Pulls what is new; the sentence to print if that doesn't work. Edited files stay."""
    command = ["git", "-C", str(course), "pull", "--quiet", "--ff-only"]
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    try:
        result = subprocess.run(command, capture_output=True, timeout=60, env=environment)
    except (OSError, subprocess.TimeoutExpired):
        result = None
    if result is not None and result.returncode == 0:
        return ""
    return f"The course in {course} could not be updated: it stays as it is."


def requirements(course: Path) -> list[str]:
    """What the course needs, as pyproject.toml words it."""
    with (course / "pyproject.toml").open("rb") as file:
        return list(tomllib.load(file)["project"]["dependencies"])


def lacking(course: Path) -> list[str]:
    """The course's requirements that are not installed at all, as pyproject.toml words them.

    What is installed in another version stays: pyproject's lower bounds are what Colab ships."""
    found = []
    for line in requirements(course):
        try:
            version(Requirement(line).name)
        except PackageNotFoundError:
            found.append(line)
    return found


def install(lines: list[str]) -> None:
    """Installs them beside what is there, none of which may move; without lines it does nothing.

    Raises `SetupError` if pip can't."""
    if not lines:
        return
    pins = {found.metadata["Name"]: found.version for found in distributions()}
    with tempfile.TemporaryDirectory() as folder:
        shipped = Path(folder, "shipped.txt")
        exact = [f"{name}=={number}\n" for name, number in sorted(pins.items()) if name]
        shipped.write_text("".join(exact), encoding="utf-8")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--constraint", str(shipped)]
        result = subprocess.run([*command, *lines], capture_output=True)
    if result.returncode:
        raise SetupError(
            f"{', '.join(lines)} could not be installed: "
            "see that there is a network, then run this cell again."
        )


def gpu_hint() -> str:
    """Where to switch a GPU on if there is none; empty if there is one."""
    if shutil.which("nvidia-smi"):
        return ""
    return "No GPU, and none is needed. To get one: Runtime > Change runtime type > T4 GPU."


def drive(folder: str = "rnn-text-course") -> Path:
    """Mounts Google Drive, if the reader calls this, and keeps data and checkpoints there.

    From then on COURSE_CACHE is a folder of theirs that outlives the session."""
    from google.colab import drive as google_drive

    google_drive.mount(str(DRIVE))
    kept = DRIVE / "MyDrive" / folder
    kept.mkdir(parents=True, exist_ok=True)
    os.environ["COURSE_CACHE"] = str(kept)
    print(f"Data and checkpoints are kept in {kept}.")
    return kept


def set_up(course: Path = COURSE) -> None:
    """Brings the course up to date and makes `course_utils` importable, from its own folder."""
    if sentence := update(course):
        print(sentence)
    install(lacking(course))
    if sentence := gpu_hint():
        print(sentence)
    os.chdir(course / "notebooks")
    if str(course) not in sys.path:
        sys.path.insert(0, str(course))


if __name__ == "__main__":
    set_up()
