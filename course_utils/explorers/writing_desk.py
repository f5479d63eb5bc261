"""Writes with a language model piece by piece: what could come next, what is drawn, what beams do.
Whoever has chosen a few pieces themselves knows what temperature, top-k and top-p cut off."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import ipywidgets as widgets

from course_utils.explorers.charts import line, svg, text
from course_utils.explorers.page import (
    BLUE,
    GREY,
    INK,
    MARK,
    RED,
    Explorer,
    bar,
    display_explorer,
    frame,
    frames_after,
    note,
    plain,
    shown,
    table,
)
from course_utils.explorers.panel import Panel, choice, real, typed, whole
from course_utils.explorers.writing import MOST_PIECES, Copies, Node, Writing
from course_utils.pieces import BLANK
from course_utils.tokens import tokenize

BARS = 10
BRANCHES = 3  # of each text of a beam, or as many as the beam is wide
WIDTH = 3  # of the beam, as the desk opens
DRAWN = 3  # frames of drawn pieces
COLUMN = 120
ROW = 17


class WritingDesk(Explorer):
    """`writing`, what its pieces come from, and a beam search from the present place.

    texts: what the model has read or was tuned on; copied runs of words are looked for in them.
    width, depth: the beam's; a depth of 0 hides the tree. bars: False shows the tree alone.
    """

    name = "Writing desk"

    def __init__(
        self,
        learn: Any,
        prompt: str,
        texts: Sequence[str] = (),
        width: int = WIDTH,
        depth: int = 3,
        bars: bool = True,
    ):
        self.writing = Writing(learn, prompt)
        self.copies = Copies(texts) if len(texts) else None
        self.width = width
        self.depth = depth
        self.bars = bars

    def arrange(self, state: Mapping[str, Any]) -> None:
        """Another `prompt`, `top_p` and `width`, those of them that `state` names."""
        writing = self.writing
        if "prompt" in state:
            writing.begin(state["prompt"])
        writing.set(writing.temperature, writing.top_k, state.get("top_p", writing.top_p))
        self.search(state.get("width", self.width), self.depth)

    @property
    def branches(self) -> int:
        """How many pieces a text of the beam is tried with: more could not get into the beam."""
        return max(BRANCHES, self.width)

    def search(self, width: int, depth: int) -> None:
        """Another width and depth of the beam."""
        self.width = width
        self.depth = depth

    def nodes(self) -> list[Node]:
        """The beam search from here; nothing with depth 0 or after the end."""
        if not self.depth or self.writing.ended:
            return []
        return self.writing.tree(self.width, self.depth, self.branches)

    def beams(self, nodes: Sequence[Node]) -> list[tuple[str, float]]:
        """The texts of the last beam and their log-probabilities, best first."""
        parents = {node.parent for node in nodes}
        last = [
            (i, node) for i, node in enumerate(nodes) if node.survives and i not in parents
        ]  # what no other grew from
        found = []
        for i, leaf in sorted(last, key=lambda pair: -pair[1].log_p):
            pieces: list[str] = []
            while i >= 0:
                pieces.insert(0, nodes[i].piece)
                i = nodes[i].parent
            found.append(("".join(pieces), leaf.log_p))
        return found

    def counts(self) -> dict[str, str]:
        """What may come next; length, repetition and longest copied run of what was written."""
        again, runs = self.writing.repeated()
        found = {
            "pieces that may be drawn": str(self.writing.open_pieces()),
            "pieces written": str(len(self.writing.written)),
            "runs of 3 words seen before": f"{again} of {runs}",
        }
        if self.copies:
            found["longest run of words from the texts"] = f"{len(self.copied())}"
        return found

    def copied(self) -> list[str]:
        """The longest run of the continuation's words that stands in the texts."""
        words = tokenize(self.writing.continuation())
        return self.copies.longest(words) if self.copies else []

    # What the reader sees

    def html(self) -> str:
        return self._text() + self._bars() * self.bars + self._tree()

    def _text(self) -> str:
        new = shown(self.writing.continuation(), 2_000)
        end = " ∎" if self.writing.ended and not self.writing.full else ""
        numbers = self.counts() if self.bars else {}
        counts = " · ".join(f"{name} <b>{value}</b>" for name, value in numbers.items())
        copied = " ".join(self.copied())
        run = f"copied: {shown(copied, 120)}" if copied else ""
        text = f"{shown(self.writing.prompt, 500)}<mark style='{MARK}'>{new}</mark>{end}"
        return (
            f'<p style="font-size:15px;max-width:640px;margin:4px 0;white-space:pre-wrap">{text}'
            f'</p><p style="margin:4px 0">{counts}</p>{note(run)}{note(self.writing.cut)}'
        )

    def _bars(self) -> str:
        if self.writing.ended:
            return note(f"{self._end().capitalize()}; take pieces back to go on.")
        rows = []
        for rank, option in enumerate(self.writing.choices(BARS), start=1):
            model = bar(option.p, BLUE, 110) + f" {option.p:.1%}"
            drawn = bar(option.drawn, RED, 110) + (
                f" {option.drawn:.1%}" if option.drawn else " cut off"
            )
            rows.append([f"{rank} {shown(option.piece)}", model, drawn])
        head = ["piece (▁ begins a word)", "the model's probability", "as drawn"]
        return table(head, rows, "what could come next")

    def _end(self) -> str:
        """Why nothing more is written."""
        if self.writing.full:
            return f"the page is full with {MOST_PIECES} pieces"
        return "the text has ended"

    def _tree(self) -> str:
        nodes = self.nodes()
        if not nodes:
            return ""
        beams = self.beams(nodes)
        best = "; ".join(f"{plain(beam, 60)} ({log_p:.2f})" for beam, log_p in beams)
        label = (
            f"beam of {self.width}, {self.depth} steps, each text tried with its {self.branches} "
            f"likeliest pieces; in the end, with log p: {best}"
        )
        height = ROW * max(self._rows(nodes).values()) + 2 * ROW
        return svg(self._branches(nodes), label, COLUMN * (self.depth + 1), height) + note(
            f"{shown(label, 500)} Blue: leads to a text of the last beam. "
            "Grey and dashed: does not."
        )

    def _rows(self, nodes: Sequence[Node]) -> dict[int, int]:
        """The line of every node in its column: children stand in the order of their parents."""
        rows: dict[int, int] = {}
        for depth in range(1, self.depth + 1):
            own = [i for i, node in enumerate(nodes) if node.depth == depth]
            own.sort(key=lambda i: (rows.get(nodes[i].parent, 0), -nodes[i].log_p))
            rows |= {i: row for row, i in enumerate(own)}
        return rows

    def _branches(self, nodes: Sequence[Node]) -> str:
        rows = self._rows(nodes)
        body = text(4, ROW + 4, "the text")
        for i, node in enumerate(nodes):
            x = node.depth * COLUMN
            y = ROW * (rows[i] + 1)
            from_y = ROW * (rows.get(node.parent, 0) + 1)
            from_x = x - COLUMN + (60 if node.depth == 1 else 92)
            colour = BLUE if node.survives else GREY
            drawn = line(from_x, from_y, x - 4, y, colour, 2 if node.survives else 1)
            body += drawn if node.survives else drawn.replace("/>", ' stroke-dasharray="3 3"/>')
            name = f"{_named(node.piece)} {node.log_p:.1f}"
            body += text(x, y + 4, name, colour=INK if node.survives else GREY)
        return body

    def status(self) -> str:
        if not self.bars:
            found = "; ".join(f"{plain(beam, 60)} {p:.2f}" for beam, p in self.beams(self.nodes()))
            beams = f"beam of {self.width}, {self.depth} steps: {found or 'nothing'}"
            return f"{plain(self.writing.text()[-60:], 61)} — {beams}."
        values = ", ".join(f"{name}: {value}" for name, value in self.counts().items())
        likeliest = self.writing.choices(1)[0]
        following = (
            self._end()
            if self.writing.ended
            else f"likeliest next: {plain(likeliest.piece)}, {likeliest.p:.1%}"
        )
        w = self.writing
        knobs = f"temperature {w.temperature:.1f}, top k {w.top_k}, top p {w.top_p:.2f}"
        knobs += f", seed {w.seed}, beam of {self.width}, {self.depth} steps"
        cut = f" {w.cut}" if w.cut else ""
        return f"…{plain(w.text()[-60:], 61)} — {values}; {knobs}; {following}.{cut}"

    def as_text(self) -> str:
        lines = [plain(self.writing.text(), 2_500), self.status()]
        options = self.writing.choices(BARS) if self.bars else []
        lines += [f"{o.piece} {o.p:.1%} {o.drawn:.1%}" for o in options]
        lines += [
            f"beam: {plain(beam, 60)} {log_p:.2f}" for beam, log_p in self.beams(self.nodes())
        ]
        return "\n".join(lines)


