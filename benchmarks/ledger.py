"""The ledger: what each model reached, on which corpus, in how long.
Every row is one command, which adds its entry to results/ledger.json:

    python -m benchmarks.ledger --row ours-vectors --seed 0     # on the corpus COURSE_DATA names
    torchrun --nproc_per_node 2 -m benchmarks.ledger --row ours-vectors   # on two processes
    python -m benchmarks.ledger --table       # results/ledger.csv, mean ± sd over the seeds

All choose on a seventh of the training articles (as notebook 05) and touch the test articles once.
The four models of the 2019 course have their own settings: vectors frozen, 256 articles a step in
the order of the file, clipping of the LSTM's gradients to norm 1, the state at the last word, up to
100 epochs. They stop when validation accuracy has not risen for some epochs (the deep ones sooner
than the small ones); `epochs` says when. Their batches run on the exact fast path; benchmarks.bench
measures the speed of the original loop, its way (b).

The rows of later notebooks are trained as there: `gru` and `tcn` (more/races_of_memory) read the
first 100 words of an article with 25,000 parameters and fixed vectors, `ulmfit` (10) all of it
after a language model has read all training articles (which `seconds` leaves out), `bilm-tagger`
(09) tags requests for tickets; its accuracy and F1 are those of the words, in roles in which the
cities were unseen.

`right` has an x for each right answer, in the order of the test articles, for paired comparisons;
entries that are older than it lack it.
"""

import argparse
import json
import os
import time

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from benchmarks import tables
from benchmarks.articles import Articles
from benchmarks.ledger_models import REFERENCES, trained
from benchmarks.ledger_table import table
from benchmarks.machine import DEVICE, device_name, digest
from course_utils import predict

LATER = {"gru": "GRU", "tcn": "TCN"}  # of more/races_of_memory
ROWS = ["svm", *REFERENCES, "ours-scratch", "ours-vectors", *LATER, "ulmfit", "bilm-tagger"]


def support_vectors(articles: Articles, seed: int) -> dict:
    start = time.perf_counter()
    svm = make_pipeline(TfidfVectorizer(sublinear_tf=True), LinearSVC(random_state=seed))
    svm.fit(articles.train.text, articles.train.category)
    predicted = [articles.classes.index(c) for c in svm.predict(articles.test_articles.text)]
    return {"predicted": predicted, "seconds": time.perf_counter() - start, "parameters": None}


def network(row: str, articles: Articles, seed: int) -> dict:
    predicted, history, model = trained(row, articles, seed)
    return {
        "predicted": predicted,
        "seconds": history[-1]["seconds"],
        "parameters": sum(p.numel() for p in model.parameters() if p.requires_grad),
        "history": history,
    }


def reader(row: str, seed: int) -> dict:
    """The networks of more/races_of_memory on the beginnings of the articles."""
    from benchmarks import memory_news  # only where it is needed: fastai takes its time

    rate = memory_news.tune(memory_news.news_batches(held_out=True), "mean", LATER[row])
    data = memory_news.news_batches(held_out=False)
    model, seconds = memory_news.trained_reader(data, "mean", LATER[row], seed, rate)
    logits, y = predict(model, [data.test])
    return {
        "truth": y.tolist(),
        "predicted": logits.argmax(1).tolist(),
        "seconds": seconds,
        "parameters": sum(p.numel() for p in model.network.parameters()),
    }


def transferred(seed: int) -> dict:
    """Notebook 10's ULMFiT on all labels: the network of benchmarks.transfer's row."""
    from benchmarks import transfer
    from benchmarks.transfer_corpus import Corpus

    corpus = Corpus.load()
    scores, seconds = transfer.with_all_labels(corpus, "ULMFiT", seed)
    body = corpus.body("tuned")
    head = 3 * body.emb_sz * len(corpus.classes) + len(corpus.classes)
    return {
        "truth": corpus.test.category.tolist(),
        "predicted": [corpus.classes[k] for k in scores.argmax(1).tolist()],
        "seconds": seconds,
        "parameters": sum(p.numel() for p in body.parameters()) + head,
    }


def tagger(seed: int) -> dict:
    from benchmarks import tagging

    run = tagging.tagger_of_states(seed)
    data = digest(map(str, run["truth"]))
    return {**run, "corpus": tables.REQUESTS, "tokens": None, "data": data}


def measured(row: str, articles: Articles, seed: int) -> dict:
    if row == "svm":
        return support_vectors(articles, seed)
    if row in LATER:
        return reader(row, seed)
    if row == "ulmfit":
        return transferred(seed)
    if row == "bilm-tagger":
        return tagger(seed)
    return network(row, articles, seed)


def entry(row: str, seed: int) -> dict:
    """One line of results/ledger.json."""
    articles = Articles.load()
    run = measured(row, articles, seed)
    predicted = run.pop("predicted")
    truth = run.pop("truth", [y for _, y in articles.test])
    history = run.pop("history", [])
    seconds = run.pop("seconds")
    line = {
        "row": row,
        "corpus": articles.name,
        "seed": seed,
        "accuracy": float(np.mean(np.equal(predicted, truth))),
        "macro_f1": float(f1_score(truth, predicted, average="macro")),
        "right": "".join("x" if a == b else "." for a, b in zip(predicted, truth, strict=True)),
        "seconds": round(seconds, 1),
        "epochs": len(history),
        "valid_accuracy": max((h["valid_accuracy"] for h in history), default=None),
        "history": history,
        "tokens": sum(len(document) for document, _ in articles.fitting),
        "processes": int(os.environ.get("WORLD_SIZE", 1)),
        **tables.provenance(articles.digest),
        "device": device_name("cpu" if row in ("svm", *LATER) else DEVICE),
    }
    return {**line, **run}


def place(line: dict) -> tuple:
    """Where an entry stands in the ledger; one for the same place takes it."""
    return (
        line["corpus"],
        ROWS.index(line["row"]),
        line["seed"],
        line["device"],
        line["processes"],
    )


def write(new: dict) -> None:
    """Put the entry into results/ledger.json in place of one for the same command, in one step."""
    path = tables.RESULTS / "ledger.json"
    with tables.one_at_a_time():
        lines = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
        lines = [old for old in lines if place(old) != place(new)]
        lines = sorted([*lines, new], key=place)
        text = ",\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
        tables.replace(path, f"[\n{text}\n]\n")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--row", choices=ROWS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--table", action="store_true")
    args = parser.parse_args()
    if not (args.row or args.table):
        parser.error("give --row NAME or --table")
    if args.row:
        new = entry(args.row, args.seed)
        if os.environ.get("RANK", "0") == "0":
            write(new)
            hidden = ("history", "versions", "right")
            print({name: value for name, value in new.items() if name not in hidden}, flush=True)
    if args.table:
        result = table(ROWS)
        tables.replace(tables.RESULTS / "ledger.csv", result.to_csv(index=False))
        print(result.to_string(index=False))


if __name__ == "__main__":
    main()
