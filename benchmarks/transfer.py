"""ULMFiT (Howard & Ruder 2018) from few labels, as notebook 09 builds it, beside tf-idf + LinearSVC, word vectors and LSTMs.

    python -m benchmarks.transfer checkpoint                # the language model of mininews: course_utils/data/mininews-lm.safetensors and .json
    python -m benchmarks.transfer lowshot                   # a line a model, number of labels and draw: results/lowshot-NAME.csv
    python -m benchmarks.transfer lowshot --seconds 300     # begins no further line after that; the next call goes on where this one ended

COURSE_DATA names the corpus, as everywhere. Two thirds of the training articles play the archive on which the language model is trained, one
third the newspaper to which it is fitted; a tenth of all is held out before, for perplexities. Its embeddings begin with notebook 02's word
vectors, which were trained on all training articles, those held out included. Test articles serve for one thing, the accuracy at the end of
`accuracy`. A draw takes the same number of labels from each desk; with all labels the draws differ in their seeds alone. The networks and the
mean of word vectors read the first 200 tokens of an article, the support vector machine on tf-idf reads all of it, or in a second row the same
200; it takes its document frequencies from every training article, labelled or not. Language models other than the checkpoint are kept in
_build/transfer/.
"""

import argparse
import hashlib
import json
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from fastai.text.all import (
    AWD_LSTM,
    CategoryBlock,
    ColReader,
    ColSplitter,
    DataBlock,
    GradientClip,
    IndexSplitter,
    ParamScheduler,
    TextBlock,
    awd_lstm_clas_config,
    awd_lstm_lm_config,
    default_device,
    language_model_learner,
    make_vocab,
    set_seed,
    text_classifier_learner,
)
from gensim.models import KeyedVectors
from safetensors import safe_open
from safetensors.torch import load_model, save_model
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC
from torch import nn
from torch.utils.data import DataLoader

from benchmarks.machine import DEVICE, corpus_name, device_name
from benchmarks.models import NewsClassifier
from course_utils import (
    LengthBuckets,
    Vocabulary,
    embedding_matrix,
    fit,
    load_gnad,
    load_vectors,
    pad_batch,
    predict,
    tokenize,
)

default_device(DEVICE == "cuda")  # fastai alone would take Apple's GPU, too
ROOT = Path(__file__).resolve().parent.parent
RESULTS, KEPT, CHECKPOINT = (
    ROOT / "results",
    ROOT / "_build" / "transfer",
    ROOT / "course_utils" / "data" / "mininews-lm.safetensors",
)
SHAPE = {"n_hid": 200, "n_layers": 2}
PER_DESK, DRAWS, LENGTH, EPOCHS = (
    (1, 2, 5, 10, 20, None),
    3,
    200,
    5,
)  # None: all labels; epochs of stage 1


def begin(text: str) -> str:
    return f"xxbos {text}"


def first_words(texts) -> list[list[str]]:
    return [tokenize(text)[:LENGTH] for text in texts]


def digest(articles: pd.DataFrame) -> str:
    """A fingerprint of the articles' texts, in their order."""
    return hashlib.sha256("\n".join(articles.text).encode()).hexdigest()[:16]


