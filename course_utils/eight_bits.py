"""Weights in eight bits: each row of a matrix as whole numbers from -127 to 127 and one scale.
A quarter of float32's size; what it costs stands in the model card, measured."""

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

SCALE = ".scale"
STEPS = 127


def pack(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Matrices (rows, columns) as int8 with a float32 scale (rows,) under NAME.scale; vectors stay
    as they are."""
    packed = {}
    for name, weight in weights.items():
        weight = weight.detach().float().cpu()
        if weight.dim() < 2:
            packed[name] = weight.contiguous()
            continue
        scale = weight.abs().amax(dim=1).clamp(min=1e-12) / STEPS
        packed[name] = (weight / scale[:, None]).round().to(torch.int8)
        packed[name + SCALE] = scale
    return packed


def unpack(packed: dict[str, Tensor]) -> dict[str, Tensor]:
    """float32 weights of what `pack` made."""
    weights = {}
    for name, value in packed.items():
        if name.endswith(SCALE):
            continue
        scale = packed.get(name + SCALE)
        weights[name] = value if scale is None else value.float() * scale[:, None]
    return weights


def save_packed(weights: dict[str, Tensor], path: Path, metadata: dict[str, str]) -> None:
    """`pack` into a safetensors file; nothing half-written stays."""
    scratch = path.with_name(f"{path.name}.new")
    save_file(pack(weights), scratch, metadata)
    scratch.chmod(0o644)  # safetensors writes for the owner alone
    scratch.replace(path)


def load_packed(path: Path) -> dict[str, Tensor]:
    """`unpack` of a file of `save_packed`. `ValueError` names a file that is missing or damaged."""
    try:
        return unpack(load_file(path))
    except (OSError, SafetensorError) as error:
        raise ValueError(f"{path} cannot be read: {error}. Install the course anew.") from error
