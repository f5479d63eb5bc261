"""The order-free control under a logistic regression: what it reads, and what it answers."""

import numpy as np
import pandas as pd
import pytest

from benchmarks import news_systems
from benchmarks.news_regression import Regression, features, regress
from course_utils.results import results

SPORT = ["Der Tormann hielt den Elfmeter", "Das Spiel endete mit einem Tor", "Sieg im Finale"]
MONEY = ["Die Bank senkt die Zinsen", "Die Aktie stieg an der Börse", "Gewinn im Quartal"]


def words(texts):
    return [text.split() for text in texts]


def test_features_are_largest_and_mean_and_know_no_order():
    found = features(words(SPORT))
    assert found.shape[0] == 3 and found.shape[1] % 2 == 0
    turned = features([text[::-1] for text in words(SPORT)])
    assert turned == pytest.approx(found, abs=1e-5)
    half = found.shape[1] // 2
    assert (found[:, :half] >= found[:, half:] - 1e-6).all()  # no mean above the largest


def test_it_tells_two_desks_apart_and_gives_probabilities():
    learned = words((SPORT + MONEY) * 4)
    labels = np.array(([0] * 3 + [1] * 3) * 4)
    asked = words(["Der Stürmer schoss ein Tor", "Die Zinsen der Bank steigen"])
    found = regress(Regression(), learned, labels, asked, seed=0)
    assert found.sum(1) == pytest.approx([1, 1])
    assert found.argmax(1).tolist() == [0, 1]


def test_both_tables_keep_it_for_both_corpora():
    for table, systems in (("systems", news_systems.SYSTEMS), ("parts", news_systems.PARTS)):
        name = next(n for n, recipe in systems.items() if isinstance(recipe, Regression))
        rows = pd.read_csv(results(f"news-{table}.csv"))
        rows = rows[rows.system == name]
        assert set(rows.corpus) == {"mininews", "gnad-small"}
        assert rows.groupby("corpus").size().eq({"systems": 4, "parts": 3}[table]).all()
