"""Two notebooks at once, a full disk, a home that can't be written, a kill in the middle: in real
processes, on real small file systems. Nothing finished is lost, and the next run works."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from servers import Silent, serving

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.training

BODIES = {"train.csv": b"Sport;eins\n" * 4000, "test.csv": b"Web;zwei\n" * 200_000}
SUMS = {name: hashlib.sha256(body).hexdigest() for name, body in BODIES.items()}
FETCH = f"""
import sys
from course_utils.fetch import DownloadError, fetch_gnad
try:
    print(fetch_gnad(sys.argv[1], sys.argv[2], {SUMS!r}))
except DownloadError as error:
    sys.exit(str(error))
"""


class Handler(Silent):
    """Serves the two files; `stalls` names one that stops in its middle."""

    def do_GET(self):
        body = BODIES[self.path.rpartition("/")[2]]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        stalls = self.path.endswith(self.server.stalls)
        self.wfile.write(body[: len(body) // 2] if stalls else body)
        self.wfile.flush()
        if stalls:
            self.server.halfway.set()
            self.server.over.wait(120)


@pytest.fixture
def server():
    with serving(Handler, stalls="nothing", halfway=threading.Event()) as served:
        yield served


def environment(**more):
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    quiet = {"TQDM_DISABLE": "1", "NO_PROXY": "*", "PYTHONIOENCODING": "utf-8"}
    return {**os.environ, **quiet, "PYTHONPATH": paths, **more}


def python(script, *arguments, before=(), **more):
    """The script in a process of its own; both streams are texts."""
    return subprocess.Popen(
        [*before, sys.executable, "-c", script, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(**more),
    )


def said(process):
    """(status, stdout, stderr) once it has ended."""
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def mounted(folder, options):
    """What a command is begun with to find a small file system of its own in `folder`."""
    rights = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    script = f'mount -t tmpfs -o {options} none "$0" && exec "$@"'
    return ["unshare", "--mount", *rights, "sh", "-c", script, str(folder)]


def can_mount(folder="/mnt"):
    """Whether this system lets us have one: Linux, as root or with user namespaces."""
    if not sys.platform.startswith("linux") or shutil.which("unshare") is None:
        return False
    command = [*mounted(folder, "size=64k"), "true"]
    return subprocess.run(command, capture_output=True).returncode == 0


needs_mount = pytest.mark.skipif(not can_mount(), reason="no right to mount a small file system")

# --- Two notebooks at once ------------------------------------------------------------------------


def test_two_notebooks_that_keep_at_once_lose_nothing(tmp_path):
    script = """
import sys
from course_utils.learner_file import note
for i in range(60):
    problem = note("exercises", f"{sys.argv[1]}-{i}", {"solved": True})
    assert not problem, problem
"""
    both = [python(script, name, COURSE_CACHE=str(tmp_path)) for name in ("a", "b")]
    assert [said(process)[::2] for process in both] == [(0, ""), (0, "")]
    kept = json.loads((tmp_path / "progress.json").read_text(encoding="utf-8"))["exercises"]
    assert len(kept) == 120


def test_two_notebooks_that_fetch_at_once_both_have_it(server, tmp_path):
    both = [python(FETCH, tmp_path, server.url) for _ in range(2)]
    assert [said(process)[0] for process in both] == [0, 0]
    assert {p.name: p.read_bytes() for p in (tmp_path / "10kGNAD").iterdir()} == BODIES


# --- Killed in the middle -------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL there")
def test_a_kill_in_mid_download_leaves_what_is_finished_and_no_half_file(server, tmp_path):
    server.stalls = "test.csv"
    process = python(FETCH, tmp_path, server.url)
    assert server.halfway.wait(120)
    process.send_signal(signal.SIGKILL)
    assert said(process)[0] == -signal.SIGKILL
    folder = tmp_path / "10kGNAD"
    assert (folder / "train.csv").read_bytes() == BODIES["train.csv"]
    assert not (folder / "test.csv").exists()
    server.stalls = "nothing"
    status, _, error = said(python(FETCH, tmp_path, server.url))
    assert (status, (folder / "test.csv").read_bytes()) == (0, BODIES["test.csv"]), error


TRAIN = """
import hashlib, sys
import torch
from training_helpers import Classifier, articles, buckets, collate
from course_utils.training import fit

def spoken(pairs):
    print("batch", flush=True)
    return collate(pairs)

