"""Packs, checks and measures the invented newspaper; README.md in this folder says how it is made.

python -m tools.mininews build               # course_utils/data/mininews/
python -m tools.mininews lint                # typography, weekdays, names, doubled sentences
python -m tools.mininews measure [FOLDER]    # every figure, beside those of the real corpus
python -m tools.mininews show h07-12 s03     # articles, or the articles of a running story
"""

import argparse
import sys
from pathlib import Path

from course_utils.console import say
from tools.mininews.paper import newspaper


def build() -> int:
    from tools.mininews.build import build as pack

    for name, size in pack().items():
        print(f"{name:16} {size:>10,} bytes")
    return 0


def lint() -> int:
    from tools.mininews.lint import findings

    found = findings()
    say("\n".join([*found, f"{len(found)} findings"]))
    return bool(found)


def measure(folder: str | None) -> int:
    from tools.mininews.measure import report

    say(report(folder or "mini"))
    return 0


def show(wanted: list[str]) -> int:
    articles = [a for a in newspaper() if a.id in wanted or (a.story and a.story in wanted)]
    for article in sorted(articles, key=lambda a: (a.date, a.id)):
        head = f"{article.id} · {article.date} · {article.desk} · {article.story or '–'}"
        say(f"{head} · {article.kind}\n{article.text}\n")
    return not articles


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tools.mininews",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build")
    commands.add_parser("lint")
    commands.add_parser("measure").add_argument("folder", nargs="?", type=Path)
    commands.add_parser("show").add_argument("what", nargs="+", help="identifiers or stories")
    args = parser.parse_args()
    if args.command == "build":
        return build()
    if args.command == "lint":
        return lint()
    if args.command == "measure":
        return measure(str(args.folder) if args.folder else None)
    return show(args.what)


if __name__ == "__main__":
    sys.exit(main())
