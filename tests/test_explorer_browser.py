"""All explorers in JupyterLab in a real browser: every control by keyboard, axe, console, themes.
Screenshots and the milliseconds of every answer go to _build/explorers, for people to look at."""

import json
import os
import re
import statistics
import time
from pathlib import Path

import nbformat
import pytest
from explorer_gallery import NAMES
from jupyter_process import jupyter
from nbconvert import HTMLExporter

REQUIRED = os.environ.get("COURSE_BROWSER") == "required"  # CI: a missing browser is a failure
if not REQUIRED:
    pytest.importorskip("playwright")
    pytest.importorskip("axe_playwright_python")

from axe_playwright_python.sync_playwright import Axe  # noqa: E402

from tools.web import browser as browsers  # noqa: E402

if not REQUIRED and browsers.executable() is None:
    pytest.skip("no Chromium: make web-test", allow_module_level=True)

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "_build" / "explorers"
pytestmark = [pytest.mark.browser, pytest.mark.training]
PATIENCE = 120_000  # milliseconds: a busy machine is slow, and no test is about time
ANSWER = 15_000  # milliseconds until an explorer counts as one that has not moved
# What is pressed, in this order: a control's name, and keys or a text. Enter presses a button.
SCRIPTS = {
    "elman_stepper": "step t=ArrowUp forward=Enter back=Enter reset=Enter",
    "word_desk": "word=Hauptbahnhof_Wien token=ArrowUp",
    "gate_microscope": (
        "word t=ArrowUp unit=ArrowUp largest=Row forget bias +=ArrowUp radius of W_h=ArrowUp "
        "as trained=Enter sentence=Heute_regnet_es"
    ),
    "packing_bench": (
        "batches=List budget=ArrowUp document=ArrowUp its length=ArrowUp longer=Enter "
        "shorter=Enter as given=Enter batch=ArrowDown"
    ),
    "decision_reader": (
        "words read=ArrowDown ask for=List by=List matrix of=List true=List "
        "said=List article=ArrowUp text=Die_Bank_senkt_den_Zins read it=Enter"
    ),
    "attention_map": "character=ArrowUp beams=ArrowUp date=12._Mai_2019",
    "two_berlins": "city=List new trail=Enter sentence=Von_Wien_nach_Graz",
    "writing_desk": (
        "step=Enter 5 steps=Enter undo=Enter your choice=List take it=Enter "
        "temperature=ArrowUp top k=ArrowUp top p=ArrowDown beam width=ArrowUp beam steps=ArrowUp "
        "seed=ArrowUp begin with=Heute"
    ),
    "dropout_board": (
        "dropout=List locked: one mask for all words=Space rate=ArrowUp draw=ArrowUp "
        "word t=ArrowUp sentence=Graz_ist_schön"
    ),
}
SILENT = {  # controls that choose for a button, or name what a cell does not hold: nothing moves
    ("writing_desk", "your choice"),
    ("decision_reader", "article"),
}


