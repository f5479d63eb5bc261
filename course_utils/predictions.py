"""Predictions before a surprise: `guess` asks, a later cell reveals, the recap shows all of them.
Who has bet on an answer reads the result; nothing is graded, nothing leaves the machine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from IPython import get_ipython

from course_utils import learner_file
from course_utils.console import say

LETTERS = "abcdefghij"
LONGEST = 44  # characters of a question or an answer that the recap still shows


def _kernel() -> Any:
    """The Jupyter kernel that this runs in; None elsewhere."""
    return getattr(get_ipython(), "kernel", None)


def somebody_is_there() -> bool:
    """Whether the kernel's client has somebody who can answer."""
    # ipykernel's only word on it: nbval, nbclient and papermill run cells with allow_stdin=False,
    # JupyterLab, Notebook, VS Code and Colab with True.
    return bool(getattr(_kernel(), "_allow_stdin", True))


def _number(value: Any) -> float:
    """A number from 0.25, '0,25', '25 %' or a tensor with one entry. Raises ValueError."""
    if isinstance(value, str):
        value = value.strip().rstrip("%").strip().replace(",", ".")
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{value!r} is not a number") from None


def _written(value: float, unit: str = "") -> str:
    """A number with at most three digits that count: 94 %, 3.14, 12,300."""
    size = abs(value)
    text = f"{value:,.0f}" if size >= 100 or value == round(value) else f"{value:.3g}"
    return f"{text} {unit}".rstrip()


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


@dataclass
class Bet:
    """One question and what was bet on it; `guess` makes it.

    choices: texts to choose from; empty where a number is asked for, in `unit`."""

    key: str
    question: str
    choices: list[str] = field(default_factory=list)
    unit: str = ""
    given: str | float | None = None

    def _read(self, value: Any) -> str | float:
        """`value` as one of the choices (its text or its letter) or as a number, else ValueError"""
        if not self.choices:
            return _number(value)
        text = str(value).strip()
        letters = dict(zip(LETTERS, self.choices, strict=False))
        if text in self.choices:
            return text
        if text.lower() in letters:
            return letters[text.lower()]
        raise ValueError(f"{text!r} is none of: {', '.join(self.choices)}")

    def _shown(self, value: str | float) -> str:
        return value if isinstance(value, str) else _written(value, self.unit)

    def _keep(self, **more: Any) -> str:
        """Notes the bet in the learner's file; a sentence if that can't be done."""
        if not somebody_is_there():
            return ""
        record = {"question": self.question, "guess": self.given, **more}
        if not self.choices:
            record["unit"] = self.unit
        return learner_file.note("predictions", self.key, record)

    def _take(self, value: Any) -> str:
        """Takes an answer; what is to be said about it."""
        try:
            self.given = self._read(value)
        except ValueError as error:
            return f"Not taken: {error}."
        return f"Your guess: {self._shown(self.given)}. {self._keep()}".rstrip()

    def answer(self, value: Any) -> None:
        """Bet on a choice, by its text or its letter, or on a number; the last bet counts."""
        say(self._take(value))

    def reveal(self, value: Any) -> None:
        """Print in one line what it was, and what had been guessed.

        value: one of the choices, or a number. Raises ValueError for anything else."""
        truth = self._read(value)
        problem = self._keep(truth=truth) if self.given is not None else ""
        say(f"It was: {self._shown(truth)}. {self._verdict(truth)} {problem}".rstrip())

    def _verdict(self, truth: str | float) -> str:
        """What had been guessed, beside what it was."""
        given = self.given
        if given is None:
            return "(No guess was given.)"
        if self._shown(given) == self._shown(truth):
            return "You guessed it."
        if isinstance(given, str) or isinstance(truth, str):
            return f"You guessed: {given}."
        gap = _written(abs(given - truth), "points" if self.unit == "%" else self.unit)
        gap = "1 point" if gap == "1 points" else gap
        side = "too high" if given > truth else "too low"
        return f"You guessed {self._shown(given)}: {gap} {side}."

    def __str__(self) -> str:
        """The question with its choices, as a page without a kernel shows it."""
        unit = f", in {self.unit}" if self.unit else ""
        lines = [f"Your guess{unit}: {self.question}"]
        for letter, text in zip(LETTERS, self.choices, strict=False):
            lines.append(f"  {letter}  {text}")
        return "\n".join(lines)


