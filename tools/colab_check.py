"""`make colab-check`: an environment with Colab's versions, in which every notebook runs as there.
Its first cell fetches the course from a local git remote; nothing pinned may move."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from packaging.utils import canonicalize_name

from tools import colab
from tools.addresses import repository
from tools.contents import ROOT

FOLDER = ROOT / "_build" / "colab-check"
PINS = ROOT / ".github" / "colab.txt"
STAND_IN = "2.13.0"  # of torch, where Colab's own build can't be had
KERNEL = ["ipykernel", "nbclient", "nbformat", "packaging"]
# Draws ipywidgets 7 in a plain page, as Colab does, whose image holds this notebook too.
FRONT_END = ["notebook>=6.5.7,<7", "nbclassic>=1.3,<2"]
FIRST_CELL_LIMIT = 40  # seconds
# What makes str(get_ipython()) say google.colab, as it does there.
STARTUP = """
shell = get_ipython()
kind = type("Shell", (type(shell),), {"__module__": "google.colab._shell"})
shell.__class__ = kind
"""


def pins(text: str, torch: str = STAND_IN) -> dict[str, str]:
    """Colab's versions by name, with the stand-in for torch."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and line[0] != "#"]
    found = dict(line.split("==") for line in lines)
    return {**found, "torch": torch}


def python(folder: Path) -> str:
    """The Python of a virtual environment."""
    return str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def wanted(shipped: dict[str, str]) -> list[str]:
    """What is installed before the course comes: all that it needs, without what Colab lacks."""
    lacking = {"gensim"}
    needs = [line for line in colab.requirements(ROOT) if line.partition(">")[0] not in lacking]
    return [f"{name}=={number}" for name, number in shipped.items()] + needs + KERNEL + FRONT_END


def build(folder: Path, shipped: dict[str, str]) -> str:
    """Makes the environment, once; its Python."""
    there = python(folder / "venv")
    stamp = folder / "installed.json"
    if stamp.exists() and json.loads(stamp.read_text(encoding="utf-8")) == wanted(shipped):
        subprocess.run([there, "-m", "pip", "uninstall", "-qy", "gensim"], check=True)
        return there
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    subprocess.run([there, "-m", "pip", "install", "-q", *wanted(shipped)], check=True)
    stamp.write_text(json.dumps(wanted(shipped)), encoding="utf-8")
    return there


def versions(there: str) -> dict[str, str]:
    """What is installed, by canonical name."""
    listed = subprocess.run(
        [there, "-m", "pip", "list", "--format", "json", "--disable-pip-version-check"],
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    return {canonicalize_name(row["name"]): row["version"] for row in json.loads(listed.stdout)}


def moved(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """What has another version than before, or is gone."""
    return [
        f"{name}: {number} before, {after.get(name, 'gone')} after"
        for name, number in before.items()
        if after.get(name) != number
    ]


def remote(folder: Path) -> Path:
    """The committed course as a bare repository, in the place of GitHub's."""
    bare = folder / "remote.git"
    shutil.rmtree(bare, ignore_errors=True)
    subprocess.run(["git", "clone", "-q", "--bare", str(ROOT), str(bare)], check=True)
    return bare


def run_inside(path: Path, content: Path, bare: Path) -> str:
    """Runs one notebook, by nbclient, in this environment; what went wrong, empty if nothing."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    cell = next(cell for cell in notebook.cells if cell.cell_type == "code")
    cell.source = cell.source.replace(repository(), str(bare)).replace("/content", str(content))
    client = NotebookClient(
        notebook,
        timeout=1800,
        kernel_name="python3",
        resources={"metadata": {"path": str(content)}},
    )
    start = time.perf_counter()
    try:
        with client.setup_kernel():
            client.execute_cell(cell, notebook.cells.index(cell))
            first = time.perf_counter() - start
            for number, other in enumerate(notebook.cells):
                if other is not cell:
                    client.execute_cell(other, number)
    except Exception as error:  # whatever it is, it becomes the notebook's line
        lines = str(error).strip().splitlines()
        return lines[-1] if lines else type(error).__name__
    return f"first cell {first:.0f} s" if first > FIRST_CELL_LIMIT else ""


def run(there: str, folder: Path, names: list[str]) -> int:
    """Runs notebooks, a process and a line each; how many went wrong."""
    from tools.execution import select  # which this module needs here, and not on Colab

    content = folder / "content"
    shutil.rmtree(content, ignore_errors=True)
    content.mkdir()
    startup = folder / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True, exist_ok=True)
    (startup / "00-colab.py").write_text(STARTUP, encoding="utf-8")
    bare = remote(folder)
    environment = {**os.environ, "IPYTHONDIR": str(folder / "ipython"), "TQDM_DISABLE": "1"}
    environment.pop("PYTHONPATH", None)  # the course must come by its first cell
    faults = 0
    for path in select(names):
        start = time.perf_counter()
        arguments = ["--inside", str(path), str(content), str(bare)]
        command = [there, "-m", "tools.colab_check", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8"
        )
        said = (done.stdout + done.stderr).strip().splitlines()
        fault = (said[-1] if said else "its process ended") if done.returncode else ""
        faults += bool(fault)
        print(f"{path.stem:32} {time.perf_counter() - start:6.1f} s  {fault}", flush=True)
    return faults


def explorers(there: str) -> int:
    """Works all explorers in a browser, with this environment's kernel and page; 1 if any fails."""
    install = "from tools import colab; colab.install(colab.lacking(colab.COURSE))"
    subprocess.run([there, "-c", install], cwd=ROOT, check=True)
    options = ["-q", "-p", "no:cacheprovider", "tests/test_colab_browser.py"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=ROOT,
        env={**os.environ, "COLAB_PYTHON": there},
    ).returncode


def main(arguments: list[str] | None = None) -> int:
    """Builds, runs and compares; 1 if anything is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebooks", nargs="*", help="beginnings of names, such as 04")
    parser.add_argument("--torch", default=STAND_IN, help="the version that stands in for Colab's")
    parser.add_argument("--widgets", action="store_true", help="the explorers alone")
    parser.add_argument("--inside", nargs=3, type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    if args.inside:
        fault = run_inside(*args.inside)
        print(fault)
        return int(bool(fault))
    there = build(FOLDER, pins(PINS.read_text(encoding="utf-8"), args.torch))
    before = versions(there)
    faults = 0 if args.widgets else run(there, FOLDER, args.notebooks)
    broken = "not tried"
    if not args.notebooks:
        broken = "failed" if explorers(there) else "work"
    changes = moved(before, versions(there))
    content = subprocess.run([there, "-m", "pip", "check"]).returncode == 0
    for line in changes:
        print(f"moved: {line}")
    print(
        f"{faults} notebooks failed, explorers {broken}, {len(changes)} versions moved, "
        f"pip check {content}"
    )
    return int(bool(faults or broken == "failed" or changes or not content))


if __name__ == "__main__":
    sys.exit(main())
