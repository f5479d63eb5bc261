"""The Elman stepper: numbers against two other recurrences, the widget, a page without kernel.
The widget is driven by the events that a front end sends; how it looks is a matter for the eye."""

import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nbclient import NotebookClient

from course_utils.explorers.elman_stepper import ElmanStepper, _widget
from course_utils.explorers.page import frame, strip_html
from course_utils.explorers.tables import coloured_cell

ROOT = Path(__file__).parents[1]
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
WORDS = ["Der", "neue", "BER", "wird", "bald", "eröffnet"]


def arrays(n_words=6, n_inputs=3, n_hidden=2, seed=0):
    """x, W_x, W_h, b of the asked sizes."""
    shapes = (n_words, n_inputs), (n_hidden, n_inputs), (n_hidden, n_hidden), (n_hidden,)
    generator = np.random.default_rng(seed)
    return tuple(generator.normal(size=shape) for shape in shapes)


@pytest.fixture
def stepper():
    return ElmanStepper(WORDS, *arrays())


def two_decimals(*values):
    """Every number of the arrays as the stepper writes it."""
    return Counter(
        f"{number:.2f}".replace("-0.00", "0.00") for array in values for number in np.ravel(array)
    )


def numbers_in(text):
    return Counter(re.findall(r"-?\d+\.\d+", re.sub(r"<[^>]*>", " ", text)))


sizes = st.fixed_dictionaries(
    {
        "n_words": st.integers(1, 6),
        "n_inputs": st.integers(1, 4),
        "n_hidden": st.integers(1, 4),
        "seed": st.integers(0, 99),
    }
)


# The numbers


@given(sizes)
def test_states_are_those_of_the_loop_written_out(size):
    x, W_x, W_h, b = arrays(**size)
    stepper = ElmanStepper(["w"] * len(x), x, W_x, W_h, b)
    h = [0.0] * len(b)
    for t, x_t in enumerate(x, start=1):
        h = [
            np.tanh(
                sum(w * v for w, v in zip(W_x[i], x_t, strict=True))
                + sum(u * v for u, v in zip(W_h[i], h, strict=True))
                + b[i]
            )
            for i in range(len(b))
        ]
        stepper.forward()
        np.testing.assert_allclose(stepper.h[t], h, atol=1e-12)


@given(sizes)
@settings(deadline=None)
def test_states_are_those_of_torch(size):
    x, W_x, W_h, b = (torch.from_numpy(array) for array in arrays(**size))
    rnn = torch.nn.RNN(x.shape[1], len(b), batch_first=True, dtype=torch.float64)
    weights = [W_x, W_h, b, torch.zeros_like(b)]
    with torch.no_grad():
        for parameter, weight in zip(rnn.parameters(), weights, strict=True):
            parameter.copy_(weight)
    # The network's own parameters go in: a notebook has tensors that require a gradient.
    W_x, W_h, b, _ = rnn.parameters()
    stepper = ElmanStepper(["w"] * len(x), x, W_x, W_h, b, t=len(x))
    output, _ = rnn(x[None])
    np.testing.assert_allclose(stepper.h[1:], output[0].detach().numpy(), atol=1e-12)


# Walking


@given(st.lists(st.one_of(st.sampled_from(["forward", "back", "reset"]), st.integers(0, 6))))
def test_any_walk_stays_in_the_sentence_and_shows_the_states_so_far(moves):
    stepper = ElmanStepper(WORDS, *arrays())
    every_state = replace(stepper, t=6).h
    t = 0
    for move in moves:
        if isinstance(move, int):
            stepper.go(move)
            t = move
        else:
            getattr(stepper, move)()
            t = {"forward": min(t + 1, 6), "back": max(t - 1, 0), "reset": 0}[move]
        assert stepper.t == t
        np.testing.assert_array_equal(stepper.h, every_state[: t + 1])


def test_h_is_a_copy(stepper):
    stepper.h[:] = 7
    assert (stepper.h == 0).all()


# Errors


def test_errors_name_what_does_not_fit():
    x, W_x, W_h, b = arrays()
    with pytest.raises(ValueError, match="at least one word"):
        ElmanStepper([], x, W_x, W_h, b)
    with pytest.raises(ValueError, match=r"sentence\.split\(\)"):
        ElmanStepper("Der neue BER", x, W_x, W_h, b)
    with pytest.raises(
        ValueError, match=r"x has shape \(5, 3\), expected \(6, 3\): there are 6 words"
    ):
        ElmanStepper(WORDS, x[:5], W_x, W_h, b)
    with pytest.raises(ValueError, match=r"x has shape \(1, 6, 3\)"):
        ElmanStepper(WORDS, x[None], W_x, W_h, b)
    with pytest.raises(ValueError, match=r"x has shape \(6, 3\), expected \(6, 2\)"):
        ElmanStepper(WORDS, x, W_x.T, W_h, b)
    with pytest.raises(ValueError, match=r"W_h has shape \(2, 3\), expected \(2, 2\)"):
        ElmanStepper(WORDS, x, W_x, W_x, b)
    with pytest.raises(ValueError, match=r"b has shape \(2, 1\), expected \(2,\)"):
        ElmanStepper(WORDS, x, W_x, W_h, b[:, None])
    with pytest.raises(ValueError, match=r"W_x has shape \(3,\), expected \(H, D\)"):
        ElmanStepper(WORDS, x, W_x[0], W_h, b)


@pytest.mark.parametrize("t", [-1, 7])
def test_a_step_outside_the_sentence_is_an_error(stepper, t):
    with pytest.raises(ValueError, match=f"step {t} does not exist: the sentence has steps 0 to 6"):
        stepper.go(t)
    with pytest.raises(ValueError, match="does not exist"):
        replace(stepper, t=t)


