"""Exhibits of the training loop: what a step is made of, in which order, and what is kept.
Such loops run to the end and print a falling loss; only a step taken apart shows the fault."""

from types import ModuleType

import torch
from torch import Tensor, nn

from course_utils.museum.exhibit import Exhibit

# --- One step -------------------------------------------------------------------------------------


def _gradients_of_equal_steps(m: ModuleType) -> list[float]:
    """Norms of the gradient in three steps on one batch that change nothing."""
    model = nn.Linear(4, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    x = torch.eye(4)
    norms = []
    for _ in range(3):
        m.update(model, optimizer, x, torch.tensor([0, 1, 2, 0]), clip=1e9)
        assert model.weight.grad is not None
        norms.append(model.weight.grad.norm().item())
    return norms


def _growing(m: ModuleType) -> str:
    first, *later = _gradients_of_equal_steps(m)
    return (
        "gradient of one batch in three steps at learning rate 0, without clipping: 1 : "
        + " : ".join(f"{norm / first:.0f}" for norm in later)
    )


NO_ZERO_GRAD = Exhibit(
    key="no zero_grad",
    title="A gradient that grows by itself",
    old="    optimizer.zero_grad()\n",
    new="",
    symptom=_growing,
    detect=lambda m, g: (lambda n: n[2] > 1.5 * n[0])(_gradients_of_equal_steps(m)),
    diagnoses={
        "Gradients of earlier steps are still there.": "Yes. `backward` adds. Without `zero_grad` "
        "each step follows the sum of all batches so far (clipping shrinks it, and hides this).",
        "The gradients explode through time.": "There is no time here: it is one linear layer.",
        "The loss isn't averaged.": "Then it would be too large from the first step on.",
    },
    mend="`optimizer.zero_grad()` before each `backward`.",
    test="Make three steps at learning rate 0: three equal gradients.",
    thread="https://github.com/huggingface/transformers/issues/340",
)


def _longest_step(m: ModuleType) -> float:
    """How far the weights move in a step whose gradient is clipped to 1, at learning rate 1."""
    model = nn.Linear(4, 3)
    x = 100 * torch.ones(1, 4)
    before = nn.utils.parameters_to_vector(model.parameters()).detach().clone()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    m.update(model, optimizer, x, model(x).argmin(dim=1), clip=1.0)
    return (nn.utils.parameters_to_vector(model.parameters()) - before).norm().item()


LATE_CLIP = Exhibit(
    key="late clipping",
    title="Clipped, and still a leap",
    old="    nn.utils.clip_grad_norm_(model.parameters(), clip)\n    optimizer.step()\n",
    new="    optimizer.step()\n    nn.utils.clip_grad_norm_(model.parameters(), clip)\n",
    symptom=lambda m: (
        f"gradient clipped to 1, learning rate 1; length of the step: {_longest_step(m):.0f}"
    ),
    detect=lambda m, g: _longest_step(m) > 1.01,
    diagnoses={
        "The gradient is clipped after the step.": "Yes. The step has been taken with the whole "
        "gradient; what is clipped then is thrown away.",
        "Clipping works on each layer alone.": "`clip_grad_norm_` takes all it is given together.",
        "The momentum adds up.": "There is none, and this is the first step.",
    },
    mend="Backward, clip, step: in this order.",
    test="Make a step at learning rate 1 on a huge gradient: it is no longer than the clip.",
    thread="https://github.com/jongwook/onsets-and-frames/issues/24",
)


def _times_the_batch(m: ModuleType, n: int) -> float:
    """The gradient of n documents that come one at a time, as a multiple of the batch's."""
    model = nn.Linear(4, 3)
    x = torch.randn(n, 4)
    y = torch.arange(n) % 3
    m.gradient_of(model, [(x[i : i + 1], y[i : i + 1]) for i in range(n)])
    assert model.weight.grad is not None
    one_by_one = model.weight.grad.clone()
    model.zero_grad()
    m.class_loss(model(x), y).backward()
    return (one_by_one.norm() / model.weight.grad.norm()).item()


SUMMED = Exhibit(
    key="summed gradients",
    title="Sixty-four times the step",
    old="(loss / len(documents)).backward()",
    new="loss.backward()",
    symptom=lambda m: (
        "gradient of 64 documents one at a time, as a multiple of that of one batch of 64: "
        f"{_times_the_batch(m, 64):.0f}"
    ),
    detect=lambda m, g: abs(_times_the_batch(m, 4) - 1) > 0.01,
    diagnoses={
        "The gradients are added, not averaged.": "Yes. With SGD a learning rate found on batches "
        "is then 64 times too high. Adam divides the factor away, but clipping meets the sum "
        "(notebook 03). (In the thread it was a change of convention; its author saw no large "
        "difference.)",
        "`zero_grad` is missing.": "It is called once before the 64, as it should be.",
        "The documents are counted twice.": "Then it would be two, not 64.",
    },
    mend="Divide each loss by the number of documents that make a step.",
    test="Compare with the gradient of one batch of the same documents: equal.",
    thread="https://github.com/facebookresearch/ParlAI/pull/1833",
)

# --- What is kept ---------------------------------------------------------------------------------


def _kept(m: ModuleType, scores: list[float]) -> int:
    """The number of the epoch whose weights are kept, for given validation scores."""
    model = nn.Linear(1, 1)

    def epoch(number: int):
        def run() -> float:
            with torch.no_grad():
                model.weight.fill_(number)
            return scores[number]

        return run

    return int(m.best_weights(model, map(epoch, range(len(scores))))["weight"])


BEST_IS_LAST = Exhibit(
    key="best is last",
    title="The best epoch, and other weights",
    old="weights = copy.deepcopy(model.state_dict())",
    new="weights = model.state_dict()",
    symptom=lambda m: (
        "validation accuracy .6, .9, .7, .5; the weights kept are those of epoch "
        f"{1 + _kept(m, [0.6, 0.9, 0.7, 0.5])}"
    ),
    detect=lambda m, g: _kept(m, [0.2, 0.8, 0.1]) != 1,
    diagnoses={
        "The kept weights are the model's own.": "Yes. `state_dict` hands out the tensors "
        "themselves, and training goes on in them.",
        "`>` should be `<`.": "Accuracy is better when larger.",
        "Validation is measured in training mode.": "That would blur the scores, not move the "
        "weights.",
    },
    mend="`copy.deepcopy(model.state_dict())`, or write them to a file.",
    test="Run three epochs with the scores .2, .8, .1: the second one's weights are kept.",
    thread="https://github.com/pytorch/tutorials/pull/188",
)


def _asked_twice(m: ModuleType, x: Tensor) -> float:
    model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 3)).train()
    return (m.scores(model, x) - m.scores(model, x)).abs().max().item()


NO_EVAL = Exhibit(
    key="no eval",
    title="An accuracy that changes when you look",
    old="    model.eval()\n    logits = model(x)\n",
    new="    logits = model(x)\n",
    symptom=lambda m: (
        "the same held-out texts, scored twice after an epoch: equal scores? "
        f"{'yes' if _asked_twice(m, torch.ones(5, 4)) == 0 else 'no'}"
    ),
    detect=lambda m, g: _asked_twice(m, torch.randn(9, 4, generator=g)) > 0,
    diagnoses={
        "The model is still in training mode.": "Yes. Dropout drops, batch norm takes the test "
        "batch's own mean. `no_grad` has nothing to do with it.",
        "`no_grad` is missing.": "It is there. It saves memory and leaves dropout alone.",
        "The texts come shuffled.": "They come in one order.",
    },
    mend="`model.eval()` before; afterwards the mode that the model had.",
    test="Score a model with dropout twice: the same scores.",
    thread="https://github.com/flairNLP/flair/issues/216",
)

EXHIBITS = [NO_ZERO_GRAD, LATE_CLIP, SUMMED, BEST_IS_LAST, NO_EVAL]
