"""Pieces of words: what the German language model reads and writes instead of whole words.
A list of words has an end, German compounds have none; 10,000 pieces spell them all (Kudo 2018)."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

import sentencepiece as spm

BLANK = "▁"  # SentencePiece's mark of a word's beginning
BYTE = re.compile(r"<0x([0-9A-F]{2})>")
SPECIAL = ("xxunk", "xxpad", "xxbos")  # fastai's names of the first three
SPACES = re.compile(r"\s+")
# Marks that look alike in German text are written one way, so that the model learns one of them.
MARKS = {
    '"': "„“”»«‟",
    "'": "‚‘’´`‹›",
    "-": "–—−‐‑",
}
GERMAN = frozenset("äöüÄÖÜß")
LETTERS = {"ł": "l", "Ł": "L", "ı": "i", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d"}
LETTERS |= {"æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "þ": "th", "…": "..."}
NOTHING = "\u00ad\ufeff\u200b"
PLAIN = str.maketrans(
    {mark: sign for sign, marks in MARKS.items() for mark in marks}
    | LETTERS
    | dict.fromkeys(NOTHING, "")
)


def plain(text: str) -> str:
    """`text` as the pieces are learned: NFC, straight quotes, one dash, no accents but umlauts."""
    text = unicodedata.normalize("NFC", text).translate(PLAIN)
    letters = (letter if letter.isascii() or letter in GERMAN else bare(letter) for letter in text)
    return SPACES.sub(" ", "".join(letters)).strip()


def bare(letter: str) -> str:
    """A letter without its accents."""
    parts = unicodedata.normalize("NFKD", letter)
    return "".join(part for part in parts if not unicodedata.combining(part))


class Pieces:
    """A SentencePiece vocabulary that texts go through as they did in training: made plain first.

    Called with texts it is a tokenizer for fastai's `TextBlock.from_df(..., tok=...)`, which puts
    xxbos before each."""

    def __init__(self, path: Path):
        try:
            self.processor = spm.SentencePieceProcessor(model_file=str(path))
        except (OSError, RuntimeError) as error:
            raise ValueError(f"{path} cannot be read: {error}. Install the course anew.") from error

    def __len__(self) -> int:
        return self.processor.get_piece_size()

    @cached_property
    def names(self) -> list[str]:
        """All pieces in the order of their numbers; the first three under fastai's names."""
        pieces = [self.processor.id_to_piece(i) for i in range(len(self))]
        return [*SPECIAL, *pieces[len(SPECIAL) :]]

    def encode(self, text: str) -> list[int]:
        """The numbers of the pieces of `text`."""
        return self.processor.encode(plain(text))

    def split(self, text: str) -> list[str]:
        """The pieces of `text`: 'Donaudampfschiff' -> ['▁Donau', 'da', 'mpf', 'schiff'] or so."""
        return self.processor.encode(plain(text), out_type=str)

    def __call__(self, texts: Iterable[str]) -> Iterator[list[str]]:
        return ([SPECIAL[2], *self.split(text)] for text in texts)


def is_piece_vocabulary(names: Sequence[str]) -> bool:
    """Whether these are pieces: some begin with SentencePiece's mark."""
    return any(name.startswith(BLANK) for name in names)


def join_pieces(pieces: Iterable[str]) -> str:
    """The text of `pieces`, with a blank in front where the first begins a word.

    Bytes that spell no character are left out."""
    spelled = bytearray()
    for piece in pieces:
        byte = BYTE.fullmatch(piece)
        spelled += bytes([int(byte[1], 16)]) if byte else piece.replace(BLANK, " ").encode()
    return spelled.decode("utf-8", "ignore")
