"""The German sources come from a server, member by member; whatever goes wrong is one sentence."""

import io
import tarfile

import pytest
from servers import files_of, serving

from course_utils.download import DownloadError
from tools.german import texts
from tools.german.fetch import SOURCES, Source, fetch, sitting

RECORD = """Plenarprotokoll 17/1
Inhalt:
Max Muster (ABC)\t1
Beginn: 11.00 Uhr
Präsidentin Dr. Anna Moser:
Guten Morgen! Ich eröffne die Sitzung.
(Beifall bei der Opposition)
Wir kommen zu Punkt eins.
(Schluss: 12.30 Uhr)
Anlage 1
Liste der Entschuldigten
"""


@pytest.fixture
def server(tmp_path):
    (tmp_path / "site").mkdir()
    with serving(files_of(tmp_path / "site")) as running:
        yield running.url.rstrip("/"), tmp_path / "site"


def archive(path, members):
    with tarfile.open(path, "w:gz") as tar:
        for name, text in members.items():
            info = tarfile.TarInfo(name)
            content = text.encode()
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


def source(url, clean=str.strip):
    return Source("probe", f"{url}/probe.tar.gz", r"[^/]+/data/txt/[^/]+\.txt", clean)


def test_a_sitting_is_what_was_said():
    assert sitting(RECORD).splitlines() == [
        "Beginn: 11.00 Uhr",
        "Präsidentin Dr. Anna Moser:",
        "Guten Morgen! Ich eröffne die Sitzung.",
        "Wir kommen zu Punkt eins.",
    ]
    assert sitting("Nur ein Inhalt") == ""


def test_documents_by_name_and_apart(server, tmp_path):
    url, site = server
    members = {
        "r/data/txt/17002.txt": RECORD.replace("eins", "zwei"),
        "r/data/txt/17001.txt": RECORD,
        "r/data/txt/17003.txt": "leer",
        "r/README.md": "nicht das",
    }
    archive(site / "probe.tar.gz", members)
    path = fetch(source(url, sitting), tmp_path / "out")
    assert [d[-1] for d in texts.documents(path)] == [
        "Wir kommen zu Punkt eins.",
        "Wir kommen zu Punkt zwei.",
    ]
    assert [p.name for p in path.parent.iterdir()] == ["probe.txt.xz"]
    (site / "probe.tar.gz").unlink()
    assert fetch(source(url), tmp_path / "out") == path  # from the earlier call


@pytest.mark.parametrize("fault", ["missing", "cut", "other", "no archive"])
def test_every_fault_is_one_sentence_and_leaves_nothing(server, tmp_path, fault):
    url, site = server
    path = site / "probe.tar.gz"
    if fault == "cut":
        archive(path, {f"r/data/txt/{i}.txt": f"Text {i} " * 999 for i in range(50)})
        path.write_bytes(path.read_bytes()[:300])
    if fault == "other":
        archive(path, {"r/README.md": "nicht das"})
    if fault == "no archive":
        path.write_bytes(b"<html>Please log in</html>")
    with pytest.raises(
        DownloadError, match="No German texts: could not .*run this again"
    ) as caught:
        fetch(source(url), tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert list((tmp_path / "out").iterdir()) == []


def test_the_sources_are_fixed():
    assert [s.name for s in SOURCES] == ["bundestag", "wikipedia"]
    assert all("/archive/" in s.url and s.url.startswith("https://") for s in SOURCES)
