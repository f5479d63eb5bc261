"""`guess`: asked, answered by hand and by widget, revealed, remembered, shown in the recap.
Where nobody can answer, nothing but the text appears and nothing is kept."""

import json
import os
import re
import stat
import sys
from types import SimpleNamespace

import nbformat
import pytest
import torch
from nbclient import NotebookClient

from course_utils import guess, learner_file, predictions
from tools.execution import WIDGET, name_of, notebook_paths

SHARE = ("04-share", "What share of the matrix is padding?")
CHOICES = ["a third", "two thirds", "nine tenths"]


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    """The learner's file lies in a folder of its own."""
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept"


def kept(folder):
    return json.loads((folder / "progress.json").read_text(encoding="utf-8"))


def printed(capsys):
    return capsys.readouterr().out.splitlines()


def with_kernel(monkeypatch, allow_stdin):
    """A kernel whose client has, or has not, somebody who can answer."""
    kernel = SimpleNamespace(_allow_stdin=allow_stdin)
    monkeypatch.setattr(predictions, "get_ipython", lambda: SimpleNamespace(kernel=kernel))


# --- By hand --------------------------------------------------------------------------------------


def test_a_choice_is_asked_answered_revealed_and_kept(capsys, folder):
    bet = guess(*SHARE, CHOICES)
    assert printed(capsys) == [
        "Your guess: What share of the matrix is padding?",
        "  a  a third",
        "  b  two thirds",
        "  c  nine tenths",
        'Answer with .answer("…").',
    ]
    bet.answer("b")
    assert printed(capsys) == ["Your guess: two thirds."]
    assert kept(folder) == {
        "predictions": {"04-share": {"question": SHARE[1], "guess": "two thirds"}},
        "version": 1,
    }
    bet.reveal("nine tenths")
    assert printed(capsys) == ["It was: nine tenths. You guessed: two thirds."]
    assert kept(folder)["predictions"]["04-share"]["truth"] == "nine tenths"
    bet.answer("nine tenths")
    bet.reveal("c")
    assert printed(capsys)[1] == "It was: nine tenths. You guessed it."


@pytest.mark.parametrize(
    "unit, given, truth, said",
    [
        ("%", 60, 94.2, "It was: 94.2 %. You guessed 60 %: 34.2 points too low."),
        ("%", "95 %", torch.tensor(94.0), "It was: 94 %. You guessed 95 %: 1 point too high."),
        ("%", "94", 94.0000001, "It was: 94 %. You guessed it."),
        ("ms", "2,5", 12_345.6, "It was: 12,346 ms. You guessed 2.5 ms: 12,343 ms too low."),
        ("", 7, 0.12345, "It was: 0.123. You guessed 7: 6.88 too high."),
        ("%", None, 94, "It was: 94 %. (No guess was given.)"),
    ],
)
def test_a_number_says_how_far_off(capsys, folder, unit, given, truth, said):
    bet = guess(*SHARE, unit=unit)
    asked = printed(capsys)[0]
    assert asked == f"Your guess{f', in {unit}' if unit else ''}: {SHARE[1]}"
    if given is not None:
        bet.answer(given)
    bet.reveal(truth)
    assert printed(capsys)[-1] == said
    assert folder.exists() == (given is not None)


@pytest.mark.parametrize(
    "choices, given, said",
    [
        (CHOICES, "half", "Not taken: 'half' is none of: a third, two thirds, nine tenths."),
        (CHOICES, "d", "Not taken: 'd' is none of: a third, two thirds, nine tenths."),
        (None, "many", "Not taken: 'many' is not a number."),
        (None, [1, 2], "Not taken: [1, 2] is not a number."),
    ],
)
def test_an_answer_that_is_none_is_told_so(capsys, folder, choices, given, said):
    bet = guess(*SHARE, choices)
    bet.answer(given)
    assert printed(capsys)[-1] == said
    assert bet.given is None and not folder.exists()


