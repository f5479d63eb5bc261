"""What the tests of the house's rules share: the scripts of the repository and their lines."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CODE = ["course_utils", "tools", "benchmarks"]


def scripts(*folders):
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def lines_of(path):
    return path.read_text(encoding="utf-8").splitlines()
