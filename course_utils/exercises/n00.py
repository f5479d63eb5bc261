"""Exercises of notebook 00, Start here.
The first is there to try how exercises work; the others ask what that page has shown."""

import torch

from course_utils.exercises import exercise


def _probabilities(g):
    rows = torch.tensor([[0.5, 0.3, 0.2], [0.4, 0.5, 0.1], [0.1, 0.8, 0.1], [0.6, 0.2, 0.2]])
    cases = [(rows,), (rows[:1],), (rows[[0, 3, 0]],)]
    return [*cases, *[(torch.rand(9, 4, generator=g).softmax(1),) for _ in range(3)]]


@exercise(
    "start-count-words",
    task="How many words has `text`? Words are what blanks separate.",
    hints=(
        "What happens to `text.count(' ')` where two blanks stand side by side?",
        "`str.split()` without an argument splits at any run of blanks.",
        "`text.split()` is the list of words; how long is it?",
    ),
    minutes=1,
    difficulty=1,
    importance=1,
    trains="how an exercise works",
    cases=[("Der neue BER wird bald eröffnet",), ("ja ja nein",), ("ein  Wort   mehr ",)],
    in_text=True,
)
def count_words(text):
    return len(text.split())


@exercise(
    "start-likeliest",
    task="""
        *The likeliest.* `p` is a tensor with a probability for each name. Return the `k` likeliest
        names, the likeliest first.
        """,
    hints=(
        "Which function tells you *where* the large values stand, and not what they are?",
        "`p.argsort(descending=True)` gives the places of the probabilities, the largest first.",
        "The first `k` of these are the places of the names: `[names[i] for i in order[:k]]`.",
    ),
    minutes=2,
    difficulty=1,
    importance=2,
    trains="going from scores to names",
    cases=[
        (["Sport", "Web", "Kultur"], torch.tensor([0.2, 0.7, 0.1]), 2),
        (["Sport", "Web", "Kultur"], torch.tensor([0.2, 0.7, 0.1]), 1),
        (["a", "b", "c", "d"], torch.tensor([0.1, 0.2, 0.3, 0.4]), 4),
    ],
)
def likeliest(names, p, k):
    order = p.argsort(descending=True)
    return [names[i] for i in order[:k]]


@exercise(
    "start-changes",
    task="""
        *A change of mind.* `p` (T, K) holds a row of probabilities after each word, as above. How
        often does the leading class change from one word to the next?
        """,
    hints=(
        "Which class leads after each word? That is one number a row.",
        "`p.argmax(1)` is a tensor of T classes. A change is a place where it differs from its own "
        "next entry.",
        "Compare `leading[1:]` with `leading[:-1]`, and count where they differ.",
    ),
    minutes=4,
    difficulty=2,
    importance=2,
    trains="axes, and comparing a sequence with itself",
    cases=_probabilities,
)
def changes(p):
    leading = p.argmax(1)
    return int((leading[1:] != leading[:-1]).sum())


@exercise(
    "start-floor",
    task="""
        *The floor.* Given the labels of some articles, how large is the share that is right if one
        always answers with the most frequent label?
        """,
    hints=(
        "What would you have to know about the labels to find the best constant answer?",
        "Count how often each label stands in the list; the largest count is what you get right.",
        "`collections.Counter(labels)` counts them; divide its largest value by `len(labels)`.",
    ),
    minutes=4,
    difficulty=1,
    importance=3,
    trains="the number that every accuracy has to be compared with",
    cases=[(["Sport", "Web", "Sport", "Kultur"],), (["Web"],), (["a", "b", "b", "c", "b", "a"],)],
)
def floor(labels):
    return max(labels.count(label) for label in labels) / len(labels)


@exercise(
    "start-next-word",
    task="""
        *A language model by counting.* Return the word that most often follows `word` in `text`,
        words being what blanks separate; of equally frequent ones the one that came first; an
        empty text if nothing follows. Notebook 07 takes it from there.
        """,
    hints=(
        "How do you walk through a list so that you always hold a word and the one after it?",
        "`zip(words, words[1:])` gives each word with the next one. Count the next ones of `word` "
        "in a dict or a Counter.",
        "A dict remembers what came first: `max(counts, key=counts.get, default='')` takes, of "
        "equal ones, the first met, and the empty text where nothing was counted.",
    ),
    minutes=15,
    difficulty=3,
    importance=3,
    trains="what a language model is: a guess at the next word",
    cases=[
        ("der Ball und der Tormann und der Ball", "der"),
        ("der Ball und der Tormann", "der"),
        ("ein Tor ein Spiel ein Spiel", "ein"),
        ("ja ja ja nein", "ja"),
        ("ein Spiel", "Spiel"),
        ("ein Spiel", "Tor"),
    ],
)
def next_word(text, word):
    words = text.split()
    counts = {}
    for before, after in zip(words, words[1:], strict=False):
        if before == word:
            counts[after] = counts.get(after, 0) + 1
    return max(counts, key=counts.__getitem__, default="")
