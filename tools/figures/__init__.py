"""Draws every figure in img/ from code, so that each label and number in them can be checked.
One module a figure or a family of figures; `python -m tools.figures` draws all, or those named."""

from . import (
    architecture,
    bidirectional,
    contextual,
    cover,
    dropouts,
    lstm,
    news,
    packing,
    playground,
    reach,
    recurrent,
    seq2seq,
    transfer,
)
from .drawing import ALT, FIGURES, draw

MODULES = (
    recurrent,
    lstm,
    packing,
    bidirectional,
    news,
    dropouts,
    reach,
    contextual,
    seq2seq,
    transfer,
    playground,
    cover,
    architecture,
)
__all__ = ["ALT", "FIGURES", "MODULES", "draw"]
