"""Writes the copies of the notebooks that Colab opens into _build/colab.
Colab and "Save a copy in Drive" know no `../img`: there all addresses are absolute."""

import json
import re
import shutil
import sys
from pathlib import Path

from tools import addresses

ROOT = addresses.ROOT
COPIES = ROOT / "_build" / "colab"
PICTURE = re.compile(r"(!\[[^\]]*\]\(|src=\")((?:\.\./)+)(img/[\w./-]+)")
LINK = re.compile(r"(?<!!)(\[[^\]]*\]\()(?!https?:|#|mailto:)([^()\s]+)(\))")


def absolute(text: str, address: str, name: str) -> str:
    """Markdown whose pictures come from the site and whose links lead to Colab or the repository.

    name: the notebook's path inside notebooks/."""

    def lead(found: re.Match[str]) -> str:
        folder = Path("notebooks", name).parent
        parts: list[str] = []
        for part in (folder / found[2].partition("#")[0]).parts:
            if part == "..":
                parts = parts[:-1]
            else:
                parts.append(part)
        path = "/".join(parts)
        if path.startswith("notebooks/") and path.endswith(".ipynb"):
            return (
                found[1] + addresses.on_colab(address, path.removeprefix("notebooks/")) + found[3]
            )
        return f"{found[1]}{address}/blob/main/{path}{found[3]}"

    pictures = PICTURE.sub(lambda found: f"{found[1]}{addresses.site(address)}/{found[3]}", text)
    return LINK.sub(lead, pictures)


def copied(notebook: dict, address: str, name: str) -> dict:
    """The notebook as Colab gets it."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            text = absolute("".join(cell["source"]), address, name)
            cell["source"] = text.splitlines(keepends=True)
    return notebook


def write(root: Path = ROOT, copies: Path = COPIES) -> list[str]:
    """Writes all copies anew; their paths inside notebooks/."""
    shutil.rmtree(copies, ignore_errors=True)
    address = addresses.repository(root)
    folder = root / "notebooks"
    names = []
    for path in sorted(folder.rglob("*.ipynb")):
        if ".ipynb_checkpoints" in path.parts:
            continue
        name = path.relative_to(folder).as_posix()
        notebook = json.loads(path.read_text(encoding="utf-8"))
        target = copies / "notebooks" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(copied(notebook, address, name), ensure_ascii=False, indent=1)
        target.write_text(text + "\n", encoding="utf-8", newline="\n")
        names.append(name)
    lines = [
        "# Copies for Colab",
        "The notebooks of the course with absolute addresses, written by a workflow from",
        f"the branch `main` of {address}. Nothing is edited here.",
    ]
    (copies / "README.md").write_text("\n".join([*lines, ""]), encoding="utf-8", newline="\n")
    return names


if __name__ == "__main__":
    print(f"{len(write())} notebooks in {COPIES.relative_to(ROOT)}/")
    sys.exit(0)