def _control(bet: Bet) -> Any:
    """A labelled control for the keyboard: radio buttons, or a field for a number, and a line."""
    import ipywidgets as widgets  # at the first question: it takes a third of a second

    wide = {"description_width": "initial"}
    said = widgets.HTML()
    if bet.choices:
        field_: Any = widgets.RadioButtons(
            options=bet.choices,
            value=bet.given,
            description="Your guess:",
            style=wide,
            layout=widgets.Layout(width="auto"),
        )
    else:
        unit = f" (in {bet.unit})" if bet.unit else ""
        field_ = widgets.Text(
            value="" if bet.given is None else _written(float(bet.given)),
            placeholder="a number, then Enter",
            description=f"Your guess{unit}:",
            continuous_update=False,
            style=wide,
        )

    def take(change: dict[str, Any]) -> None:
        if change["new"] not in (None, ""):
            said.value = bet._take(change["new"]).replace("<", "&lt;")

    field_.observe(take, "value")
    return widgets.VBox([field_, said])


def _show(bet: Bet) -> None:
    """Shows the control where there is a page that can: without one, `answer` does it."""
    hint = 'Answer with .answer("…").'
    if _kernel() is None:
        say(hint)
        return
    try:
        from IPython.display import display

        live = _control(bet)
        view = {"version_major": 2, "version_minor": 0, "model_id": live.model_id}
        kind = "application/vnd.jupyter.widget-view+json"
        display({kind: view, "text/plain": hint}, raw=True)
    except ImportError:  # no ipywidgets here
        say(hint)


class _Guess:
    """Ask for a prediction: `bet = guess("04-padding", "How much is padding?", unit="%")`.

    key: under which the answer is remembered, the notebook's number first.
    question: one sentence. choices: texts to choose from, two to ten; without them a number is
    asked for, in `unit` (such as "%" or "ms").
    Prints question and choices; in a notebook a control stands below. `bet.answer("…")` does the
    same by hand. `bet.reveal(value)`, in a later cell, says what it was and what had been guessed.
    `guess.recap()` prints all bets, `guess.recap("04")` those whose key begins so.
    Where nobody can answer, as under tests, nothing is shown but the text, and nothing is kept.
    Raises ValueError for one choice or more than ten, and for choices that are alike."""

    def __call__(
        self, key: str, question: str, choices: Sequence[str] | None = None, *, unit: str = ""
    ) -> Bet:
        options = [str(choice) for choice in choices or []]
        if choices is not None and not 2 <= len(set(options)) == len(options) <= len(LETTERS):
            raise ValueError(f"guess({key!r}): give two to ten different choices, or none at all")
        bet = Bet(key, question, options, unit)
        say(str(bet))
        if not somebody_is_there():
            return bet
        records, problem = learner_file.read("predictions")
        if problem:
            say(problem)
        bet.given = _remembered(bet, records.get(key, {}))
        _show(bet)
        return bet

    def recap(self, beginning: str = "") -> None:
        """Print a table of the bets whose key begins so: question, guess, what it was."""
        records, problem = learner_file.read("predictions") if somebody_is_there() else ({}, "")
        if problem:
            say(problem)
        rows = [_row(records[key]) for key in sorted(records) if key.startswith(beginning)]
        if not rows:
            say("No guesses are noted here yet.")
            return
        head = ("question", "your guess", "it was")
        widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
        for row in (head, *rows):
            say("  ".join(map(str.ljust, row, widths)).rstrip())


def _remembered(bet: Bet, record: dict[str, Any]) -> str | float | None:
    """The answer of a record of the file, if it was given to this question and still is one."""
    value = record.get("guess")
    if value is None or record.get("question") != bet.question:
        return None
    reader: Callable[[Any], str | float] = bet._read
    try:
        return reader(value)
    except ValueError:  # the question has other choices now
        return None


def _row(record: dict[str, Any]) -> tuple[str, str, str]:
    """A line of the recap."""
    unit = str(record.get("unit", ""))

    def shown(value: Any) -> str:
        if isinstance(value, int | float):
            return _written(float(value), unit)
        return "–" if value is None else _short(str(value))

    question = _short(str(record.get("question", "")))
    return question, shown(record.get("guess")), shown(record.get("truth"))


guess = _Guess()
