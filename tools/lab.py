"""`make lab`, and without make `python -m tools.lab`: opens my/, a working copy, in JupyterLab.
The server's root is the course's folder, so that `../img` and the README are in reach."""

import os
import signal
import subprocess
import sys

from tools import mycopy

FIRST = "my/00_start_here.ipynb"


def arguments() -> list[str]:
    """What JupyterLab is started with; what the user adds on the command line comes after it."""
    found = [
        "--ServerApp.root_dir=.",
        # neither the question about news nor a look for updates, which need a network
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        print("You are root, as in many containers: JupyterLab is told that this is meant so.")
        found.append("--allow-root")
    return found


def main() -> int:
    """Completes my/, says what is new, and runs JupyterLab until it is shut down."""
    os.chdir(mycopy.ROOT)
    with mycopy.one_sentence():
        changed = mycopy.update()
    if line := mycopy.news(changed):
        print(line)
    print(f"Your working copy is my/ (git ignores it). JupyterLab opens {FIRST}.", flush=True)
    command = [sys.executable, "-m", "jupyterlab", FIRST, *arguments(), *sys.argv[1:]]
    server = subprocess.Popen(command)
    # Ctrl-C reaches JupyterLab, too, which asks before it ends: wait for its answer
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    return server.wait()


if __name__ == "__main__":
    sys.exit(main())
