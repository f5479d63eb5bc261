"""`make classroom`: one folder with all that a room without a network needs, for a stick.
Wheels, course, site and decks; it is then tried where there is no network at all."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tools.contents import ROOT

FOLDER = ROOT / "_build" / "classroom"
START = Path(__file__).resolve().parent / "web" / "assets" / "classroom"
PARTS = {"_build/site": "site", "_build/slides": "slides"}


def copy_course(folder: Path) -> None:
    """What is committed, and nothing else."""
    archive = folder / "course.zip"
    subprocess.run(
        ["git", "archive", "--format", "zip", "-o", str(archive), "HEAD"], cwd=ROOT, check=True
    )
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder / "course")
    archive.unlink()


def fetch_wheels(folder: Path) -> None:
    """Wheels of everything that the course needs, in the tested versions, for this system."""
    wheels = folder / "wheels"
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--disable-pip-version-check"]
    pins = ["-c", str(ROOT / "constraints.txt"), "-w", str(wheels)]
    build = ["setuptools>=70", "wheel", "pip"]
    subprocess.run([*command, *pins, f"{ROOT}[lab,dev]", *build], cwd=ROOT, check=True)
    for own in wheels.glob("course_utils-*.whl"):
        own.unlink()  # it is installed from its folder, so that notebooks and package stay together


def collect(folder: Path = FOLDER) -> None:
    """Makes the folder anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    copy_course(folder)
    fetch_wheels(folder)
    for source, target in PARTS.items():
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, folder / target)
        else:
            print(f"{source} is not there; make {target} brings it.")
    for path in sorted(START.glob("[!_]*.*")):
        shutil.copy(path, folder / path.name)


def without_network(command: list[str]) -> list[str]:
    """The command in a network namespace that has nothing in it, not even loopback (Linux)."""
    if not sys.platform.startswith("linux") or shutil.which("unshare") is None:
        raise RuntimeError(
            "The trial needs Linux with unshare (util-linux). The folder is complete, and untried."
        )
    options = ["--net"] if os.geteuid() == 0 else ["--net", "--map-root-user", "--user"]
    # Jupyter's kernels speak over loopback, which a new namespace has, switched off
    script = 'ip link set lo up 2>/dev/null || ifconfig lo up; exec "$@"'
    return ["unshare", *options, "sh", "-c", script, "sh", *command]


def trial_notebook(folder: Path) -> str:
    """A notebook that the trial executes: the first after the start."""
    names = sorted(path.stem for path in (folder / "course" / "notebooks").glob("[0-9]*.ipynb"))
    return names[min(1, len(names) - 1)]


def trial(folder: Path = FOLDER) -> int:
    """Installs from a copy of the folder and executes a notebook, without a network; 0 if both
    work. The folder itself stays as it was collected: it is what learners get."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PYTHONPATH"))}
    name = trial_notebook(folder)
    command = [sys.executable, "start.py", "--trial", name]
    with tempfile.TemporaryDirectory() as elsewhere:
        copy = Path(elsewhere, "room")
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("site", "slides"))
        return subprocess.run(without_network(command), cwd=copy, env=environment).returncode


def main() -> int:
    """Collects, then tries; 0 if the folder works."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--collect", action="store_true", help="collect only")
    parser.add_argument("--trial", action="store_true", help="try only")
    args = parser.parse_args()
    if not args.trial:
        collect()
    status = 0
    if not args.collect:
        status = trial()
        print("The folder works without a network." if status == 0 else "The trial has failed.")
    size = sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file())
    print(f"{FOLDER.relative_to(ROOT)}/: {size / 1e9:.1f} GB")
    return status


if __name__ == "__main__":
    sys.exit(main())
