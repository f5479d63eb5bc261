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
    return f"[![Open this notebook on Colab]({BADGE})]({on_colab(address, notebook)})"
