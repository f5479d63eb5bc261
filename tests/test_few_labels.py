"""What notebook 10 reads out of the tables of few labels: leads, what labels are worth, figures."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from course_utils.few_labels import (
    COUNTING,
    DRAWS,
    PALE,
    SIZES,
    ahead,
    beside_ends,
    draw_curves,
    draw_lead,
    draw_leads,
    lead,
    marks,
    room,
    shared,
    spot_with_room,
    worth,
)

N = 200
SHARES = {9: 0.3, 45: 0.5, 90: 0.6, 180: 0.7, 800: 0.8}


def answers(share, draw, shift=0):
    """`share` of N answers right; which of them hangs on the draw."""
    right = np.arange(N) < round(share * N)
    return "".join("x" if r else "." for r in np.roll(right, 7 * draw + shift))


def rows(system, shares, draws, shift=0):
    return [
        {"model": system, "labels": labels, "draw": draw, "right": answers(share, draw, shift)}
        for labels, share in shares.items()
        for draw in range(draws)
    ]


@pytest.fixture
def table():
    better = {labels: share + 0.1 for labels, share in SHARES.items()}
    found = rows(COUNTING, SHARES, 10) + rows("better", better, 10) + rows("few", SHARES, 3)
    table = pd.DataFrame(found)
    table["accuracy"] = [marks(pd.Series([right])).mean() for right in table.right]
    return table


@pytest.fixture
def figures():
    yield
    plt.close("all")


def test_marks_are_the_answers_in_their_order():
    found = marks(pd.Series(["x..", ".xx"]))
    assert found.tolist() == [[True, False, False], [False, True, True]]


def test_ahead_compares_draws_that_both_have(table):
    found = ahead(table, "better", COUNTING)
    assert list(found) == list(SIZES)
    for mean, low, high, draws in found.values():
        assert draws == 10 and mean == pytest.approx(0.1) and low <= mean <= high and low > 0
    assert [lead[3] for lead in ahead(table, "few", COUNTING).values()] == [3, 3, 3]
    assert all(lead[0] == 0 for lead in ahead(table, "few", COUNTING).values())
    assert ahead(table, "better", "nobody") == {}


def test_shared_has_the_draws_of_both_in_one_order(table):
    shuffled = table.sample(frac=1, random_state=0)
    found = shared(shuffled, "few", COUNTING)
    assert list(found) == list(SHARES)
    for a, b in found.values():
        assert a.shape == b.shape == (3, N) and (a == b).all()  # the same answers, draw by draw
    table["words"] = table.labels * 1_000
    assert list(shared(table, "few", COUNTING, "words")) == [1_000 * n for n in SHARES]


def test_one_row_is_one_draw_whatever_was_given(table):
    (a, b) = shared(table[table.draw == 0], "better", COUNTING)[45]
    assert lead(a, b)[3] == lead(a, b, everything=True)[3] == 1
    assert lead(*[np.repeat(right, 3, axis=0) for right in (a, b)], everything=True)[3] == DRAWS


def test_all_is_the_largest_size_of_the_table_not_of_the_two(table):
    without = table[(table.model != "better") | (table.labels < 800)]
    assert list(ahead(without, "better", COUNTING)) == [45, 90]


def test_with_all_labels_and_nothing_random_there_is_nothing_to_draw(table):
    """Three seeds that agree are no small sample of anything."""
    table.loc[table.labels == 800, "right"] = answers(0.8, 0)
    found = ahead(table, "few", COUNTING)
    assert [lead[3] for lead in found.values()] == [3, 3, DRAWS]


def test_worth_is_where_counting_comes_to_the_same(table):
    # with 45 labels `better` has .6, which counting has with 90; and not of the same articles
    own = (table.model == "better") & (table.labels == 45)
    table.loc[own, "right"] = [answers(0.6, draw, shift=90) for draw in range(10)]
    value, low, high = worth(table, "better", n=50)
    assert value == pytest.approx(90) and low < 90 < high
    assert worth(table, "few", n=5)[0] == pytest.approx(45)
    table.loc[own, "right"] = [answers(0.55, draw) for draw in range(10)]
    assert worth(table, "better", n=5)[0] == pytest.approx(np.sqrt(45 * 90), rel=1e-3)


def test_worth_ends_at_what_was_measured(table):
    table.loc[(table.model == "better") & (table.labels == 45), "right"] = "x" * N
    assert worth(table, "better", n=5)[0] == pytest.approx(800)


def test_curves_have_a_dot_for_each_place_and_names_that_keep_their_distance(table, figures):
    _, ax = plt.subplots()
    shown = {COUNTING: ("counting", "C2"), "few": ("few", "C0")}
    draw_curves(ax, table, "labels", shown, step=0.05)
    names = {text.get_text(): text.get_position()[1] for text in ax.texts}
    assert set(names) == {"counting", "few"}
    assert abs(names["counting"] - names["few"]) == pytest.approx(0.05)
    assert len(ax.containers) == 2 and ax.get_xscale() == "log"
    dots = ax.containers[0].lines[0]
    assert dots.get_ydata() == pytest.approx(list(SHARES.values()))
    styles = [line.get_linestyle() for line in ax.lines if line.get_alpha() == 0.5]
    assert styles == 2 * ["-", "-", "-", "-"]
    thin = table[table.labels.isin([9, 90, 180])]
    _, dotted = plt.subplots()
    draw_curves(dotted, thin, "labels", {"few": ("few", "C0")})
    assert [x.get_linestyle() for x in dotted.lines if x.get_alpha() == 0.5] == [":", "-"]
    _, bare = plt.subplots()
    draw_curves(bare, table, "labels", shown, step=None)
    assert not bare.texts


def test_room_is_the_distance_to_the_nearest_curve_along_the_name():
    level = pd.Series([0.5, 0.5], index=[10, 1_000])
    over = pd.Series([0.9, 0.9], index=[1, 5])  # ends before the name begins
    steep = pd.Series([0.4, 0.8], index=[10, 1_000])  # at 100 halfway
    assert room(0.52, 20, [level, over]) == pytest.approx(0.02)
    assert room(0.4, 20, [over]) == room(0.4, 20, []) == 1
    assert room(0.55, 100, [steep]) == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("others", "x", "before"),
    [
        ([], 140, False),
        ([0.3], 140, False),
        ([0.57], 45 / 1.4, True),  # no room beside the last dot, but left of the first
    ],
)
def test_a_name_stands_where_the_other_curves_leave_room(others, x, before):
    curve = pd.Series([0.4, 0.6], index=[45, 100])
    lines = [pd.Series([height, height], index=[9, 900]) for height in others]
    place, y, left = beside_ends(curve, lines)
    assert (place, left) == (pytest.approx(x), before)
    assert abs(y - (0.4 if before else 0.6)) <= 0.11
    assert all(abs(y - height) > 0.05 for height in others)


def test_the_name_of_a_curve_that_ends_early_clears_the_others(table, figures):
    """`few` ends at 90 labels, a curve just below it goes on."""
    low = table[table.model == COUNTING].assign(accuracy=lambda t: t.accuracy - 0.02)
    early = table[(table.model == "few") & table.labels.between(45, 90)]
    _, ax = plt.subplots()
    shown = {COUNTING: ("counting", "C2"), "few": ("few", "C0")}
    draw_curves(ax, pd.concat([low, early]), "labels", shown)
    (name,) = [text for text in ax.texts if text.get_text() == "few"]
    x, y = name.get_position()
    beside = np.interp(np.log(x), np.log([*SHARES]), [*SHARES.values()]) - 0.02
    assert abs(y - beside) > 0.04 and name.get_ha() == ("right" if x < 45 else "left")
    (other,) = [text for text in ax.texts if text.get_text() == "counting"]
    assert other.get_position()[0] > 800 and other.get_ha() == "left"


def test_hollow_dots_are_white_inside(table, figures):
    _, ax = plt.subplots()
    draw_curves(ax, table, "labels", {"few": ("few", "C0")}, step=None, hollow=True)
    assert ax.containers[0].lines[0].get_markerfacecolor() == "white"


@pytest.mark.parametrize(
    ("lead", "marker", "alpha"),
    [
        ((0.1, 0.05, 0.2, DRAWS), "o", 1.0),
        ((0.1, -0.05, 0.2, DRAWS), "o", PALE),
        ((-0.1, -0.2, -0.05, 3), "D", 1.0),
    ],
)
def test_a_lead_shows_whether_it_is_settled_and_on_how_many_draws(figures, lead, marker, alpha):
    _, ax = plt.subplots()
    draw_lead(ax, 2.0, lead, "C0")
    interval, dot = ax.lines
    assert tuple(interval.get_xdata()) == lead[1:3] and list(dot.get_xdata()) == [lead[0]]
    assert dot.get_marker() == marker and {interval.get_alpha(), dot.get_alpha()} == {alpha}


def test_a_hollow_mark_is_one_whose_interval_holds_zero(figures):
    _, ax = plt.subplots()
    draw_lead(ax, 0.0, (0.1, -0.05, 0.2, DRAWS), "C0", hollow=True)
    draw_lead(ax, 1.0, (0.1, 0.05, 0.2, DRAWS), "C0", hollow=True)
    pale, open_mark, _, full_mark = ax.lines
    assert pale.get_alpha() == PALE and open_mark.get_alpha() == full_mark.get_alpha() == 1.0
    assert open_mark.get_markerfacecolor() == "white"
    assert full_mark.get_markerfacecolor() == open_mark.get_color() == "C0"


def test_leads_have_a_row_a_question_and_a_panel_a_size(table, figures):
    questions = {"better − counting": ("better", COUNTING), "few − counting": ("few", COUNTING)}
    figure = draw_leads({"mininews": table, "gnad-small": table}, questions)
    assert [ax.get_title() for ax in figure.axes] == ["45 labels", "90 labels", "all labels"]
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == list(questions)
    for ax in figure.axes:
        assert len(ax.lines) == 1 + 2 * 2 * 2  # zero; interval and dot, corpora, questions
    assert figure.axes[1].get_xlabel() == "← second ahead    first ahead →"
    low, high = figure.axes[0].get_ylim()
    assert low > high  # the first question stands on top
    names = {text.get_text(): text.get_position()[1] for text in figure.axes[0].texts}
    assert names == {"mininews": pytest.approx(-0.17), "gnad-small": pytest.approx(0.17)}


def test_names_stand_left_of_the_first_row_if_there_is_room(figures):
    _, ax = plt.subplots()
    assert spot_with_room(ax) == (0, False)
    for place, mean in ((-0.17, 0.3), (0.17, 0.2), (1.0, -0.2)):
        draw_lead(ax, place, (mean, mean - 0.05, mean + 0.05, DRAWS), "C0")
    assert spot_with_room(ax) == (0, True)


def test_names_stand_right_of_the_row_that_ends_farthest_left(figures):
    _, ax = plt.subplots()
    for place, mean in ((-0.17, 0.1), (0.17, -0.3), (0.83, -0.1), (1.17, -0.2), (2.0, 0.0)):
        draw_lead(ax, place, (mean, mean - 0.05, mean + 0.05, DRAWS), "C0")
    assert spot_with_room(ax) == (1, False)


def test_rules_divide_the_rows(table, figures):
    questions = {"better − counting": ("better", COUNTING), "few − counting": ("few", COUNTING)}
    figure = draw_leads({"mininews": table}, questions, rules=(1,))
    for ax in figure.axes:
        assert any(list(line.get_ydata()) == [0.5, 0.5] for line in ax.lines)
