"""Exhibits of reading a batch: axes, padding, order of rows, directions, attention.
One test finds all but one of them: a text alone must get what it gets in company."""

from collections.abc import Callable
from types import ModuleType

import torch
from torch import Tensor

from course_utils.museum.exhibit import Exhibit

N_WORDS = 50


def words(lengths: list[int], g: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
    """A padded batch of texts of these lengths."""
    x = torch.randint(2, N_WORDS, (len(lengths), max(lengths)), generator=g)
    n = torch.tensor(lengths)
    return x.masked_fill(torch.arange(x.shape[1]) >= n[:, None], 0), n


def replaced(x: Tensor, row: int, column: int) -> Tensor:
    """The batch with another word at one place."""
    changed = x.clone()
    changed[row, column] = 2 + (x[row, column] - 1) % (N_WORDS - 2)
    return changed


def apart(a: Tensor, b: Tensor) -> float:
    return (a - b).abs().max().item()


def summary_alone_and_beside(name: str) -> Callable[..., float]:
    """How far a summary of one text moves when longer texts stand beside it in the batch."""

    def measure(m: ModuleType, g: torch.Generator | None = None) -> float:
        reader = m.Summaries(N_WORDS, 5, 6)
        x, lengths = words([3, 9, 5], g)
        beside = reader(x, lengths)[name]
        return max(
            apart(reader(x[i : i + 1, :n], lengths[i : i + 1])[name][0], beside[i])
            for i, n in enumerate(lengths.tolist())
        )

    return measure


# --- The time axis --------------------------------------------------------------------------------


def _moves(m: ModuleType, g: torch.Generator | None = None) -> tuple[float, float]:
    """How the last text's state moves with its own first word, and with its neighbour's last."""
    reader = m.LastWord(N_WORDS, 5, 6)
    x, lengths = words([4, 4, 4], g)
    state = reader(x, lengths)[2]
    own = apart(reader(replaced(x, 2, 0), lengths)[2], state)
    return own, apart(reader(replaced(x, 1, 3), lengths)[2], state)


def _time_axis_symptom(m: ModuleType) -> str:
    own, other = _moves(m)
    return (
        f"a text's state moves by {own:.4f} when its own first word is replaced, and by "
        f"{other:.4f} when the last word of the text above it is"
    )


def _axes_are_mixed(m: ModuleType, g: torch.Generator) -> bool:
    own, other = _moves(m, g)
    return own == 0 or other > 1e-6


TIME_AXIS = Exhibit(
    key="time axis",
    title="A text that listens to its neighbour",
    old="self.lstm = nn.LSTM(size, hidden_size, batch_first=True)\n\n"
    "    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:",
    new="self.lstm = nn.LSTM(size, hidden_size)\n\n"
    "    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:",
    symptom=_time_axis_symptom,
    detect=_axes_are_mixed,
    diagnoses={
        "The LSTM takes the batch for time.": "Yes. Without `batch_first=True` it walks from text "
        "to text, down each column: word k of the first, of the second. No shape complains.",
        "The network forgets its first words.": "It never read them as its own. And forgetting "
        "would not let a neighbour in.",
        "Padding leaks into the state.": "No: all texts here have four words.",
    },
    mend="Say `batch_first=True`, or transpose. Test with unequal numbers of texts and words.",
    test="Replace the last word of the text above: nothing moves. Replace the text's own first "
    "word: something does.",
    thread="https://github.com/closeheat/pytorch-lstm-text-generation-tutorial/issues/3",
)

# --- The last column ------------------------------------------------------------------------------


def _with_padding(m: ModuleType, g: torch.Generator | None = None) -> list[Tensor]:
    """States of two texts with 0, 1, 10 and 100 columns of padding behind them."""
    reader = m.LastWord(N_WORDS, 5, 6)
    x, lengths = words([6, 6], g)
    wider = [torch.cat([x, x.new_zeros(2, n)], dim=1) for n in (0, 1, 10, 100)]
    return [reader(padded, lengths) for padded in wider]


LAST_COLUMN = Exhibit(
    key="last column",
    title="The emptier the batch, the more alike",
    old="return output[torch.arange(len(x)), lengths - 1]",
    new="return output[:, -1]",
    symptom=lambda m: (
        "two texts' states are {:.3f} apart; with 1, 10 and 100 columns of padding behind them "
        "{:.3f}, {:.3f} and {:.3f}".format(*(apart(*states) for states in _with_padding(m)))
    ),
    detect=lambda m, g: (lambda a: max(apart(b, a[0]) for b in a))(_with_padding(m, g)) > 1e-6,
    diagnoses={
        "The state is taken from the last column.": "Yes: from the last column of the batch, where "
        "most texts have long ended. What is left of the text fades with each padded step.",
        "`padding_idx` is missing.": "No: it is there, and padding's vector is zero. A zero vector "
        "still moves the state, through W_h and the bias b.",
        "The LSTM's memory is too short.": "The longest text of a batch has no such trouble.",
    },
    mend="Take the state at `lengths - 1`, or pack.",
    test="Add columns of padding: no state moves.",
    thread="https://github.com/keitakurita/practical-torchtext/issues/5",
)

# --- Ends of two directions -----------------------------------------------------------------------


def _halves(m: ModuleType, g: torch.Generator | None = None) -> tuple[float, float]:
    """How both halves of the ends move when the first of ten words is replaced."""
    reader = m.Summaries(N_WORDS, 5, 6)
    x, lengths = words([10], g)
    moved = (reader(replaced(x, 0, 0), lengths)["ends"] - reader(x, lengths)["ends"]).abs()
    return moved[0, :6].max().item(), moved[0, 6:].max().item()


BACKWARD_END = Exhibit(
    key="backward end",
    title="The first word counts for half",
    old='"ends": h_n.transpose(0, 1).reshape(len(x), -1),',
    new='"ends": output[torch.arange(len(x)), lengths - 1],',
    symptom=lambda m: (
        "the first of ten words is replaced; the halves of the summary move: forward "
        "{}, backward {}".format(*("yes" if x > 1e-7 else "no" for x in _halves(m)))
    ),
    detect=lambda m, g: _halves(m, g)[1] == 0,
    diagnoses={
        "The backward half is taken at the text's last word.": "Yes. There the backward direction "
        "has just begun: it has read one word. Its end stands at the first word.",
        "The backward direction isn't trained.": "Nothing is trained here, and both directions "
        "have weights.",
        "Ten words are too far for an LSTM.": "The forward half proves the contrary.",
    },
    mend="Take `h_n`, which holds the end of each direction.",
    test="Replace the first word: both halves of the summary move.",
    thread="https://github.com/yunjey/pytorch-tutorial/issues/149",
)

_ends_apart = summary_alone_and_beside("ends")

MIXED_ROWS = Exhibit(
    key="mixed rows",
    title="The right shape",
    old='"ends": h_n.transpose(0, 1).reshape(len(x), -1),',
    new='"ends": h_n.view(len(x), -1),',
    symptom=lambda m: (
        f"a text's two ends, alone and in a batch of three: {_ends_apart(m):.2f} apart"
    ),
    detect=lambda m, g: _ends_apart(m, g) > 1e-6,
    diagnoses={
        "`view` has cut the directions across the texts.": "Yes. `h_n` is (directions, texts, "
        "hidden); `view` keeps the order of the numbers, so row 1 gets two forward "
        "ends, row 2 one of each, row 3 two backward ends.",
        "The texts aren't sorted by length.": "`enforce_sorted=False` sees to that.",
        "Padding is packed, too.": "No: the lengths are right. The other summaries don't move.",
    },
    mend="Transpose before you reshape: `h_n.transpose(0, 1).reshape(len(x), -1)`.",
    test="Ask about each text alone and in the batch: the same ends.",
    thread="https://github.com/graykode/nlp-tutorial/issues/38",
)

# --- Pooling --------------------------------------------------------------------------------------

_mean_apart = summary_alone_and_beside("mean")
_largest_apart = summary_alone_and_beside("largest")

SORTED_LENGTHS = Exhibit(
    key="sorted lengths",
    title="A mean that is too small, or too large",
    old='"mean": output.sum(dim=1) / lengths[:, None],',
    new='"mean": output.sum(dim=1) / lengths.sort(descending=True).values[:, None],',
    symptom=lambda m: f"a text's mean, alone and in a batch of three: {_mean_apart(m):.2f} apart",
    detect=lambda m, g: _mean_apart(m, g) > 1e-6,
    diagnoses={
        "The lengths were sorted, the texts were not.": "Yes. Each sum is divided by another "
        "text's length. In batches that come sorted nobody sees it.",
        "The mean counts padding.": "Padding adds zeros to the sum here, and the divisor is no "
        "constant. Count it, and every mean but the longest text's would shrink towards 0.",
        "Packing loses the last word.": "Then a text alone would lose it, too.",
    },
    mend="Leave sorting to `enforce_sorted=False`, or sort everything, and back.",
    test="Ask about each text alone and in an unsorted batch: the same mean.",
    thread="https://github.com/facebookresearch/InferSent/issues/51",
)

PADDED_MAX = Exhibit(
    key="padded maximum",
    title="No feature below zero",
    old='"largest": output.masked_fill(padding[..., None], -torch.inf).amax(dim=1),',
    new='"largest": output.amax(dim=1),',
    symptom=lambda m: (
        f"a text's maximum, alone and in a batch of three: {_largest_apart(m):.2f} apart"
    ),
    detect=lambda m, g: _largest_apart(m, g) > 1e-6,
    diagnoses={
        "Padding's zeros take part in the maximum.": "Yes. Wherever all states of a feature are "
        "negative, a padded text gets 0, and the longest text of the batch doesn't. (In the thread "
        "mended encoders did a little better on some tasks, and worse on others; one of them had "
        "other word vectors, too. Mend first, then measure again.)",
        "The LSTM reads padding.": "No: it is packed. It is what is filled in afterwards.",
        "Maxima are less exact than means.": "They are exact: the difference isn't rounding.",
    },
    mend="Fill padding with minus infinity before the maximum.",
    test="Ask about each text alone and beside longer ones: the same maximum.",
    thread="https://github.com/facebookresearch/InferSent/pull/52",
)

# --- Attention ------------------------------------------------------------------------------------


def _attention(m: ModuleType, g: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
    """The attention of three texts, and where padding stands."""
    x, lengths = words([3, 9, 5], g)
    return m.Summaries(N_WORDS, 5, 6)(x, lengths)["attention"].detach(), x == 0


def _on_padding(m: ModuleType, g: torch.Generator | None = None) -> float:
    alpha, padding = _attention(m, g)
    return (alpha * padding).sum(dim=1).max().item()


UNMASKED = Exhibit(
    key="attention on padding",
    title="Attention to nothing",
    old="scores = self.score(output)[..., 0].masked_fill(padding, -torch.inf)",
    new="scores = self.score(output)[..., 0]",
    symptom=lambda m: (
        f"a text of three words in nine columns: {_on_padding(m):.0%} of its attention "
        "lies on padding"
    ),
    detect=lambda m, g: _on_padding(m, g) > 0,
    diagnoses={
        "The scores of padding aren't masked.": "Yes. The scores of padding are the layer's bias, "
        "not minus infinity, and softmax gives each of them a share.",
        "The network hasn't learned where to look.": "Nothing is trained here. Training can make "
        "padding's share small, never zero, and it changes with the width.",
        "Softmax runs over the texts.": "Then a text's weights would not add up to 1. They do.",
    },
    mend="Fill the scores of padding with minus infinity before the softmax.",
    test="Add up the attention that lies on padding: zero.",
    thread="https://github.com/tensorflow/tensorflow/issues/43941",
)


def _sums(m: ModuleType, g: torch.Generator | None = None) -> list[float]:
    return _attention(m, g)[0].sum(dim=1).tolist()


ATTENTION_AXIS = Exhibit(
    key="attention axis",
    title="Attention of more than everything",
    old="attention = scores.softmax(dim=1)",
    new="attention = scores.softmax(dim=0)",
    symptom=lambda m: (
        f"the attention of three texts adds up to {', '.join(f'{s:.2f}' for s in _sums(m))}"
    ),
    detect=lambda m, g: max(abs(s - 1) for s in _sums(m, g)) > 1e-4,
    diagnoses={
        "Softmax runs over the texts of the batch.": "Yes. The texts compete for each column; the "
        "longest gets the last ones all to itself, and a text alone gets 1 everywhere.",
        "Padding isn't masked.": "It is. Unmasked weights would still add up to 1.",
        "The scores are too large.": "Softmax adds up to 1 for scores of any size.",
    },
    mend="Softmax over the positions: `dim=1` here. Print the sums once.",
    test="Add up the attention of each text: one.",
    thread="https://github.com/PetrochukM/PyTorch-NLP/issues/2",
)

EXHIBITS = [
    TIME_AXIS,
    LAST_COLUMN,
    BACKWARD_END,
    MIXED_ROWS,
    SORTED_LENGTHS,
    PADDED_MAX,
    UNMASKED,
    ATTENTION_AXIS,
]
