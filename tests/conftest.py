"""What all tests share: the embedded corpus, and the same random examples in every run, so that a pass is a pass."""

import os

import torch
from hypothesis import settings

os.environ["COURSE_DATA"] = "mini"
settings.register_profile(
    "course",
    max_examples=int(os.environ.get("HYPOTHESIS_MAX_EXAMPLES", 50)),
    deadline=None,
    derandomize=True,
)
settings.load_profile("course")
torch.backends.cudnn.allow_tf32 = False  # tolerances are those of float32
