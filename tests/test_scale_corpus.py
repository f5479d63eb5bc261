"""The corpus for trials of scale, made of invented texts: it begins where something begins, has
lengths like a newspaper's, never mixes two documents, and is the same every time."""

import lzma
import random
import statistics

import pytest

from benchmarks import scale_corpus
from benchmarks.gnad_small import rows_of
from course_utils import load_gnad

SUBJECTS = ["Bäcker", "Gärtner", "Glaser", "Schaffner"]


def document(number, subject, lines=240):
    """Sections with headings and speeches, every line with the number of its document."""
    numbers = random.Random(number)
    made = []
    for line in range(lines):
        if line % 30 == 0:
            made += [f"== Abschnitt {line}", ""]
        if line % 30 == 15:
            made += [f" Frieda {subject} (Dorfpartei): ", "(Beifall im Saal)"]
        said = " ".join(f"{subject}ding{thing}" for thing in numbers.choices(range(600), k=8))
        made.append(f" Nr{number} Der {subject} zeigt {said}.")
    return made


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Two files, one packed, in which documents of four subjects take turns."""
    folder = tmp_path_factory.mktemp("source")
    for name in ("eins", "zwei"):
        documents = []
        for number in range(60):
            documents.append("\n".join(document(f"{name}{number}", SUBJECTS[number % 4])))
        text = "\n\f\n".join(documents) + "\n"
        if name == "eins":
            (folder / "eins.txt").write_text(text, encoding="utf-8")
        else:
            (folder / "zwei.txt.xz").write_bytes(lzma.compress(text.encode("utf-8"), preset=0))
    return folder


def test_a_corpus_that_the_loader_reads(source, tmp_path):
    sizes = scale_corpus.make(source, tmp_path / "made", train=120, test=30, classes=4)
    train, test = load_gnad(tmp_path / "made")
    assert (len(train), len(test), sum(sizes.values())) == (120, 30, 150)
    assert set(train.category) == set(test.category) == set(sizes)
    for _, of_class in train.groupby("category"):  # a class is a subject
        subjects = [text.split()[2] for text in of_class.text]
        assert len(set(subjects)) == 1
    files = [text.split()[0][2:6] for text in [*train.text, *test.text]]
    assert files.count("eins") == files.count("zwei") == 75


def test_the_same_texts_give_the_same_corpus(source, tmp_path):
    made = []
    for name in ("a", "b"):
        scale_corpus.make(source, tmp_path / name, train=60, test=15, classes=4)
        made.append(rows_of(tmp_path / name / "train.csv"))
    assert made[0] == made[1]


def test_texts_begin_at_a_border_and_stay_in_their_document(source):
    for path in scale_corpus.text_files(source):
        for text in scale_corpus.texts_of(path, random.Random(1)):
            words = text.split()
            assert len({word for word in words if word.startswith("Nr")}) == 1
            assert not any(word in words for word in ("==", "Beifall", "Dorfpartei"))


def test_a_text_that_its_document_cuts_short_is_left_out(tmp_path):
    (tmp_path / "kurz.txt").write_text("Nur eine Zeile.\n\f\nNoch eine.\n", encoding="utf-8")
    assert list(scale_corpus.texts_of(tmp_path / "kurz.txt", random.Random(0))) == []
    with pytest.raises(ValueError, match="has 0 texts, and 10 are needed"):
        scale_corpus.make(tmp_path, tmp_path / "made", train=8, test=2)


def test_a_folder_without_texts_is_named(tmp_path):
    with pytest.raises(ValueError, match="holds no .txt and no .txt.xz file"):
        scale_corpus.make(tmp_path, tmp_path / "made")


def test_lengths_are_those_of_a_newspaper():
    """10kGNAD's test file has 101, 298 and 825 words at 5, 50 and 95 %, and 368 as its mean."""
    numbers = random.Random(0)
    lengths = [scale_corpus.drawn_length(numbers) for _ in range(10_000)]
    fifths = statistics.quantiles(lengths, n=20)
    for found, wanted in zip((fifths[0], fifths[9], fifths[18]), (101, 298, 825), strict=True):
        assert found == pytest.approx(wanted, rel=0.06)
    assert statistics.mean(lengths) == pytest.approx(368, rel=0.03)
