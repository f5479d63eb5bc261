"""All explorers in a real browser as on Colab: ipywidgets 7.7.1, drawn in a plain page by the
classic notebook, both as Colab ships them. `make colab-widgets` builds that and runs this."""

import json
import os

import pytest
from explorer_browser import CUT, ROOT, live, new_page, work_all_controls, write_gallery
from explorer_gallery import NAMES
from jupyter_process import jupyter

PYTHON = os.environ.get("COLAB_PYTHON")  # the environment with Colab's versions
if not PYTHON:
    pytest.skip("no environment with Colab's versions: make colab-widgets", allow_module_level=True)

from axe_playwright_python.sync_playwright import Axe  # noqa: E402

from tools.web import browser as browsers  # noqa: E402

BUILD = ROOT / "_build" / "colab-widgets"
pytestmark = [pytest.mark.browser, pytest.mark.training]
READY = (
    "window.Jupyter?.notebook?.kernel?.is_connected() && Jupyter.notebook.kernel.info_reply.status"
)
# When the picture is there, in milliseconds of the epoch, as soon as it is.
SEEN = """number => new Promise(resolve => {
  const all = document.getElementsByClassName("explorer-view");
  const look = () => all.length >= number ? resolve(Date.now()) : requestAnimationFrame(look);
  look();
})"""


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
    """The notebook, its imports run."""
    with browsers.chromium() as browser:
        page = new_page(browser)
        page.goto(server)
        page.wait_for_function(READY)
        page.evaluate("Jupyter.notebook.execute_cells([0])")
        page.wait_for_function("Jupyter.notebook.get_cell(0).input_prompt_number > 0")
        yield page


def measured(what):
    """The kernel's lines of one kind: explorer to [wall, processor time, when it began]."""
    lines = (BUILD / "kernel.jsonl").read_text(encoding="utf-8").splitlines()
    found = {}
    for name, kind, *numbers in map(json.loads, lines):
        if kind == what:
            found.setdefault(name, []).append(numbers)
    return found


def test_it_is_what_colab_ships(page):
    command = "import ipywidgets; print(ipywidgets.__version__)"
    said = page.evaluate(
        "code => new Promise(resolve => Jupyter.notebook.kernel.execute(code,"
        " {iopub: {output: said => resolve(said.content.text)}}, {silent: false}))",
        command,
    )
    assert said.strip() == "7.7.1"


@pytest.mark.parametrize("name", NAMES)
def test_it_opens(page, name):
    number = NAMES.index(name) + 1
    busy = page.busy()
    page.evaluate(f"Jupyter.notebook.execute_cells([{number}])")
    seen = page.evaluate(SEEN, number)
    page.wait_for_function("!document.querySelector('.cell.running')")
    wall, cpu, began = measured("opens")[name][-1]
    opens = {"seen": seen - began, "kernel": cpu, "page": round(page.busy() - busy)}
    (BUILD / f"{name}-opens.json").write_text(json.dumps(opens), encoding="utf-8")
    page.wait_for_function("Jupyter.notebook.kernel_busy !== true")
    box = live(page, name)
    assert box.locator(".explorer-view").bounding_box()["width"] > 600
    assert box.bounding_box()["width"] <= 1024


@pytest.mark.parametrize("name", NAMES)
def test_every_control_by_keyboard_moves_number_and_picture(page, name):
    box = live(page, name)
    box.scroll_into_view_if_needed()
    times = work_all_controls(page, box, name)
    (BUILD / f"{name}.json").write_text(json.dumps(times, indent=1), encoding="utf-8")


def test_pictures_names_and_widths(page):
    for name in NAMES:
        box = live(page, name)
        box.scroll_into_view_if_needed()
        page.wait_for_timeout(200)
        box.screenshot(path=BUILD / f"{name}.png")
    assert {name: cut for name in NAMES if (cut := live(page, name).evaluate(CUT))} == {}


def test_axe_finds_no_fault(page):
    found = Axe().run(page, context=".explorer-live").response["violations"]
    assert {f["id"]: [n["html"][:120] for n in f["nodes"]][:2] for f in found} == {}


def test_strip_is_closed_while_the_widget_lives_and_can_be_opened(page):
    for name in NAMES:
        strip = page.locator(".output_area .explorer-strip").nth(NAMES.index(name))
        frames = strip.locator(".explorer-frames")
        assert not frames.is_visible(), name
        strip.locator(".explorer-toggle").focus()
        page.keyboard.press("Space")
        assert frames.is_visible(), name
        page.keyboard.press("Space")


def test_console_is_clean(page):
    assert not page.complaints
