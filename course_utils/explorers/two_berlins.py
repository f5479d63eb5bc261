"""One city, three errands: where its vector moves when the sentence around it changes.
A static vector stands still whatever is written; here one sees how far a contextual one goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import ipywidgets as widgets
import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from course_utils.explorers.charts import dots, line, svg, text
from course_utils.explorers.page import (
    GREY,
    INK,
    SERIES,
    Explorer,
    bar,
    display_explorer,
    first_words,
    frame,
    note,
    plain,
    shown,
    table,
)
from course_utils.explorers.panel import Panel, choice, typed
from course_utils.explorers.tables import as_array
from course_utils.journeys import ROLES, Request

MOST_WORDS = 30
WIDTH = 560
HEIGHT = 250


class Point(NamedTuple):
    """A city in a sentence: which token it is, its place in the map, its roles' probabilities."""

    city: str
    i: int  # which token, from 0: a sentence may name a city twice
    sentence: str
    place: np.ndarray  # (2,)
    p: np.ndarray  # (3,)


class TwoBerlins(Explorer):
    """Contextual vectors of cities in a plane that keeps their roles apart.

    vectors: tokens -> (T, D), a vector each. requests: tokens with their tags; the cities in them
    span the plane by linear discriminant analysis (Fisher 1936, its covariance after Ledoit & Wolf
    2004), which also gives the probabilities, and are looked for in a typed sentence.
    """

    name = "Two Berlins"

    def __init__(
        self,
        vectors: Callable[[list[str]], ArrayLike],
        requests: Sequence[Request],
        sentence: str,
    ):
        self.vectors = vectors
        tagged = [pair for tokens, tags in requests for pair in zip(tokens, tags, strict=True)]
        self.cities = frozenset(token for token, tag in tagged if tag in ROLES)
        rows = []
        roles = []
        for tokens, tags in requests:
            numbers = self._numbers(tokens)
            found = [i for i, tag in enumerate(tags) if tag in ROLES]
            rows += [numbers[i] for i in found]
            roles += [ROLES.index(tags[i]) for i in found]
        if len(set(roles)) < len(ROLES):
            raise ValueError(f"the requests must have cities of every role: {', '.join(ROLES)}")
        self._analysis = LinearDiscriminantAnalysis("eigen", shrinkage="auto", n_components=2).fit(
            np.stack(rows), roles
        )
        self.cloud = self._analysis.transform(np.stack(rows))
        self.roles = np.array(roles)
        self.trail: list[Point] = []
        self.which = 0
        self.read(sentence)

    def _numbers(self, tokens: list[str]) -> np.ndarray:
        with torch.no_grad():
            return as_array(self.vectors(tokens))

    # Moves

    def read(self, sentence: str) -> None:
        """Another sentence; `ValueError` if no city stands in it."""
        tokens, self.cut = first_words(sentence, MOST_WORDS)
        places = [i for i, token in enumerate(tokens) if token in self.cities]
        if not places:
            some = ", ".join(sorted(self.cities)[:4])
            raise ValueError(f"No city that the model knows stands in this sentence. Try {some}.")
        numbers = self._numbers(tokens)[places]
        positions = self._analysis.transform(numbers)
        p = self._analysis.predict_proba(numbers)
        before = self.point.city if self.trail else None
        self.tokens = tokens
        joined = " ".join(tokens)
        self.points = [
            Point(tokens[i], i, joined, place, share)
            for i, place, share in zip(places, positions, p, strict=True)
        ]
        # the same city as before where it is there, so that its way can be followed
        names = [point.city for point in self.points]
        self.which = names.index(before) if before in names else 0
        self._remember()

    def look_at(self, which: int) -> None:
        """Look at another city of the sentence, from 0."""
        if not 0 <= which < len(self.points):
            raise ValueError(f"city {which} does not exist: there are {len(self.points)}, from 0")
        self.which = which
        self._remember()

    def forget(self) -> None:
        """Begin the trail anew."""
        self.trail = []
        self._remember()

    def _remember(self) -> None:
        seen = [(point.i, point.sentence) for point in self.trail[-1:]]
        if (self.point.i, self.point.sentence) not in seen:
            self.trail = [*self.trail, self.point][-6:]

    # Numbers

    @property
    def point(self) -> Point:
        """The city looked at."""
        return self.points[self.which]

    def moved(self) -> float | None:
        """How far the city of the same name has moved since it was looked at last."""
        before = [point for point in self.trail[:-1] if point.city == self.point.city]
        if not before:
            return None
        return float(np.linalg.norm(self.point.place - before[-1].place))

    def ways(self) -> list[tuple[Point, Point]]:
        """The points of the trail with the one before of the same city."""
        last: dict[str, Point] = {}
        found = []
        for point in self.trail:
            if point.city in last:
                found.append((last[point.city], point))
            last[point.city] = point
        return found

    # What the reader sees

    def html(self) -> str:
        return self._sentence() + self._probabilities() + self._map() + note(self.cut)

    def _sentence(self) -> str:
        words = " ".join(
            f"<b>{shown(token)}</b>" if token in self.cities else shown(token)
            for token in self.tokens
        )
        return f'<p style="font-size:15px;margin:4px 0;max-width:640px">{words}</p>'

    def _probabilities(self) -> str:
        rows = []
        for point in self.points:
            mark = "▶ " if point is self.point else ""
            shares = [
                f"{bar(p, colour, 80)} {p:.1%}" for p, colour in zip(point.p, SERIES, strict=False)
            ]
            x, y = point.place
            rows.append([mark + shown(point.city), *shares, f"({x:.2f}, {y:.2f})"])
        return table(["city", *ROLES, "in the map"], rows, "what the vector says of a city")

    def _map(self) -> str:
        points = np.vstack([self.cloud, [point.place for point in self.trail]])
        low = points.min(0)
        span = np.where(np.ptp(points, axis=0) > 0, np.ptp(points, axis=0), 1.0)

        def at(place: np.ndarray) -> tuple[float, float]:
            x, y = (place - low) / span
            return 20 + (WIDTH - 130) * float(x), HEIGHT - 20 - (HEIGHT - 40) * float(y)

        body = ""
        for role in range(len(ROLES)):
            own = self.cloud[self.roles == role]
            body += dots([at(place) for place in own], SERIES[role])
        for role, name in enumerate(ROLES):
            own = [at(place) for place in self.cloud[self.roles == role]]
            middle = sum(x for x, _ in own) / len(own)
            top = min(y for _, y in own)  # the name stands above all of its dots
            body += text(middle, max(12, top - 6), name, "middle")
        for before, after in self.ways():
            body += line(*at(before.place), *at(after.place), GREY, 1.5)
        for point in self.trail[:-1]:
            body += self._dot(at(point.place), GREY, 4)
        x, y = at(self.point.place)
        body += self._dot((x, y), INK, 7) + text(x + 10, y + 4, f"▶ {plain(self.point.city, 24)}")
        label = f"{len(self.cloud)} cities of the requests by role; {self._where()}"
        return svg(body, label, WIDTH, HEIGHT) + note(shown(label, 300))

    @staticmethod
    def _dot(place: tuple[float, float], colour: str, radius: int) -> str:
        x, y = place
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}"/>'

    def _where(self) -> str:
        x, y = self.point.place
        moved = self.moved()
        since = "" if moved is None else f", moved by {moved:.2f}"
        return f"{plain(self.point.city)} at ({x:.2f}, {y:.2f}){since}"

    def status(self) -> str:
        shares = ", ".join(f"{r} {p:.1%}" for r, p in zip(ROLES, self.point.p, strict=True))
        return f"{self._where()}: {shares}."

    def as_text(self) -> str:
        lines = [" ".join(map(plain, self.tokens))]
        for point in self.points:
            shares = ", ".join(f"{r} {p:.1%}" for r, p in zip(ROLES, point.p, strict=True))
            lines.append(f"{plain(point.city)}: {shares}, at {point.place.round(2).tolist()}")
        return "\n".join(lines)


