"""A Chromium for what only a browser can do: the tests of the site, and the cheat sheet as PDF.
The system's own is taken where there is one, else the one that Playwright has installed."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
# No sandbox, as root in a container has none; no calls home, which a closed network would refuse.
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
]


def executable() -> str | None:
    """The path of a Chromium: COURSE_CHROMIUM, the system's, Playwright's; None without one."""
    if chosen := os.environ.get("COURSE_CHROMIUM"):
        return chosen
    for name in NAMES:
        if path := shutil.which(name):
            return path
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


@contextmanager
def chromium() -> Iterator["Browser"]:
    """A headless Chromium, closed at the end.

    Raises RuntimeError with the way out where there is none."""
    path = executable()
    if path is None:
        raise RuntimeError(
            "No Chromium: install one (Debian: apt-get install chromium; elsewhere: "
            "python -m playwright install chromium), or name it in COURSE_CHROMIUM."
        )
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        try:
            yield browser
        finally:
            browser.close()