def steps_of(name):
    """(control, keys) of an explorer's script."""
    found = re.findall(r"(\S.*?)=(\S+)(?: |$)", SCRIPTS[name])
    return [(control, keys.replace("_", " ")) for control, keys in found]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """JupyterLab on loopback with its token, in a folder with the gallery's notebook."""
    folder = tmp_path_factory.mktemp("lab")
    paths = [str(ROOT), str(ROOT / "tests")]
    setup = f"import sys\nsys.path[:0] = {paths!r}\nimport explorer_gallery"
    cells = [setup, *(f"explorer_gallery.{name}()" for name in NAMES)]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, folder / "gallery.ipynb")
    settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(
        '{"fetchNews": "false", "checkForUpdates": false}', encoding="utf-8"
    )
    BUILD.mkdir(parents=True, exist_ok=True)
    (BUILD / "kernel.jsonl").unlink(missing_ok=True)
    environment = {
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "COURSE_DATA": "mini",
        "EXPLORER_TIMES": str(BUILD / "kernel.jsonl"),
    }
    options = [
        *("jupyterlab", "--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={folder}"),
        *("--allow-root", "--LabApp.news_url=None", "--LabApp.expose_app_in_browser=True"),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    with jupyter(folder / "log", *options, cwd=folder, env=environment) as (address, token):
        yield folder, f"{address}lab/tree/gallery.ipynb?token={token}"


@pytest.fixture(scope="module")
def browser():
    with browsers.chromium() as found:
        yield found


@pytest.fixture(scope="module")
def page(server, browser):
    """The notebook in a window 1,024 pixels wide, so high that an explorer is seen whole."""
    page = browser.new_page(viewport={"width": 1024, "height": 1400})
    page.set_default_timeout(PATIENCE)
    page.busy = watched(page)
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on(
        "console",
        lambda said: page.complaints.append(said.text) if said.type == "error" else None,
    )
    page.goto(server[1])
    page.wait_for_selector(".jp-NotebookPanel .jp-CodeCell")
    page.wait_for_function("window.jupyterapp?.shell.currentWidget?.sessionContext?.isReady")
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function(
        f"document.querySelectorAll('.explorer-live .explorer-view').length == {len(NAMES)}",
        timeout=2 * PATIENCE,
    )
    return page


def watched(page):
    """A function that says how many milliseconds the page's main thread has computed."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def busy():
        metrics = session.send("Performance.getMetrics")["metrics"]
        return 1000 * next(m["value"] for m in metrics if m["name"] == "TaskDuration")

    return busy


def live(page, name):
    """The widget of an explorer."""
    return page.locator(".explorer-live").nth(NAMES.index(name))


# In the page: when the reader last chose something, and when the picture or sentence changed.
WATCH = """box => {
  const times = window.times = {chosen: null, moved: null};
  const chosen = () => { if (times.moved === null) times.chosen = performance.now(); };
  for (const event of ["change", "click"]) box.addEventListener(event, chosen, {capture: true});
  times.answer = new Promise(resolve => {
    const watch = new MutationObserver(() => {
      if (times.chosen === null || times.moved !== null) return;
      times.moved = performance.now();
      requestAnimationFrame(() => resolve(times.moved - times.chosen));
    });
    box.querySelectorAll(".explorer-view,[role=alert]").forEach(e =>
      watch.observe(e.parentElement, {childList: true, subtree: true, characterData: true}));
  });
}"""
AT_END = "e => e.tagName == 'SELECT' ? e.selectedIndex == e.length - 1 : e.value == e.max"


def pressed(page, box, control, keys):
    """Works a control with the keyboard alone; the milliseconds until picture or sentence moved,
    and those that the page's processor was busy. None if nothing moved."""
    target = field(box, control, keys)
    target.scroll_into_view_if_needed()
    target.focus()
    if keys in ("List", "ArrowUp") and target.evaluate(AT_END):
        keys = {"List": "List up", "ArrowUp": "ArrowDown"}[keys]
    box.evaluate(WATCH)
    busy = page.busy()
    press(page, keys)
    late = f"new Promise(resolve => setTimeout(() => resolve(null), {ANSWER}))"
    wall = page.evaluate(f"Promise.race([window.times.answer, {late}])")
    return None if wall is None else (round(wall), round(page.busy() - busy))


def field(box, control, keys):
    """The field, the button, or of a row of buttons the first that is not pressed."""
    if keys == "Row":
        return box.locator(".widget-toggle-buttons button:not(.mod-active)").first
    if keys == "Enter":
        return box.get_by_role("button", name=control, exact=True).first
    return box.get_by_label(control, exact=True).first


def press(page, keys):
    """Keys, another option of a list, or a text and Enter."""
    if keys in ("List", "List up"):
        _other_option(page, "ArrowDown" if keys == "List" else "ArrowUp")
    elif keys == "Row":
        page.keyboard.press("Enter")
    elif keys in ("Enter", "Space", "ArrowUp", "ArrowDown"):
        page.keyboard.press(keys)
    else:
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(keys)
        page.keyboard.press("Enter")


def _other_option(page, key="ArrowDown"):
    """Opens the list that has the focus and takes its next option: JupyterLab keeps the arrows of a
    closed list for moving between cells."""
    for one in ("Space", key, "Enter"):
        page.keyboard.press(one)


@pytest.mark.parametrize("name", NAMES)
def test_every_control_by_keyboard_moves_number_and_picture(page, name):
    box = live(page, name)
    box.scroll_into_view_if_needed()
    names = box.evaluate(
        "box => [...box.querySelectorAll('input,select,button')].map(e =>"
        " e.labels?.[0]?.textContent"
        " || e.textContent).map(s => s.trim())"
    )
    named = {one for one in names if one and not one.isdecimal()}  # a row of buttons has numbers
    assert named == {control for control, keys in steps_of(name) if keys != "Row"}
    times = {}
    for control, keys in steps_of(name):
        if (name, control) in SILENT:
            box.get_by_label(control, exact=True).focus()
            _other_option(page) if keys == "List" else page.keyboard.press(keys)
            page.wait_for_timeout(300)
            continue
        times[control] = pressed(page, box, control, keys)
        assert times[control] is not None, f"{control} moved nothing"
        assert box.locator("[role=alert]").inner_text().strip()
    times["median"] = tuple(map(statistics.median, zip(*times.values(), strict=True)))
    path = BUILD / f"{name}.json"
    path.write_text(json.dumps(times, indent=1), encoding="utf-8")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_pictures_names_and_widths_in_both_themes(page, theme):
    page.evaluate(f"jupyterapp.commands.execute('apputils:change-theme', {{theme: '{theme}'}})")
    page.wait_for_timeout(1_500)
    for name in NAMES:
        box = live(page, name)
        box.scroll_into_view_if_needed()
        page.wait_for_timeout(200)
        box.screenshot(path=BUILD / f"{name}-{theme.split()[-1].lower()}.png")
        cut = box.evaluate(
            "box => [...box.querySelectorAll('button,.widget-label')].filter("
            "e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)"
        )
        assert not cut, f"{name}: too narrow for {cut}"
    found = Axe().run(page, context=".explorer-live").response["violations"]
    faults = {f["id"]: [n["html"][:120] for n in f["nodes"]][:2] for f in found}
    assert faults == {}, json.dumps(faults, indent=1)


def test_strip_is_closed_while_the_widget_lives_and_can_be_opened(page):
    for name in NAMES:
        strip = page.locator(".jp-OutputArea .explorer-strip").nth(NAMES.index(name))
        frames = strip.locator(".explorer-frames")
        assert not frames.is_visible(), name
        strip.locator(".explorer-toggle").focus()
        page.keyboard.press("Space")
        assert frames.is_visible(), name
        page.keyboard.press("Space")


def test_console_is_clean(page):
    assert not page.complaints


def test_a_page_without_a_kernel_shows_all_frames_and_steps_through_them(server, browser, page):
    page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    path = server[0] / "gallery.ipynb"
    deadline = time.monotonic() + 60
    while "explorer-strip" not in path.read_text(encoding="utf-8") and time.monotonic() < deadline:
        time.sleep(0.3)
    html, _ = HTMLExporter().from_notebook_node(nbformat.read(path, 4))
    target = BUILD / "static.html"
    target.write_text(re.sub(r'<script[^>]*src="http[^>]*></script>', "", html), encoding="utf-8")
    still = browser.new_page(viewport={"width": 1024, "height": 900})
    still.goto(target.as_uri())
    assert still.locator(".explorer-strip").count() == len(NAMES)
    count = still.locator(".explorer-frame").count()
    assert count > 2 * len(NAMES)
    assert sum(f.is_visible() for f in still.locator(".explorer-frame").all()) == count
    assert not any(box.is_visible() for box in still.locator(".explorer-toggle").all())
    still.screenshot(path=BUILD / "static.png", full_page=True)
    script = ROOT / "tools" / "web" / "assets" / "site" / "frames.js"  # the site's
    still.evaluate(script.read_text(encoding="utf-8"))
    strip = still.locator(".explorer-strip").first
    assert sum(f.is_visible() for f in strip.locator(".explorer-frame").all()) == 1
    strip.get_by_role("button", name="forward").focus()
    still.keyboard.press("Enter")
    assert strip.locator(".explorer-steps output").inner_text() == "2 of 3"
    assert strip.locator(".explorer-frame").nth(1).is_visible()
    assert not strip.locator(".explorer-frame").nth(0).is_visible()
