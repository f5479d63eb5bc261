"""Each documented way to start Jupyter, without a browser, serves all pictures of all notebooks."""

import json
import re
import socket
from pathlib import Path
from urllib.parse import urljoin

import pytest
import requests
from jupyter_process import jupyter

from tools import lab
from tools.execution import notebook_paths

ROOT = Path(__file__).resolve().parents[1]
WAYS = {  # `make lab`, the Windows line and conda's are the first; Binder starts Lab in the folder
    "tools.lab": ["tools.lab"],
    "binder": ["jupyterlab", *(["--allow-root"] if "--allow-root" in lab.arguments() else [])],
}


def pictures():
    """The paths under the root that the notebooks' pictures have."""
    found = set()
    for path in notebook_paths():
        place = path.relative_to(ROOT).as_posix()
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for cell in cells:
            if cell["cell_type"] == "markdown":
                text = "".join(cell["source"])
                links = re.findall(r"!\[[^\]]*\]\(([^)\s]+)\)|<img[^>]*src=\"([^\"]+)\"", text)
                found |= {urljoin(place, a or b) for a, b in links}
    return sorted(link for link in found if "://" not in link)


def test_the_notebooks_have_pictures():
    assert len(pictures()) >= 10


@pytest.mark.training
@pytest.mark.parametrize("way", WAYS)
def test_every_picture_is_served(way, tmp_path):
    with socket.socket() as taken:  # the port is in use: Jupyter takes the next one
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        options = [*WAYS[way], f"--port={port}"]
        with jupyter(tmp_path / "log", *options, cwd=ROOT) as (address, secret):
            token = {"token": secret}
            assert f":{port}/" not in address
            paths = [
                *pictures(),
                "README.md",
                "results/ledger.csv",
                "notebooks/00_start_here.ipynb",
            ]
            codes = {
                path: requests.get(f"{address}files/{path}", token).status_code for path in paths
            }
            assert {path: code for path, code in codes.items() if code != 200} == {}
            stranger = requests.get(f"{address}api/contents", allow_redirects=False)
            assert stranger.status_code == 403
            if way == "tools.lab":
                page = requests.get(f"{address}lab", token).text
                assert re.search(r'"news":\s*{"disabled":\s*true}', page)
                mine = requests.get(f"{address}api/contents/my/00_start_here.ipynb", token)
                assert mine.status_code == 200


def test_root_is_told_so_and_others_are_not(monkeypatch, capsys):
    monkeypatch.setattr(lab.os, "geteuid", lambda: 0, raising=False)
    assert "--allow-root" in lab.arguments()
    assert "You are root" in capsys.readouterr().out
    monkeypatch.setattr(lab.os, "geteuid", lambda: 1000, raising=False)
    assert "--allow-root" not in lab.arguments()
    monkeypatch.delattr(lab.os, "geteuid")  # Windows
    assert "--allow-root" not in lab.arguments()
    assert capsys.readouterr().out == ""


def test_the_documented_lines_are_those_that_are_tried_here():
    """README, conda's file and the Makefile start Lab through tools.lab, and only so."""
    for name in ("README.md", "environment.yml", "Makefile"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "tools.lab" in text, name
        assert not re.search(r"jupyter[ -]lab\s+notebooks", text), name