def two_berlins(
    vectors: Callable[[list[str]], ArrayLike], requests: Sequence[Request], sentences: Sequence[str]
) -> None:
    """Display where a city's vector moves: a live widget, and a frame for each of `sentences`.

    vectors: tokens -> (T, D). requests: sentences with the role of every city, as notebook 09
    has them."""
    explorer = TwoBerlins(vectors, requests, sentences[0])
    explorer.trail = []
    frames = []
    for sentence in sentences:
        explorer.read(sentence)
        frames.append(frame(explorer))
    explorer.read(sentences[0])
    explorer.forget()
    display_explorer(explorer.name, _widget(explorer), frames)


def _widget(explorer: TwoBerlins) -> widgets.VBox:
    panel = Panel(explorer)
    sentence = panel.bind(typed("sentence", " ".join(explorer.tokens)), explorer.read)
    city = panel.bind(choice("city", _names(explorer), explorer.which), explorer.look_at)

    def follow() -> None:
        city.options = _names(explorer)
        city.value = explorer.which

    forget = panel.button("new trail", "forget where the city was before", explorer.forget)
    return panel.box([[sentence], [city, forget]], follow)


def _names(explorer: TwoBerlins) -> list[tuple[str, int]]:
    """The cities of the sentence as a list to choose from."""
    return [(f"{i + 1} {plain(point.city)}", i) for i, point in enumerate(explorer.points)]
