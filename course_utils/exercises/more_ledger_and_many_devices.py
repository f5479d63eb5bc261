"""Exercises of the optional notebook The ledger and many devices.
How many test articles a difference takes; by how much each process multiplies its loss."""

from course_utils.exercises import exercise


@exercise(
    "devices-needed",
    task="""
        Two systems have the true accuracies `a` and `b`, each is asked about articles of its own.
        How many test articles does each need at least, until a difference as large as the true
        one is 1.96 times its standard error? Return a whole number. Then ask your function what
        it takes to tell 0.85 from 0.885, and what from 0.84.
        """,
    hints=(
        "The standard error of the difference falls with the root of n. Solve for n.",
        "With the mean accuracy m and the difference d: n = 2 m (1 - m) (1.96 / d)^2.",
        "m = (a + b) / 2; then the whole number above: math.ceil(2 * m * (1 - m) * (1.96 / "
        "(a - b)) ** 2).",
    ),
    minutes=5,
    difficulty=1,
    importance=3,
    trains="saying beforehand what a test part can show",
    cases=[(0.885, 0.883), (0.885, 0.902), (0.85, 0.885), (0.85, 0.84), (0.5, 0.7)],
)
def needed(a, b):
    from math import ceil

    m = (a + b) / 2
    return ceil(2 * m * (1 - m) * (1.96 / (a - b)) ** 2)


@exercise(
    "devices-factors",
    task="""
        Several processes share one batch; `sizes` says how many articles each of them holds. Each
        averages its own losses, and the gradients are averaged over the processes. Give the list
        of the factors by which the processes multiply their losses, so that the result is the
        gradient of the whole batch. With sizes [5, 3, 2], which process has the smallest?
        """,
    hints=(
        "An article in a process of n: which part of the averaged gradient is it without a factor?",
        "It is 1 / n of its process, and that is one of len(sizes). It has to be 1 / sum(sizes).",
        "The factor of a process with n articles is len(sizes) * n / sum(sizes).",
    ),
    minutes=5,
    difficulty=1,
    importance=2,
    trains="weighing a mean of means",
    cases=[([7, 3],), ([5, 3, 2],), ([4, 4],), ([6],), ([1, 1, 1, 5],)],
)
def factors(sizes):
    articles = sum(sizes)
    return [len(sizes) * n / articles for n in sizes]
