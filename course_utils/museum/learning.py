"""Exhibits of learning: what never reaches the optimizer, and what reaches it twice.
A network with a part that stands still can learn with the rest, and says nothing."""

import math
import warnings
from types import ModuleType

import torch
from torch import Tensor, nn

from course_utils.museum.exhibit import Exhibit

# --- Parameters -----------------------------------------------------------------------------------


def _n_parameters(m: ModuleType) -> int:
    return sum(p.numel() for p in m.Stacked(8, 3).parameters())


PLAIN_LIST = Exhibit(
    key="plain list",
    title="Three layers, no weights",
    old="self.layers = nn.ModuleList(",
    new="self.layers = list(",
    symptom=lambda m: f"parameters of three LSTM layers: {_n_parameters(m):,}",
    detect=lambda m, g: _n_parameters(m) != 3 * 4 * 8 * (8 + 8 + 2),
    diagnoses={
        "The layers stand in a plain list.": "Yes. A module finds its parts among its attributes, "
        "not inside lists: they aren't trained, saved, moved to the GPU or set to evaluation. "
        "(On a GPU the program would stop.)",
        "The layers are frozen.": "Frozen parameters are parameters and would be counted.",
        "The LSTM makes its weights at the first call.": "It makes them when it is constructed.",
    },
    mend="`nn.ModuleList`, and count the parameters once.",
    test="Count the parameters, and compare with 4 H (H + H + 2) a layer.",
    thread="https://github.com/ikostrikov/pytorch-meta-optimizer/issues/11",
)


def _parts_that_learn(m: ModuleType) -> tuple[float, float]:
    """How far the reader and the head move in one step."""
    reader = m.LastWord(20, 4, 4)
    head = nn.Linear(4, 3)
    optimizer = m.optimizer_for(reader, head)
    before = [reader.lstm.weight_hh_l0.detach().clone(), head.weight.detach().clone()]
    x = torch.arange(2, 8).view(2, 3)
    m.class_loss(head(reader(x, torch.tensor([3, 3]))), torch.tensor([0, 2])).backward()
    optimizer.step()
    after = [reader.lstm.weight_hh_l0, head.weight]
    return tuple((a - b).norm().item() for a, b in zip(after, before, strict=True))


HALF_OPTIMIZER = Exhibit(
    key="half an optimizer",
    title="A layer that stands still",
    old="return torch.optim.SGD([*reader.parameters(), *head.parameters()], lr=lr)",
    new="return torch.optim.SGD([*reader.parameters()], lr=lr)",
    symptom=lambda m: "moved by one step: the LSTM {}, the deciding layer {}".format(
        *("yes" if x > 0 else "no" for x in _parts_that_learn(m))
    ),
    detect=lambda m, g: min(_parts_that_learn(m)) == 0,
    diagnoses={
        "The optimizer never got the deciding layer.": "Yes. The LSTM learns to please a random "
        "layer.",
        "The deciding layer gets no gradient.": "It gets one. Nobody uses it.",
        "The learning rate is too low.": "Then the LSTM would stand still, too.",
    },
    mend="Hand over the parameters of all parts; best, of one module that holds them.",
    test="Make one step: every part has moved.",
    thread="https://github.com/zjunlp/HVPNeT/issues/5",
)


def _vectors_moved(m: ModuleType) -> float:
    vectors = m.trainable_vectors(torch.randn(6, 3))
    before = vectors.weight.detach().clone()
    loss = (vectors(torch.tensor([[2, 3]])) * nn.Parameter(torch.ones(3))).sum()
    loss.backward()
    torch.optim.SGD(vectors.parameters(), lr=1.0).step()
    return (vectors.weight - before).norm().item()


FROZEN_VECTORS = Exhibit(
    key="frozen vectors",
    title="Fine-tuned, it says",
    old="return nn.Embedding.from_pretrained(matrix, freeze=False, padding_idx=PAD)",
    new="return nn.Embedding.from_pretrained(matrix, padding_idx=PAD)",
    symptom=lambda m: f"word vectors moved by a step of SGD: {_vectors_moved(m):.2f}",
    detect=lambda m, g: _vectors_moved(m) == 0,
    diagnoses={
        "`from_pretrained` freezes unless it is told not to.": "Yes. Accuracy with "
        "“fine-tuned” vectors is then, to the last digit, that with fixed ones. (In "
        "the thread vectors that had been cut apart came back frozen when they were put together.)",
        "Rare words get no gradient.": "The words of this batch get one, or would.",
        "`padding_idx` stops the gradient.": "For one row only.",
    },
    mend="`freeze=False`. And compare the vectors before and after.",
    test="Make one step: the vectors of the words that were read have moved.",
    thread="https://github.com/huggingface/optimum-graphcore/pull/304",
)

# --- Dropout --------------------------------------------------------------------------------------


def _twice(m: ModuleType, g: torch.Generator | None = None) -> float:
    network = m.Stacked(8, 2).eval()
    x = torch.randn(2, 5, 8, generator=g)
    return (network(x) - network(x)).abs().max().item()


