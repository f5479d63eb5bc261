"""What test_training_processes starts in one or two processes: a small training with length
buckets. History and weights go to files.

[torchrun --nproc_per_node 2] tests/train_together.py FOLDER EPOCHS [STEPS [TRAIN VALID]]
STEPS: break down after so many steps; TRAIN, VALID: the numbers of documents
"""

import os
import sys
from pathlib import Path

import torch
from torch.utils.data import DataLoader

sys.path.insert(0, str(Path(__file__).parent))
from training_helpers import Broken, Classifier, articles, breaking, collate  # noqa: E402

from course_utils.batching import LengthBuckets  # noqa: E402
from course_utils.training import fit  # noqa: E402


def batches(pairs, ranks: int) -> DataLoader:
    sampler = LengthBuckets([len(d) for d, _ in pairs], tokens=250, ranks=ranks)
    return DataLoader(pairs, batch_sampler=sampler, collate_fn=collate)


def main(folder: str, epochs: str, steps: str = "", n_train: str = "63", n_valid: str = "31"):
    torch.set_num_threads(1)
    model = Classifier()
    model.dropout.p = 0.0  # every process draws masks of its own
    train = batches(articles(int(n_train)), ranks=min(2, int(n_train)))
    valid = batches(articles(int(n_valid), seed=1), ranks=min(2, int(n_valid)))
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
