"""What a measurement has to name: the machine it runs on, with its memory and its clock, and the corpus."""

import platform

import psutil
import torch

from course_utils.corpus import choose_source

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def device_name(device: str = DEVICE) -> str:
    """The GPU's name, or the CPU's kind and the number of threads; `device`: the one in use, 'cuda' or 'cpu'."""
    return (
        torch.cuda.get_device_name()
        if device == "cuda"
        else f"{platform.machine()} CPU, {torch.get_num_threads()} threads"
    )


def corpus_name() -> str:
    """'mininews', '10kGNAD', or the name of the folder that COURSE_DATA names."""
    source = choose_source()
    return (
        {"mini": "mininews", "full": "10kGNAD"}[source]
        if isinstance(source, str)
        else source.resolve().name
    )


def synchronise() -> None:
    """Waits for what a GPU still has to do, as a clock has to."""
    if DEVICE == "cuda":
        torch.cuda.synchronize()


def peak_memory(anew: bool = False) -> float:
    """MB: the most that the GPU, if there is one, or this process has held so far; `anew`: on a GPU, forget what it held before."""
    if DEVICE == "cuda":
        if anew:
            torch.cuda.reset_peak_memory_stats()
        return torch.cuda.max_memory_allocated() / 2**20
    memory = psutil.Process().memory_info()
    if hasattr(memory, "peak_wset"):  # Windows
        return memory.peak_wset / 2**20
    import resource  # not there on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        2**20 if platform.system() == "Darwin" else 2**10
    )
