"""Keeps img/ equal to what tools/figures.py draws, and the numbers in the figures equal to what the libraries compute.
A figure that was edited by hand, or drawn by a forgotten version of the code, fails here."""

import importlib.util
import platform
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence

from course_utils.batching import padding_share

ROOT = Path(__file__).resolve().parents[1]
SPEC = importlib.util.spec_from_file_location("figures", ROOT / "tools" / "figures.py")
figures = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(figures)


def drawn_where_committed():
    """The committed bytes come from the pinned matplotlib on 64-bit Linux; elsewhere last digits may differ."""
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pin = re.search(r"^matplotlib==(\S+)", pins, re.MULTILINE)
    assert pin, "constraints.txt: no line matplotlib==…; pin it to the version that drew img/"
    return matplotlib.__version__ == pin[1] and (platform.system(), platform.machine()) == (
        "Linux",
        "x86_64",
    )


def labels(svg):
    """The texts of a figure: matplotlib draws letters as outlines and keeps each text in a comment above them."""
    return re.findall(r"<!-- (.+?) -->", svg)


@pytest.fixture(scope="module", params=figures.FIGURES)
def pair(request, tmp_path_factory):
    """A freshly drawn figure and the committed one."""
    fresh = figures.draw(request.param, tmp_path_factory.mktemp("img"))
    return fresh, ROOT / "img" / fresh.name


def test_committed_figure_is_what_the_code_draws(pair):
    fresh, committed = (
        path.read_text(encoding="utf-8") for path in pair
    )  # text: git may have changed line ends
    again = f"img/{pair[1].name} is stale: run `python tools/figures.py {pair[1].stem}`"
    assert labels(fresh) == labels(committed), again
    assert fresh == committed or not drawn_where_committed(), again


def test_drawing_twice_gives_the_same_bytes(pair, tmp_path):
    assert figures.draw(pair[0].stem, tmp_path).read_bytes() == pair[0].read_bytes()


def test_figure_is_small_and_well_formed(pair):
    for path in pair:
        root = ElementTree.parse(path).getroot()
        assert float(root.get("width").removesuffix("pt")) in (504, 864)  # 7 inches, the cover 12
        assert 200 < float(root.get("height").removesuffix("pt")) < 400
        assert path.stat().st_size < 120_000


def test_every_label_stays_inside(pair):
    with plt.style.context(figures.STYLE, after_reset=True):
        figure = figures.FIGURES[pair[0].stem]()
        figure.draw_without_rendering()
        for text in figure.axes[0].texts:
            extent = text.get_window_extent()
            assert figure.bbox.contains(extent.x0, extent.y0), text
            assert figure.bbox.contains(extent.x1, extent.y1), text


def test_no_label_covers_another(pair):
    with plt.style.context(figures.STYLE, after_reset=True):
        figure = figures.FIGURES[pair[0].stem]()
        figure.draw_without_rendering()
        texts = [text for text in figure.axes[0].texts if text.get_text()]
        extents = [text.get_window_extent().padded(-1) for text in texts]
    for k, extent in enumerate(extents):
        hits = [texts[j].get_text() for j in range(k) if extent.overlaps(extents[j])]
        assert not hits, (texts[k].get_text(), hits)


def test_img_holds_no_orphan():
    assert (
        {path.stem for path in (ROOT / "img").glob("*.svg")}
        == set(figures.FIGURES)
        == set(figures.ALT)
    )


def test_packing_figure_agrees_with_torch():
    lengths = figures.LENGTHS
    positions = torch.tensor(
        [[100 * row + t for t in range(max(lengths))] for row in range(len(lengths))]
    )
    packed = pack_padded_sequence(positions, torch.tensor(lengths), batch_first=True)
    assert figures.count_per_step(lengths) == packed.batch_sizes.tolist()
    assert [100 * row + t for row, t in figures.packed_order(lengths)] == packed.data.tolist()

    svg = (ROOT / "img" / "padding_packing.svg").read_text(encoding="utf-8")
    strip = [f"{'ABCDE'[row]}{t + 1}" for row, t in figures.packed_order(lengths)]
    words = [label for label in labels(svg) if re.fullmatch(r"[A-E]\d", label)]
    assert sorted(words) == sorted(3 * strip)  # padded, staircase, data
    assert words[-len(strip) :] == strip  # the row of data is drawn last
    assert ", ".join(map(str, packed.batch_sizes.tolist())) in figures.ALT["padding_packing"]


def test_bucket_figure_prints_the_padded_shares_it_draws():
    svg = (ROOT / "img" / "length_buckets.svg").read_text(encoding="utf-8")
    shares = [
        label.removesuffix(" padding") for label in labels(svg) if label.endswith("% padding")
    ]
    rows = [
        int(label) for label in labels(svg) if label.isdigit()
    ]  # the lengths beside the bars, panel by panel
    half = len(rows) // 2
    assert sorted(rows[:half]) == sorted(rows[half:]) == figures.NEWS_LENGTHS
    for order, share in zip((rows[:half], rows[half:]), shares, strict=True):
        padding = padding_share(
            order, [range(start, start + 4) for start in range(0, len(order), 4)]
        )
        assert share == f"{padding:.0%}" and share in figures.ALT["length_buckets"]


def test_style_is_reached_by_name_and_fits_the_figures():
    with plt.style.context("course_utils.course", after_reset=True):
        assert plt.rcParams["figure.facecolor"].upper().strip("#") == figures.PAPER.strip("#")
        cycle = {
            f"#{colour.strip('#').upper()}"
            for colour in plt.rcParams["axes.prop_cycle"].by_key()["color"]
        }
    assert {figures.INPUT, figures.HIDDEN, figures.OUTPUT, figures.CELL, figures.ALARM} <= cycle