def parts(
    train: pd.DataFrame, test: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Archive, newspaper and held-out articles: from the training articles, without those whose text stands in the test articles, too."""
    mixed = train[~train.text.isin(test.text)].sample(frac=1, random_state=0).reset_index(drop=True)
    held, rest = mixed[: len(mixed) // 10], mixed[len(mixed) // 10 :]
    return rest[: 2 * len(rest) // 3], rest[2 * len(rest) // 3 :], held


def vocabulary(*parts: pd.DataFrame) -> list[str]:
    """Words that occur at least three times in what is read of these articles, at most 5,000."""
    return make_vocab(counts(*parts), min_freq=3, max_vocab=5_000)


def counts(*parts: pd.DataFrame) -> Counter:
    return Counter(
        token for part in parts for text in first_words(map(begin, part.text)) for token in text
    )


def slanted_triangle(t: float, T: float, cut_frac: float = 0.1, ratio: float = 32) -> float:
    """The learning rate at step t of T as a share of its peak (Howard & Ruder 2018, section 3.2, but without rounding the cut)."""
    cut = T * cut_frac
    p = t / cut if t < cut else 1 - (t - cut) / (T - cut)
    return (1 + p * (ratio - 1)) / ratio


def fit_slanted(learn, epochs: int, lr: float) -> None:
    """Trains with a slanted triangle; the last group of layers peaks at `lr`, each one below at the rate above it divided by 2.6."""
    if learn.opt is None:
        learn.create_opt()
    learn.opt.set_hyper("lr", [lr / 2.6**k for k in reversed(range(len(learn.opt.param_lists)))])
    peaks = np.array([group["lr"] for group in learn.opt.hypers])
    learn.fit(epochs, cbs=ParamScheduler({"lr": lambda done: peaks * slanted_triangle(done, 1)}))


def streams(reading: pd.DataFrame, held: pd.DataFrame, vocab: list[str]):
    """DataLoaders of a language model."""
    block = TextBlock.from_df(
        "text", is_lm=True, vocab=vocab, tok=first_words, rules=[begin], n_workers=0
    )
    both = pd.concat(
        [reading.assign(is_valid=False), held.assign(is_valid=True)], ignore_index=True
    )
    return DataBlock(block, get_x=ColReader("text"), splitter=ColSplitter()).dataloaders(
        both, bs=16, seq_len=30, cache=len(both), num_workers=0
    )


def language_learner(dls, size: int = 100, seed: int = 0, drop_mult: float = 0.2):
    """A fastai Learner of an AWD-LSTM with embeddings of `size` numbers, untrained."""
    set_seed(seed)
    return language_model_learner(
        dls,
        AWD_LSTM,
        config={**awd_lstm_lm_config, **SHAPE, "emb_sz": size},
        drop_mult=drop_mult,
        pretrained=False,
        alpha=0,
        beta=0,
        cbs=GradientClip(0.5),
    )


def perplexity(learn) -> float:
    with learn.no_bar(), learn.no_logging():
        return float(np.exp(learn.validate()[0]))


def begin_with(
    embedding: nn.Embedding, vectors: KeyedVectors, vocab: list[str], spread: float = 0.15
) -> None:
    """Puts the vectors of the words of `vocab` that have one into the rows of `embedding`, scaled to a standard deviation of `spread`:
    the matrix is the decoder's, too, whose scores would begin too large."""
    rows = [i for i, word in enumerate(vocab) if word in vectors.key_to_index]
    with torch.no_grad():
        embedding.weight[rows] = torch.from_numpy(
            vectors[[vocab[i] for i in rows]] * (spread / vectors.vectors.std())
        ).to(embedding.weight)


def stage_1(
    archive: pd.DataFrame, held: pd.DataFrame, vocab: list[str], vectors: KeyedVectors, epochs: int
):
    """A language model that begins with word vectors: one cycle with a peak of 0.02."""
    learn = language_learner(streams(archive, held, vocab), vectors.vector_size)
    begin_with(learn.model[0].encoder, vectors, vocab)
    number = counts(archive)
    number["xxunk"] = number.total() - sum(number[word] for word in vocab)
    shares = torch.tensor([number[word] + 1.0 for word in vocab])
    with torch.no_grad():
        learn.model[1].decoder.bias.copy_((shares / shares.sum()).log())
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(epochs, 2e-2)
    return learn


def stage_2(
    model,
    newspaper: pd.DataFrame,
    held: pd.DataFrame,
    vocab: list[str],
    epochs: int = 1,
    lr: float = 5e-3,
):
    """The language model `model`, fitted to the newspaper with discriminative rates and a slanted triangle."""
    learn = language_learner(streams(newspaper, held, vocab), model[0].encoder.embedding_dim)
    learn.model.load_state_dict(model.state_dict())
    with learn.no_bar(), learn.no_logging():
        fit_slanted(learn, epochs, lr)
    return learn


def save(model, path: Path, **metadata: str) -> None:
    """Weights in half precision, shared ones once; the model goes on with what was saved."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_model(
        model.half(), str(path), metadata={name: str(value) for name, value in metadata.items()}
    )
    model.float()


class Corpus:
    """The articles of the corpus that COURSE_DATA names, its parts and its language models."""

    def __init__(self):
        self.train, self.test = load_gnad()
        self.name = corpus_name()
        self.classes = sorted(set(self.train.category))
        self.archive, self.newspaper, self.held = parts(self.train, self.test)
        self.vocab, self.vectors, self.models = (
            vocabulary(self.archive, self.newspaper),
            load_vectors(),
            {},
        )

    def language_model(self, stage: int):
        """The model after stage 1 or 2, trained if it is not kept."""
        if stage not in self.models:
            self.models[stage] = self._language_model(stage)
        return self.models[stage]

    def _language_model(self, stage: int):
        path = (
            CHECKPOINT
            if stage == 1 and self.name == "mininews"
            else KEPT / f"{self.name}-{stage}.safetensors"
        )
        if not path.is_file():
            start = time.perf_counter()
            learn = (
                stage_1(self.archive, self.held, self.vocab, self.vectors, EPOCHS)
                if stage == 1
                else stage_2(self.language_model(1), self.newspaper, self.held, self.vocab)
            )
            save(
                learn.model,
                path,
                corpus=self.name,
                stage=stage,
                read=digest(self.archive if stage == 1 else self.newspaper),
                perplexity=f"{perplexity(learn):.1f}",
                seconds=f"{time.perf_counter() - start:.0f}",
            )
        with safe_open(path, framework="pt") as file:
            print(path.name, file.metadata(), flush=True)
        model = language_learner(
            streams(self.held[:8], self.held[:8], self.vocab), self.vectors.vector_size
        ).model
        load_model(model, path)
        return model


def draw(train: pd.DataFrame, per_desk: int | None, seed: int) -> pd.DataFrame:
    """`per_desk` articles of each category, or all."""
    return (
        train if per_desk is None else train.groupby("category").sample(per_desk, random_state=seed)
    )


def svm(
    corpus: Corpus,
    labelled: pd.DataFrame,
    articles: pd.DataFrame,
    seed: int,
    length: int | None = None,
) -> np.ndarray:
    """Reads the first `length` tokens, or all."""
    texts = [
        part.text if length is None else [" ".join(tokenize(text)[:length]) for text in part.text]
        for part in (corpus.train, labelled, articles)
    ]
    tfidf = TfidfVectorizer(sublinear_tf=True).fit(texts[0])
    return (
        LinearSVC(random_state=seed)
        .fit(tfidf.transform(texts[1]), labelled.category)
        .predict(tfidf.transform(texts[2]))
    )


def mean_of_vectors(
    corpus: Corpus, labelled: pd.DataFrame, articles: pd.DataFrame, seed: int
) -> np.ndarray:
    X, unseen = (
        np.array(
            [
                corpus.vectors.get_mean_vector(words, pre_normalize=False)
                for words in first_words(part.text)
            ]
        )
        for part in (labelled, articles)
    )
    return LinearSVC(random_state=seed).fit(X, labelled.category).predict(unseen)


def lstm(
    corpus: Corpus, labelled: pd.DataFrame, articles: pd.DataFrame, seed: int, vectors: bool = False
) -> np.ndarray:
    """Notebook 05's classifier with random embeddings of the labelled articles' words, or with the word vectors of all training articles;
    about 150 steps of AdamW, more where there are many labels."""
    vocab = Vocabulary.from_texts(
        map(" ".join, first_words((corpus.train if vectors else labelled).text)),
        min_count=2,
        tokenizer=str.split,
    )

    def batches(articles, shuffle):
        documents, y = (
            [vocab.encode(text) for text in first_words(articles.text)],
            [corpus.classes.index(c) for c in articles.category],
        )
        sampler = LengthBuckets(
            [len(d) for d in documents], tokens=3_000, shuffle=shuffle, seed=seed
        )
        return DataLoader(
            list(zip(documents, y)),
            batch_sampler=sampler,
            collate_fn=lambda b: pad_batch(*zip(*b), rounded=True),
        )

    torch.manual_seed(seed)
    matrix = (
        embedding_matrix(vocab, corpus.vectors, seed=seed)
        if vectors
        else torch.randn(len(vocab), 100) * 0.1
    )
    model, reading, judged = (
        NewsClassifier(matrix, len(corpus.classes)),
        batches(labelled, True),
        batches(articles, False),
    )
    fit(model, reading, epochs=max(7, round(150 / len(reading))), lr=0.01, seed=seed)
    logits, _ = predict(model, judged)
    predicted = np.empty(len(articles), dtype=int)
    predicted[[i for batch in judged.batch_sampler.batches() for i in batch]] = logits.argmax(1)
    return np.array(corpus.classes)[predicted]


def classifier(
    corpus: Corpus, labelled: pd.DataFrame, language_model, seed: int, drop_mult: float = 0.3
):
    """A fastai Learner whose encoder is the language model's."""
    block = TextBlock.from_df(
        "text", vocab=corpus.vocab, tok=first_words, rules=[begin], n_workers=0
    )
    data = DataBlock(
        (block, CategoryBlock(vocab=corpus.classes)),
        get_x=ColReader("text"),
        get_y=ColReader("category"),
        splitter=IndexSplitter([]),
    )
    set_seed(seed)
    dls = data.dataloaders(labelled.reset_index(drop=True), bs=16, drop_last=False, num_workers=0)
    learn = text_classifier_learner(
        dls,
        AWD_LSTM,
        config={**awd_lstm_clas_config, **SHAPE, "emb_sz": language_model[0].encoder.embedding_dim},
        drop_mult=drop_mult,
        pretrained=False,
        alpha=0,
        beta=0,
        cbs=GradientClip(1.0),
    )
    learn.model[0].module.load_state_dict(language_model[0].state_dict())
    return learn


def last_epochs(n_labels: int) -> int:
    """Epochs with nothing frozen: about 150 steps, at least four epochs; with the three before, as long as the LSTM from scratch trains."""
    return max(4, round(150 / -(-n_labels // 16)))


def stage_3(learn, n_labels: int) -> None:
    """Gradual unfreezing, an epoch each: the head alone, then with the last LSTM layer, with both; then all, embeddings included."""
    with learn.no_bar(), learn.no_logging():
        for frozen, epochs in ((-1, 1), (-2, 1), (-3, 1), (0, last_epochs(n_labels))):
            learn.freeze_to(frozen)
            fit_slanted(learn, epochs, 2e-2)


def ulmfit(corpus: Corpus, labelled: pd.DataFrame, articles: pd.DataFrame, seed: int) -> np.ndarray:
    learn = classifier(corpus, labelled, corpus.language_model(2), seed)
    stage_3(learn, len(labelled))
    with learn.no_bar(), learn.no_logging():
        probabilities, _ = learn.get_preds(dl=learn.dls.test_dl(list(articles.text)))
    return np.array(corpus.classes)[probabilities.argmax(1)]


MODELS = {
    "tf-idf + LinearSVC": (svm, {}),
    "tf-idf + LinearSVC, 200 tokens": (svm, {"length": LENGTH}),
    "mean of word vectors + LinearSVC": (mean_of_vectors, {}),
    "LSTM from scratch": (lstm, {}),
    "LSTM on word vectors": (lstm, {"vectors": True}),
    "ULMFiT": (ulmfit, {}),
}


def accuracy(corpus: Corpus, model, per_desk: int | None, seed: int, **how) -> dict:
    """Labels, draw, accuracy on the test articles and seconds of one cell of the table."""
    labelled, start = draw(corpus.train, per_desk, seed), time.perf_counter()
    predicted = model(corpus, labelled, corpus.test, seed, **how)
    return {
        "labels": len(labelled),
        "draw": seed,
        "accuracy": round(float((predicted == corpus.test.category.to_numpy()).mean()), 4),
        "seconds": round(time.perf_counter() - start, 1),
        "device": device_name(),
    }


def table(corpus: Corpus, path: Path, cells: list[tuple], seconds: float) -> None:
    """Adds a line for each of `cells` (model, function, labels a desk, draw, keywords) that `path` does not have yet."""
    rows = pd.read_csv(path).to_dict("records") if path.is_file() else []
    start = time.perf_counter()
    for name, function, per_desk, seed, how in cells:
        n = len(draw(corpus.train, per_desk, seed))
        if any((row["model"], row["labels"], row["draw"]) == (name, n, seed) for row in rows):
            continue
        if time.perf_counter() - start > seconds:
            print("the time is up; the same command goes on")
            return
        rows.append({"model": name, **accuracy(corpus, function, per_desk, seed, **how)})
        print(rows[-1], flush=True)
        pd.DataFrame(rows).to_csv(path, index=False)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["checkpoint", "lowshot"])
    parser.add_argument("--seconds", type=float, default=float("inf"))
    args = parser.parse_args()
    corpus = Corpus()
    if args.what == "checkpoint":
        if corpus.name != "mininews":
            parser.error("the checkpoint is mininews's: COURSE_DATA=mini")
        CHECKPOINT.unlink(missing_ok=True)
        corpus.language_model(1)
        CHECKPOINT.with_suffix(".json").write_text(
            json.dumps(corpus.vocab, ensure_ascii=False), encoding="utf-8"
        )
    else:
        cells = [
            (name, function, per_desk, seed, how)
            for per_desk in PER_DESK
            for name, (function, how) in MODELS.items()
            for seed in range(DRAWS)
        ]
        table(corpus, RESULTS / f"lowshot-{corpus.name}.csv", cells, args.seconds)


if __name__ == "__main__":
    main()
