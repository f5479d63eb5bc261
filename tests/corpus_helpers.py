"""What the tests of the corpus loader share: a good folder, folders with other contents, and the
message of one that must not load."""

import csv
import io

import pytest

from course_utils.corpus import CorpusError, load_gnad

GOOD = (
    'Sport;Das Spiel begann "gut".\r\n'
    "Web;'Ein Netz; ein ''Wort'', der Rest'\r\n"
    "Sport;Es ging weiter.\r\n"
)
TEST = "Web;Ein Abend in Österreich.\r\n"


def folder_of(path, train=GOOD, test=TEST):
    """A corpus folder with the given contents, text or bytes."""
    for name, content in (("train.csv", train), ("test.csv", test)):
        (path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def written(rows, **dialect):
    """CSV text as Python's own writer makes it, in 10kGNAD's dialect unless told otherwise."""
    buffer = io.StringIO()
    csv.writer(
        buffer, **{"delimiter": ";", "quotechar": "'", "lineterminator": "\r\n", **dialect}
    ).writerows(rows)
    return buffer.getvalue()


def enough(train=30, test=1, words=120, names=("Sport", "Web")):
    """Files with just what the notebooks need, or otherwise."""
    row = [("eins zwei drei vier " * (words // 4)).strip()]
    return [written([[name, *row] for name in names] * count) for count in (train, test)]


def fault(folder, capsys):
    """The message of a folder that must not load: one line, and no word on stdout."""
    with pytest.raises(CorpusError) as caught:
        load_gnad(folder)
    message = str(caught.value)
    assert "\n" not in message and "\r" not in message and capsys.readouterr().out == ""
    return message
