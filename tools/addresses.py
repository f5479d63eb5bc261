"""All addresses of the course on the web, made from the one that stands in pyproject.toml.
Site, badge and picture addresses can then not differ from the repository that they belong to."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"
COLAB_BRANCH = "colab"  # copies of the notebooks with absolute picture addresses


def repository(root: Path = ROOT) -> str:
    """The repository's address."""
    with (root / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["urls"]["Repository"])


def owner_and_name(address: str) -> tuple[str, str]:
    """The last two parts of a repository's address."""
    owner, name = address.rstrip("/").split("/")[-2:]
    return owner, name


def site(address: str) -> str:
    """Where GitHub shows the repository's pages."""
    owner, name = owner_and_name(address)
    return f"https://{owner}.github.io/{name}"


def on_colab(address: str, notebook: str) -> str:
    """What opens a notebook on Colab; `notebook` is its path inside notebooks/."""
    owner, name = owner_and_name(address)
    place = f"{owner}/{name}/blob/{COLAB_BRANCH}/notebooks/{notebook}"
    return f"https://colab.research.google.com/github/{place}"


def badge(address: str, notebook: str) -> str:
    """The badge in Markdown."""
    return f"[![Open the notebook on Colab]({BADGE})]({on_colab(address, notebook)})"


def without_badge(text: str) -> str:
    """A notebook's first cell, or the README, for places that ask nobody for a picture."""
    title, _, rest = text.partition("\n")
    lines = rest.split("\n")
    kept = [line for line in lines if BADGE not in line]
    if len(kept) == len(lines):
        return text
    body = "\n".join(kept).lstrip("\n")
    return f"{title}\n{body}" if body else title


def with_badge(text: str, address: str, notebook: str) -> str:
    """The same text with the badge of `notebook` below its title, once."""
    title, _, body = without_badge(text).partition("\n")
    return f"{title}\n{badge(address, notebook)}\n\n{body}".rstrip("\n")
