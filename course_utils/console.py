"""Prints for every console: where its encoding lacks a sign (cp1252, ASCII), plain letters stand.
A reader's answer must not end in a UnicodeEncodeError because the terminal is an old one."""

import codecs
import sys

_PLAIN = str.maketrans(
    {
        "✓": "[ok]",
        "✗": "[no]",
        "○": "[ ]",
        "…": "...",
        "–": "-",
        "−": "-",
        "·": "*",
        "×": "x",
        "→": "->",
        "≤": "<=",
        "≥": ">=",
        "„": '"',
        "“": '"',
        "”": '"',
        "’": "'",
    }
)


def _writable(text: str, encoding: str | None) -> str:
    """`text` as a stream of this encoding can write it; None (as of StringIO) writes everything."""
    if encoding is None:
        return text
    try:
        codec = codecs.lookup(encoding).name
    except LookupError:
        codec = "ascii"  # a codec that Python doesn't know: what every console can write
    try:
        text.encode(codec)
    except UnicodeEncodeError:
        # What has no plain form is written as in Python's source, \xf6: a solution still runs.
        return text.translate(_PLAIN).encode(codec, "backslashreplace").decode(codec)
    return text


def say(text: str, end: str = "\n", flush: bool = False) -> None:
    """Print `text` on `sys.stdout`, in ASCII where the stream's encoding lacks one of its signs."""
    print(_writable(text, getattr(sys.stdout, "encoding", None)), end=end, flush=flush)
