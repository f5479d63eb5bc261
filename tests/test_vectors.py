"""Tests of the embedding matrix and word vectors, saved, loaded and damaged.
Half a file of vectors shows nowhere but in the accuracy."""

import gzip

import numpy as np
import pytest
import torch
from gensim.models import KeyedVectors

from course_utils.fetch import VECTORS_NAME
from course_utils.vectors import (
    PAD,
    UNK,
    VectorsError,
    Vocabulary,
    embedding_matrix,
    load_vectors,
    save_vectors,
)


def keyed(words=("der", "die", "Straße", "12.400"), size=5, seed=0):
    """Random vectors of the given words."""
    result = KeyedVectors(size)
    result.add_vectors(
        list(words), np.random.default_rng(seed).normal(size=(len(words), size)).astype("float32")
    )
    return result


# --- Embedding matrix -----------------------------------------------------------------------------


def test_embedding_matrix_row_by_row():
    wv = keyed()
    vocabulary = Vocabulary(["die", "BER", "der"])
    matrix = embedding_matrix(vocabulary, wv)
    assert matrix.shape == (5, 5) and matrix.dtype == torch.float32
    assert not matrix[PAD].any()
    assert torch.equal(matrix[UNK], torch.from_numpy(wv.vectors.mean(0)))
    assert torch.equal(matrix[[2, 4]], torch.from_numpy(wv[["die", "der"]]))
    assert matrix[3].any() and not torch.equal(matrix[3], matrix[UNK])


