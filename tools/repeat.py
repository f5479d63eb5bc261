"""A notebook's compared outputs again, on other machines' settings and with other seeds:
`make repeat NB=05`. Lists each compared cell that came out otherwise, and writes the claims'
margins to results/. Runs are kept in _build/repeat: what was broken off goes on where it stopped.
"""

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tomllib
from itertools import product
from pathlib import Path

import nbformat

from benchmarks import tables
from benchmarks.machine import digest
from course_utils import load_gnad
from course_utils.console import say
from tools.execution import QUIET, ROOT, execute, problem_of, select

IGNORED = {"nbval-ignore-output", "nbval-skip"}
MARK = "margins: "
KEPT = ROOT / "_build" / "repeat"
CHANGES = ["both", "machine", "seeds"]
FIELDS = ["notebook", "claim", "change", "runs", "smallest", "median", "largest", "spread"]
NUMPY_OLD = "X86_V4 AVX512_ICL AVX512_SPR"


def machines() -> list[dict[str, str]]:
    """Environments that round and order as other CPUs do: threads and instruction sets."""
    found = []
    # one run in four has two threads: beside other work those take longest
    instructions = product(
        ["2", "1", "1", "1"], ["", "avx2", "default"], ["", "AVX2", "SSE41"], ["", NUMPY_OLD]
    )
    for threads, aten, onednn, numpy in instructions:
        wanted = {
            "COURSE_THREADS": threads,
            "OMP_NUM_THREADS": threads,
            "ATEN_CPU_CAPABILITY": aten,
            "ONEDNN_MAX_CPU_ISA": onednn,
            "NPY_DISABLE_CPU_FEATURES": numpy,
        }
        found.append({name: value for name, value in wanted.items() if value})
    return found


def environment(change: str, run: int) -> dict[str, str]:
    """What run number `run` (from 0) sets; its first run changes nothing but the threads."""
    seed = {"COURSE_SEED": str(run)}
    if change == "seeds":
        return seed
    choices = machines()
    # 7 has no factor in common with their number: neighbours differ in more than the last part
    machine = choices[7 * run % len(choices)]
    return {**seed, **machine} if change == "both" else machine


def claims_of(stem: str, path: Path = ROOT / "tools" / "claims.toml") -> list[dict[str, str]]:
    """The claims of one notebook."""
    with path.open("rb") as file:
        return [c for c in tomllib.load(file)["claim"] if stem.startswith(c["notebook"])]


def margins_cell(claims: list[dict[str, str]]) -> nbformat.NotebookNode:
    """A cell that prints the margins as one line of JSON."""
    values = ", ".join(f"float({claim['margin']})" for claim in claims)
    return nbformat.v4.new_code_cell(f"import json\nprint({MARK!r} + json.dumps([{values}]))")


def shown(cell: nbformat.NotebookNode) -> list[str]:
    """What nbval would compare of a code cell: streams and text, not pictures."""
    lines = []
    for output in cell.get("outputs", []):
        text = output.get("text", "") or output.get("data", {}).get("text/plain", "")
        lines += text.splitlines()
    return lines


def changed(before: nbformat.NotebookNode, after: nbformat.NotebookNode) -> list[str]:
    """A line for each compared cell that shows something else than the committed notebook."""
    found = []
    for number, (old, new) in enumerate(zip(before.cells, after.cells, strict=False)):
        compared = old.cell_type == "code" and not IGNORED & set(old.metadata.get("tags", []))
        if not compared or shown(old) == shown(new):
            continue
        pairs = zip(shown(old) + [""], shown(new) + [""], strict=False)
        was, now = next((a, b) for a, b in pairs if a != b)
        found.append(f"cell {number}: {was.strip()!r} became {now.strip()!r}")
    return found


def one(path: Path, change: str) -> dict:
    """Executes the notebook in this process's environment; what changed and the margins."""
    before = nbformat.read(path, as_version=4)
    after = nbformat.read(path, as_version=4)
    claims = claims_of(path.stem)
    if claims:
        after.cells.append(margins_cell(claims))
    options = [] if change == "machine" else ["--IPKernelApp.exec_lines=import tools.seeds"]
    try:
        execute(after, path, options)
    except Exception as error:  # whatever it is, it is what this run came to
        return {"changed": [problem_of(error)], "margins": []}
    said = shown(after.cells[-1])[-1] if claims else MARK + "[]"
    return {"changed": changed(before, after), "margins": json.loads(said.removeprefix(MARK))}