batches = buckets(articles())
batches.collate_fn = spoken
model = Classifier()
fit(model, batches, epochs=4, lr=0.02, checkpoint=sys.argv[1] or None)
weights = torch.cat([value.flatten() for value in model.state_dict().values()])
print(hashlib.sha256(weights.numpy().tobytes()).hexdigest())
"""


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL there")
def test_a_kill_in_mid_training_costs_no_finished_epoch(tmp_path):
    status, out, error = said(python(TRAIN, "", COURSE_THREADS="1"))
    assert status == 0, error
    *lines, whole = out.split("\n")[:-1]
    an_epoch = len(lines) // 4
    for batches in (an_epoch + 2, 2 * an_epoch + 1):  # of what is left after the kill before
        process = python(TRAIN, tmp_path, COURSE_THREADS="1")
        for _ in range(batches):
            assert process.stdout.readline() == "batch\n"
        process.send_signal(signal.SIGKILL)
        said(process)
    status, out, error = said(python(TRAIN, tmp_path, COURSE_THREADS="1"))
    assert status == 0, error
    assert out.split("\n")[-2] == whole
    assert out.count("batch") <= 2 * an_epoch
    assert sorted(path.name for path in tmp_path.iterdir()) == ["epoch4", "history.json"]


# --- A full disk, a home that can't be written ----------------------------------------------------


@needs_mount
def test_a_full_disk_is_named_in_one_sentence_and_keeps_what_is_finished(server, tmp_path):
    """The first file fits, the second does not; with more room the next run fetches that one."""
    listing = f"""
import pathlib, subprocess, sys
run = [sys.executable, "-c", {FETCH!r}, *sys.argv[1:]]
done = subprocess.run(run, capture_output=True, encoding="utf-8")
print(done.returncode, done.stderr.strip().splitlines()[-1])  # above it pooch tells what it does
print(sorted(path.name for path in pathlib.Path(sys.argv[1]).rglob("*.csv")))
subprocess.run(["mount", "-o", "remount,size=16m", sys.argv[1]], check=True)
print(subprocess.run(run, capture_output=True, encoding="utf-8").returncode)
print(sorted(path.name for path in pathlib.Path(sys.argv[1]).rglob("*.csv")))
"""
    before = mounted(tmp_path, "size=200k")
    status, out, error = said(python(listing, tmp_path, server.url, before=before))
    assert status == 0, error
    first, *rest = out.strip().split("\n")
    assert first.startswith("1 Could not store http") and "No space left on device" in first
    assert "COURSE_CACHE" in first
    assert rest == ["['train.csv']", "0", "['test.csv', 'train.csv']"]


@needs_mount
def test_on_a_full_disk_a_training_goes_on_and_says_so(tmp_path):
    before = mounted(tmp_path, "size=8k")
    status, out, error = said(python(TRAIN, tmp_path, before=before, COURSE_THREADS="1"))
    assert status == 0, error
    assert "could not be written" in error and "training goes on" in error
    assert out.split("\n")[-2] == said(python(TRAIN, "", COURSE_THREADS="1"))[1].split("\n")[-2]


@needs_mount
def test_on_a_full_disk_a_guess_costs_one_sentence_and_keeps_the_file(tmp_path):
    script = """
import pathlib, sys
from course_utils.learner_file import note, progress_file
assert not note("predictions", "a", {"guess": 1})
before = progress_file().read_bytes()
filler = pathlib.Path(sys.argv[1], "filler").open("wb", buffering=0)
try:
    while True:
        filler.write(bytes(4096))
except OSError:
    pass
print(note("predictions", "b", {"guess": "x" * 9000}))
assert progress_file().read_bytes() == before
"""
    run = python(script, tmp_path, before=mounted(tmp_path, "size=64k"), COURSE_CACHE=str(tmp_path))
    status, out, error = said(run)
    assert status == 0, error
    assert out.startswith("Not kept: ") and "No space left on device" in out
    assert out.count("\n") == 1


@needs_mount
def test_with_a_read_only_home_the_course_runs_and_says_what_it_cannot_keep(server, tmp_path):
    script = f"""
import sys
from course_utils import guess, load_gnad, load_vectors
from course_utils.learner_file import note
train, test = load_gnad()
load_vectors()
print(len(train) > len(test))
print(note("exercises", "a", {{"solved": True}}))
from course_utils.fetch import DownloadError, data_folder, fetch_gnad
try:
    fetch_gnad(data_folder(), {server.url!r}, {SUMS!r})
except DownloadError as error:
    print(error)
"""
    more = {"HOME": str(tmp_path), "COURSE_CACHE": "", "XDG_CACHE_HOME": "", "COURSE_DATA": ""}
    run = python(script, before=mounted(tmp_path, "ro"), **more)
    status, out, error = said(run)
    assert status == 0, error
    *_, read, kept, fetched = out.strip().split("\n")
    assert read == "True"
    assert kept.startswith("Not kept: ") and "Read-only file system" in kept
    assert fetched.startswith("Could not store http") and "Read-only file system" in fetched
    assert "COURSE_CACHE" in kept and "COURSE_CACHE" in fetched
