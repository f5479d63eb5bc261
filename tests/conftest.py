"""What all tests share: the embedded corpus, and the same random examples in every run.
So a pass is a pass, on every machine and every day."""

import os
import sys
from pathlib import Path

import torch
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # where `pytest` was called and not `python -m pytest`

os.environ["COURSE_DATA"] = "mini"
settings.register_profile(
    "course",
    max_examples=int(os.environ.get("HYPOTHESIS_MAX_EXAMPLES", 50)),
    deadline=None,
    derandomize=True,
)
settings.load_profile("course")
torch.backends.cudnn.allow_tf32 = False  # tolerances are those of float32
