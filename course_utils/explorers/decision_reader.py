"""Reads an article with a classifier word by word, and asks two models which words decided.
A wrong label is a beginning: the matrix of confusions opens the articles behind each of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import ipywidgets as widgets
import numpy as np

from course_utils.explorers.attribution import GRADIENTS, OCCLUSION, Network, Verdict, WordCounts
from course_utils.explorers.charts import curves
from course_utils.explorers.confusions import matrix_table
from course_utils.explorers.page import (
    INK,
    MARK,
    Explorer,
    display_explorer,
    first_words,
    frame,
    note,
    plain,
    shown,
    table,
    tidy,
)
from course_utils.explorers.panel import Panel, choice, typed, whole
from course_utils.explorers.tables import tint
from course_utils.tokens import tokenize

MOST_WORDS = 60  # of 200 words an answer takes seconds: each beginning is read anew
DRAWN = 4  # classes whose curves are drawn
MOST_ARTICLES = 8
STAGES = 3
METHODS = (GRADIENTS, OCCLUSION)
MODELS = ("LSTM", "word counts")


class DecisionReader(Explorer):
    """A text, an LSTM and a linear model on word counts, and the articles that each got wrong.

    model, vocabulary: a classifier with `emb`, called with (x, lengths). pipeline: a fitted
    scikit-learn pipeline that ends in a linear classifier of the same classes in the same order.
    articles, truth, predicted: what was held out, its classes and the LSTM's, by number.
    """

    name = "Decision reader"

    def __init__(
        self,
        model: Any,
        vocabulary: Any,
        pipeline: Any,
        articles: Sequence[str],
        truth: Sequence[int],
        predicted: Sequence[int],
    ):
        if not len(articles) == len(truth) == len(predicted):
            raise ValueError("every article needs its class and a predicted class")
        self.network = Network(model, vocabulary)
        self.counts = WordCounts(pipeline)
        self.classes = [str(name) for name in pipeline.classes_]
        self.articles = list(articles)
        self._longest = max(len(tokenize(tidy(text))) for text in self.articles)
        self.truth = np.asarray(truth)
        self.predicted = np.asarray(predicted)
        self.method = GRADIENTS
        self.model = MODELS[0]
        self.brief = False  # text and curve alone, for the first steps of a page without a kernel
        self.cell = self._worst()
        found = self.behind(*self.cell) or [0]
        self.read(self.articles[found[0]])

    # Moves

    def read(self, text: str) -> None:
        """Another text; `ValueError` without a word in it."""
        all_words, self.cut = first_words(text, max(MOST_WORDS, self._longest))
        words = all_words[:MOST_WORDS]
        self.text = tidy(text)
        self.verdict = Verdict(self.network, self.counts, words)
        self.whole = self._of_all(all_words) if len(all_words) > len(words) else ""
        self.t = len(words)
        self.k = int(self.verdict.p[-1].argmax())

    def _of_all(self, words: Sequence[str]) -> str:
        """What both models say of more words than are shown, as many as an article has."""
        p = self.network.of_all(words)
        ours = int(p.argmax())
        theirs = int(self.counts.decision(words).argmax())
        return (
            f"From {len(words)} words, as in the matrix, the LSTM says {self.classes[ours]}, "
            f"{p[ours]:.1%}; the word counts say {self.classes[theirs]}."
        )

    def go(self, t: int) -> None:
        """Stop after `t` words, from 1."""
        if not 1 <= t <= len(self.verdict.words):
            raise ValueError(f"word {t} does not exist: there are 1 to {len(self.verdict.words)}")
        self.t = t

    def ask(self, k: int, method: str) -> None:
        """Ask which words speak for class `k`, by another method."""
        if method not in METHODS:
            raise ValueError(f"there is no method {method!r}; there are: {', '.join(METHODS)}")
        self.k = k
        self.method = method

    def look_at(self, model: str, true: int, said: int) -> None:
        """Look at another cell of a model's matrix."""
        if model not in MODELS:
            raise ValueError(f"there is no model {model!r}; there are: {', '.join(MODELS)}")
        self.model = model
        self.cell = (true, said)

    def open_article(self, number: int) -> None:
        """Read the article `number`, from 1, of the present cell."""
        found = self.behind(*self.cell)
        if not 1 <= number <= len(found):
            raise ValueError(f"there is no article {number} in this cell: it holds {len(found)}")
        self.read(self.articles[found[number - 1]])

    # Numbers

    @cached_property
    def by_counts(self) -> np.ndarray:
        """The linear model's classes of the articles."""
        return np.asarray(self.counts.pipeline.decision_function(self.articles)).argmax(1)

    def _said(self) -> np.ndarray:
        return self.predicted if self.model == MODELS[0] else self.by_counts

    def matrix(self) -> np.ndarray:
        """How many articles of each class (row) the present model took for each (column)."""
        counts = np.zeros((len(self.classes), len(self.classes)), dtype=int)
        np.add.at(counts, (self.truth, self._said()), 1)
        return counts

    def behind(self, true: int, said: int) -> list[int]:
        """The articles of class `true` that the present model took for `said`."""
        return np.flatnonzero((self.truth == true) & (self._said() == said)).tolist()

    def _worst(self) -> tuple[int, int]:
        wrong = self.matrix() * (1 - np.eye(len(self.classes), dtype=int))
        true, said = np.unravel_index(wrong.argmax(), wrong.shape)
        return int(true), int(said)

    # What the reader sees

    def html(self) -> str:
        rest = "" if self.brief else self._deciders() + self._confusions() + self._articles()
        return self._reading() + self._curve() + rest

    def _reading(self) -> str:
        words = self.verdict.words
        read = " ".join(map(shown, words[: self.t]))
        rest = " ".join(map(shown, words[self.t :]))
        style = "max-width:640px;margin:4px 0"
        text = f'<p style="{style}"><mark style="{MARK}">{read}</mark> {rest}</p>'
        here = f"Shown and asked about are the first {len(words)} words. "
        return text + note(self.cut) + note(here + shown(self.whole, 300) if self.whole else "")

    def _curve(self) -> str:
        p = self.verdict.p
        order = np.argsort(-p[-1], kind="stable")[:DRAWN]
        series = {self.classes[k]: p[:, k].tolist() for k in order}
        now = ", ".join(f"{self.classes[k]} {p[self.t - 1, k]:.1%}" for k in order)
        label = f"probability of a class after {self.t} of {len(p)} words: {now}"
        drawn = curves(series, plain(label, 300), (0.0, 1.0), self.t, chosen=self.classes[self.k])
        return drawn + note(shown(label, 300))

    def _deciders(self) -> str:
        ours, theirs = self.verdict.scores(self.method, self.k)
        name = shown(self.classes[self.k])
        if self.method == GRADIENTS:
            error = self.verdict.missed[self.k]
            rest = self.verdict.rest[self.k]
            proof = (
                f"LSTM: sum {ours.sum():.2f}, {error:+.3f} off the difference to a text of unknown "
                f"words. Word counts: sum {theirs.sum():.2f} and {rest:+.2f} "
                "beside them (the intercept)."
            )
        else:
            proof = (
                "How much the value for the class falls: for the LSTM when the unknown word stands "
                "in a word's place, for the word counts when the word is removed."
            )
        cells = [self._coloured(scores) for scores in (ours, theirs)]
        tops = [self._strongest(scores) for scores in (ours, theirs)]
        rows = [["words", *cells], ["strongest", *tops]]
        head = ["", *MODELS]
        caption = f"which words speak for {name} (orange) and against it (blue): {self.method}"
        return table(head, rows, caption).replace("white-space:nowrap", "") + note(proof)

    def _coloured(self, scores: np.ndarray) -> str:
        top = float(np.abs(scores).max()) or 1.0
        words = zip(self.verdict.words, scores, strict=True)
        spans = (
            f'<span style="background:{tint(score / top)};color:{INK}">{shown(word)}</span>'
            for word, score in words
        )
        return " ".join(spans)

    def strongest(self, scores: np.ndarray) -> list[tuple[str, float]]:
        """The three words of the largest numbers, whichever sign they have."""
        order = np.argsort(-np.abs(scores), kind="stable")[:3]
        return [(self.verdict.words[i], float(scores[i])) for i in order]

    def _strongest(self, scores: np.ndarray) -> str:
        return ", ".join(f"{shown(word)} {score:+.2f}" for word, score in self.strongest(scores))

    def _confusions(self) -> str:
        return matrix_table(self.matrix(), self.classes, self.cell, self.model)

    def _articles(self) -> str:
        found = self.behind(*self.cell)
        true, said = (shown(self.classes[k]) for k in self.cell)
        parts = ""
        for place, i in enumerate(found[:MOST_ARTICLES], start=1):
            text = self.articles[i]
            head = f"{place}. {shown(text, 80)}"
            parts += f"<details><summary>{head}</summary><p>{shown(text, 1_200)}</p></details>"
        more = f", the first {MOST_ARTICLES} are here" if len(found) > MOST_ARTICLES else ""
        end = ":" if found else "."
        line = f"{len(found)} of {true} taken for {said}{more}{end}"
        return f'<p style="margin:4px 0">{line}</p>{parts}'

    def status(self) -> str:
        p = self.verdict.p[self.t - 1]
        best = int(p.argmax())
        ours, theirs = self.verdict.scores(self.method, self.k)
        (word, score), (other, value) = (self.strongest(s)[0] for s in (ours, theirs))
        counted = self.classes[int(self.verdict.decision.argmax())]
        true, said = (self.classes[k] for k in self.cell)
        whole = f" {self.whole}" if self.whole else ""
        return (
            f"After {self.t} words the LSTM says {self.classes[best]}, {p[best]:.1%}; the word "
            f"counts, of the {len(self.verdict.words)} words shown, {counted}.{whole} "
            f"For {self.classes[self.k]} count most: "
            f"{plain(word)} {score:+.2f} (LSTM) and {plain(other)} {value:+.2f} (word counts). "
            f"{self.model}: {len(self.behind(*self.cell))} of {true} taken for {said}."
        )

    def as_text(self) -> str:
        p = self.verdict.p[self.t - 1]
        lines = [" ".join(map(plain, self.verdict.words)), self.status()]
        return "\n".join([*lines, *(f"{c} {v:.1%}" for c, v in zip(self.classes, p, strict=True))])


