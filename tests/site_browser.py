"""What the browser tests of site and decks share: the site on a server of its own, a Chromium, and
visits that keep what went wrong. Where there is no browser or no site, those tests are skipped."""

import os

import pytest
from servers import files_of, serving

from tools.execution import ROOT

REQUIRED = os.environ.get("COURSE_BROWSER") == "required"  # CI: a missing browser is a failure
SITE = ROOT / "_build" / "site"
SHOTS = ROOT / "_build" / "screenshots"

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


@pytest.fixture(scope="module")
def address():
    """The site, served on this machine alone, under a folder as GitHub's pages are."""
    with serving(files_of(SITE)) as server:
        yield server.url.rstrip("/")


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
