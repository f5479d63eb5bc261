"""Typical wrong answers to the exercises of notebook 00, Start here.
Counts that are no shares, places that are no names, and pairs read the wrong way round."""

from collections import Counter

from course_utils.exercises.mistakes import mistake


@mistake("start-count-words", "You counted characters: len of a text is its number of letters.")
def _(text):
    return len(text)


@mistake("start-count-words", "You counted blanks: there may be several between two words.")
def _(text):
    return text.count(" ") + 1


@mistake("start-count-words", "You counted different words; one that comes twice counts twice.")
def _(text):
    return len(set(text.split()))


@mistake("start-likeliest", "The order is upside down: argsort puts the smallest first.")
def _(names, p, k):
    return [names[i] for i in p.argsort()[:k]]


@mistake("start-likeliest", "These are the probabilities; asked for are the names they belong to.")
def _(names, p, k):
    return p.sort(descending=True).values[:k].tolist()


@mistake("start-likeliest", "These are the places of the names in the list, not yet the names.")
def _(names, p, k):
    return p.argsort(descending=True)[:k].tolist()


@mistake("start-likeliest", "The right names in the order of the list; the likeliest comes first.")
def _(names, p, k):
    return [names[i] for i in sorted(p.argsort(descending=True)[:k].tolist())]


@mistake(
    "start-changes",
    "You compared the largest probabilities. They change at every word; the class that has the "
    "largest one may still be the same.",
)
def _(p):
    largest = p.max(1).values
    return int((largest[1:] != largest[:-1]).sum())


@mistake(
    "start-changes",
    "argmax(0) asks, for each class, after which word it was strongest. The classes lie along "
    "axis 1.",
)
def _(p):
    leading = p.argmax(0)
    return int((leading[1:] != leading[:-1]).sum())


@mistake("start-changes", "You counted the classes that ever lead, not the changes between them.")
def _(p):
    return len(set(p.argmax(1).tolist()))


@mistake("start-changes", "One too many: the first word has nothing before it to differ from.")
def _(p):
    leading = p.argmax(1)
    return int((leading[1:] != leading[:-1]).sum()) + 1


@mistake("start-floor", "This is a count of articles; a share is between 0 and 1.")
def _(labels):
    return max(Counter(labels).values())


@mistake(
    "start-floor",
    "One over the number of classes is what guessing at random gets. Classes are not equally "
    "frequent, and the best constant answer uses that.",
)
def _(labels):
    return 1 / len(set(labels))


@mistake("start-floor", "This is the label itself; asked for is the share that has it.")
def _(labels):
    return Counter(labels).most_common(1)[0][0]


def _counted(text, word, order=1):
    words = text.split()
    pairs = zip(words, words[1:], strict=False)
    return Counter(pair[order] for pair in pairs if pair[1 - order] == word)


@mistake("start-next-word", "You looked at the word *before* each `word`, not at the one after it.")
def _(text, word):
    return max(counts := _counted(text, word, 0), key=counts.__getitem__, default="")


@mistake("start-next-word", "Of equally frequent words you took the last one met, not the first.")
def _(text, word):
    counts = dict(reversed(_counted(text, word).items()))
    return max(counts, key=counts.__getitem__, default="")


@mistake("start-next-word", "You took the first word that follows; asked for is the commonest one.")
def _(text, word):
    return next(iter(_counted(text, word)), "")


@mistake(
    "start-next-word",
    "max of a dict compares its keys, so the last word of the alphabet won. Compare the counts: "
    "key=counts.get.",
)
def _(text, word):
    return max(_counted(text, word), default="")


@mistake("start-next-word", "Nothing may follow `word`: max of nothing needs a default.")
def _(text, word):
    return max(counts := _counted(text, word), key=counts.__getitem__)
