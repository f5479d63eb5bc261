"""What an error of torch or NumPy, or a nan, usually comes from, in a sentence.
Only messages whose cause is nearly always the same have one."""

import re
import traceback
from pathlib import Path

NAN = "nan comes from 0 / 0, 0 * inf, inf - inf, or a softmax over nothing but minus infinity"
MAX = "with a dimension this gives two tensors, values and indices: take .values or .indices"
HALF = "half precision keeps three digits (bfloat16 two): stay with float32"
LOSS = (
    "an option of a loss got a whole tensor. First make the loss, nn.CrossEntropyLoss(), then call "
    "it with scores and targets"
)
_ERRORS = (
    (
        r"must match the size of tensor|could not be broadcast together",
        "sizes are compared from the right; x[:, None] or keepdim=True adds an axis of length 1 "
        "where one is missing",
    ),
    (
        r"return_types\.(max|min|sort|topk)",
        MAX,
    ),
    (
        r"size mismatch, got|shapes cannot be multiplied|first two dimensions of batch2",
        "in A @ B the last size of A must be the last but one of B (of a vector its only one). Is "
        "a transpose missing, or one too many?",
    ),
    (
        r"Boolean value of Tensor with more than one|truth value of an array with more than one",
        "an `if`, `and` or `not` got a whole tensor, which is neither true nor false. torch.where "
        "or np.where decides for each entry; .any() and .all() ask about all of them",
    ),
    (
        r"Expected target size",
        "cross_entropy looks for the classes on axis 1: flatten both to (B * T, V) and (B * T), or "
        "transpose(1, 2) the scores",
    ),
    (
        r"is invalid for input of size|cannot reshape array of size",
        "the new shape must hold exactly as many numbers: cut off first what is left over",
    ),
    (
        r"index \d+ is out of bounds",
        "places run from 0 to size - 1. Is one a step too far, or a size a fixed number?",
    ),
    (
        r"step must be greater than zero|negative step",
        "tensors take no negative step: x.flip(0) turns one round",
    ),
    (
        r"created only for scalar outputs",
        "backward() starts from one number: take the sum first",
    ),
    (
        r"same dtype|expected scalar type|dtype mismatch",
        "two kinds of numbers meet, such as float32 and int64: .float() or .to(other) converts",
    ),
    (
        r"too many dimensions 'str'|can't convert np.ndarray of type numpy.str_",
        "tensors hold numbers, not texts: stay with lists, or use np.array",
    ),
)
_OPTIONS_OF_A_LOSS = ("/torch/nn/modules/loss.py", "/torch/nn/_reduction.py")


def advice_on(error: BaseException) -> str:
    """What an error usually comes from; nothing where that can't be said."""
    found = [says for pattern, says in _ERRORS if re.search(pattern, str(error))]
    if found and "more than one" in str(error) and _in_a_loss(error):
        return LOSS
    return found[0] if found else ""


def _in_a_loss(error: BaseException) -> bool:
    """Whether a loss raised it, and not a line of the learner's."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and Path(frames[-1].filename).as_posix().endswith(_OPTIONS_OF_A_LOSS)
