"""Every explorer on a small model, a function each: what the browser test's notebook displays.
Models have random weights unless they are shipped, so that the gallery opens at once."""

import json
import os
import time

import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

import course_utils
from course_utils import Vocabulary, embedding_matrix, load_gnad, load_language_model, load_vectors
from course_utils.dates import pieces
from course_utils.explorers.panel import Panel
from course_utils.journeys import FRAMES, any_role, requests
from course_utils.lessons import n05, n08, n09
from course_utils.tokens import tokenize


def note(what, start, cpu):
    """Milliseconds of the wall clock and of the processor, and when it began in those of the
    epoch, a line in the file that the test names."""
    if path := os.environ.get("EXPLORER_TIMES"):
        wall = time.perf_counter() - start
        spent = [wall, time.process_time() - cpu, time.time() - wall]
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps([*what, *(round(1000 * s) for s in spent)]) + "\n")


def show(name, *arguments):
    """Display an explorer; the time of the call is what `opens` means."""
    start = time.perf_counter()
    cpu = time.process_time()
    getattr(course_utils, name)(*arguments)
    note([name, "opens"], start, cpu)


def timed(act):
    def measured(panel, move):
        start = time.perf_counter()
        cpu = time.process_time()
        act(panel, move)
        note([panel.explorer.name, "answers"], start, cpu)

    return measured


Panel.act = timed(Panel.act)
SENTENCE = "Der Zug von Berlin nach Wien fährt heute nicht."


def elman_stepper():
    x = [[1, 0, -0.5], [0.2, 0.7, 0], [-1, 0.4, 0.3]]
    W_h = [[0.5, -1, 0.3], [0.1, 0.8, -0.6]]
    show("elman_stepper", ["Die", "neue", "BER"], x, W_h, [[0.4, -0.2], [0.3, 0.7]], [0.1, 0])


def classifier(texts, n_classes):
    vocabulary = Vocabulary.from_texts(texts, min_count=2)
    torch.manual_seed(0)
    matrix = embedding_matrix(vocabulary, load_vectors("mini"))
    return n05.NewsClassifier(matrix, n_classes, hidden_size=16).eval(), vocabulary


def gate_microscope():
    train, _ = load_gnad("mini")
    model, vocabulary = classifier(train.text[:100], 9)
    show("gate_microscope", model, vocabulary, SENTENCE)


def packing_bench():
    train, _ = load_gnad("mini")
    documents = [tokenize(text)[: 4 + i * 7 % 13] for i, text in enumerate(train.text[:20])]
    show("packing_bench", documents)


def word_desk():
    words = ["Bahnhof", "Donauuferradweg", "Bahnhfo"]
    show("word_desk", load_vectors("mini"), words)


def writing_desk():
    train, _ = load_gnad("mini")
    show("writing_desk", load_language_model(), "Der neue BER wird", train.text[:200].tolist())


def decision_reader():
    train, test = load_gnad("mini")
    train = train.iloc[:200]
    test = test.iloc[:60]
    classes = sorted(train.category.unique())
    model, vocabulary = classifier(train.text, len(classes))
    pipeline = make_pipeline(TfidfVectorizer(), LinearSVC(random_state=0))
    pipeline.fit(train.text, train.category)
    truth = [classes.index(c) for c in test.category]
    said = [(k + i % 7 // 6) % len(classes) for i, k in enumerate(truth)]
    show("decision_reader", model, vocabulary, pipeline, test.text.tolist(), truth, said)


def dropout_board():
    show("dropout_board", "Wien ist Wien und bleibt Wien")


def attention_map():
    texts = ["am 3. Mai 2019 um 8.15 Uhr", "12. Juni 2020, acht Uhr"]
    vocabulary = Vocabulary.from_texts(texts, tokenizer=pieces)
    torch.manual_seed(0)
    model = n08.WithAttention(n08.Encoder(vocabulary, size=32), size=32)
    show("attention_map", model, texts)


def two_berlins():
    tagged = requests(150, FRAMES, any_role(), seed=0)
    number = n09.numbering([tokens for tokens, _ in tagged])
    torch.manual_seed(0)
    model = n09.BiLM(len(number), 12, 12, 2)
    sentences = ["Ich suche einen Zug von Berlin nach Wien.", "Ist Berlin im Winter schön?"]
    show("two_berlins", lambda tokens: n09.word_states(model, number, tokens)[2], tagged, sentences)


NAMES = [
    "elman_stepper",
    "word_desk",
    "gate_microscope",
    "packing_bench",
    "decision_reader",
    "attention_map",
    "two_berlins",
    "writing_desk",
    "dropout_board",
]
