"""Every explorer on a small model, a function each: what the browser test's notebook displays.
Models have random weights unless they are shipped, so that the gallery opens at once."""

from functools import partial

import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from course_utils import (
    Vocabulary,
    embedding_matrix,
    explorers,
    load_gnad,
    load_language_model,
    load_vectors,
    tokenize,
)
from course_utils.language_model import german_pieces
from course_utils.lessons import n05, n07, n08

SENTENCE = "Der Zug von Berlin nach Wien fährt heute nicht."


def elman_stepper():
    x = [[1, 0, -0.5], [0.2, 0.7, 0], [-1, 0.4, 0.3]]
    W_h = [[0.5, -1, 0.3], [0.1, 0.8, -0.6]]
    explorers.elman_stepper(["Die", "neue", "BER"], x, W_h, [[0.4, -0.2], [0.3, 0.7]], [0.1, 0])


def classifier(texts, n_classes):
    vocabulary = Vocabulary.from_texts(texts, min_count=2)
    torch.manual_seed(0)
    matrix = embedding_matrix(vocabulary, load_vectors("mini"))
    return n05.NewsClassifier(matrix, n_classes, hidden_size=16).eval(), vocabulary


def gate_microscope():
    train, _ = load_gnad("mini")
    model, vocabulary = classifier(train.text[:100], 9)
    explorers.gate_microscope(model, vocabulary, SENTENCE)


def packing_bench():
    train, _ = load_gnad("mini")
    documents = [tokenize(text)[: 4 + i * 7 % 13] for i, text in enumerate(train.text[:20])]
    explorers.packing_bench(documents)


def word_desk():
    explorers.word_desk(load_vectors("mini"), german_pieces())


def writing_desk():
    train, _ = load_gnad("mini")
    explorers.writing_desk(load_language_model(), "Der neue BER wird", train.text[:200].tolist())


def decision_reader():
    train, test = load_gnad("mini")
    train = train.iloc[:200]
    test = test.iloc[:60]
    classes = sorted(train.category.unique())
    model, vocabulary = classifier(train.text, len(classes))
    pipeline = make_pipeline(TfidfVectorizer(), LinearSVC(random_state=0))
    pipeline.fit(train.text, [classes.index(c) for c in train.category])
    truth = [classes.index(c) for c in test.category]
    said = [(k + i % 7 // 6) % len(classes) for i, k in enumerate(truth)]
    reader = explorers.DecisionReader(
        model, vocabulary, pipeline, classes, test.text.tolist(), truth, said
    )
    explorers.decision_reader(reader)


def dropout_board():
    explorers.dropout_board("Wien ist Wien und bleibt Wien")


def attention_map():
    texts = ["am 3. Mai 2019 um 8.15 Uhr", "12. Juni 2020, acht Uhr"]
    vocabulary = Vocabulary.from_texts(texts, tokenizer=n07.pieces)
    torch.manual_seed(0)
    model = n07.WithAttention(vocabulary, size=32)
    encode = partial(n07.encode, vocabulary=vocabulary)
    explorers.attention_map(explorers.AttentionMap(model, encode, n07.pieces, texts[0]), texts)


def two_berlins():
    requests = n08.requests(80, n08.FRAMES, {role: n08.CITIES for role in n08.ROLES}, seed=0)
    number = n08.numbering([tokens for tokens, _ in requests])
    torch.manual_seed(0)
    model = n08.BiLM(len(number), 12, 12, 2)
    sentences = ["Ich suche einen Zug von Berlin nach Wien.", "Ist Berlin im Winter schön?"]
    explorer = explorers.TwoBerlins(
        lambda tokens: n08.word_states(model, number, tokens)[2],
        requests,
        n08.CITIES,
        sentences[0],
    )
    explorers.two_berlins(explorer, sentences)


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