@pytest.mark.parametrize("choices", [[], ["one"], ["same", "same"], list("abcdefghijk")])
def test_choices_must_be_two_to_ten(choices):
    with pytest.raises(ValueError, match="two to ten different choices"):
        guess(*SHARE, choices)


def test_the_truth_must_be_a_choice():
    with pytest.raises(ValueError, match="'half' is none of"):
        guess(*SHARE, CHOICES).reveal("half")


def test_an_answer_is_remembered_while_it_is_one_of_the_choices():
    guess(*SHARE, CHOICES).answer("a")
    assert guess(*SHARE, CHOICES).given == "a third"
    assert guess(*SHARE, ["none", "all"]).given is None
    assert guess("other", "?", CHOICES).given is None


def test_an_answer_to_another_question_under_the_same_key_is_not_remembered():
    guess("10-growth", "And with 39 million words?", unit="points").answer(8)
    assert guess("10-growth", "And with 39 million words?", unit="points").given == 8
    assert guess("10-growth", "And with 0.77 million words?", unit="points").given is None


def test_the_recap_shows_questions_guesses_and_truths(capsys):
    guess.recap()
    assert printed(capsys) == ["No guesses are noted here yet."]
    first = guess(*SHARE, CHOICES)
    first.answer("a")
    first.reveal("c")
    long = "How many microseconds does a single word cost in a document of 400 words?"
    guess("04-time", long, unit="µs").answer(12)
    guess("05-best", "Which is best?", ["LSTM", "SVM"]).answer("a")
    printed(capsys)
    guess.recap("04")
    assert printed(capsys) == [
        "question                                      your guess  it was",
        "What share of the matrix is padding?          a third     nine tenths",
        "How many microseconds does a single word co…  12 µs       –",
    ]
    guess.recap()
    assert "Which is best?" in printed(capsys)[-1]


# --- The file -------------------------------------------------------------------------------------


def test_what_others_keep_in_the_file_stays(folder):
    folder.mkdir()
    mine = {"version": 1, "exercises": {"elman-order": {"solved": True}}, "later": 3}
    (folder / "progress.json").write_text(json.dumps(mine), encoding="utf-8")
    guess(*SHARE, CHOICES).answer("a")
    assert {key: kept(folder)[key] for key in mine} == mine
    assert learner_file.read("exercises") == ({"elman-order": {"solved": True}}, "")
    assert [path.name for path in folder.iterdir()] == ["progress.json"]


@pytest.mark.parametrize("text", ["{", "[1]", '{"predictions": 3}', "\x00"])
def test_a_damaged_file_is_one_sentence_and_stays_as_it_is(capsys, folder, text):
    folder.mkdir()
    path = folder / "progress.json"
    path.write_text(text, encoding="utf-8")
    bet = guess(*SHARE, CHOICES)
    bet.answer("a")
    guess.recap()
    said = [line for line in printed(capsys) if "damaged" in line]
    assert len(said) == 3 and "until it is deleted" in said[0]
    assert bet.given == "a third" and path.read_text(encoding="utf-8") == text


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_folder_that_cannot_be_written_is_one_sentence(capsys, folder):
    folder.mkdir()
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    guess(*SHARE, CHOICES).answer("a")
    assert "can't be written (Permission denied)" in printed(capsys)[-1]


def test_a_disk_that_is_full_leaves_the_old_file(capsys, monkeypatch, folder):
    guess(*SHARE, CHOICES).answer("a")
    before = kept(folder)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(learner_file.os, "replace", full)
    guess(*SHARE, CHOICES).answer("b")
    assert "can't be written (No space left on device)" in printed(capsys)[-1]
    assert kept(folder) == before and len(list(folder.iterdir())) == 1


def test_a_folder_in_the_place_of_the_file_is_one_sentence(capsys, folder):
    (folder / "progress.json").mkdir(parents=True)
    guess(*SHARE, CHOICES).answer("a")
    assert "can't be read" in printed(capsys)[-1]


