"""What the tests of the explorers share: finding controls by name, numbers and hostile texts.
A widget is driven by the values that a front end sends, so no browser is needed here."""

import importlib
import re

import ipywidgets as widgets

HOSTILE = {
    "markup": '<script>alert(1)</script><img src=x onerror="alert(2)"> & "quotes"',
    "long": "Donaudampfschiff " * 10_000,
    "one long word": "ä" * 20_000,
    "emoji": "Bahn 👩‍👩‍👧‍👦 🚆 fährt",
    "right to left": "Zug \u202eabc\u202c שלום עולם مرحبا",
    "control": "ein\x00 \x07Wort\ud800",
}


def controls(box: widgets.Widget) -> dict[str, widgets.Widget]:
    """All controls of a widget by their description."""
    found = {}
    for child in getattr(box, "children", ()):
        if getattr(child, "description", ""):
            found[child.description] = child
        found.update(controls(child))
    return found


def view(box: widgets.VBox) -> str:
    """The HTML of an explorer's picture."""
    return next(c.value for c in box.children if "explorer-view" in getattr(c, "value", ""))


def said(box: widgets.VBox) -> str:
    """What the live region says, as text."""
    places = [c.value for c in box.children if isinstance(c, widgets.HTML)]
    return " ".join(re.sub("<[^>]*>", "", v) for v in places if 'role="alert"' in v)


def visible(html: str) -> str:
    """The text of a page without its tags."""
    return re.sub(r"<[^>]*>", " ", html)


def assert_harmless(html: str) -> None:
    """No element or handler in the page that an explorer does not write itself."""
    tags = set(re.findall(r"<\s*/?\s*([a-zA-Z]+)", html))
    ours = "div p span b i br bdi mark sub sup table caption thead tbody tr th td svg text line "
    ours += "polyline circle rect path title g section label input details summary style title"
    assert tags <= set(ours.split()), tags - set(ours.split())
    assert not re.search(r"<[^>]*\son\w+=", html)
    assert "\u202e" not in html and "\x00" not in html


def strip_of(monkeypatch, name, *arguments, **options):
    """The frames (caption, HTML, text) that a call of an explorer displays, and its widget."""
    module = importlib.import_module(f"course_utils.explorers.{name}")
    caught = []
    monkeypatch.setattr(module, "display_explorer", lambda *parts: caught.append(parts))
    getattr(module, name)(*arguments, **options)
    ((_, box, frames),) = caught
    return frames, box
