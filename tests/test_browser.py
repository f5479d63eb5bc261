"""The site in a real browser: no error, no request to another host, nothing wider than a telephone,
no serious fault for axe-core. `make web-test` runs this."""

import os
from pathlib import Path

import pytest
from site_browser import (
    DECKS,
    NOTEBOOKS,
    PAGES,
    SHOTS,
    SITE,
    address,  # noqa: F401 (a fixture)
    chromium,  # noqa: F401 (a fixture)
    visit,  # noqa: F401 (a fixture)
)

from tools.addresses import on_colab, repository
from tools.execution import notebook_paths

pytestmark = pytest.mark.browser


def test_there_is_something_to_look_at():
    assert len(NOTEBOOKS) == len(notebook_paths())
    assert len(DECKS) == len(NOTEBOOKS)
    assert {"index.html", "glossary.html", "cheatsheet.html", "teaching.html"} <= set(PAGES)


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
def test_a_page_is_whole_and_fits_a_telephone(visit, path):  # noqa: F811
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
def test_axe_finds_no_serious_fault(visit, path, scheme):  # noqa: F811
    page = visit(width=1280, height=900, color_scheme=scheme).open(path)
    page.wait_for_load_state()
    assert serious(page) == []
    page.screenshot(path=SHOTS / f"{Path(path).stem}-{scheme}.png")


def test_light_and_dark_differ_and_the_picture_is_kept(visit):  # noqa: F811
    colours = []
    for scheme in ("light", "dark"):
        page = visit(width=390, height=844, color_scheme=scheme).open(NOTEBOOKS[1])
        colours.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        page.screenshot(path=SHOTS / f"telephone-{scheme}.png")
    assert colours[0] != colours[1]


def test_the_search_finds_a_word(visit):  # noqa: F811
    page = visit().open("search.html?q=perplexity")
    page.wait_for_selector("#search-results li")
    assert page.locator("#search-results li").count() >= 1


def test_a_site_that_is_opened_from_a_folder_is_searched_in_silence(chromium):  # noqa: F811
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


def test_a_first_use_leads_to_the_glossary(visit):  # noqa: F811
    page = visit().open(NOTEBOOKS[1])
    link = page.locator("a:has(.glossary-link)").first
    assert "glossary.html#term-" in link.get_attribute("href")
    words = page.locator(".glossary-link").all_text_contents()
    assert len({word.lower() for word in words}) == len(words) >= 5
    link.click()
    assert page.locator("dt:target").count() == 1


@pytest.mark.parametrize("path", NOTEBOOKS)
def test_launch_buttons_lead_to_this_notebook(visit, path):  # noqa: F811
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


def test_an_explorers_frames_step_through(visit):  # noqa: F811
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