def test_embedding_matrix_is_seeded():
    arguments = (
        Vocabulary([f"w{i}" for i in range(200)]),
        keyed(size=50),
    )  # not one of these words has a vector
    a, b, c = (embedding_matrix(*arguments, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(a, b) and not torch.equal(a[2:], c[2:])
    assert a[2:].std().item() == pytest.approx(arguments[1].vectors.std(), rel=0.05)


@pytest.mark.parametrize("spoilt", [np.nan, np.inf, -np.inf])
def test_a_vector_that_is_not_finite_is_left_out_and_named(spoilt):
    whole = keyed(("die", "der"))
    broken = keyed(("die", "der", "das"))
    broken.vectors[:2] = whole.vectors
    broken.vectors[2, 3] = spoilt
    vocabulary = Vocabulary(["die", "der", "das", "neu"])
    with pytest.warns(UserWarning, match="1 of 3 vectors hold NaN .* left out: 'das'$") as caught:
        matrix = embedding_matrix(vocabulary, broken)
    assert caught[0].filename == __file__
    assert torch.equal(matrix, embedding_matrix(vocabulary, whole))


def test_vectors_without_a_finite_one_are_refused():
    broken = keyed()
    broken.vectors[:, 0] = np.nan
    for vectors in (broken, KeyedVectors(5)):
        with pytest.raises(ValueError, match="no word has a vector of finite numbers"):
            embedding_matrix(Vocabulary(["die"]), vectors)


def test_many_spoilt_vectors_are_counted():
    words = [f"w{i}" for i in range(12)]
    broken = keyed(["good", *words])
    broken.vectors[1:] = np.inf
    with pytest.warns(UserWarning, match="12 of 13 .*'w0'.*'w9' …$"):
        embedding_matrix(Vocabulary(words), broken)


# --- Files ----------------------------------------------------------------------------------------


def test_saved_vectors_come_back(tmp_path):
    wv = keyed(["der", "Straße", "a\u2028b", "…"], size=20)
    path = tmp_path / "v.vec.gz"
    wv.vectors[0, :4] = [0, -0.0001, 10, 100.5]
    save_vectors(wv, path)
    back = KeyedVectors.load_word2vec_format(path)
    assert back.index_to_key == wv.index_to_key
    np.testing.assert_allclose(back.vectors, wv.vectors, atol=5.01e-4)
    assert (
        gzip.decompress(path.read_bytes()).decode().splitlines()[1].startswith("der 0 0 10 100.5 ")
    )


def test_equal_vectors_give_equal_bytes_wherever_and_whenever(tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    for path, now in ((tmp_path / "a.gz", 1e9), (tmp_path / "folder" / "b.gz", 1.5e9)):
        monkeypatch.setattr("time.time", lambda now=now: now)
        save_vectors(keyed(), path)
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "folder" / "b.gz").read_bytes()


class Interrupted(list):
    """Words that stop coming in the middle, as with Ctrl-C."""

    def __iter__(self):
        yield self[0]
        raise KeyboardInterrupt


@pytest.mark.parametrize("before", [None, b"the file of an earlier run"])
def test_an_interrupted_save_leaves_what_was_there(tmp_path, before):
    path = tmp_path / "v.vec.gz"
    wv = keyed()
    if before:
        path.write_bytes(before)
    wv.index_to_key = Interrupted(wv.index_to_key)
    with pytest.raises(KeyboardInterrupt):
        save_vectors(wv, path)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == (
        {path.name: before} if before else {}
    )


# --- load_vectors ---------------------------------------------------------------------------------


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def corpus(tmp_path):
    """A tiny corpus folder whose every word occurs often enough to get a vector."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    for name in ("train.csv", "test.csv"):
        (folder / name).write_text(
            "Sport;Das Spiel begann.\nWeb;Das Netz stand.\n" * 20, encoding="utf-8"
        )
    return folder


def test_every_corpus_has_the_german_ones(cache, corpus, capsys):
    for source in ("mini", corpus):
        wv = load_vectors(source)
        assert wv.vector_size == 200 and "wird" in wv.key_to_index
        assert capsys.readouterr().out == (
            "Vectors: German (embedded; read Wikipedia and Bundestag debates): "
            f"{len(wv):,} words, 200 dimensions.\n"
        )
    assert not cache.exists()


@pytest.mark.parametrize("full", [True, False], ids=["full", "folder"])
def test_fetched_vectors_are_taken_for_any_other_corpus(cache, corpus, capsys, full):
    cache.mkdir()
    save_vectors(keyed(), cache / VECTORS_NAME)
    assert load_vectors("full" if full else corpus).index_to_key == [
        "der",
        "die",
        "Straße",
        "12.400",
    ]
    assert (
        capsys.readouterr().out
        == "Vectors: fastText cc.de.300, trimmed to the corpus: 4 words, 5 dimensions.\n"
    )


# --- Damaged files --------------------------------------------------------------------------------

LINES = [b"3 2", b"der 1 2", "Öl .5 -1e-2".encode(), b"am 0 0"]


def packed(lines=LINES):
    return gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0)


def changed(number, line):
    return packed([*LINES[: number - 1], line, *LINES[number:]])


NUMBERS = np.random.default_rng(0).normal(size=(2000, 8)).round(3)
WHOLE = gzip.compress(
    b"2000 8\n"
    + b"".join(
        b"w%d %s\n" % (i, " ".join(map(str, row)).encode()) for i, row in enumerate(NUMBERS)
    ),
    mtime=0,
)
DAMAGED = {
    "half": (WHOLE[: len(WHOLE) // 2], "is damaged after line \\d+: .*end-of-stream"),
    "no checksum": (packed()[:-8], "is damaged after line 4: .*end-of-stream"),
    "wrong checksum": (packed()[:-8] + bytes(8), "cannot be read: CRC check failed"),
    "flipped bits": (WHOLE[:5000] + b"\xff" * 50 + WHOLE[5050:], "(is damaged after|,) line "),
    "not packed": (b"3 2\nder 1 2\n", "cannot be read: Not a gzipped file"),
    "a page of a proxy": (b"<html>Please log in</html>", "cannot be read: Not a gzipped file"),
    "empty": (b"", ", line 1: its first line is b'', not two numbers"),
    "empty archive": (gzip.compress(b""), ", line 1: its first line is b'', not two numbers"),
    "no header": (packed(LINES[1:]), ", line 1: its first line is b'der 1 2"),
    "no vector": (packed([b"0 300"]), "holds no vector"),
    "one line less": (packed(LINES[:-1]), ", line 1: it announces 3 vectors, the file holds 2"),
    "one line more": (packed([*LINES, b"x 1 1"]), ", line 1: it announces 3 .* the file holds 4"),
    "too few numbers": (changed(3, b"die 1"), ", line 3: the vector of 'die' has 1 numbers inst"),
    "too many": (changed(3, b"die 1 2 3"), ", line 3: the vector of 'die' has 3 numbers instead"),
    "no number": (changed(2, b"die 1 x"), ", line 2: the vector of 'die' holds what is not a num"),
    "cut line": (changed(4, b"die 1 -"), ", line 4: the vector of 'die' holds what is not a num"),
    "NaN": (changed(2, b"die 1 nan"), ", line 2: the vector of 'die' holds NaN or an infinite"),
    "infinite": (changed(2, b"die -inf 1"), ", line 2: the vector of 'die' holds NaN or an inf"),
    "too large": (changed(2, b"die 1e39 1"), ", line 2: the vector of 'die' holds NaN or an inf"),
    "twice": (changed(4, b"der 1 1"), ", line 4: the word 'der' stands there for the second time"),
    "blank line": (changed(3, b""), ", line 3: the line has no word"),
    "no word": (changed(3, b" 1 2"), ", line 3: the line has no word"),
    "latin-1": (changed(3, b"\xd6l 1 2"), ", line 3: .*codec can't decode"),
}


def test_a_good_file_of_the_test(cache):
    cache.mkdir()
    (cache / VECTORS_NAME).write_bytes(packed([*LINES[:3], b"am 0 0\r"]))
    vectors = load_vectors("full")
    assert vectors.index_to_key == ["der", "Öl", "am"]
    np.testing.assert_array_equal(vectors["Öl"], np.array([0.5, -0.01], dtype="float32"))


@pytest.mark.parametrize("body, message", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_named_with_line_and_way_out(cache, body, message):
    cache.mkdir()
    (cache / VECTORS_NAME).write_bytes(body)
    with pytest.raises(VectorsError, match=message) as caught:
        load_vectors("full")
    text = str(caught.value)
    assert text.startswith(str(cache / VECTORS_NAME)) and "\n" not in text
    assert "`make data` (or `python -m course_utils.fetch`) fetches it anew" in text


def test_a_folder_or_a_dead_link_instead_of_the_file(cache):
    (cache / VECTORS_NAME).mkdir(parents=True)
    with pytest.raises(VectorsError, match="cannot be read: .*`make data`"):
        load_vectors("full")
    (cache / VECTORS_NAME).rmdir()
    try:
        (cache / VECTORS_NAME).symlink_to(cache / "gone")
    except OSError:
        pytest.skip("this system gives no right to make links")
    with pytest.raises(VectorsError, match="cannot be read: .*`make data`"):
        load_vectors("full")
