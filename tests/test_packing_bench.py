"""The packing bench: its batches, shares and packed data against PyTorch and counting by hand."""

import numpy as np
import pytest
from explorer_helpers import HOSTILE, assert_harmless, controls, said, strip_of, view, visible
from hypothesis import given
from hypothesis import strategies as st

from course_utils.batching import LengthBuckets
from course_utils.explorers.packing_bench import LONGEST, WAYS, Costs, PackingBench, _widget

DOCUMENTS = [
    ["Der", "Zug", "fährt"],
    ["Heute"],
    ["In", "Wien", "regnet", "es", "seit", "gestern"],
    ["Das", "Budget", "steht"],
    ["Graz", "gewinnt"],
]
lists_of_lengths = st.lists(st.integers(1, 30), min_size=1, max_size=12)


def bench_of(lengths, **options):
    return PackingBench([[f"w{i}.{t}" for t in range(n)] for i, n in enumerate(lengths)], **options)


@given(lists_of_lengths, st.integers(1, 120), st.sampled_from(WAYS))
def test_every_number_is_that_of_counting(lengths, budget, way):
    bench = bench_of(lengths, budget=budget, way=way)
    assert sorted(i for batch in bench.batches for i in batch) == list(range(len(lengths)))
    positions = words = steps = 0
    for batch in bench.batches:
        widest = max(lengths[i] for i in batch)
        steps += widest
        positions += widest * len(batch)
        words += sum(lengths[i] for i in batch)
        assert len(batch) == 1 or widest * len(batch) <= budget
    assert bench.steps == steps and bench.positions == positions
    assert bench.padding == pytest.approx(1 - words / positions)
    expected = (steps * bench.costs.step + positions * bench.costs.position) / 1000
    assert bench.milliseconds == pytest.approx(expected)
    if way == WAYS[2]:
        assert bench.batches == LengthBuckets(lengths, tokens=budget).batches()
    if way == WAYS[1]:
        flat = [lengths[i] for batch in bench.batches for i in batch]
        assert flat == sorted(flat)


@given(lists_of_lengths)
def test_packed_data_goes_down_the_columns_of_the_sorted_batch(lengths):
    bench = bench_of(lengths, budget=10_000)
    data, sizes = bench.packed()
    assert sizes == [sum(n > t for n in lengths) for t in range(max(lengths))]
    order = np.argsort([-n for n in lengths], kind="stable")
    steps = [{f"w{i}.{t}" for i in order if lengths[i] > t} for t in range(max(lengths))]
    ends = np.cumsum(sizes)
    assert [set(data[end - size : end]) for end, size in zip(ends, sizes, strict=True)] == steps


def test_every_control_over_its_whole_range_moves_the_numbers_together():
    bench = PackingBench(DOCUMENTS, budget=12)
    box = _widget(bench)
    have = controls(box)
    seen = set()
    for way in (*WAYS[1:], WAYS[0]):
        have["batches"].value = way
        for budget in range(1, 41):
            have["budget"].value = budget
            text = visible(view(box))
            assert f"{bench.padding:.1%}" in text and f"{bench.milliseconds:.1f} ms" in text
            assert f"{bench.steps:,} steps" in text
            seen.add((bench.padding, bench.steps))
    assert len(seen) > 5
    for document in (2, 3, 4, 5, 1):
        have["document"].value = document
        assert have["its length"].value == bench.lengths[document - 1]
        assert document - 1 in bench.batches[bench.batch - 1]
        for length in (*range(2, LONGEST + 1), 1):
            have["its length"].value = length
            assert f"Document {document} has {length} word" in said(box)
            assert len(bench.words(document - 1)) == length
    have["as given"].click()
    assert bench.lengths == [3, 1, 6, 3, 2]
    for batch in range(1, len(bench.batches) + 1):
        have["batch"].value = batch
        assert f"batch {batch} of {len(bench.batches)}" in visible(view(box))


def test_buttons_stop_at_the_ends():
    bench = PackingBench(DOCUMENTS)
    have = controls(_widget(bench))
    have["longer"].click()
    assert bench.lengths[0] == have["its length"].value == 4
    for _ in range(5):
        have["shorter"].click()
    assert bench.lengths[0] == have["its length"].value == 1
    bench.resize(LONGEST)
    have["longer"].click()
    assert bench.lengths[0] == LONGEST


def test_sorting_and_buckets_pad_less_than_chance():
    lengths = np.random.default_rng(0).integers(1, 40, size=60).tolist()
    shares = {way: bench_of(lengths, budget=200, way=way).padding for way in WAYS}
    assert shares[WAYS[1]] < shares[WAYS[2]] < shares[WAYS[0]]


def test_costs_are_the_callers():
    bench = PackingBench([["a"] * 3], costs=Costs(step=1000, position=500))
    assert bench.milliseconds == pytest.approx(3 + 1.5)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_words_are_shown_as_text(text):
    box = _widget(PackingBench([text.split(), ["Wien"]]))
    assert_harmless(view(box))
    assert len(view(box)) < 60_000


def test_errors():
    bench = PackingBench(DOCUMENTS)
    with pytest.raises(ValueError, match="at least one word"):
        PackingBench([["a"], []])
    with pytest.raises(ValueError, match="no way 'heap'; there are: as they come"):
        bench.divide_by("heap")
    with pytest.raises(ValueError, match="at least 1, not 0"):
        bench.spend(0)
    with pytest.raises(ValueError, match="1 to 60 words here, not 61"):
        bench.resize(61)
    with pytest.raises(ValueError, match="document 6 does not exist: there are 1 to 5"):
        bench.take(6)
    with pytest.raises(ValueError, match="batch 9 does not exist"):
        bench.look_at(9)


def test_the_strip_shows_the_budgets_that_a_call_asks_for(monkeypatch):
    documents = [["a"] * n for n in (3, 9, 4, 12, 5, 7)]
    options = {"budget": 16, "budgets": [24, 60]}
    frames, box = strip_of(monkeypatch, "packing_bench", documents, **options)
    heads = [caption.split(":")[0] for caption, _, _ in frames]
    assert heads[:3] == [f"{way.capitalize()}, budget 16" for way in WAYS]
    assert heads[3:] == ["Length buckets, budget 24", "Length buckets, budget 60"]
    assert controls(box)["budget"].value == 16 and controls(box)["batches"].value == WAYS[0]
