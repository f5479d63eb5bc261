"""The project of notebook 12: a rival that is better than word counts, by a paired test.
Three rounds on a part of mininews; the score is McNemar's p against the word counts."""

from functools import cache

import numpy as np

from course_utils.exercises.projects import Refused, project, silently

TEXTS = 900
ROUNDS = 3


@cache
def texts() -> tuple[list[list[str]], np.ndarray]:
    """Texts as lists of words, and their desks, dealt so that every round has its share."""
    from course_utils import load_gnad  # pandas and sklearn only where they are needed
    from course_utils.lessons.n12 import split_words

    train, _ = silently(lambda: load_gnad("mini"))
    some = train.drop_duplicates("text").sample(TEXTS, random_state=0)
    return [split_words(text) for text in some.text], some.category.to_numpy()


def _rounds(labels: np.ndarray) -> np.ndarray:
    """The round in which each text is judged: 0, 1 or 2 in turn, class by class."""
    place = np.empty(len(labels), dtype=int)
    for label in sorted(set(labels)):
        rows = np.flatnonzero(labels == label)
        place[rows] = np.arange(len(rows)) % ROUNDS
    return place


def _right(fit, documents: list[list[str]], labels: np.ndarray) -> np.ndarray:
    """For each text, whether the model that has not read it chose its label."""
    place = _rounds(labels)
    right = np.empty(len(labels), dtype=bool)
    for k in range(ROUNDS):
        learn = np.flatnonzero(place != k)
        judge = np.flatnonzero(place == k)
        choose = fit([documents[i] for i in learn], labels[learn].tolist())
        if not callable(choose):
            raise Refused("classifier should return a function of a list of texts.")
        chosen = list(choose([documents[i] for i in judge]))
        if len(chosen) != len(judge):
            raise Refused(f"{len(judge)} texts need as many labels, these are {len(chosen)}.")
        right[judge] = np.array(chosen, dtype=object) == labels[judge]
    return right


def by_counts(documents, labels):
    """The usual way: tf-idf and a linear SVM, on all words."""
    from course_utils.lessons.n12 import WordCounts

    model = WordCounts().fit(documents, labels)
    return lambda new: [model.classes[k] for k in model.scores(new).argmax(1)]


@cache
def _right_by_counts() -> np.ndarray:
    return _right(by_counts, *texts())


def p_against_counts(classifier) -> float:
    """McNemar's p if the learner's classifier is right more often than the counts, else 1."""
    pairs = [(["Tor"], "Sport"), (["Zins"], "Wirtschaft")] * 3
    if not callable(classifier(*map(list, zip(*pairs, strict=True)))):
        raise Refused("classifier should return a function of a list of texts.")
    from course_utils.lessons.n05 import paired

    mine = _right(classifier, *texts())
    only_mine, only_counts, p = paired(mine, _right_by_counts())
    print(f"right only by yours: {only_mine}, right only by word counts: {only_counts}")
    return p if only_mine > only_counts else 1.0


@project(
    "playground-winner",
    title="Beat the winner",
    goal="""
        Word counts that read all of a text are hard to beat. `classifier(documents, labels)` gets
        600 texts of mininews as lists of words, with their desks, and returns a function that gives
        a label to each of a list of new texts. In three rounds every one of 900 texts is judged
        once, by a model that has not read it. The score is the `p` of the paired test of this
        notebook against word counts, and 1 if yours is not ahead. Ideas: vectors beside the counts
        in one SVM; counts of letters; an LSTM beside them, as in *Together*. Keep count of your
        attempts: the more you try, the likelier one of them wins by luck.
        """,
    minutes=90,
    score=p_against_counts,
    better="lower",
    unit="",
    target=0.05,
    baseline=1.0,
)
def classifier(documents, labels):
    return ...