# What the reader sees


@given(sizes)
def test_equation_and_text_hold_exactly_the_numbers_of_the_step(size):
    x, W_x, W_h, b = arrays(**size)
    stepper = ElmanStepper(["w"] * len(x), x, W_x, W_h, b)
    assert (
        numbers_in(stepper.equation())
        == numbers_in(stepper.as_text())
        == two_decimals(np.zeros(len(b)))
    )
    stepper.forward()
    h = stepper.h[0]
    expected = two_decimals(W_x, x[0], W_h, h, b, W_x @ x[0] + W_h @ h + b, stepper.h[1])
    assert numbers_in(stepper.equation()) == numbers_in(stepper.as_text()) == expected


def test_text_of_a_step_reads_in_one_go():
    stepper = ElmanStepper(["Der", "BER"], [[1, 0], [0, 1]], [[1, -0.001]], [[0.5]], [0], t=2)
    assert stepper.as_text() == (
        "step 2 of 2: Der [BER]\n"
        "h_2 = tanh(W_x x_2 + W_h h_1 + b)\n"
        "    = tanh([[1.00 0.00]] [0.00 1.00] + [[0.50]] [0.76] + [0.00])\n"
        "    = tanh([0.38])\n"
        "    = [0.36]"
    )


def test_present_word_is_marked_and_escaped():
    stepper = ElmanStepper(["<b>", "&"], *arrays(n_words=2))
    stepper.forward()
    assert re.search(
        r"<mark[^>]*><b><bdi>&lt;b&gt;</bdi></b></mark> <bdi>&amp;</bdi>", stepper.sentence()
    )
    assert "<mark" not in replace(stepper, t=0).sentence()


@pytest.mark.parametrize("t", range(7))
def test_strip_leaves_the_words_to_come_empty(stepper, t):
    stepper.go(t)
    assert numbers_in(stepper.strip()) == two_decimals(stepper.h)
    assert all(word in stepper.strip() for word in WORDS)


@pytest.mark.parametrize("value", [-1, -0.5, -0.001, 0, 0.3, 1])
def test_strip_cells_carry_dark_text_readably(value):
    def luminance(colour):  # WCAG 2.2, relative luminance
        channels = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    (background,) = re.findall(r"background:#(\w{6})", coloured_cell(value))
    assert (luminance(background) + 0.05) / (luminance("1a1a1a") + 0.05) >= 4.5


# The widget


def test_buttons_and_slider_move_the_same_stepper(stepper):
    controls, view, live = _widget(stepper).children
    reset, back, forward, slider = controls.children

    def at(t):
        shown = replace(stepper, t=t)
        parts = [shown.sentence(), shown.equation(), shown.strip()]
        return stepper.t == slider.value == t and all(part in view.value for part in parts)

    assert at(0)
    assert live.value == ""  # what nobody asked for is not announced
    back.click()
    assert at(0)
    assert "before the first word" in live.value
    forward.click()
    forward.click()
    assert at(2)
    slider.value = 5
    assert at(5)
    back.click()
    assert at(4)
    slider.value = 6
    forward.click()
    assert at(6)
    reset.click()
    assert at(0)


# The page without a kernel


def test_static_page_has_every_step_and_nothing_a_page_would_strip(stepper):
    frames = [replace(stepper, t=t) for t in range(1, 7)]
    html = strip_html("Elman stepper", [frame(f) for f in frames])
    shown = [
        numbers_in(f.equation()) + numbers_in(f.strip()) + numbers_in(f.status()) for f in frames
    ]
    assert numbers_in(html) == sum(shown, Counter())
    assert all(f.sentence() in html and f.equation() in html for f in frames)
    assert not re.search(r"<style|<script|\bid=", html)
    assert "-0.00" not in html


@pytest.mark.training
def test_a_notebook_runs_repeats_itself_under_nbval_and_exports(tmp_path, monkeypatch):
    from nbconvert import HTMLExporter

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    code = (
        "from course_utils import elman_stepper\n"
        "x = [[1, 0, -0.5], [0.2, 0.7, 0], [-1, 0.4, 0.3]]\n"
        "W_x, W_h, b = [[0.5, -1, 0.3], [0.1, 0.8, -0.6]], [[0.4, -0.2], [0.3, 0.7]], [0.1, 0]\n"
        "elman_stepper(['Der', 'neue', 'BER'], x, W_x, W_h, b)"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    NotebookClient(notebook, kernel_name="python3", store_widget_state=False).execute()
    live, static = notebook.cells[0].outputs
    assert set(live.data) == {WIDGET_VIEW, "text/plain"}
    assert live.data["text/plain"] == "Elman stepper, 3 steps; run the cell to get its controls."
    assert set(static.data) == {"text/html", "text/plain"}
    assert [line for line in static.data["text/plain"].splitlines() if line.startswith("step")] == [
        "step 1 of 3: [Der] neue BER",
        "step 2 of 3: Der [neue] BER",
        "step 3 of 3: Der neue [BER]",
    ]

    page, _ = HTMLExporter().from_notebook_node(notebook)
    assert "Elman stepper, all 3 steps" in page

    del live.data[WIDGET_VIEW]  # as it is committed: a model id says nothing to the next kernel
    path = tmp_path / "stepper.ipynb"
    nbformat.write(notebook, path)
    run = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        "--nbval-current-env",
        "-p",
        "no:cacheprovider",
        path,
    ]
    result = subprocess.run(run, capture_output=True, encoding="utf-8", cwd=tmp_path)
    assert "1 passed" in result.stdout, result.stdout
