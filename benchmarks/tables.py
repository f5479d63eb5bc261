"""How a measurement writes its table: rows are replaced by key, and where they come from is noted.
results/NAME.csv holds the rows; results/NAME.runs.json says which run made which of them."""

import json
import os
import platform
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from filelock import FileLock

from benchmarks.machine import device_name, processor

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "results"
REQUESTS = "requests"  # notebook 09's corpus of requests for tickets, in the ledger
PACKAGES = ("torch", "numpy", "scikit-learn", "gensim", "fastai", "pandas")


def commit() -> str:
    """The commit checked out, with "+" if the code differs from it; "unknown" outside a clone."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
        return done.stdout.strip() if done.returncode == 0 else ""

    changed = git(
        "status", "--porcelain", "--untracked-files=no", "--", "course_utils", "benchmarks"
    )
    return (git("rev-parse", "--short=12", "HEAD") or "unknown") + ("+" if changed else "")


def command_line() -> str:
    """The command of this process as one would type it, without the paths of this machine."""
    spec = sys.modules["__main__"].__spec__
    package = spec.name if spec else Path(sys.argv[0]).stem
    chosen = {name: os.environ[name] for name in ("COURSE_DENORMALS", "COURSE_THREADS")
              if name in os.environ}  # fmt: skip
    if os.environ.get("COURSE_DATA"):
        chosen["COURSE_DATA"] = Path(os.environ["COURSE_DATA"]).name
    settings = " ".join(f"{name}={shlex.quote(value)}" for name, value in chosen.items())
    arguments = [Path(word).name if Path(word).is_absolute() else word for word in sys.argv[1:]]
    words = f"python -m {package} {shlex.join(arguments)}"
    return f"{settings} {words}".strip()


def provenance(data: str = "") -> dict:
    """Commit, versions, digest of the data, device, processor and command of the run going on."""
    return {
        "command": command_line(),
        "commit": commit(),
        "device": device_name(),
        "processor": processor(),
        "data": data,
        "versions": {"python": platform.python_version(), **{p: version(p) for p in PACKAGES}},
    }


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two runs that end together write one after the other."""
    lock = ROOT / "_build" / "results.lock"
    lock.parent.mkdir(exist_ok=True)
    with FileLock(lock):
        yield


def replace(path: Path, text: str) -> None:
    """Write `text` in one step: a break leaves the old file."""
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, delete=False, encoding="utf-8", newline="\n"
    ) as file:
        file.write(text)
    os.replace(file.name, path)


def keep(
    rows: Sequence[dict] | pd.DataFrame,
    name: str,
    keys: Sequence[str],
    data: str = "",
    folder: Path | None = None,
) -> pd.DataFrame:
    """Put `rows` into results/`name`.csv, in place of those that agree with one in all `keys`.

    Returns the whole table, sorted by `keys`; rows with equal keys keep their order.
    `data`: digest of the corpus that was read. `ValueError` if a row lacks a key."""
    folder = folder or RESULTS
    new = pd.DataFrame(rows)
    missing = [key for key in keys if key not in new.columns]
    if missing:
        raise ValueError(
            f"rows of {name} have no {', '.join(missing)}; they have {list(new.columns)}"
        )
    with one_at_a_time():
        path = folder / f"{name}.csv"
        marks = {_key(row) for row in new[list(keys)].itertuples(index=False)}
        table = new
        if path.is_file():
            old = pd.read_csv(path)
            again = [_key(row) in marks for row in old[list(keys)].itertuples(index=False)]
            table = pd.concat([old[[not a for a in again]], new], ignore_index=True)
        table = table.sort_values(list(keys), kind="stable", ignore_index=True)
        runs = _runs(folder / f"{name}.runs.json", marks)
        runs = joined([*runs, {"rows": sorted(marks), **provenance(data)}])
        replace(folder / f"{name}.runs.json", json.dumps(runs, ensure_ascii=False, indent=1) + "\n")
        replace(path, table.to_csv(index=False, lineterminator="\n"))
    return table


def joined(runs: list[dict]) -> list[dict]:
    """One entry for all that agree in everything but their rows: a command may write row by row."""
    found: dict[str, dict] = {}
    for run in runs:
        same = json.dumps({**run, "rows": None}, sort_keys=True)
        rows = found.get(same, {"rows": []})["rows"]
        found[same] = {**run, "rows": sorted({*rows, *run["rows"]})}
    return list(found.values())


def _key(values: tuple) -> str:
    """A key as text, the same for a number just measured and for one read from a file."""
    return " · ".join(f"{v:g}" if isinstance(v, int | float) else str(v) for v in values)


def _runs(path: Path, marks: set[str]) -> list[dict]:
    """The runs noted at `path`, without the rows that are measured anew."""
    runs = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    left = [{**run, "rows": [row for row in run["rows"] if row not in marks]} for run in runs]
    return [run for run in left if run["rows"]]
