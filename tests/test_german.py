"""What reads German: texts come clean, pieces give the text back, and a pass over them holds every
document once."""

import json
import lzma

import numpy as np
import pytest
from german_helpers import folder, targets  # noqa: F401 (fixtures)

from course_utils.pieces import plain
from tools.german.pieces import BEGIN, part_of, write_pass
from tools.german.texts import documents, text_files


@pytest.mark.parametrize(
    "text, expected",
    [
        ("„So“, sagte  sie – und ‚so‘ …", "\"So\", sagte sie - und 'so' ..."),
        ("Größe", "Größe"),
        ("Gro\u0308\u00dfe", "Größe"),
        ("Café Škoda, Łódź, señor", "Cafe Skoda, Lodz, senor"),
        ("Schiff\u00adfahrt", "Schifffahrt"),
    ],
)
def test_plain(text, expected):
    assert plain(text) == expected


TEXT = (
    "Erster Satz.\n\nZweiter Satz.\n(Beifall bei der Opposition)\nDr. Anna Moser:\n\f\n\f\nEnde.\n"
)


@pytest.mark.parametrize("packed", [False, True])
def test_documents(tmp_path, packed):
    path = tmp_path / ("a.txt.xz" if packed else "a.txt")
    raw = TEXT.encode()
    path.write_bytes(lzma.compress(raw) if packed else raw)
    assert list(documents(path)) == [["Erster Satz.", "Zweiter Satz."], ["Ende."]]


def test_a_folder_without_texts_is_named(tmp_path):
    with pytest.raises(ValueError, match="holds no .txt"):
        text_files(tmp_path)


def test_pieces_give_the_text_back(folder, targets):  # noqa: F811
    import sentencepiece as spm

    encoder = spm.SentencePieceProcessor(model_file=str(targets[0].with_name("pieces.model")))
    ids = np.fromfile(part_of(targets[0], "train"), dtype=np.uint16)
    first = ids[1 : np.flatnonzero(ids == BEGIN)[1]].tolist()
    assert [encoder.decode(first)] == next(documents(folder / "a.txt"))
    strange = "Zürich, naïv 🙂"
    assert encoder.decode(encoder.encode(strange)) == strange


def test_every_hundredth_document_is_held_out(targets):  # noqa: F811
    counts = json.loads(targets[0].with_name("a.json").read_text(encoding="utf-8"))
    valid = np.fromfile(part_of(targets[0], "valid"), dtype=np.uint16)
    assert counts["documents"] == 150
    assert (valid == BEGIN).sum() == 1 and len(counts["starts"]) == 149
    assert counts["words"] == 150 * 30


def test_a_pass_holds_every_document_once(targets, tmp_path):  # noqa: F811
    one = np.fromfile(write_pass(targets, 1, tmp_path / "one.u16"), dtype=np.uint16)
    two = np.fromfile(write_pass(targets, 2, tmp_path / "two.u16"), dtype=np.uint16)
    parts = np.concatenate([np.fromfile(part_of(t, "train"), dtype=np.uint16) for t in targets])
    assert not np.array_equal(one, two)

    def bag(ids):
        return sorted(map(tuple, np.split(ids, np.flatnonzero(ids == BEGIN)[1:])))

    assert bag(one) == bag(two) == bag(parts)
