"""What reads German: texts come clean, pieces give the text back, the loss is the loss, and a run
that is broken off ends where one that was not ends."""

import json
import lzma
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from gensim.models import KeyedVectors
from torch.nn import functional as F

from course_utils import german as german_module
from course_utils.eight_bits import load_packed
from course_utils.pieces import plain
from course_utils.subwords import SubwordVectors
from tools.german import __main__ as command
from tools.german import ship
from tools.german.lm import ReaderLM, Shape, TiedCrossEntropy, held_out, streams
from tools.german.ngrams import fit_ngrams
from tools.german.pieces import BEGIN, part_of, train_pieces, write_pass, write_pieces
from tools.german.reading import Reading, Recipe
from tools.german.texts import documents, text_files
from tools.german.vectors import train, write_words

ROOT = Path(__file__).resolve().parents[1]


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


def test_pieces_give_the_text_back(folder, targets):
    import sentencepiece as spm

    encoder = spm.SentencePieceProcessor(model_file=str(targets[0].with_name("pieces.model")))
    ids = np.fromfile(part_of(targets[0], "train"), dtype=np.uint16)
    first = ids[1 : np.flatnonzero(ids == BEGIN)[1]].tolist()
    assert [encoder.decode(first)] == next(documents(folder / "a.txt"))
    strange = "Zürich, naïv 🙂"
    assert encoder.decode(encoder.encode(strange)) == strange


def test_every_hundredth_document_is_held_out(targets):
    counts = json.loads(targets[0].with_name("a.json").read_text(encoding="utf-8"))
    valid = np.fromfile(part_of(targets[0], "valid"), dtype=np.uint16)
    assert counts["documents"] == 150
    assert (valid == BEGIN).sum() == 1 and len(counts["starts"]) == 149
    assert counts["words"] == 150 * 30


def test_a_pass_holds_every_document_once(targets, tmp_path):
    one = np.fromfile(write_pass(targets, 1, tmp_path / "one.u16"), dtype=np.uint16)
    two = np.fromfile(write_pass(targets, 2, tmp_path / "two.u16"), dtype=np.uint16)
    parts = np.concatenate([np.fromfile(part_of(t, "train"), dtype=np.uint16) for t in targets])
    assert not np.array_equal(one, two)

    def bag(ids):
        return sorted(map(tuple, np.split(ids, np.flatnonzero(ids == BEGIN)[1:])))

    assert bag(one) == bag(two) == bag(parts)


def test_streams_are_contiguous(tmp_path):
    np.arange(10, dtype=np.uint16).tofile(tmp_path / "x.u16")
    assert streams(tmp_path / "x.u16", 3).T.tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]


@pytest.mark.parametrize("block", [7, 64])
def test_the_loss_is_cross_entropy_and_so_is_its_gradient(block):
    torch.manual_seed(0)
    h = torch.randn(40, 16, requires_grad=True)
    weight = torch.randn(50, 16, requires_grad=True)
    y = torch.randint(0, 50, (40,))
    mine = TiedCrossEntropy.apply(h, weight, y, block)
    theirs = F.cross_entropy(F.linear(h, weight), y)
    torch.testing.assert_close(mine, theirs, rtol=1e-2, atol=0)
    for a, b in zip(
        torch.autograd.grad(mine, [h, weight]),
        torch.autograd.grad(theirs, [h, weight]),
        strict=True,
    ):
        assert (a - b).norm() < 0.02 * b.norm()


def reading(folder, targets):
    recipe = Recipe(streams=4, bptt=16, lr=1e-2, warmup=5)
    return Reading(folder, targets, Shape(300, 12, 20, 2), recipe)


