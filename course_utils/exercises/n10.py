"""Exercises of notebook 10, Transfer learning.
A learning rate a layer, what learns in which round, and whether a test text was read before."""

from course_utils.exercises import exercise


@exercise(
    "transfer-rates",
    hint=(
        "The top group learns at top, the one below at top / 2.6, the next at top / 2.6 / 2.6. "
        "Which power of 2.6 belongs to the lowest of n?"
    ),
    minutes=5,
    cases=[(0.01, 4), (0.02, 1), (1.0, 3)],
)
def layer_rates(top, n):
    return [top / 2.6 ** (n - 1 - k) for k in range(n)]


@exercise(
    "transfer-unfreezing",
    hint=(
        "In round 1 only the last group learns, in round 2 the last two. "
        "A slice from the end does it, also when k is larger than the list."
    ),
    minutes=3,
    cases=[
        ([800, 240, 120, 15], 1),
        ([800, 240, 120, 15], 3),
        ([800, 240, 120, 15], 4),
        ([800, 240, 120, 15], 9),
        ([7], 1),
    ],
)
def learning(parameters, k):
    return sum(parameters[-k:])


@exercise(
    "transfer-leak",
    hint=(
        "Bring every text into one form first: text.lower().split(), joined again. "
        "Then it is a question about a set."
    ),
    minutes=5,
    cases=[
        (["Der neue BER", "ganz anders"], ["der  neue BER "]),
        (["a b", "A B", "ab"], ["a b"]),
        (["x"], []),
        ([], ["x"]),
    ],
)
def leaked(read, test):
    known = {" ".join(text.lower().split()) for text in test}
    return sum(" ".join(text.lower().split()) in known for text in read)
