"""The rivals in the table of few labels: counted words, word vectors, LSTMs and ULMFiT.
Networks and means of vectors read the first 200 tokens; tf-idf all of an article, or as many."""

from functools import partial

import numpy as np
import pandas as pd
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from benchmarks.articles import batches
from benchmarks.transfer import Corpus, Model
from course_utils import Vocabulary, embedding_matrix, fit, predict, tokenize
from course_utils.lessons import n10
from course_utils.lessons.n05 import NewsClassifier


def svm(
    corpus: Corpus,
    labelled: pd.DataFrame,
    articles: pd.DataFrame,
    seed: int,
    length: int | None = None,
) -> np.ndarray:
    """tf-idf and LinearSVC on the first `length` tokens, or all.

    Document frequencies come from every training article, labelled or not."""

    def read(part: pd.DataFrame) -> list[str]:
        if length is None:
            return list(part.text)
        return [" ".join(tokenize(text)[:length]) for text in part.text]

    tfidf = TfidfVectorizer(sublinear_tf=True).fit(read(corpus.train))
    model = LinearSVC(random_state=seed).fit(tfidf.transform(read(labelled)), labelled.category)
    return model.predict(tfidf.transform(read(articles)))


def mean_of_vectors(
    corpus: Corpus, labelled: pd.DataFrame, articles: pd.DataFrame, seed: int
) -> np.ndarray:
    """The mean of an article's word vectors and LinearSVC."""

    def means(part: pd.DataFrame) -> np.ndarray:
        mean = partial(corpus.vectors.get_mean_vector, pre_normalize=False)
        return np.array([mean(words) for words in n10.first_words(part.text)])

    model = LinearSVC(random_state=seed).fit(means(labelled), labelled.category)
    return model.predict(means(articles))


def lstm(
    corpus: Corpus, labelled: pd.DataFrame, articles: pd.DataFrame, seed: int, vectors: bool = False
) -> np.ndarray:
    """Notebook 05's classifier, about 150 steps of AdamW, more where there are many labels.

    With random embeddings of the labelled articles' words, or with the word vectors of all."""
    known = corpus.train if vectors else labelled
    texts = map(" ".join, n10.first_words(known.text))
    vocab = Vocabulary.from_texts(texts, min_count=2, tokenizer=str.split)

    def pairs(part: pd.DataFrame) -> list[tuple[list[int], int]]:
        documents = [vocab.encode(words) for words in n10.first_words(part.text)]
        labels = [corpus.classes.index(c) for c in part.category]
        return list(zip(documents, labels, strict=True))

    torch.manual_seed(seed)
    if vectors:
        matrix = embedding_matrix(vocab, corpus.vectors, seed=seed)
    else:
        matrix = torch.randn(len(vocab), 100) * 0.1
    model = NewsClassifier(matrix, len(corpus.classes), freeze=vectors)
    reading = batches(pairs(labelled), True, seed, tokens=3_000)
    fit(model, reading, epochs=max(7, round(150 / len(reading))), lr=0.005, seed=seed)
    logits, _ = predict(model, batches(pairs(articles), tokens=3_000))
    return np.array(corpus.classes)[logits.argmax(1).numpy()]


def classifier(corpus: Corpus, labelled: pd.DataFrame, language_model, seed: int):
    """A fastai Learner whose encoder is the language model's."""
    rows = labelled.reset_index(drop=True)
    return n10.classifier(rows, language_model, corpus.vocab, corpus.classes, seed)


def stage_3(learn, n_labels: int) -> None:
    """Gradual unfreezing: an epoch for the head, the last LSTM layer, both; then all, longer."""
    for frozen, epochs in ((-1, 1), (-2, 1), (-3, 1), (0, n10.last_epochs(n_labels))):
        learn.freeze_to(frozen)
        n10.fit_slanted(learn, epochs, 2e-2)


def ulmfit(corpus: Corpus, labelled: pd.DataFrame, articles: pd.DataFrame, seed: int) -> np.ndarray:
    """Howard & Ruder (2018), as notebook 10 builds it."""
    learn = classifier(corpus, labelled, corpus.language_model(2), seed)
    stage_3(learn, len(labelled))
    with learn.no_bar(), learn.no_logging():
        probabilities, _ = learn.get_preds(dl=learn.dls.test_dl(list(articles.text)))
    return np.array(corpus.classes)[probabilities.argmax(1).numpy()]


MODELS: dict[str, Model] = {
    "tf-idf + LinearSVC": svm,
    "tf-idf + LinearSVC, 200 tokens": partial(svm, length=n10.LENGTH),
    "mean of word vectors + LinearSVC": mean_of_vectors,
    "LSTM from scratch": lstm,
    "LSTM on word vectors": partial(lstm, vectors=True),
    "ULMFiT": ulmfit,
}
