"""From characters to words: Unicode in one form, and the tokenizer that all notebooks share.
An ö of two characters, or a soft hyphen inside a word, makes unknown words that nobody sees."""

import re
import unicodedata

TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|\w+(?:[-'’/]\w+)*|[^\w\s]")
# Soft hyphen, zero-width space, word joiner, byte order mark and the marks of writing direction:
# hints for a display. The joiners U+200C and U+200D stay: some scripts and emoji need them.
HINTS = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


def compose(text: str) -> str:
    """`text` in Unicode's normal form C: what can be one character is one (o + ̈ becomes ö)."""
    return unicodedata.normalize("NFC", text)


def normalise(text: str) -> str:
    """`text` composed, and without characters that are mere hints for a display."""
    return compose(HINTS.sub("", text))


def normalise_label(label: str) -> str:
    """A label as a reader sees it: normalised, without invisible characters, blanks at its ends or
    doubled blanks."""
    visible = [c for c in compose(label) if unicodedata.category(c) != "Cf"]
    return compose(" ".join("".join(visible).split()))


def tokenize(text: str) -> list[str]:
    """Words, numbers and punctuation marks as separate tokens: 'Ja, 12.400 Euro.' ->
    ['Ja', ',', '12.400', 'Euro', '.'].

    The text is normalised first, so that 'Größe' is one word however its umlaut is encoded."""
    return TOKEN.findall(normalise(text))
