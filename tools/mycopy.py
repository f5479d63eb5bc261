"""A working copy of the notebooks in my/, which git ignores: learners' work never meets an update.
Outputs are cleared, slides are marked for live teaching; no copy is ever overwritten."""

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import addresses, slideshow

ROOT = Path(__file__).resolve().parent.parent
RECORD = ".from.json"  # for each copy the fingerprint of the notebook that it was made from


def fingerprint(notebook: dict) -> str:
    """Changes with what the cells say and do, not with what they print (sha256, shortened)."""
    cells = [[cell["cell_type"], "".join(cell["source"])] for cell in notebook["cells"]]
    text = json.dumps(cells, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def cleared(notebook: dict) -> dict:
    """The notebook without outputs, without counts and, as it is here now, without the badge."""
    first = notebook["cells"][0]
    first["source"] = addresses.without_badge("".join(first["source"])).splitlines(keepends=True)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = []
            cell["execution_count"] = None
    return notebook


def read_record(mine: Path) -> dict[str, str]:
    """What my/.from.json remembers; nothing where it is missing or no longer JSON."""
    try:
        return json.loads((mine / RECORD).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}


def upstream(root: Path) -> dict[str, dict]:
    """The course's notebooks by their path inside notebooks/."""
    folder = root / "notebooks"
    paths = [p for p in sorted(folder.rglob("*.ipynb")) if ".ipynb_checkpoints" not in p.parts]
    return {
        path.relative_to(folder).as_posix(): json.loads(path.read_text(encoding="utf-8"))
        for path in paths
    }


def update(root: Path | None = None) -> list[str]:
    """Copies into my/ what is not there; returns the copies whose notebook has changed since."""
    root = root or ROOT
    mine = root / "my"
    record = read_record(mine)
    changed = []
    for name, notebook in upstream(root).items():
        copy = mine / name
        print_of_source = fingerprint(notebook)
        if copy.exists():
            if record.setdefault(name, print_of_source) != print_of_source:
                changed.append(name)
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        ours = slideshow.mark(cleared(notebook))
        text = json.dumps(ours, ensure_ascii=False, indent=1)
        copy.write_text(text + "\n", encoding="utf-8", newline="\n")
        record[name] = print_of_source
    text = json.dumps(record, indent=1, sort_keys=True)
    (mine / RECORD).write_text(text + "\n", encoding="utf-8", newline="\n")
    return changed


def spare_name(copy: Path) -> Path:
    """A name beside `copy` under which it can be kept: mine, mine-2, …"""
    spare = copy.with_name(f"{copy.stem}.mine.ipynb")
    number = 2
    while spare.exists():
        spare = copy.with_name(f"{copy.stem}.mine-{number}.ipynb")
        number += 1
    return spare


def fresh(names: list[str], root: Path | None = None) -> list[str]:
    """Moves copies whose names begin with `names` aside and makes new ones; says where they are.

    "more" is all of more/; a notebook in it is chosen with and without that word."""
    root = root or ROOT
    begins = tuple(names)
    there = list(upstream(root))
    chosen = [n for n in there if n.startswith(begins) or Path(n).name.startswith(begins)]
    if not chosen:
        known = ", ".join(name.removesuffix(".ipynb") for name in there)
        return [f"No notebook begins with {' or '.join(names)}. There are: {known}"]
    said = []
    for name in chosen:
        copy = root / "my" / name
        if copy.exists():
            spare = spare_name(copy)
            copy.rename(spare)
            said.append(f"my/{name} is new; yours is kept as {spare.name}.")
        else:
            said.append(f"my/{name} is new; there was none before.")
    update(root)
    return said


@contextmanager
def one_sentence() -> Iterator[None]:
    """Ends the program in one sentence with the way out where my/ can't be made or written."""
    try:
        yield
    except OSError as error:
        mine = ROOT / "my"
        if os.path.lexists(mine) and not mine.is_dir():
            sys.exit(f"{mine} is there, but no folder: rename it, then your copy can be made.")
        sys.exit(
            f"Your working copy can't be written ({error.filename or mine}: {error.strerror}): "
            "copy the course to a folder of your own, on a disk with room, and start it there."
        )


def command() -> str:
    """This Python as the learner would type it."""
    python = Path(sys.executable)
    if python.is_relative_to(ROOT):
        return f"{python.relative_to(ROOT)} -m tools.mycopy"
    return "python -m tools.mycopy"


def news(changed: list[str]) -> str:
    """One line on what is new in the course, with the way to get it; empty if nothing is."""
    if not changed:
        return ""
    stems = [Path(name).stem for name in changed]
    numbers = " ".join(stem[:2] if stem[:2].isdigit() else stem for stem in stems)
    return (
        f"Changed in the course since you copied them: {', '.join(changed)}. Your copies in my/ "
        f"stay as they are; `{command()} --fresh {numbers}` brings new ones and keeps yours, too."
    )


def main(arguments: list[str] | None = None) -> int:
    """Makes or completes my/."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fresh", nargs="+", metavar="NB", help="new copies of these, such as 04")
    args = parser.parse_args(arguments)
    with one_sentence():
        lines = fresh(args.fresh) if args.fresh else [news(update())]
    for line in lines:
        if line:
            print(line)
    return 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
