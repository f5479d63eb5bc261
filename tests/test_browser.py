"""Site and decks in a real browser: no error, no request to another host, nothing wider than a
telephone, nothing beyond a slide, no serious fault for axe-core. `make web-test` runs this."""

import functools
import http.server
import os
import threading
from pathlib import Path

import pytest

from tools.addresses import on_colab, repository
from tools.execution import ROOT, notebook_paths

REQUIRED = os.environ.get("COURSE_BROWSER") == "required"  # CI: a missing browser is a failure
SITE = ROOT / "_build" / "site"
SHOTS = ROOT / "_build" / "screenshots"

pytestmark = pytest.mark.browser

if not REQUIRED:
    pytest.importorskip("playwright")
    pytest.importorskip("axe_playwright_python")

from tools.web import browser  # noqa: E402

if not REQUIRED and (browser.executable() is None or not SITE.exists()):
    pytest.skip("no Chromium, or no site: make web-test", allow_module_level=True)

PAGES = sorted(p.relative_to(SITE).as_posix() for p in SITE.rglob("*.html"))
DECKS = [page for page in PAGES if page.startswith("slides/") and "/reveal/" not in page]
PAGES = [page for page in PAGES if not page.startswith(("slides/", "_static/"))]
NOTEBOOKS = [page for page in PAGES if page.startswith("notebooks/")]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address():
    """The site, served on this machine alone, under a folder as GitHub's pages are."""
    handler = functools.partial(Quiet, directory=str(SITE))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def chromium():
    SHOTS.mkdir(parents=True, exist_ok=True)
    with browser.chromium() as found:
        yield found


class Visit:
    """A page with all that went wrong on it."""

    def __init__(self, chromium, address, width=1280, height=720, **options):
        self.context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.faults = []
        self.address = address
        self.page.on("console", self.heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("request", self.asked)
        self.page.on("response", self.answered)

    def heard(self, message):
        if message.type == "error":
            self.faults.append(f"console: {message.text}")

    def asked(self, request):
        if not request.url.startswith((self.address, "data:", "blob:", "about:")):
            self.faults.append(f"asks {request.url}")

    def answered(self, response):
        if response.status >= 400:
            self.faults.append(f"{response.status} {response.url}")

    def open(self, path):
        self.page.goto(f"{self.address}/{path}")
        return self.page

    def close(self):
        self.context.close()


@pytest.fixture
def visit(chromium, address):
    opened = []

    def go(**options):
        opened.append(Visit(chromium, address, **options))
        return opened[-1]

    yield go
    for one in opened:
        one.close()


def test_there_is_something_to_look_at():
    assert len(NOTEBOOKS) == len(notebook_paths())
    assert len(DECKS) == len(NOTEBOOKS)
    assert {"index.html", "glossary.html", "cheatsheet.html", "teaching.html"} <= set(PAGES)


# --- The site -------------------------------------------------------------------------------------

WIDER = """() => [...document.querySelectorAll('main *')].filter(e => {
  const r = e.getBoundingClientRect();
  if (!r.width || r.right <= innerWidth + 1) return false;
  for (let p = e; p; p = p.parentElement) {
    const style = getComputedStyle(p);  // what scrolls by itself, and drawers beside the page
    if (style.position === 'fixed') return false;
    if (p !== e && ['auto', 'scroll', 'hidden'].includes(style.overflowX)) return false;
  }
  return true;
}).slice(0, 5).map(e => e.tagName + '.' + e.className + ': ' + e.textContent.slice(0, 40))"""


BARE = r"""() => {  // formulas left as they are typed, outside program texts
  const found = [], walk = document.createTreeWalker(document.querySelector('main'), 4);
  while (walk.nextNode()) {
    const text = walk.currentNode;
    if (!text.parentElement.closest('pre, code, script') && /\$[a-zA-Z_\\]+\$/.test(text.data))
      found.push(text.data.slice(0, 60));
  }
  return found;
}"""


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole_and_fits_a_telephone(visit, path):
    phone = visit(width=390, height=844)
    page = phone.open(path)
    assert phone.faults == []
    assert page.evaluate(WIDER) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    broken = "[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)"
    assert page.evaluate(broken) == []
    assert page.evaluate(BARE) == []


STILL = "*, *::before, *::after { transition: none !important; animation: none !important }"


def serious(page):
    """axe's serious findings, once colours that fade from light to dark have arrived."""
    from axe_playwright_python.sync_playwright import Axe

    page.add_style_tag(content=STILL)
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{fault['id']}: {node['target']} {node['html'][:120]}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"][:3]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_no_serious_fault(visit, path, scheme):
    page = visit(width=1280, height=900, color_scheme=scheme).open(path)
    page.wait_for_load_state()
    assert serious(page) == []
    page.screenshot(path=SHOTS / f"{Path(path).stem}-{scheme}.png")


def test_light_and_dark_differ_and_the_picture_is_kept(visit):
    colours = []
    for scheme in ("light", "dark"):
        page = visit(width=390, height=844, color_scheme=scheme).open(NOTEBOOKS[1])
        colours.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        page.screenshot(path=SHOTS / f"telephone-{scheme}.png")
    assert colours[0] != colours[1]


def test_the_search_finds_a_word(visit):
    page = visit().open("search.html?q=perplexity")
    page.wait_for_selector("#search-results li")
    assert page.locator("#search-results li").count() >= 1


def test_a_site_that_is_opened_from_a_folder_is_searched_in_silence(chromium):
    context = chromium.new_context(offline=True)
    page = context.new_page()
    faults = []
    said = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: said.append(message))
    page.goto(f"{(SITE / 'search.html').as_uri()}?q=perplexity")
    page.wait_for_selector("#search-results li")
    page.wait_for_timeout(500)
    faults += [message.text for message in said if message.type == "error"]
    assert faults == []
    context.close()


