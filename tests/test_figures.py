"""Keeps img/ equal to what tools/figures draws, and the numbers in the figures true.
A figure edited by hand, or drawn by a forgotten version of the code, fails here."""

import platform
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence

from course_utils.batching import padding_share
from tools import figures
from tools.contents import cover_stops
from tools.figures import architecture, drawing, packing, reach

ROOT = Path(__file__).resolve().parents[1]


def drawn_where_committed():
    """The committed bytes come from the pinned matplotlib on 64-bit Linux.

    Elsewhere last digits may differ."""
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pin = re.search(r"^matplotlib==(\S+)", pins, re.MULTILINE)
    assert pin, "constraints.txt: no line matplotlib==…; pin it to the version that drew img/"
    machine = (platform.system(), platform.machine())
    return matplotlib.__version__ == pin[1] and machine == ("Linux", "x86_64")


def labels(svg):
    """The texts of a figure: matplotlib draws letters as outlines, with the text in a comment."""
    return re.findall(r"<!-- (.+?) -->", svg)


def picture(name):
    return (ROOT / "img" / f"{name}.svg").read_text(encoding="utf-8")


@pytest.fixture(scope="module", params=figures.FIGURES)
def pair(request, tmp_path_factory):
    """A freshly drawn figure and the committed one."""
    fresh = figures.draw(request.param, tmp_path_factory.mktemp("img"))
    return fresh, ROOT / "img" / fresh.name


def test_committed_figure_is_what_the_code_draws(pair):
    # as text: git may have changed line ends
    fresh, committed = [path.read_text(encoding="utf-8") for path in pair]
    again = f"img/{pair[1].name} is stale: run `python -m tools.figures {pair[1].stem}`"
    assert labels(fresh) == labels(committed), again
    assert fresh == committed or not drawn_where_committed(), again


def test_drawing_twice_gives_the_same_bytes(pair, tmp_path):
    assert figures.draw(pair[0].stem, tmp_path).read_bytes() == pair[0].read_bytes()


def test_figure_is_small_and_well_formed(pair):
    for path in pair:
        root = ElementTree.parse(path).getroot()
        # 7 inches wide, the cover 12
        assert root.attrib["width"] in ("504pt", "864pt")
        assert 200 < float(root.attrib["height"].removesuffix("pt")) < 400
        assert path.stat().st_size < 120_000


def test_every_label_stays_inside(pair):
    with plt.style.context(drawing.STYLE, after_reset=True):
        figure = figures.FIGURES[pair[0].stem]()
        figure.draw_without_rendering()
        for text in figure.axes[0].texts:
            extent = text.get_window_extent()
            assert figure.bbox.contains(extent.x0, extent.y0), text
            assert figure.bbox.contains(extent.x1, extent.y1), text


def test_no_label_covers_another(pair):
    with plt.style.context(drawing.STYLE, after_reset=True):
        figure = figures.FIGURES[pair[0].stem]()
        figure.draw_without_rendering()
        texts = [text for text in figure.axes[0].texts if text.get_text()]
        extents = [text.get_window_extent().padded(-1) for text in texts]
    for k, extent in enumerate(extents):
        hits = [texts[j].get_text() for j in range(k) if extent.overlaps(extents[j])]
        assert not hits, (texts[k].get_text(), hits)


def test_img_holds_no_orphan():
    there = {path.stem for path in (ROOT / "img").glob("*.svg")}
    assert there == set(figures.FIGURES) == set(figures.ALT)


def test_the_command_refuses_a_name_that_it_does_not_know():
    command = [sys.executable, "-m", "tools.figures", "unrolled"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert said.returncode == 2
    assert "no figure unrolled; there are architecture, " in said.stderr.replace("\n", " ")


def test_packing_figure_agrees_with_torch():
    lengths = packing.LENGTHS
    rows = [[100 * row + t for t in range(max(lengths))] for row in range(len(lengths))]
    packed = pack_padded_sequence(torch.tensor(rows), torch.tensor(lengths), batch_first=True)
    order = packing.packed_order(lengths)
    assert packing.count_per_step(lengths) == packed.batch_sizes.tolist()
    assert [100 * row + t for row, t in order] == packed.data.tolist()

    strip = [f"{'ABCDE'[row]}{t + 1}" for row, t in order]
    svg = picture("padding_packing")
    words = [label for label in labels(svg) if re.fullmatch(r"[A-E]\d", label)]
    assert sorted(words) == sorted(3 * strip)  # padded, staircase, data
    assert words[-len(strip) :] == strip  # the row of data is drawn last
    sizes = ", ".join(map(str, packed.batch_sizes.tolist()))
    assert sizes in figures.ALT["padding_packing"]


def test_bucket_figure_prints_the_padded_shares_it_draws():
    shown = labels(picture("length_buckets"))
    shares = [label.removesuffix(" padding") for label in shown if label.endswith("% padding")]
    rows = [int(label) for label in shown if label.isdigit()]  # the lengths beside the bars
    half = len(rows) // 2
    assert sorted(rows[:half]) == sorted(rows[half:]) == packing.NEWS_LENGTHS
    for order, share in zip((rows[:half], rows[half:]), shares, strict=True):
        batches = [range(start, start + 4) for start in range(0, len(order), 4)]
        assert share == f"{padding_share(order, batches):.0%}"
        assert share in figures.ALT["length_buckets"]


def test_convolution_figure_reaches_as_far_as_a_real_one():
    """Where the gradient of the last output is not zero, and nowhere else."""
    layers = [
        torch.nn.Conv1d(1, 1, reach.WIDTH, dilation=dilation, bias=False)
        for dilation in reach.DILATIONS
    ]
    x = torch.ones(1, 1, reach.STEPS, requires_grad=True)
    y = x
    for layer in layers:
        torch.nn.init.ones_(layer.weight)
        before = (reach.WIDTH - 1) * layer.dilation[0]
        y = layer(torch.nn.functional.pad(y, (before, 0)))
    (gradient,) = torch.autograd.grad(y[0, 0, -1], x)
    assert reach.reached_by_last_output()[0] == set(gradient[0, 0].nonzero().flatten().tolist())


def test_cover_has_a_stop_for_each_notebook():
    shown = labels(picture("cover"))
    stops = [part for stop in cover_stops() for part in stop.split("\n")]
    numbers = [f"{k:02d}" for k in range(len(cover_stops()))]
    assert [label for label in shown if label in numbers] == numbers
    assert [label for label in shown if label in stops] == stops
    words = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    assert f"the {words.split()[len(numbers)]} stops" in figures.ALT["cover"]


def test_architecture_figure_shows_what_is_there():
    for _, name, *_ in architecture.PARTS:
        folder = "course_utils/lessons" if name == "lessons" else name
        assert (ROOT / folder).is_dir()
    for module in architecture.MODULES:
        assert (ROOT / "course_utils" / f"{module}.py").exists()


def test_style_is_reached_by_name_and_fits_the_figures():
    with plt.style.context("course_utils.course", after_reset=True):
        paper = plt.rcParams["figure.facecolor"].upper().strip("#")
        colours = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    assert paper == drawing.PAPER.strip("#")
    used = {drawing.INPUT, drawing.HIDDEN, drawing.OUTPUT, drawing.CELL, drawing.ALARM}
    assert used <= {f"#{colour.strip('#').upper()}" for colour in colours}