def test_without_course_cache_the_file_lies_at_home(monkeypatch, tmp_path):
    monkeypatch.delenv("COURSE_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    place = tmp_path / ".local" / "share" / "rnn-text-course" / "progress.json"
    assert learner_file.progress_file() == place


# --- Widgets --------------------------------------------------------------------------------------


def controls(monkeypatch):
    """What is displayed, instead of being sent to a page."""
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    return shown


@pytest.mark.parametrize("choices, value", [(CHOICES, "two thirds"), (None, "12,5")])
def test_the_control_is_labelled_and_does_what_answer_does(monkeypatch, folder, choices, value):
    shown = controls(monkeypatch)
    with_kernel(monkeypatch, True)
    bet = guess(*SHARE, choices, unit="" if choices else "%")
    assert WIDGET in shown[0] and shown[0]["text/plain"] == 'Answer with .answer("…").'
    box = predictions._control(bet)
    field, said = box.children
    assert field.description.startswith("Your guess")
    field.value = value
    assert bet.given == (value if choices else 12.5)
    assert said.value.startswith("Your guess: ") and "04-share" in kept(folder)["predictions"]
    again, _ = predictions._control(guess(*SHARE, choices)).children
    assert again.value == (value if choices else "12.5")


def test_what_is_typed_wrong_is_said_below_and_shown_as_text(monkeypatch):
    field, said = predictions._control(predictions.Bet("k", "?")).children
    field.value = "<b>"
    assert said.value == "Not taken: '&lt;b>' is not a number."
    field.value = ""
    assert said.value.startswith("Not taken")


def test_without_ipywidgets_there_is_answer(monkeypatch, capsys):
    with_kernel(monkeypatch, True)
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    guess(*SHARE, CHOICES).answer("a")
    assert printed(capsys)[-2:] == ['Answer with .answer("…").', "Your guess: a third."]


# --- Where nobody can answer ----------------------------------------------------------------------


def test_where_nobody_can_answer_nothing_is_shown_read_or_kept(monkeypatch, capsys, folder):
    guess(*SHARE, CHOICES).answer("a")
    before = kept(folder)
    printed(capsys)
    shown = controls(monkeypatch)
    with_kernel(monkeypatch, False)
    bet = guess(*SHARE, CHOICES)
    assert bet.given is None and shown == [] and len(printed(capsys)) == 4
    bet.answer("b")
    bet.reveal("c")
    guess.recap()
    assert printed(capsys)[-1] == "No guesses are noted here yet."
    assert kept(folder) == before


@pytest.mark.training
def test_a_notebook_that_is_executed_is_quiet(monkeypatch, folder):
    """nbclient, as `make notebooks`, nbval and papermill run it: `_allow_stdin` is False."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(name_of.__globals__["ROOT"])]))
    code = f'from course_utils import guess\nbet = guess("k", "How many?", {CHOICES})'
    cells = [nbformat.v4.new_code_cell(code), nbformat.v4.new_code_cell('bet.reveal("a third")')]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, kernel_name="python3").execute()
    outputs = [output for cell in notebook.cells for output in cell.outputs]
    assert [output.output_type for output in outputs] == ["stream", "stream"]
    assert outputs[0].text.splitlines()[0] == "Your guess: How many?"
    assert outputs[1].text == "It was: a third. (No guess was given.)\n"
    assert not folder.exists()


def test_every_key_is_asked_once_and_begins_with_its_notebook():
    asked = {}
    for path in notebook_paths():
        notebook = nbformat.read(path, as_version=4)
        source = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
        beginning = path.stem if path.parent.name == "more" else path.stem[:2]
        for key in re.findall(r"\bguess\(\s*\"([^\"]+)\"", source):
            assert key not in asked, f"{key}: in {asked[key]} and {name_of(path)}"
            assert key.startswith(f"{beginning}-"), f"{name_of(path)}: call it {beginning}-{key}"
            asked[key] = name_of(path)
