"""The public surface: each name is argued for in the changelog, can be imported, is documented."""

import inspect
import operator
import re

import pytest
from house_helpers import ROOT

import course_utils


def budget():
    """The public names and the reason for each, from CHANGELOG's table."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    section = text.partition("## Public names")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `(\w+)` \| (.+?) \|$", section, re.MULTILINE))


def test_every_public_name_is_argued_for_in_the_changelog():
    """A new name needs a line there; a line there needs a name."""
    assert sorted(budget()) == sorted(course_utils.__all__)
    assert all(len(reason.split()) >= 4 for reason in budget().values())


@pytest.mark.parametrize("name", course_utils.__all__)
def test_every_public_name_can_be_imported_and_is_documented(name):
    value = getattr(course_utils, name)
    assert name in dir(course_utils)
    assert not callable(value) or len(inspect.getdoc(value) or "") > 15


def test_an_unknown_name_is_told_the_known_ones():
    with pytest.raises(ImportError, match="load_glad"):
        exec("from course_utils import load_glad")
    with pytest.raises(AttributeError, match=r"no name 'load_glad'; it has .*load_gnad"):
        operator.attrgetter("load_glad")(course_utils)
