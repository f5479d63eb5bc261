"""`python -m tools.figures` draws all figures into img/, `python -m tools.figures NAME …` some.
A figure is drawn from its code alone; nobody edits an SVG by hand."""

import argparse

from . import FIGURES, draw
from .drawing import ROOT


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tools.figures", description="Draw the course's figures into img/."
    )
    parser.add_argument("names", nargs="*", help=f"all without it; one of {', '.join(FIGURES)}")
    names = parser.parse_args().names
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        parser.error(f"no figure {', '.join(unknown)}; there are {', '.join(FIGURES)}")
    for name in names or FIGURES:
        path = draw(name, ROOT / "img")
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
