"""Versions: the ranges of pyproject.toml admit what Colab ships and what constraints.txt pins."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def by_name(requirements):
    """Ranges by the canonical name of the package; none twice."""
    parsed = [Requirement(line) for line in requirements]
    ranges = {canonicalize_name(requirement.name): requirement.specifier for requirement in parsed}
    assert len(ranges) == len(parsed)
    return ranges


def pins_of(path):
    """The versions of a constraints file, by name, each exact."""
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    pins = by_name(line for line in lines if line and not line.startswith("#"))
    inexact = [name for name, pin in pins.items() if not re.fullmatch(r"==[\w.!+]+", str(pin))]
    assert inexact == []
    return {name: str(pin)[2:] for name, pin in pins.items()}


def of_pyproject():
    extras = PROJECT["optional-dependencies"].values()
    return by_name([*PROJECT["dependencies"], *(line for extra in extras for line in extra)])


COLAB = pins_of(".github/colab.txt")


@pytest.mark.parametrize("name", COLAB)
def test_ranges_admit_what_colab_ships(name):
    assert of_pyproject()[name].contains(COLAB[name])


def test_python_versions():
    python = SpecifierSet(PROJECT["requires-python"])
    allowed = [f"3.{minor}" for minor in range(9, 16) if python.contains(f"3.{minor}.5")]
    assert allowed == ["3.11", "3.12", "3.13"]
    assert python.contains("3.11.0")


def test_conda_takes_its_packages_from_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    *conda, pip = environment["dependencies"]
    assert [line for line in conda if line != "pip"] == [f"python{PROJECT['requires-python']}"]
    assert pip["pip"] == ["--constraint constraints.txt", "-e .[lab,dev]"]


def test_constraints_pin_each_package_inside_its_range():
    pins = pins_of("constraints.txt")
    for name, allowed in of_pyproject().items():
        assert name in pins, f"constraints.txt lacks {name}"
        assert allowed.contains(pins[name]), f"{name}: {pins[name]} is not inside {allowed}"
