"""Tests of training in several processes: two learn what one learns, also after a break.
What each of them runs is train_together.py."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch
from training_helpers import same_threads  # noqa: F401 (a fixture)

ONE_THREAD = {"OMP_NUM_THREADS": "1", "COURSE_THREADS": "1"}
needs_gloo = pytest.mark.skipif(
    sys.platform == "win32",
    reason="gloo under torchrun needs libuv, which torch's Windows wheels lack",
)


def together(folder, processes, *arguments):
    """Runs train_together.py in one process, or in several under torchrun."""
    launcher = (
        []
        if processes == 1
        else [
            "-m",
            "torch.distributed.run",
            "--standalone",
            "--local-addr",
            "127.0.0.1",
            "--nproc_per_node",
            str(processes),
        ]
    )
    script = Path(__file__).with_name("train_together.py")
    command = [sys.executable, *launcher, str(script), str(folder), *map(str, arguments)]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        env={**os.environ, **ONE_THREAD, "CUDA_VISIBLE_DEVICES": ""},
    )


@needs_gloo
@pytest.mark.training
def test_two_processes_learn_as_one_and_resume(tmp_path):
    """The same global batches: the same losses and weights in both, also after a break."""
    alone = tmp_path / "alone"
    pair = tmp_path / "pair"
    alone.mkdir(), pair.mkdir()
    assert together(alone, 1, 3).returncode == 0
    assert together(pair, 2, 3).returncode == 0
    expected, *histories = (
        pd.read_json(path).drop(columns="seconds")
        for path in (alone / "history-alone.json", pair / "history-0.json", pair / "history-1.json")
    )
    for history in histories:
        pd.testing.assert_frame_equal(history, expected, check_exact=False, rtol=0, atol=1e-4)
    truth, *weights = (
        torch.load(path)
        for path in (alone / "weights-alone.pt", pair / "weights-0.pt", pair / "weights-1.pt")
    )
    for name, value in truth.items():
        assert torch.equal(weights[0][name], weights[1][name])
        torch.testing.assert_close(weights[0][name], value, rtol=0, atol=1e-3)

    assert together(pair, 2, 3, 12).returncode != 0  # both break down in the middle of an epoch
    assert (pair / "checkpoint" / "history.json").is_file()
    assert together(pair, 2, 3, 10_000).returncode == 0
    for name, value in torch.load(pair / "weights-0.pt").items():
        assert torch.equal(value, weights[0][name])


@needs_gloo
@pytest.mark.parametrize("sizes", [(63, 1), (1, 31)])
@pytest.mark.training
def test_fewer_documents_than_processes_are_refused_before_training(tmp_path, sizes):
    run = together(tmp_path, 2, 3, 10_000, *sizes)
    assert run.returncode != 0
    assert "a document a rank; got 1 documents" in run.stderr
    assert "2 ranks" in run.stderr and "IndexError" not in run.stderr
    assert not list(tmp_path.iterdir())  # not one epoch
