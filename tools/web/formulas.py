"""TeX formulas as MathML with a font of their own, made when a page is written.
A page then needs neither a CDN nor a script for them, and a screen reader can say them."""

import base64
import logging
import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from io import BytesIO

from fontTools import subset
from fontTools.ttLib import TTFont
from math_core import LatexError, LatexToMathML

logging.getLogger("fontTools").setLevel(logging.WARNING)  # it reports on every table
FONT = "STIX Two Math"
FONT_FILE = "STIXTwoMath-Regular.ttf"
RULE = f'math {{ font-family: "{FONT}", math; }}'
# A font's prime is small and high already, and browsers raise and shrink it once more.
PRIME = '<mpadded height="0" voffset="-0.4em"><mo style="font-size:1.4em">′</mo></mpadded>'
# Brackets and roots that grow are glyphs of their own, reached through the font's MATH table.
LETTERS = "".join(map(chr, [*range(0x20, 0x7F), *range(0x391, 0x3D6)])) + "√¯‾→←⏞⏟"


class FormulaError(ValueError):
    """A formula that can't be shown, with the reason."""


@lru_cache(maxsize=1)
def _converter() -> LatexToMathML:
    return LatexToMathML()


def mathml(tex: str, display: bool = False) -> str:
    """`tex` as a `<math>` element; `display` puts it on a line of its own.

    Raises `FormulaError` with the formula and the reason."""
    known = tex.strip().replace("smallmatrix", "matrix")  # which the converter doesn't know
    try:
        written = _converter().convert_with_local_state(known, displaystyle=display)
    except LatexError as error:
        reason = re.sub(r"\s+", " ", str(error)).strip()
        raise FormulaError(f"the formula {tex.strip()!r} can't be shown: {reason}") from error
    return written.replace("<mo>′</mo>", PRIME)


def framed(tex: str) -> str:
    """A displayed formula in a box that scrolls by itself where the page is narrower."""
    return f'<div class="formula" tabindex="0">{mathml(tex, display=True)}</div>'


def characters(pages: Iterable[str]) -> str:
    """All characters inside the `<math>` elements of HTML pages, for `font`."""
    found: set[str] = set()
    for page in pages:
        for element in re.findall(r"<math\b.*?</math>", page, re.DOTALL):
            found.update(re.sub(r"<[^>]+>", "", element))
    return "".join(sorted(found))


@lru_cache(maxsize=8)
def font(used: str = "") -> bytes:
    """STIX Two Math as WOFF with the usual letters and the characters in `used`."""
    source = files("ziamath.fonts").joinpath(FONT_FILE).read_bytes()
    face = TTFont(BytesIO(source), recalcTimestamp=False)
    options = subset.Options(layout_features=["*"], notdef_outline=True, hinting=False)
    cutter = subset.Subsetter(options)
    cutter.populate(text=LETTERS + _italics() + used)
    cutter.subset(face)
    face.flavor = "woff"
    written = BytesIO()
    face.save(written)
    return written.getvalue()


def _italics() -> str:
    """The slanted letters that single letters become, and the h that lies elsewhere."""
    return "".join(map(chr, [*range(0x1D434, 0x1D468), *range(0x1D6E2, 0x1D71C), ord("ℎ")]))


def style(used: str = "") -> str:
    """CSS with the font inside, for a page that is one file."""
    data = base64.b64encode(font(used)).decode()
    return face_rule(f"data:font/woff;base64,{data}") + RULE


def face_rule(address: str) -> str:
    """The CSS rule that makes the font at `address` known."""
    return f'@font-face {{ font-family: "{FONT}"; src: url("{address}") format("woff"); }}\n'
