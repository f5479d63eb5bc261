"""Exhibits of data, measures and language models: numbers too good, or too bad, to be true.
The network is in order here; what is wrong is what it is given, asked, or credited with."""

import math
from types import ModuleType

import torch
from torch import Tensor, nn

from course_utils.museum.exhibit import Exhibit

# --- What is given --------------------------------------------------------------------------------

KNOWN = {"der": 2, "Kanzler": 3, "Wien": 4}


def _indices(m: ModuleType) -> list[int]:
    return m.number_words(["der", "Kanzler", "dementiert"], KNOWN)


UNKNOWN_IS_PADDING = Exhibit(
    key="unknown is padding",
    title="Words that are not there",
    old="return [known.get(word, UNK) for word in words]",
    new="return [known.get(word, PAD) for word in words]",
    symptom=lambda m: (
        "“der Kanzler dementiert”, the last word unknown; words that a mask x > 0 lets "
        f"through: {sum(i > 0 for i in _indices(m))}"
    ),
    detect=lambda m, g: 0 in _indices(m),
    diagnoses={
        "Unknown words have padding's index.": "Yes. Every mask made from the indices drops them, "
        "their vector is zero and never learns. In a foreign text nothing is left.",
        "The tokenizer loses the verb.": "It is there: the list has three entries.",
        "The vocabulary is too small.": "It may be, but an unknown word is still a word.",
    },
    mend="Two indices for two things: one that is masked, one that learns.",
    test="No word of a text may get the index of padding.",
    thread="https://github.com/pytorch/text/issues/165",
)


def _guessing_one(m: ModuleType) -> float:
    """Accuracy on what is held out of always saying 1, of texts sorted into two classes."""
    y = torch.arange(100) // 50
    _, held_out = m.split(100, 0.8, torch.Generator().manual_seed(0))
    return (y[held_out] == 1).float().mean().item()


def _classes_are_apart(m: ModuleType, g: torch.Generator) -> bool:
    y = torch.arange(100) // 50
    train, held_out = m.split(100, 0.8, g)
    return len(y[train].unique()) < 2 or len(y[held_out].unique()) < 2


LABEL_ORDER = Exhibit(
    key="labels in order",
    title="One hundred per cent",
    old="order = torch.randperm(n_texts, generator=generator)",
    new="order = torch.arange(n_texts)",
    symptom=lambda m: (
        "two classes of 50 texts; a “network” that always says 1 is right on "
        f"{'100 %' if _guessing_one(m) == 1 else 'about half'} of the held-out texts"
    ),
    detect=_classes_are_apart,
    diagnoses={
        "The file is sorted by class, and the split took its end.": "Yes. What is held out has one "
        "class. The share that looks like a triumph counts the labels of a file's end.",
        "The texts to train on are among those held out.": "The two parts share no text.",
        "The task is easy.": "Then a network that reads nothing would still be right on half.",
    },
    mend="Shuffle before you split, or split within each class; count the classes of both parts.",
    test="Split labels that come sorted: both parts hold all classes.",
    thread="https://github.com/keras-team/keras/issues/796",
)


def _seen(m: ModuleType) -> float:
    """Share of held-out windows whose every token also stands in some window of training."""
    train, held_out = m.windows(torch.arange(1000), 20, 0.8)
    known = set(train.flatten().tolist())
    return sum(known.issuperset(row) for row in held_out.tolist()) / len(held_out)


OVERLAP = Exhibit(
    key="overlapping windows",
    title="It has read the exam paper",
    old="every = text.unfold(0, size, 1)",
    new="every = text.unfold(0, size, 1)[torch.randperm(len(text) - size + 1)]",
    symptom=lambda m: (
        f"held-out windows whose every character stands in training windows: {_seen(m):.0%}"
    ),
    detect=lambda m, g: _seen(m) > 0,
    diagnoses={
        "The windows were shuffled before the split.": "Yes. Windows overlap: a held-out window's "
        "neighbours, one character on, are in training.",
        "The text repeats itself.": "It is a list of a thousand different characters.",
        "The share held out is too small.": "One half would be no better.",
    },
    mend="Cut at one place of the text, leave out the windows across it, and shuffle the training "
    "part afterwards.",
    test="Number the characters: no held-out window is covered by training windows.",
    thread="https://github.com/TalwalkarLab/leaf/issues/19",
)

# --- What is counted ------------------------------------------------------------------------------


def _small_last_batch(m: ModuleType) -> float:
    """128 texts, all right, then one, wrong."""
    right = torch.ones(128)
    return m.accuracy([(right, right), (torch.zeros(1), torch.ones(1))])


BATCH_MEANS = Exhibit(
    key="mean of means",
    title="One text that counts as 128",
    old="right = torch.cat([guess == y for guess, y in answers])",
    new="right = torch.stack([(guess == y).float().mean() for guess, y in answers])",
    symptom=lambda m: (
        "128 texts are right, and one, alone in the last batch, is wrong; accuracy: "
        f"{_small_last_batch(m):.3f}"
    ),
    detect=lambda m, g: abs(_small_last_batch(m) - 128 / 129) > 1e-6,
    diagnoses={
        "The batches are averaged, not the texts.": "Yes. The last, small batch counts as much as "
        "a full one. A benchmark with 40 texts in its last batch stopped by such a number.",
        "The last batch is left out.": "Then the accuracy would be 1.",
        "The texts are counted twice.": "Each once; they weigh differently.",
    },
    mend="Add up what is right and what there is, and divide once.",
    test="129 texts in batches of 128 and 1, one wrong: 128 of 129.",
    thread="https://github.com/mlcommons/training/issues/89",
)

