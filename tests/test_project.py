"""Holds the repository to what it promises: one address, papers that lead somewhere, notebooks fit
to be read. Each of these was once right in every project that lost it."""

import base64
import json
import os
import re
from pathlib import Path

import pytest

from tools.execution import notebook_paths
from tools.notebooks import repository, setup_cell

ROOT = Path(__file__).resolve().parents[1]

# --- The repository -------------------------------------------------------------------------------

MADE = {
    ".git",
    ".venv",
    "_build",
    "build",
    "data",
    "my",
    "__pycache__",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".hypothesis",
    ".ipynb_checkpoints",
}
TEXT = {
    ".py",
    ".md",
    ".toml",
    ".yml",
    ".yaml",
    ".cff",
    ".txt",
    ".ipynb",
    ".svg",
    ".json",
    ".csv",
    ".mplstyle",
    "",
}


def is_made(folder, name):
    """Whether a folder is the work of a program, not of an author."""
    environment = Path(folder, name, "pyvenv.cfg").exists()
    embedded = Path(folder, name) == ROOT / "course_utils" / "data"
    return environment or name.endswith(".egg-info") or (name in MADE and not embedded)


def text_files():
    """All files that the authors write, by their path in the repository, with their text."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not is_made(folder, name)]
        # in a second working tree of git, .git is a file
        for path in (Path(folder, name) for name in names if name not in MADE):
            if path.suffix in TEXT and not path.name.startswith(".coverage"):
                text = path.read_text(encoding="utf-8", errors="ignore")
                yield path.relative_to(ROOT).as_posix(), text


def test_the_address_stands_in_one_place():
    """pyproject.toml has it; from there it comes into the notebooks' badges and first cells.

    README and CITATION.cff cannot ask."""
    owner_and_name = repository().partition("github.com/")[2]
    counts = {
        path: text.count(owner_and_name) for path, text in text_files() if owner_and_name in text
    }
    assert counts.pop("pyproject.toml") == 1
    assert counts.pop("CITATION.cff", 1) == 1
    counts.pop("README.md", None)
    assert counts == {path.relative_to(ROOT).as_posix(): 2 for path in NOTEBOOKS}


# Written in two pieces, so that this file passes its own test.
FORBIDDEN = [
    r"(?<![\w.])/(?:wo" r"rk|o" r"pt)/\w",  # folders of one machine
    r"(?<!\w)/(?:home|Users)/(?!you\b|me\b)\w",
    r"\bfiles\.python" r"hosted\.org",  # hosts of registries: pip knows its own
    r"\bpypi\.org/sim" r"ple",
    r"--(?:extra-)?index" r"-url|--find" r"-links",
    r"\b(?:sub|coding |AI )ag" r"ents?\b",
]


def forbidden(text):
    """What a text says that belongs to one machine and not into a course."""
    return [match[0] for pattern in FORBIDDEN for match in re.finditer(pattern, text)]


@pytest.mark.parametrize(
    "text, found",
    [
        ("see /wo" + "rk/main", ["/wo" + "rk/m"]),
        ("in /ho" + "me/anna", ["/ho" + "me/a"]),
        ("pip install --index" + "-url x", ["--index" + "-url"]),
        ("notebooks/work/x, https://example.org/work/x and /path/to/folder", []),
    ],
)
def test_the_search_for_words_of_one_machine(text, found):
    assert forbidden(text) == found


def test_texts_speak_of_no_machine_and_no_registry():
    found = {path: forbidden(text) for path, text in text_files() if not path.endswith(".svg")}
    assert {path: words for path, words in found.items() if words} == {}


def test_readme_is_readable_as_text():
    """Outside its table and its badge, which Markdown can't break."""
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    long = [line for line in lines if len(line) > 200 and not line.startswith(("|", "[!["))]
    assert long == []


# --- The notebooks --------------------------------------------------------------------------------

NOTEBOOKS = notebook_paths()
each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells(path, kind):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    found = [cell for cell in notebook["cells"] if cell["cell_type"] == kind]
    return [{**cell, "source": "".join(cell["source"])} for cell in found]


def outputs(path):
    return [output for cell in cells(path, "code") for output in cell["outputs"]]


@each
def test_the_first_cell_is_the_same_everywhere(path):
    first = cells(path, "code")[0]["source"]
    assert first == setup_cell()
    assert len(first.splitlines()) <= 6


@each
def test_the_notebook_was_run_from_top_to_bottom(path):
    counts = [cell["execution_count"] for cell in cells(path, "code")]
    assert counts == list(range(1, len(counts) + 1))


PATH_OF_A_MACHINE = r"(?<!\w)/(work|root|tmp|home|Users|usr|opt)/\w|\b[A-Z]:\\\w"


@each
def test_outputs_hold_no_warnings_and_no_paths_of_a_machine(path):
    assert [output["text"] for output in outputs(path) if output.get("name") == "stderr"] == []
    for output in outputs(path):
        data = output.get("data", {}).items()
        shown = [value for kind, value in data if not kind.startswith("image/")]
        parts = [*shown, output.get("text", ""), output.get("traceback", "")]
        text = "\n".join("".join(part) for part in parts)
        assert not re.search(PATH_OF_A_MACHINE, text), text[:2000]


def picture_sizes(output):
    """Bytes of each picture in an output."""
    for kind, value in output.get("data", {}).items():
        if kind.startswith("image/"):
            text = "".join(value)
            yield len(text if kind == "image/svg+xml" else base64.b64decode(text))


@each
def test_notebook_and_pictures_are_light(path):
    assert path.stat().st_size <= 1_500_000
    sizes = [size for output in outputs(path) for size in picture_sizes(output)]
    assert [size for size in sizes if size > 150_000] == []


def prose(path):
    if path.suffix == ".ipynb":
        return "\n\n".join(cell["source"] for cell in cells(path, "markdown"))
    return path.read_text(encoding="utf-8")


def pictures(text):
    """(alternative text, target) of each picture, whether in Markdown or in HTML."""
    found = re.findall(r"!\[(.*?)\]\((.*?)\)", text, re.DOTALL)
    for tag in re.findall(r"<img\b[^>]*>", text):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        found.append((attributes.get("alt", ""), attributes["src"]))
    return found


PAPERS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("path", [*NOTEBOOKS, *PAPERS], ids=lambda path: path.stem)
def test_pictures_have_a_text_and_local_links_lead_somewhere(path):
    text = prose(path)
    shown = pictures(text)
    assert [target for alt, target in shown if len(alt) < 15] == []
    links = [target for _, target in shown]
    links += re.findall(r"(?<!\!)\[[^\]]*\]\(([^()\s]+)\)", text)
    elsewhere = re.compile(r"https?:|mailto:|#|data:")
    local = {link.partition("#")[0] for link in links if not elsewhere.match(link)}
    assert sorted(link for link in local if not (path.parent / link).exists()) == []


def test_most_outputs_are_compared():
    tags = [cell["metadata"].get("tags", []) for path in NOTEBOOKS for cell in cells(path, "code")]
    compared = sum(not {"nbval-ignore-output", "nbval-skip"} & set(cell) for cell in tags)
    assert compared >= 0.8 * len(tags), f"{compared} of {len(tags)} code cells"
