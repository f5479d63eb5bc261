"""Questions about what learns: which parameters the optimizer has, and which a gradient reaches.
And one about the data: whether the order of the texts gives their labels away."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from course_utils.probing.probe import Probe, Unchecked, copied

FEW = 3  # names that a sentence lists


def listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(names[:FEW]) + more


def hidden_parts(model: nn.Module) -> Iterator[str]:
    """Names of modules and parameters in plain lists, tuples and dicts, which PyTorch can't see."""
    known = {id(p) for p in model.parameters()}
    for name, module in model.named_modules():
        for attribute, value in vars(module).items():
            if attribute.startswith("_") or not isinstance(value, list | tuple | dict):
                continue
            if any(id(p) not in known for p in _parameters_in(value)):
                yield f"{name}.{attribute}".lstrip(".")


def _parameters_in(value: Any) -> Iterator[nn.Parameter]:
    if isinstance(value, nn.Parameter):
        yield value
    elif isinstance(value, nn.Module):
        yield from value.parameters()
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _parameters_in(part)
    elif isinstance(value, dict):
        yield from _parameters_in(list(value.values()))


def _given_to(optimizer: Any) -> set[int]:
    """Identities of the parameters of an optimizer: PyTorch's, fastai's, or a list of them."""
    if hasattr(optimizer, "all_params"):
        return {id(p) for p, *_ in optimizer.all_params()}
    groups = getattr(optimizer, "param_groups", None)
    if groups is None:
        return {id(p) for p in optimizer}
    return {id(p) for group in groups for p in group["params"]}


def missing(model: nn.Module, optimizer: Any) -> str | None:
    """Whether parameters that should learn aren't in the optimizer."""
    hidden = list(hidden_parts(model))
    if hidden:
        return (
            f"{listed(hidden)} holds layers in a plain list or dict: the model doesn't know of "
            "their parameters, and no optimizer will get them. Use nn.ModuleList."
        )
    if optimizer is None:
        raise Unchecked("no optimizer is given")
    given = _given_to(optimizer)
    left_out = [n for n, p in model.named_parameters() if p.requires_grad and id(p) not in given]
    if not left_out:
        return None
    return f"The optimizer doesn't have {listed(left_out)}: they will never change."


def standing_still(probe: Probe, frozen: Iterable[str]) -> str | None:
    """Whether parameters are frozen that weren't named, or get no gradient in training."""
    allowed = tuple(frozen)
    names = [n for n, p in probe.original.named_parameters() if not p.requires_grad]
    unnamed = [n for n in names if not n.startswith(allowed)]
    if unnamed:
        return (
            f"{listed(unnamed)} is frozen. If it should train, unfreeze it (`from_pretrained` "
            "freezes by default); if not, name it: frozen=[…]."
        )
    gradients = gradients_of(probe)
    if not gradients:
        return "No gradient reaches any parameter in training: unused, or cut off."
    untouched = [name for name, gradient in gradients.items() if _is_untouched(gradient)]
    if untouched:
        return f"No gradient reaches {listed(untouched)} in training: unused, or cut off."
    return None


def gradients_of(probe: Probe) -> dict[str, Tensor | None]:
    """What three backward passes give each parameter that trains; {} if none can get anything."""
    if int(probe.texts.n_words().max()) < 2:
        raise Unchecked("no text has two words")
    network = copied(probe.copy).train()
    for seed in range(3):
        answers = probe.run(network, probe.texts, seed)
        if not answers.requires_grad:
            return {}
        weights = torch.randn(answers.shape, generator=torch.Generator().manual_seed(seed))
        (answers * weights.to(answers)).sum().backward()
        network = network if not probe.always_fresh else _with_gradients(probe, network)
    return {n: _dense(p.grad) for n, p in network.named_parameters() if p.requires_grad}


def _with_gradients(probe: Probe, network: nn.Module) -> nn.Module:
    """A copy without what the last call left behind, but with its gradients."""
    again = probe.fresh().train()
    for new, old in zip(again.parameters(), network.parameters(), strict=True):
        new.grad = old.grad
    return again


def _dense(gradient: Tensor | None) -> Tensor | None:
    return gradient.to_dense() if gradient is not None and gradient.is_sparse else gradient


def _is_untouched(gradient: Tensor | None) -> bool:
    """No gradient at all, or one of zeros. A single number may have one that cancels out."""
    return gradient is None or (gradient.numel() > 1 and not bool(gradient.any()))


def order(labels: Tensor | None) -> str | None:
    """Whether neighbours share their label far more often than shuffled texts would."""
    if labels is None or labels.ndim != 1 or labels.is_floating_point():
        raise Unchecked("no classes are given")
    n = len(labels)
    counts = torch.unique(labels, return_counts=True)[1].double()
    if n < 16:
        raise Unchecked("it takes 16 labels to speak of an order")
    if len(counts) == 1:
        return f"All {n} labels are the same: the texts come sorted by class, or are too few."
    expected = float((counts * (counts - 1)).sum() / (n * (n - 1)))
    observed = (labels[1:] == labels[:-1]).double().mean().item()
    spread = (expected * (1 - expected) / (n - 1)) ** 0.5
    if observed - expected < 5 * spread or observed < (1 + expected) / 2:
        return None
    return (
        f"{observed:.0%} of the texts have their predecessor's label, where {expected:.0%} would "
        "by chance: they come sorted by class. Shuffle before training, and before splitting."
    )
