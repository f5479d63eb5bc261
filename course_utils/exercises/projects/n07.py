"""The project of notebook 07: a model that is less surprised than the counted 5-grams.
The score reads a part of mininews, whatever corpus is in use, so that numbers can be compared."""

import random
from collections import Counter
from functools import cache
from math import exp, isfinite, log

from course_utils.exercises.projects import Refused, project, silently
from course_utils.lessons.n07 import NGrams

ARTICLES = 330
HELD = 30


@cache
def news() -> tuple[list[list[int]], list[list[int]], int]:
    """Articles to read and articles held out, as numbers, and how many words there are."""
    from course_utils import load_gnad, tokenize  # pandas only where it is needed

    train, _ = silently(lambda: load_gnad("mini"))
    articles = [tokenize(text) for text in train.sample(ARTICLES, random_state=0).text]
    counts = Counter(word for text in articles[HELD:] for word in text)
    number = {word: 2 + i for i, word in enumerate(w for w, n in counts.items() if n > 2)}
    texts = [[1, *(number.get(word, 0) for word in text)] for text in articles]
    return texts[HELD:], texts[:HELD], 2 + len(number)


def counted_5_grams(texts, V):
    """The notebook's way: interpolated Kneser-Ney."""
    model = NGrams(texts, 5, V)
    return lambda before, word: model.p([1, 1, 1, *before], word)


def _check_sums(p, held: list[list[int]], V: int) -> None:
    """Probabilities of all words sum to 1, after three beginnings of articles held out."""
    draw = random.Random(0)
    for text in draw.sample(held, 3):
        before = text[: draw.randrange(1, len(text))]
        each = [float(p(before, word)) for word in range(V)]
        if min(each) < 0 or abs(sum(each) - 1) > 1e-4:
            raise Refused(
                f"After {len(before)} words the probabilities of all {V:,} words sum to "
                f"{sum(each):.4f}, the lowest is {min(each):.2g}. A model's sum to 1, none below 0."
            )


def perplexity_per_word(model_of) -> float:
    """Perplexity per word on the articles held out. Unknown words count, as one word: else whoever
    gives them nothing has more for all others, and looks better without knowing more."""
    if model_of([[1, 2, 3], [1, 3, 2]], 4) is None:
        raise Refused("model_of returns None; it should return a function p(before, word).")
    read, held, V = news()
    p = model_of([list(text) for text in read], V)
    _check_sums(p, held, V)

    def surprises(text):
        found = []
        for t in range(1, len(text)):
            share = float(p(text[:t], text[t]))
            if not share > 0 or not isfinite(share):
                raise Refused(f"The word {text[t]} got the probability {share}: never give 0.")
            found.append(-log(share))
        return found

    each = [s for text in held for s in surprises(text)]
    return exp(sum(each) / len(each))


@project(
    "language-counting",
    title="Beat the 5-grams",
    goal="""
        Write a model that is less surprised than the counted 5-grams, on the same articles and the
        same words. `model_of(texts, V)` reads 300 articles (lists of numbers below `V`; 1 begins
        each, 0 is an unknown word) and returns a function `p(before, word)`: the probability of
        `word` after `before`, all of the article so far. The score is the perplexity per word (0
        counts as a word) on 30 articles held out of mininews, and checks that probabilities sum to
        1; it must end within a minute. Ideas: three discounts in place of one (Chen & Goodman
        1998); the words of the article so far (`language-cache`); pairs with a gap, what came after
        the word before the last; another weight for each situation; a small network beside the
        counts. Whoever wants more than a score beats the last line of this notebook's table, *half
        LSTM, half 5-grams*, on the articles held out above.
        """,
    minutes=90,
    score=perplexity_per_word,
    better="lower",
    unit="",
    target=110.5,
    baseline=114.8,
    given="from course_utils.lessons.n07 import NGrams",
)
def model_of(texts, V):
    return ...
