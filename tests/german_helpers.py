"""What the tests of what reads German share: three hundred documents, and their pieces."""

import numpy as np
import pytest

from tools.german.pieces import train_pieces, write_pieces
from tools.german.texts import text_files


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three hundred small documents of few words, in two files, with their pieces."""
    folder = tmp_path_factory.mktemp("german")
    rng = np.random.default_rng(0)
    words = [
        "der",
        "die",
        "das",
        "Haus",
        "Hund",
        "Katze",
        "läuft",
        "schläft",
        "grün",
        "über",
        "Straße",
        "Brücke",
        "und",
        "aber",
        "oft",
    ]
    for name in ("a", "b"):
        texts = [" ".join(rng.choice(words, 30)) + "." for _ in range(150)]
        (folder / f"{name}.txt").write_text("\n\f\n".join(texts), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def targets(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    model = train_pieces(folder, out / "pieces.model", size=300)
    found = []
    for path in text_files(folder):
        found.append(out / path.stem)
        write_pieces(path, model, found[-1])
    return found
