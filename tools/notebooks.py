"""What maintainers do with the notebooks: `run` them headless, `refresh` them in place, `test` everything.
The committed notebook, executed top to bottom, is the only source; nothing here edits a cell except the setup cell."""

import argparse
import base64
import os
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbconvert import HTMLExporter

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build" / "run"
QUIET = {"TQDM_DISABLE": "1"}  # nbval does not follow display updates: no progress bars under test


def repository() -> str:
    """The repository's address, which stands once, in pyproject.toml."""
    with open(ROOT / "pyproject.toml", "rb") as file:
        return tomllib.load(file)["project"]["urls"]["Repository"]


def setup_cell() -> str:
    """The first cell of every notebook."""
    return f"""import sys
if "google.colab" in sys.modules:  # on Colab: fetch the course and gensim; elsewhere nothing happens
    !test -d /content/course || git clone -q --depth 1 {repository()} /content/course
    %cd -q /content/course/notebooks
    %pip install -q .."""


def select(names: list[str]) -> list[Path]:
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    chosen = [p for p in paths if not names or any(p.stem.startswith(n) for n in names)]
    if not chosen:
        sys.exit(
            f"No notebook begins with {' or '.join(names)}. There are: {', '.join(p.stem for p in paths)}"
        )
    return chosen


def execute(notebook, path: Path) -> None:
    quiet = [
        "--IPKernelApp.log_level=ERROR"
    ]  # else each kernel warns that its port is not encrypted, in the middle of the progress lines
    NotebookClient(
        notebook,
        timeout=1800,
        kernel_name="python3",
        store_widget_state=False,
        coalesce_streams=True,
        extra_arguments=quiet,
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()


def normalise(notebook):
    """Only what a reader or a test needs: no execution times, no widget state, one name of the kernel, joined output streams."""
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for cell in notebook.cells:
        for output in cell.get(
            "outputs", []
        ):  # a saved widget without its kernel is only an error message
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k == "tags"})
    return notebook


def page(notebook) -> str:
    """The notebook as one HTML file; nbconvert embeds nothing from outside the notebook's folder, so the figures are put in here."""
    html, _ = HTMLExporter().from_notebook_node(notebook)

    def embed(match):
        return f'src="data:image/svg+xml;base64,{base64.b64encode((ROOT / "img" / match[1]).read_bytes()).decode()}"'

    return re.sub(r'src="\.\./img/([\w.]+)"', embed, html)


def run(names: list[str]) -> int:
    """Execute copies into _build/run, with HTML; a line a notebook and a closing table. Returns how many failed."""
    BUILD.mkdir(parents=True, exist_ok=True)
    rows = []
    for path in select(names):
        notebook, start, problem = nbformat.read(path, as_version=4), time.perf_counter(), ""
        print(f"{path.stem:32} ", end="", flush=True)
        try:
            execute(notebook, path)
        except (CellExecutionError, DeadKernelError) as error:
            problem = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip().splitlines()[-1]
        seconds = time.perf_counter() - start
        nbformat.write(notebook, BUILD / path.name)
        (BUILD / f"{path.stem}.html").write_text(page(notebook), encoding="utf-8")
        rows.append((path.stem, seconds, problem))
        print(f"{'FAILED' if problem else 'ok':6} {seconds:6.1f} s  {problem}", flush=True)
    failed = sum(bool(problem) for *_, problem in rows)
    print(f"\n{'notebook':32} {'':6} {'seconds':>8}")
    for stem, seconds, problem in rows:
        print(f"{stem:32} {'FAILED' if problem else 'ok':6} {seconds:8.1f}")
    print(
        f"{'all':32} {'FAILED' if failed else 'ok':6} {sum(s for _, s, _ in rows):8.1f}   ({BUILD.relative_to(ROOT)})"
    )
    return failed


def refresh(names: list[str]) -> int:
    """Re-execute in place on mininews and save normalised; a notebook that fails is left as it was."""
    os.environ["COURSE_DATA"] = "mini"
    for path in select(names):
        notebook, start = nbformat.read(path, as_version=4), time.perf_counter()
        first = next(cell for cell in notebook.cells if cell.cell_type == "code")
        first.source = setup_cell()
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        execute(notebook, path)
        nbformat.write(normalise(notebook), path)
        print(
            f"{path.stem:32} {time.perf_counter() - start:6.1f} s  {path.stat().st_size // 1024} kB"
        )
    return 0


def test(names: list[str]) -> int:
    """The unit tests with branch coverage of the core, then every notebook through nbval, outputs compared."""
    environment = {**os.environ, **QUIET, "COURSE_DATA": "mini", "COURSE_OFFLINE": "1"}
    python = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    units = subprocess.run(
        [*python, "tests", "--cov", "--cov-report=term", "--cov-fail-under=95"],
        cwd=ROOT,
        env=environment,
    )
    paths = [str(p) for p in select(names)]
    books = subprocess.run(
        [*python, "--nbval", "--nbval-current-env", "--nbval-cell-timeout=900", *paths],
        cwd=ROOT,
        env=environment,
    )
    return units.returncode or books.returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["run", "refresh", "test"])
    parser.add_argument(
        "notebooks", nargs="*", help="beginnings of names, such as 04; all without it"
    )
    args = parser.parse_args()
    os.environ.update(QUIET)
    if os.environ.get("COURSE_DATA", "mini") not in (
        "mini",
        "full",
    ):  # notebooks run in their own folder
        os.environ["COURSE_DATA"] = str(Path(os.environ["COURSE_DATA"]).resolve())
    return {"run": run, "refresh": refresh, "test": test}[args.command](args.notebooks)


if __name__ == "__main__":
    sys.exit(main())
