"""An exhibit as a page: the symptom first, three diagnoses to open, and what was hidden below.
Plain HTML that folds: it works without a kernel, in print, and where no widget does."""

import re
from html import escape

from IPython.display import HTML
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from course_utils.museum.exhibit import (
    Exhibit,
    code_as_it_ran,
    difference,
    faulty_code,
    method_as_it_ran,
    right_code,
    symptom_of,
)
from course_utils.museum.rooms import EXHIBITS, exhibit

# Own background and text colours, so that the page reads in light and dark themes.
CODE = "background:#f2f2f2;color:#1a1a1a"  # on a dark page, too
PAGE = (
    "background:#fff;color:#1a1a1a;padding:8px 12px;border:1px solid #ccc;"
    "border-left:6px solid #0072b2;max-width:60em"
)
LINES = "font:13px monospace;white-space:pre-wrap;background:#f6f6f6;padding:6px 8px"
# Every colour of "xcode" has a contrast of 5 or more on the grey of LINES.
COLOURED = HtmlFormatter(style="xcode", noclasses=True, nobackground=True, nowrap=True)
SHOWN_WHOLE = "backward end"  # later exhibits of its long class show the changed method alone
SIGN = {"-": "was right", "+": "is wrong"}
COLOUR = {"-": "#1b5e8a", "+": "#a04000"}  # blue and orange: apart for colour-blind readers


def visit(key: str | int) -> HTML:
    """The exhibit of this key or number: symptom, the code that ran, diagnoses, and what it was;
    all but the symptom is folded away."""
    one = exhibit(key)
    seen = symptom_of(one, faulty_code(one))
    parts = [
        f'<p style="font-size:115%"><b>{EXHIBITS.index(one) + 1} · {escape(one.title)}.</b><br>'
        f"{_sentence(seen)}</p>",
        _folded("The code as it ran", f'<div style="{LINES}">{_coloured(code_shown(one))}</div>'),
        "<p>What is it? Open the one that you would bet on.</p>",
        *(
            _folded(diagnosis, _text(one.diagnoses[diagnosis]))
            for diagnosis in sorted(one.diagnoses)
        ),
        _folded("The fault, the mend, the test, the thread", _revealed(one)),
    ]
    return HTML(f'<div style="{PAGE}">{"".join(parts)}</div>')


def code_shown(one: Exhibit) -> str:
    """The code as it ran; of a class that another exhibit shows whole, the changed method alone."""
    whole = code_as_it_ran(one)
    first = exhibit(SHOWN_WHOLE)
    head = whole.splitlines()[0]
    if one is first or code_as_it_ran(first).splitlines()[0] != head:
        return whole
    number = EXHIBITS.index(first) + 1
    return f"{head}  # the rest as in exhibit {number}\n\n{method_as_it_ran(one)}"


def _coloured(code: str) -> str:
    html = highlight(code, PythonLexer(), COLOURED).rstrip()
    return re.sub(r'<span style="color: #000">([^<]*)</span>', r"\1", html)  # black, like the rest


def _revealed(one: Exhibit) -> str:
    changed = difference(one)
    signs = SIGN if any(line[0] == "+" for line in changed) else {"-": "is missing"}
    lines = "".join(
        f'<div style="color:{COLOUR[line[0]]}">{escape(line)} &nbsp;({signs[line[0]]})</div>'
        for line in changed
    )
    return (
        f'<div style="{LINES}">{lines}</div>'
        f"<p><b>Mend.</b> {_text(one.mend)}</p>"
        f"<p><b>Mended.</b> {_sentence(symptom_of(one, right_code()))}</p>"
        f"<p><b>Test.</b> {_text(one.test)}</p>"
        f'<p><b>Where it happened.</b> <a href="{one.thread}">{one.thread}</a></p>'
    )


def _folded(head: str, body: str) -> str:
    return (
        f'<details style="margin:5px 0"><summary>{_text(head)}</summary>'
        f'<div style="margin:3px 0 3px 17px">{body}</div></details>'
    )


def _sentence(text: str) -> str:
    """The same with a capital and a full stop."""
    return f"{_text(text[0].upper() + text[1:])}."


def _text(text: str) -> str:
    """HTML of a sentence; what stands between backticks is code."""
    pieces = escape(text).split("`")
    code = f'<code style="{CODE}">'
    return "".join(f"{code}{p}</code>" if i % 2 else p for i, p in enumerate(pieces))
