"""Asks every external link of the papers and notebooks whether it still leads somewhere.
Weekly in CI, because it needs a network; local links are checked by the tests on every push."""

import json
import re
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parent.parent
PAPERS = [
    "*.md",
    "docs/**/*.md",
    "results/*.md",
    "tools/**/*.md",
    "benchmarks/*.md",
    "CITATION.cff",
]
# In a Markdown link the address may hold one pair of brackets; bare ones end at a blank or a quote.
LINK = re.compile(r"\]\((https?://(?:[^()\s]|\([^()\s]*\))+)")
BARE = re.compile(r"https?://[^\s<>\"'`)\]|]+")
# Not dead, only unwilling: publishers refuse programs, and busy servers ask for patience.
UNWILLING = {401, 403, 405, 406, 418, 429, 999}
ATTEMPTS = 3


def addresses(text: str) -> list[str]:
    """The addresses in a text, links first, without the punctuation behind them."""
    rest = LINK.sub(" ", text)
    return LINK.findall(text) + [bare.rstrip(".,;:!?*_") for bare in BARE.findall(rest)]


def prose(path: Path) -> str:
    """The text of a file that is read for links: of a notebook its Markdown cells."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown"]
    return "\n\n".join("".join(cell["source"]) for cell in cells)


def all_links(root: Path = ROOT) -> dict[str, list[str]]:
    """Each address with the files in which it stands."""
    papers = [path for pattern in PAPERS for path in sorted(root.glob(pattern))]
    where: dict[str, list[str]] = {}
    for path in [*papers, *sorted((root / "notebooks").rglob("*.ipynb"))]:
        for address in addresses(prose(path)):
            files = where.setdefault(address.partition("#")[0], [])
            name = path.relative_to(root).as_posix()
            if name not in files:
                files.append(name)
    return where


def ask(address: str) -> str:
    """What is wrong with an address; empty if it answers, or refuses programs."""
    problem = ""
    for _ in range(ATTEMPTS):
        try:
            with requests.get(
                address, timeout=30, stream=True, headers={"User-Agent": "Mozilla/5.0 (link check)"}
            ) as answer:
                if answer.ok or answer.status_code in UNWILLING:
                    return ""
                problem = f"{answer.status_code} {answer.reason}"
        except requests.RequestException as error:
            problem = type(error).__name__
    return problem


def dead(where: dict[str, list[str]], ask: Callable[[str], str] = ask) -> list[str]:
    """A line for each address that doesn't answer, with the files to mend."""
    with ThreadPoolExecutor(max_workers=8) as pool:
        problems = list(pool.map(ask, where))
    return [
        f"{address}: {problem} (in {', '.join(files)})"
        for (address, files), problem in zip(where.items(), problems, strict=True)
        if problem
    ]


def main() -> int:
    """Prints the dead links; 1 if there are any."""
    where = all_links()
    faults = dead(where)
    for fault in faults:
        print(fault)
    print(f"{len(where)} addresses, {len(faults)} dead")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
