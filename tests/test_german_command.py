"""All of what makes the reader of German, one step after the other: one command runs the steps, and
trains no vectors twice."""

from pathlib import Path

import torch

from tools.german import __main__ as command

ROOT = Path(__file__).resolve().parents[1]


def test_one_command_runs_all_steps_and_trains_no_vectors_twice(monkeypatch, tmp_path):
    done = []

    class Words(list):
        def save(self, path):
            with open(path, "w", encoding="utf-8") as file:
                file.write("vectors")

    def train_words(words, epochs):
        done.append("vectors")
        return Words()

    def write_tokens(folder, target, limit):
        target.touch()
        return 0

    def fetched(source, folder):
        done.append(f"fetch {source.name}")
        return folder / source.name

    class Read:
        def __init__(self, folder, *_):
            folder.mkdir(exist_ok=True)
            self.state = folder / "state.pt"

        def run(self, steps, decay):
            done.append(f"lm {steps} {decay}")
            self.state.touch()

    monkeypatch.setattr(command, "fetch", fetched)
    monkeypatch.setattr(command, "write_words", write_tokens)
    monkeypatch.setattr(command, "train", train_words)
    monkeypatch.setattr(command, "prepared", lambda *_: [])
    monkeypatch.setattr(command, "Reading", Read)
    monkeypatch.setattr(command.KeyedVectors, "load", lambda path: None)
    monkeypatch.setattr(command, "ship_vectors", lambda made: done.append("ship vectors"))
    monkeypatch.setattr(command, "ship_language_model", lambda out: done.append("ship lm"))
    threads = torch.get_num_threads()
    everything = ["all", str(tmp_path), "--threads", str(threads)]
    fetches = ["fetch bundestag", "fetch wikipedia"]
    rest = ["lm 19000 3000", "ship vectors", "ship lm"]
    command.main(everything)
    assert done == [*fetches, "vectors", *rest]
    done.clear()
    command.main(everything)
    assert done == [*fetches, *rest]


def test_make_german_runs_that_command_and_asks_for_its_folder():
    rule = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\ngerman:")[2]
    asked, called = rule.split("\n\n")[0].splitlines()[1:]
    assert "make german FOLDER=" in asked
    assert called.strip() == '$(PY) -m tools.german all "$(FOLDER)"'
