"""Sets the course up from this folder, without a network, and opens it in JupyterLab.
Copy the folder to a disk of your own first, then: python start.py (Python 3.11, 3.12 or 3.13)."""

import argparse
import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
COURSE = HERE / "course"
ENVIRONMENT = COURSE / ".venv"


def python() -> str:
    """The Python of the course's environment."""
    return str(ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def install() -> None:
    """Makes the environment from the wheels in this folder: once, and again where the folder
    was moved or another Python is used, for an environment knows both by name."""
    stamp = ENVIRONMENT / ".installed"
    here = f"{HERE}\nPython {sys.version.split()[0]}\n"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == here:
        return
    print("Setting up the course. This happens once and takes some minutes.", flush=True)
    venv.create(ENVIRONMENT, with_pip=True, clear=True)
    offline = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(HERE / "wheels")}
    pip = [python(), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    pins = ["-c", str(COURSE / "constraints.txt")]
    subprocess.run([*pip, *pins, "-e", f"{COURSE}[lab,dev]"], check=True, env=offline)
    stamp.write_text(here, encoding="utf-8")


def main() -> int:
    """Installs what lacks, then opens the course or, for a trial, executes one notebook."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trial", metavar="NB", help="execute this notebook and stop")
    args = parser.parse_args()
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        print("The course needs Python 3.11, 3.12 or 3.13; this is", sys.version.split()[0])
        return 1
    install()
    run = ["tools.notebooks", "run", args.trial] if args.trial else ["tools.lab"]
    return subprocess.run([python(), "-m", *run], cwd=COURSE).returncode


if __name__ == "__main__":
    sys.exit(main())
