"""Everything that becomes of a word on its way into a network: tokens, pieces, n-grams, neighbours.
An unknown word is no dead end if its parts are known: the desk shows which of them are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import ipywidgets as widgets
import numpy as np
from gensim.models import KeyedVectors

from course_utils.explorers.charts import WIDTH, labels, svg, text
from course_utils.explorers.page import (
    GREEN,
    GREY,
    INK,
    RED,
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
from course_utils.explorers.panel import Panel, typed, whole
from course_utils.language_model import german_pieces
from course_utils.pieces import Pieces
from course_utils.subwords import ngrams

MOST_WORDS = 12
MOST_LETTERS = 100
MOST_NGRAMS = 60
LANDMARKS = {
    "places": ["Wien", "Berlin", "Hamburg", "Zürich", "München", "Graz"],
    "money": ["Euro", "Bank", "Steuer", "Budget", "Kredit", "Preis"],
    "sport": ["Spiel", "Mannschaft", "Trainer", "Tor", "Liga", "Verein"],
    "science": ["Forscher", "Studie", "Universität", "Physik", "Biologie", "Labor"],
}
LISTED = "listed"
BUILT = "built from its n-grams"
NONE = "without a vector"
_BREAKS = "overflow-wrap:anywhere;"  # a word of a hundred letters stays in the page


class WordDesk(Explorer):
    """A typed word, and what `vectors` (gensim KeyedVectors) and `pieces`, those of the German
    language model, make of it.

    landmarks: groups of words that span the map; those without a vector are left out. The map is
    the plane of their first two principal components (Pearson 1901), all vectors of length 1.
    word: which token of a longer text is looked at, from 1. neighbours: how many are shown.
    """

    name = "Word desk"

    def __init__(
        self,
        vectors: KeyedVectors,
        typed_text: str = "Donauuferradweg",
        pieces: Pieces | None = None,
        landmarks: Mapping[str, Sequence[str]] | None = None,
        neighbours: int = 8,
    ):
        self.vectors = vectors
        self.pieces = pieces or german_pieces()
        self.n_neighbours = neighbours
        self._lay_out(landmarks or LANDMARKS)
        self.read(typed_text)

    def _lay_out(self, landmarks: Mapping[str, Sequence[str]]) -> None:
        groups = {g: [w for w in words if w in self.vectors] for g, words in landmarks.items()}
        self.landmarks = {word: group for group, words in groups.items() for word in words}
        if len(self.landmarks) < 3:
            raise ValueError("the map needs at least three landmarks that have a vector")
        rows = np.stack([self._unit_vector(word) for word in self.landmarks])
        self._centre = rows.mean(0)
        _, _, axes = np.linalg.svd(rows - self._centre, full_matrices=False)
        largest = np.abs(axes[:2]).argmax(1)
        self._axes = axes[:2] * np.sign(axes[[0, 1], largest])[:, None]  # a sign for every machine

    # Moves

    def read(self, typed_text: str) -> None:
        """Another word or text; `ValueError` if there is none in it."""
        self.tokens, self.cut = first_words(typed_text, MOST_WORDS)
        self.look_at(1)

    def look_at(self, place: int) -> None:
        """Look at another token of the text, from 1."""
        if not 1 <= place <= len(self.tokens):
            raise ValueError(f"token {place} does not exist: there are 1 to {len(self.tokens)}")
        self.place = place

    # Numbers

    @property
    def word(self) -> str:
        """The token looked at, cut where hardly any German word is longer."""
        return self.tokens[self.place - 1][:MOST_LETTERS]

    @property
    def kind(self) -> str:
        """Whether the word's vector is listed, built or missing."""
        if self.word in self.vectors.key_to_index:
            return LISTED
        return BUILT if self.word in self.vectors else NONE

    def parts(self) -> list[tuple[str, bool]]:
        """The n-grams of the word, and whether each has a vector."""
        known = set(getattr(self.vectors, "parts", ()))
        return [(part, part in known) for part in ngrams(self.word)]

    def neighbours(self) -> list[tuple[str, float]]:
        """The listed words of the largest cosine, the word itself left out."""
        if self.kind == NONE:
            return []
        vector = self.vectors.get_vector(self.word)
        found = self.vectors.similar_by_vector(vector, topn=self.n_neighbours + 1)
        others = [(word, float(cosine)) for word, cosine in found if word != self.word]
        return others[: self.n_neighbours]

    def _unit_vector(self, word: str) -> np.ndarray:
        vector = self.vectors.get_vector(word)
        return vector / (np.linalg.norm(vector) or 1.0)

    def position(self, word: str) -> tuple[float, float]:
        """The place of a word that has a vector in the map."""
        x, y = self._axes @ (self._unit_vector(word) - self._centre)
        return float(x), float(y)

    # What the reader sees

    def html(self) -> str:
        side = f"{self._neighbours()}<div>{self._map()}</div>"
        beside = f'<div style="display:flex;flex-wrap:wrap;gap:4px 20px">{side}</div>'
        return self._units() + self._ngrams() + beside + note(self.cut) + note(self._cut_word())

    def _cut_word(self) -> str:
        length = len(self.tokens[self.place - 1])
        if length <= MOST_LETTERS:
            return ""
        return f"Only the first {MOST_LETTERS} of {length:,} letters of this word are read."

    def _units(self) -> str:
        tokens = " ".join(f"[{shown(token, MOST_LETTERS)}]" for token in self.tokens)
        split = self.split()
        pieces = " ".join(f"[{shown(piece)}]" for piece in split)
        rows = [
            [f"tokens: {len(self.tokens)}", tokens],
            [f"pieces of {shown(self.word, MOST_LETTERS)}: {len(split)}", pieces],
            ["its vector is", f"<b>{self.kind}</b>"],
        ]
        return table([], rows, "what the network gets").replace("white-space:nowrap;", _BREAKS)

    def split(self) -> list[str]:
        """The pieces of the word."""
        return self.pieces.split(self.word)

    def _ngrams(self) -> str:
        parts = self.parts()
        known = sum(there for _, there in parts)
        cells = []
        for part, there in parts[:MOST_NGRAMS]:
            colour = GREEN if there else GREY
            style = f"border:1px solid {colour};padding:0 3px;display:inline-block;margin:1px"
            line = "" if there else ";text-decoration:line-through"
            cells.append(f'<span style="{style};color:{INK}{line}">{shown(part)}</span>')
        more = f" … and {len(parts) - MOST_NGRAMS} more" if len(parts) > MOST_NGRAMS else ""
        head = f"{len(parts)} n-grams of 3 to 6 letters, {known} with a vector, others struck out:"
        return f'<p style="margin:4px 0;max-width:640px">{head}<br>{" ".join(cells)}{more}</p>'

    def _neighbours(self) -> str:
        found = self.neighbours()
        if not found:
            return note("No part of this word is known: it has no vector and no neighbours.")
        rows = [[shown(word), bar(cosine), f"{cosine:.2f}"] for word, cosine in found]
        return table(["word", "", "cosine"], rows, "nearest listed words")

    def _map(self) -> str:
        places = {word: self.position(word) for word in self.landmarks}
        drawn = "" if self.kind == NONE else self.word
        if drawn:
            places[drawn] = self.position(drawn)
        points = np.array(list(places.values()))
        low = points.min(0)
        span = points.max(0) - low
        groups = list(dict.fromkeys(self.landmarks.values()))
        body = ""
        scaled = (points - low) / span * (430, -235) + (24, 255)
        spots = dict(zip(places, scaled.tolist(), strict=True))
        names = labels({f"▶ {w}" if w == drawn else w: at for w, at in spots.items()}, WIDTH)
        for (word, (x, y)), (name, place) in zip(spots.items(), names.items(), strict=True):
            own = word == drawn
            colour = RED if own else SERIES[groups.index(self.landmarks[word])]
            body += f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{7 if own else 3}" fill="{colour}"/>'
            body += text(place[0], place[1], plain(name, 24), place[2])
        label = f"map of {len(self.landmarks)} words ({', '.join(groups)}): {self._place()}"
        return svg(body, label, WIDTH, 275) + note(escape(label))

    def _place(self) -> str:
        if self.kind == NONE:
            return "this word has no place in it"
        x, y = self.position(self.word)
        return f"{plain(self.word, 24)} at ({x:.2f}, {y:.2f})"

    def status(self) -> str:
        near = self.neighbours()
        nearest = f"; nearest: {near[0][0]}, {near[0][1]:.2f}" if near else ""
        parts = self.parts()
        known = sum(there for _, there in parts)
        cut = f" {self._cut_word()}" if self._cut_word() else ""
        return (
            f"“{plain(self.word, MOST_LETTERS)}” is {self.kind}: pieces {len(self.split())}, "
            f"{known} of {len(parts)} n-grams known{nearest}.{cut}"
        )

    def as_text(self) -> str:
        near = ", ".join(f"{word} {cosine:.2f}" for word, cosine in self.neighbours())
        pieces = " ".join(self.split())
        return f"{self.status()}\npieces: {pieces}\nneighbours: {near or 'none'}\n{self._place()}"


def word_desk(
    vectors: KeyedVectors,
    words: Sequence[str],
    landmarks: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Display the desk: a live widget, and a frame for each of `words`. `landmarks`: groups of
    words that span the map."""
    desk = WordDesk(vectors, words[0], landmarks=landmarks)
    frames = []
    for word in words:
        desk.read(word)
        frames.append(frame(desk))
    desk.read(words[0])
    display_explorer(desk.name, _widget(desk), frames)


def _widget(desk: WordDesk) -> widgets.VBox:
    panel = Panel(desk)
    word = panel.bind(typed("word", " ".join(desk.tokens)), desk.read)
    place = panel.bind(whole("token", 1, 1, len(desk.tokens)), desk.look_at)

    def follow() -> None:
        place.max = len(desk.tokens)
        place.value = desk.place

    return panel.box([[word], [place]], follow)
