"""What .pre-commit-config.yaml runs before a commit, from the project's own environment.
`normalise` saves notebooks as `make notebooks` would, `large` refuses files that would weigh."""

import argparse
import sys
from pathlib import Path

import nbformat

from tools.execution import normalise

LIMIT = 1_500_000  # bytes: a notebook's limit in the tests


def normalise_files(paths: list[Path]) -> list[str]:
    """Rewrites notebooks that hold more than readers and tests need; a line for each of them."""
    said = []
    for path in paths:
        before = path.read_text(encoding="utf-8")
        notebook = nbformat.reads(before, as_version=4)
        after = nbformat.writes(normalise(notebook)) + "\n"
        if after != before:
            path.write_text(after, encoding="utf-8", newline="\n")
            said.append(f"{path}: normalised; add it again")
    return said


def too_large(paths: list[Path], limit: int = LIMIT) -> list[str]:
    """A line for each file above the limit."""
    sizes = [(path, path.stat().st_size) for path in paths]
    return [
        f"{path}: {size:,} bytes, at most {limit:,}; data is fetched or built, not committed"
        for path, size in sizes
        if size > limit
    ]


COMMANDS = {"normalise": normalise_files, "large": too_large}


def main(arguments: list[str] | None = None) -> int:
    """1 if a file was changed or is too large, which stops the commit."""
    parser = argparse.ArgumentParser(prog="python -m tools.hooks", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("files", nargs="*", type=Path)
    args = parser.parse_args(arguments)
    lines = COMMANDS[args.command](args.files)
    for line in lines:
        print(line)
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())