def test_a_first_use_leads_to_the_glossary(visit):
    page = visit().open(NOTEBOOKS[1])
    link = page.locator("a:has(.glossary-link)").first
    assert "glossary.html#term-" in link.get_attribute("href")
    words = page.locator(".glossary-link").all_text_contents()
    assert len({word.lower() for word in words}) == len(words) >= 5
    link.click()
    assert page.locator("dt:target").count() == 1


@pytest.mark.parametrize("path", NOTEBOOKS)
def test_launch_buttons_lead_to_this_notebook(visit, path):
    page = visit().open(path)
    links = page.locator("a[href*='colab.research.google.com'], a[href*='mybinder.org']")
    targets = {link.get_attribute("href") for link in links.all()}
    name = path.removeprefix("notebooks/").replace(".html", ".ipynb")
    assert on_colab(repository(), name) in targets  # as the badge does
    assert any("mybinder" in t and name in t for t in targets)


def test_every_link_inside_the_site_leads_somewhere():
    from bs4 import BeautifulSoup

    pages = {
        path: BeautifulSoup((SITE / path).read_text(encoding="utf-8"), "html.parser")
        for path in PAGES
    }
    marks = {
        path: {tag.get("id") for tag in soup.find_all(id=True)} for path, soup in pages.items()
    }
    dead = []
    for path, soup in pages.items():
        for link in soup.find_all("a", href=True):
            target, _, mark = link["href"].partition("#")
            if "://" in target or target.startswith(("mailto:", "data:")):
                continue
            there = (SITE / path).parent / target if target else SITE / path
            name = os.path.normpath(there.relative_to(SITE) if target else path).replace("\\", "/")
            lost = name in marks and mark and mark not in marks[name]
            if not there.exists() or lost:
                dead.append(f"{path}: {link['href']}")
    assert dead == []


def test_the_cheat_sheet_is_one_page():
    import re

    pdf = (SITE / "cheatsheet.pdf").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1


STRIP = """<div class="explorer-strip">
<section class="explorer-frame" aria-label="Bench, frame 1 of 3">one</section>
<section class="explorer-frame" aria-label="Bench, frame 2 of 3">two</section>
<section class="explorer-frame" aria-label="Bench, frame 3 of 3">three</section></div>"""


def test_an_explorers_frames_step_through(visit):
    page = visit().open("index.html")
    page.evaluate(
        "html => { document.querySelector('article').innerHTML = html; stepAll(); }", STRIP
    )
    frames = "[...document.querySelectorAll('.explorer-frame')]"
    shown = f"{frames}.filter(f => !f.hidden).map(f => f.textContent)"
    assert page.evaluate(shown) == ["one"]
    page.get_by_role("button", name="forward").press("Enter")
    assert page.evaluate(shown) == ["two"]
    page.get_by_role("slider").press("End")
    assert page.evaluate(shown) == ["three"]
    assert page.get_by_role("button", name="forward").is_disabled()
    assert page.locator(".explorer-steps output").text_content() == "3 of 3"


# --- The decks ------------------------------------------------------------------------------------

