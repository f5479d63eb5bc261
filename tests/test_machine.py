"""Tests of what the course asks of the processor: flushed denormal numbers, threads that suit it.
Both are properties of a whole process and of its threads, so most tests start a fresh one."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import psutil
import pytest
import torch

from course_utils import machine


def in_new_process(code, **variables):
    """What `code` prints, as JSON, in a process that has imported nothing yet."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "COURSE_THREADS", "COURSE_DENORMALS")
    plain = {name: value for name, value in os.environ.items() if name not in names}
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**plain, **variables},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


# --- Denormal numbers -------------------------------------------------------------------------

# The smallest denormal number, made from its bits, doubled on two threads: how many are not zero?
# A loop over two million numbers is shared in two halves, of which the first thread does one.
COUNT = """
import json
import torch

def survivors():
    bits = torch.ones(2_000_000, dtype=torch.int32)
    small = bits.view(torch.float32)
    return int((small + small).view(torch.int32).count_nonzero())

"""
needs_flushing = pytest.mark.skipif(
    not torch.set_flush_denormal(True), reason="this processor cannot flush denormal numbers"
)


@needs_flushing
@pytest.mark.training
def test_the_worker_threads_flush_denormals():
    code = COUNT + "import course_utils\nprint(json.dumps([survivors(), torch.get_num_threads()]))"
    assert in_new_process(code, COURSE_THREADS="2") == [0, 2]


@needs_flushing
@pytest.mark.training
@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other pools of threads")
def test_the_count_sees_a_worker_that_does_not_flush():
    """What the docstring warns of: a pool that was started before the import keeps its ways."""
    code = COUNT + (
        "torch.set_num_threads(2)\nfirst = survivors()\nimport course_utils\n"
        "print(json.dumps([first, survivors()]))"
    )
    first, second = in_new_process(code, COURSE_THREADS="2")
    assert first == 2_000_000 and second == 1_000_000


@pytest.mark.training
def test_denormals_can_be_kept():
    code = COUNT + "import course_utils\nprint(survivors())"
    assert in_new_process(code, COURSE_DENORMALS="keep") == 2_000_000


def test_another_wish_is_refused(monkeypatch):
    monkeypatch.setenv("COURSE_DENORMALS", "no")
    with pytest.raises(ValueError, match="COURSE_DENORMALS is 'no': set it to 'keep' or 'flush'"):
        machine.flush_denormals()


@pytest.mark.parametrize("wish, flushed", [("keep ", False), (" flush", True), (" ", True)])
def test_blanks_around_a_wish_do_not_count(monkeypatch, wish, flushed):
    asked = []

    def noted(mode):
        asked.append(mode)
        return True

    monkeypatch.setattr(torch, "set_flush_denormal", noted)
    monkeypatch.setenv("COURSE_DENORMALS", wish)
    assert machine.flush_denormals() is flushed
    assert asked == [True] * flushed


def test_whether_an_lstm_runs_in_bfloat16_is_tried_and_moves_no_random_number():
    before = torch.get_rng_state()
    works = machine.lstm_takes_bfloat16()
    assert torch.equal(before, torch.get_rng_state())
    model = torch.nn.LSTM(200, 64)
    with torch.autocast("cpu", torch.bfloat16):
        if works:
            assert model(torch.randn(5, 2, 200))[0].dtype == torch.bfloat16
        else:
            with pytest.raises(RuntimeError, match="primitive"):
                model(torch.randn(5, 2, 200))


# Seconds of the processor, not of the clock, on one thread: a busy machine has no influence.
RATIO = """
import json
from statistics import median
from time import process_time
import torch
from course_utils import PaddedLSTM

torch.manual_seed(0)
lstm = PaddedLSTM(50, 64)
x = torch.randn(38, 325, 50)
lengths = torch.randint(310, 326, (38,))

def seconds(last):
    start = process_time()
    output, h_n = lstm(x, lengths)
    loss = h_n.square().sum() if last else output.square().sum()
    loss.backward()
    return process_time() - start

seconds(True), seconds(False)
ratios = [seconds(True) / seconds(False) for _ in range(7)]
print(json.dumps(median(ratios)))
"""


@pytest.mark.training
def test_a_step_on_last_states_takes_no_longer_than_one_on_all():
    """Kept, the vanishing gradient's denormals make it ten times slower on many processors."""
    assert in_new_process(RATIO, COURSE_THREADS="1") <= 1.5


# --- Importing the course ---------------------------------------------------------------------


def test_the_import_sets_large_pages_and_leaves_the_rest_alone():
    code = (
        "import os, sys, json\nimport course_utils\n"
        "names = ('torchvision', 'pandas', 'accelerate', 'fastai')\n"
        "late = [name for name in names if name in sys.modules]\n"
        "print(json.dumps([os.environ['THP_MEM_ALLOC_ENABLE'], 'torch' in sys.modules, late]))"
    )
    assert in_new_process(code) == ["1", True, []]


