"""What a measurement has to name: the machine it runs on, its memory and clock, and the corpus.
One place for it, so that two tables never describe the same machine in two ways."""

import hashlib
import platform
from collections.abc import Iterable
from pathlib import Path

import psutil
import torch

from course_utils.corpus import choose_source

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def device_name(device: str = DEVICE) -> str:
    """The GPU's name, or the CPU's kind and the number of threads; `device`: 'cuda' or 'cpu'."""
    if device == "cuda":
        return torch.cuda.get_device_name()
    threads = torch.get_num_threads()
    return f"{platform.machine()} CPU, {threads} thread{'s' * (threads > 1)}"


def processor() -> str:
    """The processor as the system names it; "unknown" where it does not. Two of one kind may differ
    by a factor of ten in a measurement: some take denormal numbers as they take all others."""
    lines = Path("/proc/cpuinfo")  # Linux
    if lines.is_file():
        for line in lines.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def corpus_name() -> str:
    """'mininews', '10kGNAD', or the name of the folder that COURSE_DATA names."""
    source = choose_source()
    if isinstance(source, str):
        return {"mini": "mininews", "full": "10kGNAD"}[source]
    return source.resolve().name


def digest(texts: Iterable[str]) -> str:
    """A fingerprint of the texts, in their order: 16 hexadecimal digits of their SHA-256 sum."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]


def synchronise() -> None:
    """Waits for what a GPU still has to do, as a clock has to."""
    if DEVICE == "cuda":
        torch.cuda.synchronize()


def peak_memory(anew: bool = False) -> float:
    """MB: the most that the GPU, if there is one, or this process has held so far.

    `anew`: on a GPU, forget what it held before."""
    if DEVICE == "cuda":
        if anew:
            torch.cuda.reset_peak_memory_stats()
        return torch.cuda.max_memory_allocated() / 2**20
    memory = psutil.Process().memory_info()
    if hasattr(memory, "peak_wset"):  # Windows
        return memory.peak_wset / 2**20
    import resource  # not there on Windows

    unit = 2**20 if platform.system() == "Darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