# Every slide in each of its states: frames of an explorer, answers of an exhibit, one at a time.
# What leaves the slide, is cut off by a box, is shrunk, or is too small: 16 pixels for text, 14 for
# labels inside pictures. Indices and formulas are as small as they are written.
FAULTS = """() => {
  const found = new Set();
  const closed = e => e.closest('details:not([open])') && !e.closest('summary');
  function look(section, n) {
    const box = section.getBoundingClientRect();
    for (const e of section.querySelectorAll('.fit, .fit *, h1, h2')) {
      const r = e.getBoundingClientRect(), name = `${n}: ${e.tagName}.${e.className}`;
      if (!r.width || closed(e)) continue;
      if (r.right > box.left + 1282 || r.bottom > box.top + 706)
        found.add(`${name} ends at ${Math.round(r.right - box.left)}, ` +
          `${Math.round(r.bottom - box.top)}`);
      const style = getComputedStyle(e), cut = (over, has, room) =>
        over !== 'visible' && e.clientWidth > 2 && has > room + 2;
      if (!e.closest('h1, h2, svg, math') && (cut(style.overflowY, e.scrollHeight, e.clientHeight)
          || cut(style.overflowX, e.scrollWidth, e.clientWidth)))
        found.add(`${name} cut: ${e.scrollWidth} x ${e.scrollHeight} in ` +
          `${e.clientWidth} x ${e.clientHeight}`);
    }
    const walk = document.createTreeWalker(section.querySelector('.fit'), 4);
    while (walk.nextNode()) {
      const e = walk.currentNode.parentElement, svg = e.closest('svg');
      if (!walk.currentNode.data.trim() || !e.getBoundingClientRect().width || closed(e)
          || e.closest('math, sub, sup, style')) continue;
      const r = svg && svg.getBoundingClientRect(), v = svg && svg.viewBox.baseVal;
      const scale = svg ? Math.min(r.width / v.width, r.height / v.height) : e.currentCSSZoom || 1;
      const size = parseFloat(getComputedStyle(e).fontSize) * scale;
      if (size < (svg ? 13.9 : 15.9))
        found.add(`${n}: ${size.toFixed(1)} px: ${e.tagName} ${e.textContent.slice(0, 30)}`);
    }
    const zoom = Number(section.querySelector('.fit').style.zoom || 1);
    if (zoom < 0.8) found.add(n + ': shrunk to ' + zoom);
  }
  function eachState(section, n) {
    look(section, n);
    for (const strip of section.querySelectorAll('.explorer-strip')) {
      const frames = [...strip.querySelectorAll('.explorer-frame')];
      for (const shown of frames) {
        for (const frame of frames) frame.hidden = frame !== shown;
        look(section, n);
      }
      frames.forEach((frame, i) => { frame.hidden = i > 0; });
    }
    for (const answer of section.querySelectorAll('details')) {
      answer.open = true;
      look(section, n);
      answer.open = false;
    }
  }
  document.querySelectorAll('.slides > section').forEach((section, i) => {
    const was = section.style.cssText, hidden = section.hidden;
    section.hidden = false;
    section.style.setProperty('display', 'block', 'important');
    eachState(section, i + 1);
    section.style.cssText = was; section.hidden = hidden;
  });
  return [...found].slice(0, 12);
}"""


@pytest.mark.parametrize("path", DECKS)
def test_a_deck_fits_is_readable_and_silent(visit, path):
    deck = visit()
    page = deck.open(path)
    page.wait_for_selector("body[data-ready]")
    assert deck.faults == []
    assert 12 <= page.evaluate("Reveal.getTotalSlides()") <= 35
    assert page.evaluate(FAULTS) == []
    page.evaluate("Reveal.slide(1)")
    page.screenshot(path=SHOTS / f"slide-{Path(path).stem}.png")


FIRST_EXHIBIT = """() => {
  const slides = [...document.querySelectorAll('.slides > section')];
  const at = slides.findIndex(slide => slide.querySelector('.exhibit details'));
  Reveal.slide(at, 0, -1);
  return at;
}"""
OPEN = "[...Reveal.getCurrentSlide().querySelectorAll('details')].map(answer => answer.open)"


def test_answers_of_the_museum_open_by_the_keyboard(visit):
    page = visit().open(next(path for path in DECKS if "bug_museum" in path))
    page.wait_for_selector("body[data-ready]")
    at = page.evaluate(FIRST_EXHIBIT)
    assert not any(page.evaluate(OPEN))
    for number in range(4):  # the key that goes on, one answer after the other
        page.keyboard.press("ArrowRight")
        assert page.evaluate(OPEN).index(True) == number
        assert page.evaluate(OPEN).count(True) == 1
    page.evaluate(FIRST_EXHIBIT)
    assert not any(page.evaluate(OPEN))
    for key in ("Enter", "Space"):  # any answer, as in the notebook
        page.keyboard.press("Tab")
        page.keyboard.press(key)
        assert page.evaluate(OPEN).count(True) == 1
    assert page.evaluate(OPEN).index(True) == 1
    assert page.evaluate("Reveal.getIndices().h") == at


def test_a_deck_opens_from_a_file_too(chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    page = context.new_page()
    failed = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.goto((SITE / DECKS[0]).as_uri())
    page.wait_for_selector("body[data-ready]")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("Reveal.getIndices().h") == 1
    assert failed == []
    context.close()