@pytest.mark.training
def test_it_learns_and_a_broken_run_ends_where_a_whole_one_ends(targets, tmp_path):
    whole = reading(tmp_path / "whole", targets)
    before = held_out(whole.model, part_of(targets[0], "valid"), number=1)
    whole.run(400, decay=100, save_every=100, judge_every=400)
    after = held_out(whole.model, part_of(targets[0], "valid"), number=1)
    assert after < 0.7 * before
    assert whole.number >= 1  # it has gone through the texts more than once

    reading(tmp_path / "broken", targets).run(250, decay=0, save_every=250)
    again = reading(tmp_path / "broken", targets)
    assert (again.step, again.place) != (0, 0)
    again.run(400, decay=100)
    for a, b in zip(whole.model.parameters(), again.model.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)
    log = (tmp_path / "whole" / "log.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(log[-1])["held_out"].keys() == {"a", "b"}


def test_it_loads_into_fastai():
    """Weights by name: what AWD_LSTM calls weight_hh_l0_raw is nn.LSTM's weight_hh_l0."""
    from fastai.text.all import AWD_LSTM, get_language_model

    model = ReaderLM(Shape(60, 8, 12, 3))
    config = {"emb_sz": 8, "n_hid": 12, "n_layers": 3, "pad_token": 1, "bidir": False}
    config |= {f"{name}_p": 0.0 for name in ("input", "hidden", "embed", "weight", "output")}
    theirs = get_language_model(
        AWD_LSTM, 60, config={**config, "tie_weights": True, "out_bias": True}
    ).eval()
    theirs.load_state_dict(model.as_awd_lstm())
    x = torch.randint(2, 60, (3, 7))
    mine, _ = model(x.T)
    logits = F.linear(mine, model.embedding.weight).view(7, 3, 60).transpose(0, 1)
    theirs.reset()
    torch.testing.assert_close(theirs(x)[0], logits, rtol=0, atol=1e-5)


# --- Vectors --------------------------------------------------------------------------------------


def test_words_are_written_as_the_course_cuts_them(folder, tmp_path):
    number = write_words(folder, tmp_path / "words.txt")
    lines = (tmp_path / "words.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 300 and number == 300 * 31  # thirty words and a full stop
    assert lines[0].endswith(" .") and sorted(p.name for p in tmp_path.iterdir()) == ["words.txt"]
    fewer = write_words(folder, tmp_path / "few.txt", limit=620)
    assert 620 <= fewer <= 620 + 2 * 31


def test_vectors_can_be_made_again_and_shipped(folder, tmp_path, monkeypatch):
    write_words(folder, tmp_path / "words.txt")
    one, two = (train(tmp_path / "words.txt", epochs=1) for _ in range(2))
    assert np.array_equal(one.vectors, two.vectors)
    monkeypatch.setattr(ship, "NGRAMS", 30)
    ship.ship_vectors(one, tmp_path / "german")
    monkeypatch.setattr(german_module, "GERMAN", tmp_path / "german")
    german_module._german_lists.cache_clear()
    shipped = german_module.german_vectors()
    german_module._german_lists.cache_clear()
    assert shipped.index_to_key == one.index_to_key and len(shipped.parts) == 30
    np.testing.assert_allclose(shipped.vectors.mean(0), 0, atol=1e-4)


def test_the_mean_of_ngrams_points_where_the_word_points():
    """Words of one stem share a direction: a new word of that stem gets it, too."""
    rng = np.random.default_rng(0)
    stems = {"bahn": rng.normal(size=8), "wald": rng.normal(size=8)}
    vectors = KeyedVectors(8)
    endings = [a + b for a in "aeiou" for b in "nmrst"]
    words = [stem + ending for stem in stems for ending in endings]
    noise = rng.normal(size=(len(words), 8)) * 0.1
    vectors.add_vectors(words, [stems[word[:4]] for word in words] + noise)
    parts, part_vectors = fit_ngrams(vectors, 60)
    built = SubwordVectors(words, vectors.vectors, parts, part_vectors).build("bahnhof")
    direction = stems["bahn"] / np.linalg.norm(stems["bahn"])
    assert built @ direction > 0.9 * np.linalg.norm(built)


def test_the_language_model_is_shipped_under_fastais_names(targets, tmp_path):
    run = reading(tmp_path / "lm", targets)
    run.save()
    shutil.copyfile(targets[0].with_name("pieces.model"), tmp_path / "pieces.model")
    ship.ship_language_model(tmp_path, tmp_path / "german")
    weights = load_packed(tmp_path / "german" / "language-model.safetensors")
    names = run.model.as_awd_lstm().keys() - set(ship.SHARED)
    assert weights.keys() == names
    embedding = run.model.embedding.weight
    error = (weights["0.encoder.weight"] - embedding).abs().max() / embedding.abs().max()
    assert error < 1 / 127


# --- All of it, one step after the other ---------------------------------------------------------


def test_one_command_runs_all_steps_and_trains_no_vectors_twice(monkeypatch, tmp_path):
    done = []

    class Words(list):
        def save(self, path):
            with open(path, "w", encoding="utf-8") as file:
                file.write("vectors")

    def train_words(words, epochs):
        done.append("vectors")
        return Words()

    def write_tokens(folder, target, limit):
        target.touch()
        return 0

    def fetched(source, folder):
        done.append(f"fetch {source.name}")
        return folder / source.name

    class Read:
        def __init__(self, folder, *_):
            folder.mkdir(exist_ok=True)
            self.state = folder / "state.pt"

        def run(self, steps, decay):
            done.append(f"lm {steps} {decay}")
            self.state.touch()

    monkeypatch.setattr(command, "fetch", fetched)
    monkeypatch.setattr(command, "write_words", write_tokens)
    monkeypatch.setattr(command, "train", train_words)
    monkeypatch.setattr(command, "prepared", lambda *_: [])
    monkeypatch.setattr(command, "Reading", Read)
    monkeypatch.setattr(command.KeyedVectors, "load", lambda path: None)
    monkeypatch.setattr(command, "ship_vectors", lambda made: done.append("ship vectors"))
    monkeypatch.setattr(command, "ship_language_model", lambda out: done.append("ship lm"))
    threads = torch.get_num_threads()
    everything = ["all", str(tmp_path), "--threads", str(threads)]
    fetches = ["fetch bundestag", "fetch wikipedia"]
    rest = ["lm 19000 3000", "ship vectors", "ship lm"]
    command.main(everything)
    assert done == [*fetches, "vectors", *rest]
    done.clear()
    command.main(everything)
    assert done == [*fetches, *rest]


def test_make_german_runs_that_command_and_asks_for_its_folder():
    rule = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\ngerman:")[2]
    asked, called = rule.split("\n\n")[0].splitlines()[1:]
    assert "make german FOLDER=" in asked
    assert called.strip() == '$(PY) -m tools.german all "$(FOLDER)"'
