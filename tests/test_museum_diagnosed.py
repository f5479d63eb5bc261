"""What `diagnose` reports of the museum's exhibits, and how 13's trial of it is counted.
The trial's table is results/diagnosed.csv, from `python -m benchmarks.diagnosed`."""

import pandas as pd
import pytest
import torch

from course_utils import diagnose
from course_utils.museum.exhibit import faulty_code, right_code
from course_utils.museum.reading import N_WORDS, words
from course_utils.museum.rooms import exhibit
from course_utils.museum.trial import trial


class Judging(torch.nn.Module):
    """Scores from one summary of an exhibit's reader, or from its last word's state."""

    def __init__(self, code, summary):
        super().__init__()
        make = code.Summaries if summary else code.LastWord
        self.reader = make(N_WORDS, 5, 6)
        self.out = torch.nn.Linear(12 if summary else 6, 3)
        self.summary = summary

    def forward(self, x, lengths):
        read = self.reader(x, lengths)
        return self.out(read[self.summary] if self.summary else read)


REPORTED = {
    5: ("", {"time axis", "company", "memory"}),
    6: ("", {"padding", "lengths"}),
    7: ("ends", set()),
    8: ("ends", {"company"}),
    9: ("mean", {"company"}),
    10: ("largest", {"padding"}),
    11: ("looked at", {"padding"}),
    12: ("looked at", {"company", "padding", "nan answers"}),
}


@pytest.mark.parametrize("number", REPORTED)
def test_diagnose_reports_the_faults_of_room_2_as_the_table_says(number):
    """And nothing of the right code but what the summary leaves unused: "frozen"."""
    summary, names = REPORTED[number]
    for code, expected in ((right_code(), set()), (faulty_code(exhibit(number)), names)):
        torch.manual_seed(0)
        x, lengths = words([3, 9, 5, 7, 9, 4] * 2)
        found = set(diagnose(Judging(code, summary), (x, lengths, torch.arange(12) % 3)).names)
        assert found - {"frozen"} == expected


def test_diagnose_names_the_backward_weights_that_exhibit_7_cuts_off():
    for code, cut in ((right_code(), False), (faulty_code(exhibit(7)), True)):
        torch.manual_seed(0)
        x, lengths = words([3, 9, 5, 7])
        found = diagnose(Judging(code, "ends"), (x, lengths, None)).findings
        assert any("weight_hh_l0_reverse" in one.sentence for one in found) == cut


def test_the_trial_counts_what_was_planted_and_leaves_out_what_was_there():
    header = ["group", "model", "fault", "found", "hit", "by design", "false alarms"]
    rows = [
        ("course", "A", "none", None, None, None, 0),
        ("public", "B", "none", "padding", None, "padding", 0),
        ("public", "B", "order", "padding · order", True, "padding", None),
        ("public", "B", "padding: a → b", "padding", True, "padding", None),
        ("public", "B", "company: a → b", "padding · company · memory", True, "padding", None),
        ("public", "C", "company: c → d", None, False, None, None),
    ]
    counts, shares = trial(pd.DataFrame(rows, columns=header))
    assert counts["asked"].tolist() == [1, 1, 1, 2] and counts["reported"].tolist() == [0, 0, 1, 1]
    assert shares.to_dict("index") == {
        "company": {"company": 0.5, "memory": 0.5, "order": 0.0},
        "order": {"company": 0.0, "memory": 0.0, "order": 1.0},
    }


def test_the_kept_trial_found_all_general_faults_and_raised_no_alarm():
    asked, reported = (trial()[0][column].tolist() for column in ("asked", "reported"))
    assert asked == [48, 60, 237, 165] and reported == [0, 0, 237, 162]
