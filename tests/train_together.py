"""What test_training starts in one or two processes: a small training with length buckets; the history goes to a file.

[torchrun --nproc_per_node 2] tests/train_together.py FOLDER EPOCHS [STEPS]     with STEPS: break down after so many steps
"""

import os
import sys
from pathlib import Path

import torch
from torch.utils.data import DataLoader

sys.path.insert(0, str(Path(__file__).parent))
from test_training import Broken, Classifier, articles, breaking, collate  # noqa: E402

from course_utils.batching import LengthBuckets  # noqa: E402
from course_utils.training import fit  # noqa: E402


def main(folder: str, epochs: str, steps: str | None = None) -> None:
    torch.set_num_threads(1)

    def batches(pairs):
        return DataLoader(
            pairs,
            batch_sampler=LengthBuckets([len(d) for d, _ in pairs], tokens=250, ranks=2),
            collate_fn=collate,
        )

    model = Classifier()
    model.dropout.p = 0.0  # every process draws masks of its own
    train, valid = batches(articles(63)), batches(articles(31, seed=1))
    try:
        history = fit(
            model,
            breaking(train, after=int(steps)) if steps else train,
            valid,
            epochs=int(epochs),
            lr=0.02,
            checkpoint=Path(folder, "checkpoint") if steps else None,
        )
    except Broken:
        sys.exit(3)
    rank = os.environ.get("RANK", "alone")
    history.to_json(Path(folder, f"history-{rank}.json"), orient="records", double_precision=15)
    torch.save(model.state_dict(), Path(folder, f"weights-{rank}.pt"))


if __name__ == "__main__":
    main(*sys.argv[1:])