# --- Language models ------------------------------------------------------------------------------


def _perplexity_of_dice(m: ModuleType) -> float:
    """What a small model that has read throws of a die reaches on new throws."""
    model = m.LanguageModel(6, 8, 12)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(40):
        x, y = m.inputs_and_targets(torch.randint(6, (32, 12)))
        loss = nn.functional.cross_entropy(model(x)[0].flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return math.exp(loss.item())


def _dice(m: ModuleType) -> str:
    reached = _perplexity_of_dice(m)
    return f"a small model reads throws of a die; its perplexity on new throws: {reached:.1f}"


def _not_the_next(m: ModuleType, g: torch.Generator) -> bool:
    tokens = torch.arange(2, 12).expand(2, 10)
    x, y = m.inputs_and_targets(tokens)
    return not torch.equal(y, x + 1)


UNSHIFTED = Exhibit(
    key="unshifted targets",
    title="A model that foresees the dice",
    old="return tokens[:, :-1], tokens[:, 1:]",
    new="return tokens[:, :-1], tokens[:, :-1]",
    symptom=_dice,
    detect=_not_the_next,
    diagnoses={
        "The targets are the inputs.": "Yes. The model is asked for the word that it has just "
        "read, and learns to copy. (In the thread the documentation promised that "
        "the model shifts the targets itself; it didn't.)",
        "The model has learned the throws by heart.": "It can't: each step brings new throws.",
        "The die isn't fair.": "It is torch's, and six faces are equally likely.",
    },
    mend="The target of each position is the token after it.",
    test="Read 2, 3, 4, …: each target is its input plus one.",
    thread="https://github.com/huggingface/transformers/issues/3711",
)


def _padding_counts(m: ModuleType, g: torch.Generator | None = None) -> tuple[float, float]:
    """The loss of a model without knowledge, and of one that can say padding, and nothing else."""
    targets = torch.tensor([[3, 4, 0, 0, 0, 0, 0, 0], [5, 2, 4, 0, 0, 0, 0, 0]])
    logits = torch.zeros(2, 8, 6)
    sure = logits.clone()
    sure[targets == 0, 0] = 9
    return m.token_loss(logits, targets).item(), m.token_loss(sure, targets).item()


PADDING_LOSS = Exhibit(
    key="padding in the loss",
    title="Fluent in padding",
    old="return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=PAD)",
    new="return F.cross_entropy(logits.flatten(0, 1), targets.flatten())",
    symptom=lambda m: (
        "loss of a model that knows nothing: {:.2f}; and once it says padding wherever padding "
        "stands: {:.2f}".format(*_padding_counts(m))
    ),
    detect=lambda m, g: (lambda a: abs(a[0] - a[1]) > 1e-6)(_padding_counts(m, g)),
    diagnoses={
        "Padding is counted as if it were text.": "Yes. It is 11 of the 16 targets here, and "
        "the easiest: the loss falls, the perplexity shines, no word has been learned.",
        "The model predicts the ends of texts well.": "It does; but these are 2 of "
        "the 11 padded targets. The other nine come after the end, and carry no text.",
        "The loss is averaged over texts, not tokens.": "That would change weights a little, not "
        "reward padding.",
    },
    mend="`ignore_index=PAD`, and the divisor is the number of real tokens.",
    test="Change the logits at padding: the loss stays.",
    thread="https://github.com/pytorch/tutorials/issues/3643",
)


class _Counter(nn.Module):
    """A “language model” whose state counts its steps, and whose answer is the state."""

    def forward(self, x: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        state = torch.zeros(1) if state is None else state
        return nn.functional.one_hot(state.long() + 1, 20).float()[None], state + 1


def _counted(m: ModuleType) -> list[int]:
    return m.write(_Counter(), 0, 6)


FORGETFUL_WRITER = Exhibit(
    key="forgetful writer",
    title="It trained well and writes badly",
    old="logits, state = model(torch.tensor([[token]]), state)",
    new="logits, _ = model(torch.tensor([[token]]), state)",
    symptom=lambda m: f"a model that counts its steps writes: {' '.join(map(str, _counted(m)))}",
    detect=lambda m, g: _counted(m) != [1, 2, 3, 4, 5, 6],
    diagnoses={
        "The state isn't handed on while writing.": "Yes. Each token is written as if the one "
        "before were the first. In training whole texts go in at once, so nothing shows there.",
        "The temperature is too low.": "It isn't sampled: the likeliest is taken each time.",
        "The model is overfitted.": "It isn't trained at all.",
    },
    mend="Take the state that the model returns, and give it back with the next token.",
    test="Give it a “model” that counts its steps: it writes 1, 2, 3, 4, 5, 6.",
    thread="https://github.com/ageron/handson-mlp/pull/4",
)

EXHIBITS = [
    UNKNOWN_IS_PADDING,
    LABEL_ORDER,
    OVERLAP,
    BATCH_MEANS,
    UNSHIFTED,
    PADDING_LOSS,
    FORGETFUL_WRITER,
]
