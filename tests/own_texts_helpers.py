"""What the tests of `read_texts` share: a fixture that writes a file or folder and reads it, and a
table of harmless texts in any dialect."""

import csv
import io

import pytest

from course_utils.own_texts import read_texts


@pytest.fixture(name="read")
def reader(tmp_path):
    """Writes `content` (text, bytes, or a dict of files for a folder) under `name` and reads it."""

    def write_and_read(name, content, **options):
        files = (
            {name: content}
            if not isinstance(content, dict)
            else {f"{name}/{inner}": part for inner, part in content.items()}
        )
        for inner, part in files.items():
            path = tmp_path / inner
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(part if isinstance(part, bytes) else part.encode("utf-8"))
        return read_texts(tmp_path / name, **options)

    return write_and_read


TEXTS = [
    ("Sport", 'Graz – Der Sturm war stark; das Tor hielt, sagt "er".'),
    ("Web", "Ein Telefon,\nzwei Zeilen"),
    ("Sport", "Linz\tverliert"),
    ("Web", "Größe 'L'"),
]


def table(
    delimiter=",",
    quotechar='"',
    lineterminator="\n",
    rows=TEXTS,
    header=("label", "text"),
    **options,
):
    file = io.StringIO(newline="")
    csv.writer(
        file, delimiter=delimiter, quotechar=quotechar, lineterminator=lineterminator, **options
    ).writerows([header, *rows])
    return file.getvalue()
