"""What has read 40 million words of German before the course begins: its word vectors.
Wikipedia and debates of the Bundestag; sources, sizes and limits: data/german/README.md."""

import json
from functools import cache
from pathlib import Path

from course_utils.eight_bits import load_packed
from course_utils.subwords import SubwordVectors

GERMAN = Path(__file__).with_name("data") / "german"


@cache
def _german_lists() -> dict[str, list[str]]:
    path = GERMAN / "vectors.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} cannot be read: {error}. Install the course anew.") from error


def german_vectors() -> SubwordVectors:
    """The shipped word vectors, 200 numbers a word; an unknown word is built from its n-grams."""
    lists = _german_lists()
    weights = load_packed(GERMAN / "vectors.safetensors")
    return SubwordVectors(
        lists["words"], weights["words"].numpy(), lists["ngrams"], weights["ngrams"].numpy()
    )
