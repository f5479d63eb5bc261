"""`make run`: each notebook in a process of its own, a line each, and always a closing table.
Ctrl-C, SIGTERM, a kernel that dies or never starts: the table and an exit status say so."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import psutil

from course_utils.console import say
from tools.execution import ROOT, name_of, select

BUILD = ROOT / "_build" / "run"
MOST = 20 * 60  # seconds that the main path may take on two cores
MODULE = [sys.executable, "-m", "tools.execution"]


class Stopped(BaseException):
    """Someone asked the run to end: `signal` is the number of the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.signal = number


@dataclass
class Row:
    """A notebook's line in the table; `state` is ok, FAILED, stopped or not run."""

    stem: str
    state: str = "not run"
    seconds: float = 0.0
    problem: str = ""
    megabytes: float = 0.0


def stop(number: int, _: FrameType | None) -> None:
    """The handler for both signals; more of them don't disturb the tidying up."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    raise Stopped(number)


def kill(process: subprocess.Popen[str]) -> None:
    """Ends the process, its kernel, and what the kernel started."""
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    process.kill()
    for child in family:
        try:
            child.kill()
        except psutil.NoSuchProcess:  # it ended by itself just now
            continue
    process.wait()


def understood(said: str) -> tuple[str, float]:
    """What went wrong, and MB, from what `tools.execution` has printed."""
    try:
        told = json.loads(said.splitlines()[-1])
        return told["problem"], told["megabytes"]
    except (ValueError, LookupError, TypeError):  # it ended before it could tell
        return said.strip(), 0.0


def run_one(path: Path, row: Row, build: Path) -> None:
    """Executes one notebook in a child and fills in its row; ends the child if told to stop."""
    for old in (build / path.name, build / f"{path.stem}.html"):
        old.unlink(missing_ok=True)
    start = time.perf_counter()
    # a session of its own: Ctrl-C in the terminal reaches this process only, which tidies up
    child = subprocess.Popen(
        [*MODULE, str(path), str(build)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        start_new_session=True,
    )
    try:
        said, _ = child.communicate()
        row.problem, row.megabytes = understood(said)
        if child.returncode and not row.problem:
            row.problem = f"its process ended with status {child.returncode}"
        row.state = "FAILED" if row.problem else "ok"
    except Stopped as stopped:
        row.state = "stopped"
        row.problem = f"stopped by {signal.Signals(stopped.signal).name}"
        kill(child)
        raise
    finally:
        row.seconds = time.perf_counter() - start


def in_table(name: str, state: str, rows: list[Row], remark: str = "") -> str:
    """A line of the closing table: seconds are added up, of memory the most counts."""
    seconds = sum(row.seconds for row in rows)
    megabytes = max(row.megabytes for row in rows)
    return f"{name:32} {state:7} {seconds:8.1f} {megabytes:6,.0f}  {remark}".rstrip()


def closing_table(rows: list[Row], build: Path) -> str:
    """All notebooks with state, seconds and memory, then those of the main path, then all."""
    lines = [f"\n{'notebook':32} {'':7} {'seconds':>8} {'MB':>6}"]
    lines += [in_table(row.stem, row.state, [row], row.problem) for row in rows]
    place = str(build.relative_to(ROOT) if build.is_relative_to(ROOT) else build)
    main_path = [row for row in rows if not row.stem.startswith("more/")]
    sums = [
        ("main path", main_path, f"(on mininews {MOST:,} s at most)"),
        ("all", rows, f"({place})"),
    ]
    for name, chosen, remark in sums:
        if chosen:
            state = "ok" if all(row.state == "ok" for row in chosen) else "FAILED"
            lines.append(in_table(name, state, chosen, remark))
    return "\n".join(lines)


def run(names: list[str], folder: Path = ROOT / "notebooks", build: Path = BUILD) -> int:
    """Executes copies into `build`, with HTML; a line a notebook and a closing table.

    Returns how many did not end well, or 128 + the signal that stopped the run."""
    build.mkdir(parents=True, exist_ok=True)
    paths = select(names, folder)
    rows = [Row(name_of(path)) for path in paths]
    status = 0
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        for path, row in zip(paths, rows, strict=True):
            say(f"{row.stem:32} ", end="", flush=True)
            run_one(path, row, build)
            measured = f"{row.seconds:6.1f} s {row.megabytes:6,.0f} MB"
            say(f"{row.state:7} {measured}  {row.problem}", flush=True)
        status = sum(row.state != "ok" for row in rows)
    except Stopped as stopped:
        status = 128 + stopped.signal
        say("stopped", flush=True)
    say(closing_table(rows, build), flush=True)
    return status