def run_once(path: Path, change: str, settings: dict[str, str]) -> dict:
    """What `one` finds in a process of its own that has these settings and no others."""
    base = {k: v for k, v in os.environ.items() if k not in machines()[-1]}
    result = subprocess.run(
        [sys.executable, "-m", "tools.repeat", str(path), "--change", change, "--once"],
        cwd=ROOT,
        env={**base, **QUIET, "COURSE_DATA": "mini", "PYTHONPATH": str(ROOT), **settings},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    return json.loads(result.stdout.splitlines()[-1])


def kept_runs(path: Path, change: str) -> Path:
    """Where the runs of this state of notebook, claims and package are kept, one a line."""
    read = hashlib.sha256(path.read_bytes() + json.dumps(claims_of(path.stem)).encode())
    for module in sorted((ROOT / "course_utils").rglob("*.py")):
        read.update(module.read_bytes())
    return KEPT / f"{path.stem}-{change}-{read.hexdigest()[:8]}.jsonl"


def repeat(path: Path, runs: int, change: str) -> tuple[list[list[str]], list[list[float]]]:
    """Runs the notebook `runs` times, less those kept; changes and margins by run."""
    kept = kept_runs(path, change)
    kept.parent.mkdir(parents=True, exist_ok=True)
    lines = kept.read_text(encoding="utf-8").splitlines() if kept.is_file() else []
    found = [json.loads(line) for line in lines][:runs]
    for run in range(len(found), runs):
        settings = environment(change, run)
        found.append(run_once(path, change, settings))
        with kept.open("a", encoding="utf-8", newline="\n") as file:
            file.write(json.dumps(found[-1]) + "\n")
        say(f"run {run + 1:2}  {settings}  {len(found[-1]['changed'])} changed", flush=True)
        for line in found[-1]["changed"]:
            say(f"        {line}", flush=True)
    return [run["changed"] for run in found], [run["margins"] for run in found]


def rows_of(path: Path, change: str, margins: list[list[float]]) -> list[dict]:
    """The lines of results/margins.csv for one notebook; runs that failed have no margins."""
    rows = []
    complete = [one_run for one_run in margins if one_run]
    for place, claim in enumerate(claims_of(path.stem) if complete else []):
        values = [one_run[place] for one_run in complete]
        spread = statistics.stdev(values) if len(values) > 1 else 0.0
        numbers = (min(values), statistics.median(values), max(values), spread)
        cells = [path.stem, claim["claim"], change, len(values)]
        cells += [float(f"{number:.4g}") for number in numbers]
        rows.append(dict(zip(FIELDS, cells, strict=True)))
    return rows


def write_margins(rows: list[dict], folder: Path | None = None) -> None:
    """Puts the rows into results/margins.csv, in place of those of the same claims and change."""
    train, test = load_gnad("mini")
    articles = digest([*train.text, *test.text])
    tables.keep(rows, "margins", ["notebook", "claim", "change"], articles, folder)


def main(arguments: list[str] | None = None) -> int:
    """1 if a compared cell changed, or a margin fell to 0 or below, in any run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebook", help="beginning of a name, such as 05, or a path")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--change", choices=CHANGES, default=CHANGES[0])
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    path = Path(args.notebook)
    path = path.resolve() if path.suffix else select([args.notebook])[0]
    if args.once:
        print(json.dumps(one(path, args.change)))
        return 0
    changes, margins = repeat(path, args.runs, args.change)
    rows = rows_of(path, args.change, margins)
    if rows:
        write_margins(rows)
    bad = sum(bool(lines) for lines in changes) + sum(float(row["smallest"]) <= 0 for row in rows)
    print(f"{path.stem}: {args.runs} runs, {sum(map(bool, changes))} with changed outputs")
    for row in rows:
        near = float(row["median"]) < 2 * float(row["spread"])
        note = "  (closer to 0 than twice its spread)" if near else ""
        say(f"  {row['claim']}: {row['smallest']} to {row['largest']}{note}")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
