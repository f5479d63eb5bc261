"""The writing desk that shows the beam alone, as notebook 07 asks for it."""

from explorer_helpers import controls, said, strip_of, view, visible

from course_utils import load_language_model
from course_utils.explorers.writing_desk import _named


def test_the_beam_alone(monkeypatch):
    learn = load_language_model()
    wider = [{"width": 2}]
    options = {"states": wider, "width": 1, "bars": False}
    frames, box = strip_of(monkeypatch, "writing_desk", learn, "Die Schule beginnt", **options)
    first, second = (caption for caption, _, _ in frames)
    assert "beam of 1" in first and "▁mit▁dem▁Namen -6.08" in first
    assert "beam of 2" in second and "▁in▁der▁Stadt -5.86" in second
    have = controls(box)
    assert set(have) == {"begin with", "beam width", "beam steps"}
    assert have["beam width"].value == 1
    have["beam width"].value = 2
    assert "▁in▁der▁Stadt -5.86" in said(box)
    text = visible(view(box))
    assert "probability" not in text and "may be drawn" not in text
    assert "Blue: leads to a text of the last beam. Grey and dashed: does not." in text
    have["beam steps"].value = 0
    assert "0 steps: nothing." in said(box)


def test_a_space_alone_is_named():
    assert _named("▁") == "▁ (space)" and _named("▁mit") == "▁mit"