DROPOUT_STAYS = Exhibit(
    key="dropout stays",
    title="Asked twice, answered twice",
    old="x = F.dropout(layer(x)[0], self.dropout, training=self.training)",
    new="x = F.dropout(layer(x)[0], self.dropout)",
    symptom=lambda m: (
        "the same text twice, after `model.eval()`: the same answer? "
        f"{'yes' if _twice(m) == 0 else 'no'}"
    ),
    detect=lambda m, g: _twice(m, g) > 0,
    diagnoses={
        "`F.dropout` doesn't know of `eval()`.": "Yes. It is a function, its `training` is True by "
        "default, and no module can switch it off. (In the thread True is written out, for a mask "
        "on the weights.)",
        "`eval()` doesn't reach layers in a ModuleList.": "It does; that is what ModuleList is "
        "for.",
        "The state of the first text is carried on.": "The LSTM begins anew at each call.",
    },
    mend="`training=self.training`, or `nn.Dropout`, which does it for you.",
    test="Ask twice in evaluation mode: the same answer.",
    thread="https://github.com/salesforce/awd-lstm-lm/issues/72",
)


def _zeros(m: ModuleType, passes: int) -> float:
    """Share of zeros among the recurrent weights after some passes in training."""
    network = m.DroppedWeights(4, 16)
    for _ in range(passes):
        network(torch.ones(1, 3, 4))
    return (network.lstm.weight_hh_l0 == 0).float().mean().item()


WEIGHTS_LOST = Exhibit(
    key="weights lost",
    title="A network that empties itself",
    old="weights[name] = F.dropout(weights[name], self.dropout, self.training)",
    new="weights[name].data = F.dropout(weights[name].data, self.dropout, self.training)",
    symptom=lambda m: (
        "share of recurrent weights that are zero after 0, 1, 2 and 8 passes: "
        + ", ".join(f"{_zeros(m, n):.1f}" for n in (0, 1, 2, 8))
    ),
    detect=lambda m, g: _zeros(m, 2) > 0,
    diagnoses={
        "The dropped weights are written over the real ones.": "Yes. What a mask has taken stays "
        "taken; the next mask takes half of the rest, and `F.dropout` doubles what is left each "
        "time.",
        "Half of the weights are dropped, as they should be.": "For one pass; the next must start "
        "from whole weights.",
        "The gradient vanishes.": "No backward pass has been made.",
    },
    mend="Drop a copy: `functional_call` hands it over, and the parameter stays whole.",
    test="Run two passes in training: no weight is zero.",
    thread="https://github.com/keitakurita/Better_LSTM_PyTorch/issues/7",
)

# --- Losses ---------------------------------------------------------------------------------------


def _loss_of_the_perfect(m: ModuleType) -> float:
    y = torch.arange(9)
    return m.class_loss(100 * torch.eye(9), y).item()


TWO_SOFTMAX = Exhibit(
    key="two softmaxes",
    title="A loss with a floor",
    old="return F.cross_entropy(logits, y)",
    new="return F.cross_entropy(logits.softmax(dim=1), y)",
    symptom=lambda m: (
        "loss of a network that is certain and always right, nine classes: "
        f"{_loss_of_the_perfect(m):.3f} (chance: {math.log(9):.3f})"
    ),
    detect=lambda m, g: _loss_of_the_perfect(m) > 0.01,
    diagnoses={
        "Softmax is applied twice.": "Yes. Probabilities lie between 0 and 1; taken for logits, "
        "even the best are nearly uniform: ln(e + 8) - 1 is the floor, and the first gradients are "
        "a ninth of the right ones.",
        "Some labels are wrong.": "Not here: the network is right on all nine.",
        "The learning rate is too low.": "The network can't get better than it is.",
    },
    mend="Return logits; `cross_entropy` has the softmax inside.",
    test="The loss of a certain and right answer is zero.",
    thread="https://github.com/eriklindernoren/Action-Recognition/issues/23",
)


def _loss_of_the_exact(m: ModuleType, y: Tensor) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # torch warns of the very fault
        return m.number_loss(y[:, None], y).item()


BROADCAST = Exhibit(
    key="broadcast",
    title="Every prediction right, and a loss",
    old="return F.mse_loss(prediction.squeeze(1), y)",
    new="return F.mse_loss(prediction, y)",
    symptom=lambda m: (
        "loss of predictions that equal the targets 1, 2, …, 9: "
        f"{_loss_of_the_exact(m, torch.arange(1.0, 10.0)):.2f}"
    ),
    detect=lambda m, g: _loss_of_the_exact(m, torch.randn(6, generator=g)) > 1e-6,
    diagnoses={
        "(B, 1) minus (B,) is (B, B).": "Yes. Every prediction is compared with every target; "
        "the best it can do is the mean, and that is what such networks learn to say.",
        "The targets aren't normalised.": "Equal numbers have no distance, large or small.",
        "The loss is summed.": "A sum of zeros is zero.",
    },
    mend="Give both one shape, and heed the warning that PyTorch prints once.",
    test="The loss of predictions that equal their targets is zero.",
    thread="https://github.com/pytorch/pytorch/issues/19699",
)

EXHIBITS = [
    PLAIN_LIST,
    HALF_OPTIMIZER,
    FROZEN_VECTORS,
    DROPOUT_STAYS,
    WEIGHTS_LOST,
    TWO_SOFTMAX,
    BROADCAST,
]
