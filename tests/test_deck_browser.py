"""The decks in a real browser: nothing beyond a slide, text that can be read, no error, and answers
that open by the keyboard. `make web-test` runs this."""

from pathlib import Path

import pytest
from site_browser import DECKS, SHOTS, SITE, address, chromium, visit  # noqa: F401 (fixtures)

pytestmark = pytest.mark.browser

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
def test_a_deck_fits_is_readable_and_silent(visit, path):  # noqa: F811
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


def test_answers_of_the_museum_open_by_the_keyboard(visit):  # noqa: F811
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


def test_a_deck_opens_from_a_file_too(chromium):  # noqa: F811
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
