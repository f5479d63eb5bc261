"""Exercises of the optional notebook The ledger and many devices.
By how much each process multiplies its loss, so that every article counts the same."""

from course_utils.exercises import exercise


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
