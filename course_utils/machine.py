"""The processor while the course trains: no denormal numbers, no thread on a core that is busy.
Either can cost most of the speed, and neither shows in a result, so both are seen to on import."""

import math
import os
import time
from pathlib import Path

import psutil
import torch
from torch import nn

WINDOW = 0.2  # seconds over which the cores are watched: two hundred ticks of Linux's scheduler
QUOTA = Path("/sys/fs/cgroup/cpu.max")  # Linux containers: "microseconds period", or "max period"
_chosen: int | None = None  # the number of threads that choose_threads set last
_most = 1  # how many torch would take by itself


def _wish(name: str) -> str:
    """A variable of the environment without blanks, which a cell or a Windows shell may leave."""
    return os.environ.get(name, "").strip()


def flush_denormals() -> bool:
    """Count numbers too small for a normal float as zero; True if this processor now does so.

    Those are numbers below 1.2e-38 in float32. A gradient that vanishes on its way back through
    hundreds of steps consists of them, and many CPUs take a hundred times longer over each.
    It holds in the thread that calls, and in those that torch starts from it afterwards:
    importing `course_utils` calls it, so import it before the first computation.
    The environment variable `COURSE_DENORMALS=keep` keeps denormal numbers.
    """
    wish = _wish("COURSE_DENORMALS")
    if wish not in ("", "flush", "keep"):
        raise ValueError(
            f"COURSE_DENORMALS is {wish!r}: set it to 'keep' or 'flush', or not at all"
        )
    return wish != "keep" and torch.set_flush_denormal(True)


def choose_threads() -> int:
    """Let torch compute on the cores that are free now, at least on one; returns how many.

    Every step waits for its slowest thread, so two threads beside one busy core are slower than
    one thread alone. The cores are watched for 0.2 seconds. Importing `course_utils` and each
    `fit` call this. The environment variable `COURSE_THREADS` overrides it; a number that you
    set by `OMP_NUM_THREADS`, `MKL_NUM_THREADS` or `torch.set_num_threads` stays.
    """
    global _chosen, _most
    wish = _wish("COURSE_THREADS")
    if wish:
        _chosen = _as_number(wish)
        torch.set_num_threads(_chosen)
        return _chosen
    now = torch.get_num_threads()
    if _chosen is None:
        _most = now
    if _set_by_hand(now) or _most == 1:
        return now
    _chosen = max(1, min(_most, free_cores()))
    torch.set_num_threads(_chosen)
    return _chosen


def _as_number(wish: str) -> int:
    if not wish.isascii() or not wish.isdigit() or int(wish) == 0:
        raise ValueError(
            f"COURSE_THREADS is {wish!r}: set it to a whole number from 1, or not at all"
        )
    return int(wish)


def _set_by_hand(now: int) -> bool:
    named = any(os.environ.get(name) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"))
    return named or (_chosen is not None and now != _chosen)


def free_cores(window: float = WINDOW) -> int:
    """How many of the cores that this process may use are idle, watched for `window` seconds.

    What keeps the cores busy is added up over all of them, because a busy process wanders
    between cores; up to 30 % of one core, a desktop's background noise, is overlooked.
    """
    allowed = _allowed_cores()
    start = time.perf_counter()
    before = _idle_seconds(allowed)
    time.sleep(window)
    after = _idle_seconds(allowed)
    idle = (after - before) / (time.perf_counter() - start)
    return min(math.floor(idle + 0.3), _quota())


def lstm_takes_bfloat16(device: str = "cpu") -> bool:
    """Whether an LSTM runs in mixed precision here, found by trying: not every CPU has the
    instructions, and torch then stops in the middle of a forward pass."""
    with torch.random.fork_rng(devices=[]):  # its weights are drawn: nobody else's shall move
        model = nn.LSTM(1, 1).to(device)
    try:
        with torch.no_grad(), torch.autocast(device, torch.bfloat16):
            model(torch.zeros(1, 1, 1, device=device))
    except RuntimeError:
        return False
    return True


def _allowed_cores() -> list[int]:
    cores = range(psutil.cpu_count() or 1)
    if not hasattr(os, "sched_getaffinity"):  # macOS and Windows
        return list(cores)
    return [core for core in cores if core in os.sched_getaffinity(0)]


def _idle_seconds(cores: list[int]) -> float:
    """Seconds that these cores have had nothing to do since the machine started."""
    times = psutil.cpu_times(percpu=True)
    return sum(times[core].idle + getattr(times[core], "iowait", 0.0) for core in cores)


def _quota() -> int:
    """How many cores' worth of time a container grants, as on Binder; else very many."""
    try:
        granted, period = QUOTA.read_text(encoding="ascii").split()
        return max(1, int(granted) // int(period))
    except (OSError, ValueError):  # no such file, or "max"
        return 1 << 16
