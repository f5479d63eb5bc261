"""Which articles are for training and which for the test: by running story and by date.
Most of the test belongs to stories that training has none of, the rest to stories it has begun."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable

from tools.mininews.paper import Article

TEST_SHARE = 0.2
NEW_SHARE = 0.6  # of the test's articles: from stories that training has none of
ENDING = 0.4  # of a story's articles, the last ones, may be in the test

Parts = tuple[list[Article], list[Article]]


def mixed(names: Iterable[str], salt: str) -> list[str]:
    """A fixed order that depends on nothing but the names: that of their SHA-256 sums."""
    return sorted(names, key=lambda name: hashlib.sha256(f"{salt} {name}".encode()).hexdigest())


def latest(articles: Iterable[Article]) -> list[Article]:
    return sorted(articles, key=lambda a: (a.date, a.id), reverse=True)


class Test:
    """The test as it fills up: `room` says how many articles of each desk it still takes."""

    __test__ = False  # pytest: no test case

    def __init__(self, articles: Iterable[Article]):
        self.quota = {d: round(TEST_SHARE * n) for d, n in Counter(desks(articles)).items()}
        self.room = Counter(self.quota)
        self.chosen: dict[str, Article] = {}

    def take(self, articles: Iterable[Article]) -> None:
        """Those of `articles` for which there is room, in their order."""
        for article in articles:
            if self.room[article.desk] > 0 and article.id not in self.chosen:
                self.chosen[article.id] = article
                self.room[article.desk] -= 1

    def fits(self, story: list[Article]) -> bool:
        """Whether a whole story leaves a third of each desk's room, and half of the new share."""
        need = Counter(desks(story))
        roomy = all(self.room[d] - n >= self.quota[d] / 3 for d, n in need.items())
        limit = NEW_SHARE / 2 * sum(self.quota.values())
        return roomy and len(self.chosen) + len(story) <= limit


def desks(articles: Iterable[Article]) -> list[str]:
    return [article.desk for article in articles]


def split(articles: list[Article]) -> Parts:
    """Training and test articles, each desk with the same share in both, in a fixed mixed order.

    Running stories are taken whole, in a mixed order, then pieces that stand alone, the latest
    first, until each desk has NEW_SHARE; then the last articles of stories that training began."""
    stories: dict[str, list[Article]] = defaultdict(list)
    for article in articles:
        stories[article.story].append(article)
    alone = latest(stories.pop("", []))
    names = mixed(stories, "story")
    test = Test(articles)
    whole = set()
    for name in names:
        if test.fits(stories[name]):
            test.take(stories[name])
            whole.add(name)
    for desk, quota in sorted(test.quota.items()):
        missing = round(NEW_SHARE * quota) - (quota - test.room[desk])
        test.take([a for a in alone if a.desk == desk][: max(0, missing)])
    begun = [latest(stories[name]) for name in names if name not in whole]
    endings = [told[: int(ENDING * len(told))] for told in begun]
    while endings:  # of each story the last article, then the one before, as long as there is room
        test.take(told[0] for told in endings if told)
        endings = [told[1:] for told in endings if told and told[0].id in test.chosen]
    test.take(alone)
    by_id = {article.id: article for article in articles}
    train = [key for key in by_id if key not in test.chosen]
    return (
        [by_id[key] for key in mixed(train, "train")],
        [by_id[key] for key in mixed(test.chosen, "test")],
    )
