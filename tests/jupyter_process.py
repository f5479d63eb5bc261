"""A Jupyter server on loopback for tests: started in the background, its address read from its log.
Used by the tests of `make lab` and by those of the explorers, which need JupyterLab itself."""

import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager

ADDRESS = re.compile(r"(http://(?:localhost|127\.0\.0\.1):\d+/)\S*?\?token=(\w+)")
PATIENCE = 240  # seconds until it must have said where it is


@contextmanager
def jupyter(log, *options, cwd, env=None, python=sys.executable):
    """`python -m` with these options, without a browser; yields (address, token)."""
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            [python, "-m", *options, "--no-browser"],
            cwd=cwd,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})},
        )
    try:
        yield _address(process, log)
    finally:
        process.terminate()
        process.wait(30)


def _address(process, log):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if found := ADDRESS.search(log.read_text(encoding="utf-8")):
            return found[1], found[2]
        time.sleep(0.3)
    raise AssertionError(log.read_text(encoding="utf-8"))