# --- Threads ----------------------------------------------------------------------------------


@pytest.fixture
def no_wish(monkeypatch):
    """Four threads, nothing set by hand, nothing chosen yet; afterwards all as it was."""
    before = torch.get_num_threads()
    for name in ("COURSE_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(machine, "_chosen", None)
    monkeypatch.setattr(machine, "_most", 1)
    torch.set_num_threads(4)
    yield monkeypatch
    torch.set_num_threads(before)


def choose(monkeypatch, free):
    monkeypatch.setattr(machine, "free_cores", lambda: free)
    chosen = machine.choose_threads()
    assert torch.get_num_threads() == chosen
    return chosen


def test_threads_follow_the_free_cores(no_wish):
    assert [choose(no_wish, free) for free in (3, 0, 1, 16, 2)] == [3, 1, 1, 4, 2]


def test_course_threads_overrides(no_wish):
    torch.set_num_threads(3)
    no_wish.setenv("COURSE_THREADS", "2")
    assert choose(no_wish, free=1) == 2


@pytest.mark.parametrize("wish, chosen", [("2 ", 2), (" 2\n", 2), (" ", 1), ("", 1)])
def test_blanks_around_course_threads_do_not_count(no_wish, wish, chosen):
    no_wish.setenv("COURSE_THREADS", wish)
    assert choose(no_wish, free=1) == chosen


@pytest.mark.parametrize("wish", ["0", "two", "-1", "1.5", "²"])
def test_course_threads_must_be_a_number(no_wish, wish):
    no_wish.setenv("COURSE_THREADS", wish)
    with pytest.raises(ValueError, match=f"COURSE_THREADS is '{wish}': set it to a whole number"):
        machine.choose_threads()


@pytest.mark.parametrize("name", ["OMP_NUM_THREADS", "MKL_NUM_THREADS"])
def test_what_the_environment_says_stays(no_wish, name):
    no_wish.setenv(name, "4")
    assert choose(no_wish, free=1) == 4


def test_what_the_program_says_stays(no_wish):
    assert choose(no_wish, free=3) == 3
    torch.set_num_threads(2)
    assert choose(no_wish, free=4) == choose(no_wish, free=1) == 2


def test_one_core_is_not_watched(no_wish):
    torch.set_num_threads(1)
    no_wish.setattr(machine, "free_cores", lambda: pytest.fail("it was"))
    assert machine.choose_threads() == 1


@pytest.mark.parametrize(
    "busy, free",
    [
        ([0, 0, 0, 0], 4),
        ([0.05, 0.05, 0.1, 0.05], 4),  # a desktop's background noise
        ([1, 0, 0, 0], 3),
        ([0.25, 0.25, 0.25, 0.25], 3),  # one busy process that wanders between the cores
        ([0.5, 0, 0, 0], 3),
        ([1, 1, 1, 1], 0),
    ],
)
@pytest.mark.parametrize("quota, most", [(None, 9), ("max 100000", 9), ("250000 100000", 2)])
def test_free_cores(monkeypatch, tmp_path, busy, free, quota, most):
    """Cores that were busy for these shares of the time between two looks at them."""
    looks = iter([[100.0] * 4, [100 + 2 * (1 - share) for share in busy]])
    clock = iter([5.0, 7.0])
    monkeypatch.setattr(
        psutil, "cpu_times", lambda percpu: [SimpleNamespace(idle=idle) for idle in next(looks)]
    )
    monkeypatch.setattr(machine, "_allowed_cores", lambda: [0, 1, 2, 3])
    monkeypatch.setattr(machine.time, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(machine, "QUOTA", tmp_path / "cpu.max")
    if quota:
        machine.QUOTA.write_text(quota, encoding="ascii")
    assert machine.free_cores(window=0) == min(free, most)


@pytest.mark.parametrize("there", [True, False])
def test_only_cores_that_this_process_may_use_are_watched(monkeypatch, there):
    monkeypatch.setattr(psutil, "cpu_count", lambda: 4)
    if there:
        monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {1, 3}, raising=False)
    else:  # macOS and Windows
        monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert machine._allowed_cores() == ([1, 3] if there else [0, 1, 2, 3])


def test_a_busy_machine_gets_one_thread(no_wish):
    """Every core is kept busy for real, whatever else runs here."""
    command = [sys.executable, "-c", "print('here', flush=True)\nwhile True: pass"]
    busy = [
        subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(psutil.cpu_count() or 1)
    ]
    try:
        for process in busy:
            assert process.stdout
            process.stdout.readline()
        assert machine.choose_threads() == 1
    finally:
        for process in busy:
            process.kill()
            process.communicate()
