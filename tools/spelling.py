"""`make spelling`: codespell over English texts, and a list of German mistakes over German ones.
Of a notebook the prose and the program texts are read; outputs are what they are."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.contents import ROOT

GERMAN = Path(__file__).resolve().parent / "german_misspellings.txt"
# Words that codespell takes for mistakes: German, names, and terms of the field.
KNOWN = Path(__file__).resolve().parent / "known_words.txt"
PAPERS = [
    "*.md",
    "docs/*.md",
    "results/*.md",
    "tools/**/*.md",
    "benchmarks/*.md",
    ".github/**/*.yml",
]
CODE = ["course_utils/**/*.py", "tools/**/*.py", "benchmarks/*.py", "tests/*.py"]
ARTICLES = ["tools/mininews/articles/**/*"]


def matching(patterns: list[str], root: Path = ROOT) -> list[Path]:
    """The files of these patterns."""
    found = {path for pattern in patterns for path in root.glob(pattern) if path.is_file()}
    return sorted(found)


def texts_of(notebook: Path) -> str:
    """What the author of a notebook has written, cell by cell."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells)


def english(folder: Path, root: Path = ROOT) -> Iterator[Path]:
    """The files to read in English; notebooks as text files in `folder`."""
    yield from (path for path in matching([*PAPERS, *CODE], root) if path != GERMAN)
    for path in sorted((root / "notebooks").rglob("*.ipynb")):
        copy = folder / f"{path.stem}.txt"
        copy.write_text(texts_of(path), encoding="utf-8")
        yield copy


def codespell(paths: list[Path], *options: str) -> str:
    """What codespell finds in these files, a line a mistake."""
    command = [sys.executable, "-m", "codespell_lib", *options, *map(str, paths)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    return (done.stdout + done.stderr).strip()


def faults() -> str:
    """All that is misspelt, a line each; empty if nothing is."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        in_english = codespell(list(english(folder)), "--ignore-words", str(KNOWN))
        in_english = in_english.replace(f"{folder}/", "notebooks/")
    # a dictionary of one's own replaces codespell's, which would take German for bad English
    in_german = codespell(matching(ARTICLES), "--dictionary", str(GERMAN))
    return "\n".join(part for part in (in_english, in_german) if part)


def main() -> int:
    """Prints the mistakes; 1 if there are any."""
    found = faults()
    if found:
        print(found)
    print(f"spelling: {len(found.splitlines())} mistakes")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
