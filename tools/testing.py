"""What `make test` and `make quick` run: unit tests, and notebooks with their outputs compared.
Both see mininews only, no network and no progress bars, whatever the shell says."""

import os
import subprocess
import sys
from pathlib import Path

from tools.execution import QUIET, ROOT, select

PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
QUICK = ["tests", "-m", "not training and not browser", "-n", "2", "--dist", "worksteal"]
TRAINING = ["tests", "-m", "training and not browser"]  # one after the other: some measure ratios
COVERED = ["--cov", "--cov-append", "--cov-report=term", "--cov-fail-under=95"]
NBVAL = ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=900"]


def use_mininews() -> None:
    """From here on this process and its children read the embedded corpus."""
    os.environ["COURSE_DATA"] = "mini"


def pytest(arguments: list[str], **more: str) -> int:
    """Runs pytest from the root in the tests' environment, with more variables; its exit status."""
    environment = {**os.environ, **QUIET, "COURSE_DATA": "mini", "COURSE_OFFLINE": "1", **more}
    return subprocess.run([*PYTEST, *arguments], cwd=ROOT, env=environment).returncode


def compare(paths: list[Path]) -> int:
    """Executes notebooks and compares what they print with what is committed."""
    return pytest([*NBVAL, *map(str, paths)])


def test(names: list[str]) -> int:
    """Unit tests with branch coverage of the core, then the notebooks; with names only those.
    Browsers are left to `make web-test`."""
    if names:
        return compare(select(names))
    quickly = pytest([*QUICK, "--cov", "--cov-report="], OMP_NUM_THREADS="1")
    training = pytest([*TRAINING, *COVERED])
    return compare(select([])) or quickly or training


def quick(_: list[str]) -> int:
    """The unit tests that train nothing, in three minutes at most: two processes of one thread
    each, and 20 random examples where `make test` tries 50."""
    fewer = {"HYPOTHESIS_MAX_EXAMPLES": "20", "OMP_NUM_THREADS": "1"}
    return pytest([*QUICK, "--durations=10"], **fewer)
