"""The embedded corpus: what the issue of a newspaper has to keep.
Behind it, the small generator."""

import gzip
import re
from random import Random

import pytest

from course_utils import load_gnad
from course_utils.corpus import MINI
from tools.mininews import newspaper as paper
from tools.mininews.build import dialect
from tools.mininews.lint import lint
from tools.mininews.measure import measure
from tools.mininews.names import genitive, parse_noun
from tools.mininews.pools import PoolError, expand, read_pool, read_pools
from tools.mininews.story import fill, sentences


@pytest.fixture(scope="module")
def corpus():
    return load_gnad("mini")


@pytest.fixture(scope="module")
def figures(corpus):
    return measure(*corpus)


def test_size_and_proportions(corpus):
    train, test = corpus
    assert (len(train), len(test)) == (1800, 200)
    for part in corpus:
        assert part.category.value_counts().to_dict() == paper.proportions(len(part))


@pytest.mark.parametrize(
    "name, low, high",
    [
        ("percentile 5", 101 * 0.75, 101 * 1.25),
        ("percentile 50", 297 * 0.75, 297 * 1.25),
        ("percentile 95", 825 * 0.75, 825 * 1.25),
        ("share above 100 words", 0.93, 0.97),
        ("longest", 3000, 5000),
        ("word forms", 12_000, 60_000),
        ("unseen in test", 0.02, 0.08),
        ("largest shared 8-word sequences", 0, 0.5),
        ("articles with a repeated sentence", 0, 0),
        ("accuracy of tf-idf + LinearSVC", 0.80, 0.92),
    ],
)
def test_figures(figures, name, low, high):
    assert low <= figures[name] <= high


def test_sport_is_easier_than_the_hard_desks(figures):
    hard = [figures[f"recall {desk}"] for desk in ("Inland", "Panorama", "Wirtschaft")]
    assert figures["recall Sport"] > sum(hard) / 3


def test_reproducible_byte_for_byte():
    for split, rows in paper.newspaper().items():
        assert gzip.decompress((MINI / f"{split}.csv.gz").read_bytes()) == dialect(rows).encode(
            "utf-8"
        )


def test_embedded_data_is_small():
    assert sum(path.stat().st_size for path in MINI.glob("*")) < 6_000_000


def test_the_sentence_of_the_course_occurs(corpus):
    words = set(" ".join(corpus[0].text).split())
    assert {"Die", "neue", "BER", "wird", "bald", "geöffnet"} <= {
        word.strip('.,;:!?"') for word in words
    }


@pytest.mark.parametrize(
    "fault",
    [
        r"  ",
        r"[\[\]{}|~]",
        r" [,.;:!?](?!\w)",
        r"(?<!\.)\.\.(?!\.)",
        r",,",
        r"[„“”]",
        r"(?<=[a-zäöüß]{3}[.!?]) [a-zäöü]",
    ],
)
def test_no_slips_of_the_pen(corpus, fault):
    for part in corpus:
        found = [
            m.group()
            for text in part.text
            for m in [re.search(f".{{0,40}}{fault}.{{0,20}}", text)]
            if m
        ]
        assert not found, found[:3]


def test_quotes_are_closed_and_starts_capitalised(corpus):
    for part in corpus:
        for text in part.text:
            assert text.count('"') % 2 == 0
            assert not text[0].islower()


def test_pools_have_no_faults():
    pools, common = read_pools()
    assert set(pools) == set(paper.COUNTS)
    assert lint(list(pools.values()), common) == []


@pytest.mark.parametrize(
    "text, genitive_, dative, accusative",
    [
        (
            "die Hollacher Molkerei",
            "der Hollacher Molkerei",
            "der Hollacher Molkerei",
            "die Hollacher Molkerei",
        ),
        ("der Verband, des Verbands", "des Verbands", "dem Verband", "den Verband"),
        (
            "der Konkurrent, des Konkurrenten",
            "des Konkurrenten",
            "dem Konkurrenten",
            "den Konkurrenten",
        ),
        ("das Werk, des Werks", "des Werks", "dem Werk", "das Werk"),
        ("0f Nordlicht, von Nordlicht", "von Nordlicht", "Nordlicht", "Nordlicht"),
    ],
)
def test_nouns_bend(text, genitive_, dative, accusative):
    noun = parse_noun(text)
    assert (noun.form("g"), noun.form("d"), noun.form("a")) == (genitive_, dative, accusative)


@pytest.mark.parametrize(
    "text", ["Molkerei", "der Verband", "die Bank, der Bank", "das Werk, Werks"]
)
def test_nouns_with_too_few_forms_are_refused(text):
    with pytest.raises(ValueError, match="die Bank|a masculine|a feminine|begin with"):
        parse_noun(text)


def test_names_and_sentences():
    assert (genitive("Leitgöb"), genitive("Moritz")) == ("Leitgöbs", "Moritz'")
    assert sentences('In St. Pölten regnet es. "Ja", sagt er. Gut!') == [
        "In St. Pölten regnet es.",
        '"Ja", sagt er.',
        "Gut!",
    ]
    assert expand("[Bezirks|Landes]rat, des [Bezirks|Landes]rats") == [
        "Bezirksrat, des Bezirksrats",
        "Landesrat, des Landesrats",
    ]


def test_filling_contracts_and_capitalises():
    roles = {"werk": parse_noun("das Werk, des Werks"), "bank": parse_noun("die Bank")}
    assert (
        fill("{bank} schweigt. {werk} auch. Geld kam von {werk.d} zu {bank.d}.", roles, Random(0))
        == "Die Bank schweigt. Das Werk auch. Geld kam vom Werk zur Bank."
    )


def test_a_fault_in_a_pool_names_file_and_line(tmp_path):
    path = tmp_path / "sport.txt"
    path.write_text("desk Sport\nlist verein\nSV Nirgendwo\n", encoding="utf-8")
    with pytest.raises(PoolError, match="sport.txt:3"):
        read_pool(path)
