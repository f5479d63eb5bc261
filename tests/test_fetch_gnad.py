"""Tests of the download of 10kGNAD: no file that differs from the published one by a byte, and
none fetched twice."""

import os
import re

import pytest
from fetch_helpers import (  # noqa: F401 (fixtures)
    ARTICLES,
    check_gnad,
    failing_server,
    files_in,
    get_gnad,
    impatient,
)

from course_utils import download, fetch
from course_utils.fetch import DownloadError


@pytest.mark.parametrize("name", ARTICLES)
def test_gnad_with_a_flipped_byte(server, tmp_path, name):
    damaged = bytearray(ARTICLES[name])
    damaged[len(damaged) // 2] ^= 1
    server.files[name] = bytes(damaged)
    with pytest.raises(
        DownloadError, match=rf"{server.url}{name}: SHA256 hash .* does not match the known hash"
    ):
        get_gnad(server, tmp_path)
    assert (
        name not in os.listdir(tmp_path / "10kGNAD") and len(files_in(tmp_path)) < 2
    )  # never both
    assert all(file.read_bytes() == ARTICLES[file.name] for file in files_in(tmp_path))
    assert [asked for asked, _ in server.asked].count(name) == 1 + download.RETRIES
    server.files[name] = ARTICLES[name]
    check_gnad(get_gnad(server, tmp_path), tmp_path)


def test_gnad_fetches_only_what_is_missing_or_damaged(server, tmp_path):
    check_gnad(get_gnad(server, tmp_path), tmp_path)
    server.asked.clear()
    check_gnad(get_gnad(server, tmp_path), tmp_path)
    assert server.asked == []
    (tmp_path / "10kGNAD" / "test.csv").write_bytes(b"half")
    check_gnad(get_gnad(server, tmp_path), tmp_path)
    assert server.asked == [("test.csv", None)]


def test_gnad_addresses_and_hashes_are_the_published_ones():
    assert set(fetch.GNAD_SHA256) == {"train.csv", "test.csv"} and fetch.GNAD_URL.endswith("/")
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in fetch.GNAD_SHA256.values())
