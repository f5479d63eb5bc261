"""Holds `drafts` against the model's own probabilities, read off one pass over the text."""

import pytest
import torch

from course_utils import beam_search, drafts, load_language_model, sample, sample_best
from course_utils.drafts import ends_sentence

PROMPT = "Meine Damen und Herren, wir müssen"


@pytest.fixture(scope="module")
def general():
    return load_language_model()


@pytest.fixture(scope="module")
def written(general):
    return sample_best(general, PROMPT, 40, n=6, seed=3)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Er ging nach Hause.", True),
        ("Ist das wahr?", True),
        ('Er sagte: "Das ist gut."', True),
        ("Das war am 3.", False),
        ("Das Wort hat Dr.", False),
        ("Es kostet 3 Mio.", False),
        ("Die Stadt, z. B.", False),
        ("Die Stadt liegt", False),
        ("Im Jahr (1990).", False),
        ("", False),
    ],
)
def test_where_a_sentence_ends(text, whole):
    assert ends_sentence(text) is whole


def test_whole_sentences_within_the_words_allowed(written):
    assert written.startswith(PROMPT)
    new = written.removeprefix(PROMPT)
    assert 4 <= len(new.split()) <= 40
    assert ends_sentence(written)
    assert "▁" not in written and "=" not in written


@pytest.mark.training
def test_a_seed_decides_and_leaves_everything_as_it_was(general, written):
    before = torch.get_rng_state()
    assert sample_best(general, PROMPT, 40, n=6, seed=3) == written
    assert torch.equal(torch.get_rng_state(), before)
    others = {sample_best(general, PROMPT, 40, n=1, seed=seed) for seed in range(3)}
    assert len(others) == 3


@pytest.mark.parametrize(
    ("before", "sentence", "count"),
    [
        ("", "Die Stadt liegt am Fluss.", 0),
        ("Die Stadt liegt im Tal.", "Die Stadt liegt am Fluss.", 1),
        ("Die Stadt liegt im Tal.", "Die Stadt liegt im Tal.", 3),
        ("", "in der Stadt und in der Stadt.", 0),
        ("", "in der Stadt und in der Stadt und so", 2),
        ("Die Stadt", "liegt am Fluss.", 0),
        ("Die Stadt liegt am See. Die Stadt", "liegt am Fluss.", 2),
        ("", "", 0),
    ],
)
def test_repeated_three_word_sequences(before, sentence, count):
    assert drafts.repeats(before, sentence) == count


@pytest.mark.training
def test_it_repeats_less_than_greedy(general):
    """Share of three-word sequences that the text had before."""

    def share(text: str) -> float:
        words = text.split()
        grams = list(zip(words, words[1:], words[2:], strict=False))
        return 1 - len(set(grams)) / len(grams)

    start = "Die Stadt liegt an der"
    greedy = sample(general, start, 60, top_k=1)
    assert share(sample_best(general, start, 60, n=8, seed=0)) < share(greedy) / 2


def log_p_of(learn, before: str, tokens: list[int]) -> float:
    """log p of `tokens` after `before`, from one pass; what is never emitted has no part in it."""
    ids = learn.dls.test_dl([before]).items[0].tolist() + tokens
    model = learn.model.eval()
    model[0].bs = 1
    model.reset()
    with torch.no_grad():
        log_probs = model(torch.tensor([ids]))[0][0].double().log_softmax(-1)
    at = torch.arange(len(ids) - len(tokens) - 1, len(ids) - 1)
    return log_probs[at, torch.tensor(tokens)].sum().item()


def test_scores_are_the_models_and_hopeless_drafts_are_rightly_given_up(general, monkeypatch):
    """With and without giving up, the same sentence wins; its score is that of the model."""

    def best(keep_all: bool) -> drafts.Draft:
        knobs = drafts._Knobs(8, 0.5, 0.8, 0.8, torch.Generator().manual_seed(5), [])
        if keep_all:
            monkeypatch.setattr(drafts, "_hopes", lambda d, *_: len(d.tokens) < drafts.LONGEST)
        with torch.inference_mode():
            found = drafts._drafts(general, PROMPT, knobs)
        assert all(draft.text and ends_sentence(draft.text) for draft in found)
        for draft in found:
            penalty = ((5 + len(draft.tokens)) / 6) ** 0.8  # Wu et al. (2016), eq. 14
            expected = log_p_of(general, PROMPT, draft.tokens) / penalty
            assert draft.score == pytest.approx(expected, abs=0.02)
        return max(found, key=lambda draft: draft.score)

    one = best(keep_all=False)
    other = best(keep_all=True)
    assert one.score > -20 and other.score > -20


@pytest.mark.training
def test_more_drafts_are_likelier(general):
    """The mean log p a piece of what is kept rises with the number of drafts."""

    def mean(n: int) -> float:
        scores = []
        for seed in range(4):
            knobs = drafts._Knobs(n, 0.7, 0.9, 0.8, torch.Generator().manual_seed(seed), [])
            with torch.inference_mode():
                found = drafts._drafts(general, PROMPT, knobs)
            scores.append(max((draft.score for draft in found), default=-100.0))
        return sum(scores) / len(scores)

    assert mean(16) > mean(1)


def test_the_model_is_as_it_was(general):
    before = beam_search(general, "Im Winter", 4, beam_sz=5, seed=0)
    general.model.train()
    sample_best(general, "Im Winter", 10, n=2, seed=0)
    assert general.model.training and general.model[0].training
    assert beam_search(general, "Im Winter", 4, beam_sz=5, seed=0) == before


def test_what_fits_into_no_sentence_is_sampled(general):
    text = sample_best(general, "Im Winter", 2, n=2, seed=0)
    assert len(text.split()) <= 4 and text.startswith("Im Winter")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_words": 0}, "n_words must be at least 1"),
        ({"n": 0}, "n must be at least 1"),
        ({"temperature": 0.0}, "temperature must be above 0"),
        ({"top_p": 1.5}, "top_p must be above 0"),
    ],
)
def test_values_out_of_range(general, options, message):
    with pytest.raises(ValueError, match=message):
        sample_best(general, PROMPT, **{"n_words": 10, **options})


def test_a_headings_marks_are_never_written(general):
    vocab = general.dls.vocab
    from course_utils.generation import _marks

    never = {vocab[i] for i in _marks(tuple(vocab)).never}
    assert {"▁==", "▁===", "="} <= never and "▁Stadt" not in never


@pytest.mark.parametrize("top_p", [0.3, 0.85, 1.0, float("inf")])
def test_the_short_way_draws_from_what_sorting_everything_gives(top_p):
    """Peaked rows take the short way, flat ones the long one; both keep the same tokens."""
    torch.manual_seed(0)
    for scale in (0.1, 3.0, 8.0):
        p = (torch.randn(5, 3_000, dtype=torch.float64) * scale).softmax(1)
        kept, order = drafts._likeliest(p, top_p)
        whole = torch.zeros_like(p).scatter(1, order, kept)
        for row, found in zip(p, whole, strict=True):
            sorted_p, tokens = row.sort(descending=True, stable=True)
            sorted_p[sorted_p.cumsum(0) - sorted_p >= top_p] = 0
            expected = torch.zeros_like(row).scatter(0, tokens, sorted_p)
            assert torch.equal(found, expected)
