"""The lowest versions that pyproject.toml allows, as constraints for pip: a bound nobody has tried
is a guess. `python -m tools.lowest FILE` writes them, `--check` says whether they are installed."""

import argparse
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parent.parent


def requirements(root: Path = ROOT) -> list[Requirement]:
    """What pyproject.toml asks for, its extras included."""
    with (root / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    extras = project.get("optional-dependencies", {}).values()
    lines = [*project["dependencies"], *(line for extra in extras for line in extra)]
    return [Requirement(line) for line in lines]


def lower_bound(requirement: Requirement) -> str:
    """The version behind `>=`; raises ValueError for a requirement without one."""
    bounds = [part.version for part in requirement.specifier if part.operator == ">="]
    if len(bounds) != 1:
        raise ValueError(f"pyproject.toml: {requirement}: write one lower bound, such as >=1.2")
    return bounds[0]


def pin(requirement: Requirement) -> str:
    """The constraint that brings the lowest allowed version.

    Stubs are numbered by what they describe and a date, so that X alone is no version: X.* is."""
    bound = lower_bound(requirement)
    stubs = requirement.name.startswith("types-") or requirement.name.endswith("-stubs")
    return f"{requirement.name}=={bound}{'.*' if stubs else ''}"


def not_lowest(pinned: list[Requirement]) -> list[str]:
    """A line for each package that is not installed in its lowest allowed version."""
    faults = []
    for requirement in pinned:
        wanted = pin(requirement).partition("==")[2]
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            faults.append(f"{requirement.name}: {wanted} expected, not installed")
            continue
        if not SpecifierSet(f"=={wanted}").contains(found, prereleases=True):
            faults.append(f"{requirement.name}: {wanted} expected, {found} installed")
    return faults


def main(arguments: list[str] | None = None) -> int:
    """Writes the constraints, or checks what is installed."""
    parser = argparse.ArgumentParser(prog="python -m tools.lowest", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="where to write the constraints")
    parser.add_argument("--check", action="store_true", help="compare with what is installed")
    args = parser.parse_args(arguments)
    if args.file is None and not args.check:
        parser.error("name a file to write, or --check")
    if args.file:
        text = "".join(f"{pin(requirement)}\n" for requirement in requirements())
        args.file.write_text(text, encoding="utf-8", newline="\n")
    faults = not_lowest(requirements()) if args.check else []
    for fault in faults:
        print(fault)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
