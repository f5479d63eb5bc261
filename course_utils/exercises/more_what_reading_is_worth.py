"""Exercises of the optional notebook What reading is worth, part by part.
Which two of several systems single out one part, because they differ in nothing else."""

from course_utils.exercises import exercise


@exercise(
    "worth-pairs",
    task="""
        `systems` maps the name of a system to its parts, such as
        `{"words": "vectors", "pooling": "mean"}`. Two systems judge a part if they differ in it
        and in nothing else; a part that only one of them has is a difference, too. Return a list
        of all `(first, second, part)`, each pair once, in the order of `systems`. Then take two
        systems of this notebook that its first table doesn't compare, describe both as such dicts,
        and say all that differs before you look at their interval:
        `lead(*shared(lowshot["mininews"], first, second)[45])`.
        """,
    hints=(
        "Two systems and all their parts: what must you count to know whether they judge one?",
        "For each pair collect the parts whose values differ, also those of the second alone. "
        "The pair is wanted if exactly one part is left.",
        "differ = [part for part in {**x, **y} if x.get(part) != y.get(part)], for every pair of "
        "combinations(systems.items(), 2) from itertools.",
    ),
    minutes=10,
    difficulty=2,
    importance=3,
    trains="finding comparisons that judge one part",
    cases=[
        (
            {
                "plain vectors": {
                    "from": "vectors",
                    "guesses": "words around",
                    "pooling": "mean",
                    "length": "1",
                },
                "vectors, lengths kept": {
                    "from": "vectors",
                    "guesses": "words around",
                    "pooling": "mean",
                },
                "states": {"from": "states", "guesses": "next piece", "pooling": "mean"},
                "pooled states": {
                    "from": "states",
                    "guesses": "next piece",
                    "pooling": "last, maximum, mean",
                },
                "embeddings": {"from": "embeddings", "guesses": "next piece", "pooling": "mean"},
            },
        ),
        (
            {
                "frozen": {"body": "frozen", "pooling": "three ways", "stage 2": "yes"},
                "shipped": {"body": "frozen", "pooling": "three ways"},
                "vectors": {"pooling": "mean", "rarity": "weighted"},
                "ULMFiT": {"body": "unfrozen", "pooling": "three ways", "stage 2": "yes"},
                "untuned ULMFiT": {"body": "unfrozen", "pooling": "three ways"},
            },
        ),
        ({"counting": {"layer": "SVM"}, "vectors": {"layer": "linear", "rarity": "weighted"}},),
        ({"a": {"rate": 0.01, "size": 64}, "b": {"rate": 0.01, "size": 64}},),
        ({"a": {"size": 64}, "b": {"size": 64, "rate": 0.01}, "c": {"size": 32, "rate": 0.01}},),
        ({"ULMFiT": {"body": "unfrozen"}},),
    ],
)
def pairs_of_one_part(systems):
    from itertools import combinations

    found = []
    for (first, x), (second, y) in combinations(systems.items(), 2):
        differ = [part for part in {**x, **y} if x.get(part) != y.get(part)]
        if len(differ) == 1:
            found.append((first, second, differ[0]))
    return found
