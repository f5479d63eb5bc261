"""Whether notebook 11's dropouts earn anything: the measurement, and its table as it is kept."""

import inspect

import pandas as pd
import pytest
import torch

from benchmarks import dropouts
from benchmarks.tables import RESULTS, ROOT
from course_utils.language_model import load_language_model

SHORT = ["Der neue BER wird bald eröffnet.", "Im Winter ist es kalt."]


def test_a_texts_surprise_is_the_loss_over_its_pieces():
    learn = load_language_model()
    nats = dropouts.nats_of(learn, SHORT)
    assert nats == pytest.approx(dropouts.nats_of(learn, SHORT[::-1])[::-1])  # a fresh state each
    pieces = dropouts.german_pieces().encode(SHORT[1])
    z = learn.model(torch.tensor([[2, *pieces[:-1]]]))[0][0].log_softmax(-1)
    assert nats[1] > -z[-1, pieces[-1]].item() > 0


@pytest.mark.parametrize("drop_mult", [0.0, 1.0])
def test_a_fit_is_a_row_of_the_table(drop_mult):
    row = dropouts.fitted(SHORT * 16, SHORT * 8, drop_mult, seed=0)
    assert row["drop_mult"] == drop_mult
    assert len(row["nats"].split()) == 16
    assert row["perplexity"] > 1


def test_the_table_has_what_the_notebook_reads():
    runs = pd.read_csv(RESULTS / "dropouts.csv")
    found = set(zip(runs.drop_mult, runs.seed, strict=True))
    assert found >= {(share, seed) for share in dropouts.SHARES for seed in dropouts.SEEDS}
    assert len(found) == len(runs)
    assert (runs.nats.str.split().str.len() == 30).all()
    assert set(runs.corpus) == {"mininews"}


def test_articles_and_fit_are_the_notebooks():
    text = (ROOT / "notebooks" / "11_awd_lstm_generation.ipynb").read_text(encoding="utf-8")
    module = inspect.getsource(dropouts)
    for part in ("random_state=0", "[30:130]", "[:30]", "bs=16, seq_len=50", "_cycle(1, 1e-3)"):
        assert part in text
        assert part in module


def test_the_module_says_how_it_is_run():
    assert f"python -m {dropouts.__name__}" in (inspect.getdoc(dropouts) or "")
