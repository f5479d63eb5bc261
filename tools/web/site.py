"""`make site`: the course as a web site in _build/site, which asks no other host for anything.
Sphinx with MyST-NB; a warning is a fault, as a broken link or formula is no more there."""

import argparse
import shutil
import sys

from sphinx.cmd.build import build_main

from tools.addresses import repository
from tools.contents import ROOT
from tools.web import browser, deck, source

SITE = ROOT / "_build" / "site"
PRINTED = 0.9  # of the cheat sheet's size on the screen, so that it stays on one page
TREES = ROOT / "_build" / "site-trees"


def build() -> int:
    """Runs Sphinx over the source; 0 if it has nothing to say."""
    shutil.rmtree(SITE, ignore_errors=True)
    where = [str(source.SOURCE), str(SITE)]
    options = ["-q", "-W", "--keep-going", "-c", str(ROOT / "docs"), "-d", str(TREES)]
    return build_main([*options, *where])


def print_cheat_sheet() -> None:
    """The cheat sheet as a PDF of one page."""
    with browser.chromium() as chromium:
        page = chromium.new_page()
        page.goto((SITE / "cheatsheet.html").as_uri())
        page.pdf(
            path=SITE / "cheatsheet.pdf",
            format="A4",
            print_background=True,
            scale=PRINTED,
            margin={"top": "9mm", "bottom": "9mm", "left": "9mm", "right": "9mm"},
        )


def main() -> int:
    """Writes the source, builds the site, the decks and the PDF, and says where they are."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    pdf = browser.executable() is not None
    source.write(repository(), pdf)
    status = build()
    if status:
        print("The site has the faults above.")
        return status
    shutil.copytree(ROOT / "img", SITE / "img", dirs_exist_ok=True)
    deck.write_all(SITE / "slides")
    if pdf:
        print_cheat_sheet()
    else:
        print("No Chromium, so there is no cheatsheet.pdf; the page itself is there.")
    (SITE / ".nojekyll").touch()  # GitHub's pages would leave out what begins with _
    print(f"{(SITE / 'index.html').relative_to(ROOT)} written; open it in a browser.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