def writing_desk(
    learn: Any,
    prompt: str,
    texts: Sequence[str] = (),
    states: Sequence[Mapping[str, Any]] = (),
    width: int = WIDTH,
    bars: bool = True,
) -> None:
    """Display the desk: a live widget, and as frames the first drawn pieces, or the desk as it
    opens and after each of `states`, which change `prompt`, `top_p` or the beam's `width`.

    `learn` as in `sample`; `texts`: where copied runs of words are looked for; `width`: of the
    beam, at first; `bars`: False shows the beam alone, without what draws."""
    desk = WritingDesk(learn, prompt, texts, width, bars=bars)
    moves: list[Callable[[], None]] = [partial(desk.arrange, state) for state in states]
    frames = [frame(desk), *frames_after(desk, moves or [desk.writing.step] * DRAWN)]
    desk.arrange({"prompt": prompt, "top_p": 1.0, "width": width})
    display_explorer(desk.name, _widget(desk), frames)


def _widget(desk: WritingDesk) -> widgets.VBox:
    panel = Panel(desk)
    writing = desk.writing
    prompt = panel.bind(typed("begin with", writing.prompt), writing.begin)
    width = whole("beam width", desk.width, 1, 5)
    depth = whole("beam steps", desk.depth, 0, 5)
    for knob in (width, depth):
        panel.bind(knob, lambda _: desk.search(width.value, depth.value))
    if not desk.bars:
        return panel.box([[prompt], [width, depth]])
    temperature = real("temperature", writing.temperature, 0.1, 3.0, 0.1)
    top_k = whole("top k", writing.top_k, 1, 200)
    top_p = real("top p", writing.top_p, 0.05, 1.0, 0.05)
    for knob in (temperature, top_k, top_p):
        panel.bind(knob, lambda _: writing.set(temperature.value, top_k.value, top_p.value))
    seed = panel.bind(whole("seed", writing.seed, 0, 999), writing.reseed)
    options = choice("your choice", _options(desk), 0)

    def take() -> None:
        writing.take(writing.choices(BARS)[options.value].token)

    def follow() -> None:
        options.options = _options(desk)
        options.value = 0

    buttons = [
        panel.button(
            "begin again",
            "the same beginning, nothing written",
            lambda: writing.begin(writing.prompt),
        ),
        panel.button("step", "draw one piece", writing.step),
        panel.button("5 steps", "draw five pieces", partial(writing.step, 5)),
        panel.button("undo", "take the last piece back", writing.undo),
        options,
        panel.button("take it", "write the piece of your choice", take),
    ]
    knobs = [temperature, top_k, top_p, seed, width, depth]
    return panel.box([[prompt], buttons, knobs], follow)


def _named(piece: str) -> str:
    """A piece as the tree shows it: short, and never a mark alone."""
    return "▁ (space)" if piece == BLANK else plain(piece, 10)


def _options(desk: WritingDesk) -> list[tuple[str, int]]:
    """The likeliest pieces as a list to choose from."""
    found = desk.writing.choices(BARS)
    return [(f"{i + 1} {plain(option.piece)}", i) for i, option in enumerate(found)]
