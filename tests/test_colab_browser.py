"""All explorers in a real browser as on Colab: ipywidgets 7.7.1, drawn in a plain page by the
classic notebook, both as Colab ships them. `make colab-widgets` builds that and runs this."""

import csv
import json
import os
import statistics

import pytest
from explorer_browser import (
    CUT,
    ROOT,
    live,
    new_page,
    open_and_close_strips,
    work_all_controls,
    write_gallery,
)
from explorer_gallery import NAMES
from jupyter_process import jupyter

PYTHON = os.environ.get("COLAB_PYTHON")  # the environment with Colab's versions
if not PYTHON:
    pytest.skip("no environment with Colab's versions: make colab-widgets", allow_module_level=True)

from axe_playwright_python.sync_playwright import Axe  # noqa: E402

from tools.web import browser as browsers  # noqa: E402

BUILD = ROOT / "_build" / "colab-widgets"
pytestmark = [pytest.mark.browser, pytest.mark.training]
READY = "window.Jupyter?.notebook?.kernel?.info_reply.status"
# In the page: runs a cell; the moment, in milliseconds of the epoch, in which its picture is drawn.
DRAWN = """number => new Promise(resolve => {
  Jupyter.notebook.execute_cells([number]);
  const all = document.getElementsByClassName("explorer-view");
  const look = () => all.length >= number ? resolve(Date.now()) : requestAnimationFrame(look);
  look();
})"""
VERSION = """() => new Promise(resolve => Jupyter.notebook.kernel.execute(
  "import ipywidgets; print(ipywidgets.__version__)",
  {iopub: {output: said => resolve(said.content.text)}}, {silent: false}))"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The classic notebook on loopback with its token, in a folder with the gallery's notebook."""
    folder = tmp_path_factory.mktemp("classic")
    write_gallery(folder)
    BUILD.mkdir(parents=True, exist_ok=True)
    for old in BUILD.iterdir():
        old.unlink()
    environment = {
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "COURSE_DATA": "mini",
        "EXPLORER_TIMES": str(BUILD / "kernel.jsonl"),
        "PYTHONPATH": "",
    }
    options = ["nbclassic", "--ServerApp.ip=127.0.0.1", "--allow-root"]
    options.append(f"--ServerApp.root_dir={folder}")
    with jupyter(folder / "log", *options, cwd=folder, env=environment, python=PYTHON) as found:
        address, token = found
        yield f"{address}notebooks/gallery.ipynb?token={token}"


@pytest.fixture(scope="module")
def page(server):
    """The notebook, run a cell at a time; at the end the figures of all explorers are written."""
    with browsers.chromium() as browser:
        page = new_page(browser)
        page.figures = {name: {} for name in NAMES}
        page.goto(server)
        page.wait_for_function(READY)
        page.evaluate("Jupyter.notebook.execute_cells([0])")
        page.wait_for_function("Jupyter.notebook.get_cell(0).input_prompt_number > 0")
        for number, name in enumerate(NAMES, start=1):
            busy = page.busy()
            drawn = page.evaluate(DRAWN, number)
            page.wait_for_function(f"Jupyter.notebook.get_cell({number}).input_prompt_number > 0")
            _, cpu, began = measured(name, "opens")[-1]
            page.figures[name]["opens"] = drawn - began
            page.figures[name]["opens, processor"] = cpu + round(page.busy() - busy)
        yield page
    write_figures(page.figures)


def measured(name, kind):
    """The kernel's figures for an explorer: wall, processor, when it began; a row each time."""
    lines = (BUILD / "kernel.jsonl").read_text(encoding="utf-8").splitlines()
    rows = map(json.loads, lines)
    return [row[2:] for row in rows if row[0].lower().replace(" ", "_") == name and row[1] == kind]


def write_figures(figures):
    """A table with a line for each explorer, of milliseconds."""
    head = list(figures[NAMES[0]])
    with (BUILD / "milliseconds.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["explorer", *head])
        table.writerows([name, *(row.get(one) for one in head)] for name, row in figures.items())


def test_it_is_what_colab_ships(page):
    assert page.evaluate(VERSION).strip() == "7.7.1"


@pytest.mark.parametrize("name", NAMES)
def test_every_control_by_keyboard_moves_number_and_picture(page, name):
    box = live(page, name)
    box.scroll_into_view_if_needed()
    times = work_all_controls(page, box, name)
    median = times.pop("median")
    kernel = [cpu for _, cpu, _ in measured(name, "answers")]
    page.figures[name] |= {
        "answers": round(median[0]),
        "answers, slowest": max(wall for wall, _ in times.values()),
        "kernel, processor": round(statistics.median(kernel)),
        "page, processor": round(median[1]),
        "processor, at most": max(kernel) + max(busy for _, busy in times.values()),
    }


def test_pictures_names_and_widths(page):
    for name in NAMES:
        box = live(page, name)
        box.scroll_into_view_if_needed()
        page.wait_for_timeout(200)
        box.screenshot(path=BUILD / f"{name}.png")
    assert {name: cut for name in NAMES if (cut := live(page, name).evaluate(CUT))} == {}
    for name in NAMES:
        place = live(page, name).bounding_box()
        assert place["x"] >= 0 and place["x"] + place["width"] <= 1024, name


def test_axe_finds_no_fault(page):
    found = Axe().run(page, context=".explorer-live").response["violations"]
    assert {f["id"]: [n["html"][:120] for n in f["nodes"]][:2] for f in found} == {}


def test_strip_is_closed_while_the_widget_lives_and_can_be_opened(page):
    open_and_close_strips(page, page.locator(".output_area .explorer-strip"))


def test_console_is_clean(page):
    assert not page.complaints
