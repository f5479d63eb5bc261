"""All faults of a file or folder are named at once, whatever they are and however many: nobody
mends a line, starts again, and is told of the next."""

import pytest
from own_texts_helpers import reader  # noqa: F401 (a fixture)

from course_utils.own_texts import BadTexts


def test_all_faults_of_a_table_are_named_at_once(read):
    content = b"label,text\nA,a\nB\nA, \n,d\nC,e\nA,x,y\nB,a\nB,b\nA,f\xfcr\n"
    with pytest.raises(BadTexts) as caught:
        read("a.csv", content)
    found = {what.split(".")[0].split(",")[0]: places for what, places in caught.value.faults}
    assert found == {
        "not UTF-8": [10],
        "1 column": [3],
        "3 columns": [7],
        "the text is empty": [4],
        "the label is missing": [5],
        "the only text of its class": [6],
        "the same text has several labels": [(2, 8)],
    }


def test_all_faults_of_json_lines_are_named_at_once(read):
    rows = ['{"label": "A", "text": "a"}', '{"label": "A', "3", '{"label": "B", "text": 3}',
            '{"text": "c"}', '{"label": ["A", "B"], "text": "d"}', '{"label": "B"}']  # fmt: skip
    with pytest.raises(BadTexts) as caught:
        read("a.jsonl", "\n".join(rows))
    named = [place for _, places in caught.value.faults for place in places]
    assert sorted(named) == [2, 3, 4, 5, 6, 7]


@pytest.fixture
def mixed():
    """A folder of 202 files, 24 of which are in another encoding."""
    files = {f"a/{i:03}.txt": f"für {i}" for i in range(101)}
    files |= {f"b/{i:03}.txt": f"über {i}" for i in range(101)}
    return files | {f"b/{i:03}.txt": f"über {i}".encode("cp1252") for i in range(0, 96, 4)}


def test_all_badly_encoded_files_of_a_folder_are_named_at_once(read, mixed):
    with pytest.raises(BadTexts) as caught:
        read("texts", mixed)
    assert all(f"b/{i:03}.txt" in str(caught.value) for i in range(0, 96, 4))
    assert len(caught.value.faults) == 1 and "encoding='cp1252'" in str(caught.value)


def test_a_folder_may_hold_two_encodings(read, mixed, capsys):
    texts = read("texts", mixed, encoding="cp1252").text
    assert sorted(texts) == sorted(
        [f"für {i}" for i in range(101)] + [f"über {i}" for i in range(101)]
    )
    assert "read as cp1252: 24 of 202 files, the others as UTF-8" in capsys.readouterr().out


def test_a_message_stays_readable_and_the_error_has_all(read):
    content = "label,text\n" + "".join(f"A,t{i}\nB,\n" for i in range(500))
    with pytest.raises(
        BadTexts, match=r"lines 3, 5, 7,.* and 300 more: the text is empty"
    ) as caught:
        read("a.csv", content)
    assert (
        len(dict(caught.value.faults)["the text is empty. Fill it in or delete the line."]) == 500
    )
