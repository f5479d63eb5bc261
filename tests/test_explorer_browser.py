"""All explorers in JupyterLab in a real browser: every control by keyboard, axe, console, themes.
Screenshots and the milliseconds of every answer go to _build/explorers, for people to look at."""

import json
import os
import re
import time

import nbformat
import pytest
from explorer_browser import (
    CUT,
    PATIENCE,
    ROOT,
    live,
    new_page,
    open_and_close_strips,
    work_all_controls,
    write_gallery,
)
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

BUILD = ROOT / "_build" / "explorers"
pytestmark = [pytest.mark.browser, pytest.mark.training]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """JupyterLab on loopback with its token, in a folder with the gallery's notebook."""
    folder = tmp_path_factory.mktemp("lab")
    write_gallery(folder)
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
    """The notebook, run."""
    page = new_page(browser)
    page.goto(server[1])
    page.wait_for_selector(".jp-NotebookPanel .jp-CodeCell")
    page.wait_for_function("window.jupyterapp?.shell.currentWidget?.sessionContext?.isReady")
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function(
        f"document.querySelectorAll('.explorer-live .explorer-view').length == {len(NAMES)}",
        timeout=2 * PATIENCE,
    )
    return page


@pytest.mark.parametrize("name", NAMES)
def test_every_control_by_keyboard_moves_number_and_picture(page, name):
    box = live(page, name)
    box.scroll_into_view_if_needed()
    times = work_all_controls(page, box, name)
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
        cut = box.evaluate(CUT)
        assert not cut, f"{name}: too narrow for {cut}"
    found = Axe().run(page, context=".explorer-live").response["violations"]
    faults = {f["id"]: [n["html"][:120] for n in f["nodes"]][:2] for f in found}
    assert faults == {}, json.dumps(faults, indent=1)


def test_strip_is_closed_while_the_widget_lives_and_can_be_opened(page):
    open_and_close_strips(page, page.locator(".jp-OutputArea .explorer-strip"))


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
