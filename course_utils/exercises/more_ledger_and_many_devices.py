"""Exercises of the optional notebook The ledger and many devices.
How many test articles a difference takes; by how much each process multiplies its loss."""

from course_utils.exercises import exercise


@exercise(
    "devices-needed",
    task="""
        Two systems answer the *same* articles. Of these the share `only_a` is right for the first
        system alone, `only_b` for the second alone; so $d$ = `only_a` - `only_b` is the
        difference of their accuracies. How many articles does it take until $d$ is 1.96 times its
        standard error? Return a whole number. Then compare 30 and 14 of 206 with what the formula
        above asks of 0.728 and 0.650 on articles of their own.
        """,
    hints=(
        "An article gives 1, -1 or 0, with mean d. What is the variance of that number?",
        "Its square is 1 where only one is right: variance v = only_a + only_b - d ** 2. The mean "
        "of n articles has the standard error sqrt(v / n).",
        "d = 1.96 sqrt(v / n), solved for n and rounded up: math.ceil(v * (1.96 / d) ** 2).",
    ),
    minutes=8,
    difficulty=2,
    importance=3,
    trains="knowing what asking both the same articles saves",
    cases=[(30 / 206, 14 / 206), (0.05, 0.048), (0.06, 0.04), (0.02, 0.09), (0.5, 0.1)],
)
def needed(only_a, only_b):
    from math import ceil

    d = only_a - only_b
    return ceil((only_a + only_b - d**2) * (1.96 / d) ** 2)


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