def decision_reader(
    model: Any,
    vocabulary: Any,
    pipeline: Any,
    articles: Sequence[str],
    truth: Sequence[int],
    predicted: Sequence[int],
) -> None:
    """Display which words decided: a live widget, and an article read in three stages as frames.

    model, vocabulary: a classifier with `emb`, called with (x, lengths). pipeline: tf-idf and a
    linear classifier, fitted. articles: what was held out; truth, predicted: their classes and
    those that `model` gave, numbers in the order of `pipeline.classes_`."""
    reader = DecisionReader(model, vocabulary, pipeline, articles, truth, predicted)
    length = len(reader.verdict.words)
    frames = []
    for stage in range(1, STAGES + 1):
        reader.go(max(1, round(length * stage / STAGES)))
        reader.brief = stage < STAGES
        frames.append(frame(reader))
    display_explorer(reader.name, _widget(reader), frames)


def _widget(reader: DecisionReader) -> widgets.VBox:
    panel = Panel(reader)
    names = [(plain(name), k) for k, name in enumerate(reader.classes)]
    text = panel.bind(typed("text", reader.text), reader.read)
    step = panel.bind(whole("words read", reader.t, 1, len(reader.verdict.words)), reader.go)
    target = choice("ask for", names, reader.k)
    method = choice("by", METHODS, reader.method)
    for control in (target, method):
        panel.bind(control, lambda _: reader.ask(target.value, method.value))
    model = choice("matrix of", MODELS, reader.model)
    true = choice("true", names, reader.cell[0])
    said = choice("said", names, reader.cell[1])
    for control in (model, true, said):
        panel.bind(control, lambda _: reader.look_at(model.value, true.value, said.value))
    number = whole("article", 1, 1, MOST_ARTICLES)

    def follow() -> None:
        text.value = reader.text
        step.max = len(reader.verdict.words)
        step.value = reader.t
        target.value = reader.k

    opened = panel.button(
        "read it", "read this article above", lambda: reader.open_article(number.value)
    )
    return panel.box([[text], [step, target, method], [model, true, said, number, opened]], follow)
