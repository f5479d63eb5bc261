"""The teaching guide: what is made of it stays true, and what is written by hand is whole.
A chapter names stumbles, asks questions in one form, and says what to cut."""

import re

import pytest

from tools import contents, teaching

GUIDE = teaching.GUIDE.read_text(encoding="utf-8")
ENTRIES = teaching.entries()
SECTIONS = ("Where learners stumble", "Questions to ask", "What to cut")
TRAINS = ["03", "05", "07", "08", "09", "10", "11", "12", "races_of_memory"]
each = pytest.mark.parametrize("entry", ENTRIES, ids=teaching.key)


def chapter(entry):
    """The made part of its chapter, and by heading what was written below it."""
    begin = GUIDE.index(f"<!-- lesson {teaching.key(entry)} -->")
    made = teaching.LESSON.match(GUIDE, begin)
    written = GUIDE[made.end() :].partition("<!-- lesson ")[0]
    pieces = re.split(r"^### (.+)\n", written, flags=re.MULTILINE)
    return made[0], dict(zip(pieces[1::2], map(str.strip, pieces[2::2]), strict=True))


def questions(text):
    """Pairs of a question and its options, each on one line."""
    joined = re.sub(r"\n +(?! |- )", " ", text)
    found = re.split(r"^\d+\. ", joined, flags=re.MULTILINE)[1:]
    return [(one.splitlines()[0], one.strip().splitlines()[1:]) for one in found]


def computing(made):
    """The column of that name, in the rows of the sections."""
    rows = [line.split("|")[1:-1] for line in made.splitlines() if line.startswith("|")]
    return [cells[3].strip() for cells in rows[2:-1]]


def test_the_guide_keeps_what_was_written_by_hand_when_numbers_change():
    text = teaching.renewed("")
    stop = contents.stops()[1]
    mark = f"<!-- lesson {teaching.key(stop)} -->"
    begin = text.index("### Questions to ask", text.index(mark))
    edited = f"{text[:begin]}### Questions to ask\nWhy two biases?\n{text[begin + 20 :]}"
    again = teaching.renewed(edited.replace(f"## {stop.name}", "## 99 Old name"))
    assert "Why two biases?" in again and "99 Old name" not in again
    assert teaching.renewed(again) == again


def test_seconds_are_read_from_a_run():
    times = {
        "iopub.execute_input": "2026-01-01T10:00:00.000000+00:00",
        "shell.execute_reply": "2026-01-01T10:01:30.000000+00:00",
    }
    cell = {"cell_type": "code", "source": "1", "metadata": {"execution": times}}
    text = {"cell_type": "markdown", "source": "## A\n" + "word " * 258, "metadata": {}}
    (part,) = teaching.parts({"cells": [text, cell]})
    assert part.seconds == 90 and round(part.minutes, 1) == 3.5


def test_each_chapter_stands_in_the_order_of_the_course():
    found = re.findall(r"<!-- lesson (\w+) -->", GUIDE)
    assert found == [teaching.key(entry) for entry in ENTRIES]
    assert len(found) == len(contents.stops()) + len(contents.optional())
    assert found.index("races_of_memory") == found.index("memory_and_gates") + 1


@each
def test_no_section_of_a_chapter_is_empty(entry):
    made, written = chapter(entry)
    assert tuple(written) == SECTIONS
    assert all(len(text.split()) >= 25 for text in written.values())
    assert written["Where learners stumble"].count("\n- **") >= 2
    assert "afterwards you can\n\n- " in made and "| section | minutes |" in made


@each
def test_each_question_has_one_right_option_and_a_belief_behind_every_other(entry):
    asked = questions(chapter(entry)[1]["Questions to ask"])
    assert len(asked) >= (2 if isinstance(entry, contents.More) else 5)
    for question, options in asked:
        assert re.search(r"\*\*.+\*\*$", question), question
        letters = [re.match(r" *- (?:\*\*)?([a-e])\) ", option)[1] for option in options]
        assert letters == list("abcde")[: len(options)] and len(options) >= 3, question
        right = [option for option in options if option.lstrip(" -").startswith("**")]
        assert len(right) == 1 and re.search(r"\*\*.* Right", right[0]), question
        for option in set(options) - set(right):
            assert re.search(r'" \*[^*].*\*', option), option


@pytest.mark.parametrize("begin", TRAINS)
def test_the_minutes_of_a_notebook_that_trains_hold_its_computing(begin):
    (entry,) = [one for one in ENTRIES if one.file.startswith(begin)]
    column = computing(chapter(entry)[0])
    assert any(re.fullmatch(r"\d+\.\d", cell) for cell in column), column


def test_the_guide_says_whose_times_its_tables_hold():
    said = " ".join(teaching.RUN_MARKS.search(GUIDE)[0].split())
    measured = [
        entry for entry in ENTRIES if re.search(r"\d", "".join(computing(chapter(entry)[0])))
    ]
    assert re.search(r"holds the times of a run on \d+ \w+ \d{4}: ", said)
    assert int(re.search(r"(\d+) of \d+ notebooks", said)[1]) >= len(measured)
    for number, title, minutes in re.findall(r"(\d\d) \*(.+?)\* \((\d\.\d)\)", said):
        made = chapter(contents.stop_of(number))[0]
        assert re.search(rf"^\| {re.escape(title)} \|.*\| {minutes} \| ", made, re.MULTILINE)


def test_without_a_run_the_minutes_of_the_last_one_stay(tmp_path):
    assert teaching.RUN_MARKS.search(teaching.renewed(GUIDE, run=tmp_path))[0] in GUIDE
    for begin in TRAINS:
        (entry,) = [one for one in ENTRIES if one.file.startswith(begin)]
        made, _ = chapter(entry)
        again = teaching.lesson(entry, run=tmp_path, made=made)
        assert computing(again) == computing(made)


def test_a_guide_that_has_never_seen_a_run_says_so(tmp_path):
    text = teaching.renewed("", run=tmp_path)
    assert "no run was at hand, so the column *computing* is empty" in text
    assert "holds the times of a run" not in text
    assert set(computing(teaching.LESSON.search(text)[0])) == {"–"}
