"""What the course fetches comes over HTTPS, is held to its sum, and is never unpickled."""

import re
from pathlib import Path

import pytest

from course_utils import archives, fetch, pretrained

PACKAGE = Path(fetch.__file__).resolve().parent
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


def text_of(module):
    return (PACKAGE / module).read_text(encoding="utf-8")


def test_every_address_is_https():
    found = {m: re.findall(r"http://(?!www\.w3\.org)[^\s\"']+", text_of(m)) for m in MODULES}
    assert {module: addresses for module, addresses in found.items() if addresses} == {}


def test_what_has_a_published_sum_is_held_to_it():
    assert all(re.fullmatch(r"[0-9a-f]{64}", sum_) for sum_ in fetch.GNAD_SHA256.values())
    for archive in (pretrained.IMDB_SAMPLE, pretrained.WT103_FWD):
        assert isinstance(archive, archives.Archive)
        assert archive.url.startswith("https://") and re.fullmatch(r"[0-9a-f]{32}", archive.md5)
        assert archive.size > 0


@pytest.mark.parametrize(
    "call", [r"pickle\.loads?\(", r"load_learner\(", r"weights_only=False", r"allow_pickle=True"]
)
def test_nothing_is_unpickled(call):
    assert [module for module in MODULES if re.search(call, text_of(module))] == []
