"""The measurements measure what they say: every way trains the same model on the same articles,
a table replaces rows by key and says where they come from, and the ledger adds up."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
import torch

from benchmarks import gnad_small, ledger, ledger_table, machine, races, tables, ways

DOCUMENTS = [list(range(1, n + 1)) for n in np.random.default_rng(0).integers(1, 60, 70).tolist()]
LABELS = [i % 9 for i in range(70)]


# --- Ways ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", "abcde")
def test_every_way_takes_whole_articles(way):
    steps = ways.groups(way, DOCUMENTS, LABELS)
    for x, lengths, y in (batch for group in steps for batch in group):
        for row, n, label in zip(x.tolist(), lengths.tolist(), y.tolist(), strict=True):
            assert row[:n] == list(range(1, n + 1))
            assert not any(row[n:])
            assert label in {LABELS[i] for i, d in enumerate(DOCUMENTS) if len(d) == n}


@pytest.mark.parametrize("way", "de")
def test_d_and_e_take_each_article_once(way):
    batches = [batch for group in ways.groups(way, DOCUMENTS, LABELS) for batch in group]
    lengths = sorted(n for _, lengths, _ in batches for n in lengths.tolist())
    assert lengths == sorted(len(d) for d in DOCUMENTS)


def test_b_pads_to_the_longest():
    [[(x, _, _)]] = ways.groups("b", [*DOCUMENTS, list(range(1, 100))], [*LABELS, 0])
    assert x.shape == (71, 99)


@pytest.mark.parametrize("model", ways.MODELS)
def test_packed_and_padded_are_the_same_model(model):
    torch.manual_seed(0)
    reader = ways.Reader(70, **ways.MODELS[model])
    x, lengths, _ = ways.groups("c", DOCUMENTS, LABELS)[0][0]
    mine = reader(x, lengths)
    torch.testing.assert_close(mine, reader(x, lengths, packed=True), rtol=0, atol=1e-5)


def test_accumulated_documents_and_one_batch_take_the_same_step():
    x, lengths, y = ways.groups("c", DOCUMENTS, LABELS)[0][0]
    single = [
        (x[i : i + 1, :n], lengths[i : i + 1], y[i : i + 1]) for i, n in enumerate(lengths.tolist())
    ]
    weights = []
    for batches in ([(x, lengths, y)], single):
        torch.manual_seed(0)
        reader = ways.Reader(70, hidden_size=8).to(machine.DEVICE)
        trained = [p for p in reader.parameters() if p.requires_grad]
        optimizer = torch.optim.SGD(trained, lr=1.0)
        assert ways.one_step(reader, optimizer, batches, False, "no") == lengths.sum()
        weights.append(torch.cat([p.detach().flatten() for p in reader.parameters()]))
    torch.testing.assert_close(*weights, rtol=0, atol=1e-5)


def test_torch_still_tells_whether_bf16_works_on_this_cpu():
    """A private function: benchmarks.transfer_corpus calls it because no public one tells."""
    assert torch.ops.mkldnn._is_mkldnn_bf16_supported() in (True, False)


def test_the_machine_has_a_name_and_memory_only_grows():
    first = torch.ones(1, device=machine.DEVICE)
    before = machine.peak_memory()
    held = torch.ones(8_000_000, device=machine.DEVICE)
    assert machine.device_name()
    assert machine.processor()
    assert machine.peak_memory() >= before > 0
    assert len(held) and len(first)


# --- One measurement alone ----------------------------------------------------------------------


@pytest.mark.parametrize("text", ["{", "[]", '{"measure": "flight"}', '{"measure": "race"}', "1"])
def test_a_cell_that_cannot_be_measured_is_told_how_they_look(text):
    with pytest.raises(ValueError, match="race, loaded, slow, memory, exactness"):
        races.run_cell(text)


def test_a_cell_reaches_its_measurement(monkeypatch):
    monkeypatch.setitem(races.CELLS, "memory", lambda way, model: {"way": way, "model": model})
    found = races.run_cell('{"measure": "memory", "way": "e", "model": "LSTM 64"}')
    assert found == {"way": "e", "model": "LSTM 64"}


@pytest.mark.training
def test_the_documented_cell_is_understood():
    command = [sys.executable, "-m", "benchmarks.bench", "--cell", '{"measure": "flight"}']
    done = subprocess.run(command, cwd=tables.ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "race, loaded, slow, memory, exactness" in done.stderr


# --- Tables -------------------------------------------------------------------------------------


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "RESULTS", tmp_path)
    return tmp_path


def rows(*values):
    return [{"model": m, "seed": s, "accuracy": a} for m, s, a in values]


def test_rows_are_replaced_by_key(results):
    tables.keep(rows(("svm", 0, 0.5), ("lstm", 0, 0.1)), "t", ["model", "seed"])
    table = tables.keep(rows(("svm", 0, 0.7), ("svm", 1, 0.6)), "t", ["model", "seed"])
    assert table.accuracy.tolist() == [0.1, 0.7, 0.6]
    assert pd.read_csv(results / "t.csv").equals(table)


def test_a_number_read_back_from_a_file_is_the_same_key(results):
    keys = ["max length", "way"]
    for speed in (1, 2):
        for length in (100, np.nan):
            new = [{"max length": length, "way": "e", "speed": speed}]
            table = tables.keep(new, "t", keys)
    assert table.speed.tolist() == [2, 2]


def test_provenance_belongs_to_the_rows_that_are_left(results):
    tables.keep(rows(("svm", 0, 0.5), ("lstm", 0, 0.1)), "t", ["model", "seed"], data="old")
    tables.keep(rows(("svm", 0, 0.7)), "t", ["model", "seed"], data="new")
    runs = json.loads((results / "t.runs.json").read_text(encoding="utf-8"))
    assert [(run["rows"], run["data"]) for run in runs] == [
        (["lstm · 0"], "old"),
        (["svm · 0"], "new"),
    ]
    assert all(run["commit"] and run["device"] and run["processor"] for run in runs)
    assert all(run["versions"]["torch"] for run in runs)


def test_runs_that_differ_in_their_rows_alone_are_noted_once():
    """A command may write row by row; another commit is another run."""
    runs = [{"rows": ["b"], "commit": "1"}, {"rows": ["c"], "commit": "2"}]
    runs += [{"rows": ["a", "b"], "commit": "1"}]
    assert tables.joined(runs) == [
        {"rows": ["a", "b"], "commit": "1"},
        {"rows": ["c"], "commit": "2"},
    ]


def test_a_row_without_a_key_is_refused_and_nothing_is_written(results):
    with pytest.raises(ValueError, match="rows of t have no seed"):
        tables.keep([{"model": "svm"}], "t", ["model", "seed"])
    assert list(results.iterdir()) == []


def test_the_command_names_no_path_of_the_machine(monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "/some/where/gnad-small")
    assert "COURSE_DATA=gnad-small " in tables.command_line()
    assert "/some" not in tables.command_line()


COMMITTED = sorted(path for path in tables.RESULTS.glob("*.csv") if "published" not in path.name)


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_every_committed_table_says_where_its_rows_come_from(path):
    if path.stem == "ledger":
        lines = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        assert all(line["device"] and line["data"] and line["versions"] for line in lines)
        return
    runs = json.loads(path.with_suffix(".runs.json").read_text(encoding="utf-8"))
    assert sum(len(run["rows"]) for run in runs) == len(pd.read_csv(path))
    assert all(run["commit"] and run["command"] for run in runs)


def test_the_recipe_of_gnad_small(tmp_path):
    kinds = ["Web", "Sport", "Kultur"]
    articles = [[kinds[i % 3], f"Text {i}; 'wörtlich'"] for i in range(900)]
    gnad_small.write(tmp_path / "all.csv", articles)
    assert gnad_small.cut(tmp_path / "all.csv", tmp_path / "small") == (694, 206)
    train, test = (gnad_small.rows_of(tmp_path / "small" / f"{n}.csv") for n in ("train", "test"))
    assert sorted(train + test) == sorted(articles)
    assert train == [a for a in articles if a in train]


# --- Ledger -------------------------------------------------------------------------------------


def entry(row, seed, accuracies, corpus="mininews", processes=1):
    history = [
        {"epoch": i, "valid_accuracy": a, "seconds": 2.0 * i} for i, a in enumerate(accuracies, 1)
    ]
    return {
        "row": row,
        "corpus": corpus,
        "seed": seed,
        "accuracy": accuracies[-1],
        "macro_f1": accuracies[-1],
        "seconds": 2.0 * len(history),
        "epochs": len(history),
        "valid_accuracy": max(accuracies),
        "parameters": 10,
        "history": history,
        "tokens": 1000,
        "device": "here",
        "processes": processes,
        "data": "x",
        "versions": {},
    }


def ledger_lines():
    return ledger_table.table(ledger.ROWS).set_index(["corpus", "row"])


def test_ledger_table(results):
    for seed, accuracies in enumerate([[0.5, 0.7, 0.6], [0.5, 0.6, 0.6]]):
        ledger.write(entry("reference-2x128", seed, accuracies))
        ledger.write(entry("ours-vectors", seed, [0.65, 0.8 + 0.1 * seed]))
        ledger.write(entry("svm", seed, [0.7]))
    table = ledger_lines()
    reference = table.loc["mininews", "reference-2x128"]
    assert reference.accuracy == "0.600 ± 0.000"
    assert reference.seeds == 2
    ours = table.loc["mininews", "ours-vectors"]
    assert (ours.accuracy, ours.seconds) == ("0.850 ± 0.071", "4.0 ± 0.0")
    assert table.loc["mininews", "svm"].accuracy == "0.700"  # no seed changes it
    assert table.loc["mininews", "gru"].accuracy == "not run"
    assert table.loc["10kGNAD", "ours-scratch"].accuracy == "not run"


def test_ledger_replaces_a_run_of_the_same_command_and_keeps_others(results):
    ledger.write(entry("ours-vectors", 0, [0.5]))
    ledger.write(entry("ours-vectors", 0, [0.8]))
    ledger.write(entry("ours-vectors", 1, [0.6]))
    ledger.write(entry("ours-vectors", 0, [0.7], processes=2))
    kept = json.loads((results / "ledger.json").read_text(encoding="utf-8"))
    found = [(e["seed"], e["processes"], e["accuracy"]) for e in kept]
    assert found == [(0, 1, 0.8), (0, 2, 0.7), (1, 1, 0.6)]
    assert [path.name for path in results.iterdir()] == ["ledger.json"]


def test_an_entry_keeps_its_answers_article_by_article(monkeypatch):
    run = {"predicted": [1, 0, 2], "truth": [1, 1, 2], "seconds": 1.0, "parameters": None}
    monkeypatch.setattr(ledger, "measured", lambda row, articles, seed: dict(run))
    line = ledger.entry("svm", 0)
    assert line["right"] == "x.x"
    assert line["accuracy"] == line["right"].count("x") / 3


def test_commands_that_end_together_lose_no_line(results):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda seed: ledger.write(entry("svm", seed, [0.5])), range(40)))
    kept = json.loads((results / "ledger.json").read_text(encoding="utf-8"))
    assert [e["seed"] for e in kept] == list(range(40))


def test_no_column_of_the_ledger_speaks_of_a_race(results):
    ledger.write(entry("reference-lstm64-sgd", 0, [0.9]))
    ledger.write(entry("ours-vectors", 0, [0.95]))
    assert set(ledger_lines().reset_index()) == {
        "corpus",
        "row",
        "processes",
        "seeds",
        "accuracy",
        "macro F1",
        "epochs",
        "seconds",
        "parameters",
        "device",
    }
