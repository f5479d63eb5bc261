"""The controls of an explorer and the region that says what changed, for hand, ear and keyboard.
All are native fields and buttons with names: a reader without a mouse or a screen uses them too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import ipywidgets as widgets

from course_utils.explorers.page import INK, Explorer
from course_utils.explorers.tables import PAGE

# A number field and not a slider: the handles of ipywidgets' sliders have no accessible name.
# The arrow keys count a number field up and down.


def _layout(width: str) -> widgets.Layout:
    return widgets.Layout(width=width, margin="2px 12px 2px 0")


# As wide as the output and no wider, whatever table stands in it: the table scrolls by itself.
VIEW = "contain:inline-size;line-height:1.45"
WIDE_LABEL = {"description_width": "initial"}


def whole(name: str, value: int, low: int, high: int) -> widgets.BoundedIntText:
    """A field for a whole number."""
    return widgets.BoundedIntText(
        value=value, min=low, max=high, description=name, style=WIDE_LABEL, layout=_layout("170px")
    )


def real(name: str, value: float, low: float, high: float, step: float) -> widgets.BoundedFloatText:
    """A field for a number that arrow keys move by `step`."""
    return widgets.BoundedFloatText(
        value=value,
        min=low,
        max=high,
        step=step,
        description=name,
        style=WIDE_LABEL,
        layout=_layout("190px"),
    )


def choice(name: str, options: Sequence, value: Any) -> widgets.Dropdown:
    """A list to choose from."""
    return widgets.Dropdown(
        options=options, value=value, description=name, style=WIDE_LABEL, layout=_layout("auto")
    )


def row_of_buttons(name: str, options: Sequence, value: Any) -> widgets.ToggleButtons:
    """Buttons side by side, one of them pressed, or none with None."""
    made = widgets.ToggleButtons(options=options, value=value, description=name, style=WIDE_LABEL)
    made.style.button_width = "auto"
    return made


def switch(name: str, value: bool) -> widgets.Checkbox:
    """On or off."""
    return widgets.Checkbox(value=value, description=name, indent=False, layout=_layout("auto"))


def typed(name: str, value: str) -> widgets.Text:
    """A line of text, read when Enter is pressed or the field is left."""
    return widgets.Text(
        value=value,
        description=name,
        continuous_update=False,
        style=WIDE_LABEL,
        layout=_layout("100%"),
    )


class Panel:
    """Rows of controls over an explorer, its picture, and a live region that says what changed."""

    def __init__(self, explorer: Explorer):
        self.explorer = explorer
        self.view = widgets.HTML()
        # Each sentence comes as a new alert: browsers announce an alert that is put into a page,
        # while a polite region must be there before its text, which no widget can promise.
        self.live = widgets.HTML()
        self._after: Callable[[], None] | None = None
        self._quiet = False

    def button(self, name: str, tooltip: str, act: Callable[[], None]) -> widgets.Button:
        made = widgets.Button(
            description=name,
            tooltip=tooltip,
            layout=widgets.Layout(width="auto", margin="2px 8px 2px 0"),
        )
        made.on_click(lambda _: self.act(act))
        return made

    def bind(self, control: widgets.ValueWidget, act: Callable[[Any], None]) -> Any:
        """Call `act` with the new value of `control` and redraw; returns the control."""

        def changed(change) -> None:
            if not self._quiet:
                self.act(lambda: act(change["new"]))

        control.observe(changed, names="value")
        return control

    def act(self, move: Callable[[], None]) -> None:
        """Make a move and show what came of it; a `ValueError` is a sentence to the reader."""
        try:
            move()
        except ValueError as error:
            self.say(str(error))
            return
        self.draw()
        self.say(self.explorer.status())

    def draw(self) -> None:
        """Show the present state; controls follow it without calling back."""
        page = f"{PAGE};{VIEW}"
        name = f'tabindex="0" role="region" aria-label="{escape(self.explorer.name)}"'
        html = self.explorer.html()
        self.view.value = f'<div class="explorer-view" {name} style="{page}">{html}</div>'
        if self._after:
            self._quiet = True
            try:
                self._after()
            finally:
                self._quiet = False

    def say(self, sentence: str) -> None:
        style = f"color:{INK};background:#fff;padding:0 10px 6px;line-height:1.45"
        self.live.value = f'<div role="alert" style="{style}">{escape(sentence)}</div>'

    def box(
        self, rows: Sequence[Sequence[widgets.Widget]], after: Callable[[], None] | None = None
    ) -> widgets.VBox:
        """The whole widget; `after` brings the controls to the state after each move."""
        self._after = after
        self.draw()
        wrap = widgets.Layout(flex_flow="row wrap", align_items="center")
        lines = [widgets.HBox(list(row), layout=wrap) for row in rows]
        return widgets.VBox([*lines, self.view, self.live]).add_class("explorer-live")
