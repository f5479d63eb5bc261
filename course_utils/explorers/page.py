"""What all explorers show: hostile text made harmless, colours, tables, the static strip.
Whoever writes an explorer writes its numbers; how it is shown, named and kept stands here."""

from __future__ import annotations

import hashlib
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from html import escape

import ipywidgets as widgets
from IPython.display import display

from course_utils.explorers.tables import PAGE
from course_utils.tokens import normalise, tokenize

# Okabe and Ito (2008), told apart by colour-blind readers; each stands beside its name in text.
BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
PINK = "#CC79A7"
SKY = "#56B4E9"
RED = "#D55E00"
INK = "#1a1a1a"
GREY = "#6b6b6b"  # 5.3:1 on white
LINE = "#cccccc"
SERIES = (BLUE, RED, GREEN, PINK, ORANGE, SKY, INK, GREY)
MARK = "background:#ffe08a;color:#1a1a1a;padding:1px 3px"


# --- Text that anybody may have typed ------------------------------------------------------------


def shown(text: str, most: int = 40) -> str:
    """HTML of a typed word: markup as text, control characters visible, its direction kept to
    itself, cut after `most` characters."""
    return f"<bdi>{escape(plain(text, most))}</bdi>"


def plain(text: str, most: int = 40) -> str:
    """As `shown`, but as plain text: one line, no control characters."""
    text = normalise(text[: 4 * most])  # without marks that turn the direction of what follows
    visible = "".join("�" if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)
    return visible if len(visible) <= most else visible[: most - 1] + "…"


def tidy(text: str) -> str:
    """Typed text in Unicode's normal form, halves of characters replaced: no tokenizer breaks."""
    whole_characters = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return normalise(whole_characters)


def first_words(text: str, most: int) -> tuple[list[str], str]:
    """The first `most` tokens of `text`, and a note that says how many there were if more.

    `ValueError`, to be shown to the reader, if there is none."""
    tokens = tokenize(tidy(text))
    if not tokens:
        raise ValueError("There is no word in this text. Type one, for instance: Bahnhof")
    if len(tokens) <= most:
        return tokens, ""
    return tokens[:most], f"Only the first {most} of {len(tokens):,} words are read."


# --- Pieces of a page ----------------------------------------------------------------------------


def table(head: Sequence[str], rows: Sequence[Sequence[str]], label: str) -> str:
    """HTML table of cells that are HTML already; the first cell of each row is its heading."""
    style = f"background:#fff;color:{INK};border-collapse:collapse;font-size:13px;margin:4px 0"
    cell = "padding:2px 7px;white-space:nowrap;text-align:left"
    top = "".join(
        f'<th scope="col" style="{cell}">{name}</th>' if name else "<td></td>" for name in head
    )
    body = ""
    for first, *others in rows:
        cells = "".join(f'<td style="{cell}">{other}</td>' for other in others)
        heading = f'<th scope="row" style="{cell};font-weight:normal">{first}</th>'
        body += f'<tr style="background:#fff">{heading}{cells}</tr>'
    caption = f'<caption style="text-align:left;font-weight:bold;color:{INK}">{label}</caption>'
    header = f'<thead><tr style="background:#fff">{top}</tr></thead>' if any(head) else ""
    return f'<table style="{style}">{caption}{header}<tbody>{body}</tbody></table>'


def bar(share: float, colour: str = BLUE, width: int = 160) -> str:
    """HTML: a bar of `share` (-1 to 1) of the width; its number must stand beside it."""
    pixels = round(min(1.0, abs(share)) * width)
    return (
        f'<span aria-hidden="true" style="display:inline-block;width:{width}px;background:#f2f2f2">'
        f'<span style="display:block;height:11px;width:{pixels}px;background:{colour}"></span>'
        "</span>"
    )


def note(text: str) -> str:
    """HTML: a small line of explanation; `text` is HTML already."""
    return f'<div style="font-size:12px;color:{INK};margin:2px 0">{text}</div>' if text else ""


# --- An explorer and what is shown of it ---------------------------------------------------------


class Explorer(ABC):
    """State and numbers of one explorer, without a front end."""

    name = "Explorer"

    @abstractmethod
    def html(self) -> str:
        """The picture of the present state, with its own background."""

    @abstractmethod
    def status(self) -> str:
        """One sentence with the numbers that matter: what the live region says."""

    @abstractmethod
    def as_text(self) -> str:
        """The present state as plain text, with the picture's numbers."""


Frame = tuple[str, str, str]  # caption, HTML, plain text


def frame(explorer: Explorer) -> Frame:
    """The present state as a frame of the static strip."""
    return explorer.status(), explorer.html(), explorer.as_text()


def frames_after(explorer: Explorer, moves: Iterable[Callable[[], object]]) -> list[Frame]:
    """A frame of the state after each of the moves, which follow each other."""
    found = []
    for move in moves:
        move()
        found.append(frame(explorer))
    return found


def strip_key(frames: Sequence[Frame]) -> str:
    """A class name for these frames: the same in every run, another for other frames."""
    content = "\0".join(part for one in frames for part in one)
    return f"explorer-{hashlib.sha256(content.encode()).hexdigest()[:12]}"


def strip_html(name: str, frames: Sequence[Frame]) -> str:
    """The frames one below the other for a page without a kernel, each with its sentence.

    The box is ticked by readers whose widget lives, in whose page the strip is closed."""
    parts = ""
    for i, (caption, html, _) in enumerate(frames, start=1):
        place = f"{i} of {len(frames)}"
        parts += (
            f'<section class="explorer-frame" aria-label="{escape(name)}, frame {place}" '
            f'style="border-top:1px solid {LINE};padding:6px 0">'
            f'<p style="margin:2px 0"><b>{place}.</b> {escape(caption)}</p>{html}</section>'
        )
    return (
        f'<div class="explorer-strip {strip_key(frames)}" style="{PAGE}">'
        f'<label style="font-weight:bold"><input type="checkbox" class="explorer-toggle" '
        f'style="display:none"> {escape(name)}, all {len(frames)} steps</label>'
        f'<div class="explorer-frames">{parts}</div></div>'
    )


def closed_strip(key: str) -> str:
    """The style that closes the strip `key` in any page where its widget lives, and only there;
    the reader opens it with its box. The classic notebook would write captions in a pale grey."""
    strip = f"body:has(.live-{key}) .{key}"
    return (
        "<style>.explorer-view caption,.explorer-frame caption{color:inherit}"
        f"{strip} .explorer-toggle{{display:inline-block!important}}"
        f"{strip}:not(:has(.explorer-toggle:checked)) .explorer-frames{{display:none}}</style>"
    )


def display_explorer(name: str, box: widgets.VBox, frames: Sequence[Frame]) -> None:
    """Display the live widget, and its frames for pages without a kernel."""
    key = strip_key(frames)
    style = widgets.HTML(closed_strip(key), layout=widgets.Layout(display="none"))
    box.children = (*box.children, style)
    box.add_class(f"live-{key}")
    live = {
        "application/vnd.jupyter.widget-view+json": {
            "version_major": 2,
            "version_minor": 0,
            "model_id": box.model_id,
        },
        # A fixed text: a widget's own differs between versions of ipywidgets.
        "text/plain": f"{name}, {len(frames)} steps; run the cell to get its controls.",
    }
    static = {
        "text/html": strip_html(name, frames),
        "text/plain": "\n\n".join(text for _, _, text in frames),
    }
    display(live, raw=True)
    display(static, raw=True)
